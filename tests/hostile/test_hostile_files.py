"""Hostile files of every kind go through the real worker, and harm nobody: a spread of the whole corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.corpus import CASES, spread
from tests.hostile.judge import LIMITS, judge_all, largest_child_bytes, table

SPREAD = 44


def test_the_corpus_is_large_and_every_name_is_its_own() -> None:
    assert len({found.name for found in CASES}) == len(CASES) >= 200


def test_equal_seeds_make_equal_files() -> None:
    chosen = [found for found in CASES if "changed bytes" in found.name]
    assert all(found.make() == found.make() for found in chosen)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_hostile_files_end_soon_with_one_clear_sentence_and_leave_nothing_behind(tmp_path: Path) -> None:
    verdicts = list(judge_all(spread(SPREAD), tmp_path))
    bad = [verdict for verdict in verdicts if verdict.faults]
    assert not bad, table(bad)
    assert sum(verdict.refused for verdict in verdicts) > SPREAD / 3
    assert largest_child_bytes() < LIMITS.memory_bytes
