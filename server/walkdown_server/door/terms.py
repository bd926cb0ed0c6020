"""On what terms a server takes connections: who has to show an invitation, and which web pages may come."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from walkdown_server.access import host_named, is_loopback
from walkdown_server.door.certificates import Certificate
from walkdown_server.door.limits import Limits
from walkdown_server.door.posts import Answer, Post
from walkdown_server.door.rules import Entrance, Peer

ADDRESS_LENGTH = 64
FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")
"""What a proxy says of whom it speaks for: then it is not this computer that asks."""


class Takes(Protocol):
    """Who answers what is posted."""

    async def answer(self, post: Post) -> Answer:
        """Answer a post, or raise ``BadRequest``."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all connections of one process.

    Attributes:
        certificate: for encrypted ones. encrypted: whether the main port is. posts: who answers those.
        insecure_lan: whether plain ones from elsewhere are taken. lock_loopback: whether people on this
            computer need an invitation too. origins: of web pages that may join.
    """

    certificate: Certificate
    posts: Takes
    limits: Limits = field(default_factory=Limits)
    encrypted: bool = False
    insecure_lan: bool = False
    lock_loopback: bool = False
    origins: frozenset[str] = frozenset()

    def peer(self, address: str, headers: Mapping[str, str], *, challenge: str, fingerprint: bytes) -> Peer:
        """Return where a connection comes from; the fingerprint is empty for a plain one."""
        forwarded = any(name in headers for name in FORWARDED)
        entrance: Entrance = "invited"
        if not fingerprint and is_loopback(address) and not (forwarded or self.lock_loopback):
            entrance = "own"
        elif not fingerprint and self.insecure_lan:
            entrance = "lan"
        return Peer(_client_of(address, headers), entrance, challenge, fingerprint)

    def takes_plain(self, address: str) -> bool:
        """Tell whether a connection without encryption is taken from an address."""
        return is_loopback(address) or self.insecure_lan

    def may_look(self, address: str, headers: Mapping[str, str], *, encrypted: bool) -> bool:
        """Tell whether what the server says of itself, its sessions and figures, is for this peer."""
        direct = is_loopback(address) and not any(name in headers for name in FORWARDED)
        host = host_named(headers.get("host", ""))
        if direct and not encrypted and host and not is_loopback(host):
            return False  # a web page's own name, made to resolve to this computer
        return (direct and not self.lock_loopback) or (self.insecure_lan and not encrypted)


def _client_of(address: str, headers: Mapping[str, str]) -> str:
    """Return for whom a proxy on this computer speaks, else the address itself."""
    said = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()[:ADDRESS_LENGTH]
    return said if said and is_loopback(address) else address


def new_challenge() -> str:
    """Return 32 random hexadecimal digits, for one connection."""
    return secrets.token_hex(16)


def read_origins(text: str) -> frozenset[str]:
    """Read the setting ``origins``."""
    return frozenset(part.strip().rstrip("/") for part in text.split(",") if part.strip())
