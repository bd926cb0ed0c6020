"""What is typed behind ``walkdown join`` leads to a session, and a secret among it is never repeated."""

from __future__ import annotations

import io
from typing import Any

import pytest

from walkdown import cli
from walkdown.door import base64_of, new_secret
from walkdown_client import pair, session
from walkdown_client.address import Address, parse_address

INVITE = new_secret()
LINK = f"walkdown://plant.example/Hall#{INVITE}.{base64_of(bytes(32))}"
FOUND = Address("10.0.0.7", 8765, True, "Hall", True, INVITE, bytes(32))


@pytest.fixture
def visited(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note where one would go, and do not go there."""
    places: list[Any] = []

    def visit(where: object, _settings: object) -> dict[str, Any]:
        places.append(where)
        return {}

    monkeypatch.setattr(session, "visit", visit)
    monkeypatch.setattr(pair, "address_for_code", lambda _code: FOUND)
    return places


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    return int(stop.value.code or 0)


def test_a_link_is_joined_also_when_it_stands_alone(visited: list[Any]) -> None:
    assert run("join", LINK) == 0
    assert run(LINK) == 0
    assert visited == [LINK, LINK]


def test_a_link_is_read_from_standard_input(visited: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(LINK + "\n"))
    assert run("join", "-") == 0
    assert parse_address(visited[0]) == parse_address(LINK)


def test_a_code_leads_to_its_address(visited: list[Any]) -> None:
    assert run("join", "--code", "ABCD-EFGH") == 0
    assert visited == [FOUND]


@pytest.mark.parametrize("arguments", [("join",), ("join", LINK, "--code", "ABCD-EFGH")])
def test_one_says_either_where_or_a_code(
    visited: list[Any], arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    assert "--code" in capsys.readouterr().err
    assert visited == []


@pytest.mark.parametrize("command", [(), ("join",), ("bot",), ("send", "part.stl", "--to")])
def test_a_link_that_is_cut_is_not_repeated(
    command: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "part.stl").write_text("solid")
    assert run(*command, LINK[:-4]) == 2
    said = "".join(capsys.readouterr())
    assert "cut or mistyped" in said
    assert INVITE not in said
