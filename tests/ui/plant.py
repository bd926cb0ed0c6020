"""A small plant in a world, filled by applying events as the link would."""

from __future__ import annotations

import copy
import functools
import math

import numpy as np

from walkdown.blocks import SignalValues
from walkdown.codec import Poses
from walkdown.messages import (
    Blob,
    Note,
    PackageRef,
    Person,
    PersonKind,
    Role,
    Snapshot,
    SourceStatus,
    Welcome,
)
from walkdown.signals import SignalTable
from walkdown.twin import (
    Catalogue,
    Disturbance,
    Limits,
    Relation,
    Signal,
    Thing,
    make_catalogue,
)
from walkdown_client.events import Heard, Joined, LinkChanged, RoundTrip, Tick
from walkdown_client.world import World

START_NS = 1_774_000_000_000_000_000
NS = 1_000_000_000
BLOB = Blob("a" * 64, 10)
EMPTY = Blob("b" * 64, 0)

STATES = {"L1.FIL": 1, "L1.CAP": 3, "L1.RIN": 2, "L1.LAB": 6, "P-101": 4, "FT-101": 5}


def catalogue() -> Catalogue:
    """Return two lines of machines with everything that a panel can show."""
    return make_catalogue(
        7,
        things=_things(),
        signals=_signals(),
        relations=_relations(),
        disturbances=[
            Disturbance(
                "filter", "Product filter clogs", "FT-101", "Flow falls and the pressure rises before it."
            ),
            Disturbance("capper", "Capper jams", "L1.CAP", "The line stops and the buffers fill."),
        ],
    )


def _things() -> list[Thing]:
    rows = [
        ("HALL", "Filling hall", "building", ""),
        ("L1", "Line 1", "line", "HALL"),
        ("L1.RIN", "Rinser", "rinser", "L1"),
        ("L1.FIL", "Filler", "filler", "L1"),
        ("L1.FIL.MOT", "Main drive motor", "motor", "L1.FIL"),
        ("L1.FIL.H07", "Filling head 7", "filling head", "L1.FIL"),
        ("L1.CAP", "Capper", "capper", "L1"),
        ("L1.LAB", "Labeller", "labeller", "L1"),
        ("P-101", "Product pump", "pump", "HALL"),
        ("FT-101", "Product filter", "filter", "HALL"),
    ]
    return [_thing(*row) for row in rows]


def _thing(identity: str, name: str, kind: str, parent: str) -> Thing:
    filler = identity == "L1.FIL"
    return Thing(
        identity,
        name,
        kind,
        parent=parent,
        element=f"plant:/{identity.replace('.', '/')}",
        serial="FR-2041-7731" if filler else "",
        maker="Aldersee Abfülltechnik" if filler else "",
        model="RotoFill 42" if filler else "",
        functions=("Fills 42 bottles in one turn", "Keeps the product under CO₂") if filler else (),
        properties={"Heads": 42, "Rated output": "45,000 bottles/h", "Year": 2019} if filler else {},
    )


def _signals() -> list[Signal]:
    out = [
        Signal(
            "L1.FIL.rate", "L1.FIL", "Output", unit="{bottle}/h", maximum=50000, period_secs=0.5, main=True
        ),
        Signal(
            "L1.FIL.temp",
            "L1.FIL",
            "Product temperature",
            unit="Cel",
            maximum=20,
            limits=Limits(high=12, high_alarm=14),
        ),
        Signal("L1.FIL.co2", "L1.FIL", "Carbonation", unit="g/L", maximum=10),
        Signal("L1.FIL.flow", "L1.FIL", "Product flow", unit="m3/h", maximum=40),
        Signal(
            "L1.FIL.level", "L1.FIL", "Bowl level", unit="%", maximum=100, limits=Limits(low=30, low_alarm=15)
        ),
        Signal("L1.FIL.count", "L1.FIL", "Bottles filled", "i64", maximum=1_000_000),
        Signal(
            "L1.FIL.state", "L1.FIL", "State", "enum", labels=("Stopped", "Starting", "Running", "Blocked")
        ),
        Signal("L1.FIL.door", "L1.FIL", "Guard closed", "bool"),
        Signal("L1.FIL.product", "L1.FIL", "Product", "text"),
        Signal("L1.FIL.MOT.temp", "L1.FIL.MOT", "Motor temperature", unit="Cel", maximum=120, main=True),
        Signal("P-101.temp", "P-101", "Motor temperature", unit="Cel", maximum=120),
        Signal("P-101.power", "P-101", "Power", unit="kW", maximum=15, main=True),
        Signal(
            "FT-101.dp",
            "FT-101",
            "Pressure drop",
            unit="bar",
            maximum=2,
            limits=Limits(high=1, high_alarm=1.5),
            main=True,
        ),
        Signal("L1.CAP.torque", "L1.CAP", "Closing torque", unit="N.m", maximum=4, main=True),
    ]
    return out


def _relations() -> list[Relation]:
    return [
        Relation("L1.RIN", "L1.FIL", "feeds"),
        Relation("L1.FIL", "L1.CAP", "feeds"),
        Relation("L1.CAP", "L1.LAB", "feeds"),
        Relation("P-101", "FT-101", "feeds"),
        Relation("FT-101", "L1.FIL", "feeds"),
        Relation("L1.FIL", "P-101", "depends_on"),
        Relation("L1.FIL.MOT", "L1.FIL", "part_of"),
        Relation("L1.FIL", "HALL", "located_in"),
    ]


def joined_world(*, people: int = 4, seconds: int = 120) -> World:
    """Return a world some seconds into a session, of one's own."""
    return copy.deepcopy(_joined_world(people, seconds))


@functools.cache
def _joined_world(people: int, seconds: int) -> World:
    world = World()
    twin = catalogue()
    notes = (
        Note(
            "n1",
            "Head 7 drips since the last change of format.\nPlease look at the valve.",
            (38.0, 9.0, 1.6),
            "Ada",
            "a1",
            START_NS - 400 * NS,
            "L1.FIL",
            1,
        ),
        Note("n2", "盖子扭矩偏低 请检查", (44.0, 9.0, 1.4), "访客 2", "a2", START_NS - 40 * NS, "L1.CAP", 2),
    )
    package = PackageRef("c" * 64, "Filling hall", BLOB, 1, 3324)
    welcome = Welcome(
        1,
        "secret",
        "Walkdown",
        False,
        START_NS,
        50,
        7,
        BLOB,
        (package,),
        BLOB,
        2,
        server="walkdown 0.1",
        author="a1",
        role="admin",
    )
    world.apply(LinkChanged("live"))
    world.apply(Joined(welcome, twin, Snapshot(2, notes, ()), START_NS))
    for number, name in enumerate(("Ada", "访客 2", "Guest 3", "Rounds bot", "Jörg", "Inès")[:people], 1):
        kind: PersonKind = "bot" if "bot" in name else "person"
        role: Role = "admin" if number == 1 else "participant"
        selected = "L1.FIL" if number == 2 else ""
        world.apply(Heard(Person(number, name, kind, number - 1, selected, role=role)))
    world.apply(RoundTrip(START_NS, START_NS + NS // 1000, START_NS + NS // 500))
    world.apply(Heard(SourceStatus("simulation", "live", "1,512 signals")))
    world.apply(
        Heard(SourceStatus("mqtt://127.0.0.1:1883", "down", "connection refused; trying again in 8 s"))
    )
    _play(world, twin, seconds=seconds)
    return world


def _play(world: World, twin: Catalogue, *, seconds: int) -> None:
    table = SignalTable(twin.signals)
    states = np.array([STATES.get(thing.id, 0) for thing in twin.things], np.uint8)
    for second in range(seconds + 1):
        time_ns = START_NS + second * NS
        blocks = tuple(_block(table, number, second) for number in range(len(table.blocks)))
        rows = np.arange(len(states), dtype=np.uint32)
        world.apply(Tick(second, time_ns, (_poses(world, second),), blocks, rows, states))
        world.advance(time_ns)
        world.note_drawn(time_ns + 60 * NS // 1000)


def _poses(world: World, second: int) -> Poses:
    ids = np.array(sorted(world.people), np.uint16)
    n = len(ids)
    positions = np.stack([np.linspace(20, 40, n), np.full(n, 6.0 + math.sin(second)), np.full(n, 1.7)], 1)
    return Poses(ids, np.zeros(n, np.uint16), positions, np.tile([1.0, 0, 0, 0], (n, 1)), np.full(n, 0.02))


def _block(table: SignalTable, number: int, second: int) -> SignalValues:
    block = table.blocks[number]
    indices = np.arange(block.start, block.stop)
    values = np.array([_value(table.signals[i], second) for i in indices])
    quality = np.array([_quality(table.signals[i]) for i in indices], np.uint8)
    return SignalValues(block.kind, indices, values, quality, np.full(block.size, 0.05))


def _value(signal: Signal, second: int) -> float:
    if signal.kind == "enum":
        return 2
    if signal.kind == "bool":
        return 1
    wave = 0.62 + 0.12 * math.sin(second / 9 + len(signal.id)) + 0.03 * math.sin(second * 1.7)
    return round(signal.minimum + wave * (signal.maximum - signal.minimum), 3)


def _quality(signal: Signal) -> int:
    return {"L1.FIL.co2": 1, "FT-101.dp": 2, "P-101.power": 3}.get(signal.id, 0)
