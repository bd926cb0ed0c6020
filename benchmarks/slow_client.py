"""What slow clients cost the others: 30 of 300 people stalled, one at half speed, ten downloads of 300 MB.

The stalled go on walking, but read nothing; one reads half as many bytes a second as it is sent; and ten
others fetch a large file from the same server as fast as they can, again and again. Both times 269 people are
looked at: how old poses are when they have them, with 31 like themselves beside them, and with those. The
memory for each such client is what the server's grows by when they come, at its peak. A server after the
documentation of ``websockets``, with ``broadcast()``, goes through the same in the same run.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _load
from benchmarks._harness import Figure, Goal, machine, read_options, report
from benchmarks._house_server import BLOB_PATH
from benchmarks._load import NotMeasurable, Running, Window

WALKERS, STALLED, SLOW, DOWNLOADS = 269, 30, 1, 10
BLOB_MB = 300
JOIN_SECS = 6.0
"""How long the walkers walk unmeasured: until all others are in and have been slow for some seconds."""

LOOK_SECS = 0.1


@dataclass(frozen=True)
class Contender:
    """A server that goes through it.

    Attributes:
        protocol: the generator's word for what it speaks. server: runs it.
    """

    protocol: str
    server: AbstractContextManager[Running]

    def blob_port(self, running: Running) -> int:
        """Return where the downloads come from."""
        for line in running.said:
            if line.startswith("blobs on "):
                return int(line.split()[2])
        return running.port


@dataclass(frozen=True)
class Troubled:
    """What the others and the slow one saw, what memory it took, and how fast downloads were in all."""

    others: Window
    slow_age_secs: float
    client_mib: float
    loaded_mb_per_sec: float


def ours() -> Contender:
    """Return our server, with the large file."""
    return Contender("walkdown", _load.house(people=400, more=["--blob-mb", str(BLOB_MB)]))


def broadcasting() -> Contender:
    """Return the other server."""
    command = [sys.executable, str(_load.HERE / "_broadcast_server.py"), "--blob", str(BLOB_MB)]
    return Contender("plain", _load.server(command))


@dataclass(frozen=True)
class Stage:
    """How long is measured: ``windows`` of ``secs`` seconds."""

    windows: int
    secs: float

    def calm(self, contender: Contender) -> Window:
        """Return what people see when all are like themselves."""
        with contender.server as running, self._walkers(contender, running) as walkers:
            with self._beside(contender, running, walkers=STALLED + SLOW):
                return _load.with_poses(_load.read_windows(running, walkers))

    def troubled(self, contender: Contender, needed_bytes_per_sec: float) -> Troubled:
        """Return what people see when some are slow and some load files."""
        half = needed_bytes_per_sec / 2
        with contender.server as running, self._walkers(contender, running) as walkers:
            time.sleep(1.0)
            with (
                Peak.of(running) as with_slow,
                self._beside(contender, running, stalled=STALLED, slow=SLOW, slow_bytes=half) as slow,
            ):
                time.sleep(JOIN_SECS / 3)
                with Peak.of(running) as with_downloads, self._downloads(contender, running) as loads:
                    others = _load.with_poses(_load.read_windows(running, walkers))
                    loaded_mb = mb_per_sec(loads)
                slow_one = _load.read_windows(running, slow)[-1]
        per_client_kib = max(with_slow.growth_kib / (STALLED + SLOW), with_downloads.growth_kib / DOWNLOADS)
        return Troubled(others, slow_one.slow_p99_ms / 1e3, per_client_kib / 1024, loaded_mb)

    def _walkers(self, contender: Contender, running: Running) -> AbstractContextManager[IO[str]]:
        return _load.started(
            running,
            windows=self.windows,
            secs=self.secs,
            settle=JOIN_SECS,
            walkers=WALKERS,
            scan_every=2,
            protocol=contender.protocol,
        )

    def _beside(
        self, contender: Contender, running: Running, **options: float
    ) -> AbstractContextManager[IO[str]]:
        """Run further clients; their one window ends after those of the walkers."""
        secs = JOIN_SECS + self.windows * self.secs
        return _load.started(running, windows=1, secs=secs, protocol=contender.protocol, **options)

    def _downloads(self, contender: Contender, running: Running) -> AbstractContextManager[IO[str]]:
        server = Running(contender.blob_port(running), running.pid)
        return _load.started(server, windows=1, secs=3600, downloads=DOWNLOADS, path=BLOB_PATH)


class Peak:
    """Watches the memory of a server until it is told to end."""

    def __init__(self, running: Running) -> None:
        self._running, self._ended = running, threading.Event()
        self._first_kib = self._highest_kib = running.memory_kib()
        self._watch = threading.Thread(target=self._look)
        self._watch.start()

    @classmethod
    @contextlib.contextmanager
    def of(cls, running: Running) -> Iterator[Peak]:
        """Watch as long as the block lasts."""
        peak = cls(running)
        try:
            yield peak
        finally:
            peak._ended.set()
            peak._watch.join()

    @property
    def growth_kib(self) -> float:
        """By how much it has been above what it was at first."""
        return self._highest_kib - self._first_kib

    def _look(self) -> None:
        while not self._ended.wait(LOOK_SECS):
            self._highest_kib = max(self._highest_kib, self._running.memory_kib())


def mb_per_sec(loads: IO[str]) -> float:
    """Return how fast downloads have been, from what they say each second."""
    os.set_blocking(loads.fileno(), False)
    said = [int(line) for line in loads.read().splitlines()]
    return said[-1] / len(said) / 1e6 if said else float("nan")


def figures_of(name: str, calm: Window, troubled: Troubled) -> dict[str, Figure]:
    """Return what stands in the report of one server."""
    return {
        f"{name}_calm_p99_ms": calm.p99_ms,
        f"{name}_troubled_p99_ms": troubled.others.p99_ms,
        f"{name}_calm_core": calm.core,
        f"{name}_troubled_core": troubled.others.core,
        f"{name}_calm_waited": calm.waited,
        f"{name}_troubled_waited": troubled.others.waited,
        f"{name}_others_ratio": troubled.others.p99_ms / calm.p99_ms,
        f"{name}_slow_age_s": troubled.slow_age_secs,
        f"{name}_client_mib": troubled.client_mib,
        f"{name}_downloads_mb_per_sec": troubled.loaded_mb_per_sec,
        f"{name}_closed": troubled.others.closed,
    }


def main() -> int:
    """Measure both servers and report."""
    options = read_options(__doc__ or "")
    stage = Stage(1, 3.0) if options.quick else Stage(3, 5.0)
    figures: dict[str, Figure] = {}
    reason = ""
    try:
        for name, contender in (("walkdown", ours), ("broadcast", broadcasting)):
            calm = stage.calm(contender())
            needed = calm.bytes_per_sec / WALKERS
            figures |= figures_of(name, calm, stage.troubled(contender(), needed))
    except NotMeasurable as error:
        reason = str(error)
    goals = [
        Goal(name=name, value=measured(figures, name), goal=goal, unit=unit, reason=reason)
        for name, goal, unit in (
            ("others_ratio", 1.5, "times"),
            ("slow_age_s", 2.0, "s"),
            ("client_mib", 1.0, "MiB"),
        )
    ]
    return report("slow_client", options=options, figures=figures, goals=goals, where=machine())


def measured(figures: dict[str, Figure], name: str) -> float | None:
    """Return our figure of a name, None without one."""
    value = figures.get(f"walkdown_{name}")
    return value if isinstance(value, float) else None


if __name__ == "__main__":
    sys.exit(main())
