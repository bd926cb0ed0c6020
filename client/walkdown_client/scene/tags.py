"""Name tags over the heads of people: drawn once each, placed for the camera all at once in every frame.

The nearest have one, each above the tags of those who stand nearer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.ragged import ragged
from walkdown_client.scene.cards import draw_tag
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quads import ALPHA, ANCHOR, CENTRE, COLUMNS, HALF, HIDDEN_ALPHA, blank
from walkdown_client.scene.text_atlas import TextAtlas

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

HIDDEN = 0.5
ABOVE_HEAD_M = 0.36
FAR_M = 60.0
MOST = 40
RAISE_PX, STEPS = 14.0, 4
"""A tag stands so far above its point, and is raised so often at most to be clear of others."""
GAP_PX = 2.0
KEPT = 2000
"""Drawn tags; more than that begin anew."""
_NOT_DRAWN = -1


@dataclass(frozen=True)
class Tags:
    """Name tags of people: (n, 3) head positions, names, (n,) colour indices and who speaks.

    The same ``names`` object means the same names.
    """

    heads: F64
    names: Sequence[str]
    colors: npt.NDArray[np.integer]
    speaking: npt.NDArray[np.bool_]


class NameTags:
    """Tags that have been drawn, and who wears which.

    Args:
        atlas: letters.
    """

    def __init__(self, atlas: TextAtlas) -> None:
        self._atlas = atlas
        self._scale = 1.0
        self._named: npt.NDArray[np.bool_] = np.zeros(0, bool)
        self._worn: Rows = np.zeros((0, 2), np.intp)
        self._names: Sequence[str] = ()
        self._colors: npt.NDArray[np.integer] = np.zeros(0, np.intp)
        self._forget()

    def records(self, tags: Tags, camera: Projection, scale: float) -> F32:
        """Return the quads of all tags, those of the nearest people last."""
        self._learn(tags, scale)
        found = camera.project(tags.heads + np.array([0, 0, ABOVE_HEAD_M]))
        near = np.flatnonzero(found.visible & self._named & (found.distance < FAR_M))
        near = near[np.argsort(found.distance[near])][:MOST]
        if not len(near):
            return blank(0, "rect")
        drawn = self._drawn_of(tags, near)
        places = found.pixels[near] + stacked(found.pixels[near], self._sizes[drawn])
        fade = np.clip(2.0 - found.distance[near] / (FAR_M / 2), 0.3, 1.0)
        at = ragged(self._counts[drawn[::-1]])
        tag = len(near) - 1 - at.row
        records: F32 = self._records[self._starts[drawn[tag]] + at.place]
        records[:, CENTRE] += np.rint(places)[tag]
        records[:, ALPHA] *= fade[tag]
        records[:, ANCHOR] = camera.anchors(found)[near[tag]]
        records[:, HIDDEN_ALPHA] = HIDDEN
        return records

    def _learn(self, tags: Tags, scale: float) -> None:
        if scale != self._scale or len(self._counts) > KEPT:
            self._scale = scale
            self._forget()
        if tags.names is not self._names or not np.array_equal(tags.colors, self._colors):
            self._names, self._colors = tags.names, np.asarray(tags.colors)
            self._named = np.array([bool(name) for name in tags.names], bool)
            self._worn = np.full((len(tags.names), 2), _NOT_DRAWN)

    def _forget(self) -> None:
        self._names = ()
        self._place: dict[tuple[str, int, bool], int] = {}
        self._records: F32 = np.zeros((0, COLUMNS), np.float32)
        self._sizes: F32 = np.zeros((0, 2), np.float32)
        self._starts = self._counts = np.zeros(0, np.intp)

    def _drawn_of(self, tags: Tags, near: Rows) -> Rows:
        """Return the places of these people's tags; those that were not worn yet are drawn now."""
        speaking = tags.speaking[near].astype(np.intp)
        new = near[self._worn[near, speaking] == _NOT_DRAWN]
        keys = [(tags.names[row], int(tags.colors[row]), bool(tags.speaking[row])) for row in new.tolist()]
        self._draw([key for key in dict.fromkeys(keys) if key not in self._place])
        self._worn[new, tags.speaking[new].astype(np.intp)] = [self._place[key] for key in keys]
        return np.asarray(self._worn[near, speaking])

    def _draw(self, keys: Sequence[tuple[str, int, bool]]) -> None:
        if not keys:
            return
        bodies = [
            draw_tag(name, color, self._atlas, speaking=speaking, scale=self._scale)
            for name, color, speaking in keys
        ]
        self._place |= {key: len(self._counts) + i for i, key in enumerate(keys)}
        self._records = np.concatenate([self._records, *bodies])
        self._sizes = np.concatenate([self._sizes, [body[0, HALF] * 2 for body in bodies]])
        self._counts = np.append(self._counts, [len(body) for body in bodies])
        self._starts = np.cumsum(self._counts) - self._counts


def stacked(points: F32, sizes: F32) -> F32:
    """Return by how much the middles of tags are away from their points, so that they stand above each other.

    Args:
        points: (n, 2) pixels, of the nearest first. sizes: (n, 2) pixels.
    """
    raised = np.zeros(len(points), np.intp)
    for _pass in range(2 * STEPS):
        middles = points[:, 1] + raised * (sizes[:, 1] + GAP_PX)
        beside = np.abs(points[:, 0] - points[:, None, 0]) < (sizes[:, 0] + sizes[:, None, 0]) / 2
        level = np.abs(middles - middles[:, None]) < (sizes[:, 1] + sizes[:, None, 1]) / 2
        blocked = np.tril(beside & level, -1).any(1) & (raised < STEPS)
        if not blocked.any():
            break
        raised += blocked
    up = RAISE_PX + raised * (sizes[:, 1] + GAP_PX)
    return np.stack([np.zeros_like(up), up], 1).astype(np.float32)
