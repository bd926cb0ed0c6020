"""The addresses of this computer as others can reach it, the likeliest first."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

ADDRESSES_MAX = 8
_ELSEWHERE = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses for examples (RFC 5737, RFC 3849): nothing is sent, only the way there is looked up."""

_SIOCGIFADDR = 0x8915
_INNER = ("docker", "br-", "virbr", "veth", "lxc", "vbox", "vmnet")
"""Interfaces of this kind lead to guests of this computer."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def own_addresses() -> tuple[str, ...]:
    """Return every address but loopback and link-local ones, at most :data:`ADDRESSES_MAX`.

    First comes what leads to the internet, then IPv4 before IPv6, and what leads to virtual machines last.
    """
    found: dict[Address, int] = {}
    for address, rank in (*_outward(), *_of_interfaces(), *_of_name()):
        found.setdefault(address, rank)
    usable = [
        a for a in found if not (a.is_loopback or a.is_link_local or a.is_unspecified or a.is_multicast)
    ]
    usable.sort(key=lambda a: (found[a], a.version, int(a)))
    return tuple(map(str, usable[:ADDRESSES_MAX]))


def ipv4_of_interfaces() -> tuple[str, ...]:
    """Return the IPv4 addresses under which this computer can be asked, loopback among them."""
    found = {str(a) for a, _rank in (*_outward(), *_of_interfaces(), *_of_name()) if a.version == 4}
    return tuple(sorted(found | {"127.0.0.1"}))


def _outward() -> Iterator[tuple[Address, int]]:
    for target, family in _ELSEWHERE:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            yield ipaddress.ip_address(probe.getsockname()[0].partition("%")[0]), 0


def _of_interfaces() -> Iterator[tuple[Address, int]]:
    """Return what Linux says of its interfaces; elsewhere nothing."""
    if sys.platform != "linux":
        return
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _index, name in socket.if_nameindex():
            with contextlib.suppress(OSError):
                answer = fcntl.ioctl(probe, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                yield ipaddress.IPv4Address(answer[20:24]), _rank_of(name)
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines():
            digits, *_numbers, name = line.split()
            yield ipaddress.IPv6Address(bytes.fromhex(digits)), _rank_of(name)


def _rank_of(interface: str) -> int:
    return 2 if interface.startswith(_INNER) else 1


def _of_name() -> Iterator[tuple[Address, int]]:
    with contextlib.suppress(OSError, ValueError):
        for *_kind, place in socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM):
            yield ipaddress.ip_address(str(place[0]).partition("%")[0]), 1


def in_url(host: str) -> str:
    """Return a host as it stands in a URL: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
