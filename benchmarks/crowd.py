"""What a full house costs a client in it: 300 people in the picture, some speaking, and 200,000 signals.

The real client with its interface, headless and with a small picture, in a session of the real server; the
load generator is the people. ``crowd_ms`` is the processor time of the frame's thread in one frame for what
others do: taking events in (``World.apply``), where everybody is now (``World.advance``), latencies
(``World.note_drawn``), figures (``Showing`` of people), name tags, and the rings of those who speak.
``decode_core`` is what the link's thread takes of a core, reading and decoding. ``frame_ratio`` compares
whole frames with the very same picture while server and people are held: nothing moves, nothing comes; of
both is taken off for how long the frame's thread was ready and its core was given to something else, server
and people above all. Where there are two cores, it has one to itself, and they the other. All are medians.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _load
from benchmarks._harness import Figure, Goal, Options, machine, read_options, report
from walkdown.errors import Missing
from walkdown.messages import SUBPROTOCOL, Hello
from walkdown_client.address import parse_address
from walkdown_client.app.app import App, AppSettings
from walkdown_client.app.showing import Showing
from walkdown_client.render.engine import EngineSettings
from walkdown_client.scene.labels import Labels
from walkdown_client.scene.people import People
from walkdown_client.scene.quality import PRESETS
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

SIZE = (320, 180)
PEOPLE, SIGNALS, CHANGING = 300, 200_000, 0.1
WIDTH_M, DEPTH_M = 60.0, 40.0
"""So small a site that all of it is in the picture."""

EYE, TARGET = (30.0, -28.0, 14.0), (30.0, 18.0, 0.0)
SPEAKING_EVERY = 10
START_SECS, HELD_SECS = 60.0, 3.0
CROWD_MS_GOAL, DECODE_CORE_GOAL, FRAME_RATIO_GOAL = 3.0, 0.15, 1.2

COUNTED = (
    (World, "apply"),
    (World, "advance"),
    (World, "note_drawn"),
    (Showing, "_show_people"),
    (People, "rings"),
    (Labels, "_tag_records"),
)
"""What a frame does for others."""


@dataclass
class Seen:
    """What frames cost.

    Attributes:
        frame_secs: wall time of each. own_secs: the same without the time that its core was others'.
        cpu_secs: processor time of the frame's thread for each, and crowd_secs: in what is counted.
        parts_secs: processor time of each counted part, summed up. decode_core: of the link's thread.
        ticks_per_sec: of the server, as they came.
    """

    frame_secs: list[float] = field(default_factory=list)
    own_secs: list[float] = field(default_factory=list)
    crowd_secs: list[float] = field(default_factory=list)
    cpu_secs: list[float] = field(default_factory=list)
    parts_secs: dict[str, float] = field(default_factory=dict)
    decode_core: list[float] = field(default_factory=list)
    ticks_per_sec: list[float] = field(default_factory=list)

    def part_ms(self, name: str) -> float:
        """Return the mean processor time of a part in one frame."""
        return self.parts_secs.get(name, 0.0) / max(len(self.frame_secs), 1) * 1e3


def main() -> int:
    """Measure and report."""
    options = read_options(__doc__ or "")
    os.environ.setdefault("LP_NUM_THREADS", "0")  # a software renderer leaves the other cores to the others
    people, signals, rounds = (60, 20_000, 1) if options.quick else (PEOPLE, SIGNALS, 4)
    try:
        with ExitStack() as parts:
            running = parts.enter_context(_load.house(people=people + 1, signals=signals, changing=CHANGING))
            app = _open_app(f"ws://127.0.0.1:{running.port}")
            parts.callback(app.close)
            generator = parts.enter_context(_people(running, people))
            _draw_until(app, lambda: _complete(app, people, signals))
            busy, quiet = _measure(app, [running.pid, generator], rounds)
            where = machine(renderer=app.driver.name, picture=f"{SIZE[0]}x{SIZE[1]}")
            drawn = len(app.world.people_ids)
    except (_load.NotMeasurable, Missing, TimeoutError) as reason:
        return _not_measured(options, str(reason))
    return _report(options, busy, quiet, where=where, counts={"people": drawn, "signals": signals})


@contextmanager
def _people(running: _load.Running, count: int) -> Iterator[int]:
    """Let people walk and speak as long as the block lasts; gives the generator's process."""
    options = {"walkers": count, "width": WIDTH_M, "depth": DEPTH_M, "speaking_every": SPEAKING_EVERY}
    with _load.started(running, windows=1, secs=3600, scan_every=count, settle=0, **options):
        generator = _newest_child()
        _share_cores(generator)
        yield generator


def _newest_child() -> int:
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="utf-8").split()
    return max(map(int, children))


def _share_cores(generator: int) -> None:
    """Give this thread a core of its own, and the people the one that the server has."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(generator, {cores[_load.ROOM_CORE]})
        os.sched_setaffinity(0, {cores[0]})


def _open_app(url: str) -> App:
    engine = EngineSettings(headless=True, size=SIZE, finish=True)
    settings = AppSettings(engine=engine, start=(EYE, TARGET), quality=PRESETS["low"])
    return App(parse_address(url), Hello(SUBPROTOCOL, "Eye", client="bench"), settings, view=ViewState())


def _complete(app: App, people: int, signals: int) -> bool:
    world = app.world
    return len(world.people_ids) == people and int(np.isfinite(world.signals.values["f32"]).sum()) == signals


def _draw_until(app: App, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + START_SECS
    while not holds():
        app.frame()
        if time.monotonic() > end:
            seen = f"{len(app.world.people_ids)} people"
            raise TimeoutError(f"not all is there after {START_SECS:.0f} s, {seen}: {app.world.link_text}")


# ---- measuring ------------------------------------------------------------------------------------------


def _measure(app: App, processes: list[int], rounds: int) -> tuple[Seen, Seen]:
    """Draw in turn with traffic and with server and people held."""
    busy, quiet = Seen(), Seen()
    with _counted():
        for _round in range(rounds):
            _draw_for(app, HELD_SECS / 3, Seen())
            _draw_for(app, HELD_SECS, busy)
            with _held(processes):
                _draw_for(app, HELD_SECS / 3, Seen())
                _draw_for(app, HELD_SECS, quiet)
    return busy, quiet


def _draw_for(app: App, secs: float, seen: Seen) -> None:
    link, before, began = _link_thread(), dict(_SPENT), time.monotonic()
    used, first_tick = _thread_secs(link)[0], app.world.tick_number
    this = threading.get_native_id()
    while time.monotonic() - began < secs:
        wall, cpu, kept = time.monotonic(), time.thread_time(), _thread_secs(this)[1]
        crowd = sum(_SPENT.values())
        app.frame()
        seen.crowd_secs.append(sum(_SPENT.values()) - crowd)
        seen.frame_secs.append(time.monotonic() - wall)
        seen.cpu_secs.append(time.thread_time() - cpu)
        seen.own_secs.append(seen.frame_secs[-1] - (_thread_secs(this)[1] - kept))
    passed_secs = time.monotonic() - began
    seen.decode_core.append((_thread_secs(link)[0] - used) / passed_secs)
    seen.ticks_per_sec.append((app.world.tick_number - first_tick) / passed_secs)
    for name, spent in _SPENT.items():
        seen.parts_secs[name] = seen.parts_secs.get(name, 0.0) + spent - before.get(name, 0.0)


_SPENT: dict[str, float] = {}


@contextmanager
def _counted() -> Iterator[None]:
    """Count the processor time of every part in ``COUNTED`` as long as the block lasts."""
    originals = [(owner, name, owner.__dict__[name]) for owner, name in COUNTED]
    for owner, name, original in originals:
        setattr(owner, name, _timed(name.strip("_"), original))
    try:
        yield
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)


def _timed(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: object) -> object:
        begin = time.thread_time()
        try:
            return original(*arguments)
        finally:
            _SPENT[name] = _SPENT.get(name, 0.0) + time.thread_time() - begin

    return timed


@contextmanager
def _held(processes: list[int]) -> Iterator[None]:
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)


def _link_thread() -> int:
    return next(t.native_id or 0 for t in threading.enumerate() if t.name == "walkdown-link")


def _thread_secs(thread: int) -> tuple[float, float]:
    """Return how long a thread has been running, and how long it was ready without a core."""
    account = Path(f"/proc/self/task/{thread}/schedstat").read_text(encoding="utf-8")
    running_ns, waiting_ns, _turns = map(int, account.split())
    return running_ns / 1e9, waiting_ns / 1e9


# ---- report ---------------------------------------------------------------------------------------------


def _report(
    options: Options, busy: Seen, quiet: Seen, *, where: dict[str, str], counts: dict[str, int]
) -> int:
    parts = {f"{name}_ms": busy.part_ms(name) for name in sorted(busy.parts_secs)}
    ratio = float(np.median(busy.own_secs) / np.median(quiet.own_secs))
    figures: dict[str, Figure] = {
        **counts,
        **parts,
        "frame_ms": float(np.median(busy.frame_secs)) * 1e3,
        "frame_without_ms": float(np.median(quiet.frame_secs)) * 1e3,
        "frame_own_ms": float(np.median(busy.own_secs)) * 1e3,
        "frame_own_without_ms": float(np.median(quiet.own_secs)) * 1e3,
        "frame_cpu_ms": float(np.median(busy.cpu_secs)) * 1e3,
        "frame_cpu_without_ms": float(np.median(quiet.cpu_secs)) * 1e3,
        "frames": len(busy.frame_secs),
        "ticks_per_sec": float(np.median(busy.ticks_per_sec)),
    }
    return report(
        "crowd",
        options=options,
        figures=figures,
        goals=_goals(float(np.median(busy.crowd_secs)) * 1e3, float(np.median(busy.decode_core)), ratio),
        where=where,
    )


def _goals(crowd: float | None, decode: float | None, ratio: float | None, *, reason: str = "") -> list[Goal]:
    rows = (
        ("crowd_ms", crowd, CROWD_MS_GOAL, "ms"),
        ("decode_core", decode, DECODE_CORE_GOAL, "of a core"),
        ("frame_ratio", ratio, FRAME_RATIO_GOAL, "times"),
    )
    return [
        Goal(name=name, value=value, goal=goal, unit=unit, reason=reason) for name, value, goal, unit in rows
    ]


def _not_measured(options: Options, reason: str) -> int:
    goals = _goals(None, None, None, reason=reason)
    return report("crowd", options=options, figures={}, goals=goals, where=machine())


if __name__ == "__main__":
    sys.exit(main())
