"""Safety equipment and traffic furniture: extinguishers, signs, first aid, eye wash, bollards, barriers."""

from __future__ import annotations

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.layout import BAY, COLUMN_ROW
from walkdown_server.plant.round_shapes import lathe
from walkdown_server.plant.shapes import prism

_BOTTLE = ((0.0, 0.0), (0.08, 0.0), (0.085, 0.03), (0.085, 0.45), (0.03, 0.53), (0.03, 0.58), (0.0, 0.58))
_TRIANGLE = prism(((-0.22, 0.0), (0.22, 0.0), (0.0, 0.38)))


def add_safety(b: Builder) -> None:
    """Everything under ``plant:/SAFETY``."""
    with b.group("SAFETY", "Safety equipment", "area"):
        for n, i in enumerate((1, 3, 5, 7, 9), 1):
            _extinguisher(b, n, (BAY * i - 0.34, COLUMN_ROW), rz=-90)
        for n, x in enumerate((24.6, 48.0, 84.4), 6):
            _extinguisher(b, n, (x, 59.4))
        _stations(b)
        _bollards(b)
        _barriers(b)
        _hanging_signs(b)
        _waste(b)


def _extinguisher(b: Builder, n: int, at: tuple[float, float], *, rz: float = 0.0) -> None:
    """Two bottles on a stand with a red sign above, facing -y."""
    with b.part(f"extinguisher-{n}", f"fire extinguisher {n}", "extinguisher"), b.frame((*at, 0), rz=rz):
        for x in (-0.13, 0.13):
            b.put(lathe(_BOTTLE, 16), "red", (x, -0.1, 0.35))
            b.box("black", (x, -0.14, 0.92), (0.04, 0.14, 0.04))
            b.pipe("black", ((x, -0.17, 0.92), (x + 0.1, -0.19, 0.8), (x + 0.09, -0.19, 0.5)), 0.012, sides=5)
        b.box("red", (0, 0.02, 0.3), (0.6, 0.03, 0.9))
        b.box("red", (0, 0.0, 2.1), (0.36, 0.02, 0.36))
        b.box("paper", (0, -0.012, 2.18), (0.14, 0.004, 0.2))


def _stations(b: Builder) -> None:
    for n, (x, y) in enumerate(((46.4, 32.6), (23.2, 47.6)), 1):
        with b.part(f"first-aid-{n}", f"first aid {n}", "first_aid"), b.frame((x, y, 0)):
            b.box("grey", (0, 0.1, 0), (0.08, 0.08, 2.2))
            b.rounded("sign_green", (0, 0, 1.2), (0.5, 0.2, 0.4), radius=0.03)
            b.box("paper", (0, -0.104, 1.37), (0.2, 0.006, 0.06))
            b.box("paper", (0, -0.104, 1.3), (0.06, 0.006, 0.2))
            b.box("sign_green", (0, 0.06, 2.0), (0.4, 0.02, 0.4))
    for n, (x, y) in enumerate(((22.6, 46.3), (70.0, 49.6)), 1):
        with b.part(f"shower-{n}", f"emergency shower {n}", "shower"), b.frame((x, y, 0)):
            b.pipe("sign_green", ((0, 0, 0), (0, 0, 2.3), (0, -0.6, 2.3)), 0.035, sides=10)
            b.put(
                lathe(((0, 0.08), (0.16, 0), (0.17, 0.02), (0.03, 0.14), (0, 0.14)), 18),
                "yellow",
                (0, -0.6, 2.16),
            )
            b.put(lathe(((0, 0), (0.16, 0.1), (0.15, 0.12), (0, 0.03)), 18), "stainless", (0, -0.3, 0.95))
            b.rod("sign_green", (0, 0, 1.0), (0, -0.3, 0.98), radius=0.02)
            b.cylinder("sign_green", (0, 0, 0), 0.15, length=0.02, sides=16)


def _bollards(b: Builder) -> None:
    for n in range(11):
        with b.part(f"bollard-{n + 1}", f"bollard {n + 1}", "bollard"):
            x, y = 24.0 + 6.0 * n + 1.5, 32.6
            b.cylinder("yellow", (x, y, 0), 0.09, length=1.0, sides=16)
            for z in (0.55, 0.8):
                b.cylinder("black", (x, y, z), 0.092, length=0.1, sides=16)


def _barriers(b: Builder) -> None:
    """Low impact rails between the walkway and the vehicle aisle, open at the crossings."""
    spans = ((8.0, 21.4), (25.0, 47.4), (51.0, 65.4), (69.0, 84.0), (91.4, 100.4))
    count = 0
    for x0, x1 in spans:
        pieces = max(1, round((x1 - x0) / 3.0))
        step = (x1 - x0) / pieces
        for k in range(pieces):
            count += 1
            with b.part(f"barrier-{count}", f"impact rail {count}", "barrier"):
                start = x0 + k * step
                b.box("yellow", (start, 27.85, 0), (0.12, 0.12, 0.62))
                b.rounded("yellow", (start + step / 2, 27.85, 0.36), (step, 0.08, 0.2), radius=0.03)
                b.box("black", (start + step / 2, 27.85, 0.44), (step * 0.3, 0.084, 0.05))
                if k == pieces - 1:
                    b.box("yellow", (start + step, 27.85, 0), (0.12, 0.12, 0.62))


def _hanging_signs(b: Builder) -> None:
    """Area boards above the aisle and triangles at the crossings."""
    for n, x in enumerate((14.0, 37.0, 60.0, 92.0), 1):
        with b.part(f"board-{n}", f"area board {n}", "sign"):
            b.rounded("navy", (x, 30.0, 6.2), (3.2, 0.06, 0.7), radius=0.03)
            for face in (-0.034, 0.034):
                b.box("paper", (x + 0.3, 30.0 + face, 6.4), (2.2, 0.004, 0.3))
            for dx in (-1.3, 1.3):
                b.rod("zinc", (x + dx, 30.0, 6.9), (x + dx, 30.0, 9.0), radius=0.01, sides=5)
    for n, x in enumerate((23.2, 49.2, 67.2, 89.2), 1):
        with b.part(f"crossing-sign-{n}", f"crossing sign {n}", "sign"), b.frame((x - 2.2, 32.5, 0)):
            b.cylinder("zinc", (0, 0, 0), 0.03, length=2.5, sides=10)
            b.put(_TRIANGLE, "yellow", (0, 0.0, 2.1), rx=90, scale=(1, 1, 0.02))
            b.cylinder("dark", (0, 0, 0), 0.14, length=0.02, sides=14)


def _waste(b: Builder) -> None:
    for n, (x, y) in enumerate(((55.4, 25.4), (62.8, 14.9), (31.9, 25.6), (84.6, 15.0)), 1):
        with b.part(f"waste-{n}", f"waste bins {n}", "bin"):
            for k, color in enumerate(("sign_green", "yellow", "navy")):
                b.rounded(color, (x + 0.62 * k, y, 0.06), (0.55, 0.6, 0.95), radius=0.05)
                b.rounded("dark", (x + 0.62 * k, y, 1.0), (0.57, 0.62, 0.06), radius=0.02)
