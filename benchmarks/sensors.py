"""200,000 signals from a source's array to what the client draws, at 1, 10 and 100 % changed a second.

The real parts in a row without a network: ``Sink.write`` with limits, alarms and freshness, the tick that
makes the frame, decoding, the world, the colours of 200,000 elements, ready for the graphics card. The same
values go as MessagePack lists of ``[index, value]``, one a tick, and as one JSON message a change, into the
same array. What stands in the arrays at the end is compared with what was written.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgpack
import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._harness import Figure, Goal, machine, read_options, report
from walkdown.messages import Blob, Welcome
from walkdown.signals import Layout
from walkdown.twin import Catalogue, Limits, Signal, Thing, make_catalogue
from walkdown_client.events import Joined
from walkdown_client.inbound import decode_frame
from walkdown_client.scene.element_state import ElementState
from walkdown_client.tools.colouring import heat_of, quantities
from walkdown_client.world import World
from walkdown_server.sink import Sink
from walkdown_server.ticks.interest import Crowd
from walkdown_server.ticks.live import Live
from walkdown_server.ticks.telling import TICK_MS, TICKS_PER_SEC, Telling

SIGNALS = 200_000
SIGNALS_OF_A_THING = 10
SHARES = (0.01, 0.1, 1.0)
SERVER_CORE_GOAL = 0.08
WEBSOCKET_HEAD_BYTES = 10
FULL_SCALE = 100.0

F64 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass
class Spent:
    """CPU seconds by stage, and bytes, of one way to bring values over."""

    secs: dict[str, float] = field(default_factory=dict)
    size_bytes: int = 0

    def add(self, stage: str, work: Callable[[], object]) -> object:
        """Do something and count the CPU time of this thread."""
        begin = time.thread_time()
        result = work()
        self.secs[stage] = self.secs.get(stage, 0.0) + time.thread_time() - begin
        return result


@dataclass(frozen=True)
class Change:
    """What a source says in one tick: (n,) signals and their values."""

    rows: Rows
    values: F64


def main() -> int:
    """Measure all ways at each share and report."""
    options = read_options(__doc__ or "")
    count, secs = (20_000, 1) if options.quick else (SIGNALS, 4)
    catalogue = make_plant(count)
    figures: dict[str, Figure] = {"signals": count}
    for share in SHARES:
        changes = list(make_changes(count, share, ticks=secs * TICKS_PER_SEC))
        name = f"{share:.0%}".replace("%", "")
        figures |= _figures(f"ours_{name}", measure_ours(catalogue, changes), secs=secs)
        figures |= _figures(f"msgpack_{name}", measure_msgpack(count, changes), secs=secs)
        figures |= _figures(f"json_{name}", measure_json(catalogue, changes), secs=secs)
        figures |= _compared(figures, name)
    server = figures["ours_10_server_core"]
    goal = Goal(name="server_core_10", value=float(server), goal=SERVER_CORE_GOAL, unit="of a core")
    return report("sensors", options=options, figures=figures, goals=[goal], where=machine())


def make_plant(count: int) -> Catalogue:
    """Return things with ten signals each; every fourth signal has limits, all go stale after a while."""
    things = [Thing(f"m{i}", f"Machine {i}", "machine") for i in range(count // SIGNALS_OF_A_THING)]
    parts = [
        Thing(f"s{i}", f"Sensor {i}", "sensor", parent=f"m{i // SIGNALS_OF_A_THING}") for i in range(count)
    ]
    limits = Limits(high=95.0, high_alarm=99.0)
    signals = [
        Signal(
            f"v{i}", f"s{i}", "load", maximum=FULL_SCALE, limits=None if i % 4 else limits, period_secs=60.0
        )
        for i in range(count)
    ]
    return make_catalogue(1, things=[*things, *parts], signals=signals)


def make_changes(count: int, share: float, *, ticks: int) -> Iterator[Change]:
    """Yield what changes in each tick: signals at random, values with two decimals."""
    chance = np.random.default_rng(1)
    for _tick in range(ticks):
        rows = chance.choice(count, round(count * share / TICKS_PER_SEC), replace=False)
        yield Change(rows, np.round(chance.random(len(rows)) * FULL_SCALE, 2))


# ---- ours -------------------------------------------------------------------------------------------


class Ours:
    """Server and client of one session, without what lies between them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.now_ns = 10**18
        self._live = Live(catalogue, joint_count=0, now_ns=self.now_ns)
        self._telling = Telling(self._live, Crowd(capacity=1))
        self._sink = Sink(
            "sensors",
            self._live,
            now_ns=lambda: self.now_ns,
            publish=self._telling.publish,
            disturbances=frozenset,
        )
        self._layout, self._epoch = Layout(catalogue.signals), catalogue.epoch
        self.world = World()
        self.world.apply(Joined(_welcome(self.now_ns), catalogue, None, 0))
        self._quantity = quantities(catalogue)[0]
        self.state = ElementState()
        self.state.reserve(len(catalogue.signals))

    def play(self, change: Change, spent: Spent) -> None:
        """Bring what a source says in one tick all the way."""
        self.now_ns += TICK_MS * 1_000_000
        spent.add("write", lambda: self._sink.write(change.rows, change.values))
        frame = spent.add("tick", lambda: self._telling.next(self.now_ns).frames[0])
        assert isinstance(frame, bytes)
        spent.size_bytes += len(frame)
        if frame:
            self._receive(frame, spent)

    def _receive(self, frame: bytes, spent: Spent) -> None:
        begin = _payload_begin(frame)
        told = spent.add("decode", lambda: decode_frame(frame[begin:], self._layout, self._epoch))
        assert isinstance(told, tuple)
        spent.add("apply", lambda: self.world.apply(told[0]))
        spent.add("draw", self._draw)

    def _draw(self) -> None:
        heat = heat_of(self._quantity, self.world.signals)
        self.state.set_heat(slice(0, len(heat.heat)), heat.heat)
        self.state.upload()

    def check(self) -> None:
        """Raise unless the client holds what the server holds."""
        assert (self.world.signals.values["f32"] == self._live.table.values["f32"]).all()
        assert (self.world.thing_states == self._live.alarms.thing_states).all()


def measure_ours(catalogue: Catalogue, changes: list[Change]) -> Spent:
    """Play all changes our way; the plant was full of values before."""
    ours, spent = Ours(catalogue), Spent()
    everything = np.arange(len(catalogue.signals))
    ours.play(Change(everything, np.full(len(everything), 50.0)), Spent())
    for _tick in range(TICKS_PER_SEC):
        ours.play(Change(everything[:0], np.zeros(0)), Spent())
    for change in changes:
        ours.play(change, spent)
    for _tick in range(TICKS_PER_SEC):
        ours.play(Change(everything[:0], np.zeros(0)), Spent())
    ours.check()
    return spent


def _welcome(now_ns: int) -> Welcome:
    blob = Blob("0" * 64, 0)
    return Welcome(
        person=1,
        secret="",
        session="sensors",
        resumed=False,
        time_ns=now_ns,
        tick_ms=TICK_MS,
        epoch=1,
        catalogue=blob,
        packages=(),
        snapshot=None,
        number=0,
    )


def _payload_begin(frame: bytes) -> int:
    return {126: 4, 127: WEBSOCKET_HEAD_BYTES}.get(frame[1], 2)


# ---- the others -------------------------------------------------------------------------------------


def measure_msgpack(count: int, changes: list[Change]) -> Spent:
    """Send a list of ``[index, value]`` a tick; neither limits nor quality nor ages."""
    spent, drawn, truth = Spent(), np.full(count, 50.0), np.full(count, 50.0)
    for change in changes:
        truth[change.rows] = change.values
        pairs = zip(change.rows.tolist(), change.values.tolist(), strict=True)
        frame = spent.add("tick", partial(_pack_pairs, pairs))
        assert isinstance(frame, bytes)
        spent.size_bytes += len(frame)
        spent.add("decode", partial(_take_pairs, frame, drawn))
        spent.add("draw", lambda: _draw_plainly(drawn))
    assert (drawn == truth).all()
    return spent


def _pack_pairs(pairs: Iterable[tuple[int, float]]) -> bytes:
    return bytes(msgpack.packb(list(pairs)))


def _take_pairs(frame: bytes, drawn: F64) -> None:
    table = np.array(msgpack.unpackb(frame))
    drawn[table[:, 0].astype(np.intp)] = table[:, 1]


def measure_json(catalogue: Catalogue, changes: list[Change]) -> Spent:
    """Send one message ``{"id": …, "value": …}`` a change."""
    ids = [signal.id for signal in catalogue.signals]
    index = {name: row for row, name in enumerate(ids)}
    spent, drawn, truth = Spent(), np.full(len(ids), 50.0), np.full(len(ids), 50.0)
    for change in changes:
        truth[change.rows] = change.values
        pairs = zip(change.rows.tolist(), change.values.tolist(), strict=True)
        said = spent.add("tick", partial(_dump_pairs, pairs, ids))
        assert isinstance(said, list)
        spent.size_bytes += sum(map(len, said))
        spent.add("decode", partial(_take_messages, said, index, drawn))
        spent.add("draw", lambda: _draw_plainly(drawn))
    assert (drawn == truth).all()
    return spent


def _dump_pairs(pairs: Iterable[tuple[int, float]], ids: list[str]) -> list[str]:
    return [json.dumps({"id": ids[row], "value": value}) for row, value in pairs]


def _take_messages(said: list[str], index: dict[str, int], drawn: F64) -> None:
    for text in said:
        message = json.loads(text)
        drawn[index[message["id"]]] = message["value"]


def _draw_plainly(drawn: F64) -> npt.NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(drawn / FULL_SCALE, 0, 1) * 255)).astype(np.uint8)


# ---- report -----------------------------------------------------------------------------------------


def _figures(name: str, spent: Spent, *, secs: int) -> dict[str, Figure]:
    """Return microseconds of CPU and bytes for one second of changes."""
    found: dict[str, Figure] = {f"{name}_{stage}_us": s / secs * 1e6 for stage, s in spent.secs.items()}
    found[f"{name}_bytes"] = spent.size_bytes // secs
    found[f"{name}_server_core"] = sum(spent.secs.get(stage, 0.0) for stage in ("write", "tick")) / secs
    found[f"{name}_client_core"] = sum(spent.secs.get(stage, 0.0) for stage in ("decode", "apply")) / secs
    return found


def _compared(figures: dict[str, Figure], name: str) -> dict[str, Figure]:
    def of(way: str, what: str) -> float:
        return float(figures[f"{way}_{name}_{what}"])

    def cpu(way: str) -> float:
        return of(way, "server_core") + of(way, "client_core")

    return {
        f"{way}_{name}_times_{noun}": value
        for way in ("msgpack", "json")
        for noun, value in (
            ("cpu", cpu(way) / cpu("ours")),
            ("bytes", of(way, "bytes") / of("ours", "bytes")),
        )
    }


if __name__ == "__main__":
    sys.exit(main())
