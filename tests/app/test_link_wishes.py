"""A link is copied without a secret, leads to what it names, and asks before it leaves the session."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ui.plant import NS, START_NS, joined_world
from walkdown.door import base64_of
from walkdown.messages import Camera, Topic, Viewpoint
from walkdown_client.address import Address, parse_address
from walkdown_client.app.link_wishes import LinkWishes, Ways
from walkdown_client.deep_links import DeepLink, parse_link
from walkdown_client.invitations import MyInvitation
from walkdown_client.tools import intents as wish
from walkdown_client.tools import link_intents as links
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui import clipboard

SECRET = f"AAECAwQFBgcICQoLDA0ODw.{base64_of(bytes(range(32)))}"
SHARED = f"walkdown://10.0.0.9:8765/Test#{SECRET}"
LOOK = Viewpoint(
    "link", Camera((1.0, 2.0, 3.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), selection=("P-101",), mode="state"
)


class Around:
    """All that the wishes need, noting what they do with it; in a session ``Test`` of a small plant."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.did: list[object] = []
        self.said: list[str] = []
        self.copied: list[str] = []
        self.left: list[DeepLink] = []
        self.loaded = True
        monkeypatch.setattr(clipboard, "copy", self.copied.append)
        self.world, self.view = joined_world(seconds=1), ViewState()
        assert self.world.welcome is not None
        self.address = Address("127.0.0.1", 8765, session=self.world.welcome.session)
        ways = Ways(lambda: self.loaded, self.left.append)
        self.links = LinkWishes(
            self.world, self.view, address=self.address, views=self, doing=self, ways=ways
        )

    def invite(self) -> None:
        mine = MyInvitation("i", "participant", self.world.session_ns + 3600 * NS, links=(SHARED,))
        self.world.invitations.mine["i"] = mine

    def follow(self, said: str) -> None:
        self.do(links.FollowLink(f"{self.address.name}?{said}"))
        self.links.step()

    def do(self, intent: wish.Intent) -> None:
        rule: Any = self.links.rules()[type(intent)]
        rule(intent)

    def current(self) -> Viewpoint:
        return LOOK

    def show(self, viewpoint: Viewpoint) -> None:
        self.did.append(viewpoint)

    def carry_out(self, intent: wish.Intent) -> None:
        self.did.append(intent)

    def say(self, title: str, text: str = "") -> None:
        self.said.append(f"{title}: {text}")

    def say_error(self, title: str, text: str) -> None:
        self.said.append(f"{title}: {text}")


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Around:
    return Around(monkeypatch)


def test_what_one_copies_leads_back_and_lets_nobody_in(around: Around) -> None:
    around.do(links.CopyLink())
    around.do(links.CopyLink(topic="t-1"))
    link, to_topic = map(parse_link, around.copied)
    assert (link.look, link.topic, link.address) == (LOOK, "", around.address)
    assert (to_topic.look, to_topic.topic, to_topic.address) == (None, "t-1", around.address)
    assert "#" not in around.copied[0]
    assert "Only this computer" in around.said[0]


def test_from_a_shared_session_of_ones_own_computer_the_link_names_where_others_reach_it(
    around: Around,
) -> None:
    around.invite()
    around.do(links.CopyLink())
    assert around.copied[0].startswith("walkdown://10.0.0.9:8765/Test?")
    assert SECRET[:10] not in around.copied[0]


def test_a_link_lets_people_in_only_when_one_asks_for_that(around: Around) -> None:
    around.do(links.CopyInvitingLink())
    assert (around.copied, around.view.panel) == ([], "share")
    around.invite()
    around.do(links.CopyInvitingLink())
    link = parse_link(around.copied[0])
    assert (link.look, link.address) == (LOOK, parse_address(SHARED))


def test_a_link_into_another_session_is_asked_about_and_followed_only_after_that(around: Around) -> None:
    text = f"walkdown://else.example:9000/Yard?thing=P-101#{SECRET}"
    around.do(links.FollowLink(text))
    (question,) = around.did
    assert isinstance(question, wish.AskFirst)
    assert "the session Yard on else.example, port 9000" in question.text
    assert SECRET[:10] not in question.title + question.text
    assert around.left == []
    around.do(question.then)
    assert [link.things for link in around.left] == [("P-101",)]


def test_a_link_into_the_session_where_one_is_goes_there_at_once(around: Around) -> None:
    around.follow("thing=P-101&thing=L1.FIL")
    assert around.did == [wish.FlyToThing("P-101"), wish.SelectThings(("P-101", "L1.FIL"))]
    around.invite()
    around.did.clear()
    around.do(
        links.FollowLink(
            SHARED.partition("#")[0].replace("/Test", f"/{around.address.session}") + "?thing=P-101"
        )
    )
    around.links.step()
    assert around.did[0] == wish.FlyToThing("P-101")


def test_the_eye_goes_there_as_soon_as_one_is_in_and_the_rest_when_the_models_are(around: Around) -> None:
    around.loaded = False
    around.follow("thing=P-101&eye=1,2,3,0,1,0&layers=colour:state")
    around.links.step()
    assert [getattr(view, "selection", None) for view in around.did] == [()]
    around.loaded = True
    around.links.step()
    around.links.step()
    assert around.did[1:] == [LOOK]


def test_topic_and_view_of_a_link_are_shown_and_what_is_gone_is_said(around: Around) -> None:
    around.world.review.topics["t-1"] = Topic(title="Valve", topic="t-1")
    around.world.review.viewpoints["v-1"] = LOOK
    around.follow("topic=t-1")
    assert around.did == [topics.OpenTopic("t-1"), topics.GoToTopic("t-1")]
    around.did.clear()
    around.follow("topic=t-1&view=v-1")
    assert around.did == [topics.OpenTopic("t-1"), LOOK]
    around.did.clear()
    around.follow("topic=t-2&view=v-2&thing=nothing&size=3")
    assert around.did == []
    for part in ("topic of this link", "view of this link", "nothing is not in this session", "'size'"):
        assert part in around.said[-1]


def test_a_link_of_a_moment_ago_says_when_that_was(around: Around) -> None:
    around.world.session_ns = START_NS + 600 * NS
    around.follow("thing=P-101&t=2026-03-20T09:46:40Z")
    assert "10 minutes ago" in around.said[-1]


def test_what_is_no_link_is_said(around: Around) -> None:
    around.follow("eye=1,2")
    assert "should be six or nine numbers" in around.said[0]
    assert around.did == []
