"""A real MQTT broker on a free loopback port, and a sink that remembers."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.ports import free_port
from walkdown.twin import GOOD
from walkdown_server.sources import SourceState

NO_MOSQUITTO = "mosquitto is not installed"
PATIENCE_SECS = 20.0
USER, PASSWORD = "plant", "let me in"


@dataclass(slots=True)
class FakeSink:
    """Remembers what a source delivers; ``until`` waits for something without a clock."""

    writes: list[dict[int, tuple[float, int, int | None]]] = field(default_factory=list)
    texts: list[tuple[int, str, int]] = field(default_factory=list)
    states: list[tuple[SourceState, str]] = field(default_factory=list)
    moves: list[tuple[list[int], list[float]]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def write(
        self,
        indices: npt.ArrayLike,
        values: npt.ArrayLike,
        *,
        quality: npt.ArrayLike = GOOD,
        times_ns: npt.ArrayLike | None = None,
    ) -> None:
        rows = np.asarray(indices).tolist()
        numbers = np.asarray(values, np.float64).tolist()
        levels = np.broadcast_to(np.asarray(quality), len(rows)).tolist()
        times = [None] * len(rows) if times_ns is None else np.broadcast_to(times_ns, len(rows)).tolist()
        self.writes.append(dict(zip(rows, zip(numbers, levels, times, strict=True), strict=True)))
        self.changed.set()

    def text(self, index: int, value: str, *, quality: int = GOOD, time_ns: int | None = None) -> None:
        self.texts.append((index, value, quality))
        self.changed.set()

    def joints(self, indices: npt.ArrayLike, values: npt.ArrayLike) -> None:
        self.moves.append((np.asarray(indices).tolist(), np.asarray(values).tolist()))

    def status(self, state: SourceState, text: str = "") -> None:
        self.states.append((state, text))
        self.changed.set()

    def now_ns(self) -> int:
        return 1_000_000_000

    def disturbances(self) -> frozenset[str]:
        return frozenset({"jam"})

    @property
    def state(self) -> tuple[SourceState, str]:
        """The newest status."""
        return self.states[-1] if self.states else ("connecting", "")

    def newest(self) -> dict[int, tuple[float, int, int | None]]:
        """Returns the newest value of each signal."""
        return {index: row for write in self.writes for index, row in write.items()}

    async def until(self, holds: Callable[[], Any]) -> None:
        """Waits until something holds; fails when it never does."""
        async with asyncio.timeout(PATIENCE_SECS):
            while not holds():
                await self.changed.wait()
                self.changed.clear()


@dataclass(slots=True)
class Mosquitto:
    """A broker that can be stopped and started again at the same port."""

    folder: Path
    port: int
    secret: bool = False
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        lines = [f"listener {self.port} 127.0.0.1", "persistence false", f"user {getpass.getuser()}"]
        if self.secret:
            passwords = self.folder / "passwords"
            subprocess.run(
                ["mosquitto_passwd", "-b", "-c", str(passwords), USER, PASSWORD],
                check=True,
                capture_output=True,
            )
            passwords.chmod(0o644)
            lines += ["allow_anonymous false", f"password_file {passwords}"]
        else:
            lines.append("allow_anonymous true")
        config = self.folder / "mosquitto.conf"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        program = _program()
        assert program
        self.process = subprocess.Popen(
            [program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._await_port()

    def _await_port(self) -> None:
        while True:
            assert self.process is not None
            assert self.process.poll() is None, "mosquitto ended at once"
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def _program() -> str | None:
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")


def _broker(folder: Path, *, secret: bool) -> Iterator[Mosquitto]:
    if _program() is None:
        pytest.skip(NO_MOSQUITTO)
    broker = Mosquitto(folder, free_port(), secret)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that lets anybody in."""
    yield from _broker(tmp_path, secret=False)


@pytest.fixture
def secret_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that asks for a password."""
    yield from _broker(tmp_path, secret=True)


@pytest.fixture
def sink() -> FakeSink:
    return FakeSink()
