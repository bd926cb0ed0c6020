"""Where people hand in models and files of the review, and ask for exports: checks, and hands on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from walkdown.messages import CancelFile, CancelModel, Message, OfferFile, OfferModel, Record
from walkdown_server.access import OPERATIONS_PER_SEC
from walkdown_server.door.people import Identity
from walkdown_server.door.rules import denied
from walkdown_server.parties import FILE_MESSAGES, FileMessage, Files, Member, Offers

INTAKE_MESSAGES: tuple[type[Message], ...] = (OfferModel, CancelModel, *FILE_MESSAGES)

_TOO_OFTEN = f"at most {OPERATIONS_PER_SEC:.0f} changes a second are taken"


class IntakeDesk:
    """What people bring into one room.

    Args:
        secs: monotonic. answer: tells an author, by id, also when they come back. reply: answers one client.
        refuse: says why something is not taken.

    Attributes:
        offers: who takes model files; None refuses them. files: who takes those of the review.
    """

    offers: Offers | None = None
    files: Files | None = None

    def __init__(
        self,
        *,
        secs: Callable[[], float],
        answer: Callable[[str, Message], None],
        reply: Callable[[Member, Message], None],
        refuse: Callable[[Member, Message, str], None],
    ) -> None:
        self._secs, self._answer, self._reply, self._refuse = secs, answer, reply, refuse

    def take(self, member: Member, message: Message) -> None:
        """Do what one of :data:`INTAKE_MESSAGES` says."""
        if isinstance(message, OfferModel):
            self._offer(member, message)
        elif isinstance(message, CancelModel):
            if self.offers is not None:
                self.offers.cancel(member.identity, message.model)
        elif isinstance(message, FileMessage):
            self._take_file(member, message)

    def _offer(self, member: Member, message: OfferModel) -> None:
        if self.offers is None:
            self._refuse(member, message, "this server takes no models")
        elif not member.operations.take(self._secs()):
            self._refuse(member, message, _TOO_OFTEN)
        else:
            self.offers.offer(member.identity, message, partial(self._reply, member))

    def _take_file(self, member: Member, message: FileMessage) -> None:
        rated = not isinstance(message, CancelFile)
        if self.files is None:
            self._refuse(member, message, "this server takes and gives out no files")
        elif rated and not member.operations.take(self._secs()):
            self._refuse(member, message, _TOO_OFTEN)
        else:
            self.files.take(member.identity, message, partial(self._answer, member.identity.author.id))

    def knows_file(self, sha256: str) -> bool:
        """Tell whether a record may refer to a file."""
        return self.files is None or self.files.knows(sha256)

    def forget(self, identity: Identity) -> None:
        """Give up everything that somebody brings in; they are gone."""
        for desk in (self.offers, self.files):
            if desk is not None:
                desk.forget(identity)

    def note(self, record: Record, identity: Identity) -> None:
        """Give up what somebody brings in who may not any more."""
        if record.kind == "role":
            if self.offers is not None and denied(identity.role, OfferModel):
                self.offers.forget(identity)
            if self.files is not None and denied(identity.role, OfferFile):
                self.files.forget(identity)
