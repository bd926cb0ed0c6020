"""Puts the whole demo plant together."""

from __future__ import annotations

from walkdown.package.model import Model
from walkdown_server.plant.builder import Builder
from walkdown_server.plant.compressed_air import add_compressed_air
from walkdown_server.plant.cooling import add_cooling
from walkdown_server.plant.floor import add_floor
from walkdown_server.plant.hall import add_hall
from walkdown_server.plant.layout import LINE_YS
from walkdown_server.plant.line import add_line
from walkdown_server.plant.overhead import add_overhead
from walkdown_server.plant.piping import add_piping
from walkdown_server.plant.rooms import add_rooms
from walkdown_server.plant.safety import add_safety
from walkdown_server.plant.supplies import add_supplies
from walkdown_server.plant.tanks import add_tank_farm
from walkdown_server.plant.utilities import add_utilities
from walkdown_server.plant.vehicles import add_vehicles
from walkdown_server.plant.warehouse import add_warehouse

_PARTS = (
    add_hall,
    add_floor,
    add_overhead,
    add_tank_farm,
    add_utilities,
    add_compressed_air,
    add_cooling,
    add_piping,
    add_rooms,
    add_warehouse,
    add_vehicles,
    add_safety,
    add_supplies,
)


def build_model(seed: int = 7) -> Model:
    """The beverage filling and packing hall; the same seed gives equal arrays."""
    b = Builder("plant", seed)
    with b.group("", "Filling and packing hall", "site"):
        for number, y in enumerate(LINE_YS, 1):
            add_line(b, number, y)
        for add in _PARTS:
            add(b)
    return b.model("Filling and packing hall")
