"""Coming in by a short code: the network is asked who has one open, and who answers is asked for the pass.

What goes over the wire, and why nobody else can use it, stands in :mod:`walkdown.pairing`.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import msgspec

from walkdown.errors import Missing, Refused, WalkdownError
from walkdown.i18n import _
from walkdown.pairing import (
    BODY_SIZE_MAX,
    DATAGRAM_SIZE_MAX,
    GROUP,
    PATH,
    PORT,
    Ask,
    Guest,
    Here,
    Offers,
    new_question,
    nonce_of,
    read_code,
)
from walkdown_client.address import Address
from walkdown_client.pinning import CheckedConnection

log = logging.getLogger(__name__)

BROADCAST = "255.255.255.255"
LOOPBACK = "127.0.0.1"
ANSWER_SECS, ASK_AGAIN_SECS = 2.5, 0.6
"""How long servers are waited for at all, and after how much of that the question is repeated."""
CONNECT_SECS = 5.0
SERVERS_MAX = 16


@dataclass(frozen=True, slots=True)
class Found:
    """A server of this network that has an open code; ``name`` leads to the code, see ``pairing.Here``."""

    host: str
    port: int
    fingerprint: bytes
    name: str = ""


Discover = Callable[[], Iterator[Found]]


def address_for_code(text: str, *, discover: Discover | None = None) -> Address:
    """Return the address, with invitation and fingerprint, for which a code stands.

    Args:
        text: the code, as people type it.
        discover: yields servers; without one, the network is asked.

    Raises:
        BadInput: it is no code. Missing: nobody in this network has an open code, or they do not answer.
        Refused: no server knows this code.
    """
    code = read_code(text)
    failures: list[WalkdownError] = []
    for found in (discover or discover_servers)():
        try:
            return _pair(code, found)
        except (Refused, Missing) as failure:
            log.debug("%s did not take the code: %s", found.host, failure)
            failures.append(failure)
    if not failures:
        raise Missing(
            _(
                "nobody in this network has an open code: are you in the same network, and is the code "
                "younger than ten minutes? Else ask for a link"
            )
        )
    raise next((failure for failure in failures if isinstance(failure, Refused)), failures[0])


def discover_servers(*, port: int = PORT, wait_secs: float = ANSWER_SECS) -> Iterator[Found]:
    """Ask the network, and yield each server as soon as it answers, until the time is over.

    Raises:
        Missing: this computer is in no network.
    """
    question, seen = new_question(), set[Found]()
    nonce = nonce_of(question)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        line.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        ends, ask_at = time.monotonic() + wait_secs, 0.0
        while (now := time.monotonic()) < ends and len(seen) < SERVERS_MAX:
            if now >= ask_at:
                _ask(line, question, port)
                ask_at = now + ASK_AGAIN_SECS
            line.settimeout(max(min(ends, ask_at) - time.monotonic(), 0.01))
            found = _heard(line, nonce)
            if found is not None and found not in seen:
                seen.add(found)
                yield found


def _ask(line: socket.socket, question: bytes, port: int) -> None:
    """Send the question everywhere that can be reached, by every interface; one way is enough."""
    failures = [
        error
        for host, interface in ((BROADCAST, 0), (LOOPBACK, 0), *((GROUP, index) for index in _interfaces()))
        if (error := _sent(line, question, (host, port), interface=interface)) is not None
    ]
    if len(failures) == len(_interfaces()) + 2:
        raise Missing(
            _("this computer cannot ask the network: {reason}").format(reason=failures[0].strerror)
        ) from failures[0]


def _interfaces() -> list[int]:
    """Return the indices of this computer's interfaces; 0 lets the system choose."""
    with contextlib.suppress(OSError):
        return [index for index, _name in socket.if_nameindex()] or [0]
    return [0]


def _sent(line: socket.socket, question: bytes, where: tuple[str, int], *, interface: int) -> OSError | None:
    """Send a datagram by one interface, and return why that could not be done."""
    packed = struct.pack("!I", interface) if sys.platform == "win32" else struct.pack("@8si", b"", interface)
    try:
        if interface:
            line.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, packed)
        line.sendto(question, where)
    except OSError as error:
        return error
    return None


def _heard(line: socket.socket, nonce: bytes | None) -> Found | None:
    """Return the server that has answered our question, None when nobody has."""
    try:
        data, (host, _port) = line.recvfrom(DATAGRAM_SIZE_MAX)
        here = msgspec.msgpack.decode(data, type=Here)
    except (TimeoutError, ConnectionError, msgspec.MsgspecError):
        return None
    return Found(host, here.port, here.fingerprint, here.name) if here.nonce == nonce else None


def _pair(code: str, found: Found) -> Address:
    """Ask one server.

    Raises:
        Refused: it does not know the code. Missing: it does not answer.
    """
    address = Address(found.host, found.port, secure=True, pinned=True, fingerprint=found.fingerprint)
    opened = CheckedConnection(address, timeout_secs=CONNECT_SECS, server_name=found.name)
    with contextlib.closing(opened) as connection:
        try:
            connection.connect()
            guest = Guest(code, connection.fingerprint)
            body = msgspec.msgpack.encode(Ask(guest.message))
            connection.request("POST", PATH, body, {"Content-Type": "application/msgpack"})
            offers = _offers(connection.getresponse())
        except (OSError, http.client.HTTPException) as error:
            raise Missing(_("{where} does not answer").format(where=address.name)) from error
    granted = guest.open(offers)
    return replace(address, session=granted.session, invite=granted.invite)


def _offers(response: http.client.HTTPResponse) -> Offers:
    data = response.read(BODY_SIZE_MAX)
    if response.status != http.client.OK:
        said = data[:300].decode("utf-8", "replace").strip()
        raise Refused("code", said or _("the server takes no codes now"))
    try:
        return msgspec.msgpack.decode(data, type=Offers)
    except msgspec.MsgspecError as error:
        raise Refused("code", _("the server's answer cannot be read: is it of another version?")) from error
