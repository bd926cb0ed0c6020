"""The whole corpus of hostile files through the real worker; ends with what was said of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.corpus import CASES
from tests.hostile.judge import LIMITS, judge_all, largest_child_bytes, table


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_hostile_file_ends_soon_with_one_clear_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts = list(judge_all(CASES, tmp_path))
    with capsys.disabled():
        print(table(verdicts))  # noqa: T201 - for a human who reads what the sentences say
    bad = [verdict for verdict in verdicts if verdict.faults]
    assert not bad, table(bad)
    assert largest_child_bytes() < LIMITS.memory_bytes
