"""Real clients on real sockets see each other, the plant, and each other's notes."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tests.server.conftest import House
from walkdown.messages import PutNote, Select, Subscribe, Trigger, Undo
from walkdown.twin import GOOD, STALE, STATE_ALARM, STATE_ATTENTION


async def test_two_people_see_each_other_come_move_and_go(house: House) -> None:
    async with house.guest("Ada") as ada:
        async with house.guest("Grace") as grace:
            await ada.until(lambda: grace.me in ada.people)
            await grace.until(lambda: ada.me in grace.people)
            assert ada.people[grace.me]["name"] == "Grace"
            assert ada.people[grace.me].get("colour", 0) != ada.people[ada.me].get("colour", 0)
            await ada.move(12.5, -3.25)
            await grace.until(lambda: ada.me in grace.poses)
            assert grace.poses[ada.me].positions[0] == pytest.approx([12.5, -3.25, 1.7], abs=1e-3)
        await ada.until(lambda: grace.me not in ada.people)


async def test_a_note_reaches_everyone_and_its_author_gets_the_number(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Grace") as grace:
        reply = await ada.operate(PutNote, note="n1", text="leaks", point=(1.0, 2.0, 3.0), thing="P-101")
        assert reply["number"] == 1
        record = await grace.said("record", number=1)
        assert (record["author"], record["kind"]) == ("Ada", "note")
        assert record["body"]["text"] == "leaks"
        assert record["body"]["point"] == [1.0, 2.0, 3.0]


async def test_only_ones_own_notes_can_be_changed_and_undone(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Grace") as grace:
        await ada.operate(PutNote, note="n1", text="mine", point=(0.0, 0.0, 0.0))
        theirs = await grace.operate(PutNote, note="n1", text="hers", point=(0.0, 0.0, 0.0))
        assert theirs["code"] == "not-yours"
        assert (await grace.operate(Undo))["code"] == "nothing"
        assert (await ada.operate(Undo))["number"] == 2
        record = await grace.said("record", number=2)
        assert (record["kind"], record["undoes"]) == ("note_removed", 1)


async def test_values_states_and_joints_reach_a_late_joiner(house: House) -> None:
    table = house.server.room.live.table
    numeric = np.arange(table.first("text"))
    house.sink.write(numeric, numeric % 2, times_ns=house.sink.now_ns())
    house.sink.write([table.index("fil.speed")], [95.0])
    house.sink.text(table.index("fil.product"), "Cola")
    house.sink.joints([0], [1.5])
    async with house.guest("Ada") as ada:
        await ada.until(lambda: (ada.table.quality[numeric] == GOOD).all() and ada.joints)
        assert ada.table.value(table.index("fil.speed")) == 95.0
        assert ada.joints[0] == pytest.approx(1.5)
        for kind, column in table.values.items():
            assert np.array_equal(ada.table.values[kind], column)
        assert (await ada.said("text"))["value"] == "Cola"
        await ada.until(lambda: ada.states.tolist() == [STATE_ALARM, STATE_ALARM, STATE_ATTENTION])


async def test_a_change_reaches_those_who_are_there(house: House) -> None:
    async with house.guest("Ada") as ada:
        speed = house.server.room.live.table.index("fil.speed")
        await ada.until(lambda: len(ada.ticks) > 1)
        house.sink.write([speed], [41.0])
        await ada.until(lambda: ada.table.value(speed) == 41.0)
        house.sink.write([speed], [91.0])
        await ada.until(lambda: ada.states[1] == STATE_ALARM and ada.states[0] == STATE_ALARM)


async def test_a_subscription_brings_its_blocks_at_once_and_no_others(house: House) -> None:
    async with house.guest("Ada") as ada:
        table = house.server.room.live.table
        await ada.say(Subscribe(blocks=(0,)))
        await ada.say(Select(thing="P-101"))
        await ada.until(lambda: ada.people.get(ada.me, {}).get("selected") == "P-101")
        ada.table.values["f32"][:] = -1
        house.sink.write(np.arange(0, 550), np.arange(550.0))
        await ada.until(lambda: ada.table.value(7) == 7.0)
        assert ada.table.value(549) == -1
        await ada.say(Subscribe())
        await ada.until(lambda: ada.table.value(549) == 549.0)
        assert np.array_equal(ada.table.values["f32"], table.values["f32"], equal_nan=True)


async def test_a_selection_of_an_unknown_thing_shows_nothing(house: House) -> None:
    async with house.guest("Ada") as ada:
        await ada.say(Select(thing="P-101"))
        await ada.until(lambda: ada.people.get(ada.me, {}).get("selected") == "P-101")
        await ada.say(Select(thing="nothing like this"))
        await ada.until(lambda: not ada.people[ada.me].get("selected"))


async def test_a_disturbance_reaches_the_source(house: House) -> None:
    async with house.guest("Ada") as ada:
        assert (await ada.operate(Trigger, disturbance="clog"))["number"] == 1
        assert house.sink.disturbances() == {"clog"}
        assert (await ada.operate(Trigger, disturbance="clog"))["code"] == "unchanged"
        assert (await ada.operate(Trigger, disturbance="nothing"))["code"] == "unknown"
        assert (await ada.operate(Trigger, disturbance="clog", active=False))["number"] == 2
        assert house.sink.disturbances() == frozenset()


async def test_a_source_reports_how_it_is_doing(house: House) -> None:
    house.sink.status("down", "the broker does not answer")
    async with house.guest("Ada") as ada:
        assert (await ada.said("source", name="test"))["text"] == "the broker does not answer"


async def test_a_value_that_is_not_finite_turns_bad_and_harms_nobody(house: House) -> None:
    table = house.server.room.live.table
    rows = [table.index("fil.speed"), table.index("fil.count")]
    house.sink.write(rows, [12.0, 7.0])
    with np.errstate(all="raise"):
        house.sink.write(rows, [np.nan, np.inf])
    assert table.quality[rows].tolist() == [2, 2]
    assert [table.value(row) for row in rows] == [12.0, 7]


async def test_a_signal_without_news_goes_stale_for_everyone(house: House) -> None:
    live, room = house.server.room.live, house.server.room
    temperature = live.table.index("fil.temp")
    house.sink.write([temperature], [20.0])
    async with house.guest("Ada") as ada:
        await ada.until(lambda: ada.table.quality[temperature] == GOOD)
        live.find_stale(room._times.session_ns() + 3_000_000_000)
        await ada.until(lambda: ada.table.quality[temperature] == STALE)


async def test_everyone_hears_that_the_server_stops(house: House) -> None:
    async with house.guest("Ada") as ada:
        stopping = asyncio.create_task(house.server.stop())
        assert (await ada.said("bye"))["after_secs"] == 1.0
        await stopping
