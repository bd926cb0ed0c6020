"""Two machines meet by a link and by a short code, and nothing is said to one that is not meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.certificates import make_pem
from tests.door.network import NO_NAMESPACES, Machine, two_machines
from walkdown_client.address import parse_address

pytestmark = pytest.mark.slow

PORT = 8765
EVERYWHERE = "0.0.0.0"  # noqa: S104  the machine has one cable


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, Machine]]:
    try:
        there = two_machines(tmp_path_factory.mktemp("machines"))
        made = there.__enter__()
    except OSError:
        pytest.skip(NO_NAMESPACES)
    try:
        yield made
    finally:
        there.__exit__(None, None, None)


@pytest.fixture(scope="module")
def server(machines: tuple[Machine, Machine]) -> Iterator[Machine]:
    """The first machine, on which a server of the demo plant listens to the network."""
    here, _far = machines
    arguments = ("serve", "--demo", "--name", "Hall", "--host", EVERYWHERE, "--port", str(PORT))
    with here.running("-m", "walkdown", *arguments) as printed:
        assert next(line for line in printed if "listening on" in line)
        yield here


def invited(server: Machine, *flags: str) -> list[str]:
    """Return the lines that ``walkdown invite`` prints on the machine of the server."""
    done = server.run("-m", "walkdown", "invite", *flags, within_secs=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")


def visited(machine: Machine, where: str) -> dict[str, Any]:
    done = machine.run("-m", "tests.door.visitor", said=where + "\n")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_guest_comes_by_a_link_sees_a_value_and_writes_a_note(
    machines: tuple[Machine, Machine], server: Machine
) -> None:
    link = next(line for line in invited(server, "--role", "participant") if server.address in line)
    found = visited(machines[1], link)
    assert found == {
        "role": "participant",
        "people": ["Far"],
        "value": found["value"],
        "note": "Seen from the other machine",
    }
    assert found["value"] > 0


def test_a_guest_finds_the_server_by_a_short_code(machines: tuple[Machine, Machine], server: Machine) -> None:
    printed = invited(server, "--role", "chair", "--code")
    code = next(line.split()[-1] for line in printed if not line.startswith("walkdown://") and line)
    found = visited(machines[1], f"code {code}")
    assert (found["role"], found["note"]) == ("chair", "Seen from the other machine")


def test_a_wrong_code_lets_nobody_in(machines: tuple[Machine, Machine], server: Machine) -> None:
    invited(server, "--code")
    found = visited(machines[1], "code AAAA-AAAA")
    assert found["error"] == "Refused"


def test_a_link_that_was_used_up_lets_nobody_in(machines: tuple[Machine, Machine], server: Machine) -> None:
    link = next(line for line in invited(server, "--uses", "1") if server.address in line)
    assert visited(machines[1], link)["role"] == "participant"
    again = visited(machines[1], link)
    assert again["error"] == "Refused"
    assert "new link" in again["text"]


def test_a_link_whose_invitation_was_made_up_lets_nobody_in(
    machines: tuple[Machine, Machine], server: Machine
) -> None:
    link = next(line for line in invited(server) if server.address in line)
    wrong = link.replace(parse_address(link).invite, "A" * 22)
    assert visited(machines[1], wrong)["error"] == "Refused"


def test_a_server_with_another_certificate_does_not_hear_a_byte(
    machines: tuple[Machine, Machine], server: Machine, tmp_path: Path
) -> None:
    pem, heard = make_pem(tmp_path / "liar.pem"), tmp_path / "heard"
    link = next(line for line in invited(server) if server.address in line)
    with server.running("-m", "tests.door.listener", server.address, str(pem), str(heard)) as printed:
        port = next(printed).strip()
        found = visited(machines[1], link.replace(f":{PORT}/", f":{port}/"))
    assert found["error"] == "Refused"
    assert "another server answers" in found["text"]
    assert heard.read_bytes().replace(b"MET\n", b"") == b""
    assert heard.read_bytes() != b"", "it was met, and heard nothing"


def test_without_encryption_a_session_cannot_be_reached_from_elsewhere(
    machines: tuple[Machine, Machine], server: Machine
) -> None:
    found = visited(machines[1], f"ws://{server.address}:{PORT}/Hall")
    assert found["error"] == "Missing"
    assert "links that begin with walkdown://" in found["text"]


def test_a_server_of_ones_own_computer_opens_its_door_with_the_first_link(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    here, far = machines
    data = ("--data", str(tmp_path))
    with here.running("-m", "walkdown", "serve", "--demo", "--port", "9000", *data) as printed:
        assert next(line for line in printed if "listening on ws://127.0.0.1" in line)
        link = next(line for line in invited(here, *data) if here.address in line)
        assert visited(far, link)["note"] == "Seen from the other machine"
        assert visited(far, f"ws://{here.address}:9000")["error"] == "Missing", (
            "it still listens to itself alone"
        )
