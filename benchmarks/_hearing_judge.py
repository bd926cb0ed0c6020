"""Judges where a sound in two ears comes from, without ears: level, time and colour, by numpy alone.

It knows nothing of the renderer. What it compares with are templates: either recordings of the renderer
itself, which tells whether axes, poses, codec and mixing are right, or plain convolutions with another set of
measured filters, which tells whether another head would take the sound for the same direction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.hrtf import Hrtf

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

RATE_HZ = 48_000
LOW_HZ, HIGH_HZ = 100.0, 1600.0
"""Below the upper one ears compare phases; the window between is that of the judge's time difference."""

MOST_SECS = 1e-3
SHADOW_HZ = (1_500.0, 12_000.0)
NOISE_BANDS = 300.0 * 2.0 ** (np.arange(33) / 6)
"""Sixths of an octave, 300 Hz to 12 kHz, for noise and clicks."""

SPEECH_BANDS = 300.0 * 2.0 ** (np.arange(28) / 6)
"""To 6.8 kHz: what 24 kbit/s leave of speech."""

_HALF_BAND = 2.0 ** (1 / 12)
_UPSAMPLED = 16
_BLOCK = 8192
_SECS_PER_DB = 200e-6


def itd_secs(heard: npt.NDArray[np.floating]) -> float:
    """Return how much later the left ear hears (n, 2) than the right, from -1 ms to 1 ms.

    The maximum of the cross-correlation below 1.6 kHz, on a grid of 1.3 µs.
    """
    spectra = np.fft.rfft(_blocks(heard.astype(np.float64)), 2 * _BLOCK, axis=1)
    cross = (spectra[:, :, 0] * np.conj(spectra[:, :, 1])).sum(axis=0)
    cross *= _window(np.asarray(np.fft.rfftfreq(2 * _BLOCK, 1 / RATE_HZ), np.float64))
    correlation = np.fft.irfft(cross, 2 * _BLOCK * _UPSAMPLED)
    rate = RATE_HZ * _UPSAMPLED
    reach = round(MOST_SECS * rate)
    lags = np.arange(-reach, reach + 1)
    return float(lags[np.argmax(correlation[lags])] / rate)


def _blocks(heard: F64) -> F64:
    """Return (m, _BLOCK, 2) pieces that overlap by half and add up to all of it."""
    half = _BLOCK // 2
    padded = np.pad(heard, ((half, half + -len(heard) % half), (0, 0)))
    halves = padded.reshape(-1, half, 2)
    made: F64 = np.concatenate([halves[:-1], halves[1:]], axis=1) * np.hanning(_BLOCK + 1)[:-1, None]
    return made


def _window(frequencies: F64) -> F64:
    """Return 1 within the band, softly ended over a third of an octave."""
    upper = np.clip((HIGH_HZ * 1.25 - frequencies) / (HIGH_HZ * 0.25), 0.0, 1.0)
    lower = np.clip((frequencies - LOW_HZ * 0.5) / (LOW_HZ * 0.5), 0.0, 1.0)
    made: F64 = np.sin(np.pi / 2 * upper) ** 2 * np.sin(np.pi / 2 * lower) ** 2
    return made


def band_db(heard: npt.NDArray[np.floating], low_hz: float, high_hz: float) -> F64:
    """Return the energy of each column within a band, dB."""
    power = np.abs(np.fft.rfft(heard.astype(np.float64), axis=0)) ** 2
    frequencies = np.fft.rfftfreq(len(heard), 1 / RATE_HZ)
    within = (frequencies >= low_hz) & (frequencies < high_hz)
    made: F64 = 10.0 * np.log10(power[within].sum(axis=0) + 1e-20)
    return made


def ild_db(heard: npt.NDArray[np.floating]) -> float:
    """Return how much louder the right ear hears than the left, 1.5 to 12 kHz."""
    left, right = band_db(heard, *SHADOW_HZ)
    return float(right - left)


def colours(heard: npt.NDArray[np.floating], said: npt.NDArray[np.floating], bands: F64) -> F64:
    """Return what became of each band on its way to each ear, (2 · bands,) dB.

    Args:
        heard: (n, 2). said: (m,), what was said.
    """
    count = 1 << (max(len(heard), len(said)) - 1).bit_length()
    frequencies = np.fft.rfftfreq(count, 1 / RATE_HZ)
    power = np.abs(np.fft.rfft(np.column_stack([heard, _padded(said, len(heard))]), count, axis=0)) ** 2
    edges = np.searchsorted(frequencies, np.stack([bands / _HALF_BAND, bands * _HALF_BAND]))
    sums = np.concatenate([np.zeros((1, 3)), np.cumsum(power, axis=0)])
    levels = 10.0 * np.log10(sums[edges[1]] - sums[edges[0]] + 1e-16)
    made: F64 = (levels[:, :2] - levels[:, 2:]).T.ravel()
    return made


def _padded(said: npt.NDArray[np.floating], count: int) -> F64:
    padded = np.zeros(count)
    padded[: min(len(said), count)] = said[:count]
    return padded


@dataclass(frozen=True)
class Templates:
    """What is heard from each of k directions.

    Attributes:
        azimuths: (k,) degrees, clockwise from the front. colours: (k, 2 · bands) dB. itds_secs: (k,).
        bands: see ``NOISE_BANDS``.
    """

    azimuths: F64
    colours: F64
    itds_secs: F64
    bands: F64

    def azimuth_of(self, heard: npt.NDArray[np.floating], said: npt.NDArray[np.floating]) -> float:
        """Return the direction of the template that is nearest, whatever the level is.

        One dB of colour counts as much as 0.2 ms of time between the ears.
        """
        apart = self.colours - colours(heard, said, self.bands)
        apart -= np.median(apart, axis=1, keepdims=True)
        late = np.abs(self.itds_secs - itd_secs(heard)) / _SECS_PER_DB
        return float(self.azimuths[np.argmin(np.abs(apart).mean(axis=1) + late)])


def templates_of(listen: Callable[[float], F32], azimuths: npt.ArrayLike, bands: F64) -> Templates:
    """Return templates from what is heard, (n, 2), of a click of one sample from each direction, degrees."""
    click = np.ones(1)
    angles = np.asarray(azimuths, np.float64)
    answers = [listen(azimuth) for azimuth in angles.tolist()]
    return Templates(
        angles,
        np.stack([colours(answer, click, bands) for answer in answers]),
        np.array([itd_secs(answer) for answer in answers]),
        bands,
    )


def convolved(hrtf: Hrtf, azimuth: float) -> F32:
    """Return the answer of a measured set to a click from a direction in the horizontal plane, (n, 2).

    Filters and delays are those of the two measured directions beside it, mixed; of a set of one ear the
    other is the mirror image.
    """
    left, right = (_ear(hrtf, angle) for angle in (azimuth, -azimuth))
    return np.column_stack([left, right]).astype(np.float32)


def _ear(hrtf: Hrtf, azimuth: float) -> F64:
    level = (len(hrtf.azimuths) - 1) // 2
    count, first = hrtf.azimuths[level], sum(hrtf.azimuths[:level])
    place = azimuth % 360.0 / 360.0 * count
    lower, part = int(place) % count, place - int(place)
    rows = [first + lower, first + (lower + 1) % count]
    weights = np.array([1.0 - part, part])
    taps = weights @ hrtf.filters[rows, :, 0]
    delay = float(weights @ hrtf.delays[rows, 0])
    spectrum = np.fft.rfft(taps, 1024) * np.exp(-2j * np.pi * np.fft.rfftfreq(1024) * (delay + 32.0))
    return np.fft.irfft(spectrum, 1024)


def error_deg(found: float, wanted: float) -> float:
    """Return how far two azimuths are apart, 0 to 180."""
    return abs((found - wanted + 180.0) % 360.0 - 180.0)


def swapped(found: float, wanted: float) -> bool:
    """Return whether front and behind are taken for one another; at the sides there is neither."""
    front_found, front_wanted = np.cos(np.radians([found, wanted]))
    return bool(abs(front_wanted) > 0.17 and front_found * front_wanted < 0)
