"""All machines of a twin and what their sound follows, in columns, so that a frame has no loop over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.twin import Signal, Thing
from walkdown_client.audio import loops
from walkdown_client.audio.levels import SILENT_DB, sound_power_db
from walkdown_client.audio.machine_kinds import DRIVES, Kind, kind_of
from walkdown_client.audio.machine_signals import NONE, Bound, bind
from walkdown_client.twin_index import TwinIndex

F64 = npt.NDArray[np.float64]
U32 = npt.NDArray[np.uint32]
Rows = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

OWN, FAULTY, TROUBLED = range(3)
VOICES = 3
"""Voices of a machine; the id of one is its thing's row times four and this."""

VENTILATION = "ventilation"
"""The loop of what sounds without saying that it runs."""

_VIBRATION_BELOW_DB = 3.0
"""A damaged bearing at the limit against its whole machine."""

_TRUE_WITHIN = 2.5
"""A loop plays at a machine's true frequency where that is so near to how it was made, else in proportion."""

_CARRIED = (
    ("conveyor", "bottle", "bottles"),
    ("conveyor", "flasche", "bottles"),
    ("conveyor", "瓶", "bottles"),
    ("conveyor", "pallet", "rollers"),
    ("conveyor", "palette", "rollers"),
    ("flow", "steam", "steam"),
    ("flow", "dampf", "steam"),
    ("flow", "蒸汽", "steam"),
)
"""Usual loop, word in the property goods or medium, and the loop instead."""

_RATED_KW = "rated power, kW"
_KW_SPAN = (0.02, 200.0)
_POLES = (
    (2000.0, "motor 2 poles"),
    (1200.0, "motor 4 poles"),
    (850.0, "motor 6 poles"),
    (0.0, "motor 8 poles"),
)
"""Motors by their rated speed in 1/min."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One thing that sounds."""

    row: int
    kind: Kind
    bound: Bound
    loop: str
    power_db: float
    stated: bool


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """All machines in columns; m machines, signals by their place in ``needed``, the last of which is none.

    Attributes:
        rows: (m,) things. above: (m,) the machine that each is a part of, m for none. ids: (3, m).
        drives: (m,) of ``DRIVES``. loops: (3, m). powers_db: (3, m), at rated speed and load. weights: (m,).
        needed: (s,) indices of signals.
    """

    rows: Rows
    above: Rows
    ids: U32
    loops: npt.NDArray[np.uint16]
    powers_db: F64
    weights: F64
    needed: Rows
    speed: Rows
    rated_speed: F64
    pitch: F64
    fault_pitch: F64
    drives: npt.NDArray[np.uint8]
    speed_db: F64
    load: Rows
    rated_load: F64
    load_db: F64
    run: Rows
    runs: npt.NDArray[np.uint64]
    unbound: Bools
    vibration: Rows
    vibration_high: F64
    east: Rows
    north: Rows

    def __len__(self) -> int:
        """Return the number of machines."""
        return len(self.rows)


def machines_of(twin: TwinIndex) -> Iterator[Machine]:
    """Yield every thing of a twin that sounds."""
    lively = _lively(twin)
    for row, thing in enumerate(twin.catalogue.things):
        kind = kind_of(thing.type, thing.name) if lively[row] or thing.properties else None
        if kind is None:
            continue
        bound = bind(kind, thing, _signals(twin, thing), parts=_parts(twin, thing))
        stated = sound_power_db(thing.properties)
        if bound.lives or stated is not None or _always(kind, twin, thing):
            power_db = _power_db(kind, thing) if stated is None else stated
            yield Machine(row, kind, bound, _loop(kind, bound, thing), power_db, stated is not None)


def _lively(twin: TwinIndex) -> Bools:
    """Tell which things have live values, themselves or in a part; the many of a foreign model have none."""
    lively = np.zeros(len(twin.catalogue.things) + 1, bool)
    lively[twin.thing_of_signal] = True
    lively[twin.parent[lively[:-1]]] = True
    return np.asarray(lively[:-1])


def _always(kind: Kind, twin: TwinIndex, thing: Thing) -> bool:
    """Tell whether a thing sounds without saying that it runs: a room that is measured is aired."""
    return kind.loop == VENTILATION and bool(twin.signal_rows(thing.id))


def _signals(twin: TwinIndex, thing: Thing) -> list[tuple[int, Signal]]:
    return list(zip(twin.signal_rows(thing.id), twin.signals(thing.id), strict=True))


def _parts(twin: TwinIndex, thing: Thing) -> Iterator[tuple[Thing, list[tuple[int, Signal]]]]:
    for part in twin.children(thing.id):
        yield part, _signals(twin, part)


def _loop(kind: Kind, bound: Bound, thing: Thing) -> str:
    """Return the loop of a machine: motors by their speed, what carries or holds by what that is."""
    if kind.loop == "motor 4 poles" and bound.rated_hz:
        return next(loop for least_rpm, loop in _POLES if bound.rated_hz * 60 >= least_rpm)
    carried = " ".join(str(thing.properties.get(name, "")) for name in ("goods", "medium")).casefold()
    special = next((loop for base, word, loop in _CARRIED if base == kind.loop and word in carried), None)
    return special or kind.loop


def _power_db(kind: Kind, thing: Thing) -> float:
    rated_kw = thing.properties.get(_RATED_KW)
    if not kind.rated_kw or not isinstance(rated_kw, int | float):
        return kind.power_db
    return kind.power_db + 10 * float(np.log10(np.clip(rated_kw / kind.rated_kw, *_KW_SPAN)))


def score_of(twin: TwinIndex) -> Score:
    """Return all machines of a twin in columns; a loop over things, run when the twin changes."""
    found = list(machines_of(twin))
    needed = sorted({index for m in found for index in _indices(m.bound)} - {NONE})
    place = {index: k for k, index in enumerate(needed)} | {NONE: len(needed)}

    def places(indices: list[int]) -> Rows:
        return np.array([place[index] for index in indices], np.intp)

    def column(numbers: list[float]) -> F64:
        return np.array(numbers, np.float64)

    rows = np.array([m.row for m in found], np.intp)
    bounds = [m.bound for m in found]
    return Score(
        rows=rows,
        above=_above(twin, rows),
        ids=(rows[None] * 4 + np.arange(VOICES)[:, None]).astype(np.uint32),
        loops=_loops(found),
        powers_db=_powers(found),
        weights=column([m.kind.weight for m in found]),
        needed=np.array(needed, np.intp),
        speed=places([b.speed.index for b in bounds]),
        rated_speed=column([b.speed.rated for b in bounds]),
        pitch=column([_rated_pitch(m.bound, m.loop) for m in found]),
        fault_pitch=column([_rated_pitch(m.bound, m.kind.faulty) for m in found]),
        drives=np.array([DRIVES.index(m.kind.drive) for m in found], np.uint8),
        speed_db=column([m.kind.speed_db for m in found]),
        load=places([b.load.index for b in bounds]),
        rated_load=column([b.load.rated for b in bounds]),
        load_db=column([m.kind.load_db for m in found]),
        run=places([b.run for b in bounds]),
        runs=np.array([b.runs for b in bounds], np.uint64),
        unbound=np.array([not b.lives for b in bounds], bool),
        vibration=places(
            [b.vibration.index if m.kind.faulty else NONE for m, b in zip(found, bounds, strict=True)]
        ),
        vibration_high=column([b.vibration.rated for b in bounds]),
        east=places([b.east for b in bounds]),
        north=places([b.north for b in bounds]),
    )


def _indices(bound: Bound) -> tuple[int, ...]:
    own = (bound.speed.index, bound.load.index, bound.run, bound.vibration.index)
    return *own, bound.east, bound.north


def _above(twin: TwinIndex, rows: Rows) -> Rows:
    """Return for each machine the one whose thing is directly above its own."""
    machine_of = np.full(len(twin.catalogue.things) + 1, len(rows), np.intp)
    machine_of[rows] = np.arange(len(rows))
    return np.asarray(machine_of[twin.parent[rows]])


def _loops(found: list[Machine]) -> npt.NDArray[np.uint16]:
    """Return (3, m); what a machine does not have plays its own loop, in silence."""
    names = [[m.loop, m.kind.faulty or m.loop, m.kind.troubled or m.loop] for m in found]
    return (
        np.array([[loops.INDEX[name] for name in three] for three in names], np.uint16).reshape(-1, VOICES).T
    )


def _powers(found: list[Machine]) -> F64:
    powers = np.full((VOICES, len(found)), SILENT_DB)
    for k, machine in enumerate(found):
        kind, own_db = machine.kind, machine.power_db
        powers[OWN, k] = own_db
        powers[FAULTY, k] = own_db - _VIBRATION_BELOW_DB if kind.faulty else SILENT_DB
        powers[TROUBLED, k] = kind.troubled_db if kind.troubled else SILENT_DB
    return powers


def _rated_pitch(bound: Bound, loop: str) -> float:
    """Return the pitch at rated speed: the true one, or 1 where that is far from how the loop was made."""
    made_hz = loops.RECIPES[loop].at_hz if loop else 1.0
    true = bound.rated_hz / made_hz
    return true if 1 / _TRUE_WITHIN <= true <= _TRUE_WITHIN else 1.0
