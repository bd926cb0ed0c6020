"""What Python itself plays: how rendered samples come to two ears."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.orders import OutputMode

F32 = npt.NDArray[np.float32]


def to_ears(rendered: F32, mode: OutputMode) -> F32:
    """Return (n, 2) samples from (n, 1) or (n, 2): left and right alike, or one of them alone."""
    if rendered.shape[1] == 2:
        return rendered
    heard = np.repeat(rendered, 2, axis=1)
    if mode in {"left", "right"}:
        heard[:, int(mode == "left")] = 0.0
    return heard
