"""What one package means to sound: its walls as boxes, and its rooms; pure arrays in the package's frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.messages import Placement
from walkdown_client.audio.noise_roads import Roads, no_roads, roads_of_shapes, roads_of_table
from walkdown_client.audio.orders import RoomBox
from walkdown_client.audio.rooms import Room, rooms_of
from walkdown_client.audio.wall_boxes import F32, WallBoxes, joined, no_boxes
from walkdown_client.audio.wall_pieces import Parts
from walkdown_client.audio.wall_shapes import parts_of
from walkdown_client.audio.walls import (
    NAMES,
    Barriers,
    Table,
    barriers_of,
    is_thin,
    made_boxes,
    solid_codes,
    table_boxes,
)
from walkdown_client.placements import matrix, scale_of, site_box

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

TRIANGLES_AT_ONCE = 100_000
"""Between two of these a survey can be given up."""

BOXES_MAX = 100_000
"""Of one package; of more the largest are kept."""


class GivenUp(Exception):
    """The survey is not wanted any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What a package means to sound.

    Attributes:
        boxes: keyed by rows of elements, or of their doors. codes: (m,) of what each is, see ``walls.NAMES``.
        rooms: that the model has. roads: what is driven on.
    """

    barriers: Barriers
    boxes: WallBoxes
    codes: I32
    rooms: tuple[Room, ...]
    roads: Roads

    @property
    def wanted_rows(self) -> npt.NDArray[np.intp]:
        """Rows of the elements whose triangles tell more."""
        return np.concatenate([self.barriers.rows, self.roads.rows])


NO_SURVEY = Survey(
    Barriers(np.zeros(0, np.intp), np.zeros(0, np.int32), np.zeros(0, np.intp)),
    no_boxes(),
    np.zeros(0, np.int32),
    (),
    no_roads(),
)


def survey_of_table(table: Table, *, more_doors: Iterable[int] = ()) -> Survey:
    """Return what the element table alone says, before any geometry is there."""
    barriers = barriers_of(table, more_doors=more_doors)
    boxes, places = table_boxes(table, barriers)
    roads = roads_of_table(table)
    return Survey(barriers, boxes, barriers.codes[places], rooms_of(table, barriers), roads)


def survey_of_shapes(
    table: Table, known: Survey, shapes: Sequence[tuple[F32, I64]], *, going_on: Callable[[], bool]
) -> Survey:
    """Return what the triangles say as well.

    Args:
        shapes: corners (t, 3, 3) in the package's frame and rows of elements (t,), tile by tile.
        going_on: is asked now and then.

    Raises:
        GivenUp: ``going_on`` said no.
    """
    barriers = known.barriers
    corners = np.concatenate([np.zeros((0, 3, 3), np.float32), *(shape[0] for shape in shapes)])
    rows = np.concatenate([np.zeros(0, np.int64), *(shape[1] for shape in shapes)])
    roads = roads_of_shapes(known.roads, corners, rows)
    walls = np.flatnonzero(np.isin(rows, barriers.rows))
    order = walls[np.argsort(rows[walls], kind="stable")]
    corners, owners = corners[order], np.searchsorted(barriers.rows, rows[order])
    solid = solid_codes()[barriers.codes]
    found: list[WallBoxes] = []
    places: list[I64] = []
    for first, last in _chunks(owners):
        if not going_on():
            raise GivenUp
        parts = parts_of(corners[first:last], owners[first:last], solid=solid)
        found.append(_boxes(barriers, parts))
        places.append(parts.owners)
    shaped = np.concatenate([np.zeros(0, np.int64), *places])
    rest, more = _composed(table, barriers, np.setdiff1d(np.arange(len(barriers)), shaped))
    codes, boxes = barriers.codes[np.concatenate([shaped, more])], joined([*found, rest])
    if len(boxes) > BOXES_MAX:
        faces = np.sort(boxes.halves, axis=1)[:, 1:].prod(1)
        largest = np.sort(np.argpartition(-faces, BOXES_MAX)[:BOXES_MAX])
        boxes, codes = boxes.take(largest), codes[largest]
    return Survey(barriers, boxes, codes, known.rooms, roads)


def _chunks(owners: I64) -> Iterable[tuple[int, int]]:
    """Yield parts of ascending owners, never cut within one."""
    edges = np.append(np.flatnonzero(np.diff(owners)) + 1, len(owners))
    first = 0
    while first < len(owners):
        after = int(np.searchsorted(edges, first + TRIANGLES_AT_ONCE))
        last = int(edges[min(after, len(edges) - 1)])
        yield first, last
        first = last


def _boxes(barriers: Barriers, parts: Parts) -> WallBoxes:
    boxes = made_boxes(
        barriers, parts.centres, halves=parts.halves, turns=parts.turns, places=parts.owners.astype(np.intp)
    )
    return boxes.weaker(parts.shares)


def _composed(table: Table, barriers: Barriers, places: I64) -> tuple[WallBoxes, I64]:
    """Return the boxes of windows that consist of small parts; what else has no large part keeps nothing."""
    glass = places[barriers.codes[places] == NAMES.index("glass")]
    rows = barriers.rows[glass]
    glass = glass[is_thin(table.hi[rows] - table.lo[rows])]
    only = Barriers(barriers.rows[glass], barriers.codes[glass], barriers.doors[glass])
    return table_boxes(table, only)[0], glass


def in_site(survey: Survey, placement: Placement, *, base: int) -> WallBoxes:
    """Return the walls where a package stands, keyed by drawn ids.

    A model that is tilted keeps upright boxes: nobody tilts a building far.
    """
    rows, boxes = matrix(placement), survey.boxes
    scale = scale_of(rows)
    turns = np.pad(boxes.turns, ((0, 0), (0, 1))).astype(np.float64) @ rows[:, :3].T
    turns = turns[:, :2] / np.maximum(np.hypot(turns[:, 0], turns[:, 1]), 1e-9)[:, None]
    return WallBoxes(
        (boxes.centres.astype(np.float64) @ rows[:, :3].T + rows[:, 3]).astype(np.float32),
        (boxes.halves * scale).astype(np.float32),
        turns.astype(np.float32),
        boxes.losses,
        boxes.slopes,
        (boxes.keys + base).astype(np.uint32),
    )


def rooms_in_site(survey: Survey, placement: Placement) -> list[RoomBox]:
    """Return the rooms where a package stands."""
    scale = scale_of(matrix(placement))
    return [room.box(*site_box(placement, room.low, room.high), scale=scale) for room in survey.rooms]
