"""HRTF files: read, written, timed by a head."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from walkdown.errors import BadInput
from walkdown_client.audio.hrtf import (
    Hrtf,
    _filter_delays_secs,
    main,
    read,
    retimed,
    woodworth_secs,
    write,
)
from walkdown_client.audio.openal_files import HRTF_SHA256
from walkdown_client.files import assets_dir

SHIPPED = assets_dir() / "audio" / "walkdown.mhr"


def small_set() -> Hrtf:
    rng = np.random.default_rng(1)
    filters = np.round(rng.uniform(-0.5, 0.5, (6, 8, 1)) * (1 << 23)) / (1 << 23)
    return Hrtf(48_000, 1400, (1, 4, 1), filters, np.arange(6.0)[:, None] / 4)


def test_what_is_written_is_read_again() -> None:
    one = small_set()
    other = read(write(one))
    assert (other.rate_hz, other.distance_mm, other.azimuths) == (48_000, 1400, (1, 4, 1))
    assert np.array_equal(other.filters, one.filters)
    assert np.array_equal(other.delays, one.delays)


def test_the_older_form_is_read_too() -> None:
    head = struct.pack("<8sIBBBBHB", b"MinPHR02", 44_100, 1, 0, 1, 1, 1400, 3) + bytes((1, 4, 1))
    filters = b"".join(number.to_bytes(3, "little", signed=True) for number in (1 << 22, -5, 0, 1, 2, 3))
    found = read(head + filters + bytes(range(6)))
    assert found.rate_hz == 44_100
    assert found.filters[0, 0, 0] == 0.5
    assert found.filters[1, 0, 0] == -5 / (1 << 23)
    assert found.delays[5, 0] == 5.0


def test_directions_are_mirrored_across_the_head() -> None:
    one = small_set()
    elevations, azimuths = np.degrees(one.directions()).T
    assert elevations.tolist() == [-90, 0, 0, 0, 0, 90]
    assert azimuths.tolist() == [0, 0, 90, 180, 270, 0]
    assert one.mirrored().tolist() == [0, 1, 4, 3, 2, 5]


def test_what_we_ship_keeps_the_law_of_a_head_in_every_direction() -> None:
    ours = read(SHIPPED.read_bytes())
    elevations, azimuths = ours.directions().T
    later = (ours.delays - ours.delays[ours.mirrored()])[:, 0] / ours.rate_hz + _filter_delays_secs(ours)
    assert np.abs(later - woodworth_secs(azimuths, elevations)).max() < 12e-6


def test_what_we_ship_is_what_the_script_makes_of_it(tmp_path: object) -> None:
    from hashlib import sha256
    from pathlib import Path

    made = Path(str(tmp_path)) / "made.mhr"
    main([str(SHIPPED), str(made), "0.0875"])
    assert made.read_bytes() == SHIPPED.read_bytes()
    assert sha256(made.read_bytes()).hexdigest() == HRTF_SHA256


def test_a_larger_head_hears_a_larger_difference() -> None:
    ours = read(SHIPPED.read_bytes())
    larger = retimed(ours, radius_m=0.1)
    assert larger.delays.max() > ours.delays.max() + 2
    assert woodworth_secs(np.array([np.pi / 2]), radius_m=0.0875)[0] == pytest.approx(656e-6, abs=1e-6)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF and what follows",
        b"MinPHR03",
        write(small_set())[:-1],
        write(small_set()) + b"\0",
        write(small_set()).replace(b"\x01\x78\x05", b"\x02\x78\x05"),
    ],
)
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="HRTF set"):
        read(data)
