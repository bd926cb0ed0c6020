"""Which elements of a model keep sound away, how much of it, and the boxes that stand for them.

What an element is follows from its kind (IFC classes, objects of a city, the words of other models), where
that says nothing from its name, and where both are silent from its shape. Its box is that of the element
table where it is thin along the model's own axes; turned walls, walls with openings and hollow shapes wait
for their triangles, see ``wall_shapes``, and are left out until then.

Losses are those of usual constructions at 1 kHz, rounded to what a coarse box deserves: walls and ceilings
of concrete and masonry after EN 12354-1:2017 annex B (37.5 lg m' - 42 dB), light walls, sheet metal and
glass after the field-incidence mass law (20 lg m' f - 47 dB; L. L. Beranek, Noise and Vibration Control,
1971), less where a coincidence dip or joints let sound through; doors after DIN 4109-35:2016 without special
seals. A wall that is twice as thick keeps 6 dB more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from walkdown.package import NO_ROW
from walkdown.package.ancestry import nearest_above
from walkdown_client.audio.wall_boxes import F32, WallBoxes
from walkdown_client.walk.doors import words_of
from walkdown_client.walk.matter import GENERIC_KINDS, matter_of

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
I32 = npt.NDArray[np.int32]
Boxed = npt.NDArray[np.floating]


class Matter(NamedTuple):
    """What one kind of wall does.

    Attributes:
        loss_db: at 1 kHz. slope_db: how much more at 4 kHz. thickness_m: for which that holds.
        solid: filled or closed all around, so that its whole box stands in the way however thick it is.
    """

    loss_db: float
    slope_db: float
    thickness_m: float
    solid: bool = False


MATTERS: dict[str, Matter] = {
    "concrete": Matter(52.0, 12.0, 0.2),
    "masonry": Matter(46.0, 12.0, 0.175),
    "light": Matter(38.0, 8.0, 0.1),
    "cladding": Matter(28.0, 10.0, 0.2),
    "glass": Matter(30.0, 5.0, 0.02),
    "door": Matter(25.0, 6.0, 0.06),
    "ceiling": Matter(24.0, 8.0, 0.1),
    "roof": Matter(34.0, 10.0, 0.2),
    "sheet": Matter(22.0, 8.0, 0.5, solid=True),
    "building": Matter(25.0, 10.0, 10.0, solid=True),
}
"""A whole house keeps no more than a thick screen does, 25 dB (ISO 9613-2, 7.4): sound goes around it."""

NAMES = tuple(MATTERS)

_WORDS: dict[str, str] = {
    "slab": "concrete",
    "floor": "concrete",
    "deck": "concrete",
    "wall": "masonry",
    "walls": "masonry",
    "masonry": "masonry",
    "partition": "light",
    "cladding": "cladding",
    "window": "glass",
    "skylight": "glass",
    "pane": "glass",
    "glazing": "glass",
    "glass": "glass",
    "curtain": "glass",
    "door": "door",
    "doors": "door",
    "gate": "door",
    "ceiling": "ceiling",
    "covering": "ceiling",
    "roof": "roof",
    "cabinet": "sheet",
    "locker": "sheet",
    "switchgear": "sheet",
    "transformer": "sheet",
    "tank": "sheet",
    "silo": "sheet",
    "vessel": "sheet",
    "container": "sheet",
    "building": "building",
}
"""The first of these words in a kind decides."""

_OTHER_WORDS = frozenset(
    {"frame", "duct", "pipe", "unit", "lamp", "light", "sign", "guard", "screen", "plate", "bottle", "washer"}
    | {"storey", "installation", "furniture", "system", "rail", "drain", "marking", "heating", "handle"}
)
"""Words that say that it is something else: a roof unit is no roof."""

_COMPASS = frozenset({"n", "s", "e", "w"})
"""A wall of a hall that is named by where it stands is cladding."""

UNKNOWN, NOTHING = -1, len(NAMES)
"""Codes of an element that is what the one above it is, and of one that keeps no sound away."""

_INHERITING = GENERIC_KINDS | {"IfcBuildingElementPart", "IfcPlate", "IfcMember", "BuildingPart"}

SIDE_M, LENGTH_M = 0.4, 0.8
"""What is smaller keeps nothing away: the middle and the longest side of a box, metres."""

FRAME_M = 0.15
"""Doors and windows reach so far into the wall around them, whose opening is known no better than that."""

THIN_M, THIN_SHARE = 0.8, 0.12
"""A box is thin when its shortest side is at most this, or this share of the middle one."""

_LEAST_WALL_M2, _LIGHTEST_M = 4.0, 0.1
_MASS_MOST_DB = 9.0


class Table(Protocol):
    """What has to be known of the elements of a package; see :class:`walkdown.package.ElementTable`."""

    @property
    def kinds(self) -> Sequence[str]:
        """Classes in the model's own words."""

    @property
    def names(self) -> Sequence[str]:
        """For people."""

    @property
    def parents(self) -> npt.NDArray[np.int32]:
        """(n,) rows, ``NO_ROW`` for roots."""

    @property
    def joints(self) -> npt.NDArray[np.signedinteger]:
        """(n,) rows, ``NO_ROW`` for what does not move."""

    @property
    def lo(self) -> F32:
        """(n, 3) corner of the box of the element and all below it, NaN when nothing is drawn."""

    @property
    def hi(self) -> F32:
        """(n, 3) the other corner."""

    @property
    def triangles(self) -> npt.NDArray[np.integer]:
        """(n,) the element's own."""


@dataclass(frozen=True, slots=True, eq=False)
class Barriers:
    """The elements of one package that keep sound away.

    Attributes:
        rows: (k,) ascending. codes: (k,) rows of :data:`NAMES`.
        doors: (k,) row of the door whose leaf an element is, ``NO_ROW`` for others.
    """

    rows: Rows
    codes: I32
    doors: Rows

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.rows)


def code_of(kind: str) -> int:
    """Return what a kind of element is, ``UNKNOWN`` when it says nothing.

    >>> NAMES[code_of("IfcWallStandardCase")], NAMES[code_of("wall_s")], NAMES[code_of("IfcCurtainWall")]
    ('masonry', 'cladding', 'glass')
    """
    if kind in _INHERITING:
        return UNKNOWN
    words = words_of(kind)
    if _OTHER_WORDS.intersection(words):
        return NOTHING
    name = next((_WORDS[word] for word in words if word in _WORDS), None)
    if name is None:
        return NOTHING
    if name == "masonry" and words[-1] in _COMPASS:
        name = "cladding"
    return NAMES.index(name)


def barriers_of(table: Table, *, more_doors: Iterable[int] = ()) -> Barriers:
    """Return what keeps sound away in a package.

    Args:
        more_doors: rows that are doors by what the twin says.
    """
    doors = matter_of(
        table.kinds, table.names, parents=table.parents, joints=table.joints, more_doors=more_doors
    ).doors
    codes = _codes(table.kinds, table.names, table.parents)
    codes[doors != NO_ROW] = NAMES.index("door")
    drawn = np.asarray(table.triangles) > 0
    moving = (np.asarray(table.joints) != NO_ROW) & (doors == NO_ROW)
    size = np.sort(np.nan_to_num(np.asarray(table.hi, np.float32) - table.lo, nan=0.0), axis=1)
    _by_shape(codes, size, lying=np.asarray(table.hi[:, 2] - table.lo[:, 2] <= size[:, 0] + 1e-4))
    kept = drawn & ~moving & (codes >= 0) & (codes < NOTHING)
    kept &= (size[:, 1] >= SIDE_M) & (size[:, 2] >= LENGTH_M)
    rows = np.flatnonzero(kept)
    return Barriers(rows, codes[rows], doors[rows].astype(np.intp))


def _codes(kinds: Sequence[str], names: Sequence[str], parents: I32) -> I32:
    """Return (n,) what each element is by kind, by name, or by what is above it."""
    known = {kind: code_of(kind) for kind in set(kinds)}
    own = np.array([known[kind] for kind in kinds], np.int32)
    silent = np.flatnonzero(own == UNKNOWN).tolist()
    called = {name: code_of(name) for name in {names[row] for row in silent}}
    own[silent] = [UNKNOWN if called[names[row]] == NOTHING else called[names[row]] for row in silent]
    return np.array(nearest_above(np.where(own == UNKNOWN, NO_ROW, own).astype(np.int32), parents), np.int32)


def _by_shape(codes: I32, size: F32, *, lying: Mask) -> None:
    """Take what is still unknown by its shape, in place: large and thin is a wall, or lying a ceiling."""
    large = (size[:, 0] <= 0.5) & (size[:, 1] >= 2.0) & (size[:, 1] * size[:, 2] >= _LEAST_WALL_M2)
    unknown = large & (codes == UNKNOWN)
    codes[unknown] = np.where(lying[unknown], NAMES.index("ceiling"), NAMES.index("light"))


def is_thin(sizes: F32) -> Mask:
    """Tell which boxes (n, 3) are walls or slabs rather than lumps."""
    ordered = np.sort(sizes, axis=1)
    return np.asarray(ordered[:, 0] <= np.maximum(THIN_M, THIN_SHARE * ordered[:, 1]))


def table_boxes(table: Table, barriers: Barriers) -> tuple[WallBoxes, Rows]:
    """Return the boxes of the elements whose box in the table is what they are, and which those are.

    Their keys are rows of elements, those of a door's leaves the door's.
    """
    low, high = table.lo[barriers.rows], table.hi[barriers.rows]
    places = np.flatnonzero(is_thin(high - low) | solid_codes()[barriers.codes])
    middles, halves = ((high + low) / 2)[places], ((high - low) / 2)[places]
    turns = np.tile(np.array([1.0, 0.0], np.float32), (len(places), 1))
    return made_boxes(barriers, middles, halves=halves, turns=turns, places=places), places


def made_boxes(barriers: Barriers, centres: Boxed, *, halves: Boxed, turns: F32, places: Rows) -> WallBoxes:
    """Return boxes with the losses of what they stand for.

    Args:
        centres, halves: (n, 3). turns: (n, 2) cosine and sine.
        places: (n,) of which of the barriers each box is a part.
    """
    codes, doors = barriers.codes[places], barriers.doors[places]
    losses, slopes = _losses(codes, 2 * halves.min(1, initial=np.inf))
    keys = np.where(doors != NO_ROW, doors, barriers.rows[places]).astype(np.uint32)
    filling = (codes == NAMES.index("door")) | (codes == NAMES.index("glass"))
    upright = halves > halves.min(1, keepdims=True, initial=np.inf)
    framed = halves + FRAME_M * (upright & filling[:, None])
    return WallBoxes(centres.astype(np.float32), framed.astype(np.float32), turns, losses, slopes, keys)


def _losses(codes: I32, thickness_m: Boxed) -> tuple[F32, F32]:
    """Return (n,) dB at 1 kHz and how much more at 4 kHz: 6 dB more for twice as much mass."""
    table = np.array([matter[:3] for matter in MATTERS.values()], np.float32)
    thin = (codes == NAMES.index("masonry")) & (thickness_m < _LIGHTEST_M)
    loss, slope, usual = table[np.where(thin, NAMES.index("light"), codes)].T
    scaled = 20 * np.log10(np.maximum(thickness_m, 1e-3) / usual)
    fixed = solid_codes()[codes] | (codes == NAMES.index("door"))
    loss = loss + np.where(fixed, 0.0, np.clip(scaled, -_MASS_MOST_DB, _MASS_MOST_DB))
    return loss.astype(np.float32), slope


def solid_codes() -> Mask:
    """Return (codes,) which are closed lumps."""
    return np.array([matter.solid for matter in MATTERS.values()])
