"""TLS to a server whose certificate is known by its fingerprint: checked before a byte of ours is sent.

The handshake itself names no one but the session's hash. Then the certificate is compared; only when it is
the one of the link does the connection carry anything. A server without a fingerprint (``wss://``) is checked
by the system's authorities instead.
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.datastructures import HeadersLike

from walkdown.errors import Refused
from walkdown.i18n import _
from walkdown_client.address import Address

_silent = logging.getLogger(f"{__name__}.frames")
_silent.setLevel(
    logging.WARNING
)  # the library would write down every frame, and with hello what lets people in


class WrongServer(Refused):
    """What answers has another certificate than the link says."""

    def __init__(self, address: Address) -> None:
        super().__init__(
            "certificate",
            _(
                "another server answers at {where} than the one of your link: it was set up anew, or "
                "somebody stands in between; nothing was sent; ask whoever invited you for a new link"
            ).format(where=address.name),
        )


def fingerprint_of(certificate: bytes) -> bytes:
    """Return the SHA-256 of a certificate in DER."""
    return hashlib.sha256(certificate).digest()


def check_certificate(address: Address, certificate: bytes | None) -> bytes:
    """Return the fingerprint of the certificate that a server showed.

    Raises:
        WrongServer: the address is pinned, and this is not its certificate.
    """
    found = fingerprint_of(certificate) if certificate else b""
    if address.pinned and (not found or found != address.fingerprint):
        raise WrongServer(address)
    return found


@cache
def tls_context(*, pinned: bool) -> ssl.SSLContext:
    """Return how to speak TLS: 1.3 with any certificate, for whoever checks it, or as the system trusts."""
    context = ssl.create_default_context()
    if pinned:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


# ---- WebSockets -----------------------------------------------------------------------------------------


def socket_options(address: Address) -> Mapping[str, Any]:
    """Return what ``websockets.connect`` is told beside the URL so that it checks the certificate."""
    if not address.secure:
        return {"logger": _silent}

    class Checked(ClientConnection):
        """Sends nothing before the certificate has been checked."""

        async def handshake(
            self, additional_headers: HeadersLike | None = None, user_agent_header: str | None = None
        ) -> None:
            check_certificate(address, certificate_of(self))
            await super().handshake(additional_headers, user_agent_header)

    return {
        "ssl": tls_context(pinned=address.pinned),
        "server_hostname": address.server_name,
        "create_connection": Checked,
        "logger": _silent,
    }


def certificate_of(connection: ClientConnection) -> bytes | None:
    """Return the certificate that the other end of a WebSocket showed, None without TLS."""
    tls = connection.transport.get_extra_info("ssl_object")
    certificate: bytes | None = tls.getpeercert(binary_form=True) if tls is not None else None
    return certificate


# ---- HTTP -----------------------------------------------------------------------------------------------


class CheckedConnection(http.client.HTTPConnection):
    """An HTTP connection with TLS that sends nothing before the certificate has been checked.

    Args:
        address: of the server; one that is not pinned is checked by the system's authorities.
        trusting: only look at the certificate, for who proves the server in another way.
        server_name: said in the TLS greeting instead of the address's, if it is not "".

    Attributes:
        fingerprint: SHA-256 of the certificate, once it is connected.
    """

    default_port = http.client.HTTPS_PORT

    def __init__(
        self, address: Address, *, timeout_secs: float, trusting: bool = False, server_name: str = ""
    ) -> None:
        super().__init__(address.host, address.port, timeout=timeout_secs)
        self._address, self._trusting = address, trusting
        self._server_name = server_name or address.server_name
        self.fingerprint = b""

    def connect(self) -> None:
        """Connect and check.

        Raises:
            WrongServer: it is not the server of the link. OSError: it does not answer, or not with TLS.
        """
        super().connect()
        context = tls_context(pinned=self._address.pinned or self._trusting)
        plain: socket.socket = self.sock
        try:
            self.sock = context.wrap_socket(plain, server_hostname=self._server_name)
            certificate = self.sock.getpeercert(binary_form=True)
            self.fingerprint = (
                fingerprint_of(certificate or b"")
                if self._trusting
                else check_certificate(self._address, certificate)
            )
        except (OSError, WrongServer):
            self.close()
            plain.close()
            raise


def open_connection(address: Address, *, timeout_secs: float) -> http.client.HTTPConnection:
    """Return a connection to a server that is opened, and its certificate checked, when it is used."""
    if address.secure:
        return CheckedConnection(address, timeout_secs=timeout_secs)
    return http.client.HTTPConnection(address.host, address.port, timeout=timeout_secs)
