"""What two ears get from the engine as it is shipped: time, level, colour, distance, rooms, by numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks._hearing_judge import (
    NOISE_BANDS,
    SPEECH_BANDS,
    Templates,
    band_db,
    convolved,
    error_deg,
    ild_db,
    itd_secs,
    swapped,
    templates_of,
)
from benchmarks._hearing_scene import Ring, ahead_of, hear_voice, ring, spoken
from walkdown_client.audio.hrtf import read, woodworth_secs
from walkdown_client.audio.orders import OutputMode
from walkdown_client.speech import say

F32 = npt.NDArray[np.float32]

OTHER_SET = Path("/usr/share/openal/hrtf/default-48000.mhr")
NO_OTHER_SET = "another measured HRTF set is not installed (libopenal-data)"
ANGLES = np.arange(2.0, 360.0, 45.0)
WORDS = "Please stop the conveyor by hand."


@pytest.fixture(scope="module")
def around() -> Iterator[Ring]:
    """A listener in the open with headphones."""
    with ring() as one:
        yield one


@pytest.fixture(scope="module")
def clicks(around: Ring) -> dict[float, F32]:
    """What is heard of a click from every fifth degree."""
    return {float(azimuth): around.hear_click(azimuth) for azimuth in range(0, 360, 5)}


@pytest.fixture(scope="module")
def noise() -> F32:
    return (np.random.default_rng(5).standard_normal(12_000) * 0.1).astype(np.float32)


@pytest.fixture(scope="module")
def noises(around: Ring, noise: F32) -> dict[float, F32]:
    """What is heard of noise from some directions, none of them in the templates."""
    return {azimuth: around.hear(azimuth, noise) for azimuth in ANGLES.tolist()}


@pytest.fixture(scope="module")
def voices() -> dict[float, F32]:
    """What is heard of speech, through codec and jitter buffer, from some directions."""
    come = spoken(say(WORDS))
    return {azimuth: hear_voice(come, ahead_of(azimuth, distance_m=1.5)) for azimuth in ANGLES.tolist()}


@pytest.fixture(scope="module")
def other_set() -> Templates:
    if not OTHER_SET.is_file():
        pytest.skip(NO_OTHER_SET)
    hrtf = read(OTHER_SET.read_bytes())
    return templates_of(lambda azimuth: convolved(hrtf, azimuth), np.arange(0, 360, 5), NOISE_BANDS)


def own_templates(clicks: dict[float, F32], bands: npt.NDArray[np.float64]) -> Templates:
    return templates_of(clicks.__getitem__, list(clicks), bands)


def worst(heard: dict[float, F32], said: F32, judge: Templates) -> tuple[float, int]:
    """Return the largest error and how often front and behind are taken for one another."""
    found = {azimuth: judge.azimuth_of(sound, said) for azimuth, sound in heard.items()}
    errors = [error_deg(answer, azimuth) for azimuth, answer in found.items()]
    return max(errors), sum(swapped(answer, azimuth) for azimuth, answer in found.items())


def test_the_ear_that_is_farther_hears_later_by_the_law_of_a_head(clicks: dict[float, F32]) -> None:
    azimuths = np.arange(0.0, 360.0, 15.0)
    heard = np.array([itd_secs(clicks[azimuth]) for azimuth in azimuths.tolist()])
    errors = heard - woodworth_secs(np.radians(azimuths))
    assert np.sqrt(np.mean(errors**2)) < 60e-6
    assert np.abs(errors).max() < 100e-6
    assert np.abs(heard[1:12] + heard[:12:-1]).max() < 21e-6  # left as right, to a sample


def test_the_ear_that_is_nearer_hears_louder(clicks: dict[float, F32]) -> None:
    assert ild_db(clicks[90.0]) > 10.0
    assert ild_db(clicks[270.0]) < -10.0


@pytest.mark.parametrize(("azimuth", "sign"), [(0, -1), (40, -1), (-40, -1), (180, 1), (150, 1), (-150, 1)])
def test_turning_the_head_moves_front_and_behind_apart(
    around: Ring, noise: F32, azimuth: float, sign: int
) -> None:
    before = itd_secs(around.hear(azimuth, noise))
    after = itd_secs(around.hear(azimuth, noise, looks=10.0))
    assert sign * (after - before) > 30e-6


def test_noise_is_heard_from_where_it_comes(
    clicks: dict[float, F32], noises: dict[float, F32], noise: F32
) -> None:
    error, swaps = worst(noises, noise, own_templates(clicks, NOISE_BANDS))
    assert error <= 5.0
    assert swaps == 0


def test_speech_is_heard_from_where_it_comes_through_codec_and_jitter_buffer(
    clicks: dict[float, F32], voices: dict[float, F32]
) -> None:
    error, swaps = worst(voices, say(WORDS), own_templates(clicks, SPEECH_BANDS))
    assert error <= 5.0
    assert swaps == 0


def test_another_set_of_filters_takes_the_noise_for_the_same_directions(
    other_set: Templates, noises: dict[float, F32], noise: F32
) -> None:
    error, swaps = worst(noises, noise, other_set)
    assert error <= 15.0
    assert swaps == 0


def test_the_judges_notice_swapped_ears(
    clicks: dict[float, F32], other_set: Templates, noises: dict[float, F32], noise: F32
) -> None:
    wrong = {azimuth: sound[:, ::-1] for azimuth, sound in noises.items()}
    for judge in (own_templates(clicks, NOISE_BANDS), other_set):
        assert worst(wrong, noise, judge)[0] > 90.0


def test_the_judges_notice_front_and_behind_mirrored(
    around: Ring, clicks: dict[float, F32], other_set: Templates, noise: F32
) -> None:
    wrong = {azimuth: around.hear(180.0 - azimuth, noise) for azimuth in ANGLES.tolist()}
    for judge in (own_templates(clicks, NOISE_BANDS), other_set):
        assert worst(wrong, noise, judge)[1] >= 6


def test_the_judge_notices_that_hrtf_is_off(clicks: dict[float, F32], noise: F32) -> None:
    judge = own_templates(clicks, NOISE_BANDS)
    with ring(mode="speakers") as flat:
        wrong = {azimuth: flat.hear(azimuth, noise) for azimuth in ANGLES.tolist()}
    error, swaps = worst(wrong, noise, judge)
    assert error > 20.0
    assert swaps >= 2


@pytest.mark.parametrize(("mode", "silent"), [("left", 1), ("right", 0)])
def test_one_ear_alone_hears_all_and_the_other_nothing(mode: OutputMode, silent: int, noise: F32) -> None:
    with ring(mode=mode) as one_ear:
        sides = [one_ear.hear(azimuth, noise) for azimuth in (-90.0, 90.0)]
    levels = [float(band_db(side[:, [1 - silent]], 300, 12_000)[0]) for side in sides]
    assert abs(levels[0] - levels[1]) < 0.1
    assert all(not side[:, silent].any() for side in sides)


def test_mono_is_alike_in_both_ears_wherever_it_comes_from(noise: F32) -> None:
    with ring(mode="mono") as mono:
        heard = mono.hear(90.0, noise)
    assert np.array_equal(heard[:, 0], heard[:, 1])
    assert heard.any()
