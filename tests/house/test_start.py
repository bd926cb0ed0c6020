"""``run.py`` starts everything from a fresh checkout; what can be told without installing is told here."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.fixture(scope="module")
def start() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "run.py"))


def test_it_needs_the_standard_library_alone() -> None:
    tree = ast.parse((ROOT / "run.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_an_older_python_can_read_it_far_enough_to_say_that_it_is_too_old() -> None:
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 8))


def test_an_old_python_is_refused_in_one_sentence(
    start: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 2))
    assert start["main"](["demo"]) == 2
    assert "needs Python 3.11 or newer" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_it_explains_itself(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, ROOT / "run.py", *arguments], capture_output=True, text=True)
    assert done.returncode == 0
    assert "run.py demo" in done.stdout


def test_an_unknown_benchmark_is_refused_with_those_there_are(
    start: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert start["main"](["bench", "no_such_benchmark"]) == 2
    assert "Expected a benchmark" in capsys.readouterr().err


def test_a_long_suite_that_does_not_exist_is_named(
    start: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    absent = next(suite for suite in start["LONG_SUITES"] if not (ROOT / "tests" / suite[2:]).exists())
    assert start["main"](["test", absent]) == 2
    assert f"without {absent}" in capsys.readouterr().err


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_names_versions_and_hashes_and_no_place(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"file:|https?:|^-", text, flags=re.MULTILINE)
    entries = re.split(r"\n(?=\S)", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    assert len(entries) > 20
    assert all(re.match(r"[\w.-]+==\S+", entry) and "--hash=sha256:" in entry for entry in entries)


def test_the_locks_satisfy_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    demo = [*project["dependencies"], *(line for name in DEMO_EXTRAS for line in extras[name])]
    everything = [*project["dependencies"], *(line for lines in extras.values() for line in lines)]
    assert unsatisfied(demo, "demo") == []
    assert unsatisfied(everything, "test") == []


DEMO_EXTRAS = ("client", "server", "ui", "mqtt", "build")


def unsatisfied(requirements: list[str], profile: str) -> list[str]:
    """Returns the requirements that no version in the profile's lock satisfies."""
    text = (ROOT / "requirements" / f"{profile}.txt").read_text(encoding="utf-8")
    locked = re.findall(r"^([\w.-]+)==(\S+)", text, flags=re.MULTILINE)
    wanted = [Requirement(line) for line in requirements]
    return [
        str(need)
        for need in wanted
        if not any(name == need.name.lower() and need.specifier.contains(version) for name, version in locked)
    ]
