"""What people say, as text: a hook for any recogniser, fed with each talker's voice as it is rendered.

A recogniser is found by name in the entry-point group ``walkdown.recognisers``: a callable that returns a new
``Recogniser``, one for each talker. It works in a thread of its own. What it has no time for is left out: a
caption has gaps then, and the sound has none.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Protocol

import numpy as np
import numpy.typing as npt

from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown.voice import RATE_HZ
from walkdown_client.audio.captions_sphinx import Sphinx
from walkdown_client.audio.orders import Caption, Choice
from walkdown_client.voice.resample import Resampler

F32 = npt.NDArray[np.float32]
log = logging.getLogger(__name__)

GROUP = "walkdown.recognisers"
RECOGNISER_HZ = 16_000
"""What recognisers of speech are trained on."""

WAITING_MAX, ENDS_MAX = 400, 100
"""Pieces of 20 ms that wait: eight seconds; then new ones are left out, but not that somebody has ended: the
recogniser would stay theirs."""

TALKERS_MAX = 4
"""So many are recognised at the same time; who begins later has to wait for one of them to end."""

CAPTIONS_MAX = 200


class Recogniser(Protocol):
    """What turns speech into text, utterance by utterance."""

    def hear(self, samples: F32) -> str:
        """Take (n,) samples at 16 kHz; returns what is understood of the utterance so far."""

    def end(self) -> str:
        """End the utterance; returns what was understood."""


MakeRecogniser = Callable[[], Recogniser]


def find_recogniser(name: str = "") -> MakeRecogniser:
    """Return what makes recognisers of that name; of any name for "": one that was installed, else our own.

    Raises:
        Missing: there is none of that name.
    """
    found = {point.name: point for point in entry_points(group=GROUP)}
    if name in found or (found and not name):
        make: MakeRecogniser = found[name or min(found)].load()
        return make
    if name in {"", Sphinx.NAME}:
        return Sphinx
    raise Missing(
        _("there is no recogniser {name}; these are installed: {names}").format(
            name=name, names=", ".join(sorted({*found, Sphinx.NAME}))
        )
    )


@dataclass
class _Listening:
    """One talker's utterance."""

    recogniser: Recogniser
    resampler: Resampler = field(default_factory=lambda: Resampler(RATE_HZ, RECOGNISER_HZ))
    spurt: int = 0
    text: str = ""


class Captions:
    """Captions of everyone who is heard.

    Args:
        find: returns what makes recognisers; called in the thread, because loading one may take long.

    Attributes:
        text: one sentence when there are no captions though they are wished, else "".
    """

    def __init__(self, find: Callable[[], MakeRecogniser] = find_recogniser) -> None:
        self.text = ""
        self._find = find
        self._make: MakeRecogniser = Sphinx
        self._waiting: queue.Queue[tuple[int, F32 | None] | None] = queue.Queue(WAITING_MAX + ENDS_MAX)
        self._made: queue.SimpleQueue[Caption] = queue.SimpleQueue()
        self._listening: dict[int, _Listening] = {}
        self._idle: list[Recogniser] = []
        self._spurts = 0
        self._thread = threading.Thread(target=self._run, name="walkdown-captions", daemon=True)
        self._thread.start()

    def hear(self, speaker: int, samples: F32 | None) -> bool:
        """Take a piece of a talker's voice at 48 kHz, None at the end of a spurt; never waits.

        Returns:
            Whether there was room for it.
        """
        if samples is not None and self._waiting.qsize() >= WAITING_MAX:
            return False
        try:
            self._waiting.put_nowait((speaker, samples))
        except queue.Full:
            return False
        return True

    def take(self) -> list[Caption]:
        """Return the captions that were made since the last call."""
        made: list[Caption] = []
        while not self._made.empty() and len(made) < CAPTIONS_MAX:
            made.append(self._made.get())
        return made

    def close(self, *, within_secs: float = 2.0) -> None:
        """End, leaving out what still waits if that takes longer."""
        try:
            self._waiting.put(None, timeout=within_secs)
        except queue.Full:
            return
        self._thread.join(within_secs)

    def _run(self) -> None:
        try:
            self._make = self._find()
        except Exception as error:  # what others have written may fail in any way
            log.exception("a recogniser does not load")
            self.text = _("there are no captions: {reason}").format(reason=error)
            return
        while (waiting := self._waiting.get()) is not None:
            speaker, samples = waiting
            try:
                self._recognise(speaker, samples)
            except Missing as error:
                self.text = str(error)
                return
            except Exception:
                log.exception("a recogniser has failed")
                self._listening.pop(speaker, None)

    def _recognise(self, speaker: int, samples: F32 | None) -> None:
        listening = self._listening.get(speaker)
        if samples is None:
            if listening is not None:
                self._say(speaker, listening, listening.recogniser.end(), final=True)
                self._idle.append(self._listening.pop(speaker).recogniser)
            return
        if listening is None:
            if len(self._listening) >= TALKERS_MAX:
                return
            self._spurts += 1
            made = self._idle.pop() if self._idle else self._make()
            listening = self._listening[speaker] = _Listening(made, spurt=self._spurts)
        self._say(
            speaker, listening, listening.recogniser.hear(listening.resampler.take(samples)), final=False
        )

    def _say(self, speaker: int, listening: _Listening, text: str, *, final: bool) -> None:
        if text and (final or text != listening.text):
            listening.text = text
            self._made.put(Caption(speaker, listening.spurt, text, final))


class CaptionSwitch:
    """Captions while they are wished."""

    def __init__(self) -> None:
        self._captions: Captions | None = None

    @property
    def text(self) -> str:
        """One sentence when there are no captions though they are wished, else ""."""
        return self._captions.text if self._captions else ""

    def choose(self, choice: Choice) -> None:
        """Begin or end."""
        if not choice.captions:
            self.close()
        elif self._captions is None:
            self._captions = Captions()

    def hear(self, speaker: int, samples: F32 | None) -> None:
        """Take a piece of somebody's voice; see ``Captions.hear``."""
        if self._captions is not None:
            self._captions.hear(speaker, samples)

    def take_told(self) -> list[Caption]:
        """Return the captions that were made since the last call."""
        return self._captions.take() if self._captions else []

    def close(self) -> None:
        """End captions."""
        if self._captions is not None:
            self._captions.close(within_secs=0.0)
            self._captions = None
