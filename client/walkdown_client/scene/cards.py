"""What stands on the things of the twin: value cards, note pins and name tags, as records around (0, 0)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from walkdown_client.scene.look import (
    ACCENT_SRGB,
    LINE_SRGB,
    MUTED_SRGB,
    PANEL_SRGB,
    PEOPLE_SRGB,
    STATE_SRGB,
    TEXT_SRGB,
    srgb,
)
from walkdown_client.scene.quads import F32, Rgba, letters, segments, shape
from walkdown_client.scene.text_atlas import TextAtlas

STATE_SHAPES = ("circle", "circle", "triangle", "diamond", "ring", "cross", "diamond")
"""Each state has its own shape, so that colour is never alone."""

_TITLE_PX, _VALUE_PX, _SMALL_PX = 15, 22, 13
_PADDING = 12.0
_SPARK = (82.0, 22.0)


@dataclass(frozen=True, kw_only=True)
class Card:
    """A value card on a thing.

    Attributes:
        key: stable name; keeps the card in its place from frame to frame.
        anchor: (x, y, z) of the thing, site frame, metres.
        state: code of the thing's state; 0 shows no shape.
        detail: a second, muted line.
        spark: the value's recent course, or empty.
    """

    key: str
    anchor: tuple[float, float, float]
    title: str
    value: str = ""
    unit: str = ""
    state: int = 0
    detail: str = ""
    spark: Sequence[float] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A note in the scene.

    Attributes:
        anchor: (x, y, z) where it was written, site frame, metres.
        color: index of the author's colour.
        text: shown beside the pin; empty shows the pin alone.
    """

    key: str
    anchor: tuple[float, float, float]
    color: int = 0
    text: str = ""
    open: bool = True


def rgba(color: str, alpha: float = 1.0) -> Rgba:
    """A colour of six hexadecimal digits with an alpha."""
    red, green, blue = srgb(color)
    return red, green, blue, alpha


def state_color(code: int, alpha: float = 1.0) -> Rgba:
    """The colour of a state; the accent for none."""
    return rgba(STATE_SRGB[code] if code else ACCENT_SRGB, alpha)


def person_color(index: int, alpha: float = 1.0) -> Rgba:
    """The colour of a person."""
    return rgba(PEOPLE_SRGB[index % len(PEOPLE_SRGB)], alpha)


def draw_card(card: Card, atlas: TextAtlas, scale: float) -> tuple[F32, tuple[float, float]]:
    """Return the records of a card around its middle, and its width and height in pixels."""
    s = scale
    title = atlas.line(card.title, round(_TITLE_PX * s))
    value, unit = atlas.line(card.value, round(_VALUE_PX * s)), atlas.line(card.unit, round(_TITLE_PX * s))
    detail = atlas.line(card.detail, round(_SMALL_PX * s))
    spark = len(card.spark) > 1
    icon = 24.0 * s if card.state else 0.0
    value_width = (
        value.width + (unit.width + 6 * s if card.unit else 0) + (_SPARK[0] + 14 if spark else 0) * s
    )
    width = max(title.width + icon, value_width if card.value else 0, detail.width) + 2 * _PADDING * s
    height = (32 + (30 if card.value else 0) + (20 if card.detail else 0)) * s
    left, pen = -width / 2 + _PADDING * s, height / 2 - 21 * s
    color = state_color(card.state)
    parts = [
        shape("rect", (0, 0), (width, height), fill=rgba(PANEL_SRGB, 0.94), edge=rgba(LINE_SRGB), border=1.2)
    ]
    if card.state:
        icon_at = (left + 8 * s, pen + 5 * s)
        parts.append(
            shape(STATE_SHAPES[card.state], icon_at, (15 * s, 15 * s), fill=color, edge=_DARK, border=1.0)
        )
    parts.append(letters(title, _whole(left + icon, pen), rgba(TEXT_SRGB)))
    if card.value:
        pen -= 29 * s
        parts.append(letters(value, _whole(left, pen), rgba(TEXT_SRGB) if card.state < 2 else color))
        parts.append(letters(unit, _whole(left + value.width + 6 * s, pen), rgba(MUTED_SRGB)))
    if spark:
        parts.append(
            _sparkline(card.spark, right=width / 2 - _PADDING * s, base=pen - 2 * s, scale=s, color=color)
        )
    if card.detail:
        parts.append(letters(detail, _whole(left, pen - 21 * s), rgba(MUTED_SRGB)))
    return np.concatenate(parts), (width, height)


def draw_tag(name: str, color: int, atlas: TextAtlas, *, speaking: bool, scale: float) -> F32:
    """The records of a person's name tag around its middle; three bars while speaking."""
    s = scale
    line = atlas.line(name, round(_TITLE_PX * s))
    width, height = line.width + (44 if speaking else 22) * s, 26 * s
    tone = person_color(color)
    parts = [shape("rect", (0, 0), (width, height), fill=rgba(PANEL_SRGB, 0.9), edge=tone, border=1.6)]
    start = -width / 2 + (32 if speaking else 11) * s
    parts.append(letters(line, _whole(start, -5 * s), rgba(TEXT_SRGB)))
    if speaking:
        for place, tall in enumerate((6.0, 12.0, 8.0)):
            x = -width / 2 + (12 + 5 * place) * s
            parts.append(segments([(x, -tall / 2 * s), (x, tall / 2 * s)], 2.6 * s, tone))
    return np.concatenate(parts)


def draw_pin(pin: Pin, atlas: TextAtlas, scale: float) -> F32:
    """The records of a note pin, its point at (0, 0)."""
    s = scale
    tone = person_color(pin.color, 1.0 if pin.open else 0.55)
    parts = [
        shape("pin", (0, 14 * s), (28 * s, 28 * s), fill=tone, edge=_DARK, border=1.6),
        shape("circle", (0, 18 * s), (8 * s, 8 * s), fill=rgba(PANEL_SRGB), border=0.0),
    ]
    if pin.text:
        line = atlas.line(pin.text, round(_SMALL_PX * s))
        middle = 22 * s + line.width / 2 + 8 * s
        size = (line.width + 16 * s, 22 * s)
        parts.append(
            shape("rect", (middle, 17 * s), size, fill=rgba(PANEL_SRGB, 0.92), edge=tone, border=1.2)
        )
        parts.append(letters(line, _whole(22 * s + 8 * s, 12 * s), rgba(TEXT_SRGB)))
    return np.concatenate(parts)


_DARK: Rgba = (0.04, 0.06, 0.08, 0.9)


def _whole(x: float, y: float) -> tuple[float, float]:
    return float(round(x)), float(round(y))


def _sparkline(values: Sequence[float], *, right: float, base: float, scale: float, color: Rgba) -> F32:
    course = np.asarray(values, np.float32)
    course = course[np.isfinite(course)][-120:]
    if len(course) < 2:
        course = np.zeros(2, np.float32)
    spread = float(np.ptp(course))
    level = (course - course.min()) / spread if spread > 1e-9 else np.full(len(course), 0.5, np.float32)
    x = right - _SPARK[0] * scale * (1 - np.linspace(0, 1, len(course)))
    return segments(np.stack([x, base + level * _SPARK[1] * scale], 1), 1.8 * scale, color)
