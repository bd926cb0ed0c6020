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
from walkdown_server.journal.records import SALT_SIZE, Entry


class _Payload(msgspec.Struct, frozen=True):
    name: str
    op: int
    undoes: int
    body: dict[str, Any]


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
