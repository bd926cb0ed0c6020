"""A voice from four sides, rendered as the client renders voices, to be listened to."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown.i18n import mark
from walkdown.voice import FRAME_SAMPLES, FRAME_SECS, Entry, Route, pack_bundle
from walkdown_client.audio.ears import VirtualEars
from walkdown_client.audio.orders import Ears, Heads, Vector, VoiceIn
from walkdown_client.speech import speak
from walkdown_client.voice.opus import Encoder, load
from walkdown_client.voice.talker import Talker

F32 = npt.NDArray[np.float32]

SIDES: dict[str, Vector] = {
    mark("the left"): (-1.5, 0.0, 0.0),
    mark("the right"): (1.5, 0.0, 0.0),
    mark("in front"): (0.0, 1.5, 0.0),
    mark("behind"): (0.0, -1.5, 0.0),
}
"""Where a mouth is, metres in the axes of the head: x right, y ahead, z up."""

TAIL_FRAMES = 20
_SPEAKER = 1


def said_from(position: Vector, text: str) -> F32:
    """Return what is heard when somebody says a text there: (n, 2) at 48 kHz, left and right, for headphones.

    Raises:
        Missing: OpenAL or libopus is not there.
    """
    talker = Talker(Encoder(load()))
    talker.press(True)
    sound = speak(text)
    frames = np.pad(sound, (0, -len(sound) % FRAME_SAMPLES)).reshape(-1, FRAME_SAMPLES)
    with VirtualEars() as ears:
        ears.take(Ears((0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0)))
        ears.take(_mouth_at(position))
        heard = []
        for frame in frames:
            heard.append(ears.render(FRAME_SECS))
            for packet in talker.talk(frame, ears.now_ns):
                bundle = pack_bundle([Entry(_SPEAKER, Route.NEAR, packet)])
                ears.take(VoiceIn(ears.now_ns, bundle))
        return np.concatenate([*heard, ears.render(TAIL_FRAMES * FRAME_SECS)])


def _mouth_at(position: Vector) -> Heads:
    return Heads(
        np.array([_SPEAKER], "<u2").tobytes(),
        np.array([position], "<f4").tobytes(),
        np.ones(1, "<f4").tobytes(),
    )
