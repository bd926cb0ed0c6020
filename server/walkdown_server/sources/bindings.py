"""The binding file: which MQTT topic carries which signal of which thing (TOML).

::

    [broker]
    host = "127.0.0.1"

    [[thing]]
    id = "P-101"
    name = "Feed pump"
    element = "gltf:/Pumps/P-101"

    [[signal]]
    topic = "plant/{thing}/temperature"
    thing = "P-*"
    name = "Bearing temperature"
    unit = "Cel"
    range = [0, 120]
    limits = { high = 80, high_alarm = 95 }
    period_secs = 5

``{thing}`` in a topic makes one signal for every thing whose id fits the pattern in ``thing``. ``+`` and
``#`` in a topic stand for any level, as in MQTT.
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from walkdown.errors import BadInput, SettingsError
from walkdown.i18n import _
from walkdown.twin import Catalogue, Kind, Limits, Signal, Thing, make_catalogue
from walkdown_server.sources.payloads import Format

THING_FIELD = "{thing}"
PASSWORD_VARIABLE = "WALKDOWN_MQTT_PASSWORD"  # noqa: S105 - a name, not a password
EPOCH_BITS = 0xFFFF

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
T = TypeVar("T", bound=msgspec.Struct)


class Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the messages come from.

    Attributes:
        password_env: name of the environment variable that holds the password; it is never in the file.
        tls: encrypt, and check the broker's certificate.
    """

    host: Text = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 1883
    username: str = ""
    password_env: Text = PASSWORD_VARIABLE
    tls: bool = False
    client_id: str = ""


class ThingTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ``[[thing]]``."""

    id: Text
    name: str = ""
    type: str = "thing"
    element: str = ""
    parent: str = ""
    serial: str = ""
    maker: str = ""
    model: str = ""
    functions: tuple[str, ...] = ()
    properties: dict[str, str | float | int | bool] = {}


class LimitsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a value starts to deserve attention and where it is an alarm."""

    low_alarm: float | None = None
    low: float | None = None
    high: float | None = None
    high_alarm: float | None = None


class SignalTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ``[[signal]]``.

    Attributes:
        topic: with ``{thing}``, ``+`` or ``#``.
        thing: id, or a pattern of ids when the topic has ``{thing}``.
        id: of the signal, with ``{thing}``; thing and name without one.
        range: lower and upper end of the usual range.
        path: where the value is in a JSON payload, for instance ``sensors.0.value``.
        time_path: the same for its time.
        scale: the value is ``scale`` × number + ``offset``.
        main: shown first for its thing.
    """

    topic: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    thing: Text
    name: Text
    id: str = ""
    kind: Kind = "f32"
    unit: str = "1"
    range: tuple[float, float] = (0.0, 1.0)
    limits: LimitsTable | None = None
    labels: tuple[str, ...] = ()
    alarm_labels: tuple[int, ...] = ()
    attention_labels: tuple[int, ...] = ()
    period_secs: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    path: str = ""
    time_path: str = ""
    scale: float = 1.0
    offset: float = 0.0
    main: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """From one topic to one signal.

    Attributes:
        topic: may hold ``+`` and ``#``.
        signal: id.
        format: how the payload is read.
        period_secs: how often a value is expected, 0 when it is not known.
    """

    topic: str
    signal: str
    format: Format
    period_secs: float


@dataclass(frozen=True, slots=True)
class Bindings:
    """A binding file that was read and checked."""

    path: Path
    broker: Broker
    things: tuple[Thing, ...]
    tables: tuple[SignalTable, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A catalogue with the signals of a binding file in it, and the routes to them."""

    catalogue: Catalogue
    routes: tuple[Route, ...]


def read_bindings(path: Path) -> Bindings:
    """Read a binding file.

    Raises:
        SettingsError: names the file, the table and the key, what was expected and what came.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        text = _("{path}: the binding file cannot be read: {reason}")
        raise SettingsError(text.format(path=path, reason=error.strerror or error)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        text = _("{path}: the binding file is not TOML: {reason}")
        raise SettingsError(text.format(path=path, reason=error)) from None
    unknown = sorted(set(raw) - {"broker", "thing", "signal"})
    if unknown:
        raise SettingsError(
            _("{path}: there is no table [{name}]; there are [broker], [[thing]] and [[signal]]").format(
                path=path, name=unknown[0]
            )
        )
    broker = _convert(raw.get("broker", {}), Broker, where=f"{path}: [broker]")
    things = [_convert(table, ThingTable, where=where) for where, table in _tables(path, raw, "thing")]
    signals = [_read_signal(table, where) for where, table in _tables(path, raw, "signal")]
    if not signals:
        text = _("{path}: there is no [[signal]]; name at least one topic and what it means")
        raise SettingsError(text.format(path=path))
    return Bindings(path, broker, tuple(_thing(table) for table in things), tuple(signals))


def _tables(path: Path, raw: dict[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    tables = raw.get(name, [])
    if not isinstance(tables, list):
        text = _("{path}: write [[{name}]] with two brackets, as there may be several")
        raise SettingsError(text.format(path=path, name=name))
    for number, table in enumerate(tables, 1):
        label = table.get("topic" if name == "signal" else "id", "") if isinstance(table, dict) else ""
        where = _("{path}: [[{name}]] number {number}").format(path=path, name=name, number=number)
        yield where + (f" ({label})" if label else ""), table


def _convert(table: Any, kind: type[T], *, where: str) -> T:
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        text, _at, place = str(error).partition(" - at `$")
        key = place.strip("`.")
        raise SettingsError(_at_key(where, key, text) if key else f"{where}: {text}") from None


def _at_key(where: str, key: str, text: str) -> str:
    return _("{where}, key {key}: {text}").format(where=where, key=key, text=text)


def _read_signal(table: Any, where: str) -> SignalTable:
    signal = _convert(table, SignalTable, where=where)
    problem = _topic_problem(signal.topic) or _signal_problem(signal)
    if problem:
        key, text = problem
        raise SettingsError(_at_key(where, key, text))
    return signal


def _topic_problem(topic: str) -> tuple[str, str] | None:
    levels = topic.split("/")
    if any(("+" in level and level != "+") or ("#" in level and level != "#") for level in levels):
        return "topic", _("+ and # stand for a whole level, between slashes")
    if "#" in levels[:-1]:
        return "topic", _("# may only be the last level")
    if re.search(r"[\x00-\x1f]", topic):
        return "topic", _("a topic has no control characters")
    return None


def _signal_problem(signal: SignalTable) -> tuple[str, str] | None:
    low, high = signal.range
    if not low < high:
        text = _("the lower end comes first, but this is [{low}, {high}]")
        return "range", text.format(low=low, high=high)
    if any(mark in signal.thing for mark in "*?[") and THING_FIELD not in signal.topic:
        text = _("a pattern needs {field} in the topic, so that it is clear whose value comes")
        return "thing", text.format(field=THING_FIELD)
    if signal.kind == "enum" and not signal.labels:
        return "labels", _("an enum needs the words for its states")
    if signal.limits is not None:
        given = [v for v in msgspec.structs.astuple(signal.limits) if v is not None]
        if given != sorted(given):
            return "limits", _("low_alarm, low, high and high_alarm should rise in this order")
    return None


def _thing(table: ThingTable) -> Thing:
    return Thing(**{**msgspec.structs.asdict(table), "name": table.name or table.id})


def bind(base: Catalogue, bindings: Bindings) -> Bound:
    """Return ``base`` with the things and signals of a binding file, and the routes to its signals.

    A thing of the file that ``base`` has already replaces that one.

    Raises:
        SettingsError: a thing is missing, a pattern fits none, or a signal id occurs twice.
    """
    ours = {thing.id: thing for thing in bindings.things}
    things = [*(ours.pop(t.id, t) for t in base.things), *ours.values()]
    pairs = [pair for table in bindings.tables for pair in _expand(table, things, bindings.path)]
    try:
        catalogue = make_catalogue(
            _next_epoch(base.epoch, bindings),
            things=things,
            signals=[*base.signals, *(signal for signal, _unused in pairs)],
            relations=base.relations,
            disturbances=base.disturbances,
        )
    except BadInput as error:
        raise SettingsError(f"{bindings.path}: {error}") from None
    return Bound(catalogue, tuple(route for _unused, route in pairs))


def _next_epoch(epoch: int, bindings: Bindings) -> int:
    """Return another epoch, the same for the same file."""
    content = msgspec.json.encode((bindings.things, bindings.tables))
    return (epoch ^ zlib.crc32(content)) & EPOCH_BITS or 1


def _expand(table: SignalTable, things: Iterable[Thing], path: Path) -> Iterator[tuple[Signal, Route]]:
    """Yield a signal and its route for every thing that a table means."""
    if THING_FIELD not in table.topic:
        yield _signal(table, table.thing), _route(table, table.thing)
        return
    fitting = [thing.id for thing in things if fnmatch.fnmatchcase(thing.id, table.thing)]
    if not fitting:
        text = _("{path}: [[signal]] {topic}, key thing: no thing fits {pattern!r}")
        raise SettingsError(text.format(path=path, topic=table.topic, pattern=table.thing))
    for thing in fitting:
        yield _signal(table, thing), _route(table, thing)


def _signal_id(table: SignalTable, thing: str) -> str:
    named = table.id or f"{THING_FIELD}.{re.sub(r'[^a-z0-9]+', '_', table.name.lower()).strip('_')}"
    return named.replace(THING_FIELD, thing)


def _signal(table: SignalTable, thing: str) -> Signal:
    return Signal(
        id=_signal_id(table, thing),
        thing=thing,
        name=table.name,
        kind=table.kind,
        unit=table.unit,
        minimum=table.range[0],
        maximum=table.range[1],
        limits=None if table.limits is None else Limits(*msgspec.structs.astuple(table.limits)),
        labels=table.labels,
        alarm_labels=table.alarm_labels,
        attention_labels=table.attention_labels,
        period_secs=table.period_secs,
        main=table.main,
    )


def _route(table: SignalTable, thing: str) -> Route:
    return Route(
        topic=table.topic.replace(THING_FIELD, thing),
        signal=_signal_id(table, thing),
        format=Format(
            kind=table.kind,
            path=tuple(table.path.split(".")) if table.path else (),
            time_path=tuple(table.time_path.split(".")) if table.time_path else (),
            labels=table.labels,
            scale=table.scale,
            offset=table.offset,
        ),
        period_secs=table.period_secs,
    )
