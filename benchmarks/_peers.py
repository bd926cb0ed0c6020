"""The servers of others that ``full_house`` compares with: how they are installed, started and joined.

Each does the same job as well as it can: 20 times a second it tells everyone of everyone's pose, in one
message where it can (Colyseus' schema patches, socket.io and ``websockets`` with a batch of our own), and
relays each pose where that is what it is made for (y-websocket's awareness). None of them checks who comes,
keeps a journal, or knows who has got what.
"""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks import _load
from benchmarks._load import NotMeasurable, Running, Window

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
INSTALL_SECS = 180


@dataclass(frozen=True)
class Peer:
    """A server of others.

    Attributes:
        command: that runs it. protocol: the generator's word for what it speaks.
        reserved: whether a seat has to be reserved before one connects.
    """

    command: tuple[str, ...]
    protocol: str
    reserved: bool = False


def _node(script: str) -> tuple[str, ...]:
    return ("node", str(PEERS / script))


ALL = {
    "colyseus": Peer(_node("colyseus.mjs"), "colyseus", reserved=True),
    "colyseus_view": Peer(_node("colyseus-view.mjs"), "colyseus", reserved=True),
    "socketio": Peer(_node("socketio.mjs"), "socketio"),
    "y_websocket": Peer(_node("y-websocket.mjs"), "yjs"),
    "websockets": Peer((sys.executable, str(HERE / "_broadcast_server.py")), "plain"),
}


@cache
def install() -> None:
    """Install what npm has, exactly as the lock says; once.

    Raises:
        NotMeasurable: there is no Node, or the network is not there.
    """
    npm = shutil.which("npm")
    if npm is None or not shutil.which("node"):
        raise NotMeasurable("the peers need Node and npm")
    lock, installed = PEERS / "package-lock.json", PEERS / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    try:
        subprocess.run(
            [npm, "ci"], cwd=PEERS, check=True, timeout=INSTALL_SECS, stdout=sys.stderr, stderr=sys.stderr
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise NotMeasurable(f"npm could not install the peers: {error}") from error


def node_version() -> str:
    """Return which Node runs the peers, "none" without one."""
    node = shutil.which("node")
    if node is None:
        return "none"
    return subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()


def measure(name: str, *, walkers: int, windows: int, secs: float) -> Window:
    """Return what a peer does for so many walkers: the medians of some windows.

    Raises:
        NotMeasurable: it cannot be installed, started or joined.
    """
    peer = ALL[name]
    if peer.command[0] == "node":
        install()
    with _load.server(peer.command) as running, tempfile.TemporaryDirectory() as folder:
        options: dict[str, float | str] = {"walkers": walkers, "scan_every": max(1, walkers // 100)}
        if peer.reserved:
            seats = Path(folder) / "seats.txt"
            seats.write_text("\n".join(_reserve(running, walkers)), encoding="utf-8")
            options["paths"] = str(seats)
        found = _load.measure(running, windows=windows, secs=secs, protocol=peer.protocol, **options)
        return _load.with_poses(found)


def _reserve(running: Running, count: int) -> list[str]:
    """Reserve seats in Colyseus' room, and return the path to each."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    paths = []
    for _number in range(count):
        connection.request(
            "POST", "/matchmake/joinOrCreate/house", "{}", {"Content-Type": "application/json"}
        )
        seat = json.load(connection.getresponse())
        if "sessionId" not in seat:
            raise NotMeasurable(f"Colyseus gave no seat: {str(seat)[:200]}")
        paths.append(f"/{seat['processId']}/{seat['roomId']}?sessionId={seat['sessionId']}")
    return paths


def main() -> None:
    """Measure all of them once."""
    for name in sys.argv[2:] or ALL:
        window = measure(name, walkers=int(sys.argv[1]), windows=2, secs=3)
        print(name, {key: round(value, 3) for key, value in vars(window).items()}, flush=True)


if __name__ == "__main__":
    main()
