"""How soon what 50 people make is on disk and seen by all, and how long opening a large review takes.

Each of 50 people makes a topic with a view once a second, for some seconds; every topic waits for the disk,
and everyone gets each. They are played by ``_review_people`` in a process of its own. *Beside it* the same
people write notes instead, and talk through a server that only sends everything to everyone: no disk, no
rules, no ticks.

*Opening*: a headless guest connects to a server whose session has 10,000 topics, each with a comment and a
view, and has opened it when its world holds them all; beside it one without topics.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _load
from benchmarks._harness import Figure, Goal
from benchmarks._load import NotMeasurable, Running
from walkdown_client.guest import Guest

PEOPLE = 50
PATIENCE_SECS = 60.0
PLAYERS = str(_load.HERE / "_review_people.py")

GOALS = (
    Goal(name="ack_p95_ms", value=None, goal=100, unit="ms"),
    Goal(name="seen_p95_ms", value=None, goal=150, unit="ms"),
    Goal(name="open_s", value=None, goal=2, unit="s"),
)


@dataclass(frozen=True)
class Plan:
    """How thoroughly to measure."""

    secs: float = 20.0
    rounds: int = 3
    topics: int = 10_000
    opens: int = 5


QUICK = Plan(secs=5.0, rounds=1, opens=2)


def play(running: Running, what: str, secs: float, *, people: int = PEOPLE) -> dict[str, float]:
    """Let people make things for so long and return what they saw; ``core`` is the server's share.

    Raises:
        NotMeasurable: not everything was acknowledged and seen by all.
    """
    url = f"ws://127.0.0.1:{running.port}/"
    command = [*_load.pinned(_load.GENERATOR_CORE), sys.executable, PLAYERS, url]
    command += ["--people", str(people), "--what", what, "--secs", str(secs)]
    before, began = running.cpu_secs(), time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said, _errors = process.communicate(timeout=PATIENCE_SECS + 2 * secs)
    core = (running.cpu_secs() - before) / (time.perf_counter() - began)
    if process.returncode or not said.startswith("joined"):
        raise NotMeasurable(f"the people could not meet: {said[:200]}")
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    if not found["made"] == found["acknowledged"] == found["seen_by_all"]:
        raise NotMeasurable(f"not everything was seen by all: {found}")
    return found | {"core": core}


@contextlib.contextmanager
def _echo_server() -> Iterator[Running]:
    with _load.server([sys.executable, PLAYERS]) as running:
        yield running


def _working_together(plan: Plan, figures: dict[str, Figure]) -> None:
    found: dict[str, list[dict[str, float]]] = {"topics": [], "notes": [], "echo": []}
    for _round in range(plan.rounds):
        for what, seen in found.items():
            server = _echo_server() if what == "echo" else _load.house(people=PEOPLE + 10)
            with server as running:
                seen.append(play(running, what, plan.secs))
    for what, seen in found.items():
        for name in ("ack_p50_ms", "ack_p95_ms", "seen_p50_ms", "seen_p95_ms", "core"):
            figures[f"{what}_{name}"] = median(one[name] for one in seen)
    figures["ack_p95_ms"], figures["seen_p95_ms"] = (
        figures["topics_ack_p95_ms"],
        figures["topics_seen_p95_ms"],
    )


async def _opened(port: int, topics: int) -> float:
    """Return after how many seconds a guest holds the whole review."""
    began = time.perf_counter()
    async with Guest.join(f"ws://127.0.0.1:{port}/", name="Guest", within_secs=PATIENCE_SECS) as guest:
        await guest.wait_for(lambda: len(guest.world.review.topics) == topics, timeout_secs=PATIENCE_SECS)
        took = time.perf_counter() - began
        review = guest.world.review
        if not topics == len(review.comments) == len(review.viewpoints):
            raise NotMeasurable("the guest does not hold all comments and views")
        return took


def _opening(plan: Plan, figures: dict[str, Figure]) -> None:
    for name, topics in (("open", plan.topics), ("open_empty", 0)):
        with tempfile.TemporaryDirectory(prefix="walkdown-review-") as folder:
            script = str(_load.HERE / "_reviewed_server.py")
            command = [sys.executable, script, "--data", folder, "--topics", str(topics)]
            with _load.server(command) as running:
                took = [asyncio.run(_opened(running.port, topics)) for _ in range(plan.opens)]
                figures[f"{name}_first_s"], figures[f"{name}_s"] = took[0], median(took)
                figures[f"{name}_server_mib"] = running.memory_kib() / 1024


def measure(*, quick: bool) -> tuple[dict[str, Figure], list[Goal]]:
    """Return what was found."""
    plan = QUICK if quick else Plan()
    figures: dict[str, Figure] = {}
    reasons: dict[str, str] = {}
    steps: tuple[tuple[Callable[[Plan, dict[str, Figure]], None], tuple[str, ...]], ...] = (
        (_working_together, ("ack_p95_ms", "seen_p95_ms")),
        (_opening, ("open_s",)),
    )
    for step, names in steps:
        try:
            step(plan, figures)
        except NotMeasurable as error:
            reasons.update(dict.fromkeys(names, str(error)))
    return figures, [_reached(goal, figures.get(goal.name), reasons.get(goal.name, "")) for goal in GOALS]


def _reached(goal: Goal, value: Figure | None, reason: str) -> Goal:
    """Return a goal with its value, or with why it has none."""
    if isinstance(value, float):
        return replace(goal, value=value)
    return replace(goal, reason=reason or "it was not reached")


if __name__ == "__main__":
    from benchmarks._harness import machine, read_options, report

    options = read_options(__doc__ or "")
    found, goals = measure(quick=options.quick)
    sys.exit(report("review_server", options=options, figures=found, goals=goals, where=machine()))
