"""A session that let one in before lets one in again, as the same person, and only one window at a time."""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from walkdown.door import base64_of, new_secret
from walkdown.errors import BadInput
from walkdown_client.address import parse_address
from walkdown_client.known_servers import KnownServers

PRINT = bytes(range(32))
LINK = parse_address(f"walkdown://plant.example:9000/Hall#{new_secret()}.{base64_of(PRINT)}")
BARE = parse_address("walkdown://plant.example:9000/Hall")


def test_after_one_visit_the_address_is_enough_and_one_is_the_same_person(tmp_path: Path) -> None:
    servers = KnownServers(tmp_path / "servers")
    with contextlib.closing(servers.visit(LINK)) as stay:
        assert stay.resume == ""
        stay.keep("mine")
    again = servers.complete(BARE)
    assert (again.fingerprint, again.invite) == (PRINT, "")
    with contextlib.closing(servers.visit(again)) as stay:
        assert stay.resume == "mine"


def test_a_server_that_was_never_visited_needs_the_whole_link(tmp_path: Path) -> None:
    servers = KnownServers(tmp_path / "servers")
    with contextlib.closing(servers.visit(LINK)) as stay:
        stay.keep("mine")
    for other in ("walkdown://plant.example:9000/Yard", "walkdown://plant.example/Hall"):
        with pytest.raises(BadInput, match="whole link"):
            servers.complete(parse_address(other))


def test_a_server_that_has_not_let_one_in_is_not_remembered(tmp_path: Path) -> None:
    servers = KnownServers(tmp_path / "servers")
    servers.visit(LINK).close()
    with pytest.raises(BadInput):
        servers.complete(BARE)


def test_another_server_at_the_same_address_does_not_get_the_secret(tmp_path: Path) -> None:
    servers = KnownServers(tmp_path / "servers")
    with contextlib.closing(servers.visit(LINK)) as stay:
        stay.keep("mine")
    with contextlib.closing(servers.visit(replace(LINK, fingerprint=bytes(32)))) as stay:
        assert stay.resume == ""


def test_a_second_window_is_somebody_else_until_the_first_has_gone(tmp_path: Path) -> None:
    servers = KnownServers(tmp_path / "servers")
    with contextlib.closing(servers.visit(LINK)) as first:
        first.keep("mine")
        with contextlib.closing(servers.visit(LINK)) as second:
            assert second.resume == ""
            second.keep("another")
    with contextlib.closing(servers.visit(LINK)) as third:
        assert third.resume == "mine"


@pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")
def test_nobody_else_can_read_what_lets_one_in(tmp_path: Path) -> None:
    folder = tmp_path / "servers"
    with contextlib.closing(KnownServers(folder).visit(LINK)) as stay:
        stay.keep("mine")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert all(LINK.invite not in path.read_text() for path in folder.iterdir())
    assert all("Hall" not in path.name for path in folder.iterdir())


def test_a_plain_session_of_ones_own_computer_is_not_kept(tmp_path: Path) -> None:
    with contextlib.closing(KnownServers(tmp_path / "s").visit(parse_address("ws://127.0.0.1"))) as stay:
        stay.keep("mine")
    assert not (tmp_path / "s").exists()


def test_a_damaged_file_is_as_if_one_had_never_been_there(tmp_path: Path) -> None:
    servers = KnownServers(tmp_path / "servers")
    with contextlib.closing(servers.visit(LINK)) as stay:
        stay.keep("mine")
    for path in (tmp_path / "servers").glob("*.json"):
        path.write_bytes(b"{")
    with contextlib.closing(servers.visit(LINK)) as stay:
        assert stay.resume == ""
    with pytest.raises(BadInput):
        servers.complete(BARE)
