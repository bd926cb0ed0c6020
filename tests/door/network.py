"""Two machines on one cable: network namespaces joined by a pair of virtual Ethernet devices."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

NO_NAMESPACES = "network namespaces and TUN devices need root on Linux"
COMMAND_SECS = 20
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Machine:
    """One of them.

    Attributes:
        space: name of its network namespace. address: on the cable. home: folder of its user.
    """

    space: str
    address: str
    home: Path

    def command(self, arguments: Sequence[str]) -> list[str]:
        """Return the command that runs a program on this machine."""
        return ["ip", "netns", "exec", self.space, *arguments]

    def run(
        self, *arguments: str, said: str = "", within_secs: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run Python with arguments, tell it something, and wait until it has ended."""
        return subprocess.run(
            self.command([sys.executable, *arguments]),
            env=self.environment,
            cwd=ROOT,
            input=said,
            capture_output=True,
            text=True,
            timeout=within_secs,
            check=False,
        )

    @contextlib.contextmanager
    def running(self, *arguments: str) -> Iterator[IO[str]]:
        """Run Python with arguments until the block ends; yields what it prints."""
        with subprocess.Popen(
            self.command([sys.executable, *arguments]),
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            try:
                yield process.stdout
            finally:
                process.terminate()

    @property
    def environment(self) -> Mapping[str, str]:
        """What tells its user from the other machine's: folders of their own."""
        folders = {name: str(self.home / name.lower()) for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        return {**os.environ, **folders, "HOME": str(self.home), "LC_ALL": "C.UTF-8"}


@contextlib.contextmanager
def two_machines(folder: Path) -> Iterator[tuple[Machine, Machine]]:
    """Join two machines by a cable until the block ends.

    Raises:
        OSError: that cannot be done here.
    """
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None:
        raise OSError(NO_NAMESPACES)
    tag = f"wd{os.getpid() % 100000}"
    made = [
        Machine(f"{tag}{side}", f"10.98.76.{place}", folder / side)
        for place, side in enumerate("ab", start=1)
    ]
    try:
        for machine in made:
            machine.home.mkdir()
            _ip("netns", "add", machine.space)
        one, two = made
        _ip(
            "link",
            "add",
            f"{tag}a",
            "netns",
            one.space,
            "type",
            "veth",
            "peer",
            f"{tag}b",
            "netns",
            two.space,
        )
        for machine in made:
            inside = ("-n", machine.space)
            _ip(*inside, "addr", "add", f"{machine.address}/24", "brd", "+", "dev", machine.space)
            for device in ("lo", machine.space):
                _ip(*inside, "link", "set", device, "up")
        yield one, two
    finally:
        for machine in made:
            subprocess.run(["ip", "netns", "del", machine.space], capture_output=True, check=False)


def _ip(*arguments: str) -> None:
    try:
        subprocess.run(["ip", *arguments], capture_output=True, check=True, timeout=COMMAND_SECS)
    except subprocess.SubprocessError as error:
        raise OSError(NO_NAMESPACES) from error
