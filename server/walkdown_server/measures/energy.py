"""How much energy this process has taken, where the machine measures it: Linux with RAPL counters.

The counters of Intel's and AMD's processor packages (``/sys/class/powercap/*/energy_uj``) are shared out by
CPU time: this process gets as much of what was used between two looks as it had of all CPU time spent. Idle
power is so shared by those who work. The counters are readable by root alone on most machines; without
them nothing is said.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
STAT = Path("/proc/stat")
_IDLE_COLUMNS = (3, 4)
"""Of the first line of ``/proc/stat``: idle, and waiting for a disk."""


class Energy:
    """Looks at the counters now and then; they wrap after some minutes to hours.

    Attributes:
        joules: of this process since it began to look, None when the machine does not tell.
    """

    def __init__(self, powercap: Path = POWERCAP, stat: Path = STAT) -> None:
        self._stat = stat
        self._counters = {path: _limit(path) for path in _packages(powercap)}
        self._last: tuple[dict[Path, int], float, float] | None = None
        self.joules: float | None = None
        self.look()

    def look(self) -> None:
        """Add what was used since the last look."""
        now = self._read()
        if now is None:
            self._last = self.joules = None
            return
        if self._last is not None:
            share = min(1.0, (now[1] - self._last[1]) / max(now[2] - self._last[2], 1e-3))
            used = sum(self._used(path, now[0][path]) for path in now[0] if path in self._last[0])
            self.joules = (self.joules or 0.0) + used / 1e6 * share
        else:
            self.joules = 0.0
        self._last = now

    def _used(self, path: Path, value: int) -> int:
        assert self._last is not None  # noqa: S101 -- only asked when there was a look before
        before = self._last[0][path]
        return value - before if value >= before else value - before + self._counters[path]

    def _read(self) -> tuple[dict[Path, int], float, float] | None:
        """Return microjoules by counter, and CPU seconds of this process and of all, None when not told."""
        if not self._counters:
            return None
        try:
            counters = {path: int(path.read_text("ascii")) for path in self._counters}
            columns = [int(column) for column in self._stat.read_text("ascii").split("\n", 1)[0].split()[1:]]
        except (OSError, ValueError):
            return None
        busy = sum(columns) - sum(columns[place] for place in _IDLE_COLUMNS)
        return counters, time.process_time(), busy / os.sysconf("SC_CLK_TCK")


def _packages(powercap: Path) -> list[Path]:
    """Return the counters of whole processor packages; their parts stand in them."""
    found = powercap.glob("*:*/energy_uj")
    return sorted(path for path in found if path.parent.name.count(":") == 1)


def _limit(counter: Path) -> int:
    try:
        return int((counter.parent / "max_energy_range_uj").read_text("ascii"))
    except (OSError, ValueError):
        return 0
