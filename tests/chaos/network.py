"""Two network namespaces with a bad network between them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.relay import ADDRESSES, ip

ROOT = Path(__file__).parents[2]
NO_NAMESPACES = "network namespaces and TUN devices need root on Linux"
SERVER_ADDRESS = ADDRESSES[0]


def can_be_made() -> bool:
    """Tell whether this process may make namespaces and devices."""
    return (
        sys.platform == "linux"
        and os.geteuid() == 0
        and os.access("/dev/net/tun", os.R_OK | os.W_OK)
        and shutil.which("ip") is not None
        and subprocess.run(["ip", "netns", "list"], capture_output=True, check=False).returncode == 0
    )


@dataclass
class BadNetwork:
    """A server's end, a writers' end, and the relay between them."""

    server: list[str]
    writers: list[str]
    relay: subprocess.Popen[str]

    def tell(self, word: str) -> None:
        """Tell the relay to ``cut`` or to ``mend``."""
        assert self.relay.stdin
        self.relay.stdin.write(f"{word}\n")
        self.relay.stdin.flush()

    def end(self) -> tuple[int, int]:
        """Stop the relay; returns how many packets it carried and lost."""
        told, _nothing = self.relay.communicate(timeout=10)
        carried, lost = told.split()
        return int(carried), int(lost)


@contextlib.contextmanager
def bad_network(*, delay_secs: float, loss: float) -> Iterator[BadNetwork]:
    """Make both namespaces and the relay, and remove them afterwards.

    ``server`` and ``writers`` are the beginnings of commands that run there.
    """
    names = tuple(f"walkdown-{os.getpid()}-{end}" for end in ("server", "writers"))
    with contextlib.ExitStack() as stack:
        for name in names:
            ip("netns", "add", name)
            stack.callback(ip, "netns", "delete", name)
            ip("-n", name, "link", "set", "lo", "up")
        options = [f"--delay={delay_secs}", f"--loss={loss}"]
        relay = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.relay", *names, *options],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(_stop, relay)
        assert relay.stdout
        assert relay.stdout.readline() == "carrying\n"
        server, writers = (["ip", "netns", "exec", name] for name in names)
        yield BadNetwork(server, writers, relay)


def _stop(relay: subprocess.Popen[str]) -> None:
    relay.kill()
    relay.communicate()
