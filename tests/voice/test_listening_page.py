"""The sounds of the listening page are what its key says of them."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.voice.test_heard import itd_secs, level_db
from walkdown.voice import FRAME_SAMPLES, RATE_HZ
from walkdown_client.voice.opus import load

F32 = npt.NDArray[np.float32]
SOUNDS = Path(__file__).parents[2] / "docs" / "sounds"
PAGE = SOUNDS.parent / "listening.md"


def packets(data: bytes) -> Iterator[bytes]:
    """Take the packets out of an Ogg stream of small packets."""
    at, rest = 0, b""
    while at < len(data):
        assert data[at : at + 4] == b"OggS"
        lacing = data[at + 27 : at + 27 + data[at + 26]]
        at += 27 + len(lacing)
        for size in lacing:
            rest += data[at : at + size]
            at += size
            if size < 255:
                yield rest
                rest = b""


def decoded(name: str) -> F32:
    """(n, 2) at 48 kHz."""
    calls, error = load().calls, ctypes.c_int()
    decoder = calls.opus_decoder_create(RATE_HZ, 2, ctypes.byref(error))
    pieces = []
    for packet in list(packets((SOUNDS / f"{name}.opus").read_bytes()))[2:]:
        piece = np.zeros((FRAME_SAMPLES, 2), np.float32)
        assert (
            calls.opus_decode_float(decoder, packet, len(packet), piece.ctypes.data, FRAME_SAMPLES, 0)
            == FRAME_SAMPLES
        )
        pieces.append(piece)
    calls.opus_decoder_destroy(decoder)
    return np.concatenate(pieces)


def test_there_are_twelve_and_the_page_plays_each() -> None:
    names = [f"{number:02}" for number in range(1, 13)]
    assert sorted(path.stem for path in SOUNDS.glob("*.opus")) == names
    assert all(f'src="sounds/{name}.opus"' in PAGE.read_text(encoding="utf-8") for name in names)


@pytest.mark.parametrize(
    ("name", "side"), [("01", -1), ("02", 0), ("03", 0), ("04", 1), ("10", -1), ("12", 1)]
)
def test_each_comes_from_the_side_that_the_key_says(name: str, side: int) -> None:
    late_secs = itd_secs(decoded(name))
    assert abs(late_secs) < 0.00006 if side == 0 else late_secs * side > 0.0002


def test_what_is_behind_is_duller_than_what_is_in_front() -> None:
    front, back = decoded("02"), decoded("03")
    bright = level_db(front, 3000, 8000) - level_db(front, 300, 1500)
    assert level_db(back, 3000, 8000) - level_db(back, 300, 1500) < bright - 2


def test_who_walks_round_begins_on_the_right_and_ends_on_the_left() -> None:
    sound = decoded("05")
    late = [itd_secs(piece) for piece in np.array_split(sound, 6)]
    assert late[1] > 0.0003
    assert late[4] < -0.0003


def test_what_is_far_is_quieter_and_what_is_behind_a_wall_duller() -> None:
    near, far, hidden = (decoded(name) for name in ("04", "06", "07"))
    assert level_db(far) == pytest.approx(level_db(near) - 18, abs=2)
    loss_low = level_db(near, 200, 800) - level_db(hidden, 200, 800)
    assert level_db(near, 2000, 7000) - level_db(hidden, 2000, 7000) > loss_low + 3


def test_a_hall_goes_on_sounding_and_a_radio_is_in_the_middle() -> None:
    open_air, hall, radio = (decoded(name) for name in ("04", "08", "09"))
    last = slice(-RATE_HZ // 4, None)
    assert level_db(hall[last]) - level_db(hall) > level_db(open_air[last]) - level_db(open_air) + 10
    assert np.allclose(radio[:, 0], radio[:, 1], atol=0.01)


def test_a_pump_that_cavitates_crackles() -> None:
    well, ill = decoded("10"), decoded("11")
    assert level_db(ill, 3000, 10000) > level_db(well, 3000, 10000) + 3
