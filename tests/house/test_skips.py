"""A skip that nobody listed fails the run that proves a commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Returns a folder with our conftest and one test that skips itself."""
    shutil.copy(TESTS / "conftest.py", tmp_path)
    (tmp_path / "skips.txt").write_text("# reasons\nonly on the moon\n", encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return tmp_path


def run(suite: Path, reason: str, **environment: str) -> subprocess.CompletedProcess[str]:
    text = f"import pytest\n\ndef test_one(): pytest.skip({reason!r})\n\ndef test_two(): pass\n"
    (suite / "test_it.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(suite)]
    plain = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(command, capture_output=True, text=True, env=plain | environment)


def test_a_listed_reason_passes(suite: Path) -> None:
    assert run(suite, "only on the moon", CI="true").returncode == 0


def test_an_unlisted_reason_fails_and_is_shown(suite: Path) -> None:
    done = run(suite, "felt like it", CI="true")
    assert done.returncode == 1
    assert "felt like it" in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("1 passed, 1 skipped")


def test_on_a_developers_computer_a_skip_is_only_a_skip(suite: Path) -> None:
    assert run(suite, "felt like it").returncode == 0


def test_checks_that_failed_are_shown_above_the_closing_line(suite: Path) -> None:
    failed = suite / "failed"
    failed.write_text("ruff, docs", encoding="utf-8")
    done = run(suite, "only on the moon", WALKDOWN_FAILED_CHECKS=str(failed))
    assert "ruff, docs" in done.stdout
    assert "1 passed, 1 skipped" in done.stdout.rstrip().splitlines()[-1]
