"""The shape of each state, drawn: ● good, ▲ attention, ◆ alarm, ◌ stale, ✕ bad, ◇ simulated, – none."""

from __future__ import annotations

import math

from imgui_bundle import imgui

from walkdown_client.ui.theme import STATE_COLOURS, packed

Place = tuple[float, float, float]
"""Centre and radius in pixels."""

_DASHES = 8


def draw_state(lines: imgui.ImDrawList, x: float, y: float, *, radius: float, state: int) -> None:
    """Draw the shape of a state about the point x, y in pixels.

    Args:
        state: a code of ``walkdown.twin.STATES``.
    """
    colour = packed(STATE_COLOURS[state])
    _SHAPES[state](lines, (x, y, radius), colour)


def _none(lines: imgui.ImDrawList, place: Place, colour: int) -> None:
    x, y, r = place
    lines.add_line((x - r * 0.6, y), (x + r * 0.6, y), colour, max(r * 0.35, 1.5))


def _good(lines: imgui.ImDrawList, place: Place, colour: int) -> None:
    x, y, r = place
    lines.add_circle_filled((x, y), r * 0.86, colour)


def _attention(lines: imgui.ImDrawList, place: Place, colour: int) -> None:
    x, y, r = place
    lines.add_triangle_filled((x, y - r), (x + r, y + r * 0.8), (x - r, y + r * 0.8), colour)


def _alarm(lines: imgui.ImDrawList, place: Place, colour: int) -> None:
    x, y, r = place
    lines.add_quad_filled((x, y - r * 1.1), (x + r * 1.1, y), (x, y + r * 1.1), (x - r * 1.1, y), colour)


def _stale(lines: imgui.ImDrawList, place: Place, colour: int) -> None:
    x, y, r = place
    for dash in range(_DASHES):
        start = math.tau * dash / _DASHES
        lines.path_arc_to((x, y), r * 0.86, start, start + math.tau / _DASHES * 0.55, 4)
        lines.path_stroke(colour, max(r * 0.3, 1.4))


def _bad(lines: imgui.ImDrawList, place: Place, colour: int) -> None:
    x, y, r = place
    d = r * 0.75
    lines.add_line((x - d, y - d), (x + d, y + d), colour, max(r * 0.4, 1.8))
    lines.add_line((x - d, y + d), (x + d, y - d), colour, max(r * 0.4, 1.8))


def _simulated(lines: imgui.ImDrawList, place: Place, colour: int) -> None:
    x, y, r = place
    d = r * 1.05
    lines.add_quad((x, y - d), (x + d, y), (x, y + d), (x - d, y), colour, max(r * 0.3, 1.4))


_SHAPES = (_none, _good, _attention, _alarm, _stale, _bad, _simulated)
