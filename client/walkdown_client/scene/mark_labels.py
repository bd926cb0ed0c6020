"""What is written beside marks: value and kind on a small card, ticks at ends, and what the pointer caught.

Records are those of ``scene/quads.py``, in pixels around a point of the scene; the last texel of a record
is that point and its reach, how large the mark is: a label whose mark is tiny on the screen is not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from walkdown_client.scene.cards import person_color, rgba
from walkdown_client.scene.look import LINE_SRGB, MUTED_SRGB, PANEL_SRGB, TEXT_SRGB
from walkdown_client.scene.quads import ANCHOR, HIDDEN_ALPHA, Rgba, blank, letters, segments, shape
from walkdown_client.scene.text_atlas import TextAtlas

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Size = tuple[float, float]

HIDDEN = 0.3
CHOSEN_SRGB = "F0E442"
_TEXT_PX, _SMALL_PX = 15, 13
_PAD, _HEIGHT, _ICON = 8.0, 24.0, 15.0
_DARK: Rgba = (0.04, 0.06, 0.08, 0.9)
_TICK_PX, _DOT_PX = 6.5, 8.0

Lines = tuple[tuple[tuple[float, float], ...], ...]
ICONS: Mapping[str, Lines] = {
    "dimension": (((-1, 0), (1, 0)), ((-1, -0.6), (-1, 0.6)), ((1, -0.6), (1, 0.6))),
    "area": (
        ((-0.9, -0.8), (0.9, -0.8), (0.9, 0.8), (-0.9, 0.8), (-0.9, -0.8)),
        ((-0.9, -0.1), (0, 0.8)),
        ((0, -0.8), (0.9, 0.1)),
    ),
    "angle": (((1, -0.8), (-0.9, -0.8), (0.6, 0.9)), ((0.2, -0.8), (0.1, -0.3), (-0.2, 0))),
    "clearance": (
        ((-1, -0.9), (-1, 0.9)),
        ((1, -0.9), (1, 0.9)),
        ((-0.6, 0), (0.6, 0)),
        ((-0.25, 0.35), (-0.6, 0), (-0.25, -0.35)),
        ((0.25, 0.35), (0.6, 0), (0.25, -0.35)),
    ),
    "arrow": (((1, 0.9), (-0.9, -0.8)), ((-0.9, 0.1), (-0.9, -0.8), (0, -0.8))),
    "sketch": (((-1, -0.4), (-0.6, 0.6), (-0.1, -0.5), (0.4, 0.6), (1, -0.2)),),
    "photo": (
        ((-1, -0.7), (1, -0.7), (1, 0.5), (0.4, 0.5), (0.2, 0.8), (-0.2, 0.8), (-0.4, 0.5), (-1, 0.5),
         (-1, -0.7)),
        ((-0.3, -0.1), (0, 0.2), (0.3, -0.1), (0, -0.4), (-0.3, -0.1)),
    ),
    "file": (((-0.7, -0.9), (0.7, -0.9), (0.7, 0.4), (0.2, 0.9), (-0.7, 0.9), (-0.7, -0.9)),
             ((0.2, 0.9), (0.2, 0.4), (0.7, 0.4))),
}  # fmt: skip
"""Of each kind, so that colour is not its only sign; about (0, 0), from -1 to 1."""


def draw_label(
    kind: str, texts: tuple[str, str], atlas: TextAtlas, *, color: int, scale: float, selected: bool = False
) -> tuple[F32, Size]:
    """Return the card of a mark around its middle, and its size in pixels.

    Args:
        texts: the line, and a second, muted one or "". color: index into the colours of people.
    """
    s = scale
    line, detail = atlas.line(texts[0], round(_TEXT_PX * s)), atlas.line(texts[1], round(_SMALL_PX * s))
    width = max(line.width + (_ICON + 7) * s, detail.width) + 2 * _PAD * s
    height = (_HEIGHT + (17 if texts[1] else 0)) * s
    tone = rgba(CHOSEN_SRGB) if selected else person_color(color)
    border = 2.2 if selected else 1.4
    left, pen = -width / 2 + _PAD * s, height / 2 - 17 * s
    parts = [shape("rect", (0, 0), (width, height), fill=rgba(PANEL_SRGB, 0.94), edge=tone, border=border)]
    parts.append(
        draw_kind(kind, (left + _ICON / 2 * s, pen + 5 * s), size=_ICON / 2 * s, color=tone, scale=s)
    )
    parts.append(letters(line, (round(left + (_ICON + 7) * s), round(pen)), rgba(TEXT_SRGB)))
    if texts[1]:
        parts.append(letters(detail, (round(left), round(pen - 17 * s)), rgba(MUTED_SRGB)))
    return np.concatenate(parts), (width, height)


def draw_kind(kind: str, at: tuple[float, float], *, size: float, color: Rgba, scale: float) -> F32:
    """Return the icon of a kind around a place."""
    middle = np.array(at, np.float32)
    lines = [np.array(line, np.float32) * size + middle for line in ICONS.get(kind, ())]
    return np.concatenate([blank(0, "segment"), *(segments(line, 1.7 * scale, color) for line in lines)])


def draw_tick(color: Rgba, scale: float) -> F32:
    """Return the slanting stroke at the end of a dimension."""
    reach = _TICK_PX * scale
    line = [(-reach, -reach), (reach, reach)]
    return np.concatenate([segments(line, 5.0 * scale, _DARK), segments(line, 2.6 * scale, color)])


def draw_dot(color: Rgba, scale: float) -> F32:
    """Return the dot at the end of a clearance or at a corner of an area."""
    return shape("circle", (0, 0), (_DOT_PX * scale,) * 2, fill=color, edge=_DARK, border=1.6)


def draw_pin(kind: str, atlas: TextAtlas, *, color: int, name: str, scale: float, selected: bool) -> F32:
    """Return the pin of a photo or file, its point at (0, 0), its name beside it."""
    s = scale
    tone = rgba(CHOSEN_SRGB) if selected else person_color(color)
    card, (width, height) = draw_label(kind, (name, ""), atlas, color=color, scale=s, selected=selected)
    card[:, 0] += round(width / 2 - 16 * s)
    card[:, 1] += round(24 * s + height / 2)
    stem = segments([(0, 0), (0, 24 * s)], 4.5 * s, _DARK), segments([(0, 0), (0, 24 * s)], 2.2 * s, tone)
    return np.concatenate([*stem, draw_dot(tone, s), card])


def draw_snap(kind: str, word: str, atlas: TextAtlas, *, scale: float) -> F32:
    """Return what shows what the pointer has caught: a shape of its own for each kind, and a word."""
    s, tone = scale, rgba(CHOSEN_SRGB)
    parts = [_snap_shape(kind, 8.0 * s, width=4.6 * s, color=_DARK)]
    parts.append(_snap_shape(kind, 8.0 * s, width=2.2 * s, color=tone))
    if word:
        line = atlas.line(word, round(_SMALL_PX * s))
        size = (line.width + 12 * s, 19 * s)
        middle = (16 * s + size[0] / 2, -16 * s)
        parts.append(
            shape("rect", middle, size, fill=rgba(PANEL_SRGB, 0.92), edge=rgba(LINE_SRGB), border=1.0)
        )
        parts.append(letters(line, (round(22 * s), round(-20 * s)), tone))
    return np.concatenate(parts)


def _snap_shape(kind: str, r: float, *, width: float, color: Rgba) -> F32:
    """Square for a corner, triangle for an edge, diamond for a face, cross for an axis, ring for a place."""
    paths: Mapping[str, Sequence[Sequence[tuple[float, float]]]] = {
        "vertex": [[(-r, -r), (r, -r), (r, r), (-r, r), (-r, -r)]],
        "edge": [[(-r, -r * 0.8), (r, -r * 0.8), (0, r), (-r, -r * 0.8)]],
        "face": [[(-r, 0), (0, -r), (r, 0), (0, r), (-r, 0)]],
        "axis": [[(-r, -r), (r, r)], [(-r, r), (r, -r)]],
    }
    if kind not in paths:
        ring = blank(1, "arc")
        ring[0, 2:4], ring[0, 4:8], ring[0, 13] = r, color, width
        return ring
    return np.concatenate([segments(path, width, color) for path in paths[kind]])


def anchored(records: F32, reach_m: float, *, hidden: float = HIDDEN) -> F32:
    """Return records that belong to a point of the scene, which is filled in later.

    Args:
        reach_m: how large the mark is; 0 is always drawn. hidden: how strong where something covers it.
    """
    records[:, ANCHOR] = (0.0, 0.0, 0.0, reach_m)
    records[:, HIDDEN_ALPHA] = hidden
    return records
