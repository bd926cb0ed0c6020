"""Which elements of a model can stop people, and which are leaves of doors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.package import NO_ROW
from walkdown_client.walk.doors import DOOR_WORDS, is_door, is_immaterial
from walkdown_client.walk.soup import I64, Mask

GENERIC_KINDS = frozenset({"part", "group", "model", "node", "mesh"})
"""Kinds of formats without classes: there the name says what is a door, and parts belong to their group."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What the elements of one package are to somebody on foot.

    Attributes:
        solid: (n,) whether an element may stop people. What joints move does not, so that nobody is caught by
            a vehicle; the leaves of doors do, where they are when closed.
        doors: (n,) row of the door whose leaf an element is, or ``NO_ROW``.
    """

    solid: Mask
    doors: I64


def matter_of(
    kinds: Sequence[str],
    names: Sequence[str],
    *,
    parents: npt.ArrayLike,
    joints: npt.ArrayLike,
    more_doors: Iterable[int] = (),
) -> Matter:
    """Sort the elements of a package.

    Args:
        kinds, names: of each element. parents, joints: (n,) rows or ``NO_ROW``.
        more_doors: rows that are doors by what the twin says.
    """
    above = np.asarray(parents, np.int64)
    known = {kind: is_door(kind) for kind in set(kinds)}
    generic = np.array([kind in GENERIC_KINDS for kind in kinds], bool)
    own = np.array([known[kind] for kind in kinds], bool)
    own[[row for row, name in enumerate(names) if generic[row] and _is_called_door(name)]] = True
    own[list(more_doors)] = True
    doors = np.where(own, np.arange(len(above)), NO_ROW).astype(np.int64)
    _gather(doors, above, own | generic)
    void = {kind: is_immaterial(kind) for kind in set(kinds)}
    immaterial = np.array([void[kind] for kind in kinds], bool)
    still = np.asarray(joints) == NO_ROW
    return Matter(np.asarray((still | (doors != NO_ROW)) & ~immaterial), doors)


def _is_called_door(name: str) -> bool:
    small = name.lower()
    return any(word in small for word in DOOR_WORDS) and is_door(name)


def _gather(doors: I64, parents: I64, joining: Mask) -> None:
    """Let parts of a door name the same door as the part above them, in place."""
    rows = np.flatnonzero(joining & (parents != NO_ROW))
    while True:
        above = doors[parents[rows]]
        moved = (above != NO_ROW) & (doors[rows] != above)
        if not moved.any():
            return
        doors[rows[moved]] = above[moved]
