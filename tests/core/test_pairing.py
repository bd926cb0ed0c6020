"""A short code lets in who knows it, and tells nobody else anything."""

from __future__ import annotations

import msgspec
import pytest

from walkdown import pairing
from walkdown.errors import BadInput, ProtocolError, Refused
from walkdown.pairing import Ask, Guest, Offers, Pass, answer, new_code, nonce_of, read_code

PRINT, OTHER_PRINT = bytes(range(32)), bytes(32)
PASS = Pass("s3cret", PRINT, "Hall")


def test_who_knows_the_code_gets_the_pass() -> None:
    code = new_code()
    guest = Guest(code, PRINT)
    assert guest.open(Offers((answer(code, Ask(guest.message), PASS),))) == PASS


def test_of_several_open_codes_the_right_one_opens() -> None:
    code = new_code()
    guest = Guest(code, PRINT)
    ask = Ask(guest.message)
    others = [answer(new_code(), ask, Pass("other", PRINT, "Yard")) for _place in range(2)]
    assert guest.open(Offers((*others, answer(code, ask, PASS)))) == PASS


def test_a_wrong_code_opens_nothing() -> None:
    guest = Guest("AAAA-AAAA", PRINT)
    with pytest.raises(Refused, match="opens nothing"):
        guest.open(Offers((answer("AAAA-AAAB", Ask(guest.message), PASS),)))


def test_somebody_in_between_with_another_certificate_gets_nothing() -> None:
    guest = Guest("AAAA-AAAA", OTHER_PRINT)
    with pytest.raises(Refused, match="opens nothing"):
        guest.open(Offers((answer("AAAA-AAAA", Ask(guest.message), PASS),)))


def test_a_pass_that_was_changed_on_the_way_does_not_open() -> None:
    guest = Guest("AAAA-AAAA", PRINT)
    offer = answer("AAAA-AAAA", Ask(guest.message), PASS)
    changed = msgspec.structs.replace(offer, sealed=bytes([offer.sealed[0] ^ 1]) + offer.sealed[1:])
    reflected = msgspec.structs.replace(offer, message=guest.message)
    for bad in (changed, reflected):
        with pytest.raises(Refused):
            guest.open(Offers((bad,)))


def test_what_is_no_spake2_message_is_refused_in_one_sentence() -> None:
    for bad in (bytes(33), b"A" + b"\xff" * 32, b"B" + bytes(32)):
        with pytest.raises(ProtocolError, match="SPAKE2"):
            answer("AAAA-AAAA", Ask(bad), PASS)


def test_a_code_is_read_as_people_type_it() -> None:
    assert read_code(" abcd efgh ") == read_code("ABCD-EFGH") == read_code("abcdefgh") == "ABCD-EFGH"
    assert all(read_code(code) == code for code in (new_code() for _ in range(50)))


@pytest.mark.parametrize("text", ["", "ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFG0", "ABCD_EFGH", "ÄBCD-EFGH"])
def test_what_is_no_code_is_said_to_be_none(text: str) -> None:
    with pytest.raises(BadInput, match="ABCD-EFGH"):
        read_code(text)


def test_only_a_question_is_taken_for_one() -> None:
    question = pairing.new_question()
    assert nonce_of(question) == question[17:33]
    assert nonce_of(question[:33]) is None
    assert nonce_of(question + b"x") is None
    assert nonce_of(b"?" * len(question)) is None
