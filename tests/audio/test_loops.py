"""Loops go round without a seam, are equally loud, and hold the lines that their recipes state."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from walkdown_client.audio import loops, loops_faults, shots
from walkdown_client.audio.synthesis import (
    LOOP_DBFS,
    RATE_HZ,
    Recipe,
    Strike,
    a_weighting_db,
    compose,
    weighted_dbfs,
)

F64 = npt.NDArray[np.float64]


def power_db(samples: npt.NDArray[np.floating]) -> tuple[F64, F64]:
    """Return Hz and power of a whole period's spectrum."""
    power = np.abs(np.fft.rfft(samples.astype(np.float64)) / len(samples)) ** 2
    return np.asarray(np.fft.rfftfreq(len(samples), 1 / RATE_HZ)), np.asarray(10 * np.log10(power + 1e-30))


def stands_out_db(samples: npt.NDArray[np.floating], hertz: float) -> float:
    """Return how far the strongest bin within 3 cents of a frequency stands above its surroundings."""
    frequency, level = power_db(samples)
    own = np.abs(frequency - hertz) <= max(hertz * 0.0018, 0.126)
    around = (np.abs(frequency - hertz) < 12) & (np.abs(frequency - hertz) > 2)
    return float(level[own].max() - np.median(level[around]))


def band_db(samples: npt.NDArray[np.floating], low: float, high: float) -> float:
    frequency, level = power_db(samples)
    return float(10 * np.log10((10 ** (level[(frequency >= low) & (frequency < high)] / 10)).sum()))


@pytest.mark.parametrize("name", loops.NAMES)
def test_a_loop_is_finite_equally_loud_and_not_clipped(name: str) -> None:
    samples = loops.make(name)
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()
    assert weighted_dbfs(samples) == pytest.approx(LOOP_DBFS, abs=0.1)
    assert np.abs(samples).max() <= 0.951


@pytest.mark.parametrize("name", loops.NAMES)
def test_the_seam_of_a_loop_is_like_any_other_place_of_it(name: str) -> None:
    """No step and no kink: value, slope and curvature go on, as three copies in a row show."""
    samples = np.tile(loops.make(name).astype(np.float64), 2)
    seam = len(samples) // 2
    for order in (1, 2, 3):
        changes = np.abs(np.diff(samples, order))
        around = changes[seam - 3 : seam + 3]
        assert around.max() <= changes.max()
        assert around.mean() <= np.quantile(changes, 0.999)


def test_a_loop_is_the_same_whenever_it_is_made() -> None:
    recipe = loops.RECIPES["pump"]
    np.testing.assert_array_equal(compose("pump", recipe), compose("pump", recipe))
    assert not np.array_equal(compose("pump", recipe), compose("other pump", recipe))


def test_what_is_made_cannot_be_changed_by_who_plays_it() -> None:
    with pytest.raises(ValueError, match="read-only"):
        loops.make("pump")[0] = 1.0


@pytest.mark.parametrize("name", ["motor 2 poles", "motor 4 poles", "motor 6 poles", "motor 8 poles"])
def test_a_motor_hums_at_its_poles_and_whines_at_its_bars(name: str) -> None:
    recipe, poles = loops.RECIPES[name], int(name.split()[1])
    bars = max(order for order in recipe.tones if {order - poles, order + poles} <= recipe.tones.keys())
    for order in (poles, bars, bars - poles, bars + poles):
        assert stands_out_db(loops.make(name), order * recipe.at_hz) > 15


@pytest.mark.parametrize(("name", "blades"), [("pump", 6), ("axial fan", 6), ("blower", 12)])
def test_blades_are_heard_as_they_pass(name: str, blades: int) -> None:
    passing_hz = loops.RECIPES[name].at_hz * blades
    assert stands_out_db(loops.make(name), passing_hz) > 12
    assert stands_out_db(loops.make(name), 2 * passing_hz) > 6


def test_the_orders_of_a_bearing_follow_from_its_geometry() -> None:
    outer, inner = loops_faults.outer_ring_order(), loops_faults.inner_ring_order()
    assert outer == pytest.approx(3.585, abs=0.001)
    assert inner == pytest.approx(5.415, abs=0.001)
    assert outer + inner == pytest.approx(loops_faults.BALLS)


def test_a_damaged_outer_ring_shows_its_lines_and_no_sidebands() -> None:
    samples, shaft = loops.make("bearing outer ring"), loops_faults.SHAFT_HZ
    passing_hz = loops_faults.outer_ring_order() * shaft
    for k in (20, 25, 30, 33):
        exact = round(passing_hz * 4) / 4 * k
        assert stands_out_db(samples, exact) > 20
        assert stands_out_db(samples, exact + shaft) < 15
    assert abs(1200 * np.log2(round(passing_hz * 4) / 4 / passing_hz)) < 5


def test_a_damaged_inner_ring_has_the_shaft_on_both_sides_of_its_lines() -> None:
    samples, shaft = loops.make("bearing inner ring"), loops_faults.SHAFT_HZ
    passing_hz = round(loops_faults.inner_ring_order() * shaft * 4) / 4
    for k in (14, 18, 21):
        for side in (-shaft, 0.0, shaft):
            assert stands_out_db(samples, k * passing_hz + side) > 15


def test_cavitation_crackles_and_lies_above_what_a_pump_makes() -> None:
    samples = loops.make("cavitation").astype(np.float64)
    assert band_db(samples, 2000, 16000) - band_db(samples, 50, 1000) > 10
    kurtosis = (samples**4).mean() / (samples**2).mean() ** 2
    assert kurtosis > 4, "noise without crackling has 3"


def test_two_tones_beat_with_their_difference() -> None:
    samples = loops.make("beating").astype(np.float64)
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    spectrum[(hertz < 100) | (hertz > 150)] = 0
    envelope = np.abs(np.fft.irfft(spectrum, len(samples)) ** 2)
    beats = np.abs(np.fft.rfft(envelope - envelope.mean()))
    slow = (hertz > 0) & (hertz < 20)
    assert hertz[slow][np.argmax(beats[slow])] == pytest.approx(loops_faults.BEAT_HZ)


def test_a_leak_hisses_and_a_squeal_is_a_tone() -> None:
    leak, squeal = loops.make("leak"), loops.make("belt squeal")
    assert band_db(leak, 4000, 20000) - band_db(leak, 20, 2000) > 10
    assert stands_out_db(squeal, 71 * loops_faults.SHAFT_HZ) > 25


def test_strikes_come_as_often_as_they_are_ordered() -> None:
    recipe = Recipe(at_hz=10.0, secs=2.0, strikes=(Strike(order=1.0, rings={3000: 0}, decay_secs=0.002),))
    loud = np.abs(compose("strikes", recipe)) > 0.2 * np.abs(compose("strikes", recipe)).max()
    starts = np.flatnonzero(loud)[np.diff(np.flatnonzero(loud), prepend=-9999) > 1000]
    assert len(starts) == 20
    np.testing.assert_allclose(np.diff(starts), RATE_HZ / 10, atol=1)


def test_a_swell_rises_and_falls_as_often_and_as_deep_as_ordered() -> None:
    bands = dict.fromkeys((500.0, 1000.0, 2000.0, 4000.0), 0.0)
    power = compose("swell", Recipe(at_hz=5.0, bands=bands, swells=((1.0, 0.5),))).astype(np.float64) ** 2
    slow = np.abs(np.fft.rfft(power)) / power.sum()
    assert slow[10] == pytest.approx(2 * 0.5 / (2 + 0.5**2), abs=0.05), "ten times in two seconds"
    assert slow[1:9].max() < 0.1


def test_octave_bands_have_the_power_that_they_are_given() -> None:
    samples = compose("bands", Recipe(secs=4.0, bands={250: 0, 500: -6, 1000: -12, 2000: -18}))
    levels = [band_db(samples, f / 2**0.5, f * 2**0.5) for f in (500, 1000)]
    assert levels[1] - levels[0] == pytest.approx(-6, abs=0.7)


def test_the_a_weighting_is_that_of_the_standard() -> None:
    np.testing.assert_allclose(
        a_weighting_db([31.623, 100, 1000, 2500, 10000]), [-39.4, -19.1, 0.0, 1.3, -2.5], atol=0.1
    )


@pytest.mark.parametrize("name", shots.NAMES)
def test_a_shot_begins_and_ends_in_silence_and_is_quieter_than_a_voice(name: str) -> None:
    samples = shots.make(name)
    assert np.isfinite(samples).all()
    assert len(samples) <= RATE_HZ * 1.2
    assert abs(samples[0]) < 1e-3
    assert abs(samples[-1]) < 1e-3
    assert weighted_dbfs(samples) < LOOP_DBFS + 3


def pulses_of(name: str) -> int:
    """Return how many times a shot is heard to begin."""
    loud = np.abs(shots.make(name).astype(np.float64))
    envelope = np.convolve(loud, np.ones(480) / 480, "same")
    return int((np.diff((envelope > 0.3 * envelope.max()).astype(int)) == 1).sum())


def test_the_more_urgent_has_more_pulses() -> None:
    assert (pulses_of("alarm"), pulses_of("attention"), pulses_of("link lost")) == (5, 3, 2)
    assert len(shots.make("alarm")) / 5 < len(shots.make("attention")) / 3


@pytest.mark.parametrize("name", ["alarm", "alarms", "attention"])
def test_each_pulse_has_four_overtones_by_which_it_is_placed(name: str) -> None:
    tone = next(part for part in shots.SHOTS[name].parts if isinstance(part, shots.Tone))
    start = round(tone.start_secs * RATE_HZ)
    pulse = shots.make(name)[start : start + round(tone.secs * RATE_HZ)]
    assert 150 <= tone.hertz <= 1000
    level = [band_db(pulse, k * tone.hertz * 0.97, k * tone.hertz * 1.03) for k in (1, 2, 3, 4, 5)]
    assert min(level[1:]) >= level[0] - 15.5
    assert 4 * tone.hertz <= 4000
