"""Sealed datagrams, proved addresses: what is taken, what counts for nothing."""

from __future__ import annotations

import itertools

import pytest

from walkdown.errors import ProtocolError
from walkdown.media.addresses import CANDIDATES_MAX, Addresses
from walkdown.media.datagrams import (
    ANSWER,
    COUNTER_MAX,
    DATAGRAM_MAX,
    HEADER,
    OVERHEAD,
    PROBE,
    WINDOW,
    Answer,
    Fault,
    Kind,
    Opened,
    Opener,
    Sealer,
    connection_of,
    pack_answer,
    pack_probe,
    unpack_answer,
    unpack_probe,
)

KEY, CONNECTION = bytes(range(16)), 77
UP = frozenset({Kind.PROBE, Kind.VOICE_UP})


def ends(key: bytes = KEY) -> tuple[Sealer, Opener]:
    return Sealer(KEY, CONNECTION), Opener(key, CONNECTION, kinds=UP)


def test_what_is_sealed_is_opened_once_and_names_its_connection() -> None:
    sealer, opener = ends()
    data = sealer.seal(Kind.VOICE_UP, b"words")
    assert b"words" not in data
    assert connection_of(data) == CONNECTION
    assert opener.open(data) == Opened(Kind.VOICE_UP, b"words")
    assert opener.open(data) == Fault.REPLAYED
    assert (opener.newest, opener.received) == (1, 1)


def test_no_two_datagrams_have_the_same_counter_and_a_key_is_used_up_some_day() -> None:
    sealer, _opener = ends()
    counters = [HEADER.unpack_from(sealer.seal(Kind.PROBE, b""))[2] for _turn in range(5)]
    assert counters == [1, 2, 3, 4, 5]
    sealer.counter = COUNTER_MAX - 1
    with pytest.raises(ProtocolError, match="used up"):
        sealer.seal(Kind.PROBE, b"")


def test_every_changed_bit_is_found() -> None:
    data = ends()[0].seal(Kind.VOICE_UP, b"words")
    for place, bit in itertools.product(range(len(data)), (1, 128)):
        changed = bytearray(data)
        changed[place] ^= bit
        opener = ends()[1]
        assert isinstance(opener.open(bytes(changed)), Fault)
        assert (opener.newest, opener.received) == (0, 0)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", Fault.SIZE),
        (bytes(OVERHEAD - 1), Fault.SIZE),
        (bytes(DATAGRAM_MAX + 1), Fault.SIZE),
        (Sealer(KEY, CONNECTION).seal(Kind.VOICE_DOWN, b"x"), Fault.KIND),
        (Sealer(KEY, CONNECTION + 1).seal(Kind.PROBE, b"x"), Fault.CONNECTION),
        (Sealer(bytes(16), CONNECTION).seal(Kind.PROBE, b"x"), Fault.FORGED),
        (Sealer(KEY, CONNECTION).seal(Kind.PROBE, b"x")[:-1], Fault.FORGED),
    ],
    ids=["nothing", "too short", "too long", "of the wrong end", "foreign", "another key", "cut"],
)
def test_what_the_other_end_has_not_sent_is_not_opened(data: bytes, fault: Fault) -> None:
    assert ends()[1].open(data) == fault


@pytest.mark.parametrize("data", [b"", bytes(OVERHEAD - 1), bytes(DATAGRAM_MAX + 1)])
def test_what_cannot_be_a_datagram_names_no_connection(data: bytes) -> None:
    assert connection_of(data) is None


def test_datagrams_that_overtake_each_other_are_taken_within_the_window() -> None:
    sealer, opener = ends()
    sent = [sealer.seal(Kind.VOICE_UP, b"") for _turn in range(WINDOW + 2)]
    assert isinstance(opener.open(sent[-1]), Opened)
    assert opener.open(sent[1]) == Fault.REPLAYED  # it is just too old
    assert isinstance(opener.open(sent[2]), Opened)
    assert opener.open(sent[2]) == Fault.REPLAYED
    assert isinstance(opener.open(sent[500]), Opened)
    assert opener.received == 3


def test_a_leap_of_the_counter_forgets_what_was_seen_and_takes_nothing_twice() -> None:
    sealer, opener = ends()
    early = sealer.seal(Kind.VOICE_UP, b"")
    sealer.counter = 10 * WINDOW
    late = sealer.seal(Kind.VOICE_UP, b"")
    assert isinstance(opener.open(early), Opened)
    assert isinstance(opener.open(late), Opened)
    assert [opener.open(early), opener.open(late)] == [Fault.REPLAYED] * 2


def test_probes_and_answers_say_what_was_put_in_and_have_their_size() -> None:
    challenge = bytes(range(16))
    assert unpack_probe(pack_probe(7, challenge)) == (7, challenge)
    answer = Answer(7, challenge, newest=9, received=8)
    assert unpack_answer(pack_answer(answer)) == answer
    with pytest.raises(ProtocolError, match="a probe has"):
        unpack_probe(bytes(PROBE.size + 1))
    with pytest.raises(ProtocolError, match="an answer has"):
        unpack_answer(bytes(ANSWER.size - 1))
    with pytest.raises(ProtocolError, match="9 datagrams are said to have come of 8"):
        unpack_answer(pack_answer(Answer(7, challenge, newest=8, received=9)))


def test_an_answer_is_shorter_than_its_probe() -> None:
    assert ANSWER.size < PROBE.size


# ---- addresses ----------------------------------------------------------------------------------------


def guesses() -> Addresses:
    numbers = itertools.count(1)
    return Addresses(random=lambda size: next(numbers).to_bytes(size, "big"))


def test_an_address_is_proved_by_the_echo_of_its_own_challenge() -> None:
    addresses = guesses()
    addresses.heard("a", 97)
    addresses.heard("b", 97)
    assert not addresses.echoed("a", addresses.challenge("b"))
    assert not addresses.echoed("a", bytes(16))
    assert addresses.proved is None
    assert addresses.echoed("a", addresses.challenge("a"))
    assert addresses.proved == "a"


def test_no_more_goes_to_an_address_that_is_not_proved_than_came_from_there() -> None:
    addresses = guesses()
    assert not addresses.may_send("a", 1)
    addresses.heard("a", 100)
    assert [addresses.may_send("a", 60), addresses.may_send("a", 60), addresses.may_send("a", 40)] == [
        True,
        False,
        True,
    ]
    addresses.heard("a", 100)
    addresses.echoed("a", addresses.challenge("a"))
    assert addresses.may_send("a", 10_000)


def test_a_changed_address_is_proved_anew_and_until_then_the_old_one_holds() -> None:
    addresses = guesses()
    addresses.heard("a", 97)
    first = addresses.challenge("a")
    addresses.echoed("a", first)
    addresses.heard("b", 97)
    assert addresses.challenge("a") == first  # who is proved is asked nothing new
    assert not addresses.echoed("b", first)
    assert addresses.may_send("a", 10_000)
    assert addresses.echoed("b", addresses.challenge("b"))
    assert addresses.proved == "b"
    addresses.heard("a", 97)
    assert not addresses.echoed("a", first)


def test_few_addresses_are_remembered_that_are_not_proved() -> None:
    addresses = guesses()
    for number in range(CANDIDATES_MAX + 1):
        addresses.heard(number, 97)
    assert not addresses.may_send(0, 1)
    assert all(addresses.may_send(number, 1) for number in range(1, CANDIDATES_MAX + 1))
