"""Child processes end with the one that started them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from walkdown.errors import Missing
from walkdown_client.children import demo_server

ABRUPT = """
import os
from walkdown_client.children import demo_server
with demo_server(port=0) as address:
    print(address, flush=True)
    os.kill(os.getpid(), 9)
"""


def health(address: str) -> str:
    url = address.replace("ws://", "http://") + "healthz"
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  our own server
        return str(answer.read().decode())


def ends(address: str, *, patience_secs: float = 60.0) -> bool:
    """Tell whether a server stops answering; each question waits for its answer."""
    deadline = time.monotonic() + patience_secs
    while time.monotonic() < deadline:
        try:
            health(address)
        except OSError:
            return True
    return False


def test_a_demo_server_can_be_joined_and_ends_with_its_block() -> None:
    with demo_server(port=0) as address:
        assert health(address)
    assert ends(address)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_server_does_not_outlive_a_parent_that_was_killed() -> None:
    parent = subprocess.run([sys.executable, "-c", ABRUPT], stdout=subprocess.PIPE, text=True, check=False)
    assert parent.returncode == -signal.SIGKILL
    assert ends(parent.stdout.strip())


def test_a_server_that_cannot_start_says_why() -> None:
    with demo_server(port=0) as address:
        port = int(address.rstrip("/").rpartition(":")[2])
        with pytest.raises(Missing, match=str(port)), demo_server(port=port):
            pass
