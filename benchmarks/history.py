"""How long it takes to read a signal's past from a full ring of a big plant, and what keeping it costs.

200,000 signals of which 10 % change each second and 300 people who walk, as the server tells them: blocks
over three ticks, each block in full once a minute, poses five times a second. The ring is filled with such
segments to its default size; they repeat, with later times. Then signals are read: all of the past, ten
minutes and two, with the files in the system's cache and without.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._harness import Figure, Goal, machine, read_options, report
from walkdown.codec import pack_poses
from walkdown.signals import SignalTable
from walkdown.twin import Catalogue, Signal, Thing, make_catalogue
from walkdown_server.history.extraction import Interval
from walkdown_server.history.poses import Moved
from walkdown_server.history.reading import Reading
from walkdown_server.history.recorder import Recorder
from walkdown_server.history.records import Entry, Kind
from walkdown_server.history.ring import Ring
from walkdown_server.history.tap import Tap
from walkdown_server.ticks.interest import Crowd
from walkdown_server.ticks.live import Live
from walkdown_server.ticks.telling import TICKS_PER_SEC, Telling

SIGNALS, CHANGING_PER_SEC, WALKERS = 200_000, 20_000, 300
NS = 1_000_000_000
START_NS = 1_700_000_000 * NS
TICK_NS = NS // TICKS_PER_SEC
SPANS_SECS = {"all": 10**6, "10_min": 600, "2_min": 120}
READS = 12


def main() -> int:
    """Fill a ring, read it, and report."""
    options = read_options(__doc__ or "")
    limit_mb = 64 if options.quick else 512
    catalogue = plant()
    with tempfile.TemporaryDirectory(prefix="walkdown-") as folder:
        figures = fill(Path(folder), catalogue, limit_mb)
        figures |= read(Path(folder), catalogue, limit_mb)
    worst = max(float(figures[f"{name}_all_p95_ms"] or 0) for name in ("warm", "cold"))
    goals = [Goal(name="history_read_ms", value=worst, goal=100, unit="ms")]
    return report("history", options=options, figures=figures, goals=goals, where=machine())


def plant() -> Catalogue:
    """Return a catalogue of one kind of signal."""
    signals = tuple(Signal(f"s{number}", "t", f"s{number}") for number in range(SIGNALS))
    return make_catalogue(1, things=(Thing("t", "Plant"),), signals=signals)


def open_ring(folder: Path, catalogue: Catalogue, limit_mb: int) -> Ring:
    """Open the ring as a server does."""
    data = msgspec.msgpack.encode(catalogue)
    return Ring(
        folder,
        catalogue=hashlib.sha256(data).digest(),
        catalogue_bytes=zstandard.ZstdCompressor(level=1).compress(data),
        limit_bytes=limit_mb * 1_000_000,
    )


class Keeper:
    """Takes what the tap hands over and writes it, as the recorder's thread does.

    Attributes:
        ring: into which it is written. secs: CPU time of writing.
    """

    def __init__(self, ring: Ring) -> None:
        self.ring, self.secs = ring, 0.0
        self._moved = Moved()

    def keep(self, time_ns: int, blocks: bytes, poses: bytes) -> None:
        """Write what a tick told."""
        began = time.thread_time()
        entries = [Entry(Kind.BLOCKS, time_ns, blocks)]
        if poses:
            entries.append(Entry(Kind.POSES, time_ns, self._moved.take(poses)))
        self.ring.gather(entries)
        self.ring.append(entries)
        self.secs += time.thread_time() - began


def fill(folder: Path, catalogue: Catalogue, limit_mb: int) -> dict[str, Figure]:
    """Fill the ring and return what a tick cost and how long the past is."""
    ring = open_ring(folder, catalogue, limit_mb)
    keeper = Keeper(ring)
    ticks, tap_secs = run_until_full(keeper, catalogue)
    began = time.thread_time()
    gathered = ring._gathered  # noqa: SLF001 - the same segment is written again and again
    ring.seal()
    write_secs = keeper.secs + time.thread_time() - began
    span_ns = gathered.last_ns - gathered.first_ns + TICK_NS
    size = ring.segments[0].size
    while ring.size_bytes + 2 * gathered.size + size < limit_mb * 1_000_000:
        gathered.first_ns, gathered.last_ns = gathered.first_ns + span_ns, gathered.last_ns + span_ns
        ring.segments = (*ring.segments, ring._write_segment(gathered))  # noqa: SLF001
    ring.close()
    return {
        "ring_mb": ring.size_bytes / 1e6,
        "reaches_back_min": (ring.newest_ns - ring.oldest_ns) / NS / 60,
        "bytes_per_tick": size / ticks,
        "tick_us": tap_secs / ticks * 1e6,
        "write_us_per_tick": write_secs / ticks * 1e6,
        "core": (tap_secs + write_secs) / ticks * TICKS_PER_SEC,
    }


def run_until_full(keeper: Keeper, catalogue: Catalogue) -> tuple[int, float]:
    """Run a house with walkers; returns ticks, and the CPU seconds that handing them over took."""
    live, crowd = Live(catalogue, joint_count=0, now_ns=START_NS), Crowd(capacity=WALKERS)
    telling = Telling(live, crowd)
    tap = Tap(cast(Recorder, keeper), live, crowd)
    rng, spent, ticks = np.random.default_rng(1), 0.0, 0
    for row in range(WALKERS):
        crowd.enter(row, row + 1)
    while not keeper.ring.is_full:
        ticks += 1
        now_ns = START_NS + ticks * TICK_NS
        rows = np.unique(rng.integers(0, SIGNALS, CHANGING_PER_SEC // TICKS_PER_SEC))
        live.write(rows, rng.normal(size=len(rows)), now_ns=now_ns)
        poses = pack_poses(
            np.zeros(WALKERS), rng.random((WALKERS, 3)) * 50, np.tile([1.0, 0, 0, 0], (WALKERS, 1))
        )
        for row in range(WALKERS):
            crowd.place(row, poses[row].tobytes(), now_ns=now_ns)
        told = telling.next(now_ns)
        before, began = keeper.secs, time.thread_time()
        tap(told)
        spent += time.thread_time() - began - (keeper.secs - before)
    return ticks, spent


def read(folder: Path, catalogue: Catalogue, limit_mb: int) -> dict[str, Figure]:
    """Read signals as a server that was just started does."""
    began = time.perf_counter()
    ring = open_ring(folder, catalogue, limit_mb)
    figures: dict[str, Figure] = {"open_ms": (time.perf_counter() - began) * 1e3}
    reading = Reading(ring, catalogue=ring.segments[0].catalogue, table=SignalTable(catalogue.signals))
    for name, secs in SPANS_SECS.items():
        interval = Interval(ring.newest_ns - secs * NS, ring.newest_ns)
        for cache in ("warm", "cold"):
            took = []
            for number in range(READS):
                if cache == "cold":
                    forget(folder)
                took.append(time_read(reading, interval, number))
            figures[f"{cache}_{name}_p95_ms"] = float(np.percentile(took[1:], 95))
    ring.close()
    return figures


def time_read(reading: Reading, interval: Interval, number: int) -> float:
    """Return how many ms a read took."""
    signal = f"s{number * 7919 % SIGNALS}"
    began = time.perf_counter()
    reading.series(signal, interval, points=500)
    return (time.perf_counter() - began) * 1e3


def forget(folder: Path) -> None:
    """Have the system forget what it holds of the files, where it can be asked to."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in folder.glob("*.seg"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    sys.exit(main())
