"""How loud, how dull and how long a sound is: distance, walls, rooms, pitch; no clicks where it changes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks._hearing_judge import band_db
from benchmarks._hearing_scene import CLICK, ahead_of, looking, loop_at
from walkdown_client.audio.ears import VirtualEars
from walkdown_client.audio.orders import Choice, Ears, Play, RoomBox, Rooms, Sounds, Walls
from walkdown_client.audio.recordings import Recordings

F32 = npt.NDArray[np.float32]
RATE_HZ = 48_000
TONE_HZ = 440.0
TONE = (0.1 * np.sin(2 * np.pi * TONE_HZ * np.arange(RATE_HZ) / RATE_HZ)).astype(np.float32)
NOISE = (np.random.default_rng(3).standard_normal(RATE_HZ) * 0.05).astype(np.float32)
LOOPS = (TONE, NOISE)
RECORDINGS = Recordings(
    loop=lambda number: LOOPS[number] if number < len(LOOPS) else None,
    shot=lambda name: CLICK if name == "click" else None,
)


@pytest.fixture
def ears() -> Iterator[VirtualEars]:
    with VirtualEars(recordings=RECORDINGS) as one:
        one.take(looking())
        yield one


def level_db(heard: F32) -> float:
    return float(10 * np.log10(np.mean(heard.astype(float) ** 2)))


def settled(ears: VirtualEars, order: Sounds, secs: float = 0.4) -> F32:
    ears.take(order)
    ears.render(0.5)
    return ears.render(secs)


def test_twice_the_distance_is_six_decibels_less(ears: VirtualEars) -> None:
    levels = [level_db(settled(ears, loop_at(ahead_of(30, distance_m=d)))) for d in (1, 2, 4, 8, 16)]
    assert np.allclose(np.diff(levels), -6.02, atol=0.2)


def test_nearer_than_a_metre_is_no_louder(ears: VirtualEars) -> None:
    near, at_one = (settled(ears, loop_at(ahead_of(30, distance_m=d))) for d in (0.4, 1.0))
    assert level_db(near) == pytest.approx(level_db(at_one), abs=0.1)


@pytest.mark.parametrize("pitch", [0.6, 1.0, 1.5, 2.0])
def test_a_loop_sounds_as_high_as_the_machine_turns_fast(ears: VirtualEars, pitch: float) -> None:
    heard = settled(ears, loop_at(ahead_of(0), pitch=pitch), secs=1.0)[:, 0]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)), 1 << 20))
    found = np.argmax(spectrum) * RATE_HZ / (1 << 20)
    assert abs(1200 * np.log2(found / (TONE_HZ * pitch))) < 5.0


def wall(loss_db: float) -> Walls:
    """A wall in the north, 4 m away, 20 m wide and high."""
    return Walls(
        frames=np.array([[0, 4, 1, 0]], "<f4").tobytes(),
        halves=np.array([[10, 0.1, 10]], "<f4").tobytes(),
        middles=np.array([0], "<f4").tobytes(),
        losses=np.array([loss_db], "<f4").tobytes(),
        keys=np.array([1], "<u4").tobytes(),
    )


def test_behind_a_wall_it_is_as_dull_as_the_wall_makes_it(ears: VirtualEars) -> None:
    place = ahead_of(0, distance_m=8)
    free = settled(ears, loop_at(place, loop=1))
    ears.take(wall(12.0))
    behind = settled(ears, loop_at(place, loop=1))
    gains, gains_hf = ears.engine.space.losses((0, 0, 1.7), [place])
    bands = ((80, 200), (4700, 5300))  # EFX: gains_hf is what is left at 5 kHz
    lost = [float((band_db(free, *band) - band_db(behind, *band)).mean()) for band in bands]
    assert lost[0] == pytest.approx(-20 * np.log10(gains[0]), rel=0.15)
    assert lost[1] == pytest.approx(-20 * np.log10(gains[0] * gains_hf[0]), rel=0.15)
    assert lost[1] > lost[0] + 3.0


def test_what_a_wall_takes_comes_and_goes_softly(ears: VirtualEars) -> None:
    place = ahead_of(0, distance_m=8)
    settled(ears, loop_at(place))
    ears.take(wall(30.0))
    pieces = ears.render(0.5).reshape(-1, 480, 2)
    levels = np.array([level_db(piece) for piece in pieces])
    assert levels[-1] < levels[0] - 20
    assert np.abs(np.diff(levels)).max() < 6.0


def room(t60_secs: float, t60_high_secs: float) -> Rooms:
    return Rooms((RoomBox((-8, -8, -8), (8, 8, 8), 4096.0, t60_secs, t60_high_secs),))


def t60_secs(heard: F32, hertz: float) -> float:
    """From the slope between -5 and -25 dB of what is still to come (Schroeder)."""
    quiet = np.zeros(RATE_HZ // 10)  # what rings before the click goes there
    padded = np.concatenate([heard.mean(axis=1).astype(float), quiet])
    spectrum = np.fft.rfft(padded)
    apart = np.fft.rfftfreq(len(padded), 1 / RATE_HZ) - hertz
    spectrum *= np.exp(-0.5 * (apart / (0.2 * hertz)) ** 2)
    energy = np.cumsum(np.fft.irfft(spectrum)[: len(heard)][::-1] ** 2)[::-1]
    decay_db = 10 * np.log10(energy / energy[round(0.12 * RATE_HZ)] + 1e-12)
    start, end = np.argmax(decay_db < -5), np.argmax(decay_db < -25)
    return float(3 * (end - start) / RATE_HZ)


@pytest.mark.parametrize("wanted_secs", [0.8, 1.6])
def test_a_room_answers_as_long_as_it_should(ears: VirtualEars, wanted_secs: float) -> None:
    ears.take(room(wanted_secs, wanted_secs))
    ears.render(0.3)
    ears.take(Play("click", ahead_of(20)))
    heard = ears.render(1.6 * wanted_secs)
    assert t60_secs(heard, 1000) == pytest.approx(wanted_secs, rel=0.15)


def test_high_sounds_die_away_sooner_where_the_room_says_so(ears: VirtualEars) -> None:
    ears.take(room(1.6, 0.8))
    ears.render(0.3)
    ears.take(Play("click", ahead_of(20)))
    heard = ears.render(2.0)
    assert t60_secs(heard, 5000) < 0.75 * t60_secs(heard, 500)


def test_the_answer_of_a_room_is_as_loud_as_its_absorption_leaves_it(ears: VirtualEars) -> None:
    near = level_db(settled(ears, loop_at(ahead_of(45, distance_m=1), loop=1)))
    ears.take(room(1.6, 1.6))
    heard = settled(ears, loop_at(ahead_of(45, distance_m=7), loop=1), secs=1.0)
    ears.render(1.5)
    heard = ears.render(1.0)
    direct = 10 ** (near / 10) / 49
    gain = ears.engine.space.reverb((0, 0, 1.7)).gain
    answered = 10 * np.log10((10 ** (level_db(heard) / 10) - direct) / 10 ** (near / 10))
    assert answered == pytest.approx(20 * np.log10(gain), abs=2.0)


def test_outdoors_nothing_answers(ears: VirtualEars) -> None:
    ears.take(Play("click", ahead_of(20)))
    heard = ears.render(0.5)
    assert np.abs(heard[4800:]).max() < 1e-5 * np.abs(heard).max()


def test_a_loop_begins_and_ends_without_a_click(ears: VirtualEars) -> None:
    steady = np.abs(np.diff(settled(ears, loop_at(ahead_of(0))), axis=0)).max()
    ears.take(Sounds())
    ending = ears.render(0.3)
    ears.take(loop_at(ahead_of(0)))
    beginning = ears.render(0.3)
    assert not ending[-480:].any()
    assert np.abs(np.diff(ending, axis=0)).max() <= 1.1 * steady
    assert np.abs(np.diff(beginning, axis=0)).max() <= 1.1 * steady


def test_volumes_count_for_their_group(ears: VirtualEars) -> None:
    full = level_db(settled(ears, loop_at(ahead_of(0))))
    ears.take(Choice(machines=0.5))
    half = level_db(settled(ears, loop_at(ahead_of(0))))
    ears.take(Choice(machines=0.5, master=0.5))
    quarter = level_db(settled(ears, loop_at(ahead_of(0))))
    ears.take(Choice(machines=0.0))
    assert half == pytest.approx(full - 6.02, abs=0.1)
    assert quarter == pytest.approx(full - 12.04, abs=0.1)
    assert not settled(ears, loop_at(ahead_of(0))).any()


def test_a_sound_in_the_head_stays_there_when_the_head_turns(ears: VirtualEars) -> None:
    ears.take(Play("click"))
    heard = ears.render(0.1)
    ears.take(Ears((50.0, -20.0, 1.7), looking(77).quaternion))
    ears.render(0.1)
    ears.take(Play("click"))
    again = ears.render(0.1)
    assert heard.any()
    assert np.allclose(heard, again, atol=1e-6)
    assert np.allclose(heard[:, 0], heard[:, 1], atol=1e-6)
