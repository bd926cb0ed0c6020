"""What the server's short words mean for the reader, and what to do about them.

A refusal ends a connection, a reply refuses one wish. Where the code says enough, the sentence is ours and
in the reader's language; else it is the server's.
"""

from __future__ import annotations

from walkdown.i18n import _, mark
from walkdown.messages import Refusal, Reply

FINAL_CODES = frozenset({"version", "session", "hello", "full", "replaced", "login", "kicked"})
"""Refusals that another try would not change."""

_REFUSALS = {
    "replaced": mark("You have joined this session from another window or computer, so this one has ended."),
    "rate": mark("The server was asked too often from here; it is tried again in a few seconds."),
}
_REPLIES = {
    "rights": mark("Your role in this session does not allow this; ask a chair or admin."),
    "rate": mark("You were too fast for the server; wait a moment and do it again."),
    "conflict": mark(
        "Somebody else has changed it meanwhile; look at what stands there now, then do it again."
    ),
    "last-admin": mark("You are the only admin here; make somebody else admin first."),
    "read-only": mark("The server cannot keep changes at the moment; everything can still be looked at."),
}


def sentence(refusal: Refusal) -> str:
    """Return why a connection was refused or ended, as one sentence for people."""
    if refusal.code == "kicked":
        return _("You are not in this session any more. {reason}").format(reason=refusal.text).strip()
    if refusal.code == "login":
        return (
            _("You are not let in; ask whoever is there for a new link. {reason}")
            .format(reason=refusal.text)
            .strip()
        )
    known = _REFUSALS.get(refusal.code)
    return _(known) if known else refusal.text


def reply_sentence(reply: Reply) -> str:
    """Return why a wish was refused, as one sentence for people."""
    known = _REPLIES.get(reply.code)
    return _(known) if known else reply.text
