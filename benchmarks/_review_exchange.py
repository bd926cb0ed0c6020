"""What the others of a session feel while somebody brings in 5,000 topics as BCF and takes them out again.

A real server: the file is sent to it, read by its held-in process, compared, merged and written to disk;
then all topics are taken out as BCF 2.1, as 3.0 and as a report. Meanwhile ten people make a topic a second.
*Beside it* the same people do so while nobody brings anything. ``mib`` is the most that the server and its
processes together held at any time, less what the server held with the same people before; ``served_mib``
is all of it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _load, _review_bcf, _review_server
from benchmarks._harness import Figure, Goal
from benchmarks._load import NotMeasurable, Running
from walkdown.messages import ExportFormat
from walkdown_client.guest import Guest

PEOPLE = 10
ALONE_SECS, BUSY_SECS = 10.0, 30.0
SAMPLE_SECS = 0.02
FORMATS: tuple[ExportFormat, ...] = ("bcf-2.1", "bcf-3.0", "html")
GOALS = (Goal(name="mib", value=None, goal=300, unit="MiB"),)


def _held_mib(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:  # it has ended
        return 0.0
    return float(status.partition("VmRSS:")[2].split()[0]) / 1024 if "VmRSS:" in status else 0.0


class Watch(threading.Thread):
    """Notes the most that a server alone, and with all its processes, holds."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._ended = pid, threading.Event()
        self.server_mib = self.all_mib = 0.0

    def run(self) -> None:
        """Look until told to stop."""
        while not self._ended.wait(SAMPLE_SECS):
            held = [_held_mib(pid) for pid in _load.family(self._pid)]
            self.server_mib, self.all_mib = max(self.server_mib, held[0]), max(self.all_mib, sum(held))

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        self.join()


@dataclass
class Session:
    """A server with people in it, and what was found of it."""

    running: Running
    figures: dict[str, Figure]
    pool: ThreadPoolExecutor

    def meanwhile(self, name: str, secs: float) -> Callable[[], Awaitable[None]]:
        """Let people work for so long; returns what waits for them and notes how soon they were told."""
        loop = asyncio.get_running_loop()
        working = loop.run_in_executor(self.pool, self._play, secs)

        async def noted() -> None:
            found = await working
            for figure in ("ack_p95_ms", "seen_p95_ms"):
                self.figures[f"{name}_{figure}"] = found[figure]

        return noted

    def _play(self, secs: float) -> dict[str, float]:
        return _review_server.play(self.running, "topics", secs, people=PEOPLE)

    async def alone(self, secs: float) -> None:
        """Let people work while nothing else happens."""
        await self.meanwhile("alone", secs)()

    async def bring(self, guest: Guest, file: Path, *, secs: float) -> None:
        """Bring a file in while people work."""
        noted = self.meanwhile("importing", secs)
        began, planned = time.perf_counter(), [0.0]

        def on_plan(_plan: object) -> tuple[str, ...]:
            planned[0] = time.perf_counter() - began
            return ()

        await guest.bring_topics(file, on_plan=on_plan)
        self.figures["served_import_s"] = time.perf_counter() - began
        self.figures["served_plan_s"] = planned[0]
        await noted()

    async def take_out(self, guest: Guest, form: ExportFormat, *, secs: float) -> None:
        """Take everything out while people work."""
        noted = self.meanwhile(f"exporting_{form}", secs)
        began = time.perf_counter()
        await guest.export(form)
        self.figures[f"served_{form}_s"] = time.perf_counter() - began
        await noted()


async def _all_of_it(running: Running, file: Path, figures: dict[str, Figure], *, secs: float) -> None:
    url = f"ws://127.0.0.1:{running.port}/"
    with ThreadPoolExecutor(1) as pool:
        session = Session(running, figures, pool)
        async with Guest.join(url, name="Coordinator", within_secs=_review_server.PATIENCE_SECS) as guest:
            await session.alone(min(secs, ALONE_SECS))
            figures["idle_mib"] = _held_mib(running.pid)
            await session.bring(guest, file, secs=secs)
            for form in FORMATS:
                await session.take_out(guest, form, secs=secs)


def measure(*, quick: bool) -> tuple[dict[str, Figure], list[Goal]]:
    """Return what was found; a quick run has a tenth of the topics."""
    topics = _review_bcf.QUICK_TOPICS if quick else _review_bcf.TOPICS
    figures: dict[str, Figure] = {"exchange_topics": topics}
    with tempfile.TemporaryDirectory(prefix="walkdown-exchange-") as folder:
        file = Path(folder, "large.bcf")
        _review_bcf.make(file, topics)
        script = str(_load.HERE / "_reviewed_server.py")
        command = [sys.executable, script, "--data", str(Path(folder, "data")), "--topics", "0"]
        try:
            with _load.server(command, core=None) as running:
                watch = Watch(running.pid)
                watch.start()
                asyncio.run(_all_of_it(running, file, figures, secs=5.0 if quick else BUSY_SECS))
                watch.stop()
        except NotMeasurable as error:
            return figures, [replace(goal, reason=str(error)) for goal in GOALS]
    figures |= {"served_server_mib": watch.server_mib, "served_mib": watch.all_mib}
    added_mib = watch.all_mib - float(figures["idle_mib"])
    return figures, [replace(goal, value=added_mib) for goal in GOALS]


if __name__ == "__main__":
    from benchmarks._harness import machine, read_options, report

    options = read_options(__doc__ or "")
    found, goals = measure(quick=options.quick)
    sys.exit(report("review_exchange", options=options, figures=found, goals=goals, where=machine()))
