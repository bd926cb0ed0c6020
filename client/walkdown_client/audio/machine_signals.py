"""What of a thing's signals its sound follows, found by their units, their words and their labels.

A shaft's speed is told by 1/min or Hz, goods by 1/h or m/s, load by kW, A or %, vibration by mm/s, whether it
runs by a state's words or a bool. A thing that has no speed of its own follows that of its parts, as a pump
follows its motor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from walkdown.twin import Signal, Thing
from walkdown_client.audio.machine_kinds import Drive, Kind
from walkdown_client.units import UNITS, converted

NONE = -1
VIBRATION_HIGH = 2.8
"""mm/s where a signal has no limit: boundary B/C of ISO 20816-3, machines of 15 to 300 kW, rigid feet."""

EVERY_LABEL = (1 << 64) - 1

_GOODS = {
    "1/h": 1 / 3600,
    "/h": 1 / 3600,
    "h-1": 1 / 3600,
    "1/s": 1.0,
    "/s": 1.0,
    "1/min": 1 / 60,
    "/min": 1 / 60,
}
"""Goods per second; where a shaft is looked for, 1/min is its speed."""

_STANDS = (
    "stop stopped off idle standby ready waiting wait held hold blocked starved fault failed error tripped "
    "alarm emergency closed disabled paused aborted interrupted clear still aus gestoppt steht bereit wartet "
    "störung 停止 停机 故障 待机 关 等待 急停"
).split()
_RUNNING_NAMES = re.compile(
    r"\b(state|status|running|run|on|fan|betrieb|zustand|läuft)\b|运行|状态", re.IGNORECASE
)
_SPEED_NAMES = re.compile(r"speed|fan|frequency|drehzahl|geschwindigkeit|转速|速度", re.IGNORECASE)
_LOAD_NAMES = re.compile(r"load|duty|last|auslastung|负载|负荷", re.IGNORECASE)
_POWER_NAMES = re.compile(r"power|leistung|功率", re.IGNORECASE)
_FLOW_NAMES = re.compile(r"position|opening|flow|stellung|öffnung|durchfluss|开度|流量", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|[\u4e00-\u9fff]+")
_RATED = re.compile(r"\b(rated|nominal|top|maximum|max|design|nenn\w*|额定)\b", re.IGNORECASE)
_UNIT = re.compile(r"(?:,\s*|\[)([^,\[\]]+)\]?$")
_USUAL_SHARE = 0.8
"""A usual range ends somewhat above what is rated."""


@dataclass(frozen=True, slots=True)
class Found:
    """A signal and what its rated value is."""

    index: int = NONE
    rated: float = 1.0


@dataclass(frozen=True, slots=True)
class Bound:
    """The signals of one machine; an index is ``NONE`` where there is none of that sort.

    Attributes:
        speed, load: with their rated values. rated_hz: turns or goods per second at the rated speed, 0:
            unknown.
        run: a state or bool. runs: its bits tell at which of its numbers, up to 63, the machine runs.
        vibration: rated is the limit above which it deserves attention.
        east, north: metres, of what drives about.
    """

    speed: Found = Found()
    rated_hz: float = 0.0
    load: Found = Found()
    run: int = NONE
    runs: int = EVERY_LABEL
    vibration: Found = Found()
    east: int = NONE
    north: int = NONE

    @property
    def lives(self) -> bool:
        """Whether anything tells that it runs."""
        return self.speed.index != NONE or self.load.index != NONE or self.run != NONE


Signals = Iterable[tuple[int, Signal]]


def bind(kind: Kind, thing: Thing, own: Signals, *, parts: Iterable[tuple[Thing, Signals]] = ()) -> Bound:
    """Return what a machine's sound follows.

    Args:
        own: its signals and their indices. parts: those of what it consists of.
    """
    mine = list(own)
    speed, rated_hz = _speed(kind.drive, thing, mine)
    for part, theirs in parts if kind.drive in ("turns", "goods") else ():
        if speed.index == NONE:
            speed, rated_hz = _speed("turns", part, theirs)
    run, runs = _run(kind, mine)
    east, north = _place(mine)
    return Bound(speed, rated_hz, _load(thing, mine), run, runs, _vibration(mine), east, north)


def _text(signal: Signal) -> str:
    return f"{signal.name} {signal.id.rpartition('.')[2]}"


def _dimension(signal: Signal) -> str:
    return UNITS[signal.unit][0] if signal.unit in UNITS else ""


def _speed(drive: Drive, thing: Thing, signals: Signals) -> tuple[Found, float]:
    ranked = [(rank, index, s) for index, s in signals if (rank := _speed_rank(drive, s)) > 0]
    if not ranked:
        return Found(), 0.0
    _rank, index, signal = min(ranked, key=lambda r: (r[0], not r[2].main, r[1]))
    rated = _rated(thing.properties, signal)
    return Found(index, rated), rated * _per_second(drive, signal)


def _speed_rank(drive: Drive, signal: Signal) -> int:
    """Return how well a signal tells the speed that a drive is about: 1 is best, 0 not at all."""
    dimension, text = _dimension(signal), _text(signal)
    if signal.kind == "text" or signal.labels or drive in ("load", "steady"):
        return 0
    if drive == "flow":
        return (
            1 if dimension == "volume flow" else 2 if dimension == "share" and _FLOW_NAMES.search(text) else 0
        )
    if dimension == "speed" and signal.unit != "mm/s":
        return 1 if drive == "goods" else 0
    if drive == "turns" and dimension == "rotation":
        return 1
    if drive == "goods" and signal.unit in _GOODS and _SPEED_NAMES.search(text):
        return 2
    if dimension == "frequency":
        return 3 if _SPEED_NAMES.search(text) else 0
    return 4 if dimension == "share" and _SPEED_NAMES.search(text) else 0


def _per_second(drive: Drive, signal: Signal) -> float:
    """Return how many turns or goods per second one of a signal's unit is, 0 where it does not say."""
    if drive == "turns" and _dimension(signal) == "rotation":
        return 1 / 60
    return _GOODS.get(signal.unit, 0.0) if drive == "goods" else 0.0


def _load(thing: Thing, signals: Signals) -> Found:
    """Return the load: in %, else the power or current of its rated one."""
    ranked: list[tuple[int, int, Signal]] = []
    for index, signal in signals:
        dimension = _dimension(signal)
        rank = {"power": 3, "current": 4}.get(dimension, 0)
        rank = 2 if dimension == "power" and _POWER_NAMES.search(_text(signal)) else rank
        rank = 1 if dimension == "share" and _LOAD_NAMES.search(_text(signal)) else rank
        if rank:
            ranked.append((rank, index, signal))
    if not ranked:
        return Found()
    rank, index, signal = min(ranked, key=lambda r: r[:2])
    return Found(index, 100.0 if rank == 1 and signal.unit == "%" else _rated(thing.properties, signal))


def _run(kind: Kind, signals: Signals) -> tuple[int, int]:
    for index, signal in sorted(signals, key=lambda s: not s[1].main):
        if signal.kind == "enum" and signal.labels:
            return index, _running_bits(kind, signal.labels)
        if signal.kind == "bool" and _RUNNING_NAMES.search(_text(signal)):
            return index, 2
    return NONE, EVERY_LABEL


def _running_bits(kind: Kind, labels: tuple[str, ...]) -> int:
    """Return the numbers of a state at which a machine runs, as bits."""
    bits = 0
    for number, label in enumerate(labels[:64]):
        words = _WORD.findall(label.casefold())
        runs = (
            label.casefold() in kind.runs or any(w in kind.runs for w in words)
            if kind.runs
            else not _stands(words)
        )
        bits |= runs << number
    return bits


def _stands(words: list[str]) -> bool:
    return any(word in _STANDS or (word >= "\u4e00" and word[:2] in _STANDS) for word in words)


def _vibration(signals: Signals) -> Found:
    """Return the first vibration velocity; the drive end stands before the other end."""
    for index, signal in signals:
        if signal.unit == "mm/s":
            limits = signal.limits
            high = (limits.high or limits.high_alarm) if limits is not None else None
            return Found(index, high or VIBRATION_HIGH)
    return Found()


def _place(signals: Signals) -> tuple[int, int]:
    """Return the signals of where a vehicle is: x and y in metres."""
    ends = {s.id.rpartition(".")[2].casefold(): index for index, s in signals if s.unit == "m"}
    return (ends["x"], ends["y"]) if ends.keys() >= {"x", "y"} else (NONE, NONE)


def _rated(properties: Mapping[str, object], signal: Signal) -> float:
    """Return the rated value of what a signal measures: a property of its unit, else near its range's end."""
    for name, value in properties.items():
        unit = _UNIT.search(name)
        if unit is None or not _RATED.search(name) or not isinstance(value, int | float) or value <= 0:
            continue
        stated = unit.group(1).strip()
        both = stated in UNITS and signal.unit in UNITS
        same = stated == signal.unit or (both and UNITS[stated][0] == UNITS[signal.unit][0])
        if same and (rated := converted(float(value), unit=stated, to=signal.unit)):
            return rated
    if signal.unit == "Hz":
        return 50.0
    return max(signal.maximum * _USUAL_SHARE, 1e-9) if signal.maximum > 0 else 1.0
