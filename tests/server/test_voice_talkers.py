"""Which packets are new, what waits, how an end is told, and when voice ticks come; no server."""

from __future__ import annotations

import pytest

from walkdown.voice import Packet, Route, VoiceFlag, pack_packet, unpack_bundle, unpack_packet
from walkdown_server.ticks.beat import Beat
from walkdown_server.voice.talkers import QUEUE_PACKETS, Newness, Talker

FRAME_NS = 20_000_000


def packet(sequence: int, *, flags: int = 0, loudness: int = 30, payload: bytes = b"x" * 20) -> bytes:
    return pack_packet(Packet(sequence, sequence * FRAME_NS, flags, loudness, payload))


@pytest.mark.parametrize(
    ("sequences", "expected"),
    [
        ((5, 6, 7), (True, True, True)),
        ((5, 5, 6, 5), (True, False, True, False)),
        ((5, 7, 6, 6), (True, True, True, False)),
        ((0, 63, 0), (True, True, False)),
        ((0, 64, 0, 1), (True, True, False, True)),
        ((100, 20, 36), (True, False, False)),
        ((10, 500, 12, 499), (True, True, False, True)),
        ((2**32 - 1, 0, 2**32 - 1, 2**32 - 2), (True, True, False, True)),
    ],
)
def test_a_packet_counts_once_and_not_when_it_is_old(
    sequences: tuple[int, ...], expected: tuple[bool, ...]
) -> None:
    newness = Newness()
    start = sequences[0]
    times = [((sequence - start + 2**31) % 2**32 - 2**31) * FRAME_NS for sequence in sequences]
    took = [newness.takes(*one) for one in zip(sequences, times, strict=True)]
    assert tuple(took) == expected


def test_a_microphone_that_is_opened_again_counts_from_the_start() -> None:
    newness = Newness()
    assert newness.takes(5000, 100 * FRAME_NS)
    assert not newness.takes(3, 99 * FRAME_NS)
    assert newness.takes(0, 120 * FRAME_NS)
    assert newness.takes(1, 121 * FRAME_NS)
    assert not newness.takes(5001, 101 * FRAME_NS)
    assert newness.takes(2, 122 * FRAME_NS)


def test_what_is_said_is_packed_once_for_all_who_hear_it_in_the_same_way() -> None:
    talker = Talker(7, 0)
    talker.say(packet(1), 0.0)
    talker.say(packet(2), 0.0)
    talker.begin_tick()
    assert talker.entries(Route.NEAR) is talker.entries(Route.NEAR)
    entries = unpack_bundle(talker.entries(Route.RADIO))
    assert [(e.speaker, e.route, unpack_packet(e.packet).sequence) for e in entries] == [
        (7, Route.RADIO, 1),
        (7, Route.RADIO, 2),
    ]
    talker.begin_tick()
    assert talker.entries(Route.NEAR) == b""


def test_of_too_many_that_wait_the_oldest_are_dropped() -> None:
    talker = Talker(7, 0)
    dropped = [talker.say(packet(n), 0.0) for n in range(QUEUE_PACKETS + 3)]
    talker.begin_tick()
    assert sum(dropped) == 3
    assert [unpack_packet(data).sequence for data in talker.due] == list(range(3, QUEUE_PACKETS + 3))


def test_how_loud_somebody_is_rises_at_once_and_falls_slowly() -> None:
    talker = Talker(7, 0)
    levels = []
    for loudness in (60, 20, 90, 90, 19):
        talker.say(packet(1, loudness=loudness), 0.0)
        levels.append(talker.level_db)
    assert levels == [-60, -20, -21, -22, -19]


def test_an_end_follows_the_newest_packet_and_is_a_packet_itself() -> None:
    talker = Talker(7, 0)
    assert talker.takes(packet(41))
    (entry,) = unpack_bundle(talker.end_entry(Route.NEAR))
    end = unpack_packet(entry.packet)
    assert (end.sequence, end.captured_ns, end.ends_spurt, end.payload) == (42, 42 * FRAME_NS, True, b"")


def test_a_spurt_lasts_until_its_end_goes_out() -> None:
    talker = Talker(7, 0)
    talker.say(packet(1), 0.0)
    talker.begin_tick()
    assert (talker.in_spurt, talker.ends) == (True, False)
    talker.begin_tick()
    assert talker.in_spurt
    talker.say(packet(2, flags=VoiceFlag.END_OF_SPURT), 0.0)
    talker.begin_tick()
    assert (talker.in_spurt, talker.ends) == (False, True)


# ---- when to tick --------------------------------------------------------------------------------------


def ticks(arrivals_ms: list[int], *, people: int = 300, until_ms: int = 100) -> list[tuple[int, str]]:
    """Return when ticks come and of what, where packets come at these times and all wake in time."""
    beat, said = Beat(0.0), []
    beat.people = people
    waiting = False
    for ms in range(until_ms + 1):
        now = ms / 1000 + ms * 1e-9
        waiting |= ms in arrivals_ms
        if beat.is_due(now, voice=waiting):
            state, voice = beat.take(now, voice=waiting)
            said.append((ms, " and ".join(what for what, due in (("state", state), ("voice", voice)) if due)))
            waiting = False
    return said


def test_while_nobody_speaks_there_are_only_ticks_of_state() -> None:
    assert ticks([]) == [(50, "state"), (100, "state")]


def test_what_one_talker_says_leaves_as_it_comes() -> None:
    assert [ms for ms, what in ticks([3, 23, 43, 63, 83]) if "voice" in what] == [3, 23, 43, 63, 83]


def test_one_packet_that_was_late_does_not_hold_up_all_later_ones() -> None:
    late = [0, 35, *range(40, 600, 20)]
    sent = [ms for ms, what in ticks(late, until_ms=620) if "voice" in what]
    assert sent[1:3] == [35, 50]
    assert set(late[-10:]) <= set(sent)


def test_what_several_say_within_a_gap_leaves_together_and_with_a_state_tick_in_between() -> None:
    assert ticks(list(range(0, 100, 4)), until_ms=99) == [
        (0, "voice"),
        (19, "voice"),
        (38, "voice"),
        (50, "state and voice"),
        (69, "voice"),
        (88, "voice"),
    ]


def test_among_few_people_packets_wait_less_for_each_other() -> None:
    assert [ms for ms, _what in ticks([1, 3, 7, 14], people=8, until_ms=40)] == [1, 6, 11, 16]
    assert [ms for ms, _what in ticks([1, 3, 7, 14], people=51, until_ms=40)] == [1, 20]


def test_a_state_tick_without_voice_does_not_put_off_voice() -> None:
    assert ticks([49, 53], until_ms=80) == [(49, "voice"), (50, "state"), (68, "voice")]


def test_what_is_late_is_not_caught_up() -> None:
    beat = Beat(0.0)
    assert beat.take(0.337, voice=True) == (True, True)
    assert beat.take(0.337, voice=True) == (False, False)
    assert beat.next_secs(voice=False) == pytest.approx(0.35)
    assert beat.next_secs(voice=True) == pytest.approx(0.35)
