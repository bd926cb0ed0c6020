"""The folder of a session's past: sealed segments, the log of what is newest, and their catalogues.

``NUMBER.seg`` are segments, oldest first; ``log`` holds what came after the last of them; ``HASH.catalogue``
says which signals their blocks hold. All together have at most so many bytes; the oldest segment goes first.
What a crash tore off the end of the log is cut off. Whoever writes here is alone: the session's journal has
the lock.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from walkdown.errors import HistoryError
from walkdown_server.history.records import (
    HASH_SIZE,
    LOG_MAGIC,
    SEGMENT_MAGIC,
    SPAN_NS_MAX,
    TRAILER,
    Contents,
    Entry,
    Gathered,
    Run,
    pack_batch,
    pack_header,
    pack_segment,
    read_contents,
    read_log,
    read_run,
)

SEGMENT_BYTES = 8_000_000
SEGMENTS_LEAST = 16
"""A small ring has so many segments, so that not much goes at once."""

_O_BINARY = getattr(os, "O_BINARY", 0)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Segment:
    """A sealed segment: where its runs lie.

    Attributes:
        numbers, offsets, sizes: (r,) uint32, of the runs.
    """

    path: Path
    size: int
    contents: Contents
    numbers: npt.NDArray[np.uint32]
    offsets: npt.NDArray[np.uint32]
    sizes: npt.NDArray[np.uint32]

    @property
    def catalogue(self) -> bytes:
        """Hash of its catalogue."""
        return self.contents.catalogue

    @property
    def first_ns(self) -> int:
        """Session time of its oldest entry."""
        return self.contents.first_ns

    @property
    def last_ns(self) -> int:
        """Session time of its newest entry."""
        return self.contents.last_ns

    @property
    def ended(self) -> Sequence[int]:
        """Times from which on there was no past for a while."""
        return self.contents.ended

    @property
    def people(self) -> Sequence[tuple[int, int, str]]:
        """(time, number of the person, author id), in order."""
        return self.contents.people

    def run(self, number: int) -> Run | None:
        """Read a run, None when it has none.

        Raises:
            HistoryError: it is damaged. OSError: it is gone, or the disk fails.
        """
        place = int(np.searchsorted(self.numbers, number))
        if place == len(self.numbers) or self.numbers[place] != number:
            return None
        offset, size = int(self.offsets[place]), int(self.sizes[place])
        return read_run(_read_at(self.path, offset, size), self.first_ns)

    def expect(self, number: int) -> None:
        """Have the system fetch a run from the disk, where it can be told so; :meth:`run` reads it soon."""
        place = int(np.searchsorted(self.numbers, number))
        if place < len(self.numbers) and hasattr(os, "posix_fadvise"):
            with contextlib.suppress(OSError), self.path.open("rb", buffering=0) as file:
                offset, size = int(self.offsets[place]), int(self.sizes[place])
                os.posix_fadvise(file.fileno(), offset, size, os.POSIX_FADV_WILLNEED)


Piece = Segment | Gathered


class Ring:
    """The past of one session on disk, and the newest of it in memory too.

    Args:
        folder: is made when it does not exist. catalogue: hash of the catalogue of what will come.
        catalogue_bytes: the catalogue. limit_bytes: of all files.

    Raises:
        OSError: the disk does not let us read or write.

    Attributes:
        segments: oldest first; replaced as a whole, so that threads can read on.
    """

    def __init__(self, folder: Path, *, catalogue: bytes, catalogue_bytes: bytes, limit_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._catalogue, self._limit = folder, catalogue, limit_bytes
        self._segment_bytes = max(1, min(SEGMENT_BYTES, limit_bytes // SEGMENTS_LEAST))
        self._lock = threading.Lock()
        self.segments: tuple[Segment, ...] = ()
        self._next = 1
        self._open_segments()
        self._gathered = Gathered(catalogue)
        self._sealing: Gathered | None = None
        self._log_file = -1
        self._log_end = 0
        try:
            self._keep_catalogue(catalogue_bytes)
            self._open_log()
        except OSError:
            self.close()
            raise

    # ---- what is there ----------------------------------------------------------------------------------

    @property
    def oldest_ns(self) -> int:
        """Session time of the oldest entry, 0 for none."""
        return next((first for first, _last in self._spans() if first), 0)

    @property
    def newest_ns(self) -> int:
        """Session time of the newest entry, 0 for none."""
        return max((last for _first, last in self._spans()), default=0)

    @property
    def size_bytes(self) -> int:
        """Bytes of segments and log."""
        return sum(segment.size for segment in self.segments) + self._log_end

    @property
    def is_full(self) -> bool:
        """Whether what was gathered should be sealed."""
        if self._sealing is not None:
            return True
        gathered = self._gathered
        span_ns = gathered.last_ns - gathered.first_ns
        return gathered.size >= self._segment_bytes or span_ns > SPAN_NS_MAX // 2

    def pieces(self) -> list[Piece]:
        """Return everything there is, oldest first; what is newest is copied only when it is read."""
        with self._lock:
            newest = [self._sealing, self._gathered]
            return [*self.segments, *(piece for piece in newest if piece is not None and piece.first_ns)]

    def run(self, piece: Piece, number: int) -> Run | None:
        """Return a run of a piece, as it is now.

        Raises:
            HistoryError, OSError: see :meth:`Segment.run`.
        """
        if isinstance(piece, Segment):
            return piece.run(number)
        with self._lock:
            return piece.run(number)

    def catalogue_bytes(self, catalogue: bytes) -> bytes:
        """Return the catalogue of this hash.

        Raises:
            OSError: it is not there.
        """
        return self._catalogue_path(catalogue).read_bytes()

    def _spans(self) -> list[tuple[int, int]]:
        newest: list[Piece] = [piece for piece in (self._sealing, self._gathered) if piece is not None]
        return [(piece.first_ns, piece.last_ns) for piece in (*self.segments, *newest)]

    # ---- writing: one thread ----------------------------------------------------------------------------

    def gather(self, entries: Iterable[Entry]) -> None:
        """Have entries in memory, so that they can be read; they are on disk after :meth:`append`."""
        with self._lock:
            for entry in entries:
                self._gathered.take(entry)

    def append(self, entries: Iterable[Entry]) -> None:
        """Write entries that were gathered to the log.

        Raises:
            OSError: the log is as it was before, as far as the disk lets us.
        """
        batch = pack_batch(entries)
        try:
            _write(self._log_file, batch)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._log_file, self._log_end)
                os.lseek(self._log_file, self._log_end, os.SEEK_SET)
            raise
        self._log_end += len(batch)

    def seal(self) -> None:
        """Make a segment of what was gathered, begin an empty log, and let the oldest go.

        Raises:
            OSError: it could not be written; it stays in the log, and the next call tries again.
        """
        again = self._sealing is not None
        self._seal_one()
        if again and self._gathered.first_ns:
            self._seal_one()  # it stands in the log too, which is about to go
        self._begin_log()
        self._let_go()

    def _seal_one(self) -> None:
        with self._lock:
            if self._sealing is None:
                self._sealing, self._gathered = self._gathered, Gathered(self._catalogue)
        segment = self._write_segment(self._sealing)
        with self._lock:
            self.segments = (*self.segments, segment)
            self._sealing = None

    def close(self) -> None:
        """Close the log."""
        if self._log_file >= 0:
            os.close(self._log_file)
            self._log_file = -1

    def _write_segment(self, gathered: Gathered) -> Segment:
        data = pack_segment(gathered)
        path = self._folder / f"{self._next:08d}.seg"
        new = path.with_suffix(".new")
        try:
            file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _O_BINARY, 0o600)
            try:
                _write(file, data)
                os.fsync(file)
            finally:
                os.close(file)
            new.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                new.unlink()
            raise
        self._next += 1
        return _open_segment(path)

    def _let_go(self) -> None:
        """Delete the oldest segments until the rest, and as much again as a segment, fit."""
        room = max(0, self._limit - 2 * self._segment_bytes)
        while self.segments and sum(segment.size for segment in self.segments) > room:
            try:
                self.segments[0].path.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("%s cannot be deleted: %s", self.segments[0].path, error)
                return
            with self._lock:
                self.segments = self.segments[1:]
        self._forget_catalogues()

    # ---- files ------------------------------------------------------------------------------------------

    def _open_segments(self) -> None:
        found: list[Segment] = []
        for path in sorted(self._folder.glob("*.seg")):
            try:
                found.append(_open_segment(path))
            except HistoryError as error:
                _log.warning("%s holds a piece of the past that is damaged and left out: %s", path, error)
            with contextlib.suppress(ValueError):
                self._next = max(self._next, int(path.stem) + 1)
        self.segments = tuple(found)
        for path in self._folder.glob("*.new"):
            path.unlink(missing_ok=True)

    def _open_log(self) -> None:
        """Read what the log holds; one of another catalogue becomes a segment, one that is none goes."""
        path = self._folder / "log"
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            self._begin_log()
            return
        try:
            catalogue, entries, end = read_log(data)
            earlier = Gathered(catalogue)
            for entry in entries:
                earlier.take(entry)
        except (HistoryError, ValueError) as error:
            _log.warning("%s is damaged and left out: %s", path, error)
            self._begin_log()
            return
        self._gathered = earlier
        if catalogue != self._catalogue and earlier.first_ns:
            self._gathered = Gathered(self._catalogue)
            self.segments = (*self.segments, self._write_segment(earlier))
            self._begin_log()
        elif catalogue != self._catalogue:
            self._gathered = Gathered(self._catalogue)
            self._begin_log()
        else:
            self._continue_log(path, end)

    def _continue_log(self, path: Path, end: int) -> None:
        self._log_file = os.open(path, os.O_RDWR | _O_BINARY)
        os.ftruncate(self._log_file, end)
        os.lseek(self._log_file, end, os.SEEK_SET)
        self._log_end = end

    def _begin_log(self) -> None:
        self.close()
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | _O_BINARY
        self._log_file = os.open(self._folder / "log", flags, 0o600)
        self._log_end = 0
        header = pack_header(LOG_MAGIC, self._catalogue)
        _write(self._log_file, header)
        self._log_end = len(header)

    def _keep_catalogue(self, data: bytes) -> None:
        path = self._catalogue_path(self._catalogue)
        if not path.exists():
            new = path.with_suffix(".new")
            new.write_bytes(data)
            new.replace(path)

    def _forget_catalogues(self) -> None:
        """Delete catalogues of which no block is left."""
        kept = {self._catalogue, *(segment.catalogue for segment in self.segments)}
        names = {self._catalogue_path(catalogue).name for catalogue in kept}
        for path in self._folder.glob("*.catalogue"):
            if path.name not in names:
                path.unlink(missing_ok=True)

    def _catalogue_path(self, catalogue: bytes) -> Path:
        return self._folder / f"{catalogue.hex()[:32]}.catalogue"


def _read_at(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        return file.read(size)


def has_room(folder: Path, needed_bytes: int) -> bool:
    """Tell whether a disk has so many bytes free."""
    try:
        return shutil.disk_usage(folder).free >= needed_bytes
    except OSError:
        return False


def _open_segment(path: Path) -> Segment:
    """Read where the runs of a segment lie.

    Raises:
        HistoryError: it is damaged, or none.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(len(SEGMENT_MAGIC) + HASH_SIZE)
            file.seek(max(0, size - TRAILER.size))
            trailer = file.read(TRAILER.size)
            if not head.startswith(SEGMENT_MAGIC) or len(trailer) < TRAILER.size:
                raise HistoryError("it does not begin like a segment")
            end_size, checksum = TRAILER.unpack(trailer)
            if end_size > size:
                raise HistoryError(f"its end announces {end_size} bytes of {size}")
            file.seek(size - TRAILER.size - end_size)
            contents = read_contents(file.read(end_size), checksum)
    except OSError as error:
        raise HistoryError(str(error)) from error
    columns = (contents.numbers, contents.offsets, contents.sizes)
    numbers, offsets, sizes = (np.frombuffer(column, np.uint32) for column in columns)
    return Segment(path, size, contents, numbers, offsets, sizes)


def _write(file: int, data: bytes) -> None:
    """Write all of it; a disk that takes a part and then no more is full."""
    view = memoryview(data)
    while view:
        written = os.write(file, view)
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        view = view[written:]
