"""The doctor says what is there and what to do about what is not."""

from __future__ import annotations

import socket
import sys

import pytest
import typer

from walkdown_client import doctor
from walkdown_client.checkup import Finding
from walkdown_client.doctor import can_demo


def test_the_demo_can_run_when_only_what_it_does_not_need_is_missing() -> None:
    fine = Finding(name="Graphics", well=True, text="4.5", needed=True)
    spare = Finding(name="xclip", well=False, text="not found")
    broken = Finding(name="Graphics", well=False, text="no driver", needed=True)
    assert can_demo([fine, spare])
    assert not can_demo([fine, broken])


def test_a_missing_part_makes_the_exit_code_1_and_its_remedy_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Finding(
        name="walkdown[x]", well=False, text="no [x]", needed=True, remedy="pip install 'walkdown[x]'"
    )
    monkeypatch.setattr(doctor, "examine", lambda: iter([broken]))
    with pytest.raises(typer.Exit) as stop:
        doctor.doctor()
    assert stop.value.exit_code == 1
    assert "pip install 'walkdown[x]'" in capsys.readouterr().out


def test_a_port_in_use_is_found_and_another_is_offered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        finding = doctor._port(held.getsockname()[1])
    assert not finding.well
    assert "--port" in finding.remedy
    assert doctor._port(0).well


def test_an_extra_that_is_not_installed_is_named_with_its_command() -> None:
    finding = doctor._extra("client", ("json", "surely_not_installed"))
    assert (finding.well, finding.needed) == (False, True)
    assert "surely_not_installed" in finding.text
    assert finding.remedy == "pip install 'walkdown[client]'"
    echo = doctor._extra("echo", ("surely_not_installed",))
    assert echo.remedy == "pip install 'walkdown[echo]', python3 run.py add echo"


def test_a_graphics_driver_that_kills_its_process_is_only_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_PROBE", "import os; os.abort()")
    assert doctor.probe("p3headlessgl") is None


def test_a_pipe_that_does_not_exist_does_not_open() -> None:
    assert doctor.probe("p3surelynot") is None


@pytest.mark.display
def test_the_driver_that_draws_is_named() -> None:
    found = doctor.probe("p3headlessgl")
    assert found
    assert found[0].split(".")[0].isdigit()


def test_everything_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "probe", lambda _pipe: ("4.5", "a renderer"))
    findings = list(doctor.examine())
    names = " ".join(finding.name for finding in findings)
    assert all(
        word in names for word in ("Python", "client", "server", "ui", "Graphics", "Window", "Port", "Fonts")
    )
    assert all(finding.well or finding.remedy for finding in findings)
    assert sys.version.split()[0] in findings[0].text
