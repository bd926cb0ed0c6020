"""What Python itself plays: rendered samples to a sound card, where the renderer cannot or must not.

One ear alone is nothing OpenAL knows, and who wants the echo of the loudspeakers taken out of the microphone
has to know what they play. Then a loopback device is rendered, and PortAudio (sounddevice) plays it from a
buffer of its own, which no Python thread has to serve in time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown_client.audio import devices
from walkdown_client.audio.openal_files import PERIOD_SAMPLES, RATE_HZ
from walkdown_client.audio.orders import OutputMode

F32 = npt.NDArray[np.float32]

CHANNELS = 2
BUFFER_SECS = 0.04
"""So much is in the card's buffer ahead of what is heard."""


def to_ears(rendered: F32, mode: OutputMode) -> F32:
    """Return (n, 2) samples from (n, 1) or (n, 2): left and right alike, or one of them alone."""
    if rendered.shape[1] == 2:
        return rendered
    heard = np.repeat(rendered, 2, axis=1)
    if mode in {"left", "right"}:
        heard[:, int(mode == "left")] = 0.0
    return heard


class Playback:
    """An open output of PortAudio that is filled by whoever renders.

    Attributes:
        name: of the output. underruns: how often it ran dry.
        heard: called with each piece that is played, (480, 2) float32, and how many seconds later that is.

    Raises:
        Missing: there is no PortAudio, or no such output.
    """

    def __init__(self, name: str = "") -> None:
        self.underruns = 0
        self.heard: Callable[[F32, float], None] | None = None
        self._stream = _open(name)
        devices.before_restart.append(self.close)
        self.name = name or _default_name()
        self._room = 0

    def fill(self, render: Callable[[], F32]) -> None:
        """Play pieces of (480, 2) float32 until enough is ahead.

        Raises:
            Missing: the output is gone.
        """
        if not devices.LOCK.acquire(blocking=False):
            return  # PortAudio is being started anew; this output is gone then
        try:
            self._fill(render)
        finally:
            devices.LOCK.release()

    def _fill(self, render: Callable[[], F32]) -> None:
        try:
            if self.close not in devices.before_restart:
                raise OSError("closed")
            self._room = max(self._room, self._stream.write_available)
            wanted = min(round(BUFFER_SECS * RATE_HZ), self._room)
            while self._room - self._stream.write_available + PERIOD_SAMPLES <= wanted:
                self._write(render())
        except (OSError, devices.portaudio().PortAudioError) as error:
            raise Missing(_("the sound output {name!r} is gone").format(name=self.name)) from error

    def _write(self, piece: F32) -> None:
        ahead_secs = (self._room - self._stream.write_available) / RATE_HZ
        if self.heard is not None:
            self.heard(piece, ahead_secs + float(self._stream.latency))
        if self._stream.write(np.ascontiguousarray(piece).tobytes()):
            self.underruns += 1

    def close(self) -> None:
        """Stop playing; filling finds that the output is gone."""
        with devices.LOCK:
            if self.close in devices.before_restart:
                devices.before_restart.remove(self.close)
                self._stream.abort()
                self._stream.close()


def _open(name: str) -> Any:
    """Return a running stream of PortAudio.

    Raises:
        Missing: there is none.
    """
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise Missing(
            _("one ear alone and echo cancelling need PortAudio: {reason}").format(reason=error)
        ) from error
    try:
        if not any(device["max_output_channels"] >= CHANNELS for device in sounddevice.query_devices()):
            raise Missing(_("this computer has no sound output that can be opened"))
        stream = sounddevice.RawOutputStream(
            samplerate=RATE_HZ,
            channels=CHANNELS,
            dtype="float32",
            device=_known(sounddevice, name),
            latency=BUFFER_SECS,
        )
        stream.start()
    except (sounddevice.PortAudioError, ValueError) as error:
        raise Missing(_("the sound output cannot be opened: {reason}").format(reason=error)) from error
    return stream


def _known(sounddevice: Any, name: str) -> int | None:
    """Return the number of an output that OpenAL calls so, None for the system's."""
    for number, device in enumerate(sounddevice.query_devices()):
        known = device["name"]
        if (
            name
            and device["max_output_channels"] >= CHANNELS
            and (known.startswith(name) or name.startswith(known))
        ):
            return number
    return None


def _default_name() -> str:
    import sounddevice

    return str(sounddevice.query_devices(kind="output")["name"])
