"""A bad network between two network namespaces: ``python -m tests.chaos.relay NAMESPACE NAMESPACE``.

Each end is a TUN device; packets that one end sends come out of the other later, or not at all. A line
``cut`` on standard input cuts the link, ``mend`` mends it. Needs root, ``ip`` and ``/dev/net/tun``; the
kernel's own netem is missing on many machines.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import random
import struct
import subprocess
import sys

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PACKET_MAX = 65535
PACKETS_AT_ONCE = 64
ADDRESSES = ("10.78.0.1", "10.78.0.2")


class Relay:
    """Carries packets between two devices.

    Args:
        ends: file descriptors of both. delay_secs: one way. loss: share of packets that get lost.
    """

    def __init__(self, ends: tuple[int, int], *, delay_secs: float, jitter_secs: float, loss: float) -> None:
        self._ends, self._loss = ends, loss
        self._delay_secs, self._jitter_secs = delay_secs, jitter_secs
        self._chance = random.Random(7)
        self._loop = asyncio.get_running_loop()
        self.cut = False
        self.carried = self.lost = 0

    def start(self) -> None:
        """Begin to carry."""
        first, second = self._ends
        self._loop.add_reader(first, self._carry, first, second)
        self._loop.add_reader(second, self._carry, second, first)

    def _carry(self, source: int, target: int) -> None:
        for _packet in range(PACKETS_AT_ONCE):
            try:
                packet = os.read(source, PACKET_MAX)
            except BlockingIOError:
                return
            if self.cut or self._chance.random() < self._loss:
                self.lost += 1
                continue
            late = self._delay_secs + self._chance.uniform(-1, 1) * self._jitter_secs
            self._loop.call_later(max(0.0, late), self._deliver, target, packet)

    def _deliver(self, target: int, packet: bytes) -> None:
        if self.cut:
            self.lost += 1
            return
        try:
            os.write(target, packet)
            self.carried += 1
        except OSError:
            self.lost += 1


def open_ends(namespaces: tuple[str, str]) -> tuple[int, int]:
    """Make a device in each namespace, with ``ADDRESSES``, and return what carries their packets."""
    ends = []
    for row, namespace in enumerate(namespaces):
        name, own, other = f"wd{os.getpid()}{row}", ADDRESSES[row], ADDRESSES[1 - row]
        end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
        ip("link", "set", name, "netns", namespace)
        ip("-n", namespace, "addr", "add", own, "peer", other, "dev", name)
        ip("-n", namespace, "link", "set", name, "up")
        ends.append(end)
    return ends[0], ends[1]


def ip(*arguments: str) -> None:
    """Run the program ``ip``."""
    subprocess.run(["ip", *arguments], check=True)


async def _main(given: argparse.Namespace) -> None:
    ends = open_ends((given.first, given.second))
    relay = Relay(ends, delay_secs=given.delay, jitter_secs=given.jitter, loss=given.loss)
    relay.start()
    print("carrying", flush=True)  # noqa: T201 - the other program waits for this line
    while line := await asyncio.to_thread(sys.stdin.readline):
        relay.cut = line.strip() == "cut"
    print(relay.carried, relay.lost, flush=True)  # noqa: T201 - and reads this one at the end


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--delay", type=float, default=0.04, help="seconds, one way")
    parser.add_argument("--jitter", type=float, default=0.005, help="seconds, up and down")
    parser.add_argument("--loss", type=float, default=0.02, help="share of packets, each way")
    asyncio.run(_main(parser.parse_args()))
