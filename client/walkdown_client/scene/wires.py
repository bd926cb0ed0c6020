"""Boxes and lines of the site drawn over the picture: fainter where something covers them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quads import ANCHOR, F32, HIDDEN_ALPHA, Rgba, blank, strokes

F64 = npt.NDArray[np.float64]

EDGES = np.array([(i, i | 1 << axis) for i in range(8) for axis in range(3) if not i >> axis & 1])
"""(12, 2) corners that an edge of a box joins; the bits of a corner say along which axes it is high."""

_PARTS = 10
_NEAREST_M = 0.1
_HIDDEN = 0.3
_MARK = 0.16
_MARK_PX_MAX = 46.0


def wire_box(corners: F64, camera: Projection, *, color: Rgba, width: float = 1.4, marks: bool = True) -> F32:
    """Return the edges of a box, and marks at its corners.

    Args:
        corners: (8, 3) site frame, metres, in the order of :data:`EDGES`.
        width: of an edge in pixels; marks are twice as wide.
    """
    starts, ends = corners[EDGES[:, 0]], corners[EDGES[:, 1]]
    faint = (*color[:3], color[3] * 0.55)
    parts = [site_lines(starts, ends, camera, color=faint, width=width)]
    if marks:
        share = _mark_share(starts, ends, camera)[:, None]
        both = np.concatenate([starts, ends]), np.concatenate([ends, starts])
        tips = both[0] + (both[1] - both[0]) * np.concatenate([share, share])
        parts.append(site_lines(both[0], tips, camera, color=color, width=width * 2))
    return np.concatenate(parts)


def _mark_share(starts: F64, ends: F64, camera: Projection) -> F64:
    """Return which part of each edge a corner mark takes: a sixth, but no more than some pixels."""
    middle = camera.project((starts + ends) / 2)
    length_px = np.linalg.norm(ends - starts, axis=1) * camera.pixels_per_metre(middle.distance)
    return np.asarray(np.minimum(_MARK, _MARK_PX_MAX / np.maximum(length_px, 1.0)))


def site_lines(starts: F64, ends: F64, camera: Projection, *, color: npt.ArrayLike, width: float) -> F32:
    """Return straight lines from (n, 3) to (n, 3), cut into parts that are faint where they are covered.

    Args:
        color: (4,) or (n, 4).
    """
    share = np.linspace(0.0, 1.0, _PARTS + 1)[:, None, None]
    points = starts + (ends - starts) * share
    found = camera.project(points.reshape(-1, 3))
    pixels = found.pixels.reshape(_PARTS + 1, -1, 2)
    seen = (found.ahead & (found.distance > _NEAREST_M)).reshape(_PARTS + 1, -1)
    both = seen[:-1] & seen[1:]
    tones = np.broadcast_to(np.asarray(color, np.float32), (_PARTS, len(starts), 4))[both]
    records = strokes(pixels[:-1][both], pixels[1:][both], width=width, color=tones)
    anchors = camera.anchors(found).reshape(_PARTS + 1, -1, 4)
    records[:, ANCHOR] = ((anchors[:-1] + anchors[1:]) / 2)[both]
    records[:, HIDDEN_ALPHA] = _HIDDEN
    return records


def polyline(points: F64, camera: Projection, *, color: Rgba, width: float) -> F32:
    """Return a line through (k, 3) points that nothing covers; parts behind the eye are left out."""
    found = camera.project(points)
    seen = found.ahead[:-1] & found.ahead[1:]
    if not seen.any():
        return blank(0, "segment")
    return strokes(found.pixels[:-1][seen], found.pixels[1:][seen], width=width, color=color)
