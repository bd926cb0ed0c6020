"""Keeps a session pack up to date beside a running session: in a thread, and never in anybody's way.

A change is on disk two seconds after the last one at the latest, as long as the disk takes it; what it
does not take is said, and tried again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from walkdown.review import ReviewState
from walkdown_server.exchange.about import About, Files, ModelLine
from walkdown_server.exchange.pack.folder import Bcf, PackFolder

FOLDER = "review"
"""Within that of the session."""

LOOK_SECS = 0.5
PAUSE_SECS = 0.8
BCF_EVERY_SECS = 30.0
AGAIN_SECS = 5.0
"""How soon a disk that did not take something is tried again."""

BREATH_SECS = 0.002
"""Between some topics and the next ones, so that the session's own thread has its turn."""

_log = logging.getLogger(__name__)


class Keeping:
    """The pack of one session.

    Args:
        folder: of the pack. files: finds what the session's store has. bcf: makes the BCF file.
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
        self._written: tuple[int, tuple[ModelLine, ...]] = (0, ())
        self._bcf_written: tuple[int, tuple[ModelLine, ...]] = (0, ())
        self._bcf_secs = float("-inf")
        self._fault = ""
        self._turn = asyncio.Lock()
        self._writing: asyncio.Future[bool] | None = None

    async def run(self) -> None:
        """Write what changes, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECS)
            began = time.monotonic()
            if await self.settle(bcf=began - self._bcf_secs > BCF_EVERY_SECS):
                await asyncio.sleep(PAUSE_SECS)
            elif self._fault:
                await asyncio.sleep(AGAIN_SECS)

    async def settle(self, *, bcf: bool) -> bool:
        """Write what has changed; tells whether anything had, and could be written."""
        async with self._turn:
            review, about = self._review(), self._about()
            now = (review.revision, about.models)
            wanted, late = now != self._written, bcf and self._bcf is not None and now != self._bcf_written
            if not review.revision or not (wanted or late):
                return False
            snapshot = review.snapshot()

            def work() -> None:
                state = ReviewState.of(snapshot)
                if wanted:
                    self._folder.write(state, about)
                if late and self._bcf is not None:
                    self._folder.write_bcf(state, self._bcf)

            self._writing = asyncio.ensure_future(self._try(work))
            done = await asyncio.shield(self._writing)
            if done:
                self._written = now
                if late:
                    self._bcf_written, self._bcf_secs = now, time.monotonic()
            return done

    async def close(self) -> None:
        """Write what is left to write, after what a thread may still be writing."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        await self.settle(bcf=True)

    async def _try(self, work: Callable[[], None]) -> bool:
        """Do it in a thread; tells whether the disk took it, and says so when that has changed."""
        fault = ""
        try:
            await asyncio.to_thread(work)
        except OSError as error:
            fault = (
                f"The results of the review cannot be written ({error.strerror or error}); everything else "
                f"goes on, and they are written as soon as the disk takes them."
            )
        except Exception:
            _log.exception("the session pack could not be written")
            fault = "The results of the review cannot be written because of an error; see the server's log."
        if fault != self._fault:
            self._fault = fault
            if fault:
                _log.warning("session pack: %s", fault)
            self._tell(fault)
        return not fault
