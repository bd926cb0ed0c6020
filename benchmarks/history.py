"""How long it takes to read a signal's past from a full ring of a big plant, and what keeping it costs.

200,000 signals of which 10 % change each second, as the server tells them: blocks over three ticks, each
block in full once a minute. The ring is filled with such segments to its default size; they repeat, with
later times. Then signals are read: all of the past, ten minutes and two, with the files in the system's cache
and without.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._harness import Figure, Goal, machine, read_options, report
from walkdown.signals import SignalTable
from walkdown.twin import Catalogue, Signal, Thing, make_catalogue
from walkdown_server.history.extraction import Interval
from walkdown_server.history.reading import KEY_SECS, Reading
from walkdown_server.history.records import Entry, Kind
from walkdown_server.history.ring import Ring
from walkdown_server.live import Live
from walkdown_server.telling import TICKS_PER_SEC

SIGNALS, CHANGING_PER_SEC = 200_000, 20_000
NS = 1_000_000_000
START_NS = 1_700_000_000 * NS
TICK_NS = NS // TICKS_PER_SEC
KEY_TICKS = round(KEY_SECS * TICKS_PER_SEC)
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


def fill(folder: Path, catalogue: Catalogue, limit_mb: int) -> dict[str, Figure]:
    """Fill the ring and return what a tick cost and how long the past is."""
    ring = open_ring(folder, catalogue, limit_mb)
    spent, ticks = 0.0, 0
    for time_ns, blocks in told(Live(catalogue, joint_count=0, now_ns=START_NS)):
        began = time.thread_time()
        entries = [Entry(Kind.BLOCKS, time_ns, blocks)]
        ring.gather(entries)
        ring.append(entries)
        spent, ticks = spent + time.thread_time() - began, ticks + 1
        if ring.is_full:
            break
    began = time.thread_time()
    gathered = ring._gathered  # noqa: SLF001 - the same segment is written again and again
    ring.seal()
    spent += time.thread_time() - began
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
        "write_us_per_tick": spent / ticks * 1e6,
        "write_core": spent / ticks * TICKS_PER_SEC,
    }


def told(live: Live) -> Iterator[tuple[int, bytes]]:
    """Yield what each tick tells."""
    rng = np.random.default_rng(1)
    blocks = len(live.table.blocks)
    for tick in range(1, 10**6):
        now_ns = START_NS + tick * TICK_NS
        rows = np.unique(rng.integers(0, SIGNALS, CHANGING_PER_SEC // TICKS_PER_SEC))
        live.write(rows, rng.normal(size=len(rows)), now_ns=now_ns)
        data = live.take_blocks(tick, now_ns=now_ns).data
        start, stop = (blocks * (step % KEY_TICKS) // KEY_TICKS for step in (tick - 1, tick))
        turn = np.arange(start, stop or blocks)
        yield now_ns, data + (live.full_blocks(turn, now_ns=now_ns) if len(turn) else b"")


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
