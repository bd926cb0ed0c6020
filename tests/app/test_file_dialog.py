"""The platform's dialog is asked for where there is one, and its answer is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from walkdown_client.app import file_dialog
from walkdown_client.app.file_dialog import FileDialog, dialog_command, paths_in


def command(platform: str, *programs: str, has_tk: bool = False) -> str:
    found = dialog_command("Title", platform=platform, which=lambda name: name in programs, has_tk=has_tk)
    return found[0] if found else ""


def test_each_platform_has_its_own_dialog() -> None:
    assert command("darwin") == "osascript"
    assert command("win32") == "powershell"
    assert command("linux", "zenity", "kdialog") == "zenity"
    assert command("linux", "kdialog", has_tk=True) == "kdialog"
    assert "python" in command("linux", has_tk=True)
    assert command("linux") == ""


@pytest.mark.parametrize("platform", ["darwin", "win32", "linux"])
def test_a_title_cannot_become_a_command(platform: str) -> None:
    title = "'; touch x; '"
    found = dialog_command(title, platform=platform, which=lambda name: name == "zenity") or []
    assert sum(title in word for word in found) == 1
    assert found[-1].endswith(title)


def test_paths_are_read_as_they_are_chosen_pasted_or_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    text = '/srv/a b.glb\n"/srv/c.ifc"\n\nfile:///srv/d%20e.obj\r\n# comment\n~/f.stl\n'
    expected = ["/srv/a b.glb", "/srv/c.ifc", "/srv/d e.obj", os.path.expanduser("~/f.stl")]  # noqa: PTH111
    assert paths_in(text) == [Path(path) for path in expected]
    assert paths_in("") == []


def test_what_was_chosen_arrives_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_dialog, "dialog_command", lambda _title: ["printf", "/x/a.glb\\n/x/b.glb\\n"])
    monkeypatch.setenv("DISPLAY", ":0")
    dialog = FileDialog(shown=True)
    assert dialog.available
    assert dialog.open("Choose")
    assert dialog._thread is not None
    dialog._thread.join(10)
    assert dialog.poll() == [Path("/x/a.glb"), Path("/x/b.glb")]
    assert dialog.poll() == [], "an answer is given once"


def test_without_a_screen_there_is_no_dialog() -> None:
    dialog = FileDialog(shown=False)
    assert not dialog.available
    assert not dialog.open("Choose")


def test_a_dialog_that_does_not_start_chooses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_dialog, "dialog_command", lambda _title: ["/no/such/program"])
    monkeypatch.setenv("DISPLAY", ":0")
    dialog = FileDialog(shown=True)
    dialog.open("Choose")
    assert dialog._thread is not None
    dialog._thread.join(10)
    assert dialog.poll() == []
