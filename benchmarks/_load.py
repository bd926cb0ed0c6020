"""Builds the load generator, runs it against a server and takes the server's processor time.

``python benchmarks/_load.py --walkers 300 --signals 200000`` measures our server alone, for who works on it.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import IO

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

HERE = Path(__file__).resolve().parent
LOAD = HERE / "load"
WITH_TLS = ("-DWITH_TLS", "-lssl", "-lcrypto")
ROOM_CORE, GENERATOR_CORE = 1, 0
"""Where there are two cores the server has one to itself."""


class NotMeasurable(Exception):
    """What a measurement needs is not here; the text says what."""


@dataclass(frozen=True)
class Window:
    """What one window of a run showed: medians over all windows when made by :func:`middle`.

    Attributes:
        core: the server's share of one core.
        waited: the share of time that others kept it from its core; with much of that, delays say nothing.
        poses: delivered poses a second. us_per_pose: the server's processor time for each.
        frames, bytes_per_sec: received by all in a second.
        p50_ms, p99_ms: from a pose's stamp at its sender until another client has it.
        slow_p99_ms: the same at a client that reads slowly, for the newest pose of each frame; NaN if none.
        sent: poses sent in a second. late: those sent too late because the generator was kept waiting.
        refused: operations that were not taken. closed: connections that the server closed.
        spoken, voices: packets of voice sent and received in a second. voice_p50_ms, voice_p99_ms: between.
    """

    core: float
    waited: float
    poses: float
    us_per_pose: float
    frames: float
    bytes_per_sec: float
    p50_ms: float
    p99_ms: float
    slow_p99_ms: float
    sent: float
    late: float
    refused: float
    closed: float
    generator_core: float
    spoken: float = 0.0
    voices: float = 0.0
    voice_p50_ms: float = float("nan")
    voice_p99_ms: float = float("nan")


def middle(windows: Sequence[Window]) -> Window:
    """Return the median of each figure."""
    return Window(*(median(column) for column in zip(*(vars(w).values() for w in windows), strict=True)))


# ---- programs -------------------------------------------------------------------------------------------


@cache
def built(name: str, *more: str) -> Path:
    """Return the program of a C file in ``load``, built.

    Args:
        more: for the compiler.

    Raises:
        NotMeasurable: there is no C compiler, or it cannot build it.
    """
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        raise NotMeasurable("the load generator needs Linux and a C compiler (cc)")
    folder = tempfile.mkdtemp(prefix="walkdown-load-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    program = Path(folder) / name
    command = [compiler, "-O2", "-o", str(program), str(LOAD / f"{name}.c"), "-lm", *more]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise NotMeasurable(f"cc could not build {name}.c: {made.stderr.strip()[:200]}")
    return program


def pinned(core: int) -> list[str]:
    """Return what makes a command run on one core alone, nothing where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[core])] if len(cores) > 1 and shutil.which("taskset") else []


@dataclass(frozen=True)
class Running:
    """A server that runs: its port, its process, and what it said before it said the port."""

    port: int
    pid: int
    said: tuple[str, ...] = ()

    def cpu_secs(self) -> float:
        """Return the processor time of its process and of all below it."""
        return self.times_secs()[0]

    def times_secs(self) -> tuple[float, float]:
        """Return how long they have been running, and how long they have waited for a processor."""
        times = [_times_secs(pid) for pid in family(self.pid)]
        return sum(ran for ran, _waited in times), sum(waited for _ran, waited in times)

    def memory_kib(self) -> float:
        """Return how much memory its process holds."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return float(status.partition("VmRSS:")[2].split()[0])


@contextlib.contextmanager
def server(
    command: Sequence[str], *, cwd: Path | None = None, core: int | None = ROOM_CORE
) -> Iterator[Running]:
    """Run a server until the block ends, on a core of its own unless ``core`` is None.

    It says ``listening on PORT`` first.
    """
    environment = {**os.environ, "NODE_ENV": "production"}
    with subprocess.Popen(
        [*(pinned(core) if core is not None else ()), *command],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield _running(process)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _running(process: subprocess.Popen[str]) -> Running:
    said: list[str] = []
    for line in process.stdout or ():
        if line.startswith("listening on "):
            return Running(int(line.split()[2]), process.pid, tuple(said))
        said.append(line)
    raise NotMeasurable("the server ended before it listened")


@contextlib.contextmanager
def house(
    *, people: int, signals: int = 0, changing: float = 0.1, more: Sequence[str] = ()
) -> Iterator[Running]:
    """Run our server, see ``_house_server``."""
    with tempfile.TemporaryDirectory(prefix="walkdown-house-") as folder:
        command = [sys.executable, str(HERE / "_house_server.py"), "--data", folder]
        command += ["--people", str(people), "--signals", str(signals), "--changing", str(changing), *more]
        with server(command) as running:
            yield running


# ---- measuring ------------------------------------------------------------------------------------------


def measure(running: Running, *, windows: int = 3, secs: float = 4.0, **options: float | str) -> list[Window]:
    """Let the generator loose on a server and return what each window showed.

    Args:
        options: of the generator, for instance ``walkers=300, scan_every=10``.

    Raises:
        NotMeasurable: there is no generator, or it could not bring its clients in.
    """
    with started(running, windows=windows, secs=secs, **options) as output:
        return read_windows(running, output)


@contextlib.contextmanager
def started(running: Running, *, windows: int, secs: float, **options: float | str) -> Iterator[IO[str]]:
    """Run the generator as long as the block lasts, and give what it says from when all are in."""
    given = {"port": running.port, "windows": windows, "seconds": secs, **options}
    program, *flags = _generator_for(running)
    command = [*pinned(GENERATOR_CORE), program, *flags]
    for name, value in given.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith("joined") or process.stdout is None:
                said = process.stderr.read() if process.stderr else ""
                raise NotMeasurable(f"the clients could not join: {said.strip()[:300]}")
            yield process.stdout
        finally:
            process.kill()


def _generator_for(running: Running) -> list[str]:
    """Return the generator, with what an encrypted server wants."""
    for line in running.said:
        if line.startswith("invitation "):
            return [str(built("generator", *WITH_TLS)), "--tls", "--invite", line.split()[1]]
    return [str(built("generator"))]


def read_windows(running: Running, output: IO[str]) -> list[Window]:
    """Return the windows of a generator that has just been started."""
    found: list[Window] = []
    began = ended = (0.0, 0.0)
    for line in output:
        if line == "begin\n":
            began = running.times_secs()
        elif line == "end\n":
            ended = running.times_secs()
        elif line.startswith("{"):
            found.append(_window(json.loads(line), ended[0] - began[0], ended[1] - began[1]))
    if not found:
        raise NotMeasurable("the load generator ended before its first window")
    return found


def with_poses(windows: Sequence[Window]) -> Window:
    """Return the median of windows in all of which something arrived.

    Raises:
        NotMeasurable: in one of them nothing did.
    """
    if not all(window.poses for window in windows):
        raise NotMeasurable("nothing arrived at those who wait for poses; see what the server says")
    return middle(windows)


def _window(said: dict[str, float], used_secs: float, waited_secs: float) -> Window:
    secs = said["seconds"]
    return Window(
        core=used_secs / secs,
        waited=waited_secs / secs,
        poses=said["poses"] / secs,
        us_per_pose=used_secs * 1e6 / said["poses"] if said["poses"] else float("nan"),
        frames=said["frames"] / secs,
        bytes_per_sec=said["bytes"] / secs,
        p50_ms=said["p50_ms"],
        p99_ms=said["p99_ms"],
        slow_p99_ms=said["slow_p99_ms"] if said["slow_frames"] else float("nan"),
        sent=said["sent"] / secs,
        late=said["late"] / secs,
        refused=said["refused"],
        closed=said["closed"],
        generator_core=said["generator_core"],
        spoken=said["spoken"] / secs,
        voices=said["voices"] / secs,
        voice_p50_ms=said["voice_p50_ms"],
        voice_p99_ms=said["voice_p99_ms"],
    )


# ---- accounting -----------------------------------------------------------------------------------------


def family(pid: int) -> Iterator[int]:
    """Yield a process and all below it, whichever of its threads has started them."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = children.read_text(encoding="utf-8").split()
        except OSError:  # the thread has ended
            continue
        for child in found:
            yield from family(int(child))


def _times_secs(pid: int) -> tuple[float, float]:
    """Return how long the threads of a process have been running, and ready but not running."""
    ran_ns = waited_ns = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            ran, waited, _slices = task.read_text(encoding="utf-8").split()
            ran_ns += int(ran)
            waited_ns += int(waited)
    return ran_ns / 1e9, waited_ns / 1e9


def main() -> None:
    """Measure our server once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signals", type=int, default=0)
    parser.add_argument("--changing", type=float, default=0.1, help="share of the signals each second")
    parser.add_argument("--walkers", type=int, default=300)
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--secs", type=float, default=4.0)
    given = parser.parse_args()
    scan_every = max(1, given.walkers // 100)
    with house(people=given.walkers, signals=given.signals, changing=given.changing) as running:
        windows = measure(
            running, windows=given.windows, secs=given.secs, walkers=given.walkers, scan_every=scan_every
        )
        for name, value in {**vars(middle(windows)), "memory_mib": running.memory_kib() / 1024}.items():
            print(f"{name:16s} {value:,.3f}")


if __name__ == "__main__":
    main()
