"""How a record of the session stands in the journal.

What every entry has (number, time, author, kind) stands in the entry; the rest is its payload, a
MessagePack map ``{name, op, undoes, body}``.
"""

from __future__ import annotations

import secrets
from typing import Any

import msgspec

from walkdown.errors import JournalError
from walkdown.i18n import _
from walkdown.messages import Record
from walkdown_server.journal.records import BODY_SIZE_MAX, SALT_SIZE, Entry

ADDED_BYTES = 256 * 1024
"""Room that a record has for what is added to the body of a wish: names, and the dates of all it brings."""


class _Payload(msgspec.Struct, frozen=True):
    name: str
    op: int
    undoes: int
    body: dict[str, Any]


def fits(body: dict[str, Any]) -> bool:
    """Tell whether a body is small enough for a record: a larger one could not be read again."""
    return len(msgspec.msgpack.encode(body)) <= BODY_SIZE_MAX - ADDED_BYTES


def entry_of(record: Record) -> Entry:
    """Return the entry that keeps a record."""
    payload = _Payload(record.author, record.op, record.undoes, record.body)
    return Entry(
        number=record.number,
        time_ns=record.time_ns,
        author=record.author_id,
        kind=record.kind,
        payload=msgspec.msgpack.encode(payload),
        salt=secrets.token_bytes(SALT_SIZE),
    )


def record_of(entry: Entry) -> Record:
    """Return the record that an entry keeps.

    Raises:
        JournalError: the payload is none of ours.
    """
    try:
        kept = msgspec.msgpack.decode(entry.payload, type=_Payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise JournalError(
            _("record {number} of the journal cannot be understood: {reason}").format(
                number=entry.number, reason=error
            )
        ) from error
    return Record(
        number=entry.number,
        time_ns=entry.time_ns,
        author=kept.name,
        author_id=entry.author,
        kind=entry.kind,
        body=kept.body,
        op=kept.op,
        undoes=kept.undoes,
    )
