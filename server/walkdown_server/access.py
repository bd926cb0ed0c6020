"""What one client may do, and how much of it: sizes, rates, and from where a web page may come.

Pure rules. ``connection`` and ``listener`` carry them out.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgpack

from walkdown.codec import FRAME_VERSION
from walkdown.errors import ProtocolError
from walkdown.messages import SIZE_OPERATION, SIZE_POSE

HELLO_WITHIN_SECS = 5.0
PING_AFTER_SECS = 5.0
DEAD_AFTER_SECS = 10.0
SLOW_AFTER_SECS = 10.0
IDENTITY_HELD_SECS = 120.0

REQUEST_HEAD_SIZE = 8 * 1024
REQUEST_WITHIN_SECS = 10.0
KEEP_ALIVE_SECS = 60.0
DOWNLOADS_PER_ADDRESS = 4
DOWNLOADS_ON_LOOPBACK = 64
"""All clients of one computer share its loopback address."""

OPERATIONS_PER_SEC, OPERATIONS_BURST = 20.0, 60.0
OPERATION_BYTES_PER_SEC, OPERATION_BYTES_BURST = 128e3, 4e6
"""What one person may write: all of it is kept, and told to everybody."""

FRAMES_PER_SEC, FRAMES_BURST = 60.0, 300.0
CONTROLS_PER_SEC, CONTROLS_BURST = 100.0, 400.0


@dataclass(slots=True)
class TokenBucket:
    """Allows ``per_sec`` on average and ``burst`` at once."""

    per_sec: float
    burst: float
    tokens: float = -1.0
    filled_secs: float = 0.0

    def take(self, now_secs: float, *, count: int = 1) -> bool:
        """Take ``count`` tokens if they are there; the first call finds a full bucket."""
        if self.tokens < 0:
            self.tokens, self.filled_secs = self.burst, now_secs
        grown = self.tokens + (now_secs - self.filled_secs) * self.per_sec
        self.tokens, self.filled_secs = min(self.burst, grown), now_secs
        if self.tokens < count:
            return False
        self.tokens -= count
        return True


def size_limit(first_byte: int) -> int:
    """Return how long a message that begins with this byte may be, after login."""
    return SIZE_POSE if first_byte == FRAME_VERSION else SIZE_OPERATION


def check_strict(message: bytes) -> None:
    """Refuse what MessagePack allows and ``walkdown.1`` does not.

    Raises:
        ProtocolError: a key stands twice, a number is not finite, or there is an extension type.
    """
    try:
        msgpack.unpackb(message, object_pairs_hook=_map_of, list_hook=_list_of, ext_hook=_no_extension)
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise ProtocolError(f"a message cannot be understood: {error}") from error


def _map_of(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in a map")
    _list_of(list(made.values()))
    return made


def _list_of(values: list[Any]) -> list[Any]:
    for value in values:
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"numbers are finite, {value} came")
    return values


def _no_extension(code: int, _data: bytes) -> None:
    raise ValueError(f"there are no extension types, {code} came")


def is_loopback(host: str) -> bool:
    """Tell whether an address or name can be reached from this computer only."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return False


def origin_allowed(
    origin: str | None,
    *,
    host_header: str,
    own: bool,
    open_to_all: bool = False,
    further: frozenset[str] = frozenset(),
) -> bool:
    """Tell whether a browser page may open a connection: none, a page of our own, or one that was named.

    Args:
        own: whether it comes from this computer and needs no invitation. Then the host that the browser was
            told must be loopback too, so that a foreign name which resolves to 127.0.0.1 opens nothing.
        open_to_all: whether nobody needs an invitation. Then a page of our own has an address for a host,
            because any name may resolve to this computer.
    """
    host = host_named(host_header)
    if own and host and not is_loopback(host):
        return False
    if origin is None or origin in further:
        return True
    same = bool(host) and origin.partition("://")[2] == host_header
    return same and (not open_to_all or is_loopback(host) or _is_address(host))


def host_named(host_header: str) -> str:
    """Return the host of a ``Host`` header without its port; what cannot be read is nobody's."""
    try:
        return urlsplit(f"//{host_header}").hostname or ""
    except ValueError:
        return host_header


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
