"""What somebody stands on: the top of a drawn box right below a head, and how it sounds under shoes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.machine_places import Drawn, site_boxes

F64 = npt.NDArray[np.float64]

LOW_M, HIGH_M = 1.0, 2.4
"""A head so high above something may belong to somebody who stands on it."""

_SOUNDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("metal", ("deck", "stair", "grating", "platform", "ladder", "mezzanine", "catwalk", "walkway")),
    ("soft", ("carpet", "rug", "lawn", "mat")),
    (
        "ground",
        ("ground", "yard", "terrain", "relief", "road", "grass", "path", "land", "soil", "plantcover"),
    ),
)
"""By words of kinds; all else is concrete."""


class Floors:
    """Everything drawn that one may stand on."""

    def __init__(self, models: Sequence[Drawn]) -> None:
        lows, highs = [np.zeros((0, 3))], [np.zeros((0, 3))]
        self._kinds: list[str] = []
        for model in models:
            lo, hi = site_boxes(model)
            drawn = np.flatnonzero((np.asarray(model.elements.triangles) > 0) & np.isfinite(lo).all(1))
            lows.append(lo[drawn])
            highs.append(hi[drawn])
            self._kinds += [model.elements.kinds[row] for row in drawn.tolist()]
        self._lo, self._hi = np.concatenate(lows), np.concatenate(highs)
        self._lowest = float(self._lo[:, 2].min()) if len(self._lo) else float("nan")

    def below(self, head: F64) -> tuple[float, str]:
        """Return the height of what a head is above, NaN where nothing is drawn, and how it sounds."""
        if np.isnan(self._lowest):
            return float("nan"), "concrete"
        x, y, z = head
        over = (self._lo[:, 0] <= x) & (x <= self._hi[:, 0])
        over &= (self._lo[:, 1] <= y) & (y <= self._hi[:, 1]) & (self._hi[:, 2] <= z - LOW_M)
        under = np.flatnonzero(over)
        if not len(under):
            return self._lowest, "concrete"
        highest = int(under[np.argmax(self._hi[under, 2])])
        return float(self._hi[highest, 2]), _sound_of(self._kinds[highest])


def _sound_of(kind: str) -> str:
    folded = kind.casefold()
    return next((sound for sound, words in _SOUNDS if any(w in folded for w in words)), "concrete")
