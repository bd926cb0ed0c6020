"""Sample rates of devices made into ours: tones stay tones, whatever pieces they come in."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.voice.line import F32
from walkdown.errors import BadInput
from walkdown_client.voice.resample import Framer, Resampler

SECS = 0.25


def tone(rate_hz: int, hertz: float) -> F32:
    return np.sin(2 * np.pi * hertz * np.arange(round(SECS * rate_hz)) / rate_hz).astype(np.float32)


def in_pieces(resampler: Resampler, sound: F32, *, seed: int) -> F32:
    rng, start, made = np.random.default_rng(seed), 0, []
    while start < len(sound):
        size = int(rng.integers(1, 1500))
        made.append(resampler.take(sound[start : start + size]))
        start += size
    return np.concatenate(made)


@pytest.mark.parametrize("hertz", [440.0, 3000.0])
@pytest.mark.parametrize(
    ("from_hz", "to_hz"),
    [
        (44_100, 48_000),
        (8_000, 48_000),
        (16_000, 48_000),
        (96_000, 48_000),
        (192_000, 48_000),
        (48_000, 16_000),
        (11_025, 48_000),
    ],
)
def test_a_tone_stays_as_high_and_loud_as_it_was_and_gets_as_late_as_is_said(
    from_hz: int, to_hz: int, hertz: float
) -> None:
    resampler = Resampler(from_hz, to_hz)
    made = in_pieces(resampler, tone(from_hz, hertz), seed=from_hz)
    times = np.arange(len(made)) / to_hz - resampler.delay_secs
    middle = slice(len(made) // 4, -len(made) // 4)
    wanted = np.sin(2 * np.pi * hertz * times)[middle]
    off = made[middle] - wanted
    assert 10 * np.log10(np.mean(off**2) / np.mean(wanted**2)) < -60
    assert len(made) == pytest.approx(SECS * to_hz, abs=to_hz / from_hz + 2)


def test_what_is_too_high_for_the_new_rate_is_gone() -> None:
    made = Resampler(48_000, 16_000).take(tone(48_000, 9_500.0))
    assert np.sqrt(np.mean(made[2000:-200] ** 2)) < 1e-4


def test_pieces_make_what_the_whole_makes() -> None:
    sound = tone(44_100, 700.0)
    whole = Resampler(44_100, 48_000).take(sound)
    np.testing.assert_allclose(in_pieces(Resampler(44_100, 48_000), sound, seed=2), whole, atol=1e-6)


def test_the_same_rate_is_left_alone() -> None:
    sound = tone(48_000, 1000.0)
    resampler = Resampler(48_000, 48_000)
    np.testing.assert_array_equal(resampler.take(sound), sound)
    assert resampler.delay_secs == 0.0


def test_an_odd_rate_is_met_within_two_cents() -> None:
    made = Resampler(44_099, 48_000).take(tone(44_099, 1000.0))
    spectrum = np.abs(np.fft.rfft(made[2000:10_000] * np.hanning(8000), 1 << 19))
    found = np.argmax(spectrum) * 48_000 / (1 << 19)
    assert abs(1200 * np.log2(found / 1000)) < 2


@pytest.mark.parametrize("rate", [0, -48_000, 7_999, 1_000_000])
def test_rates_that_no_device_has_are_refused(rate: int) -> None:
    with pytest.raises(BadInput, match="sample rates are"):
        Resampler(rate, 48_000)


@given(sizes=st.lists(st.integers(0, 2500), max_size=20))
def test_frames_hold_every_sample_once_and_in_order(sizes: list[int]) -> None:
    framer, sound = Framer(960), np.arange(sum(sizes), dtype=np.float32)
    ends = np.cumsum([0, *sizes])
    frames = [frame for a, b in itertools.pairwise(ends) for frame in framer.take(sound[a:b])]
    assert all(frame.shape == (960,) for frame in frames)
    joined = np.concatenate([*frames, np.zeros(0, np.float32)])
    np.testing.assert_array_equal(joined, sound[: len(joined)])
    assert len(joined) + framer.held == len(sound)
