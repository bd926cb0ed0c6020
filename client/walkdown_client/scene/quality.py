"""How much light a machine can afford: presets, and the choice between them by measured frame time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Preset = Literal["high", "medium", "low"]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """What is drawn.

    Attributes:
        samples: multisamples of the picture; 0 for none.
        scale: size of the 3D picture relative to the window; labels stay sharp.
        shadow_taps: 0, 1 or 9 samples of the sun map.
        shadow_size: texels along one side of the sun map.
        specular: reflections and highlights.
        detail: 0 plain surfaces, 1 patterns that tell what something is, 2 those that only decorate too.
        occlusion: the baked contact shadows.
        smallest_px: parts that would be smaller in the picture are left out.
        edges_far: distance in metres at which feature lines are gone; 0 draws none.
        shafts: light falling through skylights.
        moving_shadows: draw the sun map every frame, with what moves.
    """

    samples: int = 4
    scale: float = 1.0
    shadow_taps: int = 9
    shadow_size: int = 4096
    specular: bool = True
    detail: int = 2
    occlusion: bool = True
    smallest_px: float = 1.5
    edges_far: float = 34.0
    shafts: bool = True
    moving_shadows: bool = False

    @property
    def defines(self) -> dict[str, int]:
        """Switches of the scene shader."""
        return {
            "SHADOW_TAPS": self.shadow_taps,
            "SPECULAR": int(self.specular),
            "FLOOR_TAPS": int(self.specular and self.shadow_taps > 1),
            "DETAIL": self.detail,
            "OCCLUSION": int(self.occlusion),
        }


PRESETS: dict[Preset, Quality] = {
    "high": Quality(moving_shadows=True),
    "medium": Quality(samples=0, smallest_px=2.5),
    "low": Quality(
        samples=0,
        scale=0.5,
        shadow_taps=1,
        shadow_size=2048,
        detail=1,
        edges_far=15.0,
        shafts=False,
        smallest_px=5.0,
    ),
}
"""From the best to the cheapest; a software renderer starts at ``low``."""

STILL = replace(PRESETS["high"], moving_shadows=False)
"""For single pictures: everything, whatever it costs."""

_ORDER: tuple[Preset, ...] = ("low", "medium", "high")


class QualityChooser:
    """Steps down when frames are slow and up when there is ample time; needs a second to make up its mind.

    Args:
        preset: to begin with. best: never more than this.
        target_secs: a frame should take no longer. window: frames that are looked at.
    """

    def __init__(
        self, preset: Preset, *, best: Preset = "high", target_secs: float = 1 / 30, window: int = 45
    ) -> None:
        self.preset: Preset = preset
        self._target_secs = target_secs
        self._frames: deque[float] = deque(maxlen=window)
        self._ceiling = _ORDER.index(best)

    def observe(self, frame_secs: float) -> Preset | None:
        """Take the time of a frame; return the preset to change to, or None."""
        self._frames.append(frame_secs)
        if len(self._frames) < (self._frames.maxlen or 0):
            return None
        typical = float(np.median(self._frames))
        at = _ORDER.index(self.preset)
        if typical > 1.6 * self._target_secs and at > 0:
            self._ceiling = at - 1
            return self._change_to(at - 1)
        if typical < 0.35 * self._target_secs and at < self._ceiling:
            return self._change_to(at + 1)
        return None

    def _change_to(self, place: int) -> Preset:
        self._frames.clear()
        self.preset = _ORDER[place]
        return self.preset
