"""Type plates of the demo plant: invented makers, models, functions and technical data by type.

Every maker is fictional. Data that differ between two machines of a type stand in the machine tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Data = dict[str, str | float | int | bool]


@dataclass(frozen=True, slots=True)
class Plate:
    """What a maker says about a type of equipment."""

    maker: str
    model: str
    functions: tuple[str, ...]
    data: Data = field(default_factory=dict)


PLATES: dict[str, Plate] = {
    "line": Plate(
        "", "", ("fills and packs bottles in one run", "keeps its filler busy with buffers on both sides")
    ),
    "depalletiser": Plate(
        "Nordhal Packing",
        "Lift 4L",
        ("takes empty bottles off the pallet, layer by layer", "returns pallets and layer pads"),
        {"rated power, kW": 11.0, "layers": "8", "dimensions": "3.0 × 2.4 × 4.6 m", "IP code": "IP54"},
    ),
    "rinser": Plate(
        "Nordhal Filling",
        "Aqua 24",
        ("turns 24 bottles at a time and rinses them", "drains and sets them upright again"),
        {
            "rated power, kW": 8.0,
            "grippers": 24,
            "medium": "drinking water",
            "dimensions": "3.8 × 3.8 × 3.0 m",
            "IP code": "IP65",
        },
    ),
    "filler": Plate(
        "Nordhal Filling",
        "Isobar 42",
        (
            "fills 42 bottles per turn, counter-pressure",
            "measures every fill with a flow meter",
            "keeps the bowl level by the inlet valve",
        ),
        {
            "rated power, kW": 22.0,
            "heads": 42,
            "medium": "carbonated lemonade",
            "bowl, L": 110,
            "dimensions": "5.4 × 5.0 × 3.3 m",
            "IP code": "IP65",
        },
    ),
    "capper": Plate(
        "Nordhal Filling",
        "Torq 16",
        ("sets 16 caps per turn with servo torque", "feeds caps from the hopper through the chute"),
        {"rated power, kW": 6.0, "heads": 16, "dimensions": "3.2 × 3.6 × 3.0 m", "IP code": "IP65"},
    ),
    "inspector": Plate(
        "Okkulon Vision",
        "See 600",
        ("checks fill level, cap and inclination of every bottle", "pushes rejects off the line"),
        {"rated power, kW": 2.5, "cameras": 3, "dimensions": "1.6 × 1.1 × 2.2 m", "IP code": "IP65"},
    ),
    "labeller": Plate(
        "Lintara Labelling",
        "Wrap 20",
        ("sets front and back labels from reels", "splices to the full reel without a stop"),
        {
            "rated power, kW": 9.0,
            "plates": 20,
            "glue": "hot melt",
            "dimensions": "3.6 × 3.6 × 2.7 m",
            "IP code": "IP54",
        },
    ),
    "accumulation table": Plate(
        "Tarnwick Conveying",
        "Table 6",
        ("holds bottles while the packer or the filler stands", "evens out short stops"),
        {"rated power, kW": 4.0, "lanes": 6, "dimensions": "8.0 × 2.5 × 1.0 m", "IP code": "IP55"},
    ),
    "packer": Plate(
        "Nordhal Packing",
        "Crate 24",
        ("lifts 24 bottles into a crate per cycle", "checks each grip by its pressure"),
        {
            "rated power, kW": 10.0,
            "bottles per crate": 24,
            "dimensions": "3.4 × 2.8 × 3.6 m",
            "IP code": "IP54",
        },
    ),
    "palletiser": Plate(
        "Kolvex Robotics",
        "Cell P180",
        ("stacks crates on pallets, eight to a layer", "stops when somebody enters the fence"),
        {
            "rated power, kW": 14.0,
            "crates per pallet": 40,
            "dimensions": "11.2 × 7.8 × 3.4 m",
            "IP code": "IP54",
        },
    ),
    "robot": Plate(
        "Kolvex Robotics",
        "K6-180",
        ("moves crates from the conveyor to the pallet",),
        {
            "rated power, kW": 12.0,
            "payload, kg": 180,
            "reach, m": 3.1,
            "repeatability, mm": 0.1,
            "IP code": "IP65",
        },
    ),
    "robot axis": Plate("Kolvex Robotics", "servo axis", ("turns one joint of the robot",), {"brake": True}),
    "gripper": Plate("Kolvex Robotics", "Grip V6", ("holds crates with six vacuum cups",), {"cups": 6}),
    "fence": Plate(
        "Halvant Safety",
        "Mesh 21",
        ("keeps people out of the cell",),
        {"height, m": 2.1, "gate lock": "performance level e"},
    ),
    "light curtain": Plate(
        "Halvant Safety", "Beam 30", ("lets pallets out and nobody in",), {"resolution, mm": 30, "type": "4"}
    ),
    "conveyor": Plate(
        "Tarnwick Conveying",
        "Flow 85",
        ("carries goods to the next machine",),
        {"rated power, kW": 1.5, "IP code": "IP55"},
    ),
    "motor": Plate(
        "Vellmark Drives",
        "VM3",
        ("drives its machine through a frequency converter",),
        {"efficiency class": "IE3", "insulation class": "F", "IP code": "IP55"},
    ),
    "filling head": Plate(
        "Nordhal Filling",
        "Isovalve 2",
        ("fills one bottle per turn",),
        {"bottle, mL": 500.0, "flow meter": "inductive"},
    ),
    "capping head": Plate(
        "Nordhal Filling", "Torq head", ("closes one bottle per turn",), {"set torque, N.m": 1.8}
    ),
    "rinser gripper": Plate("Nordhal Filling", "Clamp 2", ("turns one bottle and sprays it",)),
    "tank": Plate(
        "Orrinsson Tanks",
        "Cyl 50",
        ("stores product under CO2", "is cooled through its jacket"),
        {
            "volume, m3": 50.0,
            "design pressure, bar": 3.0,
            "material": "1.4404 stainless",
            "dimensions": "Ø 3.5 × 5.7 m",
        },
    ),
    "valve": Plate(
        "Quillon Fluid",
        "Seat 65",
        ("opens and closes by air, closes when air fails",),
        {"nominal width": "DN 65", "actuator": "single acting"},
    ),
    "hand valve": Plate(
        "Quillon Fluid", "Fly 65", ("shuts off the line by hand",), {"nominal width": "DN 65"}
    ),
    "pump": Plate(
        "Quillon Fluid",
        "Centra 12",
        ("pumps product into the header",),
        {"rated flow, m3/h": 12.0, "rated head, bar": 6.0, "seal": "single mechanical", "IP code": "IP55"},
    ),
    "filter": Plate(
        "Quillon Fluid",
        "Candle 30",
        ("holds back particles above 1 µm", "flushes itself backwards when it clogs"),
        {"filter area, m2": 30.0, "rated flow, m3/h": 30.0, "clean pressure drop, bar": 0.35},
    ),
    "heat exchanger": Plate(
        "Quillon Fluid",
        "Flash 30",
        ("pasteurises product at 72 °C for 30 s", "wins back heat from the outgoing product"),
        {"rated flow, m3/h": 30.0, "plates": 212, "heat recovery, %": 92.0},
    ),
    "header": Plate("Orrinsson Tanks", "main header", ("brings its medium to every machine",)),
    "cip skid": Plate(
        "Orrinsson Tanks",
        "Clean 2",
        ("cleans machines in place", "doses caustic and acid"),
        {"tank, L": 2000, "rated flow, m3/h": 30.0},
    ),
    "compressor": Plate(
        "Sundvar Air",
        "Screw 45",
        ("makes compressed air", "idles when pressure is reached"),
        {"rated power, kW": 45.0, "free air, m3/min": 7.5, "sound level, dB": 72},
    ),
    "air dryer": Plate(
        "Sundvar Air",
        "Dew 16",
        ("takes water out of compressed air",),
        {"rated power, kW": 2.6, "flow, m3/min": 16.0, "refrigerant": "R290"},
    ),
    "air receiver": Plate(
        "Sundvar Air",
        "Drum 5000",
        ("evens out the air pressure",),
        {"volume, m3": 5.0, "design pressure, bar": 11.0},
    ),
    "chiller": Plate(
        "Fjellmar Cooling",
        "Ice 180",
        ("cools the water of the ring main",),
        {"rated power, kW": 52.0, "cooling capacity, kW": 180.0, "refrigerant": "R1234ze"},
    ),
    "cooling tower": Plate(
        "Fjellmar Cooling",
        "Breeze 250",
        ("gives the chillers' heat to the air",),
        {"rated power, kW": 5.5, "heat rejection, kW": 250.0},
    ),
    "agv": Plate(
        "Trolde Vehicles",
        "Haul 12",
        ("carries pallets between cells, racks and doors", "stops when somebody stands in its scanner field"),
        {"payload, kg": 1200, "top speed, m/s": 1.4, "battery": "LFP 48 V, 160 A.h"},
    ),
    "door": Plate(
        "Rullgard Doors",
        "Dock 32",
        ("lifts for a truck or a vehicle",),
        {"rated power, kW": 0.75, "dimensions": "3.2 × 3.4 m"},
    ),
    "rack": Plate(
        "Rullgard Storage",
        "Row 9",
        ("stores 90 pallets on five levels",),
        {"places": 90, "load per place, kg": 1000},
    ),
    "room": Plate("", "", ("is measured for climate, light and sound",)),
    "energy meter": Plate(
        "Halvant Controls",
        "Watt 3",
        ("measures power and energy of three phases",),
        {"accuracy class": "0.5 S", "current transformer": "600/5 A"},
    ),
    "operator panel": Plate(
        "Halvant Controls",
        "Touch 15",
        ("shows and sets the machine",),
        {"screen": "15 inch", "IP code": "IP66"},
    ),
    "signal tower": Plate(
        "Halvant Controls", "Tri 70", ("shows the machine's state from afar",), {"lamps": "green, amber, red"}
    ),
    "cabinet": Plate(
        "Halvant Controls",
        "Box 18",
        ("holds drives and controls of the machine",),
        {"supply": "400 V, 50 Hz", "IP code": "IP54"},
    ),
    "mezzanine": Plate("", "", ("carries the control room and the switch gear",), {"height, m": 4.0}),
    "hall": Plate(
        "", "", ("houses both lines, the tank farm and the store",), {"dimensions": "120 × 60 × 10.8 m"}
    ),
}
"""By type of equipment."""

SOUND_POWER_DB: dict[str, float] = {
    "depalletiser": 82.0,
    "rinser": 85.0,
    "filler": 88.0,
    "capper": 86.0,
    "inspector": 72.0,
    "labeller": 82.0,
    "accumulation table": 84.0,
    "packer": 84.0,
    "palletiser": 76.0,
    "robot": 76.0,
    "conveyor": 78.0,
    "tank": 62.0,
    "valve": 58.0,
    "pump": 83.0,
    "filter": 62.0,
    "heat exchanger": 64.0,
    "header": 62.0,
    "cip skid": 66.0,
    "compressor": 88.0,
    "air dryer": 72.0,
    "chiller": 92.0,
    "cooling tower": 92.0,
    "agv": 70.0,
    "door": 74.0,
    "cabinet": 54.0,
    "room": 46.0,
}
"""A-weighted sound power level by type, dB re 1 pW, at rated speed and load; motors have theirs by rating."""
