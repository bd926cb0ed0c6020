"""A million nearly right inputs for each decoder; ends with how many it took."""

from __future__ import annotations

import pytest

from tests.fuzz.decoders import Decoder, every_decoder
from tests.fuzz.mutate import run

EXECUTIONS = 1_000_000


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("decoder", every_decoder(), ids=lambda decoder: decoder.name)
def test_a_million_mutants_are_a_value_or_an_expected_error(
    decoder: Decoder, capsys: pytest.CaptureFixture[str]
) -> None:
    taken, refused = run(decoder, count=EXECUTIONS, seed=2)
    with capsys.disabled():
        print(f"\n{decoder.name}: {taken:,} taken, {refused:,} refused")  # noqa: T201 - the counts are the result
    assert taken
    assert refused or not decoder.errors
