"""What makes noise in a session: its machines as they run now, and its roads.

A machine's sound power is what its property says, else a usual one of its kind, louder and quieter with its
speed and load and silent when it stands, see ``machines``; what is drawn nowhere is nowhere. Roads stand
for their traffic, see ``noise_roads``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown.package.ancestry import nearest_above
from walkdown.ragged import ragged
from walkdown_client.audio.building import HeardPackage
from walkdown_client.audio.levels import SILENT_DB
from walkdown_client.audio.machine_places import LONG_M, Drawn, Whereabouts
from walkdown_client.audio.machine_score import Score, score_of
from walkdown_client.audio.machines import Readings, sounding
from walkdown_client.audio.noise import NoiseSources
from walkdown_client.placements import to_site
from walkdown_client.twin_index import TwinIndex
from walkdown_client.world import World

F64 = npt.NDArray[np.float64]


class NoiseMakers:
    """Follows the sound powers of one world."""

    def __init__(self) -> None:
        self._known: tuple[object, ...] = ()
        self._score: Score | None = None
        self._readings: Readings | None = None
        self._places: F64 = np.zeros((0, 3))
        self._owners, self._split_db = np.zeros(0, np.intp), np.zeros(0)
        self._roads: tuple[F64, F64] = (np.zeros((0, 3)), np.zeros(0))

    def look(self, world: World, packages: Sequence[HeardPackage], *, revision: int) -> NoiseSources:
        """Return what makes noise now.

        Args:
            revision: of the building, which says when packages came, moved or went.
        """
        known = (id(world.twin), revision)
        if known != self._known:
            self._known = known
            self._lay_out(world.twin, packages)
        score, readings = self._score, self._readings
        if score is None or readings is None:
            return NoiseSources(*self._roads)
        readings.read(world.signals)
        heard = sounding(score, readings, world.thing_states)
        powers = 10 * np.log10((10 ** (heard.powers_db / 10)).sum(0))[self._owners] - self._split_db
        places = self._places.copy()
        for column, moved in ((0, heard.east[self._owners]), (1, heard.north[self._owners])):
            places[:, column] = np.where(np.isfinite(moved), moved, places[:, column])
        placed = np.asarray(np.isfinite(places).all(1))
        powers = np.where(placed, powers, SILENT_DB)
        places = np.where(placed[:, None], places, 0.0)
        return NoiseSources(
            np.concatenate([places, self._roads[0]]), np.concatenate([powers, self._roads[1]])
        )

    def _lay_out(self, twin: TwinIndex, packages: Sequence[HeardPackage]) -> None:
        self._score = score_of(twin)
        self._readings = Readings(self._score)
        drawn = [Drawn(p.elements, _thing_rows(twin, p), p.ref.placement) for p in packages]
        found = Whereabouts(len(twin.catalogue.things), drawn)
        rows = self._score.rows
        self._owners, self._places, self._split_db = points_of(found.low[rows], found.high[rows])
        roads = [
            (to_site(p.ref.placement, p.survey.roads.places), p.survey.roads.powers_db) for p in packages
        ]
        self._roads = (
            np.concatenate([np.zeros((0, 3)), *(places for places, _powers in roads)]),
            np.concatenate([np.zeros(0), *(powers for _places, powers in roads)]),
        )


def points_of(low: F64, high: F64) -> tuple[npt.NDArray[np.intp], F64, F64]:
    """Return points that stand for machines: one in the middle of each, several along those that are long.

    Args:
        low, high: (m, 3) corners of the machines' boxes, NaN where they are nowhere.

    Returns:
        Which machine each point is of (n,), places (n, 3), and how many dB less than all each point has (n,).
    """
    size = high - low
    longest = np.nan_to_num(size, nan=0.0).argmax(1)
    counts = np.maximum(np.ceil(np.nan_to_num(size.max(1), nan=0.0) / LONG_M), 1).astype(np.intp)
    owner, place = ragged(counts)
    share = np.full((len(owner), 3), 0.5)
    share[np.arange(len(owner)), longest[owner]] = (place + 0.5) / counts[owner]
    return owner, low[owner] + size[owner] * share, 10 * np.log10(counts[owner])


def _thing_rows(twin: TwinIndex, package: HeardPackage) -> npt.NDArray[np.int32]:
    """Return the thing that each element belongs to, (n,), ``NOTHING`` for none."""
    table = package.elements
    return nearest_above(twin.rows_of_elements(table.keys, package.ref.model), table.parents)
