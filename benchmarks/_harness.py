"""How a benchmark is called, how it measures and how it reports.

``python benchmarks/NAME.py [--json] [--quick]``: a table for people, or one last line of JSON. A goal that
could not be measured has no value and says why.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Figure = float | int | str


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A figure that has to reach something.

    Attributes:
        value: what was measured, or None with a ``reason``.
        at_least: whether the value must not be below the goal, else not above it.
    """

    name: str
    value: float | None
    goal: float
    unit: str
    at_least: bool = False
    reason: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None when it was not measured."""
        if self.value is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


@dataclass(frozen=True)
class Options:
    """What the caller wants."""

    as_json: bool
    quick: bool


def read_options(about: str, arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--quick", action="store_true", help="a small honest version of the same")
    found = parser.parse_args(arguments)
    return Options(as_json=found.json, quick=found.quick)


def median_ms(work: Callable[[], object], *, repeats: int, warm_up: int = 2) -> float:
    """Return the median time of one call in milliseconds."""
    for _ in range(warm_up):
        work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times) * 1e3)


def machine(**more: str) -> dict[str, str]:
    """Return what the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        **more,
    }


def report(
    benchmark: str,
    *,
    options: Options,
    figures: Mapping[str, Figure],
    goals: Sequence[Goal],
    where: Mapping[str, str],
) -> int:
    """Print the result; return 1 when a goal is missed and 0 otherwise."""
    for name, value in {**where, **figures}.items():
        print(f"{name:32s} {value:,.3f}" if isinstance(value, float) else f"{name:32s} {value}")
    for goal in goals:
        print(_sentence(goal))
    if options.as_json:
        print(
            json.dumps(
                {
                    "benchmark": benchmark,
                    "machine": dict(where),
                    "figures": {name: _rounded(value) for name, value in figures.items()},
                    "goals": [_as_dict(goal) for goal in goals],
                }
            )
        )
    return int(any(goal.met is False for goal in goals))


def _sentence(goal: Goal) -> str:
    sign = ">=" if goal.at_least else "<="
    if goal.value is None:
        return f"{goal.name:32s} not measured: {goal.reason}"
    verdict = "met" if goal.met else "MISSED"
    return f"{goal.name:32s} {goal.value:,.3f} {goal.unit} ({sign} {goal.goal:g}: {verdict})"


def _as_dict(goal: Goal) -> dict[str, object]:
    made: dict[str, object] = {
        "name": goal.name,
        "value": None if goal.value is None else _rounded(goal.value),
        "goal": goal.goal,
        "unit": goal.unit,
        "met": goal.met,
    }
    return made | ({"reason": goal.reason} if goal.value is None else {})


def _rounded(value: Figure) -> Figure:
    return float(f"{value:.5g}") if isinstance(value, float) else value


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
