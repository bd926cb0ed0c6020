"""The command line says in one sentence what is wrong, and its exit code says whose fault it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Annotated

import pytest
import typer

from walkdown import cli
from walkdown.errors import BadInput, SourceError
from walkdown.i18n import _
from walkdown.settings import ServerSettings

Runner = Callable[..., tuple[int, str, str]]


def greet(settings: ServerSettings, who: Annotated[str, typer.Argument()] = "you") -> None:
    """Greets somebody."""
    typer.echo(f"{who} {settings.port} {settings.lang} {_('free')}")


def break_something(how: str) -> None:
    """Fails on purpose."""
    if how == "import":
        import surely_not_installed  # type: ignore[import-not-found]  # noqa: F401
    errors = {
        "input": BadInput("bad [file]"),
        "source": SourceError("no broker"),
        "stop": KeyboardInterrupt(),
    }
    raise errors[how]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    """Runs the command line with commands of this file's, and returns exit code, output and errors."""
    module = ModuleType("commands_of_the_test")
    module.__dict__.update(greet=cli.takes_settings(ServerSettings)(greet), fail=break_something)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    entries = [
        EntryPoint(name, f"{module.__name__}:{name}", "walkdown.commands") for name in ("greet", "fail")
    ]
    entries.append(EntryPoint("gone", "surely_not_installed.commands:gone", "walkdown.commands"))
    monkeypatch.setattr(cli, "entry_points", lambda group: entries)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("WALKDOWN_DEBUG", "")  # so that what --debug sets ends with the test
    monkeypatch.setenv("WALKDOWN_LANG", "en")
    monkeypatch.setitem(cli.EXTRA_OF_MODULE, "surely_not_installed", "client")

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            cli.main(arguments)
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return call


def test_a_command_runs_without_loading_the_others(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    load, loaded = cli._loaded, list[str]()

    def note(entry: EntryPoint) -> Callable[..., None]:
        loaded.append(entry.name)
        return load(entry)

    monkeypatch.setattr(cli, "_loaded", note)
    assert run("greet")[0] == 0
    assert loaded == ["greet"]
    run("--lang", "de", "greet")
    assert loaded[1:] == ["fail", "gone", "greet"]


def test_the_version_is_one_line(run: Runner) -> None:
    code, out, err = run("--version")
    assert (code, err) == (0, "")
    assert out.startswith("walkdown ")
    assert out.count("\n") == 1


def test_a_setting_is_a_flag_of_the_command(run: Runner) -> None:
    code, out, err = run("greet", "Ada", "--port", "9", "--lang", "en")
    assert (code, out, err) == (0, "Ada 9 en free\n", "")


def test_a_wrong_flag_is_one_sentence_and_exit_code_2(run: Runner) -> None:
    code, out, err = run("greet", "--port", "70000")
    assert (code, out) == (2, "")
    assert err == "--port should be a whole number <= 65535, but is 70000.\n"


def test_settings_are_printed_instead_of_running(run: Runner) -> None:
    code, out, err = run("greet", "--port", "9", "--print-config")
    assert (code, err) == (0, "")
    assert "[server]" in out
    assert "port = 9" in out


@pytest.mark.parametrize(
    ("how", "code", "text"), [("input", 2, "bad [file]\n"), ("source", 1, "no broker\n"), ("stop", 130, "")]
)
def test_an_error_is_its_sentence_and_nothing_else(run: Runner, how: str, code: int, text: str) -> None:
    assert run("fail", how) == (code, "", text)


def test_a_traceback_is_shown_only_with_debug(run: Runner) -> None:
    with pytest.raises(BadInput):
        cli.main(["--debug", "fail", "input"])


@pytest.mark.parametrize("arguments", [("fail", "import"), ("gone",)])
def test_a_missing_extra_is_named_with_the_command_that_brings_it(
    run: Runner, arguments: tuple[str, ...]
) -> None:
    code, out, err = run(*arguments)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "pip install 'walkdown[client]'" in err


def test_help_works_although_a_command_is_not_installed(run: Runner) -> None:
    code, out, _err = run("--help")
    assert code == 0
    assert "Greets somebody" in out
    assert "not installed" in out


def test_an_unknown_language_is_refused_with_those_we_have(run: Runner) -> None:
    code, _out, err = run("--lang", "xx", "greet")
    assert code == 2
    assert "zh_CN" in err
