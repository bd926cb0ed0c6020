"""What can be posted to the server: a try of a short code, and the wish of its own machine for a link."""

from __future__ import annotations

import asyncio
import hmac
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec

from walkdown import pairing
from walkdown.errors import ProtocolError
from walkdown.messages import Invitation, Reply
from walkdown_server.door.codes import Codes, OpenCode
from walkdown_server.door.control import INVITE_PATH, Invited, InviteWish
from walkdown_server.door.doorkeeper import Doorkeeper
from walkdown_server.door.limits import Limits
from walkdown_server.http import BadRequest

TRIES_AT_ONCE = 2
"""One try of a code takes some ten milliseconds of a core for each code that is open."""


@dataclass(frozen=True, slots=True)
class Post:
    """A request with a body.

    Attributes:
        session: that the path names. address: of the other end. encrypted: whether it came by TLS.
    """

    path: str
    session: str
    body: bytes = field(repr=False)
    address: str
    encrypted: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """Media type and body of an answer of status 200."""

    media: str
    body: bytes = field(repr=False)


class Posts:
    """Answers what is posted.

    Args:
        doorkeeper: of a session, None when there is none of this name. codes: that are open.
        limits: of addresses. token: that the control files hold. secs: monotonic clock.
    """

    def __init__(
        self,
        doorkeeper: Callable[[str], Doorkeeper | None],
        *,
        codes: Codes,
        limits: Limits,
        token: str,
        secs: Callable[[], float],
    ) -> None:
        self._doorkeeper, self._codes, self._limits = doorkeeper, codes, limits
        self._token, self._secs = token, secs
        self._turns = asyncio.Semaphore(TRIES_AT_ONCE)

    async def answer(self, post: Post) -> Answer:
        """Answer a post.

        Raises:
            BadRequest: says why it cannot be.
        """
        if post.path == pairing.PATH:
            return await self._pair(post)
        if post.path.endswith(INVITE_PATH):
            return await self._invite(post)
        raise BadRequest(HTTPStatus.NOT_FOUND, "Nothing can be posted there.")

    # ---- short codes ----------------------------------------------------------------------------------

    async def _pair(self, post: Post) -> Answer:
        if not post.encrypted:
            raise BadRequest(HTTPStatus.FORBIDDEN, "A code is only tried on an encrypted connection.")
        _check_wait(self._limits.code_wait_secs(post.address, self._secs()), "Too many codes were tried")
        ask = _decoded(post.body)
        there = self._codes.take()
        if not there:
            raise BadRequest(HTTPStatus.NOT_FOUND, "No code is open here: ask for a new one.")
        async with self._turns:
            offers = await asyncio.to_thread(_offers, there, ask)
        return Answer("application/msgpack", msgspec.msgpack.encode(offers))

    # ---- links for this machine -----------------------------------------------------------------------

    async def _invite(self, post: Post) -> Answer:
        self._check_token(post)
        try:
            wish = msgspec.json.decode(post.body, type=InviteWish)
        except msgspec.MsgspecError as error:
            raise BadRequest(HTTPStatus.BAD_REQUEST, f"This is no wish for an invitation: {error}.") from None
        doorkeeper = self._doorkeeper(post.session)
        if doorkeeper is None:
            raise BadRequest(HTTPStatus.NOT_FOUND, f"There is no session {post.session[:80]!r} here.")
        made = await _invited(doorkeeper, wish)
        if isinstance(made, Reply):
            raise BadRequest(HTTPStatus.CONFLICT, f"There is no invitation: {made.text}.")
        answer = Invited(made.links, made.expires_ns, made.code)
        return Answer("application/json", msgspec.json.encode(answer))

    def _check_token(self, post: Post) -> None:
        """Let pass who has the token, whatever others have tried from the same address or proxy."""
        given = post.headers.get("authorization", "").removeprefix("Bearer ")
        if hmac.compare_digest(given.encode(), self._token.encode()):
            return
        now = self._secs()
        _check_wait(self._limits.login_wait_secs(post.address, now), "Too many logins failed")
        self._limits.note_bad_login(post.address, now)
        raise BadRequest(HTTPStatus.FORBIDDEN, "Only commands of the owner on this machine may ask for that.")


async def _invited(doorkeeper: Doorkeeper, wish: InviteWish) -> Invitation | Reply:
    made: asyncio.Future[Invitation | Reply] = asyncio.get_running_loop().create_future()

    def done(answer: Invitation | Reply) -> None:
        if not made.done():
            made.set_result(answer)

    doorkeeper.invite(role=wish.role, hours=wish.hours, uses=wish.uses, code=wish.code, done=done)
    return await made


def _decoded(body: bytes) -> pairing.Ask:
    try:
        return msgspec.msgpack.decode(body, type=pairing.Ask)
    except msgspec.MsgspecError:
        raise BadRequest(HTTPStatus.BAD_REQUEST, "Expected a SPAKE2 message in MessagePack.") from None


def _offers(there: list[OpenCode], ask: pairing.Ask) -> pairing.Offers:
    try:
        return pairing.Offers(tuple(pairing.answer(code.code, ask, code.granted) for code in there))
    except ProtocolError as error:
        raise BadRequest(HTTPStatus.BAD_REQUEST, f"{error}.") from None


def _check_wait(wait_secs: float, what: str) -> None:
    if wait_secs:
        whole = math.ceil(wait_secs)
        raise BadRequest(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"{what} from your address: wait {whole} s, then try again.",
            Retry_After=str(whole),
        )
