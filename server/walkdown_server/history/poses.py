"""Who had moved since they were last written, from the sections that a newcomer would get.

Pure. Five times a second all poses come; kept are those that differ from what was kept of the same person
before, and once in a while all, so that a read need not look back for ever.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from walkdown.codec import HANDS, POSE, SECTION_HEADER_SIZE, Section, pack_section

_AGE = slice(POSE.itemsize - 2, POSE.itemsize)
_DTYPES = {int(Section.POSES): POSE, int(Section.HANDS): HANDS}


class Moved:
    """Remembers what was kept of each person."""

    def __init__(self) -> None:
        self._kept: dict[int, dict[bytes, bytes]] = {kind: {} for kind in _DTYPES}

    def forget(self) -> None:
        """Keep everyone the next time."""
        for kept in self._kept.values():
            kept.clear()

    def take(self, sections: bytes) -> bytes:
        """Return sections with those who have moved, empty for none."""
        parts = []
        for kind, payload in split(sections):
            size, kept = _DTYPES[kind].itemsize, self._kept[kind]
            moved = []
            for start in range(0, len(payload), size):
                record = payload[start : start + size]
                person, rest = record[:2], record[2 : _AGE.start] + record[_AGE.stop :]
                if kept.get(person) != rest:
                    kept[person] = rest
                    moved.append(record)
            if moved:
                parts.append(pack_section(Section(kind), b"".join(moved)))
        return b"".join(parts)


def heads(sections: bytes) -> npt.NDArray[np.void]:
    """Return the records of ``POSE`` in sections, heads of those with hands among them."""
    found = [np.zeros(0, POSE)]
    for kind, payload in split(sections):
        records = np.frombuffer(payload, _DTYPES[kind])
        found.append(records["pose"] if kind == Section.HANDS else records)
    return np.concatenate(found)


def split(sections: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and payload of the sections that hold poses."""
    offset = 0
    while offset < len(sections):
        head = int.from_bytes(sections[offset : offset + SECTION_HEADER_SIZE], "little")
        start = offset + SECTION_HEADER_SIZE
        offset = start + (head >> 8)
        if head & 0xFF in _DTYPES:
            yield head & 0xFF, sections[start:offset]
