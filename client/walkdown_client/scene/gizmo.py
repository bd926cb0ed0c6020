"""Draws the handles of a model that is being moved, and its box where it would stand.

Each handle has a shape and a letter besides its colour; all keep their size on the screen and nothing covers
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown_client.scene.cards import rgba
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quads import F32, Rgba, blank, letters, shape
from walkdown_client.scene.text_atlas import TextAtlas
from walkdown_client.scene.wires import polyline, wire_box

F64 = npt.NDArray[np.float64]

COLORS = {"x": "FF6B5E", "y": "7BC96F", "z": "5AA9FF"}
ACTIVE = "F0E442"
NEUTRAL = "E6EDF3"
_DARK: Rgba = (0.04, 0.06, 0.08, 0.9)
_LINE_PX, _HEAD_PX, _LETTER_PX = 2.6, 15.0, 13


@dataclass(frozen=True)
class GizmoView:
    """What is to be drawn.

    Attributes:
        handles: polyline (k, 3) of each, site frame, metres: ``x``, ``y``, ``z`` arrows; ``turn …`` rings;
            ``level`` a square, ``size`` a cube.
        active: the handle that is held or pointed at, "" for none.
        corners: (8, 3) of the model's box where it would stand.
    """

    handles: Mapping[str, F64]
    active: str
    corners: F64


def gizmo_records(view: GizmoView, camera: Projection, atlas: TextAtlas, *, scale: float) -> F32:
    """Return the quads of a gizmo, the box first."""
    parts = [wire_box(view.corners, camera, color=rgba(ACTIVE, 0.9))]
    for handle, line in view.handles.items():
        color = rgba(ACTIVE if handle == view.active else COLORS.get(handle.split()[-1], NEUTRAL), 0.95)
        width = _LINE_PX * scale * (1.5 if handle == view.active else 1.0)
        parts.append(polyline(line, camera, color=_DARK, width=width + 1.6 * scale))
        parts.append(polyline(line, camera, color=color, width=width))
        parts.append(_head(handle, line, camera, color=color, size=_HEAD_PX * scale))
        parts.append(_letter(handle, line, camera, atlas=atlas, size_px=round(_LETTER_PX * scale)))
    return np.concatenate(parts)


def _head(handle: str, line: F64, camera: Projection, *, color: Rgba, size: float) -> F32:
    """Return what stands at the end of a handle: a disc on an arrow, a cube on the size."""
    found = camera.project(line[-1:])
    if not found.ahead[0] or handle.startswith("turn") or handle == "level":
        return blank(0, "circle")
    kind = "rect" if handle == "size" else "circle"
    x, y = found.pixels[0].tolist()
    return shape(kind, (x, y), (size, size), fill=color, edge=_DARK, border=1.4)


def _letter(handle: str, line: F64, camera: Projection, *, atlas: TextAtlas, size_px: int) -> F32:
    """Return the letter of an arrow, on its disc."""
    found = camera.project(line[-1:])
    if handle not in COLORS or not found.ahead[0]:
        return blank(0, "glyph")
    text = atlas.line(handle.upper(), size_px)
    x, y = found.pixels[0].tolist()
    return letters(text, (round(x - text.width / 2), round(y - size_px * 0.36)), _DARK)
