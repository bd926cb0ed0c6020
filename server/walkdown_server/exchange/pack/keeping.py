"""Keeps a session pack up to date beside a running session: in a thread, and never in anybody's way.

A change is on disk two seconds after the last one at the latest, as long as the disk takes it; what it
does not take is said, and tried again. While changes never end, a large review is written as often as that
takes a twentieth of a processor, and what thousands of topics bring at once comes as slowly as it has to.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from walkdown.review import ReviewState
from walkdown_server.exchange.about import About, Files, ModelLine
from walkdown_server.exchange.pack.folder import Bcf, PackFolder

FOLDER = "review"
"""Within that of the session."""

LOOK_SECS = 0.5
PAUSE_SECS, PAUSE_SHARE = 0.8, 20.0
"""While changes never end it is written anew so soon at the earliest; or so many times what writing takes."""

BCF_EVERY_SECS, BCF_SHARE = 30.0, 20.0
"""The BCF file is written anew so often at most; and so many times as rarely as it takes."""

AGAIN_SECS = 5.0
"""How soon a disk that did not take something is tried again."""

BREATH_SECS, SHORT_BREATHS, BREATH_SHARE = 0.002, 20, 8.0
"""Between some files and the next ones the session's own thread has its turn, and the disk its journal.

After so many breaths in a row each takes so many times as long as writing since the one before.
"""

_log = logging.getLogger(__name__)
_State = tuple[int, tuple[ModelLine, ...]]
"""What was written: the revision of the review, and the models."""


class Keeping:
    """The pack of one session.

    Args:
        folder: of the pack. files: finds what the session's store has. bcf: writes the BCF file.
        review: the review as it stands; ``about`` what is said beside it. Both are asked in the loop.
        tell: told a sentence when the disk does not take the pack, "" when it does again.
    """

    def __init__(
        self,
        folder: Path,
        files: Files,
        *,
        review: Callable[[], ReviewState],
        about: Callable[[], About],
        bcf: Bcf | None,
        tell: Callable[[str], None],
    ) -> None:
        self._pace = Pace()
        self._folder = PackFolder(folder, files, breathe=self._pace.breathe)
        self._review, self._about, self._bcf, self._tell = review, about, bcf, tell
        self._written: dict[str, _State] = {}
        self._faults: dict[str, str] = {}
        self._bcf_next_secs = time.monotonic() + BCF_EVERY_SECS
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Write what changes, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECS)
            if await self.settle(bcf=time.monotonic() > self._bcf_next_secs):
                await self._pause()
            elif any(self._faults.values()):
                await asyncio.sleep(AGAIN_SECS)

    async def _pause(self) -> None:
        """Wait after writing, but not for long once changes have come to an end."""
        revision, until = -1, time.monotonic() + max(PAUSE_SECS, PAUSE_SHARE * self._pace.took_secs)
        while revision != self._review().revision and (left := until - time.monotonic()) > 0:
            revision = self._review().revision
            await asyncio.sleep(min(left, LOOK_SECS))

    async def settle(self, *, bcf: bool) -> bool:
        """Write what has changed; tells whether anything had, and could be written."""
        async with self._turn:
            review, about = self._review(), self._about()
            now = (review.revision, about.models)
            make = self._bcf if bcf else None
            parts = ("texts", "bcf") if make is not None else ("texts",)
            if not review.revision or all(self._written.get(part) == now for part in parts):
                return False
            review = review.copy()
            texts = await self._bring("texts", now, partial(self._write, review, about))
            if make is None:
                return texts
            began = time.monotonic()
            done = await self._bring("bcf", now, partial(self._folder.write_bcf, review, make))
            took_secs = time.monotonic() - began
            self._bcf_next_secs = began + max(BCF_EVERY_SECS, BCF_SHARE * took_secs)
            return texts or done

    def _write(self, review: ReviewState, about: About) -> None:
        self._pace.begin()
        self._folder.write(review, about)
        self._pace.end()

    async def close(self) -> None:
        """Write what is left to write, as fast as it goes."""
        self._pace.hurries = True
        await self.settle(bcf=True)

    async def _bring(self, part: str, now: _State, work: Callable[[], object]) -> bool:
        """Bring a part of the pack up to date in a thread; tells whether it was not, and is now."""
        if self._written.get(part) == now:
            return False
        writing = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            self._pace.hurries = True
            await asyncio.wait([writing])  # a thread cannot be stopped, and the next one has to wait for it
            raise
        except OSError as error:
            self._say(
                part,
                f"The results of the review cannot be written ({error.strerror or error}); "
                "everything else goes on, and they are written as soon as the disk takes them.",
            )
            return False
        except Exception:
            _log.exception("a part of the session pack could not be written: %s", part)
            self._say(part, "A part of the results of the review cannot be written; see the server's log.")
        else:
            self._say(part, "")
        self._written[part] = now
        return not self._faults[part]

    def _say(self, part: str, fault: str) -> None:
        """Say how it is, when that has changed."""
        before = self._told()
        self._faults[part] = fault
        if self._told() != before:
            if fault:
                _log.warning("session pack: %s", fault)
            self._tell(self._told())

    def _told(self) -> str:
        return next((fault for fault in self._faults.values() if fault), "")


class Pace:
    """Spreads the writing of many files over time.

    Attributes:
        took_secs: processor time of the last writing. hurries: there is nobody left who would be disturbed.
    """

    def __init__(self) -> None:
        self.took_secs, self.hurries = 0.0, False
        self._breaths = 0
        self._began_secs = self._since_secs = 0.0

    def begin(self) -> None:
        """Begin to write; in the thread that writes, like everything else."""
        self._breaths = 0
        self._began_secs, self._since_secs = time.thread_time(), time.monotonic()

    def breathe(self) -> None:
        """Let others have their turn."""
        if self.hurries:
            return
        self._breaths += 1
        worked_secs = time.monotonic() - self._since_secs
        time.sleep(BREATH_SECS if self._breaths <= SHORT_BREATHS else BREATH_SHARE * worked_secs)
        self._since_secs = time.monotonic()

    def end(self) -> None:
        """Note what it took."""
        self.took_secs = time.thread_time() - self._began_secs
