"""The files of one voice recording: a track for each person, and an index by session time.

The index has a line of JSON for each thing that happened: ``recording`` first, ``track``, ``spoke`` for some
time without a pause, ``end``. Files are only appended to; who is killed leaves what stood there before.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from walkdown.voice import Packet
from walkdown_server.voice.ogg import OggOpus
from walkdown_server.voice.track import Spoke, Track

INDEX = "index.jsonl"
_NAME_MAX = 40
_UNSAFE = re.compile(r"[^\w-]+")


@dataclass(frozen=True, slots=True)
class Begin:
    """A recording begins; session time."""

    time_ns: int
    by: str


@dataclass(frozen=True, slots=True)
class Said:
    """A packet of someone, and the session time at which it came."""

    author_id: str
    name: str
    packet: Packet
    time_ns: int


class RecordingFiles:
    """The files of one recording."""

    def __init__(self, place: Path, begin: Begin, *, session: str) -> None:
        self._place, self._begin, self._session = place, begin, session
        self._opened: _File | None = None
        self._files: dict[str, tuple[Track, _File]] = {}

    def say(self, said: Said) -> None:
        """Take a packet."""
        if said.author_id not in self._files:
            self._files[said.author_id] = self._begin_track(said)
        self._files[said.author_id][0].put(said.packet, said.time_ns)

    def write(self, now_ns: int) -> None:
        """Write what is old enough; that the index was touched says that the recording goes on."""
        os.utime(self._index().path)
        for track, file in self._files.values():
            pages, spoken = track.written(now_ns)
            self._put(file, pages, spoken)
            if not pages:
                file.rest()

    def close(self, now_ns: int) -> None:
        """Write everything, up to now, and close the files; the recording may go on in others."""
        self._index()
        for track, file in self._files.values():
            self._put(file, *track.ended(now_ns))
        self.give_up()

    def end(self, end_ns: int) -> None:
        """Write everything, up to when the recording ended."""
        self.close(end_ns)
        self._note({"what": "end", "end_ns": end_ns, "end": utc(end_ns)})
        self.give_up()

    def give_up(self) -> None:
        """Close the files as they are."""
        for _track, file in self._files.values():
            file.rest()
        self._files.clear()
        if self._opened is not None:
            self._opened.rest()
        self._opened = None

    def _begin_track(self, said: Said) -> tuple[Track, _File]:
        begin = self._begin
        tags = {
            "TITLE": f"{said.name}, {self._session}",
            "ARTIST": said.name,
            "DATE": utc(begin.time_ns),
            "WALKDOWN_SESSION": self._session,
            "WALKDOWN_PERSON": said.author_id,
            "WALKDOWN_START_NS": str(begin.time_ns),
        }
        self._index()
        file = _File(_free_name(self._place, said.name))
        stream = OggOpus(secrets.randbits(32), tags)
        file.write(stream.head())
        self._note({"what": "track", "file": file.path.name, "person": said.author_id, "name": said.name})
        return Track(stream, begin.time_ns), file

    def _put(self, file: _File, pages: bytes, spoken: list[Spoke]) -> None:
        file.write(pages)
        for one in spoken:
            entry = {"what": "spoke", "file": file.path.name, "from_ns": one.from_ns, "to_ns": one.to_ns}
            self._note(entry)

    def _index(self) -> _File:
        """Return the index, which begins with what the recording is."""
        if self._opened is None:
            self._place.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._opened = _File(self._place / INDEX)
            if not self._opened.size_bytes:
                begin = self._begin
                entry = {"what": "recording", "session": self._session, "by": begin.by}
                self._note(entry | {"start_ns": begin.time_ns, "start": utc(begin.time_ns)})
        return self._opened

    def _note(self, entry: dict[str, Any]) -> None:
        self._index().write((json.dumps(entry, ensure_ascii=False) + "\n").encode())


class _File:
    """A file that is only appended to, and never ends in half of what was appended; nobody else may read it.

    Attributes:
        size_bytes: of what stands in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: FileIO | None = None
        self.size_bytes = self._opened().tell()

    def _opened(self) -> FileIO:
        if self._file is None:
            self._file = FileIO(self.path, "ab", opener=_open_for_us)
        return self._file

    def write(self, data: bytes) -> None:
        """Append.

        Raises:
            OSError: nothing of it was appended.
        """
        if not data:
            return
        file, rest = self._opened(), memoryview(data)
        try:
            while rest:
                rest = rest[file.write(rest) or 0 :]
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(self.size_bytes)
            raise
        self.size_bytes += len(data)

    def rest(self) -> None:
        """Have the disk keep it, and hold nothing open until more is appended: people come and go."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                os.fsync(file.fileno())
            file.close()


def _open_for_us(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _free_name(place: Path, name: str) -> Path:
    """Return a path for a track of someone that is not there yet."""
    base = _UNSAFE.sub("-", name).strip("-")[:_NAME_MAX] or "somebody"
    numbers = itertools.count(2)
    path = place / f"{base}.opus"
    while path.exists():
        path = place / f"{base}-{next(numbers)}.opus"
    return path


def folder_name(time_ns: int) -> str:
    """Return how the folder of a recording is called that began at this session time."""
    seconds, rest_ns = divmod(time_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%dT%H%M%S}.{rest_ns // 10**6:03}Z"


def utc(time_ns: int) -> str:
    """Return a session time as people write it, in UTC, to the millisecond."""
    return datetime.fromtimestamp(time_ns / 1e9, UTC).isoformat(timespec="milliseconds")
