"""The short code: how two computers of one network find each other and agree, and what goes over the wire.

A guest asks the network by UDP who has an open code (:data:`QUESTION`, 16 random bytes and zeros, so that no
answer is longer, to the broadcast address and to :data:`GROUP`, port :data:`PORT`); each server that has one
answers to where the question came from with an :class:`Here`. The guest then opens TLS to that port, looks at
the certificate, and does ``POST /pair`` with an :class:`Ask`: a SPAKE2 message whose password is the code and
whose second identity is the fingerprint of the certificate that it *saw*. The server answers with one
:class:`Offer` for each code that is open now: its own SPAKE2 message and, under the key that follows, a
sealed :class:`Pass`. Only who knows the code can open one, nobody can try codes on what was said, and
somebody in between, who shows a certificate of their own, makes both keys differ.
"""

from __future__ import annotations

import secrets
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Meta
from spake2 import SPAKE2_A, SPAKE2_B, SPAKEError

from walkdown.errors import BadInput, ProtocolError, Refused
from walkdown.i18n import _

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without what looks alike: 0 O, 1 I L, U V."""

CODE_LENGTH = 8
VALID_SECS = 600.0
EXCHANGES_MAX = 20
"""How often a code can be tried at most, by whomever."""

PORT = 8764
GROUP = "239.255.87.64"
QUESTION = b"walkdown.1 code? "
NONCE_BYTES = 16
QUESTION_BYTES = 128
"""No answer is longer: who forges where a question is from floods nobody by way of a server."""

DATAGRAM_SIZE_MAX = 512
PATH = "/pair"
MESSAGE_BYTES = 33
BODY_SIZE_MAX = 16 * 1024
OFFERS_MAX = 16

_GUEST, _SERVER = b"walkdown.1 guest", b"walkdown.1 server "
_INFO = b"walkdown.1 pair"
_NONCE = bytes(12)  # each key seals one thing


class Here(msgspec.Struct, frozen=True):
    """A server's answer to the question: MessagePack, one datagram.

    Attributes:
        nonce: the random bytes of the question. port: TCP port with TLS. fingerprint: of its certificate.
        name: what to say as server name in the TLS greeting, so as to be led to the code; "" for nothing.
    """

    nonce: Annotated[bytes, Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
    port: Annotated[int, Meta(ge=1, le=65535)]
    fingerprint: Annotated[bytes, Meta(min_length=32, max_length=32)]
    name: Annotated[str, Meta(max_length=80)] = ""


class Ask(msgspec.Struct, frozen=True):
    """Body of ``POST /pair``: MessagePack, the guest's SPAKE2 message."""

    message: Annotated[bytes, Meta(min_length=MESSAGE_BYTES, max_length=MESSAGE_BYTES)]


class Offer(msgspec.Struct, frozen=True):
    """What the server says for one open code: its SPAKE2 message, and a sealed :class:`Pass`."""

    message: Annotated[bytes, Meta(min_length=MESSAGE_BYTES, max_length=MESSAGE_BYTES)]
    sealed: Annotated[bytes, Meta(max_length=1024)]


class Offers(msgspec.Struct, frozen=True):
    """Body of the answer to ``POST /pair``: MessagePack."""

    offers: Annotated[tuple[Offer, ...], Meta(max_length=OFFERS_MAX)] = ()


class Pass(msgspec.Struct, frozen=True):
    """What the code lets one have: the secret of an invitation, where it leads, and the certificate."""

    invite: str
    fingerprint: bytes
    session: str

    def __repr__(self) -> str:
        """Leave out the secret."""
        return f"Pass(session={self.session!r})"


def new_code() -> str:
    """Return a code as people read it to each other: ``ABCD-EFGH``, 39 random bits."""
    return shown_code("".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH)))


def shown_code(code: str) -> str:
    """Return a code with a dash in the middle."""
    return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}"


def read_code(text: str) -> str:
    """Return a code as :func:`shown_code` shows it, from how people type it.

    Raises:
        BadInput: it is none; says why.
    """
    plain = "".join(text.upper().split()).replace("-", "")
    strange = sorted(set(plain) - set(ALPHABET))
    if len(plain) != CODE_LENGTH or strange:
        raise BadInput(
            _("expected a code of {count} letters and digits such as ABCD-EFGH, got {text!r}").format(
                count=CODE_LENGTH, text=text[:40]
            )
        )
    return shown_code(plain)


def new_question() -> bytes:
    """Return the datagram that asks who has an open code."""
    return (QUESTION + secrets.token_bytes(NONCE_BYTES)).ljust(QUESTION_BYTES, b"\0")


def nonce_of(question: bytes) -> bytes | None:
    """Return the random bytes of a question, None when it is none."""
    if len(question) != QUESTION_BYTES or not question.startswith(QUESTION):
        return None
    return question[len(QUESTION) : len(QUESTION) + NONCE_BYTES]


class Guest:
    """The side that knows a code and wants in; for one exchange.

    Args:
        code: as :func:`read_code` returns it. fingerprint: SHA-256 of the certificate that was seen.

    Attributes:
        message: what goes into :class:`Ask`.
    """

    def __init__(self, code: str, fingerprint: bytes) -> None:
        self._fingerprint = fingerprint
        exchange = SPAKE2_A(code.encode(), idA=_GUEST, idB=_SERVER + fingerprint)
        self.message: bytes = exchange.start()
        self._kept: bytes = (
            exchange.serialize()
        )  # the library finishes an exchange once; there may be many offers

    def open(self, offers: Offers) -> Pass:
        """Return what the code opens among a server's offers.

        Raises:
            Refused: none of them, so the code is wrong, or over, or that of another server.
        """
        found = [opened for offer in offers.offers if (opened := self._open_one(offer)) is not None]
        if not found:
            raise Refused("code", _("this code opens nothing there: it is mistyped, used up or over"))
        if found[0].fingerprint != self._fingerprint:
            raise Refused("code", _("somebody stands between you and the server: it has another certificate"))
        return found[0]

    def _open_one(self, offer: Offer) -> Pass | None:
        try:
            key = SPAKE2_A.from_serialized(self._kept).finish(offer.message)
            plain = ChaCha20Poly1305(_sealing(key)).decrypt(
                _NONCE, offer.sealed, self.message + offer.message
            )
            return msgspec.msgpack.decode(plain, type=Pass)
        except (SPAKEError, InvalidTag, AssertionError, ValueError, msgspec.MsgspecError):
            return None


def answer(code: str, ask: Ask, granted: Pass) -> Offer:
    """Return what a server offers for one open code.

    Args:
        code: as :func:`new_code` made it.

    Raises:
        ProtocolError: the guest's message is none.
    """
    exchange = SPAKE2_B(code.encode(), idA=_GUEST, idB=_SERVER + granted.fingerprint)
    message = exchange.start()
    try:
        key = exchange.finish(ask.message)
    except (SPAKEError, AssertionError, ValueError) as error:
        raise ProtocolError("expected a SPAKE2 message, got bytes that are none") from error
    plain = msgspec.msgpack.encode(granted)
    sealed = ChaCha20Poly1305(_sealing(key)).encrypt(_NONCE, plain, ask.message + message)
    return Offer(message, sealed)


def _sealing(key: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=_INFO).derive(key)
