"""Writes a session pack into a folder: what has changed, each file as a whole or not at all.

Only files that differ are touched. A topic's file that somebody has edited since it was written is not
lost: it is kept in ``edited`` before it is written anew. For one thread at a time.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from walkdown.messages import Attached, Comment, Topic, Viewpoint
from walkdown.review import ReviewState
from walkdown.review.contents import media_of
from walkdown_server.exchange.about import About, Files
from walkdown_server.exchange.pack.changes import Changes
from walkdown_server.exchange.pack.contents import (
    ATTRIBUTES,
    ENDINGS,
    blobs_of,
    blobs_of_marks,
    topic_files,
    views_text,
)
from walkdown_server.exchange.pack.minutes import (
    README,
    TopicLines,
    agenda_text,
    attendance_table,
    chat_line,
    minutes,
    topic_lines,
    topics_table,
)
from walkdown_server.exchange.pack.session_file import NAME as SESSION
from walkdown_server.exchange.pack.session_file import session_text
from walkdown_server.exchange.pack.topic_reading import TopicReader, is_edited
from walkdown_server.exchange.pack.topic_text import SAID, WRITTEN, read_written, written_head
from walkdown_server.exchange.report.model import topics_in_order

Bcf = Callable[[IO[bytes], ReviewState, Files], object]
"""Writes the BCF file of a review."""

BREATH_FILES = 20
"""After so many new files a breath is taken."""

EDITED, TOPICS = "edited", "topics/"
CHAT_HEAD = "# Chat\n\n"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Written:
    """What of a topic was written, and where; ``pictures`` are the names of its snapshots' files."""

    topic: Topic
    comments: tuple[Comment, ...]
    views: tuple[Viewpoint, ...]
    pictures: tuple[str, ...]
    paths: tuple[str, ...]
    lines: TopicLines

    def holds(self, topic: Topic, comments: Sequence[Comment], views: Sequence[Viewpoint]) -> bool:
        """Tell whether nothing has changed; what has not is the same object."""
        if topic is not self.topic or len(comments) != len(self.comments) or len(views) != len(self.views):
            return False
        both = (*zip(comments, self.comments, strict=True), *zip(views, self.views, strict=True))
        return all(now is before for now, before in both)


class PackFolder:
    """One pack on disk.

    Args:
        folder: is made when it does not exist. files: finds what the session's store has, by SHA-256.
        breathe: called after some files that were written, to let others have their turn.

    Raises:
        OSError: by each method: the disk is full, or does not let us write.
    """

    def __init__(self, folder: Path, files: Files, *, breathe: Callable[[], None] = lambda: None) -> None:
        self.folder, self._files, self._breathe = folder, files, breathe
        self._changes = Changes()
        self._texts: dict[str, int] = {}
        self._made = 0
        self._topics: dict[str, _Written] = {}
        self._blobs: dict[str, str] = {}
        self._chat: dict[str, str] | None = None
        self._hashes: dict[str, dict[str, set[str]]] | None = None

    def write(self, state: ReviewState, about: About) -> int:
        """Bring all but the BCF file up to date; returns how many files were written."""
        for place in ("topics", "snapshots", "files", "evidence"):
            (self.folder / place).mkdir(parents=True, exist_ok=True)
        self._changes.see(state)
        count = self._write_blobs(state)
        self._remove_gone(state)
        for path, text in self._changed_topics(state):
            count += self._put(path, text)
        for path, text in self._lists(state, about).items():
            count += self._put(path, text)
        return count

    def write_bcf(self, state: ReviewState, make: Bcf) -> None:
        """Bring the BCF file up to date."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with _replaced(self.folder / "topics.bcf") as new, new.open("wb") as file:
            make(file, state, self._files)

    # ---- topics -------------------------------------------------------------------------------------------

    def _changed_topics(self, state: ReviewState) -> Iterator[tuple[str, str]]:
        """Yield path and text of the files of topics of which anything is another than last time."""
        for name in tuple(self._changes.pending):
            topic = state.topics.get(name)
            if topic is not None:
                yield from self._changed_topic(state, topic)
            if not self._lacks(state, name):
                del self._changes.pending[name]

    def _changed_topic(self, state: ReviewState, topic: Topic) -> Iterator[tuple[str, str]]:
        comments, views = state.comments_on(topic.topic), state.views_of(topic.topic)
        before = self._topics.get(topic.topic)
        pictures = tuple(self._blobs.get(view.snapshot, "") for view in views)
        if before and before.pictures == pictures and before.holds(topic, comments, views):
            return
        made = dict(topic_files(topic, comments, views, pictures=self._blobs))
        for old in set(before.paths if before else ()) - set(made):
            self._remove(old)
        yield from made.items()
        lines = topic_lines(topic, len(comments))
        self._topics[topic.topic] = _Written(
            topic, tuple(comments), tuple(views), pictures, tuple(made), lines
        )

    def _lacks(self, state: ReviewState, name: str) -> bool:
        """Tell whether a file that a topic refers to has not come yet, so that it is looked for again."""
        return any(_key(place, file) not in self._blobs for place, file in blobs_of(state, (name,)))

    def _remove_gone(self, state: ReviewState) -> None:
        for name in self._changes.pending:
            if name in self._topics and name not in state.topics:
                for path in self._topics.pop(name).paths:
                    self._remove(path)

    def _remove(self, path: str) -> None:
        self._keep_edited(path)
        (self.folder / path).unlink(missing_ok=True)
        self._texts.pop(path, None)

    def _lists(self, state: ReviewState, about: About) -> Mapping[str, str]:
        lines = [self._topics[topic.topic].lines for topic in topics_in_order(state)]
        return {
            "README.md": README,
            ".gitattributes": ATTRIBUTES,
            "minutes.md": minutes(state, about, lines),
            "agenda.md": agenda_text(state),
            "views.md": views_text(state, self._blobs),
            "chat.md": self._chat_text(state),
            "attendance.csv": attendance_table(state),
            "topics.csv": topics_table(lines),
            SESSION: session_text(state, about),
            WRITTEN: written_head() + "".join(f"{each.written}\n" for each in lines),
        }

    def _chat_text(self, state: ReviewState) -> str:
        """Return all that was written to all, also what the review no longer holds."""
        if self._chat is None:
            self._chat = dict.fromkeys(_lines_of(self.folder / "chat.md"), "")
        for line in state.chat:
            self._chat[chat_line(line, state)] = ""
        return CHAT_HEAD + "".join(f"{line}\n" for line in self._chat)

    # ---- files --------------------------------------------------------------------------------------------

    def _write_blobs(self, state: ReviewState) -> int:
        """Bring pictures, documents and evidence that are not there yet; what the store lacks is left out."""
        count = 0
        pending = blobs_of(state, tuple(self._changes.pending))
        for place, file in (*pending, *blobs_of_marks(state)):
            sha256, key = _sha256_of(file), _key(place, file)
            if key in self._blobs:
                continue
            folder = self.folder / place.partition("/")[0]
            name = _there(folder, place, file)
            if not name and (data := self._files(sha256)) is not None:
                name = _blob_name(place, file, media_of(data[:16]))
                self._replace(folder / name, data)
                count += 1
            if name:
                self._blobs[key] = name
                self._blobs |= {sha256: name} if place == "snapshots" else {}
        return count

    def _put(self, path: str, text: str) -> bool:
        """Write a file if it says something else; tells whether it did."""
        known, new = self._texts.get(path), hash(text)
        if known == new and (self.folder / path).exists():
            return False
        if known is None or path.startswith(TOPICS):
            on_disk = _text_of(self.folder / path)
            if on_disk == text:
                self._texts[path] = new
                return False
            if path.startswith(TOPICS):
                self._keep_edited(path)
        self._replace(self.folder / path, text.encode())
        self._texts[path] = new
        return True

    def _replace(self, path: Path, data: bytes) -> None:
        _replace(path, data)
        self._made += 1
        if self._made % BREATH_FILES == 0:
            self._breathe()

    def _was_edited(self, path: str, on_disk: str) -> bool:
        """Tell whether a file is not as it was written, now or by a server before this one."""
        if path in self._texts:
            return hash(on_disk) != self._texts[path]
        if path.endswith(SAID):
            return any(line.startswith("- ") and "<!--" not in line for line in on_disk.split("\n"))
        if self._hashes is None:
            self._hashes = read_written(_text_of(self.folder / WRITTEN) or "")
        draft = TopicReader(lambda _number, _text: None).read(on_disk)
        draft.written = self._hashes.get(draft.values.get("topic", ""), {})
        return bool(draft.written) and is_edited(draft)

    def _keep_edited(self, path: str) -> None:
        """Keep a file in ``edited`` that is another than the one written last."""
        on_disk = _text_of(self.folder / path)
        if on_disk is None or not self._was_edited(path, on_disk):
            return
        kept = self.folder / EDITED / Path(path).name
        number = 1
        while kept.exists():
            number += 1
            kept = kept.with_name(f"{Path(path).stem}-{number}.md")
        kept.parent.mkdir(exist_ok=True)
        _replace(kept, on_disk.encode())
        _log.warning("%s was edited while the session runs; what was edited is kept as %s", path, kept)


def _sha256_of(file: Attached | str) -> str:
    return file.sha256 if isinstance(file, Attached) else file


def _key(place: str, file: Attached | str) -> str:
    """Return by what a file of the pack is known that was written."""
    return f"{place}:{_sha256_of(file)}"


def _there(folder: Path, place: str, file: Attached | str) -> str:
    """Return the name of a file that is there already, "" for none; nothing is read but its size."""
    if isinstance(file, str):
        names = [f"{file}{ending}" for ending in ENDINGS.values()]
        return next((name for name in names if (folder / name).exists()), "")
    name = _blob_name(place, file, "")
    try:
        return name if (folder / name).stat().st_size == file.size else ""
    except FileNotFoundError:
        return ""


def _blob_name(place: str, file: Attached | str, media: str) -> str:
    if isinstance(file, str):
        return f"{file}{ENDINGS.get(media, '.bin')}"
    if place.startswith("evidence/"):
        return f"{place.partition('/')[2]}.json"
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in file.name)
    return f"{file.sha256[:12]}-{safe[-80:].lstrip('.') or 'file'}"


def _text_of(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def _lines_of(path: Path) -> list[str]:
    return [line for line in (_text_of(path) or "").split("\n") if line.startswith("- ")]


def _replace(path: Path, data: bytes) -> None:
    """Write a file that appears as a whole."""
    with _replaced(path) as new:
        new.write_bytes(data)


@contextlib.contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """Lend a place for a file that then appears as a whole; what a full disk leaves of it is taken away."""
    new = path.with_name(path.name + ".new")
    try:
        yield new
        new.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise
