"""What stands around each rotary machine: panel, tower, cabinet, drive, plates, hoses."""

from __future__ import annotations

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.fittings import (
    cabinet,
    drive,
    operator_panel,
    sign_plate,
    signal_tower,
    type_plate,
)
from walkdown_server.plant.guards import Corner
from walkdown_server.plant.layout import TRAY_HEIGHT, TRAY_LANE
from walkdown_server.plant.rotary import Carousel
from walkdown_server.plant.shapes import channel

_LADDER = channel(0.22, 0.06, 0.008)


def furnish(
    b: Builder, c: Carousel, *, low: Corner, high: Corner, top: float, cab: tuple[float, float, float]
) -> None:
    """Panel, tower, cabinet, drive, plates and cables; ``cab`` is x, y and width of the cabinet."""
    operator_panel(b, (low[0] - 0.1, low[1] - 0.45, 0), rz=-20)
    signal_tower(b, (high[0] - 0.2, low[1] + 0.2, top))
    cabinet(b, (cab[0], cab[1], 0), (cab[2], 0.5, 2.0), rz=180, color="white")
    drive(b, (high[0] - 0.35, high[1] + 0.12, 0.42), rz=90, size=1.9)
    with b.part("plates", "plates and cables", "sign"):
        sign_plate(b, ((low[0] + high[0]) / 2, low[1] - 0.02, top - 0.2), width=1.1)
        type_plate(b, (low[0] + 0.5, low[1] - 0.01, 0.28))
        b.pipe(
            "black",
            (
                (cab[0] - 0.3, cab[1], 2.0),
                (cab[0] - 0.3, cab[1], 2.5),
                (cab[0] - 0.3, high[1] - 0.1, 2.5),
                (cab[0] - 0.3, high[1] - 0.1, top + 0.02),
            ),
            0.035,
            sides=8,
        )
        b.pipe(
            "black",
            (
                (cab[0] - 0.1, cab[1], 2.0),
                (cab[0] - 0.1, cab[1], 2.4),
                (cab[0] - 0.1, high[1] - 0.05, 2.4),
                (cab[0] - 0.1, high[1] - 0.05, 0.65),
            ),
            0.03,
            sides=8,
        )
    _step(b, low, high)
    _cables(b, c, cab)


def _cables(b: Builder, c: Carousel, cab: tuple[float, float, float]) -> None:
    """A cable ladder from the line's tray down to the cabinet."""
    with b.part("cables", "cables from the tray", "tray"):
        x, y, tray_y = cab[0] + 0.3, cab[1], c.line_y + TRAY_LANE
        b.bar(_LADDER, "zinc", (x, y, 2.0), end=(x, y, TRAY_HEIGHT - 0.1))
        b.bar(
            _LADDER, "zinc", (x, min(y, tray_y), TRAY_HEIGHT - 0.1), end=(x, tray_y + 0.2, TRAY_HEIGHT - 0.1)
        )
        for offset in (-0.06, 0.0, 0.06):
            path = (
                (x + offset, y - 0.05, 2.0),
                (x + offset, y - 0.05, TRAY_HEIGHT),
                (x + offset, tray_y, TRAY_HEIGHT + 0.06),
            )
            b.pipe("black", path, 0.022, sides=6)


def _step(b: Builder, low: Corner, high: Corner) -> None:
    with b.part("step", "service step", "stairs"):
        for k, z in enumerate((0.25, 0.5)):
            b.box("zinc", (high[0] - 0.9, low[1] - 0.5 + 0.26 * k, z - 0.03), (0.8, 0.26, 0.03))
            for side in (-0.38, 0.38):
                b.box("yellow", (high[0] - 0.9 + side, low[1] - 0.5 + 0.26 * k, 0), (0.03, 0.24, z))
