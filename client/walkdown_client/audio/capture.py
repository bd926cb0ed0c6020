"""The microphone: opened, watched and opened again in a thread of its own, read without ever waiting.

PortAudio calls back with what came; the sound process reads it every 10 ms. A microphone that is unplugged,
or chosen anew, or that becomes the system's, is taken up within a few seconds. Whatever rate and block size
the device has, frames of 20 ms at 48 kHz come out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.clock import NS
from walkdown.errors import Missing
from walkdown.voice import FRAME_SAMPLES, RATE_HZ
from walkdown_client.audio import devices
from walkdown_client.audio.devices import Devices, Input
from walkdown_client.voice.resample import RATE_MAX_HZ, RATE_MIN_HZ, Framer, Resampler

F32 = npt.NDArray[np.float32]
log = logging.getLogger(__name__)

BLOCK_SECS = 0.01
PIECES_MAX = 200
"""Pieces that wait to be read; more are forgotten, oldest first: two seconds."""

TEND_SECS = 0.25
LOST_NS = 1 * NS
"""A stream that brings nothing for so long is dead, whatever it says of itself."""
RETRY_NS = 2 * NS
"""After so long is tried again what did not open."""
LOOK_NS = 20 * NS
"""So often, at the cost of a tenth of a second of computing, is looked for devices that came, or that became
the system's."""
SILENT_NS = 3 * NS
"""Nothing but zeros for so long: a real microphone has noise."""
LATENCY_MAX_SECS = 0.5


@dataclass(frozen=True)
class Frame:
    """20 ms: (960,) samples, and when the last of them was taken, local monotonic ns."""

    samples: F32
    captured_ns: int


class Capture:
    """A microphone that may come and go.

    Args:
        load: returns PortAudio, see ``devices.portaudio``. look: returns the devices of now.
        clock_ns: the local monotonic clock.

    Attributes:
        device: in use, "" for none. text: one sentence when it is not as wished. found: what there is.
    """

    def __init__(
        self,
        *,
        load: Callable[[], Any] = devices.portaudio,
        look: Callable[[], Devices] = devices.look,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.device, self.text, self.found = "", "", Devices()
        self._load, self._look, self._clock_ns = load, look, clock_ns
        self._name, self._wanted = "", False
        self._stream: Any = None
        self._opened: tuple[str, str] | None = None
        self._pieces: deque[tuple[F32, int, int]] = deque(maxlen=PIECES_MAX)
        self._framer, self._resampler = Framer(FRAME_SAMPLES), Resampler(RATE_HZ, RATE_HZ)
        self._rate_hz = RATE_HZ
        self._came_ns = self._sounded_ns = self._tried_ns = self._looked_ns = 0
        self._stale = False
        self._wake, self._ended = threading.Event(), False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to tend the microphone in a thread, if that has not begun."""
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._run, name="walkdown-microphone", daemon=True)
        self._thread.start()

    def choose(self, name: str, *, wanted: bool) -> None:
        """Say which microphone shall be open, "" for the system's, and whether one shall be at all."""
        if (name, wanted) != (self._name, self._wanted):
            self._name, self._wanted = name, wanted
            self._tried_ns = 0
            self._wake.set()

    def read(self) -> list[Frame]:
        """Return the frames that came since the last call; never waits."""
        frames: list[Frame] = []
        for _index in range(len(self._pieces)):
            samples, last_ns, rate_hz = self._pieces.popleft()
            frames += self._framed(samples, last_ns, rate_hz)
        return frames

    def close(self) -> None:
        """Close the microphone and end the thread."""
        self._ended, self._wanted = True, False
        self._wake.set()
        if self._thread is not None:
            self._thread.join(devices.LOOK_SECS)
        self._close_stream()

    def _framed(self, samples: F32, last_ns: int, rate_hz: int) -> list[Frame]:
        if rate_hz != self._rate_hz:
            self._rate_hz, self._resampler = rate_hz, Resampler(rate_hz, RATE_HZ)
            self._framer = Framer(FRAME_SAMPLES)
        cut = self._framer.take(self._resampler.take(samples))
        last_ns -= round(self._resampler.delay_secs * NS)
        later = [FRAME_SAMPLES * (len(cut) - 1 - row) + self._framer.held for row in range(len(cut))]
        return [
            Frame(frame, last_ns - NS * count // RATE_HZ) for frame, count in zip(cut, later, strict=True)
        ]

    # ---- in the thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ended:
            try:
                self.tend(self._clock_ns())
            except Exception:
                log.exception("the microphone cannot be tended")
                self._close_stream()
            self._wake.wait(TEND_SECS if self._wanted else None)
            self._wake.clear()

    def tend(self, now_ns: int) -> None:
        """Open, close or replace the microphone as is needed now; may take long, and is the thread's work."""
        if not self._wanted:
            self._close_stream()
            self.text = ""
            return
        try:
            audio = self._load()
        except Missing as error:
            self.text = str(error)
            return
        if self._stream is not None:
            self._watch(audio, now_ns)
        if self._stream is None and now_ns - self._tried_ns >= RETRY_NS:
            self._tried_ns = now_ns
            self._open(audio, now_ns)

    def _watch(self, audio: Any, now_ns: int) -> None:
        """See whether the open microphone still is the right one and works."""
        if self._opened != (self._name, self.device):
            self._close_stream()
            self._stale = self._name not in self.found.inputs
        elif now_ns - max(self._came_ns, self._tried_ns) > LOST_NS or not self._stream.active:
            self.text = devices.sentence("gone", self.device)
            self._close_stream()
        elif now_ns - max(self._sounded_ns, self._tried_ns) > SILENT_NS:
            self.text = devices.sentence("silent", self.device)
        elif self.text == devices.sentence("silent", self.device):
            self.text = ""
        if self._stream is not None and now_ns - self._looked_ns > LOOK_NS:
            self._looked_ns = now_ns
            self._compare(audio, self._look())

    def _compare(self, audio: Any, found: Devices) -> None:
        """Take up what came or became the system's choice since the microphone was opened."""
        if found == self.found or found == Devices():
            return
        came_back = self._name in found.inputs and self.device != self._name
        moved = not self._name and found.default_input not in {"", self.found.default_input}
        self.found = found
        if came_back or moved:
            self._close_stream()

    def _open(self, audio: Any, now_ns: int) -> None:
        """Open what is wished, else the system's microphone."""
        gone = self.text
        if self._stale:
            devices.restart(audio)
        self._stale = True
        self.found, self._looked_ns = devices.known(audio), now_ns
        wished = devices.find_input(audio, self._name)
        chosen = wished or devices.find_input(audio, "")
        if chosen is None:
            self.text = gone or devices.sentence("none", "")
            return
        try:
            self._stream = self._opened_stream(audio, chosen)
            self._stream.start()
        except audio.PortAudioError as error:
            self._close_stream()
            self.text = devices.sentence(devices.kind_of(error), chosen.name, reason=str(error.args[0]))
            return
        self.device, self._opened = chosen.name, (self._name, chosen.name)
        self._came_ns = self._sounded_ns = now_ns
        self.text = "" if wished else devices.sentence("instead", self._name)

    def _opened_stream(self, audio: Any, chosen: Input) -> Any:
        """Open at 48 kHz, or as the device likes it."""
        try:
            return self._stream_at(audio, chosen, RATE_HZ)
        except audio.PortAudioError:
            if chosen.rate_hz == RATE_HZ or not RATE_MIN_HZ <= chosen.rate_hz <= RATE_MAX_HZ:
                raise
            return self._stream_at(audio, chosen, chosen.rate_hz)

    def _stream_at(self, audio: Any, chosen: Input, rate_hz: int) -> Any:
        def take(data: F32, count: int, times: Any, _status: Any) -> None:
            self._take(data[:, 0].copy(), rate_hz, times.currentTime - times.inputBufferAdcTime)

        return audio.InputStream(
            device=chosen.index,
            samplerate=rate_hz,
            channels=1,
            dtype="float32",
            blocksize=round(BLOCK_SECS * rate_hz),
            latency="low",
            callback=take,
        )

    def _take(self, samples: F32, rate_hz: int, first_age_secs: float) -> None:
        """Take what PortAudio calls back with, and how old the first sample is, as far as it knows."""
        now_ns = self._clock_ns()
        self._came_ns = now_ns
        if samples.any():
            self._sounded_ns = now_ns
        last_age_secs = first_age_secs - len(samples) / rate_hz
        if not 0.0 <= last_age_secs <= LATENCY_MAX_SECS:
            last_age_secs = 0.0
        self._pieces.append((samples, now_ns - round(last_age_secs * NS), rate_hz))

    def _close_stream(self) -> None:
        stream, self._stream = self._stream, None
        self.device, self._opened = "", None
        if stream is None:
            return
        try:
            stream.close()
        except Exception as error:
            log.info("the microphone did not close: %s", error)
