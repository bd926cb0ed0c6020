"""Echo, noise and rumble taken out of the microphone: WebRTC's audio processing, from the ``livekit`` wheel.

It has to be told what the loudspeakers play, and for how long that is on its way to the microphone. Pieces
are 10 ms of mono at 48 kHz, as the library wants them. Without it voice works all the same: on loudspeakers
it is better then to speak by key.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown.voice import RATE_HZ

F32 = npt.NDArray[np.float32]
log = logging.getLogger(__name__)

PIECE_SAMPLES = RATE_HZ // 100
DELAY_MAX_MS = 500
_FULL_SCALE = 32767.0


class Cleanup:
    """One microphone's clean-up.

    Raises:
        Missing: the extra is not installed; the sentence says how to.
    """

    def __init__(self) -> None:
        rtc = _library()
        self._frame = rtc.AudioFrame
        self._processing = rtc.AudioProcessingModule(
            echo_cancellation=True, noise_suppression=True, high_pass_filter=True, auto_gain_control=True
        )
        self._delay_ms = 0

    def hear_output(self, piece: F32, delay_secs: float) -> None:
        """Take what the loudspeakers play.

        Args:
            piece: (480,) or (480, 2). delay_secs: for how long it is on its way: buffers of the output, the
                air, and buffers of the microphone.
        """
        mono = piece if piece.ndim == 1 else piece.mean(axis=1)
        self._delay_ms = min(max(round(delay_secs * 1000), 0), DELAY_MAX_MS)
        self._processing.process_reverse_stream(self._as_frame(mono))

    def clean(self, piece: F32) -> F32:
        """Return (480,) samples of the microphone without echo and noise."""
        frame = self._as_frame(piece)
        self._processing.set_stream_delay_ms(self._delay_ms)
        self._processing.process_stream(frame)
        return np.frombuffer(bytes(frame.data), "<i2").astype(np.float32) / np.float32(_FULL_SCALE)

    def _as_frame(self, mono: F32) -> Any:
        numbers = (np.clip(mono, -1.0, 1.0) * _FULL_SCALE).astype("<i2")
        return self._frame(bytearray(numbers.tobytes()), RATE_HZ, 1, len(numbers))


def _library() -> Any:
    try:
        from livekit import rtc
    except ImportError:
        raise Missing(
            _("echo and noise are not taken out of the microphone: {command} does that").format(
                command="pip install 'walkdown[echo]' / python3 run.py add echo"
            )
        ) from None
    except OSError as error:
        raise Missing(
            _("echo and noise are not taken out of the microphone: livekit does not load ({reason})").format(
                reason=error
            )
        ) from error
    return rtc
