"""How often one address may connect and try to log in.

Pure. All of an IPv6 network of 64 bits counts as one address, for one computer has all of it.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, field

from walkdown_server.access import TokenBucket, is_loopback

CONNECTIONS_PER_SEC, CONNECTIONS_BURST = 10.0, 40.0
TRIES_MAX, TRIES_SECS = 5, 60.0
ADDRESSES_MAX = 4096
"""Of more addresses than that, those not seen for longest are forgotten."""

NETWORK_BITS = 64


@dataclass(slots=True, eq=False)
class _Seen:
    connections: TokenBucket = field(
        default_factory=lambda: TokenBucket(per_sec=CONNECTIONS_PER_SEC, burst=CONNECTIONS_BURST)
    )
    logins: list[float] = field(default_factory=list)
    codes: list[float] = field(default_factory=list)


class Limits:
    """What each address has done lately."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def may_connect(self, address: str, now_secs: float) -> bool:
        """Take note of a new connection; from this computer there may be any number."""
        return is_loopback(address) or self._of(address).connections.take(now_secs)

    def note_bad_login(self, address: str, now_secs: float) -> None:
        """Take note that somebody said hello and may not come in."""
        _note(self._of(address).logins, now_secs)

    def login_wait_secs(self, address: str, now_secs: float) -> float:
        """Return for how long an address may not log in, 0 when it may."""
        seen = self._seen.get(counted_as(address))
        return _wait_secs(seen.logins, now_secs) if seen is not None else 0.0

    def code_wait_secs(self, address: str, now_secs: float) -> float:
        """Take note of a try of a short code if it may be made; return how long it has to wait, or 0."""
        tries = self._of(address).codes
        wait_secs = _wait_secs(tries, now_secs)
        if not wait_secs:
            _note(tries, now_secs)
        return wait_secs

    def _of(self, address: str) -> _Seen:
        name = counted_as(address)
        seen = self._seen.get(name)
        if seen is None:
            seen = self._seen[name] = _Seen()
            if len(self._seen) > ADDRESSES_MAX:
                self._seen.popitem(last=False)
        self._seen.move_to_end(name)
        return seen


def _note(tries: list[float], now_secs: float) -> None:
    """Take note of the newest try; as many are kept as count."""
    tries.append(now_secs)
    del tries[:-TRIES_MAX]


def _wait_secs(tries: list[float], now_secs: float) -> float:
    if len(tries) < TRIES_MAX:
        return 0.0
    return max(0.0, tries[0] + TRIES_SECS - now_secs)


def counted_as(address: str) -> str:
    """Return what stands for an address and for those that the same computer can have."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, NETWORK_BITS), strict=False))
