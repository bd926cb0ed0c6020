"""Every role with every message and section of a frame: what the table allows is done, the rest refused."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, get_args

import msgpack
import pytest

from tests.server.conftest import House
from tests.server.paper import Paper, Stage
from tests.server.test_refusals import refusal_of
from walkdown import codec
from walkdown import messages as m
from walkdown.codec import Section
from walkdown.messages import IN_PLACE, SUBPROTOCOL, ClientMessage, Hello, Operation, Role
from walkdown.roles import ALLOWED, RANK, ROLES, Speaking, may
from walkdown.voice import Packet, pack_packet
from walkdown_server.access import OPERATIONS_BURST
from walkdown_server.door.people import Identity
from walkdown_server.door.rules import Peer, denied, speaking
from walkdown_server.parties import Member
from walkdown_server.ruling import Author

UUID = "6b0f0a5e-7d0c-4c54-9ac0-5b7d3e3f1a11"
OTHER = 2
"""Number of the person who is there beside the one who acts."""

EXAMPLES: dict[type[m.Message], dict[str, Any]] = {
    m.Ping: {"sent_ns": 7},
    m.Select: {"thing": "P-101"},
    m.Subscribe: {"blocks": (0,)},
    m.AskHistory: {"ask": 1, "signals": (0,), "from_ns": 0, "to_ns": 10},
    m.PutNote: {"note": "n", "text": "x", "point": (0.0, 0.0, 0.0)},
    m.RemoveNote: {"note": "n"},
    m.Undo: {},
    m.Redo: {},
    m.Trigger: {"disturbance": "clog"},
    m.OfferModel: {"model": UUID, "file": "a.glb", "size": 1, "sha256": "0" * 64},
    m.CancelModel: {"model": UUID},
    m.PlaceModel: {"model": UUID, "placement": IN_PLACE},
    m.RemoveModel: {"model": UUID},
    m.Kick: {"person": OTHER},
    m.Mute: {"person": OTHER},
    m.SetRole: {"person": OTHER, "role": "chair"},
    m.Invite: {},
    m.Revoke: {"invite": "x"},
    m.Voice: {"microphone": True},
    m.AskMedia: {},
    m.MediaVia: {"datagrams": True},
    m.VoiceReport: {"heard": ()},
    m.AskVoiceHealth: {},
    m.MuteAll: {},
    m.Present: {"person": OTHER},
    m.RecordVoice: {"on": True},
    m.PutZone: {"zone": m.Zone("z", "Office", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))},
    m.RemoveZone: {"zone": "z"},
    m.PutTopic: {"topic": "t", "fields": m.TopicFields("x")},
    m.EditTopic: {"topic": "t", "changes": m.TopicChanges(status="Closed")},
    m.RemoveTopic: {"topic": "t"},
    m.PutComment: {"comment": m.Comment("c", "t", "x")},
    m.RemoveComment: {"comment": "c"},
    m.PutViewpoint: {"viewpoint": m.Viewpoint("v")},
    m.RemoveViewpoint: {"viewpoint": "v"},
    m.PutMark: {"mark": m.Mark("k", "arrow", (0.0, 0.0, 0.0))},
    m.RemoveMark: {"mark": "k"},
    m.SetVocabulary: {"vocabulary": m.Vocabulary()},
    m.OpenMeeting: {},
    m.CloseMeeting: {},
    m.GiveVerdict: {"decision": "approved"},
    m.SetDuty: {"duty": "scribe", "person": OTHER},
    m.PutAgendaItem: {"item": m.AgendaItem("a", "x")},
    m.RemoveAgendaItem: {"item": "a"},
    m.StepAgenda: {"item": "a"},
    m.CallVote: {"vote": "w", "question": "x", "options": ("yes", "no")},
    m.CastVote: {"vote": "w", "choice": 0},
    m.EndVote: {"vote": "w"},
    m.Say: {"line": "l", "text": "x"},
    m.Attend: {"hand": True},
    m.PointAt: {"point": (0.0, 0.0, 0.0)},
    m.PingAt: {"point": (0.0, 0.0, 0.0)},
    m.ShareView: {"view": m.Viewpoint("v")},
    m.Gather: {},
    m.OfferFile: {"file": UUID, "name": "a.png", "size": 1, "sha256": "0" * 64},
    m.CancelFile: {"file": UUID},
    m.MergeTopics: {"file": UUID},
    m.AskExport: {"ask": 1, "format": "bcf-3.0"},
    m.AskTopic: {"ask": 1, "topic": "t"},
}
"""One of each kind; those of operations that the session refuses for another reason get that far."""

SECTIONS = {"pose": "POSES", "voice": "VOICE"}
"""How the docs name what a frame may carry."""

ANSWERS = ("reply", "model_task", "file_task", "history", "pong")

KINDS = [kind for kind in get_args(ClientMessage) if kind is not Hello]


class Desk:
    """Who would take models; remembers whom it was asked by."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def offer(self, identity: Identity, message: m.OfferModel, answer: object) -> None:
        self.asked.append("offer_model")

    def cancel(self, identity: Identity, model: str) -> None:
        self.asked.append("cancel_model")

    def forget(self, identity: Identity) -> None:
        pass

    def fetch(self) -> None:
        pass


def with_role(role: Role) -> tuple[Stage, Paper, Member, Desk]:
    """A room with somebody of a role, number 1, and a participant, number 2."""
    stage, desk = Stage(), Desk()
    stage.room.intake_desk.offers = desk
    paper, member = stage.join("Actor")
    member.identity.give_role(role)
    _paper, other = stage.join("Other")
    other.identity.give_role("participant")
    assert other.identity.person == OTHER
    stage.tick()
    paper.messages.clear()
    return stage, paper, member, desk


def test_there_is_an_example_of_every_kind() -> None:
    assert set(KINDS) == set(EXAMPLES)
    assert set(KINDS) | set(get_args(Speaking)) == set(ALLOWED)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_message_is_taken_exactly_if_the_table_says_so(kind: type[m.Message], role: Role) -> None:
    stage, paper, member, desk = with_role(role)
    wish = {"op": 1} if issubclass(kind, Operation) else {}
    assert stage.room.receive(member, kind(**wish, **EXAMPLES[kind])) is None  # type: ignore[arg-type]
    stage.tick(2)
    answers = [one for one in paper.messages if one["t"] in ANSWERS]
    if issubclass(kind, Operation):
        (reply,) = [one for one in answers if one["t"] == "reply"]
        assert (reply.get("code") == "rights") is not may(role, kind)
        if not may(role, kind):
            assert not stage.entries
            assert role in reply["text"]
    elif kind in (m.OfferModel, m.CancelModel):
        assert bool(desk.asked) is may(role, kind)
        if not may(role, kind):
            assert [one["phase"] for one in answers] == ["failed"]
            assert role in answers[0]["text"]
    elif not may(role, kind):
        assert [one.get("code", one.get("phase")) for one in answers] in (["rights"], ["failed"])
        assert role in answers[0]["text"]


@pytest.mark.parametrize("role", ROLES)
def test_a_second_hello_is_a_fault_for_everyone(role: Role) -> None:
    stage, _paper, member, _desk = with_role(role)
    refusal = stage.room.receive(member, Hello(version=SUBPROTOCOL, name="Ada"))
    assert refusal is not None
    assert refusal.code == "message"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", get_args(Speaking))
def test_a_section_of_a_frame_is_taken_exactly_if_the_table_says_so(kind: Speaking, role: Role) -> None:
    identity = Identity("s", Author("a", "Ada", role), 1, 0, "person")
    assert (kind in speaking(identity)) is may(role, kind)
    identity.muted = True
    assert (kind in speaking(identity)) is (may(role, kind) and kind != "voice")


def test_what_the_table_does_not_know_may_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, paper, member, _desk = with_role("admin")
    monkeypatch.setattr("walkdown.roles.ALLOWED", {})
    stage.room.receive(member, m.PutNote(op=1, **EXAMPLES[m.PutNote]))
    stage.room.receive(member, m.Ping(sent_ns=1))
    stage.tick(2)
    assert [one["code"] for one in paper.messages if one["t"] == "reply"] == ["rights"]
    assert not [one for one in paper.messages if one["t"] == "pong"]
    assert "nobody" in denied("admin", m.PutNote)


def test_a_role_that_may_do_less_has_no_rank_above_one_that_may_do_more() -> None:
    powers = {role: {kind for kind in ALLOWED if may(role, kind)} for role in ROLES}
    for one in ROLES:
        for other in ROLES:
            assert not (powers[one] < powers[other] and RANK[one] > RANK[other])


def test_what_was_answered_once_is_answered_again_to_who_may_not_any_more() -> None:
    stage, paper, member, _desk = with_role("participant")
    wish = m.PutNote(op=1, **EXAMPLES[m.PutNote])
    stage.room.receive(member, wish)
    stage.tick(2)
    member.identity.give_role("observer")
    stage.room.receive(member, wish)
    stage.tick(2)
    replies = [one for one in paper.messages if one["t"] == "reply"]
    assert [(one.get("number", 0), one.get("code", "")) for one in replies] == [(1, ""), (1, "")]


def test_a_refused_operation_counts_for_the_limit_of_operations() -> None:
    stage, paper, member, _desk = with_role("observer")
    for op in range(1, int(OPERATIONS_BURST) + 3):
        stage.room.receive(member, m.PutNote(op=op, **EXAMPLES[m.PutNote]))
    stage.tick(2)
    codes = [one["code"] for one in paper.messages if one["t"] == "reply"]
    assert codes.count("rate") == 2
    assert codes.count("rights") == int(OPERATIONS_BURST)


# ---- through a real connection ----------------------------------------------------------------------


async def test_an_observer_is_seen_moving_and_not_heard(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Eve") as eve:
        await ada.operate(m.SetRole, person=eve.me, role="observer")
        pose = codec.pack_section(Section.POSES, codec.pack_poses([0], [[1, 2, 3]], [[1, 0, 0, 0]]).tobytes())
        voice = codec.pack_section(Section.VOICE, pack_packet(Packet(1, 0, 0, 20, b"sound")))
        await eve.socket.send(codec.pack_client_frame(0, [voice, pose]))
        await ada.until(lambda: eve.me in ada.poses)
        assert house.server.room.tally.voice_dropped == {"rights": 1}
        assert (await eve.operate(m.PutNote, **EXAMPLES[m.PutNote]))["code"] == "rights"


async def test_who_speaks_too_much_is_cut(house: House) -> None:
    async with house.guest("Eve") as eve:
        many = [codec.pack_section(Section.VOICE, pack_packet(Packet(1, 0, 0, 20, b"x")))] * 10
        for _turn in range(31):
            await eve.socket.send(codec.pack_client_frame(0, many))
        await eve.say(m.Ping(sent_ns=1))
        await eve.said("pong")
        house.server._listener.look_after(asyncio.get_running_loop().time())
        refusal = await refusal_of(eve.socket)
        assert (refusal["code"], "voice" in refusal["text"]) == ("rate", True)


async def test_a_frame_has_one_pose(house: House) -> None:
    async with house.guest("Eve") as eve:
        pose = codec.pack_section(Section.POSES, codec.pack_poses([0], [[1, 2, 3]], [[1, 0, 0, 0]]).tobytes())
        await eve.socket.send(codec.pack_client_frame(0, [pose, pose]))
        assert "one pose" in (await refusal_of(eve.socket))["text"]


async def test_a_message_from_the_network_meets_the_table_too(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Eve") as eve:
        await ada.operate(m.SetRole, person=eve.me, role="observer")
        await eve.socket.send(msgpack.packb({"t": "kick", "op": 1, "person": ada.me}))
        assert (await eve.said("reply", op=1))["code"] == "rights"
        await eve.say(m.OfferModel(**EXAMPLES[m.OfferModel]))
        assert (await eve.said("model_task"))["phase"] == "failed"


async def test_nothing_is_taken_before_hello_whatever_it_is(house: House) -> None:
    for kind, fields in EXAMPLES.items():
        wish = {"op": 1} if issubclass(kind, Operation) else {}
        async with house.socket() as socket:
            await socket.send(m.encode(kind(**wish, **fields)))
            data = await socket.recv()
            assert isinstance(data, bytes)
            assert msgpack.unpackb(data)["code"] == "hello"
    assert house.server.room.people == 0


def test_a_connection_of_which_nothing_is_known_has_to_show_an_invitation() -> None:
    stage = Stage()
    refusal = stage.room.enter(
        Hello(version=SUBPROTOCOL, name="Mallory"), Paper(stage.catalogue), peer=Peer()
    )
    assert isinstance(refusal, m.Refusal)
    assert refusal.code == "login"


# ---- what is said of it -----------------------------------------------------------------------------


def test_the_table_in_the_docs_is_the_one_that_holds() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    table = page.partition("| | observer |")[2].partition("\n\n")[0]
    head, _rule, *rows = ("| | observer |" + table).splitlines()
    columns = [cell.strip() for cell in head.split("|")[2:-1]]
    assert columns == sorted(ROLES, key=RANK.__getitem__)
    shown = {
        (name, role): cell.strip() == "✓"
        for row in rows
        for name in re.findall(r"`(\w+)`", row)
        for role, cell in zip(columns, row.split("|")[2:-1], strict=True)
    }
    held = {
        (SECTIONS[what] if isinstance(what, str) else str(what.__struct_config__.tag), role): may(role, what)
        for what in ALLOWED
        for role in ROLES
    }
    assert shown == held
