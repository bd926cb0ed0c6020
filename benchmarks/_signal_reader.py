"""A client of ours in a process of its own that tells how old values are when it has received them.

    python benchmarks/_signal_reader.py URL

Says ``ready`` when it knows all values. Then a line with a number makes it watch for so many seconds and
answer with one line of JSON: ages in milliseconds, from the source's call inside the server until this
client holds the value, decoded. It looks every two milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._house_server import STAMP_EVERY, STAMP_TURN_MS, stamp_ms
from walkdown_client.guest import Guest

LOOK_SECS = 0.002


async def watch(guest: Guest, secs: float) -> npt.NDArray[np.float64]:
    """Return the ages of all stamps (n,) that came within so many seconds, in ms."""
    stamps = guest.world.signals.values["f32"][::STAMP_EVERY]
    known, ages = stamps.copy(), []
    loop = asyncio.get_running_loop()
    end = loop.time() + secs
    while loop.time() < end:
        await asyncio.sleep(LOOK_SECS)
        new = np.flatnonzero(stamps != known)
        if len(new):
            ages.append((stamp_ms() - stamps[new].astype(np.float64)) % STAMP_TURN_MS)
            known[new] = stamps[new]
    return np.concatenate(ages) if ages else np.zeros(0)


async def read(url: str) -> None:
    """Join, and watch whenever told to."""
    async with Guest.join(url, name="Reader") as guest:
        while not np.isfinite(guest.world.signals.values["f32"]).all():  # noqa: ASYNC110 - arrays tell nobody
            await asyncio.sleep(LOOK_SECS)
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            ages = await watch(guest, float(line))
            p50, p95 = np.percentile(ages, (50, 95)) if len(ages) else (-1.0, -1.0)
            print(json.dumps({"p50_ms": p50, "p95_ms": p95, "values": len(ages)}), flush=True)


if __name__ == "__main__":
    asyncio.run(read(sys.argv[1]))
