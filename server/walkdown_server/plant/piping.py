"""The pipe bridge along the hall with the four main headers, cable trays, and the drops to the lines."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.layout import EAVE_HEIGHT, LINE_YS, TRAY_HEIGHT, TRAY_LANE
from walkdown_server.plant.pumps import automatic_valve, flange
from walkdown_server.plant.shapes import channel, i_beam

_POST = i_beam(0.14, 0.16, 0.012)
_TRAY = channel(0.5, 0.1, 0.012)
_PORTALS = np.array([*np.arange(22.0, 84.0, 6.0), 87.0])

# key, name, material, pipes as (y, z, radius)
_HEADERS = (
    ("PROD", "Product header", "stainless", ((33.7, 5.1, 0.1), (34.02, 5.08, 0.075))),
    ("WATER", "Water header", "water", ((34.36, 5.1, 0.1),)),
    ("AIR", "Compressed air header", "air", ((34.72, 5.06, 0.06), (35.42, 5.05, 0.045))),
    ("STEAM", "Steam header", "steam", ((35.08, 5.1, 0.09),)),
)


def add_piping(b: Builder) -> None:
    """``HDR.PROD``, ``HDR.WATER``, ``HDR.AIR``, ``HDR.STEAM`` and what carries them."""
    with b.group("BRIDGE", "Pipe bridge", "structure"):
        _portals(b)
        _bridge_trays(b)
    with b.group("HDR", "Main headers", "piping"):
        for key, name, material, pipes in _HEADERS:
            with b.group(key, name, "header"):
                _header(b, material, pipes)
                _drops(b, key)
    with b.group("TRAYS", "Cable trays of the lines", "cabling"):
        for number, y in enumerate(LINE_YS, 1):
            _line_tray(b, number, y + TRAY_LANE)


def _portals(b: Builder) -> None:
    for n, x in enumerate(_PORTALS, 1):
        with b.part(f"portal-{n}", f"portal {n}", "support"):
            for y in (33.4, 35.6):
                b.bar(_POST, "zinc", (x, y, 0), end=(x, y, 6.7))
                b.box("zinc", (x, y, 0), (0.35, 0.35, 0.02))
            for z in (4.92, 5.8, 6.35):
                b.bar(_POST, "zinc", (x, 33.2, z - 0.08), end=(x, 35.8, z - 0.08))
            b.box("hazard", (x, 33.4, 0.02), (0.17, 0.18, 0.9))


def _bridge_trays(b: Builder) -> None:
    for row, y in enumerate((33.75, 34.5, 35.2), 1):
        for n, (x0, x1) in enumerate(pairwise(_PORTALS), 1):
            with b.part(f"tray-{row}-{n}", f"cable tray {row}.{n}", "tray"):
                b.bar(_TRAY, "zinc", (x0, y, 5.82), end=(x1, y, 5.82))
                for offset in (-0.14, -0.04, 0.08, 0.15):
                    b.rod("black", (x0, y + offset, 5.87), (x1, y + offset, 5.87), radius=0.028, sides=6)


def _header(b: Builder, material: str, pipes: tuple[tuple[float, float, float], ...]) -> None:
    for n, (x0, x1) in enumerate(pairwise(_PORTALS), 1):
        with b.part(f"S{n}", f"section {n}", "pipe"):
            for y, z, radius in pipes:
                b.rod(material, (x0, y, z), (x1, y, z), radius=radius, sides=14)
                flange(b, (x0, y, z), radius + 0.05, axis="x")
                b.box("zinc", (x0 + 0.1, y, 4.92), (0.06, 0.06, z - radius - 4.92))


# header, key, name, material, radius, x, y of the header, z of the run, offset from the line's axis, end
_BRANCHES = (
    ("PROD", "fillers", "branch to the fillers", "stainless", 0.075, 37.0, 33.7, 5.6, 2.035, 5.2),
    ("AIR", "gas", "branch to the fillers", "air", 0.04, 37.35, 34.72, 5.85, 2.035, 4.9),
    ("AIR", "packers", "branch to the packers", "air", 0.04, 69.6, 34.72, 5.85, 1.0, 4.0),
    ("AIR", "cells", "branch to the robot cells", "air", 0.04, 86.6, 34.72, 5.85, -2.6, 2.4),
    ("WATER", "rinsers", "branch to the rinsers", "water", 0.06, 29.2, 34.36, 5.6, 1.887, 4.9),
)


def _drops(b: Builder, header: str) -> None:
    """Branches over the lines; they end where the machine's own pipe begins."""
    for owner, key, name, material, radius, x, y, z, offset, end in _BRANCHES:
        if owner != header:
            continue
        ends = [line_y + offset for line_y in LINE_YS]
        with b.part(key, name, "pipe"):
            b.pipe(material, ((x, y, 5.06), (x, y, z), (x, ends[0], z), (x, ends[0], end)), radius, sides=12)
            b.rod(material, (x, ends[1], z), (x, ends[1], end), radius=radius, sides=12)
            for hanger in np.arange(ends[0] + 1.5, y - 1, 4.0):
                b.rod(
                    "zinc",
                    (x, float(hanger), z),
                    (x, float(hanger), EAVE_HEIGHT + 1.4),
                    radius=0.008,
                    sides=4,
                )
                b.cylinder(
                    "zinc", (x, float(hanger) - 0.02, z), radius + 0.012, length=0.04, axis="y", sides=12
                )
        with b.part(f"{key}-XV", f"{name}, shut-off valve", "valve"):
            automatic_valve(b, (x, y - 2.0, z))
    if header == "STEAM":
        for n, x in enumerate((54.0, 58.4, 62.8, 67.2), 1):
            with b.part(f"cip-{n}", f"branch to cleaning skid {n}", "pipe"):
                b.pipe("insulation", ((x, 35.08, 5.1), (x, 35.08, 5.5), (x, 51.2, 5.5), (x, 51.2, 5.3)), 0.06)
                for hanger in (39.0, 43.0, 47.0):
                    b.rod("zinc", (x, hanger, 5.5), (x, hanger, EAVE_HEIGHT + 1.4), radius=0.008, sides=4)


def _line_tray(b: Builder, number: int, y: float) -> None:
    for n, x in enumerate(np.arange(8.0, 84.0, 4.0), 1):
        with b.part(f"L{number}-{n}", f"tray {number}.{n}", "tray"):
            b.bar(_TRAY, "zinc", (x, y, TRAY_HEIGHT), end=(x + 4, y, TRAY_HEIGHT))
            for offset in (-0.15, -0.05, 0.06):
                b.rod(
                    "black",
                    (x, y + offset, TRAY_HEIGHT + 0.05),
                    (x + 4, y + offset, TRAY_HEIGHT + 0.05),
                    radius=0.028,
                    sides=6,
                )
            for side in (-0.24, 0.24):
                b.rod("zinc", (x, y + side, TRAY_HEIGHT), (x, y + side, EAVE_HEIGHT), radius=0.008, sides=4)
            b.box("zinc", (x, y, TRAY_HEIGHT - 0.03), (0.05, 0.56, 0.03))
