"""Losses that are remembered are those that the space would say."""

from __future__ import annotations

import numpy as np

from benchmarks._hearing_scene import walls_at
from walkdown_client.audio.orders import Doors, Vector
from walkdown_client.audio.remembered import RememberedLosses
from walkdown_client.audio.space import Space

EARS: Vector = (0.0, 0.0, 1.5)


def places() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    angles = np.linspace(0.0, 2 * np.pi, 12, endpoint=False)
    made = np.column_stack([8 * np.cos(angles), 8 * np.sin(angles), np.full(12, 1.5)])
    return made.astype(np.float32)


def walled() -> Space:
    space = Space()
    space.take(walls_at([[4.0, 0.0], [0.0, 4.0], [-4.0, 1.0]]))
    return space


def same(space: Space, memory: RememberedLosses, ears: Vector, at: np.ndarray) -> bool:
    return all(map(np.allclose, memory.losses(ears, at), space.losses(ears, at)))


def test_only_what_moved_is_asked_about_again() -> None:
    space, at = walled(), places()
    memory = RememberedLosses(space)
    assert same(space, memory, EARS, at)
    assert memory.asked == 12
    at[3] += (0.5, 0.0, 0.0)
    assert same(space, memory, EARS, at)
    assert memory.asked == 1
    assert same(space, memory, EARS, at)
    assert memory.asked == 0


def test_all_is_asked_about_when_the_ears_move_or_a_door_opens() -> None:
    space, at = walled(), places()
    memory = RememberedLosses(space)
    memory.losses(EARS, at)
    assert same(space, memory, (0.5, 0.0, 1.5), at)
    assert memory.asked == 12
    space.take(Doors(np.array([0], "<u4").tobytes()))
    assert same(space, memory, (0.5, 0.0, 1.5), at)
    assert memory.asked == 12


def test_small_steps_add_up() -> None:
    space, at = walled(), places()
    memory = RememberedLosses(space)
    memory.losses(EARS, at)
    for step in range(1, 101):
        at[0, 1] = 0.015 * step
        memory.losses(EARS, at)
    gains, _ = memory.losses(EARS, at)
    assert abs(gains[0] - space.losses(EARS, at)[0][0]) < 0.05


def test_of_no_place_nothing_is_asked() -> None:
    memory = RememberedLosses(walled())
    gains, gains_hf = memory.losses(EARS, np.zeros((0, 3), np.float32))
    assert len(gains) == len(gains_hf) == 0
