"""What tests of the door need: servers with TLS, links, keys, and clients that use them."""

from __future__ import annotations

import contextlib
import hashlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from websockets.asyncio.client import ClientConnection

from tests.server.conftest import Guest, House, join, open_socket
from walkdown.door import CHALLENGE_HEADER, bytes_of, what_is_signed
from walkdown.messages import SUBPROTOCOL, Hello, Invite


def blind_tls() -> ssl.SSLContext:
    """TLS that takes any certificate; whoever uses it looks at the fingerprint."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(frozen=True)
class Link:
    """A link, taken apart."""

    url: str
    invite: str
    fingerprint: bytes

    @classmethod
    def read(cls, text: str) -> Link:
        parts = urlsplit(text)
        assert parts.scheme == "walkdown"
        invite, _dot, fingerprint = parts.fragment.partition(".")
        return cls(f"wss://127.0.0.1:{parts.port}{parts.path}", invite, bytes_of(fingerprint))


@dataclass
class Key:
    """A person's own key."""

    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> str:
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def proof(self, socket: ClientConnection) -> str:
        """A proof for this connection and the certificate that it shows."""
        assert socket.response is not None
        tls = socket.transport.get_extra_info("ssl_object")
        shown = hashlib.sha256(tls.getpeercert(True)).digest() if tls else b""
        return self.private.sign(what_is_signed(socket.response.headers[CHALLENGE_HEADER], shown)).hex()


async def invitation(host: Guest, **wish: Any) -> dict[str, Any]:
    """Ask for an invitation and return the answer."""
    reply = await host.operate(Invite, **wish)
    assert reply.get("number"), reply
    return await host.said("invitation", op=reply["op"])


async def link_of(host: Guest, **wish: Any) -> Link:
    """Ask for an invitation and return its likeliest link."""
    return Link.read((await invitation(host, **wish))["links"][0])


def come_in(
    house: House, link: Link, name: str, **hello: Any
) -> contextlib.AbstractAsyncContextManager[Guest]:
    """A client that has joined by a link."""
    made = Hello(version=SUBPROTOCOL, name=name, **{"invite": link.invite, **hello})
    return join(link.url, house.catalogue, made, ssl=blind_tls())


@contextlib.asynccontextmanager
async def at_the_door(link: Link) -> AsyncIterator[ClientConnection]:
    """An encrypted WebSocket that has not said hello."""
    async with open_socket(link.url, ssl=blind_tls()) as socket:
        yield socket
