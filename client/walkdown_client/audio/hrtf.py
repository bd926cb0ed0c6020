"""Reads and writes HRTF sets in OpenAL Soft's formats, and times them by the size of a head.

``python -m walkdown_client.audio.hrtf IN.mhr OUT.mhr [RADIUS_M]`` makes our set ``walkdown.mhr`` from any set
with one field: its filters stay as measured, its delays become those of a sphere with a head's radius.

Format: ``docs/hrtf.txt`` of OpenAL Soft (MinPHR02, MinPHR03). A set holds minimum-phase filters of the left
ear by elevation and clockwise azimuth, and one delay each; a set of one ear is mirrored for the other.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from walkdown.errors import BadInput
from walkdown.i18n import _

F64 = npt.NDArray[np.float64]

HEAD_RADIUS_M = 0.0875
"""An adult's mean; Woodworth 1938, and all who used his law since."""

SOUND_M_PER_SEC = 343.0
_STEP = 1 / (1 << 23)
_FFT = 4096
_LOW_HZ, _HIGH_HZ = 200.0, 1600.0
"""Where the ears compare phases, and so where a filter's own delay counts."""


@dataclass(frozen=True)
class Hrtf:
    """A set of filters, n directions around a head.

    Attributes:
        rate_hz: of the filters.
        distance_mm: from which it was measured.
        azimuths: how many for each elevation, from -90° up in equal steps to 90°.
        filters: (n, taps, ears) float64; one ear is the left one, to be mirrored for the right.
        delays: (n, ears), samples, before each filter.
    """

    rate_hz: int
    distance_mm: int
    azimuths: tuple[int, ...]
    filters: F64
    delays: F64

    def directions(self) -> F64:
        """Return (n, 2) radians: elevation upwards, azimuth clockwise seen from above, 0 in front."""
        elevations = np.linspace(-np.pi / 2, np.pi / 2, len(self.azimuths))
        counts = np.asarray(self.azimuths, np.int64)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.stack(
            [np.repeat(elevations, counts), 2 * np.pi * within / np.repeat(counts, counts)], axis=1
        )

    def mirrored(self) -> npt.NDArray[np.int64]:
        """Return for each direction the one on the other side of the head, (n,)."""
        counts = np.asarray(self.azimuths, np.int64)
        starts = np.repeat(np.cumsum(counts) - counts, counts)
        within = np.arange(counts.sum()) - starts
        made: npt.NDArray[np.int64] = starts + (-within) % np.repeat(counts, counts)
        return made


def woodworth_secs(azimuths: F64, elevations: F64 | float = 0.0, *, radius_m: float = HEAD_RADIUS_M) -> F64:
    """Return how much later sound reaches the left ear than the right, by Woodworth's law: a/c (θ + sin θ).

    Args:
        azimuths: radians, clockwise from the front. elevations: radians.
        radius_m: of the head.
    """
    sine = np.clip(np.sin(azimuths) * np.cos(elevations), -1.0, 1.0)
    made: F64 = radius_m / SOUND_M_PER_SEC * (np.arcsin(sine) + sine)
    return made


def retimed(hrtf: Hrtf, *, radius_m: float = HEAD_RADIUS_M) -> Hrtf:
    """Return the set of one ear with delays such that delay and filter together keep Woodworth's law."""
    elevations, azimuths = hrtf.directions().T
    wanted = woodworth_secs(azimuths, elevations, radius_m=radius_m)
    delays = np.maximum(wanted - _filter_delays_secs(hrtf), 0.0) * hrtf.rate_hz
    return replace(hrtf, delays=delays[:, None])


def _filter_delays_secs(hrtf: Hrtf) -> F64:
    """Return how much later each filter is than its mirror image, at low frequencies, (n,)."""
    spectra = np.fft.rfft(hrtf.filters[:, :, 0], _FFT, axis=1)
    frequencies = np.fft.rfftfreq(_FFT, 1 / hrtf.rate_hz)
    used = (frequencies > _LOW_HZ) & (frequencies < _HIGH_HZ)
    other = spectra[hrtf.mirrored()]
    phases = np.unwrap(np.angle(spectra * np.conj(other)), axis=1)[:, used]
    weights = np.abs(spectra * other)[:, used]
    slopes: F64 = (weights * frequencies[used] * phases).sum(1) / (weights * frequencies[used] ** 2).sum(1)
    return -slopes / (2 * np.pi)


def read(data: bytes) -> Hrtf:
    """Return the set in a file of the form MinPHR02 or MinPHR03.

    Raises:
        BadInput: it is of another form, has several fields, or is cut.
    """
    if data[:8] not in {b"MinPHR02", b"MinPHR03"}:
        raise BadInput(_("an HRTF set starts with MinPHR02 or MinPHR03, {came!r} came").format(came=data[:8]))
    try:
        return _read_03(data) if data[:8] == b"MinPHR03" else _read_02(data)
    except (struct.error, ValueError) as error:
        raise BadInput(_("the HRTF set is cut or damaged: {reason}").format(reason=error)) from error


def _read_03(data: bytes) -> Hrtf:
    rate, stereo, taps, fields = struct.unpack_from("<IBBB", data, 8)
    return _read_rest(data, 15, _Head(rate, 2 if stereo else 1, taps, fields, delay_step=0.25))


def _read_02(data: bytes) -> Hrtf:
    rate, long_samples, stereo, taps, fields = struct.unpack_from("<IBBBB", data, 8)
    if not long_samples:
        raise ValueError("samples of 16 bits are not read here")
    return _read_rest(data, 16, _Head(rate, 2 if stereo else 1, taps, fields, delay_step=1.0))


@dataclass(frozen=True)
class _Head:
    rate_hz: int
    ears: int
    taps: int
    fields: int
    delay_step: float


def _read_rest(data: bytes, offset: int, head: _Head) -> Hrtf:
    if head.fields != 1:
        raise ValueError(f"it has {head.fields} fields, one is read")
    distance, elevations = struct.unpack_from("<HB", data, offset)
    azimuths = tuple(data[offset + 3 : offset + 3 + elevations])
    offset += 3 + elevations
    count = sum(azimuths)
    size = count * head.taps * head.ears
    if len(data) != offset + 3 * size + count * head.ears:
        raise ValueError(f"{offset + 3 * size + count * head.ears} bytes were expected, {len(data)} came")
    filters = _from_24_bits(data[offset : offset + 3 * size]).reshape(count, head.taps, head.ears)
    delays = (
        np.frombuffer(data, np.uint8, offset=offset + 3 * size).reshape(count, head.ears).astype(np.float64)
    )
    return Hrtf(head.rate_hz, distance, azimuths, filters * _STEP, delays * head.delay_step)


def _from_24_bits(data: bytes) -> F64:
    parts = np.zeros((len(data) // 3, 4), np.uint8)
    parts[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return (parts.reshape(-1).view("<i4") >> 8).astype(np.float64)


def write(hrtf: Hrtf) -> bytes:
    """Return the set as a file of the form MinPHR03: delays in quarters of a sample."""
    taps, ears = hrtf.filters.shape[1:]
    head = struct.pack("<8sIBBBHB", b"MinPHR03", hrtf.rate_hz, ears - 1, taps, 1, hrtf.distance_mm,
                       len(hrtf.azimuths))  # fmt: skip
    whole = np.round(np.clip(hrtf.filters, -1.0, 1.0 - _STEP) / _STEP).astype("<i4").reshape(-1)
    samples = whole.view(np.uint8).reshape(-1, 4)[:, :3]
    delays = np.round(np.clip(hrtf.delays, 0.0, 63.75) * 4).astype(np.uint8)
    return head + bytes(hrtf.azimuths) + samples.tobytes() + delays.tobytes()


def main(arguments: list[str]) -> None:
    """Make a set with the delays of a head from another one."""
    source, target, *more = arguments
    radius_m = float(more[0]) if more else HEAD_RADIUS_M
    Path(target).write_bytes(write(retimed(read(Path(source).read_bytes()), radius_m=radius_m)))


if __name__ == "__main__":
    main(sys.argv[1:])
