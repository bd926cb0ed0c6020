"""What the docs say is so: links lead somewhere, commands exist, tables are those of the code."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest
import typer.testing

from walkdown.cli import application
from walkdown.settings import KINDS, load
from walkdown_client.input.bindings import ACTIONS
from walkdown_server.sources.bindings import read_bindings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
OWN_COMMANDS = {"test", "bench", "ANYTHING"}


def blocks(page: Path, language: str) -> list[str]:
    """Returns the fenced blocks of one language."""
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_to_a_file_that_is_there(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_command_exists_and_has_the_flags_it_is_shown_with(page: Path) -> None:
    lines = re.findall(r"\$ python3 run\.py (\S+)([^\n#]*)", "\n".join(blocks(page, "console")))
    for command, rest in lines:
        if command not in OWN_COMMANDS:
            shown = help_of(command)
            assert [flag for flag in re.findall(r"--[\w-]+", rest) if flag not in shown] == [], command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_example_in_python_is_python(page: Path) -> None:
    for block in blocks(page, "python"):
        ast.parse(block)


def test_the_binding_file_that_is_shown_is_one(tmp_path: Path) -> None:
    path = tmp_path / "bindings.toml"
    path.write_text(next(block for block in blocks(ROOT / "docs" / "own-data.md", "toml")), encoding="utf-8")
    bindings = read_bindings(path)
    assert [thing.id for thing in bindings.things] == ["P-101"]
    assert [table.kind for table in bindings.tables] == ["f32", "enum"]


def test_the_settings_file_that_is_shown_is_one(tmp_path: Path) -> None:
    path = tmp_path / "walkdown.toml"
    path.write_text(
        next(block for block in blocks(ROOT / "docs" / "operations.md", "toml")), encoding="utf-8"
    )
    assert [load(kind, file=path).lang for kind in KINDS] == ["de", "de"]


def test_the_readme_is_read_in_a_minute() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 60


def test_every_promise_names_a_command_that_is_there() -> None:
    promises = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    commands = re.findall(r"`python3 run\.py (\S+) ([^`]+)`", promises)
    words = [(command, word) for command, rest in commands for word in rest.split()]
    assert len(words) > 20
    for command, word in words:
        if command == "bench":
            assert (ROOT / "benchmarks" / f"{word}.py").is_file(), word
        elif command == "test":
            assert (ROOT / "tests" / word[2:] if word.startswith("--") else ROOT / word).exists(), word


def test_the_user_guide_lists_every_key_and_no_other() -> None:
    text = (ROOT / "docs" / "user-guide.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (`.*) \| (.*) \|$", text.partition("## Keys")[2], flags=re.MULTILINE))
    listed = {(chord, does) for chords, does in rows.items() for chord in re.findall(r"`([^`]+)`", chords)}
    bound = {(chord, action.text) for action in ACTIONS for chord in action.keys}
    bound |= {
        (chord, action.text) for action in ACTIONS for chords in action.extra.values() for chord in chords
    }
    assert listed == bound


def test_every_setting_is_listed_with_its_default() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = {
        name: (default, does)
        for name, default, does in re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", text, re.M)
    }
    for kind in KINDS:
        for field in dataclasses.fields(kind):
            if field.name != "name":  # means a session to a server and a person to a client
                default = (
                    field.default.__str__().lower() if isinstance(field.default, bool) else field.default
                )
                shown = f"`{default}`" if default not in (None, "") else ""
                assert rows[field.name] == (shown, field.metadata["help"])


def help_of(command: str) -> str:
    """Returns what a command says about itself."""
    result = typer.testing.CliRunner().invoke(application(), [command, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output
