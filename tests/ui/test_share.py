"""Letting people in, and what can be done about those who are: what the panels say and wish."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from tests.ui.conftest import Screen
from walkdown.messages import Invitation, Person, Record, Role
from walkdown_client.acquaintances import Acquaintances
from walkdown_client.events import Heard, LinkChanged, Recorded
from walkdown_client.input.bindings import ACTIONS
from walkdown_client.input.events import ButtonDown, ButtonUp, Typed
from walkdown_client.tools import intents as wish
from walkdown_client.tools.link_intents import CopyInvitingLink, CopyLink
from walkdown_client.ui.frame import Frame, Memory
from walkdown_client.ui.panels import palette, share, top_bar

pytestmark = pytest.mark.display

NS = 10**9
SECRET = "A" * 22 + "." + "B" * 43
LINK = f"walkdown://192.168.1.24:8766/Hall#{SECRET}"


@pytest.fixture
def sharing(screen: Screen) -> Screen:
    """A screen of an admin that shows the panel Share."""
    screen.view.panel = "share"
    screen.settle()
    return screen


def become(screen: Screen, role: Role) -> None:
    screen.world.apply(Heard(Person(1, "Ada", role=role)))
    screen.settle()


def told(screen: Screen, invite: str = "i1", *, code: str = "", links: tuple[str, ...] = (LINK,)) -> None:
    now = screen.world.session_ns = screen.world.tick_ns
    screen.world.invitations.hear(Invitation(1, invite, links, "participant", now + 3600 * NS, code), now)
    screen.settle()


def wishes_of_column(screen: Screen, x: float, *, top: int = 60, bottom: int = 860) -> list[wish.Intent]:
    """Click a column from top to bottom and return the different wishes."""
    found: list[wish.Intent] = []
    panel = screen.view.panel
    for y in range(top, bottom, 14):
        found += [w for w in screen.click(x, y) if w not in found]
        screen.view.panel, screen.view.question = panel, None
    return found


def frame_of(screen: Screen) -> Frame:
    assert screen.interface.layout is not None
    canvas = screen.interface._canvas
    return Frame(canvas, screen.world, screen.view, screen.facts, screen.interface.layout, Memory())


# ---- the way in -----------------------------------------------------------------------------------------


def test_the_top_bar_has_a_button_that_opens_the_panel(screen: Screen) -> None:
    assert "Share" in screen.text("top_bar")
    assert wish.OpenPanel("share") in screen.click(1570, 18)


def test_the_panel_has_a_key_and_an_entry_and_no_place_in_the_rail(sharing: Screen) -> None:
    action = next(action for action in ACTIONS if action.intent == wish.OpenPanel("share"))
    assert action.keys
    assert wish.OpenPanel("share") in [entry.intent for entry in palette.entries(frame_of(sharing))]
    for y in range(50, 420, 12):
        assert wish.OpenPanel("share") not in sharing.click(22, y)
        sharing.view.panel = "share"


def test_a_link_to_what_one_sees_is_copied_by_mouse_and_with_an_invitation_once_there_is_one(
    sharing: Screen,
) -> None:
    assert CopyInvitingLink() not in wishes_of_column(sharing, 120)
    told(sharing)
    assert {CopyLink(), CopyInvitingLink()} <= set(wishes_of_column(sharing, 120))


# ---- making a link --------------------------------------------------------------------------------------


def test_one_chooses_role_time_and_number_and_wishes_a_link(sharing: Screen) -> None:
    sharing.view.share.role, sharing.view.share.hours, sharing.view.share.uses = "observer", 24.0, 1
    found = wishes_of_column(sharing, 90)
    assert any(isinstance(w, wish.Invite) for w in found)


@pytest.mark.parametrize(
    ("mine", "offered"),
    [
        ("chair", ["observer", "participant", "operator", "chair"]),
        ("admin", ["observer", "participant", "operator", "chair", "admin"]),
    ],
)
def test_nobody_can_offer_a_role_above_their_own(sharing: Screen, mine: Role, offered: list[str]) -> None:
    become(sharing, mine)
    text = sharing.text("share").split("\n")
    start = text.index("They come in as") + 1
    assert text[start : start + len(offered)] == offered
    assert text[start + len(offered)] not in ("admin", "chair")


@pytest.mark.parametrize("role", ["observer", "participant", "operator"])
def test_who_may_not_invite_reads_why_and_whom_to_ask(sharing: Screen, role: Role) -> None:
    become(sharing, role)
    assert "Make a link" not in sharing.text("share")
    assert f"Your role here, {role}, does not allow this; ask a chair or an admin." in sharing.text("share")
    frame = frame_of(sharing)
    offered = [entry for entry in palette.entries(frame) if palette._is_offered(frame, entry)]
    assert not [entry for entry in offered if isinstance(entry.intent, wish.Invite | wish.AskFirst)]


def test_before_the_door_of_this_computer_is_opened_one_is_asked_once(sharing: Screen) -> None:
    sharing.facts = dataclasses.replace(sharing.facts, opens_door=True)
    sharing.settle()
    asked = share.invite(frame_of(sharing), sharing.view.share)
    assert isinstance(asked, wish.AskFirst)
    sharing.do(asked)
    sharing.settle()
    assert "listens to the network" in sharing.text("question")
    found = sharing.settle(ButtonDown("enter"), ButtonUp("enter"))
    assert found[:2] == [wish.Dismiss(), wish.Invite()]
    sharing.view.share.opened = True
    assert share.invite(frame_of(sharing), sharing.view.share) == wish.Invite()


def test_a_server_that_is_reached_from_elsewhere_anyway_is_not_asked_about(sharing: Screen) -> None:
    assert share.invite(frame_of(sharing), sharing.view.share) == wish.Invite()


def test_while_something_is_asked_nothing_below_takes_a_click(sharing: Screen) -> None:
    sharing.do(wish.AskFirst("Sure?", "It cannot be taken back.", "Do it", wish.Revoke("i1")))
    sharing.settle()
    assert sharing.click(1570, 18) == []
    assert sharing.view.question is not None
    sharing.do(wish.Dismiss())
    assert sharing.view.question is None


# ---- those that were made -------------------------------------------------------------------------------


def test_a_link_is_copied_and_revoked_and_its_secret_is_never_drawn(sharing: Screen) -> None:
    told(sharing)
    everything = str(sharing.interface.drawn_text())
    assert "walkdown://192.168.1.24:8766/Hall#…" in everything
    assert "A" * 10 not in everything
    assert "B" * 10 not in everything
    found = wishes_of_column(sharing, 90) + wishes_of_column(sharing, 172)
    assert wish.CopySecret(LINK) in found
    assert wish.Revoke("i1") in found


def test_a_code_is_shown_with_its_time_until_that_is_over(sharing: Screen) -> None:
    told(sharing, code="ABCD-EFGH")
    assert "ABCD-EFGH\n10 minutes left" in sharing.text("share")
    sharing.world.session_ns += 575 * NS
    sharing.settle()
    assert "25 seconds left" in sharing.text("share")
    sharing.world.session_ns += 30 * NS
    sharing.settle()
    assert "ABCD-EFGH" not in sharing.text("share")
    assert "Hall#…" in sharing.text("share"), "the link counts longer"


def test_what_was_revoked_or_is_over_goes_from_the_list(sharing: Screen) -> None:
    told(sharing, "i1")
    told(sharing, "i2")
    assert "Made by you\n2" in sharing.text("share")
    sharing.world.apply(Recorded(Record(9, 0, "Ada", "a1", "revoked", {"invite": "i1"})))
    sharing.settle()
    assert "Made by you\n1" in sharing.text("share")
    sharing.world.session_ns += 3601 * NS
    sharing.settle()
    assert "Made by you" not in sharing.text("share")


def test_the_record_of_ones_invitation_says_for_how_many_it_is(sharing: Screen) -> None:
    told(sharing, "i1")
    body = {"invite": "i1", "role": "participant", "expires_ns": 0, "uses": 10}
    sharing.world.apply(Recorded(Record(9, 0, "Ada", "a1", "invited", body)))
    sharing.settle()
    assert "10 people" in sharing.text("share")


def test_without_a_mouse_the_palette_makes_copies_and_revokes_links(sharing: Screen) -> None:
    told(sharing)
    entries = {entry.text: entry.intent for entry in palette.entries(frame_of(sharing))}
    assert entries["Make a link for: observer"] == wish.Invite("observer")
    assert entries["Copy link"] == wish.CopySecret(LINK)
    assert entries["Revoke link"] == wish.Revoke("i1")


# ---- another session ------------------------------------------------------------------------------------


def test_one_joins_another_session_by_typing_a_code(sharing: Screen) -> None:
    sharing.view.share.elsewhere = "abcd efgh"
    sharing.settle()
    assert wish.JoinElsewhere() in wishes_of_column(sharing, 90, top=500)
    sharing.view.share.error = "nobody in this network has an open code"
    sharing.settle()
    assert "nobody in this network" in sharing.text("share")
    sharing.view.share.joining = True
    sharing.settle()
    assert "Looking for the server" in sharing.text("share")


@pytest.mark.parametrize("text", ["abcd-efgh", LINK])
def test_without_a_mouse_a_code_or_link_is_typed_into_the_palette(screen: Screen, text: str) -> None:
    screen.view.palette_open = True
    screen.settle()
    screen.settle(Typed(text))
    assert "Leave this session and join" in screen.text("palette")
    assert wish.JoinElsewhere(text) in screen.settle(ButtonDown("enter"), ButtonUp("enter"))
    assert SECRET not in screen.text("palette")


def test_a_word_is_no_code(screen: Screen) -> None:
    screen.view.palette_open = True
    screen.settle()
    screen.settle(Typed("well-made"))
    assert "Leave this session" not in screen.text("palette")


# ---- people ---------------------------------------------------------------------------------------------


@pytest.fixture
def people(screen: Screen) -> Screen:
    """A screen that shows people, of whom one has another key than last time."""
    screen.world.acquaintances = Acquaintances({"guest 3": "1" * 64, "jörg": "3" * 64})
    screen.world.apply(Heard(Person(3, "Guest 3", role="observer", key="2" * 64)))
    screen.world.apply(Heard(Person(5, "Jörg", role="chair", key="3" * 64, muted=True)))
    screen.view.panel = "people"
    screen.settle()
    return screen


def test_beside_each_name_stands_the_role_and_whether_the_key_is_known(people: Screen) -> None:
    text = people.text("people")
    assert "Ada\nyou · admin" in text
    assert "Guest 3\nobserver · another key" in text
    assert "Jörg\nchair · key verified · muted" in text
    assert "Rounds bot\nbot" in text


def test_on_hover_a_chip_in_the_top_bar_says_it_in_words_with_a_sign(people: Screen) -> None:
    frame = frame_of(people)
    said = [top_bar.about_person(frame, people.world.people[number]) for number in (1, 3, 5)]
    assert said == [
        "Ada · you · admin",
        "Guest 3 · observer · ▲ another key",
        "Jörg · chair · ✓ key verified · muted",
    ]


def test_the_card_says_what_a_changed_key_means_and_offers_to_trust_it(people: Screen) -> None:
    people.view.person = 3
    people.settle()
    assert "Ask them by voice" in people.text("people")
    found = wishes_of_column(people, 90, bottom=480)
    assert wish.TrustKey(3) in found
    people.world.trust(3)
    people.settle()
    assert "Guest 3\nobserver · key verified" in people.text("people")


def test_who_leads_mutes_gives_roles_and_shows_the_door_after_a_question(people: Screen) -> None:
    people.view.person = 5
    people.settle()
    found = wishes_of_column(people, 90, bottom=760) + wishes_of_column(people, 250, top=560, bottom=760)
    assert wish.SetRole(5, "observer") in found
    assert wish.Mute(5, False) in found
    question = next(w for w in found if isinstance(w, wish.AskFirst))
    assert question.then == wish.Kick(5)


def test_a_kick_carries_the_reason_that_was_typed(people: Screen) -> None:
    people.do(wish.AskFirst("Show them the door?", "", "Show the door", wish.Kick(5)))
    people.settle()
    people.settle(Typed("too loud"))
    found = people.settle(ButtonDown("enter"), ButtonUp("enter"))
    assert wish.Kick(5, "too loud") in found


@pytest.mark.parametrize("role", ["observer", "participant", "operator"])
def test_who_does_not_lead_finds_the_buttons_grey_and_reads_why(people: Screen, role: Role) -> None:
    become(people, role)
    people.view.person = 3
    people.settle()
    assert "does not allow this" in people.text("people")
    found = wishes_of_column(people, 90, bottom=480)
    assert not any(isinstance(w, wish.Mute | wish.SetRole | wish.AskFirst) for w in found)


def test_nobody_sends_away_who_is_above_them(people: Screen) -> None:
    become(people, "chair")
    people.world.apply(Heard(Person(5, "Jörg", role="admin")))
    people.settle()
    intents = [entry.intent for entry in palette._at_the_door(frame_of(people))]
    assert wish.Mute(5) not in intents
    assert wish.Mute(3) in intents


def test_without_a_mouse_the_palette_opens_a_card_and_then_gives_roles(people: Screen) -> None:
    people.view.panel = ""
    entries = [entry.intent for entry in palette.entries(frame_of(people))]
    assert wish.OpenPerson(3) in entries
    assert wish.SetRole(3, "chair") not in entries
    people.do(wish.OpenPerson(3))
    assert people.view.panel == "people"
    assert wish.SetRole(3, "chair") in [entry.intent for entry in palette.entries(frame_of(people))]


def test_every_panel_says_what_a_role_does_not_allow(make_screen: Callable[..., Screen]) -> None:
    screen = make_screen()
    screen.settle()
    become(screen, "observer")
    for panel in ("notes", "models", "faults"):
        screen.view.panel = panel
        screen.settle()
        assert "Your role here, observer, does not allow this" in screen.text(panel), panel
    texts = [e.text for e in palette.entries(frame_of(screen)) if palette._is_offered(frame_of(screen), e)]
    assert not [text for text in texts if text.startswith(("Bring in", "Take back", "Start:", "Show Jörg"))]
    assert "People" in texts


def test_where_there_is_no_room_the_top_bar_counts_nobody_and_still_shows_who_is_here(
    make_screen: Callable[..., Screen],
) -> None:
    narrow = make_screen(720, 480)
    narrow.settle()
    assert "4 people" in narrow.text("top_bar")
    narrow.world.apply(LinkChanged("reconnecting", ""))
    narrow.settle()
    assert "4 people" not in narrow.text("top_bar")
    assert "Reconnecting" in narrow.text("top_bar")
