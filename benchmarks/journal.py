"""How long a thousand changes a second wait until they are on disk and their authors know it.

Eighty clients change notes of their own through the real server, on the disk of this machine; an answer
counts when its author has received it. What all others are told of each change is part of the server's work.
SQLite (WAL, ``synchronous=FULL``) keeps records of the same size in a process of its own without any network:
one transaction each, and everything that waits in one transaction, which is what our journal does.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _load
from benchmarks._harness import Figure, Goal, machine, read_options, report
from benchmarks._load import NotMeasurable

WRITERS, PER_SEC = 80, 1000
RECORD = os.urandom(200)
SYNCS = 200
ON_DISK = Path("/var/tmp")  # noqa: S108 - where folders of our own are made; /tmp may lie in memory


def main() -> int:
    """Measure the server and SQLite, and report."""
    options = read_options(__doc__ or "")
    windows, secs = (1, 3.0) if options.quick else (5, 4.0)
    figures: dict[str, Figure] = {"operations_per_sec": PER_SEC}
    reason = ""
    with disk_folder() as folder:
        figures["sync_p50_ms"], figures["sync_p99_ms"] = time_syncs(folder)
        try:
            figures |= measure_server(folder, windows, secs)
        except NotMeasurable as error:
            reason = str(error)
        figures |= measure_sqlite("sqlite_each", folder, one_by_one, secs=secs)
        figures |= measure_sqlite("sqlite_group", folder, everything, secs=secs)
    value = figures.get("ack_p99_ms")
    measured = value if isinstance(value, float) else None
    goals = [Goal(name="ack_p99_ms", value=measured, goal=50, unit="ms", reason=reason)]
    return report("journal", options=options, figures=figures, goals=goals, where=machine())


@contextlib.contextmanager
def disk_folder() -> Iterator[Path]:
    """Give a folder on a disk that is one."""
    with tempfile.TemporaryDirectory(prefix="walkdown-", dir=ON_DISK if ON_DISK.is_dir() else None) as folder:
        yield Path(folder)


def time_syncs(folder: Path) -> tuple[float, float]:
    """Return p50 and p99 in ms of appending a record and having it synced: what the disk itself needs."""
    took = []
    with (folder / "syncs").open("ab", buffering=0) as file:
        for _sync in range(SYNCS):
            began = time.perf_counter()
            file.write(RECORD)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return percentiles(took)


def percentiles(took_secs: list[float]) -> tuple[float, float]:
    """Return p50 and p99 in ms."""
    p50, p99 = np.percentile(np.array(took_secs) * 1e3, (50, 99))
    return float(p50), float(p99)


def measure_server(folder: Path, windows: int, secs: float) -> dict[str, Figure]:
    """Return what our server does."""
    with _load.house(people=WRITERS, more=["--data", str(folder / "house")]) as running:
        found = _load.measure(
            running,
            windows=windows,
            secs=secs,
            walkers=WRITERS,
            hz=PER_SEC / WRITERS,
            protocol="walkdown-notes",
        )
    middle = _load.with_poses(found)
    if any(window.refused for window in found):
        raise NotMeasurable("the server refused some of the changes")
    return {
        "acks_per_sec": middle.poses,
        "ack_p50_ms": middle.p50_ms,
        "ack_p99_ms": middle.p99_ms,
        "ack_p99_worst_window_ms": max(window.p99_ms for window in found),
        "server_core": middle.core,
        "server_waited": middle.waited,
        "server_us_per_ack": middle.us_per_pose,
    }


# ---- SQLite -----------------------------------------------------------------------------------------------

Waiting = queue.SimpleQueue[float | None]
"""When each record came that waits; None is the end."""

Take = Callable[[Waiting], list[float | None]]


def one_by_one(waiting: Waiting) -> list[float | None]:
    """Return what the next transaction takes: one record."""
    return [waiting.get()]


def everything(waiting: Waiting) -> list[float | None]:
    """Return what the next transaction takes: all that waits."""
    taken = [waiting.get()]
    while taken[-1] is not None and not waiting.empty():
        taken.append(waiting.get())
    return taken


def measure_sqlite(name: str, folder: Path, take: Take, *, secs: float) -> dict[str, Figure]:
    """Return how long records wait that come at the same rate, for as long as one window."""
    waiting: Waiting = queue.SimpleQueue()
    took: list[float] = []
    writer = threading.Thread(
        target=write, args=(folder / f"{name}.db", waiting, take), kwargs={"took": took}
    )
    writer.start()
    began = time.perf_counter()
    for number in range(round(secs * PER_SEC)):
        time.sleep(max(0.0, began + number / PER_SEC - time.perf_counter()))
        waiting.put(time.perf_counter())
    waiting.put(None)
    writer.join()
    p50, p99 = percentiles(took)
    lasted = time.perf_counter() - began
    return {f"{name}_p50_ms": p50, f"{name}_p99_ms": p99, f"{name}_per_sec": len(took) / lasted}


def write(path: Path, waiting: Waiting, take: Take, *, took: list[float]) -> None:
    """Write what waits until the end comes, and note how long each record waited."""
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute("CREATE TABLE journal (number INTEGER PRIMARY KEY, record BLOB)")
    ended = False
    while not ended:
        group = take(waiting)
        ended = group[-1] is None
        came = [moment for moment in group if moment is not None]
        base.execute("BEGIN IMMEDIATE")
        base.executemany("INSERT INTO journal (record) VALUES (?)", [(RECORD,)] * len(came))
        base.execute("COMMIT")
        took += [time.perf_counter() - moment for moment in came]
    base.close()


if __name__ == "__main__":
    sys.exit(main())
