"""Sounds that are heard once: alarms, arrivals, the interface, footsteps; made when first needed.

Alarms follow the ideas of IEC 60601-1-8 (2020): the more urgent, the more pulses and the faster; each pulse
has a fundamental between 150 and 1,000 Hz and at least four harmonics up to 4 kHz within 15 dB of it, which
makes it easy to tell where it comes from; and of ISO 7731: pulsed, between 500 and 2,500 Hz. They are not
the alarms of a medical device or a safety system, and replace none. Rhythm and number of pulses tell them
apart also for who hears no pitch: five in threes and twos, three slow ones, two falling.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from walkdown_client.audio.synthesis import (
    F32,
    F64,
    RATE_HZ,
    Powers,
    levelled,
    noise_spectrum,
)

_URGENT: Powers = {1: 0.0, 2: -3.0, 3: -5.0, 4: -8.0, 5: -11.0}
_ROUND: Powers = {1: 0.0, 2: -6.0, 3: -10.0, 4: -13.0, 5: -15.0}
_SOFT: Powers = {1: 0.0, 2: -18.0, 3: -30.0, 4: -40.0}
_WOOD: Powers = {1: 0.0, 2.76: -12.0, 5.4: -22.0}
"""Overtones of a bar that is struck."""


@dataclass(frozen=True, slots=True)
class Tone:
    """One tone of a shot.

    Attributes:
        start_secs, secs: when and how long. hertz: fundamental at the start; end_hertz: at its end.
        tones: overtones. struck: fades from its start on instead of holding.
    """

    start_secs: float
    secs: float
    hertz: float
    tones: Powers
    end_hertz: float = 0.0
    struck: bool = False
    level_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Tap:
    """A short noise that fades: octave bands in Hz and dB."""

    start_secs: float
    fade_secs: float
    bands: Powers
    level_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Shot:
    """What a sound consists of, and its A-weighted level while it lasts, dB re full scale."""

    level_dbfs: float
    parts: tuple[Tone | Tap, ...]


def _pulses(secs: float, tones: Powers, *pulses: tuple[float, float], level_dbfs: float = -24.0) -> Shot:
    """Pulses of one length: start in s and Hz."""
    return Shot(level_dbfs, tuple(Tone(start, secs, f, tones) for start, f in pulses))


def _bars(level_dbfs: float, *notes: tuple[float, float]) -> Shot:
    """Struck bars: start in s and Hz."""
    return Shot(level_dbfs, tuple(Tone(start, 0.5, f, _WOOD, struck=True) for start, f in notes))


def _glide(level_dbfs: float, start_hz: float, end_hz: float, *, secs: float = 0.07) -> Shot:
    return Shot(level_dbfs, (Tone(0.0, secs, start_hz, _SOFT, end_hertz=end_hz),))


def _step(level_dbfs: float, heel: Powers, sole: Powers, *, ring_hz: float = 0.0) -> Shot:
    """A heel, and 80 ms later the sole."""
    ring = (Tone(0.0, 0.25, ring_hz, _WOOD, struck=True, level_db=-16.0),) if ring_hz else ()
    return Shot(level_dbfs, (Tap(0.0, 0.016, heel), Tap(0.08, 0.028, sole, -7.0), *ring))


_Feet = tuple[Powers, Powers]
_CONCRETE: _Feet = (
    {125: -6, 250: -2, 500: -5, 1000: -9, 2000: -13, 4000: -20},
    {500: -10, 1000: -8, 2000: -9},
)
_METAL: _Feet = ({125: -8, 250: -4, 500: -4, 1000: -6, 2000: -9, 4000: -15}, {500: -10, 1000: -7, 2000: -8})
_SOFT_FLOOR: _Feet = ({63: -4, 125: -2, 250: -6, 500: -14}, {125: -8, 250: -8, 500: -14})
_GROUND: _Feet = ({125: -8, 250: -6, 500: -8, 1000: -8, 2000: -8, 4000: -11}, {1000: -6, 2000: -4, 4000: -6})

FLOORS = ("concrete", "metal", "soft", "ground")
STEP_VARIANTS = 4
STEP_DBFS = -40.0

_STEPS = {
    "concrete": _step(STEP_DBFS, *_CONCRETE),
    "metal": _step(STEP_DBFS, *_METAL, ring_hz=370.0),
    "soft": _step(STEP_DBFS - 5, *_SOFT_FLOOR),
    "ground": _step(STEP_DBFS, *_GROUND),
}

SHOTS: dict[str, Shot] = {
    "alarm": _pulses(0.12, _URGENT, (0.0, 698), (0.17, 698), (0.34, 698), (0.66, 880), (0.83, 880)),
    "alarms": _pulses(0.1, _URGENT, (0.0, 880), (0.13, 698), (0.26, 880), (0.46, 698), (0.59, 880)),
    "attention": _pulses(0.2, _ROUND, (0.0, 554), (0.3, 554), (0.6, 440), level_dbfs=-32.0),
    "cleared": _bars(-36.0, (0.0, 523), (0.14, 784)),
    "link lost": Shot(-32.0, (Tone(0.0, 0.22, 392, _ROUND), Tone(0.27, 0.34, 262, _ROUND))),
    "link back": Shot(-34.0, (Tone(0.0, 0.18, 262, _ROUND), Tone(0.22, 0.26, 392, _ROUND))),
    "arrive": _bars(-36.0, (0.0, 659), (0.11, 784), (0.22, 988)),
    "leave": _bars(-39.0, (0.0, 784), (0.13, 587)),
    "open": _glide(-41.0, 520, 780),
    "close": _glide(-42.0, 780, 520),
    "done": _bars(-39.0, (0.0, 784), (0.09, 1047)),
    "error": Shot(-36.0, (Tone(0.0, 0.1, 233, _ROUND), Tone(0.15, 0.16, 220, _ROUND))),
    "talk on": _glide(-39.0, 660, 880, secs=0.06),
    "talk off": _glide(-41.0, 880, 660, secs=0.06),
    "muted": Shot(-38.0, (Tone(0.0, 0.07, 440, _SOFT), Tone(0.1, 0.09, 330, _SOFT))),
    "unmuted": Shot(-38.0, (Tone(0.0, 0.07, 330, _SOFT), Tone(0.1, 0.09, 440, _SOFT))),
    "note": _bars(-38.0, (0.0, 1175)),
    **{f"step {floor} {number}": _STEPS[floor] for floor in FLOORS for number in range(1, STEP_VARIANTS + 1)},
}
NAMES: tuple[str, ...] = tuple(SHOTS)


@lru_cache(maxsize=len(NAMES))
def make(name: str) -> F32:
    """Return a shot: (n,) float32 at 48 kHz, which starts and ends in silence.

    Raises:
        KeyError: there is none of that name.
    """
    shot, rng = SHOTS[name], np.random.default_rng(zlib.crc32(name.encode()))
    sounds = [(part.start_secs, _sound_of(part, rng)) for part in shot.parts]
    samples = np.zeros(2 * (max(round(s * RATE_HZ) + len(sound) for s, sound in sounds) // 2 + 1))
    for start_secs, sound in sounds:
        first = round(start_secs * RATE_HZ)
        samples[first : first + len(sound)] += sound
    made = levelled(samples, shot.level_dbfs)
    made.flags.writeable = False
    return made


def _sound_of(part: Tone | Tap, rng: np.random.Generator) -> F64:
    sound = _tone(part) if isinstance(part, Tone) else _noise(part, rng)
    return sound * 10 ** (part.level_db / 20)


def _tone(tone: Tone) -> F64:
    """A tone that rises within a tenth of its time, as IEC 60601-1-8 wants it, and falls as gently."""
    count = round(tone.secs * RATE_HZ)
    time = np.arange(count) / RATE_HZ
    end_hertz = tone.end_hertz or tone.hertz
    turned = 2 * np.pi * (tone.hertz * time + (end_hertz - tone.hertz) * time**2 / (2 * tone.secs))
    rise_secs = 0.003 if tone.struck else 0.1 * tone.secs
    edge = np.minimum(np.minimum(time / rise_secs, (tone.secs - time) / (0.15 * tone.secs)), 1.0)
    sound = np.zeros(count)
    for order, level_db in tone.tones.items():
        fading = np.exp(-time * 11 * order**0.5) if tone.struck else 1.0
        sound += 10 ** (level_db / 20) * np.sin(order * turned) * fading
    return np.asarray(sound * np.sin(np.pi / 2 * edge) ** 2)


def _noise(tap: Tap, rng: np.random.Generator) -> F64:
    count = 2 * round(tap.fade_secs * 3 * RATE_HZ)
    time = np.arange(count) / RATE_HZ
    sound = np.fft.irfft(noise_spectrum(count, tap.bands, rng), count)
    end = np.minimum((count / RATE_HZ - time) / 0.005, 1.0)
    return np.asarray(sound * np.minimum(time / 0.0015, 1.0) * np.exp(-time / tap.fade_secs) * end)
