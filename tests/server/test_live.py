"""What of the live values goes out in which tick."""

from __future__ import annotations

import numpy as np

from walkdown.signals import BLOCK_SIZE
from walkdown.twin import Signal, Thing, make_catalogue
from walkdown_server.ticks.live import BLOCK_TICKS, FEW_BLOCKS, Live


def live_of(blocks: int, *, switches: int = 0) -> Live:
    numbers = [Signal(f"s{i}", "T", f"s{i}") for i in range(blocks * BLOCK_SIZE)]
    bools = [Signal(f"b{i}", "T", f"b{i}", kind="bool") for i in range(switches)]
    catalogue = make_catalogue(1, things=[Thing("T", "Thing")], signals=[*numbers, *bools])
    live = Live(catalogue, joint_count=0, now_ns=0)
    for tick in range(BLOCK_TICKS):
        live.take_blocks(tick, now_ns=0)
    return live


def change(live: Live, indices: np.ndarray[tuple[int], np.dtype[np.intp]]) -> None:
    live.write(indices, np.ones(len(indices)), quality=0, now_ns=1)


def test_few_changed_blocks_all_leave_in_the_next_tick() -> None:
    live = live_of(FEW_BLOCKS)
    change(live, np.arange(FEW_BLOCKS) * BLOCK_SIZE)
    assert len(live.take_blocks(0, now_ns=2)) == FEW_BLOCKS
    assert len(live.take_blocks(1, now_ns=2)) == 0


def test_many_changed_blocks_take_turns_and_all_have_left_after_three_ticks() -> None:
    count = 3 * FEW_BLOCKS
    live = live_of(count)
    change(live, np.arange(count) * BLOCK_SIZE)
    first = live.take_blocks(0, now_ns=2)
    assert len(first) == count // BLOCK_TICKS
    sent = [dict(blocks) for blocks in (first, *(live.take_blocks(tick, now_ns=2) for tick in (1, 2)))]
    assert sorted(number for blocks in sent for number in blocks) == list(range(count))


def test_a_switch_never_waits_for_its_turn() -> None:
    count = 3 * FEW_BLOCKS
    live = live_of(count, switches=1)
    change(live, np.append(np.arange(count) * BLOCK_SIZE, count * BLOCK_SIZE))
    assert count in dict(live.take_blocks(1, now_ns=2))
