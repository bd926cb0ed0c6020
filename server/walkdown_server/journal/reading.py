"""What the bytes of a journal and of its heads prove: every byte is checked, and damage is named.

Pure. What stands after the last head has been promised to nobody: if it is whole it counts, else it is
*torn*. Damage in what was promised is a :class:`Fault`; the records before it still count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from walkdown.errors import JournalError
from walkdown.i18n import _
from walkdown_server.journal.heads import GROUP_MAX, BadRow, Head, HeadsFile, read_heads, signature_holds
from walkdown_server.journal.records import (
    HEADER_SIZE,
    MAGIC,
    Entry,
    first_hash,
    pack_header,
    read_entry,
    read_header,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Damage.

    Attributes:
        record: number of the first record concerned, 0 when it is none.
        last: number of the last record concerned, as far as the heads tell, else that of the first.
        file: ``journal``, ``heads`` or ``file``. byte: where. text: what is wrong, one sentence.
    """

    record: int
    last: int
    file: str
    byte: int
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a journal holds.

    Attributes:
        identity: of the journal. version: of the heads file, and heads: the good ones.
        entries: all records that can be proved, oldest first. at: where the last of them ends.
        torn: how many bytes follow that were promised to nobody. faults: the first one concerned first.
    """

    identity: bytes
    version: int
    heads: tuple[Head, ...]
    entries: list[Entry]
    at: Head
    torn: int
    faults: tuple[Fault, ...]

    @property
    def promised(self) -> int:
        """Number of the newest record that was acknowledged, 0 for none."""
        return self.heads[-1].number if self.heads else 0


def read(journal: bytes, heads: bytes, *, all_signatures: bool = False) -> Reading:
    """Return what can be proved.

    Args:
        all_signatures: check each; otherwise the last, which vouches for all records before it.

    Raises:
        JournalError: nothing can be proved, or the two files do not belong together.
    """
    file = read_heads(heads)
    identity, header_faults = _identity(journal, file)
    start = Head(0, HEADER_SIZE, first_hash(pack_header(MAGIC, identity)))
    reading = _read_entries(
        memoryview(journal), start, Reading(identity, file.version, file.heads, [], start, 0, ())
    )
    checked = file.heads if all_signatures else file.heads[-1:]
    faults = [
        *header_faults,
        *(_fault_of_row(row, file) for row in file.bad),
        *_fault_of_signatures(checked, file, identity),
        *reading.faults,
    ]
    torn = 0 if faults else reading.torn
    return replace(reading, torn=torn, faults=tuple(sorted(faults, key=lambda fault: fault.record)))


def _identity(journal: bytes, file: HeadsFile) -> tuple[bytes, list[Fault]]:
    """Return the identity of a journal, which both files have, and what is wrong with one of them."""
    last = max(1, file.heads[-1].number if file.heads else 0)
    try:
        identity = read_header(journal, MAGIC)
    except JournalError as error:
        if file.identity is None:
            raise JournalError(_("the headers of journal and heads are both damaged")) from error
        return file.identity, [Fault(1, last, "journal", 0, str(error))]
    if file.identity is None:
        if not file.heads and len(journal) > HEADER_SIZE:
            raise JournalError(_("heads: {reason}").format(reason=file.text))
        return identity, [Fault(1, last, "heads", 0, file.text)]
    if file.identity != identity:
        raise JournalError(_("heads belongs to another journal; both have to be of one backup"))
    return identity, []


def _read_entries(data: memoryview, at: Head, reading: Reading) -> Reading:
    """Return what the records are, up to the first that is not as it was promised."""
    by_number = {head.number: head for head in reading.heads}
    sure = at
    entries = reading.entries
    while at.end < len(data):
        number = at.number + 1
        try:
            entry, own_hash, end = read_entry(data, at.end, at.hash, number=number)
        except JournalError as error:
            if number > reading.promised:
                break
            text = _("record {number} at byte {byte} is damaged: {reason}")
            text = text.format(number=number, byte=at.end, reason=error)
            return _with_fault(reading, at, Fault(number, reading.promised, "journal", at.end, text))
        found = Head(number, end, own_hash)
        if by_number.get(number, found) != found:
            return _replaced(reading, sure, number)
        entries.append(entry)
        at = found
        sure = at if number in by_number else sure
    if at.number < reading.promised:
        return _with_fault(reading, at, _missing(at, reading.promised, len(data)))
    if reading.version > 1 and at.number > reading.promised + GROUP_MAX:
        return _with_fault(reading, at, _cut_heads(at, reading.promised))
    return replace(reading, at=at, torn=len(data) - at.end)


def _missing(at: Head, promised: int, size: int) -> Fault:
    text = _("the records {first} to {last} were acknowledged and are missing (the file ends at byte {byte})")
    text = text.format(first=at.number + 1, last=promised, byte=size)
    return Fault(at.number + 1, promised, "journal", at.end, text)


def _cut_heads(at: Head, promised: int) -> Fault:
    text = _("the heads of the records {first} to {last} are missing: the file was cut")
    text = text.format(first=promised + 1, last=at.number)
    return Fault(promised + 1, at.number, "heads", 0, text)


def _replaced(reading: Reading, sure: Head, number: int) -> Reading:
    """Go back to the last record that a head vouches for: what follows is whole, but another."""
    del reading.entries[sure.number :]
    text = _("record {number} at byte {byte} is not the record that was acknowledged")
    text = text.format(number=sure.number + 1, byte=sure.end)
    if sure.number + 1 < number:
        text = _("the records {first} to {last} are not those that were acknowledged")
        text = text.format(first=sure.number + 1, last=number)
    return _with_fault(reading, sure, Fault(sure.number + 1, reading.promised, "journal", sure.end, text))


def _with_fault(reading: Reading, at: Head, fault: Fault) -> Reading:
    return replace(reading, at=at, faults=(fault,))


def _fault_of_row(row: BadRow, file: HeadsFile) -> Fault:
    text = _("head {row} at byte {byte} is damaged: {reason}")
    text = text.format(row=row.row, byte=row.byte, reason=row.text)
    following = (head.number for head in file.heads if head.number > row.after)
    return Fault(row.after + 1, next(following, row.after + 1), "heads", row.byte, text)


def _fault_of_signatures(heads: tuple[Head, ...], file: HeadsFile, identity: bytes) -> Iterator[Fault]:
    for head in heads:
        if not signature_holds(head, identity):
            before = max((other.number for other in file.heads if other.number < head.number), default=0)
            text = _("the head of record {number} is not signed by the key that it names")
            yield Fault(before + 1, head.number, "heads", 0, text.format(number=head.number))
