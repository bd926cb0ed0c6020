"""Whatever a twin says of itself, what is told of its machines stays within bounds."""

from __future__ import annotations

import numpy as np
import pytest

from tests.audio.demo_session import drawn_at
from tests.audio.worlds import Teller, joined_world
from walkdown.twin import STATES, Catalogue, Limits, Signal, Thing, make_catalogue
from walkdown_client.audio import loops
from walkdown_client.audio.director import Director
from walkdown_client.audio.orders import Sounds, decode_order, encode

COUNT = 120
TYPES = (
    *(
        "pump",
        "motor",
        "IfcFan",
        "Kompressor",
        "输送机",
        "valve",
        "room",
        "",
        "thing",
        "pump" * 200,
        "\u0000",
        "泵",
    ),
    *("a b c d e f g h", "Ä" * 50, "filler", "agv", "robot axis", "-", "\n", "IFC", "ifc ifc ifc"),
)
UNITS = ("1/min", "Hz", "%", "m/s", "mm/s", "1/h", "kW", "A", "m3/h", "m", "1", "", "furlong", "{rpm}")
NAMES = ("Speed", "Load", "State", "Position", "Vibration", "Power", "转速", "", "x", "y")
NUMBERS = (0.0, -1.0, 1e-30, 1e30, float("nan"), float("inf"), 1500.0, 3.5)
PROPERTIES = (
    "rated speed, 1/min",
    "rated power, kW",
    "sound_power_db",
    "nominal speed, m/s",
    "Pset_X.[",
    "rated",
)
VALUES = (0, -5, 1e300, float("nan"), float("inf"), True, "loud", "", 1480.0)


def odd_catalogue(rng: np.random.Generator) -> Catalogue:
    def any_of(values: tuple[object, ...]) -> object:
        return values[int(rng.integers(len(values)))]

    things = [
        Thing(
            f"T{k}",
            str(any_of(TYPES)),
            type=str(any_of(TYPES)),
            parent=f"T{k // 3}" if k and rng.random() < 0.6 else "",
            properties={str(any_of(PROPERTIES)): any_of(VALUES) for _ in range(3)},  # type: ignore[misc]
        )
        for k in range(COUNT)
    ]
    signals = [
        Signal(
            f"T{int(rng.integers(COUNT))}.{any_of(NAMES)}{k}",
            f"T{int(rng.integers(COUNT))}",
            str(any_of(NAMES)),
            kind=("f32", "f64", "i64", "enum", "bool", "text")[int(rng.integers(6))],
            unit=str(any_of(UNITS)),
            minimum=float(str(any_of(NUMBERS))),
            maximum=float(str(any_of(NUMBERS))),
            limits=Limits(high=float(str(any_of(NUMBERS)))) if rng.random() < 0.5 else None,
            labels=tuple(str(any_of(TYPES)) for _ in range(int(rng.integers(0, 90)))),
        )
        for k in range(4 * COUNT)
    ]
    return make_catalogue(7, things=things, signals=signals)


def assert_within_bounds(order: Sounds) -> None:
    told = decode_order(encode(order))
    assert isinstance(told, Sounds)
    count = len(told.ids) // 4
    assert len(set(np.frombuffer(told.ids, "<u4").tolist())) == count
    assert np.isfinite(np.frombuffer(told.positions, "<f4")).all()
    levels, pitches = np.frombuffer(told.levels, "<f4"), np.frombuffer(told.pitches, "<f4")
    assert len(levels) == len(pitches) == count
    assert ((levels > -200) & (levels < 10)).all()
    assert ((pitches >= 0.25) & (pitches <= 3.0)).all()
    assert (np.frombuffer(told.loops, "<u2") < len(loops.NAMES)).all()


@pytest.mark.parametrize("seed", range(6))
def test_odd_twins_and_values_stay_within_bounds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    world = joined_world(odd_catalogue(rng))
    teller, director = Teller(world), Director()
    spots = {k: tuple(rng.uniform(-20, 20, 3).tolist()) for k in range(0, COUNT, 2)}
    director.place(world.twin, [drawn_at(spots, COUNT)])
    numeric = [signal for signal in world.catalogue.signals if signal.kind != "text"]
    told = 0
    for _tick in range(6):
        with np.errstate(invalid="ignore", over="ignore"):
            odd = {
                s.id: NUMBERS[int(rng.integers(len(NUMBERS)))] for s in numeric if s.kind in ("f32", "f64")
            }
            odd |= {s.id: float(rng.integers(0, 2)) for s in numeric if s.kind not in ("f32", "f64")}
            teller.values(odd, quality=int(rng.integers(4)))
        teller.states({f"T{k}": int(rng.integers(len(STATES))) for k in range(COUNT)})
        for _frame in range(12):
            for order in director.orders(world, ears=np.zeros(3), dt_secs=0.05):
                if isinstance(order, Sounds):
                    told += 1
                    assert_within_bounds(order)
    assert told
