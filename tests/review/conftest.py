"""Journeys through a whole review: a real server of the demo plant that can be killed, and real guests."""

from __future__ import annotations

import asyncio
import contextlib
import io
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import warm
from tests.client.conftest import QUICK
from walkdown_client.guest import Guest


class Plant:
    """``walkdown serve`` with the demo plant or some models, its data in a folder, on a port that stays."""

    def __init__(self, data: Path, port: int, models: tuple[Path, ...] = ()) -> None:
        self.data, self.url, self.port = data, f"ws://127.0.0.1:{port}/", port
        self._arguments = ["serve", *map(str, models), "--port", str(port), "--data", str(data)]
        self._process: warm.Process | None = None

    async def start(self) -> None:
        """Start, and return when it listens."""
        self._process = await warm.create_subprocess_exec(
            sys.executable, "-m", "walkdown", *self._arguments, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line.startswith(b"listening on ws://"), line

    async def kill(self) -> None:
        """Kill it as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def guest(self, name: str, url: str = "") -> contextlib.AbstractAsyncContextManager[Guest]:
        """Somebody who joins, quick to come back."""
        return Guest.join(url or self.url, name=name, kind="person", patience=QUICK)


@pytest.fixture
async def plant(tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[Plant]:
    made = Plant(tmp_path / "data", unused_tcp_port)
    await made.start()
    try:
        yield made
    finally:
        await made.kill()


def unzip(data: bytes, folder: Path) -> Path:
    """The files of a zip, in a folder."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(folder)
    return folder


def git(folder: Path, *arguments: str) -> str:
    """What git says in a folder."""
    command = [
        "git",
        "-c",
        "user.name=Ana",
        "-c",
        "user.email=ana@example.org",
        "-C",
        str(folder),
        *arguments,
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
