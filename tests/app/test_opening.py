"""``walkdown open`` imports in front, serves, and visits; what went wrong was said by the import."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from walkdown.cli import application
from walkdown.settings import ClientSettings
from walkdown_client import opening
from walkdown_client.opening import open_files


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was run, in order; nothing is, really."""
    done: list[Any] = []

    def import_in_front(files: Sequence[Path], extra: Sequence[str] = ()) -> int:
        done.append(("import", [file.name for file in files], list(extra)))
        return 2 if any(file.name == "bad.obj" for file in files) else 0

    @contextlib.contextmanager
    def model_server(files: Sequence[Path], *, port: int, extra: Sequence[str] = ()) -> Iterator[str]:
        done.append(("serve", [file.name for file in files], port, list(extra)))
        yield "ws://127.0.0.1:1/"
        done.append("stopped")

    def visit(address: str, settings: ClientSettings) -> dict[str, Any]:
        done.append(("visit", address, settings.headless))
        return {}

    monkeypatch.setattr(opening, "import_in_front", import_in_front)
    monkeypatch.setattr(opening, "model_server", model_server)
    monkeypatch.setattr(opening, "visit", visit)
    monkeypatch.setattr(opening, "has_display", lambda: False)
    return done


def test_a_model_is_imported_served_and_visited(calls: list[Any]) -> None:
    code = open_files(
        [Path("a.obj"), Path("b.wdp")], ClientSettings(), port=0, arguments=["--unit=mm", "--bindings=b.toml"]
    )
    assert code == 0
    assert calls == [
        ("import", ["a.obj"], ["--unit=mm"]),
        ("serve", ["a.obj", "b.wdp"], 0, ["--unit=mm", "--bindings=b.toml"]),
        ("visit", "ws://127.0.0.1:1/", True),
        "stopped",
    ]


def test_packages_need_no_import(calls: list[Any], tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(b"{}")
    open_files([tmp_path, Path("b.wdp")], ClientSettings(), port=7, arguments=[])
    assert calls[0] == ("serve", [tmp_path.name, "b.wdp"], 7, [])


def test_a_failed_import_ends_it_with_its_code(calls: list[Any]) -> None:
    assert open_files([Path("bad.obj")], ClientSettings(), port=0, arguments=[]) == 2
    assert calls == [("import", ["bad.obj"], [])]


def test_the_command_passes_on_what_was_said(calls: list[Any]) -> None:
    arguments = ["open", "a.obj", "--unit", "mm", "--up", "Z", "--bindings", "live.toml", "--port", "9"]
    assert CliRunner().invoke(application(), arguments).exit_code == 0
    assert calls[1] == ("serve", ["a.obj"], 9, ["--unit=mm", "--up=Z", "--bindings=live.toml"])
    assert CliRunner().invoke(application(), ["open", "bad.obj"]).exit_code == 2
    assert CliRunner().invoke(application(), ["open"]).exit_code == 2
