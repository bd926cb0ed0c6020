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
        boxes = [site_boxes(model) for model in models]
        self._lo: F64 = np.concatenate([np.zeros((0, 3)), *(lo for lo, _hi in boxes)])
        self._hi: F64 = np.concatenate([np.zeros((0, 3)), *(hi for _lo, hi in boxes)])
        self._kinds = [kind for model in models for kind in model.elements.kinds]
        known = np.isfinite(self._lo[:, 2])
        self._lowest = float(self._lo[known, 2].min()) if known.any() else float("nan")

    def below(self, head: F64) -> tuple[float, str]:
        """Return the height of what a head is above, NaN where nothing is drawn, and how it sounds."""
        if np.isnan(self._lowest):
            return float("nan"), "concrete"
        x, y, z = head
        with np.errstate(invalid="ignore"):
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
