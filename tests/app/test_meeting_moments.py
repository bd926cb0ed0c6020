"""Rays, "look here", hands and what one looks at: told in time, shown for a moment."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from tests.app.company_desk import Desk
from walkdown import messages as m
from walkdown.messages import Attend, PingAt, Pinged, PointAt, Pointing, Present, SetRole, ShareView
from walkdown_client.app.attending import Attending
from walkdown_client.app.meeting_sounds import MeetingSounds
from walkdown_client.app.pointing import Pointing as Pointer
from walkdown_client.app.view_sharing import ViewSharing
from walkdown_client.events import Heard, LinkChanged
from walkdown_client.input import camera
from walkdown_client.scene.pointing import Pointers
from walkdown_client.tools import meeting_intents as meet

GUEST = 3


class Moments(Desk):
    """Somebody who points and attends."""

    def __init__(self) -> None:
        super().__init__()
        self.middle = "L1.FIL"
        self.pointers = Pointers()
        self.pointing = Pointer(
            self.world,
            self.view,
            rig=self.rig,
            pointers=self.pointers,
            middle_of=lambda thing: (1.0, 2.0, 3.0) if thing == "P-101" else None,
            doing=self,
        )
        self.attending = Attending(
            self.world, self.view, rig=self.rig, middle=lambda: self.middle, doing=self
        )
        self.sharing = ViewSharing(self.world, self.view, rig=self.rig, views=self.views, doing=self)
        self.rules = {**self.pointing.rules(), **self.attending.rules()}

    def play(self, secs: float = 0.05) -> list[m.ClientMessage]:
        """Let frames go by; returns what was sent."""
        before = len(self.sent)
        for _frame in range(round(secs / 0.05)):
            self.now_secs += 0.05
            self.pointing.step(self.now_secs)
            self.attending.step(self.now_secs)
            self.sharing.step(self.now_secs)
        return self.sent[before:]


@pytest.fixture
def one() -> Moments:
    made = Moments()
    made.play()
    made.sent.clear()
    return made


def test_what_is_looked_at_is_told_at_most_once_a_second_and_when_it_changed(one: Moments) -> None:
    assert one.play(3.0) == []
    one.middle = "L1.CAP"
    one.rig.take(camera.look(one.rig.pose, heading_rad=0.3, pitch_rad=0.0))
    assert one.play(0.2) == [Attend("L1.CAP")]
    one.middle = "L1.RIN"
    one.rig.take(camera.look(one.rig.pose, heading_rad=0.3, pitch_rad=0.0))
    assert one.play(0.5) == []
    assert one.play(1.0) == [Attend("L1.RIN")]


def test_hand_and_following_are_told_at_once_and_again_after_a_new_connection(one: Moments) -> None:
    one.do(meet.RaiseHand())
    one.view.together.following = GUEST
    assert one.play() == [Attend("L1.FIL", GUEST, hand=True)]
    one.do(meet.RaiseHand(up=False))
    one.do(meet.WanderAlone())
    assert one.play() == [Attend("L1.FIL", GUEST, private=True)]
    one.world.apply(LinkChanged("reconnecting"))
    assert one.play() == []
    one.world.apply(LinkChanged("live"))
    assert one.world.welcome is not None
    one.world.welcome = replace(one.world.welcome, secret="another")
    assert Attend("L1.FIL", GUEST, private=True) in one.play()


def test_what_people_look_at_is_no_change_of_who_is_here(one: Moments) -> None:
    people, presence = one.world.people_revision, one.world.presence_revision
    one.tell(GUEST, looking="L1.CAP", hand=True)
    assert (one.world.people_revision, one.world.presence_revision) == (people, presence + 1)
    one.tell(GUEST, looking="L1.CAP", hand=True, muted=True)
    assert one.world.people_revision == people + 1


def test_hands_stand_in_the_order_in_which_they_rose_and_who_leads_hears_of_them(one: Moments) -> None:
    one.tell(GUEST, hand=True, role="observer")
    one.play()
    one.tell(2, hand=True)
    one.play()
    assert one.view.together.hands == [GUEST, 2]
    assert one.said == ["Guest 3 raises a hand", "访客 2 raises a hand"]
    assert [offer.verb for offer in one.offers] == ["Let them take part", "Give the word"]
    one.do(one.offers[0].intent)
    assert one.sent[-1] == SetRole(1, GUEST, "participant")
    assert one.play(0.2) == []
    one.tell(GUEST, hand=True, role="participant")
    assert one.play(0.2) == [Present(1, GUEST, presenting=True)]
    one.tell(GUEST, hand=False)
    one.tell(4, hand=True)
    one.play()
    assert one.view.together.hands == [2, 4]
    assert not any("Guest 3 raises" in said for said in one.said), "that message is taken back"


def test_a_call_and_a_hand_are_heard_once_and_a_hand_by_who_leads_alone(one: Moments) -> None:
    sounds = MeetingSounds(one.world, one.view)
    assert list(sounds.orders()) == []
    one.view.together.called_by = GUEST
    assert [play.name for play in sounds.orders()] == ["note"]
    assert list(sounds.orders()) == []
    one.view.together.hands = [1, 2]
    assert [play.name for play in sounds.orders()] == ["note"]
    one.tell(1, role="participant")
    one.view.together.hands = [1, 2, GUEST]
    assert list(sounds.orders()) == []


def test_a_hand_goes_down_when_one_gets_the_word(one: Moments) -> None:
    one.do(meet.RaiseHand())
    one.play()
    one.tell(1, presenting=True, hand=True)
    assert one.play() == [Attend("L1.FIL")]
    assert one.said[-1].startswith("You have the word")


def test_a_ray_is_told_at_most_ten_times_a_second_and_taken_back_at_its_end(one: Moments) -> None:
    one.view.hover_point, one.view.hovered = (1.0, 0.0, 0.0), "L1.FIL"
    assert one.play(0.3) == []
    one.do(meet.TogglePointing())
    sent = []
    for step in range(20):
        one.view.hover_point = (1.0, step / 10, 0.0)
        sent += one.play()
    assert 6 <= len(sent) <= 11
    assert sent[0] == PointAt((1.0, 0.0, 0.0), "L1.FIL")
    one.do(meet.TogglePointing())
    assert one.play(0.3) == [PointAt()]
    assert one.pointers.rays == []


def test_the_ray_of_another_moves_smoothly_from_their_hand(one: Moments) -> None:
    one.world.apply(Heard(Pointing(GUEST, (10.0, 0.0, 0.0))))
    one.play()
    one.world.apply(Heard(Pointing(GUEST, (10.0, 1.0, 0.0))))
    one.play()
    ray = one.pointers.rays[0]
    assert 0.2 < ray.end[1] < 0.8
    assert (ray.name, ray.colour, ray.own) == ("Guest 3", 2, False)
    row = np.flatnonzero(one.world.people_ids == GUEST)[0]
    assert ray.start is not None
    assert np.linalg.norm(ray.start - one.world.people_positions[row]) < 1.0
    one.play(0.5)
    assert one.pointers.rays[0].end[1] == pytest.approx(1.0, abs=0.02)
    one.world.apply(Heard(Pointing(GUEST)))
    one.play()
    assert one.pointers.rays == []


def test_look_here_means_the_cursor_else_the_selection_else_nothing(one: Moments) -> None:
    assert one.do(meet.PingHere()) is None
    assert one.said[0].startswith("Point at something first")
    one.view.selection = ("P-101",)
    assert one.do(meet.PingHere()) == PingAt((1.0, 2.0, 3.0), "P-101")
    one.view.hover_point, one.view.hovered = (5.0, 5.0, 5.0), "L1.CAP"
    assert one.do(meet.PingHere()) == PingAt((5.0, 5.0, 5.0), "L1.CAP")


def test_a_place_is_ringed_for_three_seconds_and_heard_once(one: Moments) -> None:
    one.world.apply(Heard(Pinged(GUEST, (20.0, 10.0, 1.7), "L1.FIL", 1, 1)))
    one.play()
    assert one.said == ["Guest 3: look here Filler"]
    assert one.offers[0].intent == meet.GoToPlace((20.0, 10.0, 1.7))
    shown = one.view.together.pings[0]
    assert (shown.seen, round(shown.x, 6)) == (True, 0.0)
    assert len(list(one.pointing.orders(0.0, one.rig.pose))) == 1
    assert list(one.pointing.orders(0.0, one.rig.pose)) == []
    assert len(one.pointers.rings) == 1
    one.play(3.1)
    assert one.pointers.rings == []
    assert len(one.view.together.pings) == 1
    one.play(5.0)
    assert not one.view.together.pings


def test_a_place_behind_one_says_which_way_to_turn(one: Moments) -> None:
    one.world.apply(Heard(Pinged(GUEST, (30.0, 0.0, 1.7), "", 1, 1)))
    one.play()
    shown = one.view.together.pings[0]
    assert not shown.seen
    assert shown.right_rad == pytest.approx(np.pi / 2)


def test_what_one_sees_is_told_while_somebody_follows_and_at_most_five_times_a_second(one: Moments) -> None:
    assert one.play(0.5) == []
    one.tell(GUEST, following=1)
    moved, changed = [], []
    for _step in range(20):
        one.rig.take(camera.look(one.rig.pose, heading_rad=0.01, pitch_rad=0.0))
        moved += [message for message in one.play() if isinstance(message, ShareView)]
    for step in range(20):
        one.view.ghosted = frozenset({f"P-{step}"})
        changed += [message for message in one.play() if isinstance(message, ShareView)]
    assert moved[0].view is not None
    assert len(moved) <= 2, "where the eye is goes to all with the head"
    assert 4 <= len(changed) <= 6
    one.view.hidden = frozenset({"P-101"})
    told = [message for message in one.play(0.3) if isinstance(message, ShareView)]
    assert told[-1].view is not None
    assert told[-1].view.exceptions == ("P-101",)
    one.tell(GUEST, following=0)
    assert one.play(0.3) == [ShareView(None)]


def test_who_wishes_so_shows_nothing_to_those_who_follow(one: Moments) -> None:
    one.view.preferences.together.show_followers = False
    one.tell(GUEST, following=1)
    assert one.play(0.5) == []
