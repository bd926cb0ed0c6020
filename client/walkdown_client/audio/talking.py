"""One's own voice inside the sound process: microphone, clean-up, talker; packets and levels come out.

The sound loop gives it every order that it takes and calls ``step`` every 10 ms; it never waits.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from walkdown.clock import NS
from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown_client.audio.capture import Capture, Frame
from walkdown_client.audio.cleanup import PIECE_SAMPLES, Cleanup
from walkdown_client.audio.orders import Choice, Clock, Level, Loss, Order, Press, Told, VoiceOut
from walkdown_client.voice import opus
from walkdown_client.voice.talker import Talker

F32 = npt.NDArray[np.float32]
log = logging.getLogger(__name__)

LEVEL_NS = NS // 10


class Talking:
    """What one says.

    Args:
        capture: the microphone. make_talker: makes what encodes, see ``usual_talker``.

    Attributes:
        cleanup_text: one sentence when clean-up is wished for and not there, else "".
    """

    def __init__(
        self, *, capture: Capture | None = None, make_talker: Callable[[], Talker] | None = None
    ) -> None:
        self.capture = capture or Capture()
        self.cleanup_text = ""
        self._make_talker = make_talker or usual_talker
        self._talker: Talker | None = None
        self._codec_text = ""
        self._cleanup: Cleanup | None = None
        self._cleaning = False
        self._loading: threading.Thread | None = None
        self._choice = Choice()
        self._held, self._loss = False, opus.EXPECTED_LOSS
        self._offset_ns = 0
        self._told_level_ns = 0

    @property
    def input(self) -> str:
        """The microphone in use, "" for none."""
        return self.capture.device

    @property
    def input_text(self) -> str:
        """One sentence when nothing can be said, else ""."""
        return self._codec_text or self.capture.text

    @property
    def inputs(self) -> tuple[str, ...]:
        """Which microphones there are."""
        return self.capture.found.inputs

    def take(self, order: Order) -> None:
        """Take one order; those that are not about one's own voice are left to others."""
        if isinstance(order, Choice):
            self._choose(order)
        elif isinstance(order, Press):
            self._held = order.held
            if self._talker is not None:
                self._talker.press(order.held)
        elif isinstance(order, Loss):
            self._loss = order.share
            if self._talker is not None:
                self._talker.expect_loss(order.share)
        elif isinstance(order, Clock):
            self._offset_ns = order.offset_ns

    def hear_output(self, piece: F32, delay_secs: float) -> None:
        """Take what the loudspeakers play, (480, 2), and how much later it is heard; see ``Cleanup``."""
        if self._cleanup is not None and self.capture.device:
            self._cleanup.hear_output(piece, delay_secs)

    def step(self, now_ns: int) -> list[Told]:
        """Return what has to be told since the last call: packets to send, and the level."""
        told: list[Told] = []
        talker = self._talker
        if talker is None:
            return told
        for frame in self.capture.read():
            told += [VoiceOut(packet) for packet in self._said(talker, frame)]
        if not self.capture.device:
            told += [VoiceOut(packet) for packet in talker.hush()] if talker.speaking else []
        elif now_ns - self._told_level_ns >= LEVEL_NS:
            self._told_level_ns = now_ns
            told.append(Level(talker.level_dbfs, talker.speaking))
        return told

    def close(self) -> None:
        """Close the microphone."""
        self.capture.close()

    def _choose(self, choice: Choice) -> None:
        self._choice = choice
        if choice.microphone and self._talker is None:
            self._open_talker()
            self.capture.start()
        if self._talker is not None:
            self._talker.choose(talk=choice.talk, gate_dbfs=choice.gate_dbfs)
        self.capture.choose(choice.input, wanted=choice.microphone and self._talker is not None)
        self._choose_cleanup(wanted=choice.cleanup and choice.microphone)

    def _open_talker(self) -> None:
        try:
            self._talker = self._make_talker()
        except Missing as error:
            self._codec_text = str(error)
            return
        self._talker.press(self._held)
        self._talker.expect_loss(self._loss)
        self._codec_text = ""

    def _choose_cleanup(self, *, wanted: bool) -> None:
        self._cleaning = wanted
        if not wanted:
            self.cleanup_text, self._cleanup = "", None
        elif self._cleanup is None and not (self._loading and self._loading.is_alive()):
            self._loading = threading.Thread(target=self._load_cleanup, name="clean-up", daemon=True)
            self._loading.start()

    def _load_cleanup(self) -> None:
        """Load the library, which takes a fifth of a second: in a thread."""
        try:
            made = Cleanup()
        except Missing as error:
            text = str(error)
            if self._choice.mode == "speakers" and self._choice.talk == "open":
                text += _("; on loudspeakers others hear themselves unless you speak by key")
            self.cleanup_text = text
            return
        self.cleanup_text = ""
        if self._cleaning:
            self._cleanup = made

    def _said(self, talker: Talker, frame: Frame) -> list[bytes]:
        samples = frame.samples
        if self._cleanup is not None:
            pieces = samples.reshape(-1, PIECE_SAMPLES)
            samples = np.concatenate([self._cleanup.clean(piece) for piece in pieces])
        return talker.talk(samples, frame.captured_ns + self._offset_ns)


def usual_talker() -> Talker:
    """Return a talker that encodes Opus.

    Raises:
        Missing: libopus is not there.
    """
    return Talker(opus.Encoder(opus.load()))
