"""Ears without a sound card: their clock, several of them, and how they are handed round."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from benchmarks._hearing_scene import ahead_of, looking, loop_at
from walkdown_client.audio.ears import VirtualEars
from walkdown_client.audio.orders import Choice

F32 = npt.NDArray[np.float32]


def listening(azimuth: float) -> VirtualEars:
    ears = VirtualEars()
    ears.take(looking())
    ears.take(loop_at(ahead_of(azimuth)))
    return ears


def test_any_piece_of_time_can_be_asked_for() -> None:
    with listening(90.0) as one, listening(90.0) as other:
        whole = one.render(0.1234)
        parts = np.concatenate([other.render(secs) for secs in (0.0234, 0.0016, 0.0984)])
    assert whole.shape == parts.shape == (5923, 2)
    assert np.array_equal(whole, parts)


def test_time_goes_on_only_by_rendering() -> None:
    with VirtualEars(now_ns=5_000_000_000) as ears:
        assert not len(ears.render_until(4_000_000_000))
        assert len(ears.render_until(5_100_000_000)) == 4800
        assert ears.now_ns == 5_100_000_000


def test_two_pairs_of_ears_hear_their_own() -> None:
    with listening(-90.0) as left, listening(90.0) as right:
        heard = [(left.render(0.05), right.render(0.05)) for _ in range(10)]
    louder = [np.sign(np.diff(np.square(sound).sum(axis=0)))[0] for sound in heard[-1]]
    assert louder == [-1.0, 1.0]


def test_ears_can_be_used_by_another_thread_than_made_them() -> None:
    heard: list[F32] = []
    with listening(0.0) as ears:
        thread = threading.Thread(target=lambda: heard.append(ears.render(0.3)))
        thread.start()
        thread.join()
    assert heard[0].any()


def test_another_mode_goes_on_with_what_sounds() -> None:
    with listening(90.0) as ears:
        ears.render(0.3)
        ears.take(Choice(mode="mono"))
        heard = ears.render(0.3)
        assert (ears.hrtf, ears.mode) == ("off", "mono")
    assert heard.any()
    assert np.array_equal(heard[:, 0], heard[:, 1])


def test_the_same_scene_sounds_the_same_each_time() -> None:
    with listening(30.0) as one, listening(30.0) as other:
        assert np.array_equal(one.render(0.5), other.render(0.5))
