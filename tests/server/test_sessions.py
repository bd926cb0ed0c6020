"""Several sessions on one server: each at its own path with its own journal, none to the harm of another."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import threading
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.server.conftest import (
    Guest,
    House,
    Recorder,
    join,
    small_catalogue,
    small_package,
    write_package_to,
)
from tests.server.test_http import ask, read_answer
from walkdown.cli import application
from walkdown.errors import Missing, PackageError, SettingsError
from walkdown.listing import SessionList, sentence_of_names
from walkdown.messages import SUBPROTOCOL, Hello, PutNote
from walkdown.session_tables import SessionSettings, load_sessions, sessions_as_toml
from walkdown.settings import ServerSettings
from walkdown_server.app import Roster, Server, running_plans
from walkdown_server.hosting import session_folder
from walkdown_server.lobby import Plan
from walkdown_server.orders import Wishes, orders_of
from walkdown_server.packages import OpenPackages
from walkdown_server.room import Room
from walkdown_server.sites import Site, model_site

ANYWHERE = (0.0, 0.0, 0.0)


def plan(data: Path, name: str, *, site: Site | None = None) -> Plan:
    shown = site or Site(small_catalogue(), (small_package(),), (Recorder(),))
    return Plan(ServerSettings(port=0, data=data, name=name), lambda: shown)


def broken(data: Path, name: str) -> Plan:
    def fail() -> Site:
        raise PackageError("the package is damaged; import it again")

    return Plan(ServerSettings(port=0, data=data, name=name), fail)


@contextlib.asynccontextmanager
async def hall(data: Path, *plans: Plan) -> AsyncIterator[Server]:
    """A server with these sessions, by default of a hall and a yard."""
    chosen = plans or (plan(data, "Hall 3"), plan(data, "Hof/Süd"))
    async with running_plans(ServerSettings(port=0, data=data), chosen) as server:
        yield server


def guest(server: Server, path: str, name: str = "Ada", **hello: Any) -> AbstractAsyncContextManager[Guest]:

    url = f"ws://127.0.0.1:{server.port}{path}"
    return join(url, small_catalogue(), Hello(version=SUBPROTOCOL, name=name, **hello))


def at(server: Server) -> House:
    return House(server, small_catalogue(), None)  # type: ignore[arg-type]


async def listed(server: Server) -> dict[str, str]:
    answer = await ask(at(server), "/sessions")
    lines = msgspec.json.decode(answer.body, type=SessionList).sessions
    return {line.name: line.state for line in lines}


# ---- paths --------------------------------------------------------------------------------------------


async def test_each_session_is_at_its_path_and_the_first_at_the_root(tmp_path: Path) -> None:
    async with hall(tmp_path) as server:
        for path, name in (("/", "Hall 3"), ("/Hall%203", "Hall 3"), ("/Hof%2FS%C3%BCd", "Hof/Süd")):
            async with guest(server, path) as ada:
                assert ada.welcome["session"] == name


async def test_what_is_written_in_one_session_is_in_no_other(tmp_path: Path) -> None:
    async with hall(tmp_path) as server:
        async with guest(server, "/Hall%203") as ada, guest(server, "/Hof%2FS%C3%BCd", "Bob") as bob:
            reply = await ada.operate(PutNote, note="n", text="here", point=ANYWHERE)
            assert reply["number"] == 1
            assert (await bob.operate(PutNote, note="n", text="there", point=ANYWHERE))["number"] == 1
            await bob.said("person", name="Bob")
            assert [person["name"] for person in bob.people.values()] == ["Bob"]
        notes = [hosted.room.session.snapshot().notes[0].text for hosted in server.lobby]
        assert notes == ["here", "there"]
    assert len(list((tmp_path / "sessions").iterdir())) == 2


async def test_a_hello_that_names_another_session_than_the_path_is_refused(tmp_path: Path) -> None:
    async with hall(tmp_path) as server:
        with pytest.raises(ConnectionClosed, match="session"):
            async with guest(server, "/Hall%203", session="Hof/Süd"):
                pass
        async with guest(server, "/Hall%203", session="Hall 3") as ada:
            assert ada.welcome["session"] == "Hall 3"


async def test_an_unknown_session_is_not_found_and_those_there_are_named(tmp_path: Path) -> None:
    async with hall(tmp_path) as server:
        for path in ("/nowhere", "/a/b", "/blob/x"):
            with pytest.raises(InvalidStatus) as caught:
                async with guest(server, path):
                    pass
            assert caught.value.response.status_code == 404
            said = (caught.value.response.body or b"").decode()
            assert "'Hall 3', 'Hof/Süd'" in said


def test_of_many_names_as_many_as_fit_are_told() -> None:
    names = [f"Halle {number}" for number in range(200)]
    said = sentence_of_names(names)
    assert len(said) < 1000
    shown = said.count("'Halle")
    assert said.endswith(f"and {200 - shown} more")


async def test_blobs_are_found_under_their_session_and_without_one(tmp_path: Path) -> None:
    other = Plan(ServerSettings(data=tmp_path, name="empty"), lambda: Site(small_catalogue()))
    async with hall(tmp_path, other, plan(tmp_path, "Hall 3")) as server:
        hosted = server.lobby.find("Hall 3")
        assert hosted is not None
        blob = hosted.room.contents.packages[0].manifest.sha256
        for path, status in (("/Hall%203", 200), ("", 200), ("/empty", 404), ("/nowhere", 404)):
            assert (await ask(at(server), f"{path}/blob/{blob}")).status == status


# ---- the list -----------------------------------------------------------------------------------------


async def test_the_list_tells_who_is_where_and_what_there_is(tmp_path: Path) -> None:
    async with hall(tmp_path) as server, guest(server, "/Hall%203") as ada:
        await ada.operate(PutNote, note="n", text="a note", point=ANYWHERE)
        answer = await ask(at(server), "/sessions")
        assert answer.headers["content-type"] == "application/json"
        assert json.loads(answer.body)["sessions"] == [
            {"name": "Hall 3", "state": "open", "people": 1, "things": 3, "signals": 606},
            {"name": "Hof/Süd", "state": "open", "things": 3, "signals": 606},
        ]
        assert ada.welcome["secret"].encode() not in answer.body


async def test_the_command_prints_the_list(tmp_path: Path) -> None:
    async with hall(tmp_path, plan(tmp_path, "Hall 3"), broken(tmp_path, "cellar")) as server:
        url = f"ws://127.0.0.1:{server.port}"
        result = await asyncio.to_thread(CliRunner().invoke, application(), ["sessions", url])
    assert result.exit_code == 0, result.output
    assert "Hall 3" in result.output
    assert "not available" in result.output
    assert "the package is damaged" in " ".join(result.output.split())


# ---- one that fails -----------------------------------------------------------------------------------


async def test_a_session_that_cannot_be_opened_is_listed_and_the_others_are_there(tmp_path: Path) -> None:
    async with hall(tmp_path, broken(tmp_path, "cellar"), plan(tmp_path, "Hall 3")) as server:
        assert await listed(server) == {"cellar": "unavailable", "Hall 3": "open"}
        async with guest(server, "/Hall%203") as ada:
            assert ada.welcome["session"] == "Hall 3"
        for path in ("/cellar", "/"):  # the first is what "/" means, also when it is not available
            with pytest.raises(InvalidStatus) as caught:
                async with guest(server, path):
                    pass
            assert caught.value.response.status_code == 503
            assert b"the package is damaged" in (caught.value.response.body or b"")


async def test_a_server_without_any_session_does_not_start_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="damaged"):
        async with hall(tmp_path, broken(tmp_path, "a"), broken(tmp_path, "b")):
            pass


async def test_two_sessions_of_one_name_are_one_and_a_fault(tmp_path: Path) -> None:
    async with hall(tmp_path, plan(tmp_path, "a"), plan(tmp_path, "a")) as server:
        assert await listed(server) == {"a": "open"}


async def test_a_session_that_fails_while_it_runs_takes_no_other_with_it(tmp_path: Path) -> None:
    async with hall(tmp_path) as server:
        failing = server.lobby.find("Hall 3")
        assert failing is not None
        async with guest(server, "/Hof%2FS%C3%BCd") as bob, guest(server, "/Hall%203") as ada:
            failing._alarm = None  # type: ignore[assignment]
            with pytest.raises(ConnectionClosed):
                await ada.until(lambda: False)
            assert (await listed(server))["Hall 3"] == "unavailable"
            assert (await bob.operate(PutNote, note="n", text="still here", point=ANYWHERE))["number"] == 1


# ---- changed while it runs ----------------------------------------------------------------------------


async def test_a_session_is_shut_and_opened_again_while_the_others_go_on(tmp_path: Path) -> None:
    async with hall(tmp_path) as server:
        async with guest(server, "/Hof%2FS%C3%BCd") as bob, guest(server, "/Hall%203") as ada:
            await ada.operate(PutNote, note="n", text="kept", point=ANYWHERE)
            await server.lobby.shut("Hall 3", "It is shut.", after_secs=0.5)
            bye = await ada.said("bye")
            assert (bye["text"], bye["after_secs"]) == ("It is shut.", 0.5)
            assert await listed(server) == {"Hof/Süd": "open"}
            await server.lobby.open(plan(tmp_path, "Hall 3"))
            async with guest(server, "/Hall%203", resume=ada.welcome["secret"]) as again:
                assert (again.welcome["resumed"], again.welcome["number"]) == (True, 1)
            assert (await bob.operate(PutNote, note="n", text="still here", point=ANYWHERE))["number"] == 1


async def test_the_file_is_read_again_and_what_changed_comes_about(tmp_path: Path) -> None:
    package = write_package_to(tmp_path / "package")
    file = tmp_path / "walkdown.toml"
    tables = f'[sessions.a]\npackage = "{package}"\n[sessions.b]\npackage = "{package}"\n'
    file.write_text(tables + f'[sessions.c]\npackage = "{tmp_path / "later"}"\n', encoding="utf-8")
    settings = ServerSettings(port=0, data=tmp_path / "data")
    roster = Roster(settings, Wishes(config=file))
    async with running_plans(settings, roster.plans()) as server:
        assert await listed(server) == {"a": "open", "b": "open", "c": "unavailable"}
        a = server.lobby.find("a")
        write_package_to(tmp_path / "later")
        file.write_text(file.read_text().replace("[sessions.b]", "[sessions.d]"), encoding="utf-8")
        roster.read_again(server.lobby)
        assert roster._changing is not None
        await roster._changing
        assert set((await listed(server)).items()) == {("a", "open"), ("c", "open"), ("d", "open")}
        assert server.lobby.find("a") is a  # which was not touched
        file.write_text("[sessions.a]\nprocess = 1\n", encoding="utf-8")
        roster.read_again(server.lobby)  # is wrong, so that all stays as it is
        assert len(await listed(server)) == 3


async def test_stopping_stops_them_all_and_keeps_everything(tmp_path: Path) -> None:
    async with hall(tmp_path) as server:
        async with guest(server, "/Hall%203") as ada, guest(server, "/Hof%2FS%C3%BCd") as bob:
            for one in (ada, bob):
                await one.operate(PutNote, note="n", text="kept", point=ANYWHERE)
            await server.stop()
            assert [(await one.said("bye"))["text"] for one in (ada, bob)] == ["The server stops."] * 2
    async with hall(tmp_path) as server:
        assert [len(hosted.room.session.snapshot().notes) for hosted in server.lobby] == [1, 1]


# ---- what is shared -----------------------------------------------------------------------------------


def test_a_package_that_several_sessions_show_is_opened_once(tmp_path: Path) -> None:
    folder, opened = write_package_to(tmp_path / "package"), OpenPackages()
    first, second = (model_site([folder], opening=opened.open).packages[0] for _session in range(2))
    assert first is second


def test_a_package_that_has_changed_on_disk_is_opened_anew(tmp_path: Path) -> None:
    folder, opened = write_package_to(tmp_path / "package"), OpenPackages()
    first = opened.open(folder)
    os.utime(folder / "manifest.json", ns=(1, 1))
    assert opened.open(folder) is not first


async def test_an_upload_without_its_session_is_found_by_its_ticket_alone(tmp_path: Path) -> None:
    async with hall(tmp_path) as server:
        for path in ("/nowhere/upload/" + "A" * 20, "/upload/" + "A" * 20):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n".encode())
            answer = await read_answer(reader)
            assert answer.status == 404
            assert answer.body.endswith(b".\n")
            writer.close()
            await writer.wait_closed()


# ---- settings -----------------------------------------------------------------------------------------


def test_sessions_are_tables_of_the_file_and_flags_and_a_flag_wins(tmp_path: Path) -> None:
    file = tmp_path / "walkdown.toml"
    file.write_text(
        '[server]\nport = 1\n[sessions."Hall 3"]\npackages = ["a.wdp", "b.wdp"]\nmax_people = 20\n'
        '[sessions.demo]\ndemo = true\nseed = 7\n[sessions.yard]\npackage = "yard.wdp"\n',
        encoding="utf-8",
    )
    sessions = load_sessions(["yard=new=1.wdp", "lab"], file=file)
    assert sessions == {
        "Hall 3": SessionSettings(packages=(Path("a.wdp"), Path("b.wdp")), max_people=20),
        "demo": SessionSettings(demo=True, seed=7),
        "yard": SessionSettings(packages=(Path("new=1.wdp"),)),
        "lab": SessionSettings(),
    }
    printed = tmp_path / "printed.toml"
    printed.write_text(sessions_as_toml(sessions), encoding="utf-8")
    assert load_sessions(file=printed) == sessions


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[sessions.a]\npakage = 'x'", ['[sessions."a"] pakage', "package"]),
        ("[sessions.a]\npackage = 5", ['[sessions."a"] package', "a path", "5"]),
        ("[sessions.a]\npackages = 'x'", ['[sessions."a"] packages', "a list of paths", '"x"']),
        ("[sessions.a]\nmax_people = 0", ['[sessions."a"] max_people', "0"]),
        ("[sessions.a]\ndemo = true\npackage = 'x'", ['[sessions."a"]', "not both"]),
        ("[sessions]\na = 1", ['[sessions."a"]', "a table"]),
        ("[sessions.'']\ndemo = true", ["1 to 80 characters"]),
        (f"[sessions.{'x' * 81}]\ndemo = true", ["1 to 80 characters", "81"]),
    ],
)
def test_a_wrong_session_is_refused_with_its_place(text: str, words: list[str], tmp_path: Path) -> None:
    file = tmp_path / "walkdown.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_sessions(file=file)
    assert all(word in str(caught.value) for word in [str(file) if "not both" not in words else "", *words])


def test_who_names_packages_serves_just_those_and_what_flags_add(tmp_path: Path) -> None:
    file = tmp_path / "walkdown.toml"
    file.write_text("[sessions.a]\ndemo = true\n[sessions.b]\ndemo = true\n", encoding="utf-8")
    settings = ServerSettings()

    def names(wishes: Wishes, *, name: str = "") -> list[str]:
        return [order.name for order in orders_of(dataclasses.replace(settings, name=name), wishes)]

    assert names(Wishes(config=file)) == ["a", "b"]
    assert names(Wishes(config=file), name="main") == ["main", "a", "b"]
    assert names(Wishes(config=file, packages=[Path("x.wdp")])) == [""]
    assert names(Wishes(config=file, demo=True, sessions=["b=y.wdp", "c"])) == ["", "b", "c"]
    with pytest.raises(SettingsError, match="named twice"):
        names(Wishes(config=file), name="a")


def test_the_settings_are_printed_with_their_sessions(tmp_path: Path) -> None:
    file = tmp_path / "walkdown.toml"
    file.write_text("[sessions.a]\ndemo = true\n", encoding="utf-8")
    arguments = ["serve", "--config", str(file), "--session", "b=x.wdp", "--print-config"]
    result = CliRunner().invoke(application(), arguments)
    assert result.exit_code == 0, result.output
    printed = tmp_path / "printed.toml"
    printed.write_text(result.output, encoding="utf-8")
    assert list(load_sessions(file=printed)) == ["a", "b"]


def test_a_session_name_is_no_path_and_no_two_share_a_folder(tmp_path: Path) -> None:
    names = ("../x", "x", "Hof/Süd", "Hof-Süd")
    folders = {session_folder(ServerSettings(data=tmp_path, name=name)) for name in names}
    assert {folder.parent for folder in folders} == {tmp_path / "sessions"}
    assert len(folders) == len(names)


async def test_a_session_that_is_open_here_cannot_be_opened_by_another_server(tmp_path: Path) -> None:
    async with hall(tmp_path, plan(tmp_path, "a")), contextlib.AsyncExitStack() as stack:
        with pytest.raises(Missing):
            await stack.enter_async_context(hall(tmp_path, plan(tmp_path, "a")))


# ---- nobody there -------------------------------------------------------------------------------------


async def test_a_session_rests_while_nobody_is_there_and_wakes_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkdown_server.hosting.RESTING_TICK_SECS", 3600.0)
    async with hall(tmp_path, plan(tmp_path, "Hall 3")) as server:
        ticks = server.room.tally.ticks
        for _visit in range(2):
            async with guest(server, "/") as ada:
                await ada.until(lambda ada=ada: len(ada.ticks) >= 3)  # type: ignore[misc]
                made = sum(ticks.counts)
            assert sum(ticks.counts) <= made + 1


async def test_a_session_that_takes_long_to_open_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hall(tmp_path, plan(tmp_path, "a")) as server, guest(server, "/a") as ada:
        go_on, restore = threading.Event(), Room.restore

        def restore_late(room: Room, *arguments: Any, **more: Any) -> None:
            go_on.wait(30)
            restore(room, *arguments, **more)

        monkeypatch.setattr(Room, "restore", restore_late)
        opening = asyncio.create_task(server.lobby.open(plan(tmp_path, "late")))
        assert (await ada.operate(PutNote, note="n", text="meanwhile", point=ANYWHERE))["number"] == 1
        assert (await listed(server))["late"] == "starting"
        with pytest.raises(InvalidStatus) as caught:
            async with guest(server, "/late"):
                pass
        assert caught.value.response.status_code == 503
        go_on.set()
        await opening
        async with guest(server, "/late") as eve:
            assert eve.welcome["session"] == "late"


async def test_a_server_that_is_stopped_while_it_opens_a_session_leaves_its_journal_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    went_in, go_on, restore = threading.Event(), threading.Event(), Room.restore

    def restore_late(room: Room, *arguments: Any, **more: Any) -> None:
        went_in.set()
        go_on.wait(30)
        restore(room, *arguments, **more)

    async with hall(tmp_path, plan(tmp_path, "a")) as server:
        monkeypatch.setattr(Room, "restore", restore_late)
        opening = asyncio.create_task(server.lobby.open(plan(tmp_path, "late")))
        await asyncio.to_thread(went_in.wait, 30)
        opening.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await opening
    monkeypatch.undo()
    async with hall(tmp_path, plan(tmp_path, "late")) as server:
        assert await listed(server) == {"late": "open"}
