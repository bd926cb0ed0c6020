"""Draws where people point: rays from their hands to what they mean, and rings about "look here"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from walkdown.frames import F64
from walkdown_client.scene.cards import rgba
from walkdown_client.scene.look import PEOPLE_SRGB
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quads import (
    ANCHOR,
    BORDER,
    CENTRE,
    F32,
    FILL,
    HALF,
    HIDDEN_ALPHA,
    Rgba,
    blank,
    letters,
    shape,
)
from walkdown_client.scene.text_atlas import TextAtlas
from walkdown_client.scene.wires import site_lines

_PARTS = 6
_NEAR_ALPHA, _FAR_ALPHA = 0.95, 0.45
_LINE_PX, _DOT_PX, _NAME_PX = 2.2, 11.0, 14
_RING_PX = (14.0, 64.0)
"""How large a ring is at its end and at its beginning: it closes in on the place."""

_RING_M = 0.6
_HIDDEN = 0.45
_NEARER = 1.005
_DARK: Rgba = (0.04, 0.06, 0.08, 0.8)
_WAVES = 3


@dataclass(frozen=True, slots=True)
class Ray:
    """Where somebody points.

    Attributes:
        start: (3,) their hand, site frame, metres; None draws the end alone. end: (3,).
        colour: index into the palette of people. name: written at the end. own: it is one's own.
    """

    start: F64 | None
    end: F64
    colour: int
    name: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Ring:
    """A place that is to be looked at; ``share`` of its time is over, 0 to 1."""

    point: F64
    colour: int
    share: float


class Pointers:
    """What is pointed at now.

    Attributes:
        rays, rings: what is drawn.
    """

    def __init__(self) -> None:
        self.rays: Sequence[Ray] = ()
        self.rings: Sequence[Ring] = ()

    def records(self, camera: Projection, atlas: TextAtlas, *, scale: float) -> F32:
        """Return the quads of all rays and rings."""
        parts = [blank(0, "segment")]
        for ray in self.rays:
            parts += _ray(ray, camera, atlas, scale=scale)
        for ring in self.rings:
            parts += _ring(ring, camera, scale=scale)
        return np.concatenate(parts)


def _tone(colour: int, alpha: float = 1.0) -> Rgba:
    return rgba(PEOPLE_SRGB[colour % len(PEOPLE_SRGB)], alpha)


def _ray(ray: Ray, camera: Projection, atlas: TextAtlas, *, scale: float) -> list[F32]:
    parts = [] if ray.start is None else _line(ray.start, ray.end, camera, colour=ray.colour, scale=scale)
    return parts + _end(ray, camera, atlas, scale=scale)


def _line(start: F64, end: F64, camera: Projection, *, colour: int, scale: float) -> list[F32]:
    """Return a line that is strong at the hand and faint at its end."""
    share = np.linspace(0.0, 1.0, _PARTS + 1)[:, None]
    points = start + (end - start) * share**2  # short parts near the hand, which is near the eye
    tones = np.tile(np.array(_tone(colour), np.float32), (_PARTS, 1))
    tones[:, 3] = _NEAR_ALPHA + (_FAR_ALPHA - _NEAR_ALPHA) * share[1:, 0]
    width = _LINE_PX * scale
    dark = np.tile(np.array(_DARK, np.float32), (_PARTS, 1))
    dark[:, 3] = 0.4 * tones[:, 3]
    return [
        site_lines(points[:-1], points[1:], camera, color=dark, width=width + 1.2 * scale),
        site_lines(points[:-1], points[1:], camera, color=tones, width=width),
    ]


def _end(ray: Ray, camera: Projection, atlas: TextAtlas, *, scale: float) -> list[F32]:
    """Return the dot at the end of a ray, and whose it is."""
    found = camera.project([ray.end])
    if not found.visible[0]:
        return []
    x, y = found.pixels[0].tolist()
    size = _DOT_PX * scale
    dot = shape("circle", (x, y), (size, size), fill=_tone(ray.colour), edge=_DARK, border=1.6 * scale)
    parts = [dot]
    if ray.name:
        size_px = round(_NAME_PX * scale)
        line = atlas.line(ray.name, size_px)
        left, base = round(x + size), round(y + size * 0.4)
        middle = (left + line.width / 2, base + size_px * 0.34)
        plate = (line.width + 10 * scale, size_px + 8 * scale)
        parts.append(shape("rect", middle, plate, fill=_DARK))
        parts.append(letters(line, (left, base), _tone(ray.colour)))
    records = np.concatenate(parts)
    records[:, ANCHOR] = _anchor(ray.end, camera)
    records[:, HIDDEN_ALPHA] = _HIDDEN
    return [records]


def _ring(ring: Ring, camera: Projection, *, scale: float) -> list[F32]:
    """Return rings that close in on a place, one after another, and a dot there."""
    found = camera.project([ring.point])
    if not found.visible[0]:
        return []
    x, y = found.pixels[0].tolist()
    low = max(_RING_PX[0] * scale, float(camera.pixels_per_metre(found.distance[:1])[0]) * _RING_M)
    high = low + (_RING_PX[1] - _RING_PX[0]) * scale
    phase = (ring.share * _WAVES) % 1.0
    radius = high + (low - high) * phase
    fade = min(1.0, 4 * (1.0 - ring.share))
    tone, dark = _tone(ring.colour, fade), (*_DARK[:3], 0.5 * fade)
    return [
        _circle((x, y), radius, colour=dark, width=5.5 * scale),
        _circle((x, y), radius, colour=tone, width=3.0 * scale),
        shape("circle", (x, y), (low * 0.6, low * 0.6), fill=tone, edge=dark, border=1.5),
    ]


def _circle(centre: tuple[float, float], radius: float, *, colour: Rgba, width: float) -> F32:
    """Return a thin ring."""
    record = blank(1, "arc")
    record[0, CENTRE], record[0, HALF] = centre, radius
    record[0, FILL], record[0, BORDER] = colour, width
    return record


def _anchor(point: F64, camera: Projection) -> F32:
    """Return with which depth a point is compared: a little nearer than it is, for it lies on a surface."""
    anchors = camera.anchors(camera.project([point]))
    anchors[:, 2] = 1.0 - (1.0 - anchors[:, 2]) * _NEARER
    return anchors
