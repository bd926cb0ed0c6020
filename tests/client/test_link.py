"""The link against real servers, bad lines, and servers that are none."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from tests.client.conftest import Relay, ServerProcess, client
from tests.server.conftest import House
from walkdown.errors import Refused
from walkdown.messages import (
    SUBPROTOCOL,
    Blob,
    Bye,
    Hello,
    Pong,
    PutNote,
    Record,
    Refusal,
    Select,
    Subscribe,
    Undo,
    Welcome,
    encode,
)
from walkdown_client.address import parse_address
from walkdown_client.conversation import Conversation, Patience
from walkdown_client.events import Event, LinkChanged
from walkdown_client.link import Link
from walkdown_client.outgoing import PENDING_MAX

HANDLER = Callable[[ServerConnection], Awaitable[None]]


def note(text: str = "leaks", name: str = "n") -> PutNote:
    return PutNote(0, name, text, (1.0, 2.0, 3.0))


# ---- a good server ------------------------------------------------------------------------------------


async def test_what_the_server_knows_arrives_in_the_world(house: House) -> None:
    table = house.server.room.live.table
    house.sink.write(np.arange(600), np.arange(600.0), times_ns=house.sink.now_ns())
    async with client(house.url) as ada:
        await ada.live()
        await ada.until(lambda: ada.world.value("p.x5") == table.value(table.index("p.x5")))
        assert ada.world.catalogue == house.catalogue
        assert ada.world.packages[0].name == "small"
        assert ada.world.clock.round_trip_ns >= 0


async def test_the_session_time_of_a_client_is_that_of_the_server(house: House) -> None:
    async with client(house.url) as ada:
        await ada.live()
        await ada.until(lambda: ada.world.clock.round_trip_ns > 0)
        before = house.sink.now_ns()
        estimate = ada.world.clock.session_ns(time.monotonic_ns())
        assert (
            before - ada.world.clock.round_trip_ns
            <= estimate
            <= house.sink.now_ns() + ada.world.clock.round_trip_ns
        )


async def test_poses_go_from_one_window_to_the_other(house: House) -> None:
    async with client(house.url, "Ada") as ada, client(house.url, "Bob") as bob:
        await asyncio.gather(ada.live(), bob.live())
        ada.link.send_pose([7, 8, 1.7], [1, 0, 0, 0])

        def seen() -> bool:
            bob.world.advance(bob.world.clock.session_ns(time.monotonic_ns()))
            return ada.world.me in bob.world.people_ids

        await bob.until(seen)
        row = bob.world.people_ids.tolist().index(ada.world.me)
        assert bob.world.people_positions[row] == pytest.approx([7, 8, 1.7], abs=1e-3)


async def test_operations_are_numbered_and_answered(house: House) -> None:
    async with client(house.url) as ada:
        await ada.live()
        assert [ada.link.send(note()), ada.link.send(Undo(0)), ada.link.send(Select("L1"))] == [1, 2, 0]
        await ada.until(lambda: house.server.room.session.number == 2)
        ada.link.send(Undo(0))
        await ada.until(lambda: ada.world.refusals)
        assert (ada.world.refusals[0].op, ada.world.refusals[0].code) == (3, "nothing")
        assert ada.world.notes == {}


async def test_what_is_said_while_leaving_is_still_said(house: House) -> None:
    async with client(house.url, "Bob") as bob:
        async with client(house.url) as ada:
            await ada.live()
            ada.link.send(note())
        await bob.until(lambda: bob.world.notes)
        await bob.until(lambda: len(bob.world.people) == 1)


# ---- a bad line ---------------------------------------------------------------------------------------


async def test_an_operation_whose_answer_was_lost_happens_once(house: House, relay: Relay) -> None:
    session = house.server.room.session
    async with client(relay.url) as ada:
        await ada.live()
        relay.muted = True
        ada.link.send(note())
        await ada.until(lambda: session.number == 1)
        ada.link.send(note("more", "n2"))
        relay.cut()
        relay.muted = False
        await ada.until(lambda: ada.world.notes.keys() == {"n", "n2"})
        ada.link.send(Undo(0))
        await ada.until(lambda: ada.world.notes.keys() == {"n"})
        assert session.number == 3
        assert relay.passed == 2


async def test_wishes_made_while_the_line_is_down_are_carried_out_in_order(
    house: House, relay: Relay
) -> None:
    async with client(relay.url) as ada:
        await ada.live()
        relay.stall()
        relay.cut()
        for step in range(20):
            ada.link.send(note(f"step {step}"))
        ada.link.send(Select("P-101"))
        relay.flow()
        await ada.until(lambda: ada.world.notes and ada.world.notes["n"].text == "step 19")
        await ada.until(lambda: ada.world.people[ada.world.me].selected == "P-101")
        assert house.server.room.session.number == 20


async def test_a_long_list_of_wishes_is_not_too_fast_for_the_server(house: House, relay: Relay) -> None:
    async with client(relay.url) as ada:
        await ada.live()
        for step in range(75):
            ada.link.send(note(f"step {step}"))
        await ada.until(lambda: ada.world.notes and ada.world.notes["n"].text == "step 74")
        assert ada.world.refusals == []
        assert relay.passed == 1


async def test_who_comes_back_is_the_same_person_and_gets_only_what_he_missed(
    house: House, relay: Relay
) -> None:
    async with client(relay.url) as ada, client(house.url, "Bob") as bob:
        await asyncio.gather(ada.live(), bob.live())
        me = ada.world.me
        ada.link.send(note("first", "a"))
        await ada.until(lambda: "a" in ada.world.notes)
        relay.stall()
        relay.cut()
        bob.link.send(note("second", "b"))
        await bob.until(lambda: "b" in bob.world.notes)
        relay.flow()
        await ada.until(lambda: "b" in ada.world.notes)
        assert ada.world.me == me
        assert ada.world.welcome is not None
        assert ada.world.welcome.resumed
        assert ada.world.welcome.snapshot is None
        await ada.until(lambda: {p.name for p in ada.world.people.values()} == {"Ada", "Bob"})


async def test_a_line_on_which_nothing_comes_is_given_up(house: House, relay: Relay) -> None:
    async with client(relay.url) as ada:
        await ada.live()
        relay.stall()
        await ada.until(lambda: ada.world.link_state == "reconnecting")
        relay.flow()
        await ada.live()


async def next_tick(house: House) -> None:
    """Let the server make one more tick."""
    telling = house.server.room._telling
    tick = telling.tick
    while telling.tick == tick:  # noqa: ASYNC110  the server has no reason to tell us
        await asyncio.sleep(0)


async def test_after_skipped_frames_the_client_holds_what_the_server_holds(
    house: House, relay: Relay
) -> None:
    room = house.server.room
    table = room.live.table
    numeric = np.arange(table.first("text"))
    random = np.random.default_rng(1)
    async with client(relay.url, patience=Patience()) as ada:
        await ada.live()
        member = next(iter(room._members.values()))
        relay.stall()
        async with asyncio.timeout(20):
            while not member.outbox.owes:
                house.sink.write(numeric, random.uniform(0, 100, len(numeric)), times_ns=house.sink.now_ns())
                await next_tick(house)
        house.sink.text(table.index("fil.product"), "Cola")
        house.sink.joints([0], [0.75])
        for _index in range(5):
            house.sink.write(numeric, random.uniform(0, 100, len(numeric)), times_ns=house.sink.now_ns())
            await next_tick(house)
        relay.flow()
        kinds = table.values

        def same() -> bool:
            mine = ada.world.signals
            values = all(
                np.array_equal(mine.values[kind], kinds[kind], equal_nan=kind[0] == "f") for kind in kinds
            )
            states = np.array_equal(ada.world.thing_states, room.live.alarms.thing_states)
            return values and states and mine.texts == table.texts

        await ada.until(same)
        assert relay.passed == 1


async def test_a_client_that_stands_nowhere_names_the_ticks_that_it_has_received(house: House) -> None:
    async with client(house.url) as ada:
        await ada.live()
        (member,) = house.server.room._members.values()
        for _ in range(2):
            before = member.acknowledged.tick
            await ada.until(lambda: member.acknowledged.tick > before)  # noqa: B023


async def test_after_a_subscription_only_its_blocks_change(house: House) -> None:
    table = house.server.room.live.table
    async with client(house.url) as ada:
        await ada.live()
        ada.link.send(Subscribe((0,)))
        ada.link.send(Select("L1"))
        await ada.until(lambda: ada.world.people[ada.world.me].selected == "L1")
        first, last = table.blocks[0].start, table.blocks[-1].start
        house.sink.write([first, last], [3.0, 1.0])
        await ada.until(lambda: ada.world.signals.value(first) == 3.0)
        assert ada.world.signals.quality[last] != 0


# ---- a server that dies --------------------------------------------------------------------------------


async def test_a_note_survives_the_sudden_death_of_the_server(server_process: ServerProcess) -> None:
    async with client(server_process.url) as ada:
        await ada.live()
        ada.link.send(note("before"))
        await ada.until(lambda: "n" in ada.world.notes)
        await server_process.kill()
        await ada.until(lambda: ada.world.link_state == "reconnecting")
        assert "does not answer" in ada.world.link_text or "was lost" in ada.world.link_text
        ada.link.send(note("while it was away", "m"))
        await server_process.start()
        await ada.until(lambda: ada.world.notes.keys() == {"n", "m"})
        async with client(server_process.url, "Bob") as bob:
            await bob.until(lambda: bob.world.notes == ada.world.notes)
            assert bob.world.notes["n"].author_id == bob.world.notes["m"].author_id


async def test_a_server_that_stops_says_goodbye_and_is_found_again(server_process: ServerProcess) -> None:
    async with client(server_process.url) as ada:
        await ada.live()
        await server_process.terminate()
        await ada.until(lambda: ada.world.link_state == "reconnecting")
        await server_process.start()
        await ada.live()


# ---- servers that are none, or not ours ------------------------------------------------------------------


@contextlib.asynccontextmanager
async def scripted(handler: HANDLER, *, subprotocol: str = SUBPROTOCOL) -> AsyncIterator[str]:
    """A WebSocket server that does what a test says."""
    async with serve(handler, "127.0.0.1", 0, subprotocols=[Subprotocol(subprotocol)]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


def saying(*messages: bytes | str) -> HANDLER:
    async def handler(socket: ServerConnection) -> None:
        await socket.recv()
        for message in messages:
            await socket.send(message)
        await socket.wait_closed()

    return handler


WELCOME = Welcome(1, "s", "x", False, 0, 50, 1, Blob("0" * 64, 1), (), None, 0)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("hello", "expected a binary WebSocket message"),
        (b"\xc1\xff\x00", "expected MessagePack"),
        (b"\x01" + bytes(12), "expected MessagePack|a control message"),
        (encode(Pong(1, 2)), "expected a welcome, got Pong"),
        (encode(WELCOME), "expected blob|does not"),
    ],
    ids=["text", "garbage", "a frame", "another message", "no blobs"],
)
async def test_a_server_that_says_nonsense_is_tried_again_with_a_reason(
    answer: bytes | str, words: str
) -> None:
    async with scripted(saying(answer)) as url, client(url) as ada:
        await ada.until(lambda: ada.world.link_text)
        assert ada.world.link_state == "connecting"
        assert any(word in ada.world.link_text for word in words.split("|")), ada.world.link_text


@pytest.mark.parametrize("code", ["version", "session", "hello", "full"])
async def test_a_final_refusal_ends_it_with_the_servers_sentence(code: str) -> None:
    async with scripted(saying(encode(Refusal(code, "Not here.")))) as url, client(url) as ada:
        await ada.until(lambda: ada.world.link_state == "refused")
        assert ada.world.link_text == "Not here."


async def test_a_refusal_that_will_pass_is_shown_and_tried_again() -> None:
    async with scripted(saying(encode(Refusal("slow", "You are 12 s behind.")))) as url, client(url) as ada:
        await ada.until(lambda: ada.world.link_text)
        assert (ada.world.link_state, ada.world.link_text) == ("connecting", "You are 12 s behind.")


async def test_a_server_of_another_version_is_refused_by_name() -> None:
    async with scripted(saying(), subprotocol="walkdown.9") as url, client(url) as ada:
        await ada.until(lambda: ada.world.link_state == "refused")
        assert "expected one of walkdown.9" in ada.world.link_text
        assert "this client speaks walkdown.1" in ada.world.link_text


async def test_an_older_client_is_refused_by_a_real_server_with_both_versions(house: House) -> None:
    link = Link(parse_address(house.url), Hello("walkdown.0", "Ada"))
    try:
        refused: list[Event] = []
        async with asyncio.timeout(30):
            while not refused:
                refused = [e for e in link.drain() if isinstance(e, LinkChanged) and e.state == "refused"]
                await asyncio.sleep(0.005)
        assert "speaks walkdown.1, your client walkdown.0" in str(refused)
    finally:
        await asyncio.to_thread(link.close)


async def test_something_that_is_no_web_server_is_refused_in_words(unused_tcp_port: int) -> None:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2p1\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", unused_tcp_port)
    async with server, client(f"ws://127.0.0.1:{unused_tcp_port}") as ada:
        await ada.until(lambda: ada.world.link_state == "refused")
        assert "is not a Walkdown server" in ada.world.link_text


# ---- one conversation, with a script -----------------------------------------------------------------------


async def no_blobs(_blob: Blob) -> bytes:
    raise AssertionError("nothing is fetched here")


def conversation(emit: Callable[[Event], None] = lambda event: None) -> Conversation:
    address = parse_address("ws://127.0.0.1:1")
    return Conversation(address, Hello(SUBPROTOCOL, "Ada"), emit=emit, fetch=no_blobs, patience=Patience())


async def test_pauses_grow_but_not_beyond_ten_seconds() -> None:
    talk = conversation()
    pauses = [talk._pause_secs() for _index in range(12)]
    assert 0.1 <= pauses[0] <= 0.2
    assert 5.0 <= pauses[-1] <= 10.0


async def test_after_a_bye_the_client_comes_back_when_it_was_told_to() -> None:
    talk = conversation()
    list(talk._events_of(Bye("restarting", after_secs=7.0)))
    assert 7.0 <= talk._pause_secs() <= 7.2
    assert talk._pause_secs() < 1.0
    list(talk._events_of(Bye("for ever", after_secs=1e6)))
    assert talk._pause_secs() <= 60.2


async def test_a_gap_in_the_records_ends_the_connection_and_a_repeat_does_not() -> None:
    talk = conversation()
    record = Record(1, 5, "Ada", "a", "poll", {})
    assert len(list(talk._events_of(record))) == 1
    assert list(talk._events_of(record)) == []
    with pytest.raises(Exception, match="expected record 2, got 4"):
        list(talk._events_of(Record(4, 5, "Ada", "a", "poll", {})))


async def test_more_than_a_thousand_unanswered_wishes_are_refused(unused_tcp_port: int) -> None:
    link = Link(parse_address(f"ws://127.0.0.1:{unused_tcp_port}"), Hello(SUBPROTOCOL, "Ada"))
    try:
        for _index in range(PENDING_MAX):
            link.send(note())
        with pytest.raises(Refused, match="1000 changes wait"):
            link.send(note())
    finally:
        await asyncio.to_thread(link.close)


async def test_closing_says_so_and_what_is_sent_afterwards_is_nothing(unused_tcp_port: int) -> None:
    link = Link(parse_address(f"ws://127.0.0.1:{unused_tcp_port}"), Hello(SUBPROTOCOL, "Ada"))
    await asyncio.to_thread(link.close)
    assert link.drain()[-1] == LinkChanged("closed")
    link.send(Select("x"))
    link.send_pose([0, 0, 0], [1, 0, 0, 0])
    await asyncio.to_thread(link.close)


async def test_a_server_that_dies_in_the_middle_of_its_greeting_is_tried_again(unused_tcp_port: int) -> None:
    greeted = asyncio.Event()
    tries = 0

    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        await reader.readuntil(b"\r\n\r\n")
        if tries > 1:
            greeted.set()
        writer.write(b"HTTP/1.1 101 Switching"[: 22 * (tries % 2)])
        writer.close()

    server = await asyncio.start_server(die, "127.0.0.1", unused_tcp_port)
    async with server, client(f"ws://127.0.0.1:{unused_tcp_port}") as ada:
        await asyncio.wait_for(greeted.wait(), 10)
        assert ada.world.link_state == "connecting"
