"""Which loops and shots OpenAL plays: real loops, real shots, a loopback device."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks._hearing_scene import ahead_of, looking, loop_at, loops_at
from walkdown_client.audio import budget, loops
from walkdown_client.audio.ears import VirtualEars
from walkdown_client.audio.orders import Ears, Play, Sounds
from walkdown_client.audio.shot_player import SHOTS


@pytest.fixture
def ears() -> Iterator[VirtualEars]:
    with VirtualEars() as one:
        one.take(looking())
        yield one


def playing(ears: VirtualEars) -> set[int]:
    assert ears.engine._stage is not None
    return set(ears.engine._stage.loops.playing.tolist())


def in_a_row(count: int) -> Sounds:
    """Loops 2 m apart, towards the north; the first has id 1."""
    places = np.column_stack([np.zeros(count), 2.0 + 2.0 * np.arange(count), np.full(count, 1.7)])
    return loops_at(places, loops=np.zeros(count, int))


def test_of_many_loops_the_nearest_32_are_heard(ears: VirtualEars) -> None:
    ears.take(in_a_row(100))
    ears.render(0.3)
    assert playing(ears) == set(range(1, 1 + budget.SOUNDS))


def test_walking_on_others_are_heard_without_a_gap(ears: VirtualEars) -> None:
    ears.take(in_a_row(100))
    ears.render(0.5)
    ears.take(Ears((0.0, 120.0, 1.7), (1.0, 0.0, 0.0, 0.0)))
    heard = ears.render(0.6)
    assert playing(ears) == set(range(44, 44 + budget.SOUNDS))
    quietest = min(np.abs(piece).max() for piece in heard.reshape(-1, 480, 2))
    assert quietest > 1e-4


def test_what_is_the_same_goes_on_when_all_is_said_anew(ears: VirtualEars) -> None:
    ears.take(loop_at(ahead_of(0.0)))
    ears.render(0.5)
    before = ears.render(0.1)
    ears.take(loop_at(ahead_of(0.0)))
    after = ears.render(0.1)
    steps = np.abs(np.diff(np.concatenate([before, after]), axis=0)).max(axis=1)
    assert steps[4790:4810].max() <= steps.max() * 1.01
    assert len(playing(ears)) == 1


def test_what_stopped_because_its_output_went_goes_on(ears: VirtualEars) -> None:
    ears.take(loop_at(ahead_of(0.0)))
    ears.render(0.3)
    assert ears.engine._stage is not None
    loops_playing = ears.engine._stage.loops.sources
    ears.engine._stage.device.openal.al.alSourceStop(loops_playing.names[0])
    assert not ears.render(0.3)[-480:].any()
    ears.engine.resume()
    assert ears.render(0.3)[-480:].any()


def test_each_shot_takes_the_place_of_a_loop(ears: VirtualEars) -> None:
    ears.take(in_a_row(100))
    ears.render(0.3)
    for _ in range(3):
        ears.take(Play("alarm", ahead_of(10.0)))
    ears.render(0.3)
    assert len(playing(ears)) == budget.SOUNDS - 3


def test_a_more_important_shot_replaces_the_least_important(ears: VirtualEars) -> None:
    for _ in range(SHOTS):
        ears.take(Play("alarm", ahead_of(-90.0), level_db=-100.0))
    ears.take(Play("alarm", ahead_of(90.0), weight=0.5))
    assert np.abs(ears.render(0.3)).max() < 1e-4
    ears.take(Play("alarm", ahead_of(90.0), weight=5.0))
    assert np.abs(ears.render(0.3)).max() > 1e-3


def test_what_is_over_makes_room(ears: VirtualEars) -> None:
    assert ears.engine._stage is not None
    ears.take(Play("done"))
    assert ears.engine._stage.shots.count == 1
    ears.render(1.0)
    assert ears.engine._stage.shots.count == 0


def test_what_nobody_knows_is_not_played(ears: VirtualEars) -> None:
    ears.take(Play("no such sound"))
    ears.take(loop_at(ahead_of(0.0), loop=len(loops.NAMES)))
    assert not ears.render(0.3).any()


def test_columns_that_do_not_fit_are_refused(ears: VirtualEars) -> None:
    one = loop_at(ahead_of(0.0))
    wrong = Sounds(one.ids, one.loops, one.positions[:4], one.levels, one.pitches, one.weights)
    with pytest.raises(ValueError, match="3 numbers were expected in a column of sounds, 1 came"):
        ears.take(wrong)
    assert not ears.render(0.1).any()


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_left_out_and_the_rest_is_heard(ears: VirtualEars, number: float) -> None:
    places = np.array([[0.0, 2.0, 1.7], [0.0, number, 1.7]])
    ears.take(loops_at(places, loops=np.zeros(2, int)))
    ears.take(Play("done", (number, 0.0, 0.0)))
    ears.take(Play("done", level_db=abs(number)))
    ears.take(Ears((number, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0)))
    heard = ears.render(0.3)
    assert playing(ears) == {1}
    assert heard.any()
    assert np.isfinite(heard).all()


@pytest.mark.parametrize(("pitch", "level_db"), [(0.0, 0.0), (-1.0, 0.0), (1e9, 0.0), (1.0, 1e9)])
def test_speeds_and_levels_that_no_machine_has_are_held_to_what_can_be_played(
    ears: VirtualEars, pitch: float, level_db: float
) -> None:
    ears.take(loop_at(ahead_of(0.0), pitch=pitch, level_db=level_db))
    heard = ears.render(0.3)
    assert heard.any()
    assert np.isfinite(heard).all()


def test_every_loop_and_every_shot_can_be_heard_at_once(ears: VirtualEars) -> None:
    count = min(len(loops.NAMES), budget.SOUNDS)
    places = [ahead_of(10.0 * number, distance_m=3.0) for number in range(count)]
    ears.take(loops_at(places, loops=np.arange(count)))
    heard = ears.render(0.5)
    assert len(playing(ears)) == count
    assert np.isfinite(heard).all()
    assert 0.01 < np.abs(heard).max() <= 1.0
