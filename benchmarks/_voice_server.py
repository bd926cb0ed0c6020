"""What voice costs the server: 300 listeners who all hear five talkers, alone and in the full house.

A talker sends 50 packets a second with 64 bytes of sound; everyone stands within hearing of everyone, which
is the worst case: each listener gets all five, a talker the other four. The generator of ``full_house`` plays
the people and counts each packet that arrives, and how old it is.

*Alone*: nobody moves; people only acknowledge ticks. *In the full house*: all walk and send 20 poses a
second, and of 200,000 signals a tenth changes each second. *Beside it* a server that does the same job as
the documentation of ``websockets`` suggests, one ``broadcast()`` for each packet of each talker; it knows
neither places nor rights, and nothing waits for a tick. Ours and theirs take turns; what counts is the
processor time for a packet that was delivered.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _load
from benchmarks._harness import Figure, Goal
from benchmarks._load import NotMeasurable, Window

LISTENERS, TALKERS = 300, 5
SITE_METRES = {"width": 40.0, "depth": 30.0}
GENERATOR = {"talkers": TALKERS, **SITE_METRES}


@dataclass(frozen=True)
class Plan:
    """How thoroughly to measure."""

    rounds: int = 3
    windows: int = 3
    secs: float = 4.0
    settle: float = 2.0
    signals: int = 200_000


QUICK = Plan(rounds=1, windows=1, secs=2.0, settle=1.0, signals=50_000)


def alone(plan: Plan) -> Window:
    """Return what our server does for people who stand and listen."""
    with _load.house(people=LISTENERS + 10) as running:
        return _heard(running, plan, idle=LISTENERS)


def in_full_house(plan: Plan) -> Window:
    """Return what our server does for people who walk and listen, with all the signals."""
    with _load.house(people=LISTENERS + 10, signals=plan.signals) as running:
        return _heard(running, plan, walkers=LISTENERS, scan_every=LISTENERS // 100)


def by_broadcast(plan: Plan) -> Window:
    """Return what a server does that broadcasts each packet."""
    command = (sys.executable, str(_load.HERE / "_broadcast_server.py"), "--voice")
    with _load.server(command) as running:
        return _heard(running, plan, protocol="plain-voice", idle=LISTENERS)


def _heard(running: _load.Running, plan: Plan, **options: float | str) -> Window:
    given = {**GENERATOR, "settle": plan.settle, **options}
    windows = _load.measure(running, windows=plan.windows, secs=plan.secs, **given)
    found = _load.middle(windows)
    if found.voices < found.spoken:
        raise NotMeasurable("hardly any packet arrived; see what the server says")
    return found


def us_per_packet(window: Window) -> float:
    """Return the server's processor time for a packet that was delivered."""
    return window.core * 1e6 / window.voices


def measure(*, quick: bool) -> tuple[dict[str, Figure], list[Goal]]:
    """Return what was found."""
    plan = QUICK if quick else Plan()
    figures: dict[str, Figure] = {}
    reasons: dict[str, str] = {}
    steps: tuple[tuple[Callable[[Plan, dict[str, Figure]], None], tuple[str, ...]], ...] = (
        (_beside_broadcast, ("voice_core", "vs_broadcast")),
        (_full_house, ("house_voice_core",)),
    )
    for step, names in steps:
        try:
            step(plan, figures)
        except NotMeasurable as error:
            reasons.update(dict.fromkeys(names, str(error)))
    goals = [
        Goal(name="voice_core", value=None, goal=0.25, unit="cores"),
        Goal(name="house_voice_core", value=None, goal=0.40, unit="cores"),
        Goal(name="vs_broadcast", value=None, goal=2, unit="times", at_least=True),
    ]
    return figures, [_reached(goal, figures.get(goal.name), reasons.get(goal.name, "")) for goal in goals]


def _beside_broadcast(plan: Plan, figures: dict[str, Figure]) -> None:
    ours, theirs = [], []
    for _round in range(plan.rounds):
        ours.append(alone(plan))
        theirs.append(by_broadcast(plan))
    _note(figures, "voice", _load.middle(ours))
    _note(figures, "broadcast", _load.middle(theirs))
    figures["voice_core"] = _load.middle(ours).core
    figures["vs_broadcast"] = median(
        us_per_packet(b) / us_per_packet(a) for a, b in zip(ours, theirs, strict=True)
    )


def _full_house(plan: Plan, figures: dict[str, Figure]) -> None:
    found = in_full_house(plan)
    _note(figures, "house_voice", found)
    figures["house_voice_core"] = found.core


def _note(figures: dict[str, Figure], name: str, window: Window) -> None:
    """Keep the figures of a run."""
    figures[f"{name}_us_per_packet"] = us_per_packet(window)
    figures[f"{name}_share"] = window.voices / (window.spoken * LISTENERS)
    for what in ("core", "waited", "voices", "voice_p50_ms", "voice_p99_ms", "bytes_per_sec"):
        figures[f"{name}_{what}"] = float(getattr(window, what))


def _reached(goal: Goal, value: Figure | None, reason: str) -> Goal:
    """Return a goal with its value, or with why it has none."""
    if isinstance(value, float):
        return replace(goal, value=value)
    return replace(goal, reason=reason or "it was not reached")
