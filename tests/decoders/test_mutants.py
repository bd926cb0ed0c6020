"""Nearly right inputs: whatever comes, a decoder returns or raises what it says."""

from __future__ import annotations

import pytest

from tests.fuzz.decoders import Decoder, every_decoder
from tests.fuzz.mutate import run

EXECUTIONS = 20_000
DECODERS = {decoder.name: decoder for decoder in every_decoder()}


@pytest.mark.parametrize("name", DECODERS)
def test_twenty_thousand_mutants_are_a_value_or_an_expected_error(name: str) -> None:
    taken, refused = run(DECODERS[name], count=EXECUTIONS, seed=1)
    assert taken
    assert refused or not DECODERS[name].errors


@pytest.mark.parametrize("name", DECODERS)
def test_what_a_decoder_expects_it_takes(name: str) -> None:
    for sample in DECODERS[name].samples:
        DECODERS[name].decode(sample)


def test_an_error_that_a_decoder_may_not_raise_is_found() -> None:
    wrong = Decoder("wrong", [b"abc"], lambda data: data[3:][0])
    with pytest.raises(AssertionError, match="wrong raised IndexError"):
        run(wrong, count=1, seed=1)
