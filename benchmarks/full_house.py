"""What a full house costs the server: 300 people, 1,000 people, 200,000 signals, and the same elsewhere.

The server is a process of its own with a core of its own, and its processor time is what the scheduler
says (``/proc/PID/task/*/schedstat``); a generator in C plays the people on another core and counts what
arrives. A pose carries the time at which it was sent, so that every server's deliveries and delays are
counted in the same way. Each figure is the median of several windows; ours and Colyseus take turns.

Like for like, and not: all servers get 20 poses a second from each person and tell everyone (or everyone
near) 20 times a second. Ours knows who is who, bounds and ages each pose, keeps what each client is owed and
is ready to journal; the others do none of that. Colyseus' view tells of people in 3 x 3 cells of 25 m only;
ours tells of all, the distant less often, and only above 300 people, so that these two are compared at
1,000. y-websocket relays each pose on its own and is far beyond its limits with 300 people: its processor
time for each pose that it did deliver is what counts. Against the C loop both only send: people who stand
silently receive the same bytes, and the share of ours is its slope from 30 to 290 of them. The time for an
inbound pose is the slope from 5 to 20 poses a second; poses come in steps of a millisecond, as from a
network card that gathers interrupts, and are read in such steps, so that nobody pays for waking a reader.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _load, _peers
from benchmarks._harness import Figure, Goal, machine, read_options, report
from benchmarks._load import NotMeasurable, Running, Window
from walkdown.settings import Loop

SETTLE_SECS = 2.0
"""After which the memory of a server is what it stays."""

FEW_SIGNALS = 20_000
"""So many make frames of some kilobytes for the comparison with C, and a server that starts soon."""

FULL, GREAT = 300, 1000
FEW, MANY = 30, 290
NEVER = 1_000_000
"""Ticks between two words of a client that only listens, for the comparison with C."""


@dataclass(frozen=True)
class Plan:
    """How thoroughly to measure.

    Attributes:
        windows, secs: of a run. settle: seconds before the first window. rounds: of ours against Colyseus.
        signals: in the house. loops: event loops beside the usual one.
        encrypted: those in which TLS is measured. curve: numbers of people. in_cells: compared with views.
        idle: how many signals there are where people just are, and what the figure is called.
        batches: other servers with a batch of our own.
    """

    signals: int = 200_000
    windows: int = 3
    secs: float = 4.0
    settle: float = 2.0
    rounds: int = 2
    loops: tuple[Loop, ...] = ("asyncio", "uvloop", "aiofastnet")
    in_cells: int = GREAT
    idle: tuple[tuple[int, str], ...] = ((0, "idle_kib"), (200_000, "idle_with_signals_kib"))
    batches: tuple[str, ...] = ("socketio", "websockets")
    encrypted: tuple[Loop, ...] = ("auto", "uvloop", "aiofastnet")
    curve: tuple[int, ...] = (50, 100, 200, 500, 700, 1000)


QUICK = Plan(
    signals=50_000,
    windows=1,
    secs=1.5,
    settle=1.0,
    rounds=1,
    idle=((0, "idle_kib"),),
    batches=(),
    loops=(),
    encrypted=(),
    curve=(),
)


@dataclass
class Results:
    """What was found, and why what is missing is missing."""

    figures: dict[str, Figure] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def goal(self, name: str, goal: float, unit: str, *, at_least: bool = False) -> Goal:
        """Return a goal for the figure of this name."""
        value = self.figures.get(name)
        measured = float(value) if isinstance(value, float | int) else None
        reason = self.reasons.get(name, "" if measured is not None else "it was not reached")
        return Goal(name=name, value=measured, goal=goal, unit=unit, at_least=at_least, reason=reason)

    @contextlib.contextmanager
    def measuring(self, *names: str) -> Iterator[None]:
        """Note why these goals have no value if they cannot be measured."""
        try:
            yield
        except NotMeasurable as error:
            print(f"not measured: {', '.join(names)}: {error}", file=sys.stderr)
            self.reasons.update(dict.fromkeys(names, str(error)))

    def ratio(self, name: str, above: float, below: float) -> None:
        """Set a figure to a ratio."""
        self.figures[name] = above / below


class FullHouse:
    """Measures everything, one run after the other."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.results = plan, Results()
        self.ours: Window | None = None

    def measure(self) -> Results:
        """Return what was found."""
        results = self.results
        steps: list[tuple[Callable[[], None], tuple[str, ...]]] = [
            (self.colyseus, ("core_300", "vs_colyseus")),
            (self.signals, ("core_300_signals", "pose_p99_ms", "signal_p95_ms")),
            (self.great_house, ("core_1000", "pose_1000_p99_ms")),
            (self.inbound, ("inbound_us",)),
            (self.sending, ("vs_c_send",)),
            (self.idle, ("idle_kib",)),
            (self.view, ("vs_stateview",)),
            (self.relay, ("vs_relay",)),
            (self.batches, ()),
            (self.loops, ()),
            (self.encrypted, ()),
            (self.curve, ()),
        ]
        for step, names in steps:
            with results.measuring(*names):
                step()
        return results

    # ---- ours -----------------------------------------------------------------------------------------

    def house(self, walkers: int, *server: str, reader: bool = False, **options: float) -> Window:
        """Return what our server does for so many walkers, noting how late signals are."""
        plan = self.plan
        walkers -= reader  # who is one of the people
        people = walkers + round(options.get("idle", 0)) + 10
        with _load.house(people=people, more=server) as running:
            reading = _reader(running) if reader else contextlib.nullcontext()
            given = {"walkers": walkers, "scan_every": max(1, walkers // 100), "settle": plan.settle}
            with (
                reading as client,
                _load.started(running, windows=plan.windows, secs=plan.secs, **{**given, **options}) as out,
            ):
                if client is not None:
                    _ask_for(client, plan.settle + plan.windows * plan.secs)
                found = (_load.with_poses if walkers > 1 else _load.middle)(_load.read_windows(running, out))
                if client is not None:
                    self._note_signals(walkers + 1, _answer_of(client))
        return found

    def _note_signals(self, walkers: int, ages: dict[str, float]) -> None:
        self.results.figures[f"signal_{walkers}_p50_ms"] = ages["p50_ms"]
        self.results.figures[f"signal_{walkers}_p95_ms"] = ages["p95_ms"]

    def note(self, name: str, window: Window) -> None:
        """Keep the figures of a run."""
        for what in ("core", "waited", "us_per_pose", "poses", "p50_ms", "p99_ms", "bytes_per_sec"):
            self.results.figures[f"{name}_{what}"] = float(getattr(window, what))

    def signals(self) -> None:
        """Measure 300 people with the signals."""
        found = self.house(FULL, f"--signals={self.plan.signals}", reader=True)
        self.note("house_300_signals", found)
        figures = self.results.figures
        figures["core_300_signals"], figures["pose_p99_ms"] = found.core, found.p99_ms
        figures["signal_p95_ms"] = figures.pop(f"signal_{FULL}_p95_ms")

    def great_house(self) -> None:
        """Measure 1,000 people with the signals."""
        found = self.house(GREAT, f"--signals={self.plan.signals}", reader=True)
        self.note("house_1000_signals", found)
        self.results.figures["core_1000"] = found.core
        self.results.figures["pose_1000_p99_ms"] = found.p99_ms

    def inbound(self) -> None:
        """Measure what a pose costs that comes in."""
        often, seldom = self.ours or self.house(FULL), self.house(FULL, hz=5)
        self.results.figures["inbound_us"] = (often.core - seldom.core) * 1e6 / (often.sent - seldom.sent)

    def idle(self) -> None:
        """Measure the memory for people who are just there, beside what the first hundred bring about."""
        for signals, name in self.plan.idle:
            with _load.house(people=GREAT, signals=signals, changing=0.0) as running:
                with _load.started(running, windows=1, secs=60, idle=100):
                    few_kib = _settled_kib(running)
                    with _load.started(running, windows=1, secs=60, idle=GREAT - 100):
                        self.results.figures[name] = (_settled_kib(running) - few_kib) / (GREAT - 100)

    def loops(self) -> None:
        """Measure 300 people with the other event loops that a server can run in."""
        for loop in self.plan.loops:
            self.note(f"house_{FULL}_{loop}", self.house(FULL, f"--loop={loop}"))

    def encrypted(self) -> None:
        """Measure 300 people over TLS, in the event loops that differ in it."""
        for loop in self.plan.encrypted:
            found = self.house(FULL, f"--loop={loop}", "--tls")
            self.note(f"house_{FULL}_tls_{loop}", found)

    def curve(self) -> None:
        """Measure other numbers of people, without signals."""
        for people in self.plan.curve:
            self.note(f"house_{people}", self.house(people))

    # ---- beside others --------------------------------------------------------------------------------

    def peer(self, name: str, walkers: int) -> Window:
        """Return what another server does for so many walkers."""
        plan = self.plan
        return _peers.measure(name, walkers=walkers, windows=plan.windows, secs=plan.secs)

    def colyseus(self) -> None:
        """Measure 300 people here and with Colyseus, in turns."""
        ours, theirs = [], []
        for _round in range(self.plan.rounds):
            ours.append(self.house(FULL))
            self.ours = _load.middle(ours)
            self.note("house_300", self.ours)
            self.results.figures["core_300"] = self.ours.core
            theirs.append(self.peer("colyseus", FULL))
        self.note("colyseus_300", _load.middle(theirs))
        ratios = [b.us_per_pose / a.us_per_pose for a, b in zip(ours, theirs, strict=True)]
        self.results.figures["vs_colyseus"] = median(ratios)

    def view(self) -> None:
        """Measure cells here and with Colyseus' views."""
        people = self.plan.in_cells
        ours, theirs = self.house(people), self.peer("colyseus_view", people)
        self.note(f"house_{people}", ours)
        self.note(f"colyseus_view_{people}", theirs)
        self.results.ratio("vs_stateview", theirs.us_per_pose, ours.us_per_pose)

    def relay(self) -> None:
        """Measure a relay of each pose."""
        theirs = self.peer("y_websocket", FULL)
        self.note("y_websocket_300", theirs)
        self._compare("vs_relay", theirs)

    def batches(self) -> None:
        """Measure batches of our own on other people's servers."""
        for name in self.plan.batches:
            with self.results.measuring(name):
                theirs = self.peer(name, FULL)
                self.note(f"{name}_300", theirs)
                self._compare(f"vs_{name}", theirs)

    def _compare(self, name: str, theirs: Window) -> None:
        if self.ours is None:
            raise NotMeasurable("ours could not be measured beside it")
        self.results.ratio(name, theirs.us_per_pose, self.ours.us_per_pose)

    def sending(self) -> None:
        """Measure what a frame costs that goes out, here and in a loop in C."""
        ours, frame_size = self._slope_of_ours()
        theirs = self._cost_in_c(frame_size)
        figures = self.results.figures
        figures["send_us"], figures["c_send_us"], figures["send_bytes"] = ours, theirs, frame_size
        self.results.ratio("vs_c_send", ours, theirs)

    def _slope_of_ours(self) -> tuple[float, int]:
        few, many = (
            self.house(1, f"--signals={FEW_SIGNALS}", "--changing=1", idle=silent, silent_ticks=NEVER, hz=1)
            for silent in (FEW, MANY)
        )
        return (many.core - few.core) * 1e6 / (many.frames - few.frames), round(
            many.bytes_per_sec / many.frames
        )

    def _cost_in_c(self, frame_size: int) -> float:
        plan, command = self.plan, (str(_load.built("send_loop")), str(frame_size), "20")
        with _load.server(command) as running:
            windows = _load.measure(
                running, windows=plan.windows, secs=plan.secs, settle=plan.settle, protocol="plain", idle=MANY
            )
        found = _load.middle(windows)
        return found.core * 1e6 / found.frames


def _settled_kib(running: Running) -> float:
    time.sleep(SETTLE_SECS)
    return running.memory_kib()


# ---- the reader of signals --------------------------------------------------------------------------------


@contextlib.contextmanager
def _reader(running: Running) -> Iterator[subprocess.Popen[str]]:
    """Run a client that decodes signals, until the block ends."""
    script = str(_load.HERE / "_signal_reader.py")
    command = [*_load.pinned(_load.GENERATOR_CORE), sys.executable, script, f"ws://127.0.0.1:{running.port}/"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise NotMeasurable("the client that reads signals did not get all values")
            yield process
        finally:
            process.kill()


def _ask_for(client: subprocess.Popen[str], secs: float) -> None:
    if client.stdin is not None:
        client.stdin.write(f"{secs}\n")
        client.stdin.flush()


def _answer_of(client: subprocess.Popen[str]) -> dict[str, float]:
    line = client.stdout.readline() if client.stdout else ""
    found: dict[str, float] = json.loads(line) if line else {"values": 0}
    if not found["values"]:
        raise NotMeasurable("the client that reads signals saw none change")
    return found


def main() -> int:
    """Measure and report."""
    options = read_options(__doc__ or "")
    results = FullHouse(QUICK if options.quick else Plan()).measure()
    goals = [
        results.goal("core_300", 0.12, "cores"),
        results.goal("core_300_signals", 0.25, "cores"),
        results.goal("pose_p99_ms", 100, "ms"),
        results.goal("signal_p95_ms", 220, "ms"),
        results.goal("core_1000", 0.6, "cores"),
        results.goal("pose_1000_p99_ms", 120, "ms"),
        results.goal("vs_colyseus", 1.4, "times", at_least=True),
        results.goal("vs_stateview", 5, "times", at_least=True),
        results.goal("vs_relay", 30, "times", at_least=True),
        results.goal("vs_c_send", 1.3, "times"),
        results.goal("inbound_us", 15, "us"),
        results.goal("idle_kib", 8, "KiB"),
    ]
    where = machine(node=_peers.node_version())
    return report("full_house", options=options, figures=results.figures, goals=goals, where=where)


if __name__ == "__main__":
    sys.exit(main())
