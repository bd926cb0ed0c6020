"""Whoever follows sees what another sees, until they move; where they were is never lost."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from tests.app.company_desk import Desk
from walkdown.messages import Gather, Gathered, Gone, Plane, SharedView
from walkdown_client.app.following import Following
from walkdown_client.app.gathering import Gathering
from walkdown_client.app.places import Places
from walkdown_client.events import Heard, LinkChanged
from walkdown_client.input import camera
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet

GUEST, BOT = 3, 4
HOME = np.array([20.0, 0.0, 1.7])


class Follower(Desk):
    """Somebody who can follow and be called."""

    def __init__(self) -> None:
        super().__init__()
        self.places = Places(self.view, rig=self.rig)
        self.following = Following(
            self.world, self.view, rig=self.rig, views=self.views, places=self.places, say=self.say
        )
        self.gathering = Gathering(self.world, self.view, rig=self.rig, following=self.following, doing=self)
        self.rules = {**self.following.rules(), **self.gathering.rules()}
        self.stand(GUEST, (30.0, 5.0, 1.7), heading_rad=0.5)
        self.play(0.6)

    def play(self, secs: float = 0.05, *, fly: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> None:
        """Let frames go by: hands first, then what the app does."""
        for _frame in range(max(round(secs / 0.05), 1)):
            self.now_secs += 0.05
            self.rig.advance(0.05, fly)
            self.places.step(self.now_secs)
            self.gathering.step()
            self.following.step(self.now_secs)

    def hear(self, message: Gathered | SharedView | Gone) -> None:
        self.world.apply(Heard(message))

    @property
    def at(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return self.rig.pose.position


@pytest.fixture
def one() -> Follower:
    return Follower()


def test_the_eye_goes_where_another_is_and_stays_there_while_they_move(one: Follower) -> None:
    one.do(meet.Follow(GUEST))
    one.play(0.15)
    assert 0.1 < np.linalg.norm(one.at - HOME) < 11.0, "on the way, not there at once"
    one.play(0.5)
    assert one.at == pytest.approx([30.0, 5.0, 1.7])
    assert one.rig.pose.heading_rad == pytest.approx(0.5)
    one.stand(GUEST, (31.0, 5.0, 1.7), heading_rad=0.6)
    one.play()
    assert one.at == pytest.approx([31.0, 5.0, 1.7])
    assert one.view.together.following == GUEST
    assert one.said == []


@pytest.mark.parametrize("by", ["hand", "keys", "flight", "walking"])
def test_any_movement_of_ones_own_leaves_and_keeps_one_where_one_is(one: Follower, by: str) -> None:
    one.do(meet.Follow(GUEST))
    one.play(0.6)
    if by == "hand":
        one.rig.take(camera.look(one.rig.pose, heading_rad=0.2, pitch_rad=0.0))
    elif by == "flight":
        one.rig.fly_to(camera.Pose(np.array([25.0, 5.0, 1.7])), (25.0, 6.0, 1.7))
    one.view.walking = by == "walking"
    one.play(fly=(0.0, 1.0, 0.0) if by == "keys" else (0.0, 0.0, 0.0))
    assert one.view.together.following == 0
    assert "You follow Guest 3 no more" in one.said[0]
    there = one.at.copy()
    one.stand(GUEST, (35.0, 5.0, 1.7))
    one.play()
    if by in ("hand", "walking"):
        assert one.at == pytest.approx(there)


def test_esc_leaves_before_it_closes_anything_else(one: Follower) -> None:
    one.do(meet.Follow(GUEST))
    one.play(0.6)
    one.view.panel = "people"
    one.do(wish.Dismiss())
    one.play()
    assert (one.view.together.following, one.view.panel) == (0, "people")
    assert "You stay where you are" in one.said[0]
    assert one.at == pytest.approx([30.0, 5.0, 1.7])


def test_one_returns_to_where_one_was_with_all_that_one_saw(one: Follower) -> None:
    one.view.hidden = frozenset({"P-101"})
    one.play(0.6)
    one.do(meet.Follow(GUEST))
    one.play(0.6)
    shown = replace(one.views.current(), exceptions=("L1.CAP",), planes=(Plane((0, 0, 2), (0, 0, 1)),))
    one.hear(SharedView(GUEST, shown))
    one.play()
    assert one.view.hidden == {"L1.CAP"}
    assert len(one.view.sectioning.section.cuts) == 1
    one.do(meet.GoBack())
    one.play(0.6)
    assert one.at == pytest.approx(HOME)
    assert (one.view.hidden, one.view.together.following) == (frozenset({"P-101"}), 0)
    assert not one.view.sectioning.section
    one.do(meet.GoBack())
    assert "nowhere to return to" in one.said[-1]


def test_what_the_other_selects_is_not_ones_own_and_who_wanders_alone_keeps_their_view(
    one: Follower,
) -> None:
    one.view.selection = ("L1.FIL",)
    one.do(meet.Follow(GUEST))
    one.play(0.6)
    one.hear(SharedView(GUEST, replace(one.views.current(), selection=("P-101",), exceptions=("L1.CAP",))))
    one.play()
    assert (one.view.selection, one.view.hidden) == (("L1.FIL",), frozenset({"L1.CAP"}))
    one.view.together.alone = True
    one.hear(SharedView(GUEST, replace(one.views.current(), exceptions=("L1.RIN",))))
    one.play()
    assert one.view.hidden == {"L1.CAP"}


def test_a_lens_is_followed_too(one: Follower) -> None:
    one.do(meet.Follow(GUEST))
    one.play(0.6)
    seen = one.views.current()
    assert seen.camera is not None
    one.hear(SharedView(GUEST, replace(seen, camera=replace(seen.camera, fov_deg=0.0, height_m=8.0))))
    one.play()
    assert one.rig.lens.height_m == pytest.approx(8.0)
    assert one.view.together.following == GUEST


def test_who_is_far_away_is_reached_behind_a_dark_picture_and_not_by_a_flight(one: Follower) -> None:
    one.stand(GUEST, (300.0, 5.0, 1.7))
    one.do(meet.Follow(GUEST))
    seen, dark = [], []
    for _frame in range(8):
        one.play()
        seen.append(float(one.at[0]))
        dark.append(one.view.together.dark)
    assert set(np.round(seen, 3)) <= {20.0, 300.0}, "nothing in between"
    assert max(dark) > 0.9
    assert dark[-1] == 0.0
    assert one.view.together.following == GUEST
    one.do(meet.GoBack())
    one.play(0.5)
    assert one.at == pytest.approx(HOME)


def test_places_change_at_once_for_who_wishes_no_flights(one: Follower) -> None:
    one.do(meet.SetTogether("cut", on=True))
    one.do(meet.GoToPlace((25.0, 8.0, 1.0)))
    flown = []
    for _frame in range(6):
        one.play()
        flown.append(one.at.tolist())
    assert len({tuple(np.round(at, 6)) for at in flown}) == 2


def test_who_leaves_is_followed_no_more_and_that_is_said(one: Follower) -> None:
    one.do(meet.Follow(GUEST))
    one.play(0.6)
    one.hear(Gone(GUEST))
    one.play(1.0)
    assert one.view.together.following == GUEST, "after a new connection people are told bit by bit"
    one.play(2.0)
    assert one.view.together.following == 0
    assert one.said[0].startswith("Guest 3 has left")
    assert one.offers[0].intent == meet.GoBack()


def test_nobody_follows_in_circles(one: Follower) -> None:
    one.tell(2, following=1)
    one.tell(GUEST, following=2)
    one.do(meet.Follow(GUEST))
    assert one.view.together.following == 0
    assert "Guest 3 follows you already" in one.said[0]


@pytest.mark.parametrize(("me", "stays"), [(1, True), (9, False)])
def test_of_two_who_begin_to_follow_each_other_at_once_one_leaves(
    one: Follower, me: int, stays: bool
) -> None:
    one.do(meet.Follow(GUEST))
    one.play(0.6)
    one.world.me = me
    one.tell(GUEST, following=me)
    one.play()
    assert (one.view.together.following == GUEST) is stays
    assert [said for said in one.said if "follows you already" in said] == one.said
    assert bool(one.said) is not stays


def test_who_is_in_the_picture_is_followed_when_nobody_is_named(one: Follower) -> None:
    one.stand(2, (20.0, -9.0, 1.7))
    one.stand(BOT, (20.0, -9.0, 1.7))
    one.stand(GUEST, (20.5, 9.0, 1.7))
    one.do(meet.Follow())
    assert one.view.together.following == GUEST
    one.do(meet.Follow())
    assert one.view.together.following == 0
    one.rig.take(camera.Pose(HOME, heading_rad=math.pi / 2))
    one.do(meet.Follow())
    assert (one.view.together.following, one.view.panel) == (0, "people")
    assert "Nobody to follow is in the picture" in one.said[-1]


def test_where_one_was_is_kept_before_any_flight_and_once_only(one: Follower) -> None:
    for _twice in range(2):
        one.rig.fly_to(camera.Pose(np.array([40.0, 0.0, 1.7])), (40.0, 1.0, 1.7))
        one.play(0.6)
        one.rig.take(camera.Pose(HOME))
        one.play(0.6)
    assert one.view.together.places == 1
    one.do(meet.GoBack())
    one.play(0.6)
    assert one.at == pytest.approx(HOME)


def test_who_goes_to_a_person_or_a_place_follows_no_more_and_can_return(one: Follower) -> None:
    one.do(meet.Follow(GUEST))
    one.play(0.6)
    one.stand(2, (300.0, 0.0, 1.7))
    one.do(wish.GoToPerson(2))
    one.play(0.6)
    assert one.view.together.following == 0
    assert np.linalg.norm(one.at - [300.0, 0.0, 1.7]) < 3.0
    one.do(meet.GoBack())
    one.play(0.6)
    assert one.at == pytest.approx([30.0, 5.0, 1.7])
    one.do(meet.GoBack())
    one.play(0.6)
    assert one.at == pytest.approx(HOME)
    one.do(wish.GoToPerson())
    one.play(0.6)
    assert np.linalg.norm(one.at - [30.0, 5.0, 1.7]) < 3.0, "the nearest when nobody is named"


def test_where_one_was_is_kept_before_a_view_far_away_to_which_the_eye_jumps(one: Follower) -> None:
    one.places.leave_here()
    one.rig.fly_to(camera.Pose(np.array([400.0, 0.0, 1.7])), (400.0, 1.0, 1.7), duration_secs=0.0)
    one.play(0.6)
    assert one.at == pytest.approx([400.0, 0.0, 1.7])
    assert one.view.together.places == 1
    one.do(meet.GoBack())
    one.play(0.6)
    assert one.at == pytest.approx(HOME)
    assert one.view.together.places == 0, "the way back is no place to return to"


def test_the_oldest_places_are_forgotten_first(one: Follower) -> None:
    for place in range(30):
        one.rig.take(camera.Pose(np.array([2.0 * place, 0.0, 1.7])))
        one.places.remember()
    assert one.view.together.places == 20
    while one.places.go_back():
        one.play(0.6)
    assert one.at == pytest.approx([20.0, 0.0, 1.7])


# ---- being called ---------------------------------------------------------------------------------------


def test_who_is_called_goes_nowhere_before_they_say_so(one: Follower) -> None:
    one.tell(GUEST, looking="L1.FIL")
    one.hear(Gathered(GUEST, count=1))
    one.play(0.6)
    assert one.at == pytest.approx(HOME)
    assert one.said == [
        "Guest 3 calls you They look at Filler. You follow them then; B returns you to where you are now."
    ]
    one.do(one.offers[0].intent)
    one.play(0.6)
    assert one.at == pytest.approx([30.0, 5.0, 1.7])
    one.hear(Gathered(GUEST, release=True, count=2))
    one.play()
    assert one.view.together.following == 0
    assert "Guest 3 lets you go" in one.said[-1]
    one.do(meet.GoBack())
    one.play(0.6)
    assert one.at == pytest.approx(HOME)


def test_a_call_for_others_or_one_that_was_heard_is_no_call(one: Follower) -> None:
    one.hear(Gathered(GUEST, people=(2,), count=1))
    one.play()
    assert one.said == []
    one.hear(Gathered(GUEST, people=(1,), count=2))
    one.play()
    one.hear(Gathered(GUEST, people=(1,), count=2))
    one.play()
    assert len(one.said) == 1
    one.hear(Gone(GUEST))
    one.play()
    assert one.view.together.called_by == 0


def test_who_wishes_so_comes_at_once(one: Follower) -> None:
    one.do(meet.SetTogether("come_at_once", on=True))
    one.hear(Gathered(GUEST, count=1))
    one.play(0.6)
    assert one.at == pytest.approx([30.0, 5.0, 1.7])


def test_who_calls_sees_how_many_have_come_and_releases_them(one: Follower) -> None:
    assert one.do(meet.GatherAll()) == Gather()
    one.hear(Gathered(1, count=1))
    one.stand(GUEST, (21.0, 0.0, 1.7))
    one.stand(2, (120.0, 0.0, 1.7))
    one.stand(BOT, (120.0, 0.0, 1.7))
    one.play()
    assert one.view.together.came == (1, 3)
    one.tell(2, following=1)
    one.play()
    assert one.view.together.came == (2, 3)
    assert one.do(meet.GatherAll()) == Gather(release=True)
    one.hear(Gathered(1, release=True, count=2))
    one.play()
    assert one.view.together.came == (0, 0)


def test_who_may_not_call_is_told_who_may(one: Follower) -> None:
    one.tell(1, role="participant")
    one.do(meet.GatherAll())
    assert one.sent == []
    assert "A chair, who presents, and the driver" in one.said[0]


def test_a_connection_that_was_lost_ends_no_following(one: Follower) -> None:
    one.do(meet.Follow(GUEST))
    one.play(0.6)
    one.tell(GUEST, connected=False)
    one.world.apply(LinkChanged("reconnecting"))
    one.play(3.0)
    assert one.view.together.following == GUEST
