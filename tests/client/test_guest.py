"""Guests in a real session: they see each other, read, write, and never need graphics."""

from __future__ import annotations

import asyncio
import runpy
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests import warm
from tests.server.conftest import House
from walkdown.errors import BadInput, Missing, Refused
from walkdown.messages import SUBPROTOCOL, Blob, Hello, Note
from walkdown.settings import ServerSettings
from walkdown.signals import SignalTable
from walkdown_client.address import parse_address
from walkdown_client.bot import Bot, BotPlan, run_bots
from walkdown_client.conversation import Conversation, Patience
from walkdown_client.guest import EYE_HEIGHT, Guest
from walkdown_client.guest_blocking import join
from walkdown_server import plant
from walkdown_server.app import running_server
from walkdown_server.sites import Site

EXAMPLE = Path(__file__).parents[2] / "examples" / "guest.py"

HASTY = Patience(open=0.5, first_pause=0.02, longest_pause=0.05, close=0.2)


async def test_two_guests_and_a_bot_see_each_other_move(house: House) -> None:
    plan = BotPlan(name="Robby", routes=(((0.0, 5.0), (60.0, 5.0)),), speed=20.0)
    async with Guest.join(house.url, name="Ada") as ada, Guest.join(house.url, name="Bob") as bob:
        robby = asyncio.create_task(run_bots(house.url, plan))
        await ada.wait_for(lambda: {p.name for p in ada.people.values()} == {"Ada", "Bob", "Robby"})
        numbers = {person.name: number for number, person in ada.people.items()}
        ada.move_to((1.0, 1.0))
        await asyncio.gather(ada.walk([(4.0, 1.0)], speed=10.0), bob.walk([(0.0, 9.0)], speed=30.0))
        for observer, other, place in ((bob, "Ada", (4.0, 1.0)), (ada, "Bob", (0.0, 9.0))):
            expected = [*place, EYE_HEIGHT]
            await _until_seen_at(observer, numbers[other], expected)
        first = await _position(ada, numbers["Robby"])
        await ada.wait_for(lambda: _far(ada, numbers["Robby"], first))
        robby.cancel()


async def test_a_query_is_answered_from_things_models_and_live_values(house: House) -> None:
    speed = SignalTable(house.catalogue.signals).index("fil.speed")
    async with Guest.join(house.url, name="Ada") as ada:
        assert [thing.id for thing in await ada.find("type:filler speed>40")] == []
        house.sink.write([speed], [41.0])
        await ada.wait_for(lambda: ada.value("fil.speed") == 41.0)
        assert [thing.id for thing in await ada.find("speed>40 model:small")] == ["L1.FIL"]
        floor = await ada.find("key=hall:/floor")
        assert [(thing.name, thing.element) for thing in floor] == [("Floor", "hall:/floor")]
        with pytest.raises(BadInput, match="expected a number after >, got 'fast'"):
            await ada.find("speed>fast")


async def _position(observer: Guest, person: int) -> list[float]:
    await observer.wait_for(lambda: observer.position_of(person) is not None)
    found = observer.position_of(person)
    assert found is not None
    return list(found)


def _far(observer: Guest, person: int, place: list[float]) -> bool:
    found = observer.position_of(person)
    return found is not None and float(np.linalg.norm(found - place)) > 1.0


async def _until_seen_at(observer: Guest, person: int, place: list[float]) -> None:
    def there() -> bool:
        found = observer.position_of(person)
        return found is not None and bool(np.allclose(found, place, atol=0.02))

    await observer.wait_for(there)


async def test_a_note_is_there_for_everyone_and_can_be_taken_back(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada, Guest.join(house.url, name="Bob") as bob:
        note = await ada.put_note("The seal leaks", thing="P-101", point=(1, 2, 3))
        await bob.wait_for(lambda: note in bob.notes)
        assert (bob.notes[note].text, bob.notes[note].author, bob.notes[note].point) == (
            "The seal leaks",
            "Ada",
            (1.0, 2.0, 3.0),
        )
        await ada.put_note("The seal leaks badly", note=note)
        await bob.wait_for(lambda: bob.notes[note].text == "The seal leaks badly")
        await ada.undo()
        assert ada.notes[note].text == "The seal leaks"
        await ada.redo()
        assert ada.notes[note].text == "The seal leaks badly"
        await ada.remove_note(note)
        await bob.wait_for(lambda: not bob.notes)


async def test_what_the_server_refuses_is_raised_with_its_reason(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada, Guest.join(house.url, name="Bob") as bob:
        note = await ada.put_note("mine")
        await ada.set_role(bob.id, "participant")
        with pytest.raises(Refused, match="its author or a chair can remove it") as refusal:
            await bob.remove_note(note)
        assert refusal.value.code == "not-yours"
        with pytest.raises(Refused, match="there is no thing"):
            await ada.put_note("where?", thing="nowhere")


async def test_a_conflict_is_raised_with_what_stands_now_and_by_whom(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada, Guest.join(house.url, name="Bob") as bob:
        note = await ada.put_note("one", point=(1, 2, 3))
        await bob.wait_for(lambda: note in bob.notes)
        seen = ada.world.notes[note]
        await bob.remove_note(note)
        await bob.undo()
        await ada.wait_for(lambda: note in ada.notes and ada.notes[note].number > seen.number)
        ada.world.notes[note] = seen  # as if she had not heard of it yet
        with pytest.raises(Refused) as refusal:
            await ada.put_note("two", point=(1, 2, 3), note=note)
        assert (refusal.value.code, refusal.value.by) == ("conflict", "Bob")
        assert isinstance(refusal.value.current, Note)
        assert refusal.value.current.text == "one"
        ada.world.notes[note] = refusal.value.current
        await ada.put_note("two", point=(1, 2, 3), note=note)
        await bob.wait_for(lambda: bob.notes[note].text == "two")


async def test_who_resumes_in_another_run_counts_on_where_the_first_one_stopped(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        await ada.put_note("first run", note="a", point=(0, 0, 0))
        await ada.put_note("first run", note="b", point=(0, 0, 0))
        secret = ada.world.welcome.secret if ada.world.welcome else ""
    address = parse_address(house.url)
    again = Guest(address, Hello(SUBPROTOCOL, "Ada", resume=secret), cache=None, patience=Patience())
    try:
        await again._enter(address, 10.0)
        await again.put_note("second run", note="a", point=(0, 0, 0))
        assert {note.text for note in again.notes.values()} == {"first run", "second run"}
    finally:
        await again._leave()


async def test_values_qualities_states_and_disturbances_are_read(house: House) -> None:
    table = house.server.room.live.table
    async with Guest.join(house.url, name="Ada") as ada:
        house.sink.write([table.index("fil.speed")], [95.0], times_ns=house.sink.now_ns())
        house.sink.text(table.index("fil.product"), "Cola")
        await ada.wait_for(lambda: ada.value("fil.speed") == 95.0 and ada.value("fil.product") == "Cola")
        await ada.wait_for(lambda: ada.state("L1.FIL") == "alarm")
        assert ada.quality("fil.speed") == "good"
        assert ada.things["L1.FIL"].name == "Filler"
        assert ada.signals["fil.speed"].thing == "L1.FIL"
        await ada.trigger("clog")
        assert ada.world.disturbances == {"clog"}
        await ada.trigger("clog", active=False)
        assert ada.world.disturbances == set()


async def test_others_see_what_a_guest_selects(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada, Guest.join(house.url, name="Bob") as bob:
        await bob.wait_for(lambda: ada.id in bob.people)
        ada.select("P-101")
        await bob.wait_for(lambda: bob.people[ada.id].selected == "P-101")


async def test_changes_come_one_after_the_other_until_the_guest_leaves(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        ticks: list[int] = []
        async for world in ada.changes():
            ticks.append(world.tick_number)
            house.sink.write([0], [float(len(ticks))])
            if len(ticks) == 5:
                break
        assert all(one <= other for one, other in pairwise(ticks))


async def test_places_of_things_come_from_the_models(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        places = await ada.load_places()
        assert list(places) == ["L1.FIL"]
        assert places["L1.FIL"] == pytest.approx([2.0, 2.0, 1.0])
        note = await ada.put_note("here", thing="L1.FIL")
        assert ada.notes[note].point == pytest.approx((2.0, 2.0, 1.0))


async def test_a_bot_notes_an_alarm_once(house: House) -> None:
    table = house.server.room.live.table
    house.sink.write([table.index("fil.speed")], [95.0])
    async with Guest.join(house.url, name="Robby") as guest, Guest.join(house.url, name="Ada") as ada:
        walking = asyncio.create_task(Bot(guest, BotPlan(routes=(((0, 0), (3, 0)),), speed=50.0), 0).run())
        await ada.wait_for(lambda: {note.thing for note in ada.notes.values()} >= {"L1", "L1.FIL"})
        assert len(ada.notes) == 2
        walking.cancel()


async def test_bots_leave_when_their_time_is_over(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        seen: set[str] = set()

        def all_have_come_and_gone() -> bool:
            seen.update(person.name for person in ada.people.values())
            return seen == {"Ada", "Robby 1", "Robby 2", "Robby 3"} and len(ada.people) == 1

        plan = BotPlan(count=3, seconds=1.0, name="Robby")
        await asyncio.gather(ada.wait_for(all_have_come_and_gone), run_bots(house.url, plan))


async def test_bots_take_their_leave_when_their_process_is_ended(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        bots = await warm.create_subprocess_exec(
            sys.executable, "-m", "walkdown", "bot", house.url, "--count", "2", "--name", "Robby"
        )
        await ada.wait_for(lambda: len(ada.people) == 3)
        bots.terminate()
        await ada.wait_for(lambda: len(ada.people) == 1)
        assert await bots.wait() == 0


async def test_who_is_stopped_while_joining_leaves_nobody_behind(house: House) -> None:
    async def visit() -> None:
        async with Guest.join(house.url, name="Bob") as bob:
            await bob.wait_for(lambda: False)

    async with Guest.join(house.url, name="Ada") as ada:
        room = house.server.room
        visiting = asyncio.create_task(visit())
        async with asyncio.timeout(30):
            while room.people < 2:  # noqa: ASYNC110  the very moment, before Bob has heard of it
                await asyncio.sleep(0)
        visiting.cancel()
        await asyncio.wait([visiting])
        await ada.wait_for(lambda: len(ada.people) == 1 and room.people == 1)


async def test_who_leaves_before_all_is_fetched_is_gone_for_good(house: House) -> None:
    never = asyncio.Event()

    async def fetch(_blob: Blob) -> bytes:
        await never.wait()
        return b""

    async with Guest.join(house.url, name="Ada") as ada:
        hello = Hello(SUBPROTOCOL, "Bob")
        bob = Conversation(parse_address(house.url), hello, emit=lambda _event: None, fetch=fetch)
        talking = asyncio.create_task(bob.run())
        await ada.wait_for(lambda: len(ada.people) == 2)
        bob.close()
        await talking
        await ada.wait_for(lambda: len(ada.people) == 1)


async def test_a_bot_says_in_one_sentence_that_nobody_answers(unused_tcp_port: int) -> None:
    with pytest.raises(Missing, match="walkdown serve"):
        await run_bots(f"ws://127.0.0.1:{unused_tcp_port}", BotPlan(count=2), within_secs=0.3)


async def test_the_blocking_guest_does_the_same(house: House) -> None:
    def visit() -> str:
        with join(house.url, name="Ada") as guest:
            guest.move_to((1.0, 2.0))
            guest.walk([(2.0, 2.0)], speed=100.0)
            guest.look_at((0.0, 0.0, 0.0))
            guest.select("P-101")
            note = guest.put_note("hello", thing="P-101")
            guest.wait_for(
                lambda: guest.people[guest.id].selected == "P-101" and guest.value("fil.count") == 0
            )
            assert guest.notes[note].text == "hello"
            assert (guest.state("P-101"), guest.quality("fil.count")) == ("none", "stale")
            assert [thing.id for thing in guest.find("id=P-101")] == ["P-101"]
            guest.undo()
            guest.redo()
            guest.trigger("clog")
            guest.remove_note(note)
            assert set(guest.things) >= {guest.signals[s].thing for s in guest.signals}
            return guest.people[guest.id].name

    assert await asyncio.to_thread(visit) == "Ada"


async def test_where_nobody_answers_one_sentence_says_what_to_do(unused_tcp_port: int) -> None:
    with pytest.raises(Missing, match="walkdown serve"):
        async with Guest.join(
            f"ws://127.0.0.1:{unused_tcp_port}", name="Ada", patience=HASTY, within_secs=0.3
        ):
            pass


async def test_a_session_that_does_not_exist_is_refused_by_name(house: House) -> None:
    with pytest.raises(Refused, match="no session 'Hall 9' on this server; it has 'Test'"):
        async with Guest.join(f"{house.url}Hall%209", name="Ada"):
            pass


async def test_a_name_of_spaces_is_refused(house: House) -> None:
    with pytest.raises(Refused, match="name is needed"):
        async with Guest.join(house.url, name="   "):
            pass


async def test_an_address_that_is_none_is_bad_input() -> None:
    with pytest.raises(BadInput, match="expected an address"):
        async with Guest.join("gopher://x", name="Ada"):
            pass


def test_the_guest_and_the_bot_need_no_graphics() -> None:
    program = (
        "import sys, walkdown_client.guest, walkdown_client.guest_blocking, walkdown_client.bot, "
        "walkdown_client.link, walkdown_client.packages, walkdown_client.commands\n"
        "sys.exit(any(name.split('.')[0] in ('panda3d', 'direct', 'imgui_bundle') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


async def test_the_example_visits_the_demo_plant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    visit = runpy.run_path(str(EXAMPLE))["visit"]
    settings = ServerSettings(port=0, data=tmp_path)
    async with running_server(settings, Site(plant.catalogue(1))) as server:
        async with Guest.join(f"ws://127.0.0.1:{server.port}", name="Ada") as ada:
            await visit(f"ws://127.0.0.1:{server.port}")
            await ada.wait_for(lambda: [note.thing for note in ada.notes.values()] == ["L1.FIL"])
    assert "L2.FIL is stale" in capsys.readouterr().out
