"""``walkdown invite`` gets a link from the server that runs on this computer, and says so when none does."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.server.conftest import House, open_house, write_package_to
from tests.server.doors import Link, come_in
from walkdown.errors import BadInput, Missing, Refused, SettingsError
from walkdown_server.commands import invite
from walkdown_server.door import control
from walkdown_server.door.control import Control, InviteWish, read_all
from walkdown_server.door.inviting import invitation


async def ask(data: Path, wish: InviteWish | None = None, *, session: str = "") -> control.Invited:
    return await asyncio.to_thread(invitation, data, session, wish or InviteWish())


async def test_a_link_of_the_command_lets_somebody_in(house: House, tmp_path: Path) -> None:
    made = await ask(tmp_path, InviteWish("operator", hours=2, uses=1))
    async with come_in(house, Link.read(made.links[0]), "Bob") as bob:
        assert bob.welcome["role"] == "operator"
        record = await bob.said("record", kind="joined")
        assert record["body"]["role"] == "operator"
    assert not made.code


async def test_an_encrypted_server_is_asked_by_its_certificate(tmp_path: Path) -> None:
    async with open_house(tmp_path, host="0.0.0.0") as house:  # noqa: S104
        made = await ask(tmp_path, InviteWish("admin"))
        assert str(house.server.port) in made.links[0]
        async with come_in(house, Link.read(made.links[0]), "Ada") as ada:
            assert ada.welcome["role"] == "admin"


async def test_the_file_that_lets_one_ask_is_the_owners_alone_and_goes_with_the_server(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path):
        path = tmp_path / "sessions" / "Test" / "control"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        (there,) = read_all(tmp_path / "sessions")
        assert there.token not in repr(there)
    assert not path.exists()
    with pytest.raises(Missing, match="No server runs"):
        await ask(tmp_path)


async def test_a_server_that_was_killed_is_not_taken_for_one_that_runs(tmp_path: Path) -> None:
    gone = Control("Test", "127.0.0.1", 1, "x" * 22)
    control.write(tmp_path / "sessions" / "Test", gone)
    with pytest.raises(Missing, match="No server runs"):
        await ask(tmp_path)


async def test_another_program_on_the_port_gets_no_token(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65536))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    control.write(tmp_path / "sessions" / "Test", Control("Test", "127.0.0.1", port, "t" * 22, "ab" * 32))
    with pytest.raises(Missing, match="No server runs"):
        await ask(tmp_path)
    server.close()
    assert not [data for data in heard if b"t" * 22 in data]


async def test_a_session_that_does_not_run_is_named_with_those_that_do(house: House, tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"No session 'Hall 3' runs here; there is 'Test'"):
        await ask(tmp_path, session="Hall 3")
    (there,) = read_all(tmp_path / "sessions")
    other = Control("Hall 3", there.host, there.port, there.token)
    control.write(tmp_path / "sessions" / "Hall-3", other)
    with pytest.raises(BadInput, match=r"name one by --session: 'Hall 3', 'Test'"):
        await ask(tmp_path)
    with pytest.raises(Refused, match="no session 'Hall 3'"):
        await ask(tmp_path, session="Hall 3")


async def test_a_wrong_token_is_refused_and_counted(house: House, tmp_path: Path) -> None:
    (there,) = read_all(tmp_path / "sessions")
    control.write(tmp_path / "sessions" / "Test", Control("Test", there.host, there.port, "x" * 22))
    for _turn in range(5):
        with pytest.raises(Refused, match="Only commands of the owner"):
            await ask(tmp_path)
    with pytest.raises(Refused, match="wait"):
        await ask(tmp_path)


# ---- the owner of an encrypted server ---------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("terminal", [True, False])
async def test_a_server_for_all_shows_its_owner_a_way_in_on_a_terminal_only(
    tmp_path: Path, terminal: bool
) -> None:
    ours, theirs = os.openpty() if terminal else os.pipe()
    package = write_package_to(tmp_path / "package")
    where = ("--host", "0.0.0.0", "--port", "0", "--data", str(tmp_path / "data"))  # noqa: S104
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "walkdown",
        "serve",
        *where,
        str(package),
        stdout=theirs,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(theirs)
    said = await asyncio.to_thread(read_lines, ours, 3 if terminal else 2)
    process.terminate()
    _nothing, errors = await process.communicate()
    os.close(ours)
    assert process.returncode == 0
    assert said.startswith("listening on walkdown://0.0.0.0:")
    assert ("#" in said) is terminal
    assert ("walkdown invite --role admin" in said) is not terminal
    assert b"#" not in errors


def read_lines(file: int, count: int) -> str:
    """Read so many lines of a terminal or pipe."""
    said = b""
    while said.count(b"\n") < count:
        said += os.read(file, 4096)
    return said.decode()


def test_a_role_that_is_none_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"--role should be one of observer, .*admin, but is king"):
        invite(role="king", data=tmp_path)
