"""Text becomes sound: words where espeak-ng is, a murmur elsewhere."""

from __future__ import annotations

import io
import shutil
import wave

import numpy as np
import pytest

from walkdown.errors import BadInput, Missing
from walkdown.i18n import use_language
from walkdown.voice import RATE_HZ
from walkdown_client import speech

needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")


def test_a_murmur_has_a_syllable_for_each_vowel_and_a_pause_after_each_phrase() -> None:
    sound = speech.murmur("Pump two, alarm.")
    assert len(sound) == round((4 * speech.SYLLABLE_SECS + 2 * speech.PAUSE_SECS) * RATE_HZ)


def test_a_murmur_is_as_high_as_asked() -> None:
    sound = speech.murmur("a", pitch_hz=200.0)[: round(speech.SYLLABLE_SECS * RATE_HZ)]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 16))
    lowest = spectrum[: round(1.5 * 230 * (1 << 16) / RATE_HZ)]
    assert np.argmax(lowest) * RATE_HZ / (1 << 16) == pytest.approx(200.0 * 1.15, rel=0.02)


def test_the_same_text_murmurs_the_same_and_silence_says_nothing() -> None:
    assert np.array_equal(speech.murmur("filler"), speech.murmur("filler"))
    assert len(speech.murmur("…")) == 0 or np.isfinite(speech.murmur("…")).all()
    assert len(speech.murmur("")) == 0


def test_what_is_said_has_the_level_of_speech_and_no_overload() -> None:
    sound = speech.levelled(np.sin(np.arange(RATE_HZ) / 20) * 30)
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(speech.LEVEL_RMS, rel=0.05)
    assert np.abs(speech.levelled(np.eye(1, 1000)[0])).max() <= 0.99
    assert not speech.levelled(np.zeros(10)).any()


def test_another_rate_keeps_pitch_and_level() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    sound = speech.at_rate(tone, 22050)
    assert len(sound) == RATE_HZ
    assert np.argmax(np.abs(np.fft.rfft(sound))) == 440
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(np.sqrt(0.5), rel=0.01)


@needs_espeak
@pytest.mark.parametrize("code", ["en", "de", "zh_CN"])
def test_words_are_said_in_the_language_of_the_program(code: str) -> None:
    use_language(code)
    sound = speech.say({"en": "The filler is slow", "de": "Der Füller ist langsam"}.get(code, "灌装机很慢"))
    assert 0.5 < len(sound) / RATE_HZ < 6
    assert np.abs(sound).max() > 0.1


def test_without_espeak_there_is_a_murmur_or_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert np.array_equal(speech.speak("filler"), speech.murmur("filler"))
    with pytest.raises(Missing, match="espeak-ng is not installed"):
        speech.say("filler")


def test_a_file_that_is_no_sound_is_refused_in_one_sentence() -> None:
    with pytest.raises(BadInput, match="expected a WAV file"):
        speech.read_wave(b"RIFFxxxx")
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(bytes(10))
    with pytest.raises(BadInput, match="16 bits"):
        speech.read_wave(kept.getvalue())


def test_channels_of_a_file_are_mixed() -> None:
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setparams((2, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(np.array([[16384, 0]] * 100, "<i2").tobytes())
    assert speech.read_wave(kept.getvalue()) == pytest.approx(0.25)
