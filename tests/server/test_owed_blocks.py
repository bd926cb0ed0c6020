"""In which order, and how many at a time, signal blocks come to those who have missed them."""

from __future__ import annotations

import numpy as np
import pytest

from walkdown_server.ticks.outbox import OWED_BLOCKS_LEAST, OWED_BLOCKS_PER_FRAME, Changes, Events, Outbox

BLOCKS = 800


def changes(tick: int) -> Changes:
    """Everything changes."""
    return Changes(tick=tick, first_event=1, blocks=np.arange(BLOCKS))


def up_to_date(outbox: Outbox, *, tick: int = 0) -> int:
    """Let a newcomer have everything, and return the next tick."""
    while len(outbox.take_blocks(tick)):
        outbox.settle(1)
        tick += 1
    return tick


def newcomer() -> Outbox:
    return Outbox(Events(), block_count=BLOCKS, thing_count=0, next_event=1)


def test_a_newcomer_has_all_after_as_many_frames_as_it_takes_and_none_twice() -> None:
    outbox, had = newcomer(), []
    for tick in range(3, 3 + BLOCKS // OWED_BLOCKS_PER_FRAME):
        had += outbox.take_blocks(tick).tolist()
    assert sorted(had) == list(range(BLOCKS))
    assert not len(outbox.take_blocks(50))


def test_newcomers_get_the_same_in_the_same_tick() -> None:
    first, second = newcomer(), newcomer()
    first.take_blocks(6)
    assert first.take_blocks(7).tolist() == second.take_blocks(7).tolist()


def test_who_misses_ticks_gets_fewer_at_a_time_and_more_again_when_keeping_up() -> None:
    outbox = newcomer()
    tick = up_to_date(outbox)
    for missed in range(20):
        outbox.skip(changes(tick + missed))
    found = [len(outbox.take_blocks(tick + 20 + i)) for i in range(6)]
    assert found == [OWED_BLOCKS_LEAST * 2**i for i in range(5)] + [OWED_BLOCKS_PER_FRAME]


@pytest.mark.parametrize("every", [2, 7, 8])
def test_who_is_always_behind_is_still_told_of_every_block(every: int) -> None:
    outbox, told = newcomer(), np.zeros(BLOCKS, int)
    for tick in range(every * BLOCKS):
        if tick % every:
            outbox.skip(changes(tick))
        else:
            told[outbox.take_blocks(tick)] += 1
            outbox.settle(1)
    assert told.min() >= OWED_BLOCKS_LEAST - 1
    assert told.max() - told.min() <= 2, "and of none much more often than of others"
