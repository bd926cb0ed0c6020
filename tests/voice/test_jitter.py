"""Which packet's turn it is, whatever order, loss and restart there was: no sound in here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.clock import NS
from walkdown.voice import Packet, VoiceFlag
from walkdown_client.voice.jitter import FRAME_NS, HELD_MAX, HOLD_SECS, Deed, JitterBuffer, Step

START_NS = 7 * NS
STEP_NS = 10_000_000
REPEATS = b"r"
"""A payload that begins so repeats the one before it."""


def packet(
    sequence: int, *, ends: bool = False, payload: bytes = b"sound", captured_ns: int | None = None
) -> Packet:
    at_ns = START_NS + sequence * FRAME_NS if captured_ns is None else captured_ns
    flags = VoiceFlag.END_OF_SPURT if ends else 0
    return Packet(sequence & 0xFFFFFFFF, at_ns, flags, 30, payload)


class Desk:
    """A buffer, and a renderer that takes a frame whenever it runs out of sound."""

    def __init__(self) -> None:
        self.buffer = JitterBuffer(carries_previous=lambda payload: payload.startswith(REPEATS))
        self.now_ns, self.ahead_ns = START_NS, 0
        self.steps: list[tuple[int, Step]] = []

    def put(self, *packets: Packet, late_ns: int = 0) -> None:
        for one in packets:
            self.buffer.put(one, self.now_ns + late_ns)

    def run(self, secs: float, coming: Iterable[tuple[int, Packet]] = ()) -> None:
        waiting = sorted(coming, key=lambda one: one[0])
        end_ns = self.now_ns + round(secs * NS)
        while self.now_ns < end_ns:
            while waiting and waiting[0][0] <= self.now_ns:
                at_ns, one = waiting.pop(0)
                self.buffer.put(one, at_ns)
            while self.ahead_ns <= STEP_NS:
                step = self.buffer.step(self.now_ns, ahead_secs=self.ahead_ns / NS)
                if step is None:
                    break
                self.steps.append((self.now_ns + self.ahead_ns, step))
                self.ahead_ns += STEP_NS if step.deed is Deed.HOLD else FRAME_NS
            self.ahead_ns = max(self.ahead_ns - STEP_NS, 0)
            self.now_ns += STEP_NS

    @property
    def deeds(self) -> list[Deed]:
        return [step.deed for _at, step in self.steps]

    @property
    def played(self) -> list[int]:
        """Capture times of what was played or recovered, in frames."""
        return [
            round((step.captured_ns - START_NS) / FRAME_NS) for _at, step in self.steps if step.captured_ns
        ]


def on_time(numbers: Iterable[int], *, ends: int = -1, repeats: bool = False) -> list[tuple[int, Packet]]:
    payload = REPEATS if repeats else b"sound"
    return [(START_NS + n * FRAME_NS, packet(n, ends=n == ends, payload=payload)) for n in numbers]


def test_what_comes_in_order_is_played_in_order_and_ends_in_silence() -> None:
    desk = Desk()
    desk.run(1.0, on_time(range(20), ends=19))
    assert desk.played == list(range(20))
    assert set(desk.deeds) == {Deed.PLAY}
    assert desk.steps[0][1].begins
    assert desk.steps[-1][1].ends
    assert not desk.buffer.playing


def test_each_packet_is_played_once_however_often_it_comes() -> None:
    desk = Desk()
    desk.run(1.0, [one for one in on_time(range(20), ends=19) for _copy in range(3)])
    assert desk.played == list(range(20))
    assert desk.buffer.counts.received == 20


def test_packets_that_change_places_are_put_in_order() -> None:
    desk = Desk()
    come = on_time(range(20), ends=19)
    for row in range(4, 16, 4):
        come[row], come[row + 1] = (come[row + 1][0], come[row][1]), (come[row][0], come[row + 1][1])
    desk.run(1.0, come)
    assert desk.played == list(range(20))


def test_a_lost_packet_is_recovered_from_the_next_where_that_repeats_it() -> None:
    desk = Desk()
    desk.run(1.0, on_time([n for n in range(20) if n != 7], ends=19, repeats=True))
    assert desk.played == list(range(20))
    assert desk.deeds.count(Deed.RECOVER) == 1
    assert desk.buffer.counts.lost == 1


def test_a_lost_packet_is_concealed_where_nothing_repeats_it() -> None:
    desk = Desk()
    desk.run(1.0, on_time([n for n in range(20) if n not in {7, 8}], ends=19))
    assert desk.deeds.count(Deed.CONCEAL) == 2
    assert desk.buffer.counts.lost == 2


def test_what_comes_after_its_turn_is_late_and_not_played() -> None:
    desk = Desk()
    desk.run(0.6, on_time(n for n in range(20) if n != 7))
    desk.put(packet(7))
    assert desk.buffer.counts.late == 1
    desk.run(0.5)
    assert 7 not in desk.played


def test_after_a_stall_everything_is_played_that_was_not_heard_before() -> None:
    desk = Desk()
    stalled = [
        (at if n < 10 else at + 50_000_000, one) for n, (at, one) in enumerate(on_time(range(30), ends=29))
    ]
    desk.run(1.5, stalled)
    assert desk.played == list(range(30))
    assert 1 <= desk.deeds.count(Deed.HOLD) <= 6


def test_what_is_not_there_is_waited_for_as_long_as_there_is_sound() -> None:
    buffer = JitterBuffer(carries_previous=lambda _payload: False)
    for number in range(3):
        buffer.put(packet(number), START_NS + number * FRAME_NS)
    now_ns = START_NS + 3 * FRAME_NS
    deeds = [buffer.step(now_ns, ahead_secs=ahead) for ahead in (0.03, 0.03, 0.03, 0.03, 0.02, 0.01)]
    assert [step.deed for step in deeds if step] == [*[Deed.PLAY] * 3, Deed.WAIT, Deed.WAIT, Deed.HOLD]
    buffer.put(packet(3), now_ns)
    late = buffer.step(now_ns, ahead_secs=0.02)
    assert late is not None
    assert late.deed is Deed.PLAY


def test_a_long_stall_becomes_silence_and_what_is_stale_is_left_out() -> None:
    desk = Desk()
    come = on_time(range(40), ends=39)
    stalled = [
        (max(at, START_NS + 28 * FRAME_NS) if n >= 10 else at, one) for n, (at, one) in enumerate(come)
    ]
    desk.run(1.5, stalled)
    held_secs = 0.01 * desk.deeds.count(Deed.HOLD)
    assert held_secs == pytest.approx(HOLD_SECS, abs=0.021)
    assert desk.buffer.counts.skipped > 5
    assert desk.played[-1] == 39
    assert desk.buffer.counts.starved_secs > 0.05
    latest_ns = desk.steps[-1][0] - (START_NS + 39 * FRAME_NS)
    assert latest_ns < 0.25 * NS, "nearly as late as the stall was long"


def test_silence_between_spurts_is_no_loss_and_no_guess() -> None:
    desk = Desk()
    desk.run(3.0, on_time(range(10), ends=9) + on_time(range(100, 110), ends=109))
    assert desk.played == [*range(10), *range(100, 110)]
    assert set(desk.deeds) == {Deed.PLAY}
    assert desk.buffer.counts.lost == 0
    assert [step.begins for _at, step in desk.steps].count(True) == 2


def test_a_spurt_may_end_without_sound() -> None:
    desk = Desk()
    end = (START_NS + 10 * FRAME_NS, packet(10, ends=True, payload=b""))
    desk.run(1.0, [*on_time(range(10)), end, (end[0] + FRAME_NS, packet(11, ends=True, payload=b""))])
    assert desk.deeds == [Deed.PLAY] * 10
    assert not desk.buffer.playing


def test_an_end_that_got_lost_is_told_by_the_second() -> None:
    desk = Desk()
    desk.run(1.0, [*on_time(range(10)), (START_NS + 11 * FRAME_NS, packet(11, ends=True, payload=b""))])
    assert desk.deeds.count(Deed.PLAY) == 10
    assert sum(deed is not Deed.PLAY for deed in desk.deeds) <= 3


def test_a_sequence_goes_on_beyond_32_bits() -> None:
    desk, first = Desk(), 2**32 - 5
    come = [
        (START_NS + n * FRAME_NS, packet(first + n, ends=n == 19, captured_ns=START_NS + n * FRAME_NS))
        for n in range(20)
    ]
    desk.run(1.0, come)
    assert desk.played == list(range(20))
    assert desk.buffer.counts.restarts == 0


@pytest.mark.parametrize("jump", [-5000, 70_000])
def test_a_talker_who_begins_anew_is_heard_at_once(jump: int) -> None:
    desk = Desk()
    again = [
        (
            START_NS + n * FRAME_NS,
            packet(90_000 + n + jump, captured_ns=START_NS + n * FRAME_NS, ends=n == 29),
        )
        for n in range(12, 30)
    ]
    before = [
        (START_NS + n * FRAME_NS, packet(90_000 + n, captured_ns=START_NS + n * FRAME_NS)) for n in range(10)
    ]
    desk.run(1.5, before + again)
    assert desk.buffer.counts.restarts == 1
    assert desk.played[-18:] == list(range(12, 30))


def test_a_clock_that_jumps_is_a_new_start_too() -> None:
    desk = Desk()
    desk.run(0.2, on_time(range(10)))
    desk.put(packet(10, captured_ns=START_NS + 3600 * NS))
    assert desk.buffer.counts.restarts == 1


def test_after_ten_minutes_of_silence_a_drifted_clock_is_met_anew() -> None:
    desk = Desk()
    desk.run(3.0, on_time(range(100), ends=99))
    later_ns, first = 600 * NS, 100 + 30_000
    desk.now_ns += later_ns
    drifted_ns = 120_000_000
    come = [
        (at + drifted_ns, replace(one, captured_ns=at))
        for at, one in on_time(range(first, first + 50), ends=first + 49)
    ]
    desk.now_ns = come[0][0] - NS
    desk.run(3.0, come)
    assert desk.deeds.count(Deed.HOLD) == 0
    assert desk.buffer.counts.skipped == 0
    assert desk.played[-1] == first + 49


def test_a_flood_takes_no_more_memory_than_two_seconds_of_sound() -> None:
    desk = Desk()
    for n in range(10_000):
        desk.buffer.put(packet(n), START_NS)
    assert len(desk.buffer._held) <= HELD_MAX
    assert len(desk.buffer._recent) <= HELD_MAX


def test_what_was_said_shortly_before_a_gate_opened_says_nothing_about_the_network() -> None:
    desk = Desk()
    come = []
    for spurt in range(30):
        first = spurt * 40
        come += [
            (START_NS + max(n, first + 2) * FRAME_NS, packet(n, ends=n == first + 19))
            for n in range(first, first + 20)
        ]
    desk.run(30 * 0.8, come)
    assert desk.buffer.target_secs < 0.03
    assert desk.buffer.counts.skipped == 0


@given(
    numbers=st.lists(st.integers(0, 60), max_size=120),
    lateness=st.lists(st.integers(0, 400), min_size=120, max_size=120),
    jumps=st.lists(st.integers(-(2**31), 2**31), max_size=3),
)
def test_whatever_comes_sound_goes_forward_and_no_frame_is_played_twice(
    numbers: list[int], lateness: list[int], jumps: list[int]
) -> None:
    desk = Desk()
    come = [
        (START_NS + n * FRAME_NS + late * 1_000_000, packet(n, ends=n % 17 == 0))
        for n, late in zip(numbers, lateness, strict=False)
    ]
    desk.run(2.0, come)
    assert desk.played == sorted(set(desk.played))
    for jump in jumps:
        desk.put(packet(jump % 2**32, captured_ns=jump))
    desk.run(0.5)
    assert not desk.buffer.playing or desk.buffer.has_next
