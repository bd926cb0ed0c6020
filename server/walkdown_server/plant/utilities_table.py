"""What serves the lines: tank farm, product line, cleaning, air, cooling, vehicles, store and rooms."""

from __future__ import annotations

from collections.abc import Iterator

from walkdown_server.plant.machines_table import Item, motor
from walkdown_server.plant.type_plates import Data

TANKS = tuple(f"T-{n}" for n in range(101, 109))
PRODUCT_PUMPS = tuple(f"P-{n}" for n in range(101, 105))
CIP_PUMPS = tuple(f"P-{n}" for n in range(201, 205))
CHILLED_PUMPS = ("P-301", "P-302")
PUMPS = PRODUCT_PUMPS + CIP_PUMPS + CHILLED_PUMPS
COMPRESSORS, CHILLERS, TOWERS = ("AC-1", "AC-2"), ("CH-1", "CH-2"), ("CT-1", "CT-2")
VEHICLES = ("AGV-1", "AGV-2", "AGV-3")
DOORS = tuple(f"DOOR-{n}" for n in range(1, 5))
RACKS = tuple(f"RACK-{n}" for n in range(1, 8))
METERS = ("EM-L1", "EM-L2", "EM-UT", "EM-BD")

_HEADERS = (
    ("HDR.PROD", "Product header", 4.0, 30.0, "product", "DN 100, 1.4404"),
    ("HDR.WATER", "Water header", 4.0, 25.0, "drinking water", "DN 80, 1.4301"),
    ("HDR.AIR", "Compressed air header", 7.0, 1600.0, "compressed air, 7 bar", "DN 65, aluminium"),
    ("HDR.STEAM", "Steam header", 6.0, 700.0, "saturated steam, 6 bar", "DN 80, P235GH"),
)
"""Id, name, pressure in bar, rated flow in m3/h, medium, pipe."""

_ZONES = ("dry end", "filling", "labelling and packing", "palletising", "tank farm", "store")


def utility_items() -> Iterator[Item]:
    """Every thing outside the lines, parents before their parts."""
    yield Item("HALL", "hall", "Hall")
    yield Item("MEZZ", "mezzanine", "Mezzanine", "HALL")
    yield Item("CR-1", "room", "Control room", "MEZZ", {"floor area, m2": 106.0})
    for number, zone in enumerate(_ZONES, 1):
        yield Item(f"HALL.Z{number}", "room", f"Hall zone {number}, {zone}", "HALL", drawn=False)
    for meter, name in zip(METERS, ("line 1", "line 2", "utilities", "building"), strict=True):
        yield Item(meter, "energy meter", f"Energy meter, {name}", "MEZZ", drawn=False)
    yield from _product_items()
    yield from _cleaning_items()
    yield from _air_and_cooling_items()
    yield from _logistics_items()


def _product_items() -> Iterator[Item]:
    for number, tank in enumerate(TANKS):
        tall = number >= len(PRODUCT_PUMPS)
        data: Data = {"volume, m3": 56.0, "dimensions": "Ø 3.5 × 6.5 m"} if tall else {}
        yield Item(tank, "tank", f"Product tank {tank}", "", data)
        yield Item(f"{tank}.XV", "valve", f"Outlet valve {tank}", tank)
    for number, pump in enumerate(PRODUCT_PUMPS, 101):
        yield Item(f"XV-{number}", "valve", f"Automatic valve XV-{number}")
        yield Item(f"HV-{number}", "hand valve", f"Hand valve HV-{number}")
        yield Item(pump, "pump", f"Product pump {pump}")
        yield motor(pump, f"Product pump {pump}", 5.5, speed=2900.0)
    yield Item("FT-101", "filter", "Product filter FT-101")
    yield Item("HX-101", "heat exchanger", "Flash pasteuriser HX-101")
    for header, name, pressure, flow, medium, pipe in _HEADERS:
        yield Item(
            header,
            "header",
            name,
            "",
            {
                "pressure, bar": pressure,
                "rated flow, m3/h": flow,
                "medium": medium,
                "pipe": pipe,
            },
        )


def _cleaning_items() -> Iterator[Item]:
    for number, pump in enumerate(CIP_PUMPS, 1):
        yield Item(f"CIP-{number}", "cip skid", f"Cleaning skid CIP-{number}")
        data: Data = {"rated flow, m3/h": 30.0, "rated head, bar": 5.0}
        yield Item(pump, "pump", f"Cleaning pump {pump}", f"CIP-{number}", data, ("pumps cleaning liquid",))
        yield motor(pump, f"Cleaning pump {pump}", 7.5, speed=2900.0)


def _air_and_cooling_items() -> Iterator[Item]:
    for compressor in COMPRESSORS:
        yield Item(compressor, "compressor", f"Air compressor {compressor}")
        yield motor(compressor, f"Air compressor {compressor}", 45.0, speed=2960.0)
    yield Item("AD-1", "air dryer", "Air dryer AD-1")
    yield Item("AR-1", "air receiver", "Air receiver AR-1")
    for chiller in CHILLERS:
        yield Item(chiller, "chiller", f"Chiller {chiller}")
    for tower in TOWERS:
        yield Item(tower, "cooling tower", f"Cooling tower {tower}")
        yield motor(tower, f"Cooling tower {tower}", 5.5)
    for pump in CHILLED_PUMPS:
        data: Data = {"rated flow, m3/h": 40.0, "rated head, bar": 3.5}
        yield Item(
            pump, "pump", f"Chilled water pump {pump}", "", data, ("pumps chilled water round the ring",)
        )
        yield motor(pump, f"Chilled water pump {pump}", 7.5)


def _logistics_items() -> Iterator[Item]:
    for vehicle in VEHICLES:
        yield Item(vehicle, "agv", f"Vehicle {vehicle}")
    for door in DOORS:
        yield Item(door, "door", f"Dock door {door[-1]}")
    for rack in RACKS:
        yield Item(rack, "rack", f"Pallet rack {rack[-1]}")
