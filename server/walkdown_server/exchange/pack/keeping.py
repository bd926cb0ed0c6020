"""Keeps a session pack up to date beside a running session: in a thread, and never in anybody's way.

A change is on disk two seconds after the last one at the latest, as long as the disk takes it; what it
does not take is said, and tried again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from walkdown.messages import ReviewSnapshot
from walkdown.review import ReviewState
from walkdown_server.exchange.about import About, Files, ModelLine
from walkdown_server.exchange.pack.folder import Bcf, PackFolder

FOLDER = "review"
"""Within that of the session."""

LOOK_SECS = 0.5
PAUSE_SECS = 0.8
BCF_EVERY_SECS, BCF_SHARE = 30.0, 20.0
"""The BCF file is written anew so often at most; and so many times as rarely as it takes."""

AGAIN_SECS = 5.0
"""How soon a disk that did not take something is tried again."""

BREATH_SECS = 0.002
"""Between some topics and the next ones, so that the session's own thread has its turn."""

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
        self._folder = PackFolder(folder, files, breathe=lambda: time.sleep(BREATH_SECS))
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
                await asyncio.sleep(PAUSE_SECS)
            elif any(self._faults.values()):
                await asyncio.sleep(AGAIN_SECS)

    async def settle(self, *, bcf: bool) -> bool:
        """Write what has changed; tells whether anything had, and could be written."""
        async with self._turn:
            review, about = self._review(), self._about()
            now = (review.revision, about.models)
            if not review.revision:
                return False
            snapshot = review.snapshot()
            texts = await self._bring(
                "texts", now, lambda: self._folder.write(ReviewState.of(snapshot), about)
            )
            make = self._bcf
            if make is None or not bcf:
                return texts
            began = time.monotonic()
            work = partial(self._write_bcf, snapshot, make)
            done = await self._bring("bcf", now, work)
            took_secs = time.monotonic() - began
            self._bcf_next_secs = began + max(BCF_EVERY_SECS, BCF_SHARE * took_secs)
            return texts or done

    def _write_bcf(self, snapshot: ReviewSnapshot, make: Bcf) -> None:
        self._folder.write_bcf(ReviewState.of(snapshot), make)

    async def close(self) -> None:
        """Write what is left to write."""
        await self.settle(bcf=True)

    async def _bring(self, part: str, now: _State, work: Callable[[], object]) -> bool:
        """Bring a part of the pack up to date in a thread; tells whether it was not, and is now."""
        if self._written.get(part) == now:
            return False
        writing = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
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
