"""Puts the whole demo plant together."""

from __future__ import annotations

from walkdown.package.model import Model
from walkdown_server.plant.builder import Builder
from walkdown_server.plant.floor import add_floor
from walkdown_server.plant.hall import add_hall
from walkdown_server.plant.layout import LINE_YS
from walkdown_server.plant.line import add_line


def build_model(seed: int = 7) -> Model:
    """The beverage filling and packing hall; the same seed gives equal arrays."""
    b = Builder("plant", seed)
    with b.group("", "Filling and packing hall", "site"):
        add_hall(b)
        add_floor(b)
        for number, y in enumerate(LINE_YS, 1):
            add_line(b, number, y)
    return b.model("Filling and packing hall")
