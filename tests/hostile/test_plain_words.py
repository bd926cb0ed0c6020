"""What a hostile file or worker says is shown without control characters, and never without end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.hostile.cases import METRES
from tests.hostile.judge import plain_faults
from tests.hostile.samples import sdf, stl_text
from tests.importers.conftest import DATA
from walkdown.errors import ImportFailed
from walkdown.i18n import plain
from walkdown_server.importers import import_file, import_models
from walkdown_server.importers import sandbox as sandbox_module
from walkdown_server.importers.job import Input
from walkdown_server.importers.report import ImportReport, Note


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


def test_a_part_that_would_stand_in_a_wrong_place_is_refused_and_not_put_at_zero(tmp_path: Path) -> None:
    (tmp_path / "world.sdf").write_text(sdf(pose="here there 0 0 0 0"), encoding="utf-8")
    with pytest.raises(ImportFailed, match="what places a part should be 6 numbers, but is 'here there 0"):
        import_file(tmp_path / "world.sdf", tmp_path / "out")


def test_a_text_stl_that_is_cut_off_says_so(tmp_path: Path) -> None:
    (tmp_path / "cut.stl").write_text(stl_text()[:-600], encoding="utf-8")
    report = import_models([Input(tmp_path / "cut.stl", METRES)], tmp_path / "out")
    assert any("ends without 'endsolid'" in sentence for sentence in report.sentences())
