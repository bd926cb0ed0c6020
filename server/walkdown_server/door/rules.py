"""The door of one session: who comes in and as what, and what the leading roles may do to others.

Pure. What was decided is kept as records (see ``register``); this file only reads them. A plain connection
from this computer is an admin's, for whoever has an account here has the data too. A plain one from elsewhere
is there with ``--insecure-lan`` alone, and a participant's. Everyone else is encrypted and has an invitation,
or the secret of someone who had one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from walkdown import messages as m
from walkdown.door import invite_id, what_is_signed
from walkdown.messages import Hello, Operation, Refusal, Reply, Role
from walkdown.roles import RANK, ROLES, Speaking, may
from walkdown_server.door.people import Admission, Identity, People, author_id, plain_name
from walkdown_server.register import Invited
from walkdown_server.ruling import Decree
from walkdown_server.session import Session

INVITATIONS_MAX = 1000
HOUR_NS = 3600 * 10**9
DOOR_OPERATIONS = (
    m.Kick,
    m.Mute,
    m.SetRole,
    m.Invite,
    m.Revoke,
    m.MuteAll,
    m.Present,
    m.RecordVoice,
)

_OF_SMALL_ORDER = frozenset(
    bytes.fromhex(digits)
    for digits in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
"""Ed25519 keys that are nobody's own: some signatures hold for any text. The top bit is left out."""

Entrance = Literal["own", "lan", "invited"]


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a connection comes from; by default from where everything has to be shown.

    Attributes:
        address: of the other end. entrance: plain from this computer, plain from another (which was
            asked for), or only with an invitation.
        challenge: what a proof of a key has to sign. fingerprint: of the certificate that was shown.
    """

    address: str = ""
    entrance: Entrance = "invited"
    challenge: str = ""
    fingerprint: bytes = b""


OWN_COMPUTER = Peer("127.0.0.1", "own")


class Door:
    """Rules of who may come in and who may send whom away.

    Args:
        session: whose register holds what was decided. people: who is here, or may come back.
        now_ns: session time. writable: whether records can be kept.
    """

    def __init__(
        self,
        session: Session,
        people: People,
        *,
        now_ns: Callable[[], int],
        writable: Callable[[], bool],
        present: Callable[[], Iterable[Identity]],
    ) -> None:
        self._session, self._people, self._now_ns = session, people, now_ns
        self._writable, self._connected = writable, present

    # ---- coming in ------------------------------------------------------------------------------------

    def admit(self, hello: Hello, peer: Peer) -> Admission | Refusal:
        """Return on what terms someone comes in, or why not; changes nothing."""
        key = proved_key(hello, peer)
        if key is None:
            return _no_login("The proof of your key is not for this server and this connection: join again.")
        register = self._session.register
        author = author_id(hello.resume) if hello.resume else ""
        invite = invite_id(hello.invite) if hello.invite else ""
        there = register.invitations.get(invite)
        fault = self._fault(there) if invite else "none"
        barred = max(register.barred.get(author, 0), register.barred_keys.get(key, 0))
        if barred and (there is None or fault or there.number < barred):
            return Refusal("kicked", "You were shown the door; only a new invitation lets you in again.")
        known = author not in register.barred
        before = self._role_before(hello.resume, peer) if known else None
        offered = there if not fault and register.invites.get(author, "") != invite else None
        role, by_invitation = _role_of(peer, hello, before=before, offered=offered)
        if role is None:
            return _no_login(_why_closed(hello, fault, known=author in register.roles))
        return Admission(role, key, invite if by_invitation else "", known)

    def joined(self, identity: Identity, admission: Admission) -> Decree | None:
        """Return the record of someone who has come in by an invitation, None when there is nothing new."""
        if not admission.invite:
            return None
        return Decree(
            "joined",
            {**_who(identity), "role": identity.role, "key": identity.key, "invite": admission.invite},
        )

    def _role_before(self, resume: str, peer: Peer) -> Role | None:
        """Return the role of who has this secret, None when nobody may come back with it.

        Who is here, or has just been, stays whatever becomes of their invitation.
        """
        identity = self._people.find(resume) if resume else None
        if identity is not None:
            return identity.role
        register, author = self._session.register, author_id(resume)
        there = register.invitations.get(register.invites.get(author, ""))
        if peer.entrance == "invited" and (there is None or not there.holds(self._now_ns())):
            return None
        return register.roles.get(author)

    def _fault(self, there: Invited | None) -> str:
        """Return what is wrong with an invitation, the beginning of a sentence, or ""."""
        if there is None:
            return "This invitation is not known here"
        if there.closed:
            return "This invitation was taken back"
        if there.expires_ns <= self._now_ns():
            return "This invitation has expired"
        if there.uses and there.used >= there.uses:
            return "This invitation was used as often as it may be"
        if there.uses and not self._writable():
            return "This invitation cannot be counted, because the server can keep nothing at the moment"
        return ""

    # ---- what one may do ------------------------------------------------------------------------------

    def decide(self, identity: Identity, operation: Operation) -> Decree | Reply:
        """Return the record that a wish of :data:`DOOR_OPERATIONS` becomes, or the reply that refuses it."""
        try:
            kind, body = self._rules[type(operation)](self, operation, identity)
        except _No as no:
            return Reply(operation.op, 0, no.code, no.text)
        return Decree(kind, body, operation.op)

    def invited(self, role: Role, *, hours: float, uses: int, invite: str) -> dict[str, Any]:
        """Return the body of the record of an invitation."""
        expires_ns = self._now_ns() + int(hours * HOUR_NS)
        return {"invite": invite, "role": role, "expires_ns": expires_ns, "uses": uses}

    def _kick(self, wish: m.Kick, identity: Identity) -> tuple[str, dict[str, Any]]:
        other = self._other(wish.person, identity)
        if other is identity:
            raise _No("self", "nobody shows themselves the door; just leave")
        return "kicked", {**_who(other), "text": wish.text, "key": other.key}

    def _mute(self, wish: m.Mute, identity: Identity) -> tuple[str, dict[str, Any]]:
        other = self._other(wish.person, identity)
        if (other.author.id in self._session.register.muted) == wish.muted:
            raise _No("unchanged", f"{other.author.name} {'is' if wish.muted else 'is not'} muted already")
        return "muted", {**_who(other), "muted": wish.muted}

    def _set_role(self, wish: m.SetRole, identity: Identity) -> tuple[str, dict[str, Any]]:
        other = self._other(wish.person, identity)
        if RANK[wish.role] > RANK[identity.role]:
            raise _No("rights", f"nobody gives a role above their own, you are {identity.role}")
        if other.role == wish.role:
            raise _No("unchanged", f"{other.author.name} is {wish.role} already")
        others = (one for one in self._connected() if one is not other)
        if other is identity and other.role == "admin" and not any(one.role == "admin" for one in others):
            raise _No("last-admin", "you are the only admin here; make somebody else admin first")
        return "role", {**_who(other), "role": wish.role}

    def _invite(self, wish: m.Invite, identity: Identity) -> tuple[str, dict[str, Any]]:
        if RANK[wish.role] > RANK[identity.role]:
            raise _No("rights", f"nobody invites to a role above their own, you are {identity.role}")
        if (
            sum(not self._fault(there) for there in self._session.register.invitations.values())
            >= INVITATIONS_MAX
        ):
            raise _No("full", f"{INVITATIONS_MAX} invitations can be used already; revoke one first")
        return "invited", self.invited(wish.role, hours=wish.hours, uses=wish.uses, invite="")

    def _revoke(self, wish: m.Revoke, identity: Identity) -> tuple[str, dict[str, Any]]:
        there = self._session.register.invitations.get(wish.invite)
        if there is None:
            raise _No("unknown", "this invitation does not exist, or not any more")
        if RANK[there.role] > RANK[identity.role]:
            raise _No("rights", f"this invitation is for a role above yours, you are {identity.role}")
        if there.revoked:
            raise _No("unchanged", "this invitation is taken back already")
        return "revoked", {"invite": wish.invite}

    def _mute_all(self, wish: m.MuteAll, _identity: Identity) -> tuple[str, dict[str, Any]]:
        if self._session.register.muted_all == wish.muted:
            raise _No("unchanged", f"all are {'muted' if wish.muted else 'heard'} already")
        return "muted_all", {"muted": wish.muted}

    def _present(self, wish: m.Present, _identity: Identity) -> tuple[str, dict[str, Any]]:
        other = self._here(wish.person)
        if (other.author.id in self._session.register.presenting) == wish.presenting:
            raise _No(
                "unchanged", f"{other.author.name} {'is' if wish.presenting else 'is not'} presenting already"
            )
        if wish.presenting and not may(other.role, "voice"):
            raise _No("rights", f"{other.author.name} is {other.role}, and may not speak")
        return "presenting", {**_who(other), "presenting": wish.presenting}

    def _record(self, wish: m.RecordVoice, _identity: Identity) -> tuple[str, dict[str, Any]]:
        register = self._session.register
        if bool(register.recording_ns) == wish.on:
            by = f" by {register.recorded_by}" if wish.on else ""
            raise _No("unchanged", f"what is said {'is' if wish.on else 'is not'} recorded already{by}")
        return "recording", {"on": wish.on}

    def _here(self, person: int) -> Identity:
        other = self._people.numbered(person)
        if other is None:
            raise _No("unknown", f"nobody here has the number {person}, or not any more")
        return other

    def _other(self, person: int, identity: Identity) -> Identity:
        """Return whom a wish is about, if they are not above who wishes it."""
        other = self._here(person)
        if RANK[other.role] > RANK[identity.role]:
            raise _No("rights", f"{other.author.name} is {other.role}, and you are {identity.role}")
        return other

    _rules: ClassVar[
        Mapping[type[Operation], Callable[[Door, Any, Identity], tuple[str, dict[str, Any]]]]
    ] = {
        m.Kick: _kick,
        m.Mute: _mute,
        m.SetRole: _set_role,
        m.Invite: _invite,
        m.Revoke: _revoke,
        m.MuteAll: _mute_all,
        m.Present: _present,
        m.RecordVoice: _record,
    }


class _No(Exception):
    """Leaves a rule with the reason of the refusal."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


def why_not(hello: Hello, *, session: str) -> Refusal | None:
    """Return why a hello cannot be meant for this session, whoever says it."""
    if hello.version != m.SUBPROTOCOL:
        text = f"This server speaks {m.SUBPROTOCOL}, your client {hello.version}; update the older."
        return Refusal("version", text, m.SUBPROTOCOL, hello.version)
    if hello.session not in ("", session):
        text = f"There is no session {hello.session!r} on this server; it has {session!r}."
        return Refusal("session", text, session, hello.session)
    if not plain_name(hello.name):
        return Refusal("hello", "A name is needed to join.", "a name", hello.name)
    return None


def denied(role: Role, what: type[m.Message] | Speaking) -> str:
    """Return why a role may not send a kind of message or section, one sentence, or "" when it may."""
    if may(role, what):
        return ""
    name = what if isinstance(what, str) else str(what.__struct_config__.tag)
    allowed = ", ".join(one for one in ROLES if may(one, what)) or "nobody"
    return f"{name} is for: {allowed}; you are {role}"


def speaking(identity: Identity) -> frozenset[Speaking]:
    """Return which sections of someone's frames are taken."""
    kinds: tuple[Speaking, ...] = ("pose", "voice")
    return frozenset(k for k in kinds if may(identity.role, k) and not (k == "voice" and identity.muted))


def proved_key(hello: Hello, peer: Peer) -> str | None:
    """Return the key that a hello proves to be its sender's, "" for none, None when the proof is wrong."""
    if not hello.key or not hello.proof:
        return ""
    key = bytes.fromhex(hello.key)
    if not peer.challenge or key[:31] + bytes((key[31] & 0x7F,)) in _OF_SMALL_ORDER:
        return None
    signed = what_is_signed(peer.challenge, peer.fingerprint)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(bytes.fromhex(hello.proof), signed)
    except (InvalidSignature, ValueError):
        return None
    return hello.key


def _who(identity: Identity) -> dict[str, Any]:
    return {"author_id": identity.author.id, "name": identity.author.name}


def _role_of(
    peer: Peer, hello: Hello, *, before: Role | None, offered: Invited | None
) -> tuple[Role | None, bool]:
    """Return someone's role, None for nobody's, and whether they have it by the invitation that they show."""
    if peer.entrance == "own":
        return before or "admin", False
    role = before
    if role is None and peer.entrance == "lan" and (offered is not None or not hello.invite):
        role = "participant"
    if offered is not None and (role is None or RANK[offered.role] > RANK[role]):
        return offered.role, True
    return role, False


def _why_closed(hello: Hello, fault: str, *, known: bool) -> str:
    """Return why someone who is not known and has no invitation that holds may not come in."""
    if hello.invite:
        return f"{fault}; ask whoever sent it for a new one."
    if known:
        return "Your invitation has ended; ask for a new one."
    if hello.resume:
        return "You are not known here any more; ask for a new invitation."
    return "This server lets in whom somebody here has invited: open a link, or ask for one."


def _no_login(text: str) -> Refusal:
    return Refusal("login", text, "an invitation, or the secret of someone who is known", "")
