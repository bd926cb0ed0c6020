"""What a person wishes at the door becomes a word to the server, or the way to another session."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.client.test_world import world_with
from walkdown import messages
from walkdown.errors import BadInput, Missing
from walkdown.messages import Person
from walkdown_client.acquaintances import Acquaintances
from walkdown_client.address import Address, parse_address
from walkdown_client.app.door_news import DoorNews
from walkdown_client.app.door_wishes import DoorWishes, Find, where_to
from walkdown_client.events import Heard, LinkChanged
from walkdown_client.tools import intents as wish
from walkdown_client.tools.rights import ASKS, roles_up_to
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui import clipboard

ELSEWHERE = Address("10.0.0.7", 8765, True, "Hall", True, "i" * 22, bytes(32))


class Desk:
    """Everything that these wishes need, without a window and without a server."""

    def __init__(self, find: Find = where_to) -> None:
        self.world, self.view = world_with(LinkChanged("live")), ViewState()
        self.sent: list[Any] = []
        self.said: list[tuple[str, str]] = []
        self.errors: list[tuple[str, str]] = []
        self.left: list[Address] = []
        self.wishes = DoorWishes(self.world, self.view, leave_for=self.left.append, find=find)
        self.rules = self.wishes.rules(self)

    def do(self, intent: wish.Intent) -> None:
        self.rules[type(intent)](intent)

    def send(self, operation: messages.ClientMessage) -> bool:
        self.sent.append(operation)
        return True

    def say(self, title: str, text: str = "", *, person: int | None = None) -> None:
        self.said.append((title, text))

    def say_error(self, title: str, text: str, details: str = "") -> None:
        self.errors.append((title, text))

    def search(self, text: str) -> None:
        """Type where to go, and wait until that has been looked for."""
        self.view.share.elsewhere = text
        self.do(wish.JoinElsewhere())
        assert self.view.share.joining
        assert self.wishes._search is not None
        self.wishes._search.join()
        self.wishes.look()


@pytest.mark.parametrize(
    ("intent", "sent"),
    [
        (wish.Invite("chair", 2.0, 1, False), messages.Invite(1, "chair", 2.0, 1, False)),
        (wish.Revoke("i1"), messages.Revoke(1, "i1")),
        (wish.Kick(3, "too loud"), messages.Kick(1, 3, "too loud")),
        (wish.Mute(3), messages.Mute(1, 3, True)),
        (wish.SetRole(3, "observer"), messages.SetRole(1, 3, "observer")),
    ],
)
def test_each_wish_becomes_its_message(intent: wish.Intent, sent: messages.Message) -> None:
    desk = Desk()
    desk.do(intent)
    assert desk.sent == [sent]
    assert ASKS[type(intent)] is type(sent), "the right that is asked for is that of the message"


def test_a_link_that_is_made_is_shown_and_the_door_counts_as_opened() -> None:
    desk = Desk()
    desk.do(wish.Invite())
    assert desk.view.panel == "share"
    assert desk.view.share.opened


def test_a_copied_link_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(clipboard, "copy", copied.append)
    desk = Desk()
    desk.do(wish.CopySecret("walkdown://host/Hall#secret"))
    assert copied == ["walkdown://host/Hall#secret"]
    assert "secret" not in str(desk.said)


def test_a_code_that_leads_somewhere_takes_one_there() -> None:
    desk = Desk(lambda _text: ELSEWHERE)
    desk.search("abcd-efgh")
    assert desk.left == [ELSEWHERE]
    assert not desk.view.share.joining
    assert desk.view.share.elsewhere == ""


def test_a_code_that_leads_nowhere_is_said_under_the_field() -> None:
    def nowhere(_text: str) -> Address:
        raise Missing("nobody in this network has an open code")

    desk = Desk(nowhere)
    desk.search("abcd-efgh")
    assert desk.left == []
    assert desk.view.share.error == "nobody in this network has an open code"
    assert not desk.view.share.joining


def test_a_link_needs_no_search_and_what_is_neither_is_said_to_be_no_code() -> None:
    assert where_to("walkdown://host/Hall") == parse_address("walkdown://host/Hall")
    with pytest.raises(BadInput, match="code of 8"):
        where_to("hello")


def test_trusting_a_key_is_a_matter_of_this_person_alone() -> None:
    desk = Desk()
    desk.world.acquaintances = Acquaintances({"eve": "1" * 64})
    desk.world.apply(Heard(Person(7, "Eve", key="2" * 64)))
    desk.do(wish.TrustKey(7))
    assert desk.world.people[7].key_state == "verified"
    assert desk.sent == []


def test_nobody_may_give_more_than_they_have() -> None:
    assert roles_up_to("operator") == ("observer", "participant", "operator")


# ---- news -----------------------------------------------------------------------------------------------


def test_a_changed_key_is_warned_of_once() -> None:
    desk = Desk()
    news = DoorNews(desk)
    desk.world.acquaintances = Acquaintances({"eve": "1" * 64})
    for selected in ("", "L1.FIL", ""):
        desk.world.apply(Heard(Person(7, "Eve", key="2" * 64, selected=selected)))
        news.look(desk.world)
    assert [title for title, _text in desk.errors] == ["Another key: Eve"]


def test_a_known_person_without_a_key_is_warned_of_and_a_new_one_is_not() -> None:
    desk = Desk()
    news = DoorNews(desk)
    desk.world.acquaintances = Acquaintances({"eve": "1" * 64})
    desk.world.apply(Heard(Person(7, "Eve")))
    desk.world.apply(Heard(Person(8, "Zoe", key="3" * 64)))
    news.look(desk.world)
    assert [title for title, _text in desk.errors] == ["No key this time: Eve"]


def test_one_is_told_of_another_role_and_of_being_muted() -> None:
    desk = Desk()
    news = DoorNews(desk)
    me = Person(desk.world.me, "Me", role="participant")
    chair = replace(me, role="chair")
    for now in (me, chair, replace(chair, muted=True), chair):
        desk.world.apply(Heard(now))
        news.look(desk.world)
    assert [title for title, _text in desk.said] == [
        "You are chair now", "Nobody hears you now", "You are heard again",
    ]  # fmt: skip
