"""A server that is killed and started again, and writers beside it, each a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from tests.chaos.histories import Histories, read_journal, violations
from tests.ports import free_port
from tests.server.conftest import write_package_to

ROOT = Path(__file__).parents[2]
START_WITHIN_SECS = 60.0


@dataclass
class Stage:
    """Where a run happens; no server that was started outlives the block.

    Attributes:
        folder: for everything. port: on which the server listens, each time.
        listening_ns: when a server began to listen, each time, of a monotonic clock.
        before: command that the server is started by, for instance strace.
        arguments: more of the server's. environment: more of its environment.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    before: Sequence[str] = ()
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path = field(init=False)
    listening_ns: list[int] = field(default_factory=list)
    _started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_error: object) -> None:
        for server in self._started:
            kill(server)

    def __post_init__(self) -> None:
        self.log = self.folder / "server.log"
        self._package = write_package_to(self.folder / "package")

    @property
    def session(self) -> Path:
        """The folder of the session's journal."""
        return self.folder / "data" / "sessions" / "small"

    @property
    def url(self) -> str:
        """Where writers join."""
        return f"ws://127.0.0.1:{self.port}"

    def start(self, *, before: Sequence[str] | None = None) -> subprocess.Popen[str]:
        """Start the server and return without waiting for it."""
        command = [sys.executable, "-m", "walkdown", "serve", str(self._package), f"--port={self.port}"]
        command += [f"--data={self.folder / 'data'}", *self.arguments]
        with self.log.open("a", encoding="utf-8") as log:
            server = subprocess.Popen(
                [*(self.before if before is None else before), *command],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**_environment(self.folder), **self.environment},
                start_new_session=True,
            )
        self._started.append(server)
        return server

    def wait_until_it_listens(self, server: subprocess.Popen[str]) -> None:
        """Return when a server listens; fails with what it said when it ends before."""
        assert server.stdout
        assert server.stdout.readline().startswith("listening"), self.read_log()
        self.listening_ns.append(time.monotonic_ns())

    def read_log(self) -> str:
        """Return what the servers said so far."""
        return self.log.read_text(encoding="utf-8")


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which compiled code is kept, so that a server starts soon again."""
    kept = dict(os.environ)
    if kept.pop("PYTHONDONTWRITEBYTECODE", ""):
        kept["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    return kept


def kill(server: subprocess.Popen[str]) -> None:
    """Kill the server and all it has started, and let go of its pipe."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    if server.stdout:
        server.stdout.close()


@contextlib.contextmanager
def writers(stage: Stage, *, before: Sequence[str] = (), url: str = "", count: int = 8) -> Iterator[Writers]:
    """Let writers work as long as the block lasts."""
    out = stage.folder / f"writers-{time.monotonic_ns()}.msgpack"
    command = [*before, sys.executable, "-m", "tests.chaos.writers", url or stage.url, str(out)]
    process = subprocess.Popen([*command, f"--count={count}"], cwd=ROOT, start_new_session=True)
    there = Writers(process, out)
    try:
        yield there
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@dataclass
class Writers:
    """Writers at work."""

    process: subprocess.Popen[bytes]
    out: Path

    def finish(self, *, within_secs: float = 120.0) -> Histories:
        """Let them hear their last answers, and return what they did and saw."""
        self.process.terminate()
        code = self.process.wait(within_secs)
        assert code == 0, f"the writers ended with {code}"
        return msgspec.msgpack.decode(self.out.read_bytes(), type=Histories)


def judge(stage: Stage, histories: Histories, **counts: int) -> str:
    """Check what came out, and return the line that tells it; fails with what is wrong."""
    journal = read_journal(stage.session)
    faults = violations(histories, journal)
    assert not faults, f"{len(faults)} violations, the first: {faults[:5]}"
    times = resume_secs(stage, histories)
    told = {
        **counts,
        "acknowledged": histories.acknowledged,
        "records": len(journal),
        "resumes": len(times),
        "violations": 0,
    }
    words = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in told.items())
    return f"{words}; resume p50 {np.median(times):.2f} s, p95 {np.percentile(times, 95):.2f} s"


def resume_secs(stage: Stage, histories: Histories) -> npt.NDArray[np.float64]:
    """Return (n,) seconds from when a server could be reached again to each welcome; counts from the loss
    where the server was there all the time.
    """
    lost, back = np.array([pair for w in histories.writers for pair in w.resumed] or [(0, 0)]).T
    up = np.array([0, *sorted(stage.listening_ns)])
    since = np.maximum(lost, up[np.searchsorted(up, back) - 1])
    return np.asarray((back - since) / 1e9, np.float64)
