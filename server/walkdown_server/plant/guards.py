"""Machine enclosures: posts, rails, see-through panels, hinged doors with handles, conveyor tunnels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from walkdown_server.plant.builder import Builder

Corner = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardStyle:
    """How an enclosure looks; metres.

    Attributes:
        sill: height of a solid panel above ``low``; the glass starts there.
        panel: wished width of a panel.
        rail: material of rails; ``post`` of posts.
        door_every: each n-th panel is a door with handle, hinges and interlock; 0 means none.
    """

    low: float = 0.66
    high: float = 2.4
    sill: float = 0.0
    panel: float = 1.15
    post: str = "stainless"
    rail: str = "stainless"
    skin: str = "white"
    glass: str = "glass"
    thickness: float = 0.06
    door_every: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """An opening for a conveyor in one side: ``side`` index, from and to along it, top edge; metres."""

    side: int
    start: float
    end: float
    top: float = 1.45


def rectangle(low: Corner, high: Corner) -> tuple[Corner, ...]:
    """Corners counter-clockwise; side 0 looks to -y, 1 to +x, 2 to +y, 3 to -x."""
    return (low, (high[0], low[1]), high, (low[0], high[1]))


def lane_tunnels(low: Corner, high: Corner, lane_y: float, *, right: float = 0.0) -> tuple[Tunnel, Tunnel]:
    """Openings in the east and west side of a rectangle for a bottle lane; ``right`` widens the east one."""
    near, far = lane_y - low[1], high[1] - lane_y
    return (
        Tunnel(side=1, start=near - 0.3, end=near + 0.3 + right),
        Tunnel(side=3, start=far - 0.3, end=far + 0.3),
    )


def octagon(radius: float) -> tuple[Corner, ...]:
    """Eight corners with flat sides to the axes; ``radius`` is the distance of the sides."""
    reach = radius / math.cos(math.pi / 8)
    turns = [math.pi / 4 * k - math.pi * 5 / 8 for k in range(8)]
    return tuple((reach * math.cos(t), reach * math.sin(t)) for t in turns)


def add_guards(
    b: Builder, corners: Sequence[Corner], style: GuardStyle, *, tunnels: Sequence[Tunnel] = ()
) -> None:
    """Posts and rails as part ``guard``; panels and doors are parts of their own."""
    with b.group("guard", f"{b.owner} · guard", "guard"):
        with b.part("frame", "frame", "guard"):
            for x, y in corners:
                _post(b, x, y, style=style)
        count = 0
        for side, (start, end) in enumerate(zip(corners, [*corners[1:], corners[0]], strict=True)):
            length = math.dist(start, end)
            rz = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
            with b.frame((*start, 0), rz=rz):
                here = [t for t in tunnels if t.side == side]
                _rails(b, length, side, style=style)
                for x0, x1, top in _pieces(length, here, style):
                    count += 1
                    _panel(b, count, (x0, x1), top=top, style=style)


def _post(b: Builder, x: float, y: float, *, style: GuardStyle) -> None:
    size = style.thickness
    b.box(style.post, (x, y, style.low), (size, size, style.high - style.low))


def _rails(b: Builder, length: float, side: int, *, style: GuardStyle) -> None:
    wide = style.thickness + 0.01
    with b.part(f"rails-{side + 1}", f"rails {side + 1}", "guard"):
        for z in (style.low, style.high - wide):
            b.box(style.rail, (length / 2, 0, z), (length, wide, wide))


def _pieces(length: float, tunnels: Sequence[Tunnel], style: GuardStyle) -> list[tuple[float, float, float]]:
    """(from, to, lower edge) of each panel of a side, tunnels cut out."""
    out: list[tuple[float, float, float]] = []
    cursor = 0.0
    for stop, top in [*((t.start, t.top) for t in sorted(tunnels, key=lambda t: t.start)), (length, 0.0)]:
        free = stop - cursor
        count = max(1, round(free / style.panel)) if free > 0.15 else 0
        out += [(cursor + free * k / count, cursor + free * (k + 1) / count, 0.0) for k in range(count)]
        tunnel = next((t for t in tunnels if t.start == stop), None)
        if tunnel:
            out.append((tunnel.start, tunnel.end, top))
            cursor = tunnel.end
    return out


def _panel(b: Builder, n: int, span: tuple[float, float], *, top: float, style: GuardStyle) -> None:
    x0, x1 = span
    middle, width = (x0 + x1) / 2, x1 - x0 - 0.07
    bottom = max(top, style.low + style.sill) + 0.07
    with b.part(f"post-{n}", f"post {n}", "guard"):
        _post(b, x1, 0, style=style)
        if style.sill and not top:
            b.box(style.skin, (middle, 0, style.low), (x1 - x0, 0.04, style.sill + 0.04))
        if top:
            for x in (x0, x1):
                b.box(style.skin, (x, -0.06, style.low), (0.05, 0.16, top - style.low))
            b.box(style.skin, (middle, -0.06, top), (x1 - x0 + 0.05, 0.16, 0.07))
    with b.part(f"panel-{n}", f"panel {n}", "guard_panel", layer="glass"):
        b.box(style.glass, (middle, 0, bottom), (width, 0.012, style.high - 0.07 - bottom))
    if style.door_every and n % style.door_every == 0 and not top:
        _door(b, n, (x0 + 0.05, x1 - 0.05), bottom=bottom, style=style)


def _door(b: Builder, n: int, span: tuple[float, float], *, bottom: float, style: GuardStyle) -> None:
    """Hinges, handle, frame strips and the interlock switch of a panel that opens."""
    x0, x1 = span
    high = style.high - 0.08
    with b.part(f"door-{n}", f"guard door {n}", "guard_door"):
        for x in (x0, x1):
            b.box("dark", (x, -0.012, bottom), (0.025, 0.03, high - bottom))
        for z in (bottom, high - 0.025):
            b.box("dark", ((x0 + x1) / 2, -0.012, z), (x1 - x0, 0.03, 0.025))
        middle = (bottom + high) / 2
        b.rounded("black", (x1 - 0.06, -0.06, middle - 0.12), (0.03, 0.04, 0.26), radius=0.012)
        for z in (bottom + 0.15, high - 0.25):
            b.box("zinc", (x0 - 0.02, -0.035, z), (0.05, 0.03, 0.1))
        b.rounded("yellow", (x1 - 0.08, -0.035, high - 0.14), (0.12, 0.05, 0.07), radius=0.012)
