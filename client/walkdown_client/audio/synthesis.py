"""Sounds made of numbers: recipes of tones, noise and strikes, and the samples that follow from them.

A loop is composed over one period in which every component repeats a whole number of times, so that its end
goes on into its beginning without a seam. Powers are in dB to each other; the result is brought to one level.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
C64 = npt.NDArray[np.complex64]
Powers = Mapping[float, float]
"""Hz or orders, and dB."""

RATE_HZ = 48_000
LOOP_DBFS = -26.0
"""A-weighted level of every loop: as loud as a voice is, whose active level ITU-T P.56 users put there."""

PEAK_MAX = 0.95
_OCTAVE = 2**0.5 - 2**-0.5
"""Width of an octave band as a share of its middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """Something that is struck again and again, and rings.

    Attributes:
        order: strikes per turn. jitter: how far each is off its time, as a share of the interval; from 1 on
            they come at random.
        rings: Hz and dB of what rings. decay_secs: after it a ring has fallen by 8.7 dB.
        hisses: noise of each strike, octave bands in Hz and dB.
        level_db: power of all strikes together. spread_db: deviation of single ones.
        beat: their strength follows this order, as a damaged inner ring passes the load once a turn.
    """

    order: float
    rings: Powers = field(default_factory=dict)
    hisses: Powers = field(default_factory=dict)
    decay_secs: float = 0.01
    level_db: float = 0.0
    jitter: float = 0.0
    spread_db: float = 0.0
    beat: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a loop is composed of.

    Attributes:
        at_hz: turns, cycles or goods per second as made: pitch 1.
        secs: length. tones: multiples of ``at_hz`` and their power in dB.
        bands: noise, octave bands in Hz and dB; between them it is interpolated, beyond them silent.
        swells: (order, depth) by which tones and noise rise and fall.
    """

    at_hz: float = 1.0
    secs: float = 2.0
    tones: Powers = field(default_factory=dict)
    bands: Powers = field(default_factory=dict)
    swells: tuple[tuple[float, float], ...] = ()
    strikes: tuple[Strike, ...] = ()


def compose(name: str, recipe: Recipe) -> F32:
    """Return a loop, float32 at 48 kHz, equal for equal names and recipes."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    count = round(recipe.secs * RATE_HZ)
    spectrum = noise_spectrum(count, recipe.bands, rng)
    _add_tones(spectrum, recipe, rng)
    for order, depth in recipe.swells:
        spectrum = _swollen(spectrum, count, cycles=_whole(order, recipe), depth=depth)
    for strike in recipe.strikes:
        spectrum += _struck(strike, recipe, rng=rng)
    return levelled(np.fft.irfft(spectrum, count))


def levelled(samples: npt.NDArray[np.floating], level_dbfs: float = LOOP_DBFS) -> F32:
    """Return samples brought to an A-weighted level, or as near to it as their peaks allow."""
    gain = 10 ** ((level_dbfs - weighted_dbfs(samples)) / 20)
    peak = float(np.abs(samples).max()) * gain
    return (samples * (gain * min(1.0, PEAK_MAX / peak))).astype(np.float32)


def weighted_dbfs(samples: npt.NDArray[np.floating]) -> float:
    """Return the A-weighted level of a loop in dB re the mean square of full scale, 1."""
    count = len(samples)
    power = np.abs(np.fft.rfft(samples).astype(np.complex128)) ** 2
    weights = 10 ** (a_weighting_db(np.fft.rfftfreq(count, 1 / RATE_HZ)) / 10)
    return float(10 * np.log10(2 * (power * weights).sum() / count**2 + 1e-30))


def a_weighting_db(hertz: npt.ArrayLike) -> F64:
    """Return the A-weighting of IEC 61672-1, annex E, in dB; (n,) for (n,)."""
    square = np.maximum(np.asarray(hertz, np.float64), 1e-3) ** 2
    low, middle1, middle2, high = (f**2 for f in (20.598997, 107.65265, 737.86223, 12194.217))
    ratio = high * square**2 / ((square + low) * (square + high))
    ratio /= np.sqrt((square + middle1) * (square + middle2))
    return np.asarray(20 * np.log10(ratio) + 2.0)


def noise_spectrum(count: int, bands: Powers, rng: np.random.Generator) -> C64:
    """Return the spectrum of ``count`` samples of noise with these powers of octave bands, in Hz and dB."""
    spectrum = np.zeros(count // 2 + 1, np.complex64)
    if not bands:
        return spectrum
    hertz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    middles, levels = np.array(sorted(bands)), np.array([bands[f] for f in sorted(bands)])
    first, last = np.searchsorted(hertz, (middles[0] / 2**0.5, middles[-1] * 2**0.5))
    inside = hertz[max(int(first), 1) : int(last)]
    level_db = np.interp(np.log2(inside), np.log2(middles), levels)
    bins_per_octave = inside * (_OCTAVE * count / RATE_HZ)
    size = np.sqrt(10 ** (level_db / 10) / bins_per_octave) * (count / 2)
    parts = rng.standard_normal((2, len(inside)), np.float32)
    spectrum[max(int(first), 1) : int(last)] = (parts[0] + 1j * parts[1]) * size
    return spectrum


def _whole(order: float, recipe: Recipe) -> int:
    """Return how often something repeats in a period: a whole number of times."""
    return max(1, round(order * recipe.at_hz * recipe.secs))


def _add_tones(spectrum: C64, recipe: Recipe, rng: np.random.Generator) -> None:
    cycles = np.array([_whole(order, recipe) for order in recipe.tones], np.intp)
    heard = cycles < len(spectrum)
    size = np.sqrt(2 * 10 ** (np.array(list(recipe.tones.values())) / 10)) * (len(spectrum) - 1)
    turned = np.exp(2j * np.pi * rng.random(len(cycles)))
    np.add.at(spectrum, cycles[heard], (size * turned)[heard].astype(np.complex64))


def _swollen(spectrum: C64, count: int, *, cycles: int, depth: float) -> C64:
    """Return a spectrum whose sound rises and falls ``cycles`` times in the period."""
    phase = np.arange(count, dtype=np.float32) * np.float32(2 * np.pi * cycles / count)
    rising = 1 + np.float32(depth) * np.cos(phase)
    return np.fft.rfft(np.fft.irfft(spectrum, count) * rising).astype(np.complex64)


def _struck(strike: Strike, recipe: Recipe, *, rng: np.random.Generator) -> C64:
    count, times = round(recipe.secs * RATE_HZ), _whole(strike.order, recipe)
    share = (np.arange(times) + strike.jitter * (rng.random(times) - 0.5)) / times
    share = rng.random(times) if strike.jitter >= 1 else share
    strength = 10 ** (strike.spread_db * rng.standard_normal(times) / 20)
    if strike.beat:
        strength *= 0.55 + 0.45 * np.cos(2 * np.pi * _whole(strike.beat, recipe) * share)
    spectrum = np.fft.rfft(_hits(share * count, strength, count)) * np.fft.rfft(_ring(strike, rng=rng), count)
    spectrum[0] = 0
    power = 2 * float((np.abs(spectrum) ** 2).sum()) / count**2
    return np.asarray(spectrum * (10 ** (strike.level_db / 20) / np.sqrt(power)), np.complex64)


def _hits(times: F64, strength: F64, count: int) -> F32:
    """Return impulses at times between samples, in (count,) samples; what is rounded would make sidebands."""
    hits, first = np.zeros(count), np.floor(times)
    late = times - first
    np.add.at(hits, first.astype(np.intp) % count, strength * (1 - late))
    np.add.at(hits, (first.astype(np.intp) + 1) % count, strength * late)
    return hits.astype(np.float32)


def _ring(strike: Strike, *, rng: np.random.Generator) -> F32:
    """Return what one strike sounds like."""
    count = 2 * max(64, int(RATE_HZ * min(strike.decay_secs * 4, 0.5)))
    time = np.arange(count) / RATE_HZ
    sound = np.fft.irfft(noise_spectrum(count, strike.hisses, rng), count).astype(np.float64)
    for hertz, level_db in strike.rings.items():
        sound += 2**0.5 * 10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * time)
    return (sound * np.exp(-time / strike.decay_secs) * np.minimum(time / 0.0003, 1)).astype(np.float32)
