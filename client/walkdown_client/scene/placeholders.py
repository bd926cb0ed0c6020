"""What stands where a model will be: a box of wires, and a card that says how far it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown_client.scene.cards import rgba
from walkdown_client.scene.look import ACCENT_SRGB, LINE_SRGB, MUTED_SRGB, PANEL_SRGB, STATE_SRGB, TEXT_SRGB
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quads import CENTRE, F32, letters, shape
from walkdown_client.scene.text_atlas import TextAtlas
from walkdown_client.scene.wires import wire_box

F64 = npt.NDArray[np.float64]

_BAD = 5
_TITLE_PX, _SMALL_PX = 15, 13
_PADDING, _BAR_PX, _RAISE_PX = 12.0, 6.0, 18.0
_WIDTH_MIN = 180.0


@dataclass(frozen=True)
class Placeholder:
    """A model that is being brought in, or that could not be.

    Attributes:
        corners: (8, 3) of its box, site frame, metres, in the order of ``wires.EDGES``.
        title: the file. detail: what happens to it and who brings it. part: from 0 to 1.
        failed: it will not come; ``detail`` says why.
    """

    corners: F64
    title: str
    detail: str
    part: float = 0.0
    failed: bool = False


def placeholder_records(shown: Placeholder, camera: Projection, atlas: TextAtlas, *, scale: float) -> F32:
    """Return the quads of one placeholder, its card on top."""
    color = rgba(STATE_SRGB[_BAD] if shown.failed else ACCENT_SRGB, 0.95)
    box = wire_box(shown.corners, camera, color=color, width=1.4 * scale)
    top = np.array([[*shown.corners.mean(0)[:2], shown.corners[:, 2].max()]])
    found = camera.project(top)
    if not found.ahead[0]:
        return box
    card, height = _card(shown, atlas, scale)
    at = np.rint(found.pixels[0] + np.array([0.0, height / 2 + _RAISE_PX * scale], np.float32))
    card[:, CENTRE] += at
    return np.concatenate([box, card])


def _card(shown: Placeholder, atlas: TextAtlas, scale: float) -> tuple[F32, float]:
    """Return the records of the card around its middle, and its height in pixels."""
    s = scale
    title, detail = (
        atlas.line(shown.title, round(_TITLE_PX * s)),
        atlas.line(shown.detail, round(_SMALL_PX * s)),
    )
    icon = 22.0 * s
    width = max(title.width + icon, detail.width, _WIDTH_MIN * s) + 2 * _PADDING * s
    height = (54 + (0 if shown.failed else 14)) * s
    left, pen = -width / 2 + _PADDING * s, height / 2 - 21 * s
    tone = rgba(STATE_SRGB[_BAD] if shown.failed else ACCENT_SRGB)
    parts = [
        shape("rect", (0, 0), (width, height), fill=rgba(PANEL_SRGB, 0.94), edge=rgba(LINE_SRGB), border=1.2),
        shape("cross" if shown.failed else "ring", (left + 8 * s, pen + 5 * s), (15 * s, 15 * s), fill=tone),
        letters(title, (round(left + icon), round(pen)), rgba(TEXT_SRGB)),
        letters(detail, (round(left), round(pen - 21 * s)), rgba(MUTED_SRGB)),
    ]
    if not shown.failed:
        parts.append(_bar(shown.part, width=width - 2 * _PADDING * s, y=-height / 2 + 12 * s, scale=s))
    return np.concatenate(parts), height


def _bar(part: float, *, width: float, y: float, scale: float) -> F32:
    height, reached = _BAR_PX * scale, width * min(max(part, 0.0), 1.0)
    ground = shape("rect", (0, y), (width, height), fill=rgba(LINE_SRGB))
    if reached < 1:
        return ground
    done = shape("rect", ((reached - width) / 2, y), (reached, height), fill=rgba(ACCENT_SRGB))
    return np.concatenate([ground, done])
