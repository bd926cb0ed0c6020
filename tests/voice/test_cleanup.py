"""Echo is taken out of the microphone, speech is not."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tests.voice.line import F32, speech
from walkdown.errors import Missing
from walkdown.voice import RATE_HZ
from walkdown_client.audio.cleanup import PIECE_SAMPLES, Cleanup
from walkdown_client.audio.orders import Choice
from walkdown_client.audio.talking import Talking

DELAY_SECS = 0.06
OTHERS = "Somebody else speaks about the weather, the harvest and the long way home, and for long."


def level_db(sound: F32) -> float:
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-12))


def of_room(sound: F32) -> F32:
    """Return what of the loudspeakers comes back: 60 ms later, quieter, from a small room."""
    rng = np.random.default_rng(0)
    answer = rng.normal(0, 0.03, 4800) * np.exp(-np.arange(4800) / 900)
    answer[0] += 0.4
    size = 1 << (len(sound) + 4800).bit_length()
    echo = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(answer, size), size)[: len(sound)]
    later = round(DELAY_SECS * RATE_HZ)
    return np.concatenate([np.zeros(later), echo])[: len(sound)].astype(np.float32)


@pytest.fixture(scope="module")
def cleaned() -> tuple[F32, F32, F32, int]:
    """Echo, later with near speech: the near one, the microphone, what is left, and where near begins."""
    far = np.concatenate([speech(OTHERS), speech()])
    count = min(len(far), 10 * RATE_HZ) // PIECE_SAMPLES * PIECE_SAMPLES
    begins = 6 * RATE_HZ
    far, near = far[:count], np.zeros(count, np.float32)
    near[begins:] = speech()[: count - begins]
    microphone = of_room(far) + near + np.random.default_rng(1).normal(0, 0.001, count).astype(np.float32)
    cleanup, left = Cleanup(), []
    for piece, played in zip(
        microphone.reshape(-1, PIECE_SAMPLES), far.reshape(-1, PIECE_SAMPLES), strict=True
    ):
        cleanup.hear_output(np.stack([played, played], axis=1), DELAY_SECS)
        left.append(cleanup.clean(piece))
    return near, microphone, np.concatenate(left), begins


def test_the_echo_of_the_loudspeakers_is_20_db_lower(cleaned: tuple[F32, F32, F32, int]) -> None:
    _near, microphone, left, begins = cleaned
    settled = slice(3 * RATE_HZ, begins)
    assert level_db(left[settled]) < level_db(microphone[settled]) - 20


def test_who_speaks_at_the_same_time_is_kept(cleaned: tuple[F32, F32, F32, int]) -> None:
    near, _microphone, left, begins = cleaned
    spoken = slice(begins + RATE_HZ, len(near))
    assert abs(level_db(left[spoken]) - level_db(near[spoken])) < 8
    size = 1 << 19
    products = np.fft.irfft(np.fft.rfft(left[spoken], size) * np.conj(np.fft.rfft(near[spoken], size)), size)
    like = products.max() / np.sqrt(np.sum(left[spoken] ** 2) * np.sum(near[spoken] ** 2))
    assert like > 0.6


def test_without_the_extra_voice_goes_on_and_the_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "livekit", None)
    with pytest.raises(Missing, match=r"walkdown\[echo\]"):
        Cleanup()
    talking = Talking()
    monkeypatch.setattr(talking.capture, "start", lambda: None)
    talking.take(Choice(microphone=True, mode="speakers", talk="open"))
    assert talking._loading is not None
    talking._loading.join(30)
    assert "walkdown[echo]" in talking.cleanup_text
    assert "by key" in talking.cleanup_text
    assert talking.input_text == ""
    talking.take(Choice(microphone=True, cleanup=False))
    assert talking.cleanup_text == ""
