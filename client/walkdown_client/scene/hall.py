"""Tells a hall from an open model, by what its elements are called, and finds its openings.

A hall has walls, a roof and no more than one storey: in the light of a hall, the rooms of a house would be
dark. Its light is baked, its mirrors show its skylights and windows, and seen from outside it is cut open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.package.ancestry import all_below, is_storey, subtree_sums
from walkdown.package.bulk import bulk_of
from walkdown_client.scene.tables import F32, Elements

LEAST_METRES = 1.0
"""A hall is at least so long, wide and high."""

SKYLIGHT_WORDS = ("skylight", "rooflight", "roof_light")
WINDOW_WORDS = ("window", "glazing")
ROOF_WORDS = ("roof", "truss", "purlin", "luminaire", "skylight", "rafter", "ceiling", "ridge")
"""Kinds that would hide what is below, seen from above."""

WALL_WORDS = ("wall", "window", "facade", "column", "door", "girt", "gate")
"""Kinds that would hide what is behind, seen from outside."""

_CEILING_WIDTH = 256
_PART_SHARE = 0.5


@dataclass(frozen=True)
class Hall:
    """A closed building.

    Attributes:
        lo, hi: (3,) corners of what is inside.
        skylights, windows: (k, 2, 3) boxes.
        window_band: z from, z to, strength on the walls along x, strength on the walls along y.
    """

    lo: F32
    hi: F32
    skylights: F32
    windows: F32
    window_band: tuple[float, float, float, float]


def texts_match(texts: Sequence[str], words: Sequence[str]) -> npt.NDArray[np.bool_]:
    """(n,) whether a text contains one of the words, which are lower case; all are searched as one text."""
    lower = [text.lower() for text in texts]
    whole = "\n".join(lower)
    starts = np.cumsum([0, *(len(text) + 1 for text in lower)])[:-1]
    places: list[int] = []
    for word in words:
        place = whole.find(word)
        while place >= 0:
            places.append(place)
            place = whole.find(word, place + 1)
    found = np.zeros(len(lower), bool)
    found[np.searchsorted(starts, places, side="right") - 1] = True
    return found


class Names:
    """What the elements of a model are called.

    It is their kinds. Where those of what is drawn say nothing of a roof, it is the element's own name, or
    name or kind of a group it is in, unless that group is most of the model.
    """

    def __init__(self, elements: Elements) -> None:
        self._elements = elements
        own = elements.triangles > 0
        self._kinds_tell = bool((texts_match(elements.kinds, ("roof",)) & own).any())
        below = subtree_sums(elements.triangles, elements.parents)
        self._parts = own | (below <= _PART_SHARE * np.sum(elements.triangles, dtype=np.int64))

    def match(self, words: Sequence[str]) -> npt.NDArray[np.bool_]:
        """(n,) whether an element is called by one of the words."""
        by_kind = texts_match(self._elements.kinds, words)
        if self._kinds_tell:
            return by_kind
        marked = (by_kind | texts_match(self._elements.names, words)) & self._parts
        return all_below(marked, self._elements.parents)


def drawn(elements: Elements) -> npt.NDArray[np.bool_]:
    """(n,) whether an element has geometry of its own, and not absurdly far away."""
    return bulk_of(elements.lo, elements.hi, elements.triangles)


def find_hall(elements: Elements) -> Hall | None:
    """Return the hall that these elements make, or None when they make none."""
    if not len(elements.kinds):
        return None
    there, names = drawn(elements), Names(elements)
    roof, wall = names.match(("roof",)) & there, names.match(("wall",)) & there
    if not roof.any() or not wall.any() or sum(map(is_storey, elements.kinds)) > 1:
        return None
    sky, glass = names.match(SKYLIGHT_WORDS) & there, names.match(WINDOW_WORDS) & there
    lo = elements.lo[wall].min(0)
    hi = elements.hi[wall | roof].max(0)
    hi[:2] = elements.hi[wall].max(0)[:2]
    hi[2] = float(np.median(elements.lo[sky | (roof & ~sky.any())][:, 2]))
    if (hi - lo < LEAST_METRES).any():  # a name that only mentions a roof
        return None
    windows = _boxes(elements, glass & ~sky)
    return Hall(lo, hi, _boxes(elements, sky), windows, _band_of(windows, lo, hi))


def _boxes(elements: Elements, chosen: npt.NDArray[np.bool_]) -> F32:
    return np.stack([elements.lo[chosen], elements.hi[chosen]], 1).astype(np.float32)


def _band_of(windows: F32, lo: F32, hi: F32) -> tuple[float, float, float, float]:
    """The band in which most windows lie, and how much of each pair of walls they cover."""
    if not len(windows):
        return 0.0, 0.0, 0.0, 0.0
    size = windows[:, 1] - windows[:, 0]
    at_y = np.minimum(np.abs(windows[:, 0, 1] - lo[1]), np.abs(windows[:, 1, 1] - hi[1])) < 0.6
    at_x = np.minimum(np.abs(windows[:, 0, 0] - lo[0]), np.abs(windows[:, 1, 0] - hi[0])) < 0.6
    along_x, along_y = at_y & (size[:, 0] > size[:, 1]), at_x & (size[:, 1] > size[:, 0])
    outer = windows[along_x | along_y]
    if not len(outer):
        return 0.0, 0.0, 0.0, 0.0
    share_x = float(size[along_x, 0].sum() / max(2 * (hi[0] - lo[0]), 1e-3))
    share_y = float(size[along_y, 1].sum() / max(2 * (hi[1] - lo[1]), 1e-3))
    low, high = np.median(outer[:, 0, 2]), np.median(outer[:, 1, 2])
    return float(low), float(high), min(share_x, 1.0), min(share_y, 1.0)


def ceiling_map(hall: Hall) -> npt.NDArray[np.uint8]:
    """(height, width) uint8 over the floor plan, row 0 at low y: 255 where the roof is open."""
    size = (hall.hi - hall.lo)[:2]
    height = max(8, round(_CEILING_WIDTH * float(size[1] / size[0])))
    out = np.zeros((height, _CEILING_WIDTH), np.uint8)
    scale = np.array([_CEILING_WIDTH, height]) / size
    for low, high in hall.skylights:
        a = np.clip(np.rint((low[:2] - hall.lo[:2]) * scale), 0, None).astype(int)
        b = np.maximum(np.rint((high[:2] - hall.lo[:2]) * scale).astype(int), a + 1)
        out[a[1] : b[1], a[0] : b[0]] = 255
    return out
