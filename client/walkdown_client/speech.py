"""Text to sound for participants without a mouth: by espeak-ng where it is installed, else as a murmur.

A murmur has the rhythm and the melody of what is said, and no words: vowels by three formants each, one for
each syllable of the text. It tells that somebody speaks, who, and from where, on every computer.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import wave

import numpy as np
import numpy.typing as npt

from walkdown.errors import BadInput, Missing
from walkdown.i18n import _, language
from walkdown.voice import RATE_HZ

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

ESPEAK = "espeak-ng"
ESPEAK_SECS = 10.0
ESPEAK_LANGUAGES = {"zh_CN": "cmn"}
"""Where espeak-ng calls a language otherwise than we do."""

TEXT_MAX = 400
LEVEL_RMS = 0.08
"""About -22 dBFS while it sounds: as loud as a person who speaks into a headset."""

VOWELS: dict[str, tuple[float, float, float]] = {
    "a": (730.0, 1090.0, 2440.0),
    "e": (530.0, 1840.0, 2480.0),
    "i": (270.0, 2290.0, 3010.0),
    "o": (570.0, 840.0, 2410.0),
    "u": (300.0, 870.0, 2240.0),
}
"""First three formants in Hz, means of men: Peterson & Barney, J. Acoust. Soc. Am. 24 (1952), table II."""

FORMANT_GAINS = (1.0, 0.5, 0.2)
FORMANT_WIDTHS_HZ = (90.0, 110.0, 170.0)
SYLLABLE_SECS, PAUSE_SECS = 0.17, 0.25
EDGE_SECS = 0.03
NYQUIST_SHARE = 0.4


def speak(text: str, *, pitch_hz: float = 120.0) -> F32:
    """Return what a text sounds like, (n,) at 48 kHz, with words where espeak-ng is installed."""
    return say(text) if shutil.which(ESPEAK) else murmur(text, pitch_hz=pitch_hz)


def say(text: str, *, words_per_min: int = 150) -> F32:
    """Return a text as espeak-ng says it in the language of the program, (n,) at 48 kHz.

    Raises:
        Missing: espeak-ng is not installed, or does not know the language.
    """
    program = shutil.which(ESPEAK)
    if program is None:
        raise Missing(_("espeak-ng is not installed, so nothing can be said in words"))
    spoken = ESPEAK_LANGUAGES.get(language(), language().partition("_")[0])
    command = [program, "-v", spoken, "-s", str(words_per_min), "--stdout", "--stdin"]
    done = subprocess.run(  # noqa: S603  a program of the system, and the text comes by its input
        command, input=text[:TEXT_MAX].encode(), capture_output=True, timeout=ESPEAK_SECS, check=False
    )
    if done.returncode or not done.stdout:
        reason = done.stderr.decode("utf-8", "replace").strip()
        raise Missing(_("espeak-ng could not say it: {reason}").format(reason=reason))
    return levelled(read_wave(done.stdout))


def read_wave(data: bytes) -> F32:
    """Return the sound of a WAV file of 16 bits, its channels mixed, (n,) at 48 kHz.

    Raises:
        BadInput: it is none.
    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            width, channels, rate_hz = file.getsampwidth(), file.getnchannels(), file.getframerate()
            raw = file.readframes(len(data))
    except (wave.Error, EOFError) as error:
        raise BadInput(
            _("expected a WAV file, but it cannot be read: {reason}").format(reason=error)
        ) from error
    if width != 2 or not channels or not rate_hz:
        raise BadInput(_("expected a WAV file of 16 bits a sample, got {bits}").format(bits=8 * width))
    whole = len(raw) - len(raw) % (2 * channels)
    samples = np.frombuffer(raw[:whole], "<i2").reshape(-1, channels).mean(1) / 32768.0
    return at_rate(samples, rate_hz)


def at_rate(samples: npt.ArrayLike, rate_hz: float) -> F32:
    """Return a whole sound of another rate at 48 kHz, band-limited, by its spectrum."""
    given = np.asarray(samples, np.float64)
    count = round(len(given) * RATE_HZ / rate_hz)
    if not count or rate_hz == RATE_HZ:
        return given.astype(np.float32)
    spectrum, wanted = np.fft.rfft(given), np.zeros(count // 2 + 1, np.complex128)
    kept = min(len(spectrum), len(wanted))
    wanted[:kept] = spectrum[:kept]
    return (np.fft.irfft(wanted, count) * (count / len(given))).astype(np.float32)


def murmur(text: str, *, pitch_hz: float = 120.0) -> F32:
    """Return the rhythm of a text without its words, (n,) at 48 kHz; the same text sounds the same."""
    pieces: list[F64] = []
    phrases = [found for found in re.split(r"[.,;:!?]+", text[:TEXT_MAX].lower()) if found.strip()]
    for phrase in phrases:
        vowels = re.findall("[aeiou]", phrase) or ["o"]
        heights = pitch_hz * np.linspace(1.15, 0.85, len(vowels))
        pieces += [_syllable(vowel, height) for vowel, height in zip(vowels, heights.tolist(), strict=True)]
        pieces.append(np.zeros(round(PAUSE_SECS * RATE_HZ)))
    return levelled(np.concatenate(pieces) if pieces else np.zeros(0))


def _syllable(vowel: str, pitch_hz: float) -> F64:
    """Return one vowel: harmonics of the pitch, each as loud as the formants let it through."""
    times = np.arange(round(SYLLABLE_SECS * RATE_HZ)) / RATE_HZ
    harmonics = np.arange(1, int(NYQUIST_SHARE * RATE_HZ / pitch_hz / 3))
    hertz = harmonics * pitch_hz
    formants, widths = np.array(VOWELS[vowel])[:, None], np.array(FORMANT_WIDTHS_HZ)[:, None]
    passed = (np.array(FORMANT_GAINS)[:, None] / (1 + ((hertz - formants) / widths) ** 2)).sum(0)
    sound = np.sin(2 * np.pi * hertz[:, None] * times) * (passed / harmonics**0.5)[:, None]
    edge = np.minimum(np.minimum(times, times[::-1]) / EDGE_SECS, 1.0)
    return np.asarray(sound.sum(0) * np.sin(0.5 * np.pi * edge) ** 2)


def levelled(samples: npt.ArrayLike) -> F32:
    """Return a sound with the level of speech where it sounds, and without overload."""
    given = np.asarray(samples, np.float64)
    loud = np.abs(given) > 0.05 * np.abs(given).max(initial=0.0)
    rms = float(np.sqrt(np.mean(given[loud] ** 2))) if loud.any() else 0.0
    return np.clip(given * (LEVEL_RMS / rms if rms else 0.0), -0.99, 0.99).astype(np.float32)
