"""A server that people come to, write in and leave for an hour needs no more memory than before."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from walkdown_client.guest import Guest

ROOT = Path(__file__).parents[2]
MINUTES = float(os.environ.get("WALKDOWN_SOAK_MINUTES", "60"))
WARM_UP = 0.25
"""Share of the time in which caches and histories fill; it does not count."""

PARTS = 4
SAMPLE_SECS = 5.0
VISITORS = 4
BOTS = 20
NOTES_EACH = 3
GROWTH_MB_PER_HOUR = 1.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(MINUTES * 60 + 300)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process needs in /proc")
async def test_an_hour_of_coming_writing_and_going_needs_no_more_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WALKDOWN_SOAK_MINUTES", raising=False)
    ends = time.monotonic() + MINUTES * 60
    with demo_server(tmp_path) as (url, server), bots(url):
        visits = [asyncio.create_task(visit_again_and_again(url, n, ends)) for n in range(VISITORS)]
        samples = await watch(server.pid, ends)
        counts = await asyncio.gather(*visits)
    slope = growth_mb_per_hour(samples)
    with capsys.disabled():
        told = f"{MINUTES:.0f} min, {sum(counts):,} visits, {samples[-1, 1]:.1f} MB, {slope:+.2f} MB/h"
        print(f"\nsoak: {told}")  # noqa: T201 - the figures are the result
    assert slope < GROWTH_MB_PER_HOUR


@contextlib.contextmanager
def demo_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The demo plant, served by a process of its own."""
    command = [sys.executable, "-m", "walkdown", "serve", "--demo", "--port=0", f"--data={folder / 'data'}"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        yield server.stdout.readline().split()[2], server
    finally:
        server.terminate()
        server.communicate(timeout=20)


@contextlib.contextmanager
def bots(url: str) -> Iterator[None]:
    """Bots that walk all the time."""
    command = [sys.executable, "-m", "walkdown", "bot", url, f"--count={BOTS}"]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


async def visit_again_and_again(url: str, number: int, ends: float) -> int:
    """Come, write, walk, remove what was written, and go; returns how often."""
    visits = 0
    while time.monotonic() < ends:
        async with Guest.join(url, name=f"Visitor {number}") as guest:
            notes = [await guest.put_note(f"note {n}", point=(1, 2, 3)) for n in range(NOTES_EACH)]
            await guest.walk([(12, 2.9), (14, 2.9)])
            for note in notes:
                await guest.remove_note(note)
        visits += 1
    return visits


async def watch(pid: int, ends: float) -> npt.NDArray[np.float64]:
    """Return (n, 2): seconds, and what the process needs in MB."""
    samples = []
    while time.monotonic() < ends:
        await asyncio.sleep(SAMPLE_SECS)
        samples.append((time.monotonic(), resident_mb(pid)))
    return np.array(samples)


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB, without pages of files."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1000


def growth_mb_per_hour(samples: npt.NDArray[np.float64]) -> float:
    """Return how fast the least grows that was needed in each part of the time, after the warm-up.

    What is gathered for the next segment of the past fills and empties again within each part.
    """
    counted = samples[int(len(samples) * WARM_UP) :]
    least = np.array([part[part[:, 1].argmin()] for part in np.array_split(counted, PARTS)])
    slope, _base = np.polyfit(least[:, 0], least[:, 1], 1)
    return float(slope * 3600)
