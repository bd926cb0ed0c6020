"""What a hostile file or worker says is shown without control characters, and never without end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.hostile.judge import plain_faults
from tests.importers.conftest import DATA
from walkdown.errors import ImportFailed
from walkdown_server.importers import import_file
from walkdown_server.importers import sandbox as sandbox_module
from walkdown_server.importers.report import ImportReport, Note, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Gebäude 上 №5", "Gebäude 上 №5"),
        ("a\x1b[2Jb", "a\ufffd[2Jb"),
        ("a\nb\tc", "a b c"),
        ("left\u202eright", "left\ufffdright"),
        ("\u00a0", " "),
        ("", ""),
    ],
)
def test_control_characters_are_not_shown(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_names_in_notes_and_reasons_are_plain() -> None:
    report = ImportReport(name="x")
    report.note(Note("{name} has {count} parts", {"name": "\x1b]0;evil\x07", "count": 3}))
    report.skip("a node that draws nothing", name="\x1b[2J")
    assert all(line.isprintable() for line in report.sentences())
    assert "3 parts" in report.sentences()[-1]


def play_worker(monkeypatch: pytest.MonkeyPatch, line: dict[str, object]) -> None:
    """Lets a program of ours play the worker and say one line."""
    program = f"import sys; sys.stdin.read(); print({json.dumps(line)!r})"
    monkeypatch.setattr(sandbox_module, "COMMAND", (sys.executable, "-c", program))


def test_what_a_worker_says_is_shown_plainly_and_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play_worker(monkeypatch, {"type": "error", "text": "\x1b[2J\n" + "x" * 100_000})
    with pytest.raises(ImportFailed) as caught:
        import_file(DATA / "nested.glb", tmp_path / "out")
    text = str(caught.value)
    assert text.isprintable()
    assert len(text) < 2100
    assert text.startswith("nested.glb: ")


def test_an_error_that_nobody_foresaw_is_told_without_its_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from walkdown_server.importers.worker import _sentence

    said = _sentence(ZeroDivisionError("division by zero\nat line 3"))
    assert not list(plain_faults(said))
    assert "(division by zero at line 3)" in said
    assert "no reason is known" in _sentence(KeyError())
