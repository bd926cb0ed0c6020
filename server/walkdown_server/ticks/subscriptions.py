"""Which signal blocks somebody wants who names layers, an area, or blocks.

Pure. A *layer* is a type of things or the id of one thing, with all below. Where a thing stands follows from
the boxes of what is drawn of it: its own; without one that of its parts together; else that of what it is
part of. What has no place at all is everywhere. A block is wanted when one of its signals fulfils all that
is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from walkdown.messages import Area, PackageRef, Placement, Subscribe
from walkdown.package import ElementTable
from walkdown.signals import Layout
from walkdown.twin import Catalogue, Thing
from walkdown_server.ticks.alarms import levels_from_the_bottom

F64 = npt.NDArray[np.float64]
Bits = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Element = tuple[str, str]
"""A model and the key of an element in it; the model is "" for that of any."""


class Boxes(NamedTuple):
    """Boxes of the elements of a package that draw things with signals, in the package's frame, metres.

    Attributes:
        keys: n of the elements. lo, hi: (n, 3) float64.
    """

    keys: tuple[str, ...]
    lo: F64
    hi: F64


class Drawn:
    """The elements that things of a catalogue draw; none where there is no signal to be asked for."""

    def __init__(self, catalogue: Catalogue) -> None:
        things = catalogue.things if catalogue.signals else ()
        self._row = {(t.element_model, t.element): i for i, t in enumerate(things) if t.element}
        self._keys = {key for _model, key in self._row}

    def boxes(self, table: ElementTable) -> Boxes:
        """Return the boxes of those elements of a package that draw something."""
        rows = [
            row for row, key in enumerate(table.keys) if key in self._keys and np.isfinite(table.lo[row, 0])
        ]
        keys = tuple(table.keys[row] for row in rows)
        return Boxes(keys, table.lo[rows].astype(np.float64), table.hi[rows].astype(np.float64))

    def row(self, model: str, key: str) -> int:
        """Return the row of the thing that draws an element of a model, -1 for none."""
        return self._row.get((model, key), self._row.get(("", key), -1))


class Subscriptions:
    """What is wanted, for one catalogue and the models as they stand.

    Args:
        catalogue: of the session. layout: of its signals.

    Attributes:
        drawn: which elements matter.
    """

    def __init__(self, catalogue: Catalogue, layout: Layout) -> None:
        self._layout = layout
        things = catalogue.things
        row = {thing.id: i for i, thing in enumerate(things)}
        owner = np.array([row[s.thing] for s in catalogue.signals[: layout.numeric]], np.intp)
        pairs = np.unique(owner * max(len(layout.blocks), 1) + layout.block_of)
        self._held, self._held_in = np.divmod(pairs, max(len(layout.blocks), 1))
        self._parents = np.array([row.get(thing.parent, -1) for thing in things], np.intp)
        self._levels = levels_from_the_bottom(self._parents)
        self._layers = _rows_by_layer(things)
        self.drawn = Drawn(catalogue)
        self._boxes: dict[str, Boxes] = {}
        self._places: tuple[tuple[PackageRef, ...], tuple[F64, F64]] | None = None

    def learn(self, package: str, boxes: Boxes) -> None:
        """Learn the boxes of a package."""
        self._boxes[package] = boxes
        self._places = None

    def wanted(self, message: Subscribe, models: Sequence[PackageRef]) -> Bits | None:
        """Return which blocks are wanted, (number of blocks) bool, None for all.

        Args:
            models: as they stand.
        """
        if message.blocks is None and message.layers is None and message.area is None:
            return None
        wanted = np.ones(len(self._layout.blocks), bool)
        if message.blocks is not None:
            wanted[:] = False
            wanted[[number for number in message.blocks if number < len(wanted)]] = True
        if message.layers is None and message.area is None:
            return wanted
        things = np.ones(len(self._parents), bool)
        if message.layers is not None:
            things &= self._in_layers(message.layers)
        if message.area is not None:
            things &= self._in_area(message.area, tuple(models))
        found = np.zeros(len(wanted), bool)
        found[self._held_in[things[self._held]]] = True
        return wanted & found

    def _in_layers(self, layers: Iterable[str]) -> Bits:
        """Return (number of things) which are of these layers or below; unknown names are nothing."""
        chosen = np.zeros(len(self._parents), bool)
        for name in layers:
            chosen[self._layers.get(name, [])] = True
        for rows in reversed(self._levels):
            chosen[rows] |= chosen[self._parents[rows]]
        return chosen

    def _in_area(self, area: Area, models: tuple[PackageRef, ...]) -> Bits:
        if self._places is None or self._places[0] != models:
            self._places = models, self._places_of(models)
        lo, hi = self._places[1]
        centre = np.array([area.x, area.y])
        apart = np.maximum(np.maximum(lo - centre, centre - hi), 0.0)
        return np.asarray((apart**2).sum(1) <= area.radius**2)

    def _places_of(self, models: Iterable[PackageRef]) -> tuple[F64, F64]:
        """Return low and high (x, y) of the box of each thing, site frame, metres."""
        lo, hi = (np.full((len(self._parents), 2), bound) for bound in (np.inf, -np.inf))
        for ref in models:
            boxes = self._boxes.get(ref.id)
            if boxes is None or not boxes.keys:
                continue
            rows = np.array([self.drawn.row(ref.model, key) for key in boxes.keys])
            low, high = _in_site(ref.placement, boxes)
            np.minimum.at(lo, rows[rows >= 0], low[rows >= 0])
            np.maximum.at(hi, rows[rows >= 0], high[rows >= 0])
        self._fill_up(lo, hi)
        return lo, hi

    def _fill_up(self, lo: F64, hi: F64) -> None:
        """Give those without a box that of their parts, else of what they are part of, else everywhere."""
        own = lo[:, 0] <= hi[:, 0]
        for rows in self._levels:
            above = self._parents[rows]
            open_, parts = ~own[above], rows[~own[above]]
            np.minimum.at(lo, above[open_], lo[parts])
            np.maximum.at(hi, above[open_], hi[parts])
        for rows in reversed(self._levels):
            without = rows[lo[rows, 0] > hi[rows, 0]]
            lo[without], hi[without] = lo[self._parents[without]], hi[self._parents[without]]
        nowhere = lo[:, 0] > hi[:, 0]
        lo[nowhere], hi[nowhere] = -np.inf, np.inf


def _rows_by_layer(things: Sequence[Thing]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, thing in enumerate(things):
        rows[thing.type].append(row)
        if thing.id != thing.type:
            rows[thing.id].append(row)
    return dict(rows)


def _in_site(placement: Placement, boxes: Boxes) -> tuple[F64, F64]:
    """Return low and high (n, 2) of boxes after a placement, which may turn them."""
    matrix = np.array(placement, np.float64).reshape(3, 4)
    middle, half = (boxes.lo + boxes.hi) / 2, (boxes.hi - boxes.lo) / 2
    centre = middle @ matrix[:2, :3].T + matrix[:2, 3]
    reach = half @ np.abs(matrix[:2, :3]).T
    return centre - reach, centre + reach
