"""The sound process, the link and the frame are one: who is where, who is heard, what the server is told."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.ui.plant import joined_world
from walkdown.codec import PoseFlag, Poses
from walkdown.errors import Missing
from walkdown.messages import Person, Voice, VoiceReport
from walkdown_client.app.sounding import HEARING_M, Sounding
from walkdown_client.audio import orders
from walkdown_client.audio.orders import Choice, Clock, Ears, Heads, Order, Press, VoiceIn
from walkdown_client.events import Heard, Tick
from walkdown_client.input.camera import Lens, Pose
from walkdown_client.tools.hearing import voice_key
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

EYE = Pose(np.array([20.0, 0.0, 1.7]))
STATE = orders.State(output="Headset", input="Headset", hrtf="on")


class Door:
    """Notes what a sound process would be told."""

    def __init__(self, told: Callable[[Any], None], ended: Callable[[str], None]) -> None:
        self.told, self.ended = told, ended
        self.orders: list[Order] = []
        self.closed = False

    def send(self, order: Order) -> None:
        self.orders.append(order)

    def close(self) -> None:
        self.closed = True

    def of(self, kind: type[Order]) -> list[Any]:
        return [order for order in self.orders if isinstance(order, kind)]


class Line:
    """Notes what the link would be given."""

    voice_way = "datagrams"

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.packets: list[bytes] = []

    def send(self, message: Any) -> int:
        self.messages.append(message)
        return 0

    def send_voice(self, packet: bytes) -> None:
        self.packets.append(packet)

    @property
    def reports(self) -> list[VoiceReport]:
        return [message for message in self.messages if isinstance(message, VoiceReport)]

    @property
    def voices(self) -> list[Voice]:
        return [message for message in self.messages if isinstance(message, Voice)]


class Desk:
    """A sounding with its surroundings, stepped by hand."""

    def __init__(self, *, fails: str = "") -> None:
        self.world: World = joined_world(seconds=1)
        self.view, self.line = ViewState(), Line()
        self.doors: list[Door] = []
        self.fails = fails
        self.now_secs = 100.0
        self.sounding = Sounding(self.world, self.view, start=self._start, secs=lambda: self.now_secs)
        self.sounding.open(self.line)

    def _start(self, told: Callable[[Any], None], ended: Callable[[str], None]) -> Door:
        if self.fails:
            raise Missing(self.fails)
        self.doors.append(Door(told, ended))
        return self.doors[-1]

    @property
    def door(self) -> Door:
        return self.doors[-1]

    def step(self, *told: orders.Told, secs: float = 1 / 60) -> None:
        for said in told:
            self.door.told(said)
        self.now_secs += secs
        self.sounding.step(self.now_secs, EYE, Lens())

    def person(self, number: int, **changes: Any) -> None:
        known = self.world.people[number]
        person = Person(known.id, known.name, known.kind, role=known.role)
        self.world.apply(Heard(msgspec.structs.replace(person, **changes)))

    def place(self, number: int, position: tuple[float, float, float], *, flags: int = 0) -> None:
        tick_ns = self.world.tick_ns + 50_000_000
        pose = Poses(
            np.array([number], np.uint16),
            np.array([flags], np.uint16),
            np.array([position]),
            np.array([[1.0, 0, 0, 0]]),
            np.zeros(1),
        )
        self.world.apply(Tick(9999, tick_ns, (pose,)))
        self.world.advance(tick_ns + 2_000_000_000)


def heard(*talkers: orders.TalkerHeard) -> orders.Heard:
    return orders.Heard(talkers)


def heads_of(order: Heads) -> dict[int, tuple[list[float], float]]:
    ids = np.frombuffer(order.ids, "<u2").tolist()
    places = np.frombuffer(order.positions, "<f4").reshape(-1, 3).tolist()
    return dict(zip(ids, zip(places, np.frombuffer(order.volumes, "<f4").tolist(), strict=True), strict=True))


# ---- what the process is told ---------------------------------------------------------------------------


def test_ears_are_where_the_eye_is_and_are_said_again_only_when_they_move() -> None:
    desk = Desk()
    desk.step()
    desk.step()
    assert desk.door.of(Ears) == [Ears((20.0, 0.0, 1.7), (1.0, 0.0, 0.0, 0.0))]
    desk.sounding.step(101.0, Pose(np.array([20.0, 0.0, 1.7]), heading_rad=math.pi / 2), Lens())
    assert desk.door.of(Ears)[-1].quaternion == pytest.approx((math.sqrt(0.5), 0, 0, math.sqrt(0.5)))


def test_heads_are_those_in_hearing_with_the_volume_that_each_was_given() -> None:
    desk = Desk()
    desk.place(2, (25.0, 4.0, 1.6))
    desk.place(3, (20.0 + HEARING_M + 5, 0.0, 1.6))
    desk.view.preferences.sound.volumes[voice_key(desk.world.people[2])] = 0.5
    desk.step()
    heads = heads_of(desk.door.of(Heads)[-1])
    [seen] = desk.world.people_positions[desk.world.people_ids == 2]
    assert heads[2][0] == pytest.approx(seen.tolist(), abs=1e-3)
    assert heads[2][1] == 0.5
    assert heads[4][1] == 1.0
    assert 3 not in heads
    assert 1 not in heads, "oneself"
    desk.step(heard(orders.TalkerHeard(3, 25)))
    desk.step()
    assert 3 in heads_of(desk.door.of(Heads)[-1]), "who is heard all the same has a place"


def test_who_is_silenced_has_no_volume_and_the_server_need_not_send_them() -> None:
    desk = Desk()
    desk.step()
    desk.view.preferences.sound.silenced.append(voice_key(desk.world.people[2]))
    desk.view.hearing.revision += 1
    desk.step()
    assert heads_of(desk.door.of(Heads)[-1])[2][1] == 0.0
    assert desk.line.voices[-1].silenced == (2,)


def test_the_clock_is_said_and_again_when_it_has_moved_by_a_millisecond() -> None:
    desk = Desk()
    desk.step()
    offset_ns = desk.world.clock.offset_ns
    desk.world.clock.offset_ns = offset_ns + 900_000
    desk.step()
    assert [clock.offset_ns for clock in desk.door.of(Clock)] == [offset_ns]
    desk.world.clock.offset_ns = offset_ns + 1_100_000
    desk.step()
    assert [clock.offset_ns for clock in desk.door.of(Clock)] == [offset_ns, offset_ns + 1_100_000]


def test_the_talk_key_goes_through_and_deafness_takes_voices_away_but_no_machines() -> None:
    desk = Desk()
    desk.view.hearing.talking = True
    desk.step()
    assert desk.door.of(Press)[-1].held
    desk.view.hearing.deaf = True
    desk.step()
    choice = desk.door.of(Choice)[-1]
    assert (choice.voices, choice.machines) == (0.0, 1.0)
    assert desk.line.voices[-1].deaf


def test_sources_are_asked_in_every_frame_and_a_sound_once_is_never_left_out() -> None:
    desk = Desk()
    desk.sounding.sources.append(lambda _secs, _pose: [orders.Play("chime"), orders.Sounds(b"\1\0\0\0")])
    desk.step()
    desk.step()
    assert len(desk.door.of(orders.Play)) == 2
    assert len(desk.door.of(orders.Sounds)) == 1


def test_a_source_that_fails_is_asked_no_more_and_everything_else_goes_on() -> None:
    desk = Desk()
    asked: list[float] = []

    def broken(now_secs: float, _pose: Pose) -> list[Order]:
        asked.append(now_secs)
        if len(asked) > 1:
            raise ValueError("a model nobody thought of")
        return [orders.Sounds(b"\1\0\0\0")]

    desk.sounding.sources += [broken, lambda _secs, _pose: [orders.Play("chime")]]
    for _frame in range(4):
        desk.step(STATE)
    assert len(asked) == 2
    assert desk.door.of(orders.Sounds)[-1] == orders.Sounds(), "what it let sound is silent"
    assert len(desk.door.of(orders.Play)) == 4
    assert desk.sounding.facts.failed
    assert desk.line.voices[-1].ears


# ---- voices, past the frame -----------------------------------------------------------------------------


def test_a_bundle_goes_to_the_process_and_ones_own_voice_to_the_link_without_a_frame() -> None:
    desk = Desk()
    desk.step()
    desk.sounding.hear(b"bundle", 77)
    assert desk.door.of(VoiceIn) == [VoiceIn(77, b"bundle")]
    desk.door.told(orders.VoiceOut(b"packet"))
    assert desk.line.packets == [b"packet"]


def test_who_may_not_speak_has_no_microphone_and_sends_nothing() -> None:
    desk = Desk()
    desk.person(1, role="observer")
    desk.step(STATE)
    assert not desk.door.of(Choice)[-1].microphone
    desk.door.told(orders.VoiceOut(b"packet"))
    assert desk.line.packets == []
    assert not desk.line.voices[-1].microphone


# ---- what the server is told ----------------------------------------------------------------------------


def test_the_server_is_told_how_one_speaks_and_listens_whenever_that_changes() -> None:
    desk = Desk()
    desk.step()
    assert desk.line.voices == [Voice()], "without a device nothing works"
    desk.step(STATE)
    desk.step(STATE)
    assert desk.line.voices[1:] == [Voice(microphone=True, ears=True)]
    desk.view.hearing.group, desk.view.preferences.sound.recordable = "Night shift", False
    desk.step()
    said = desk.line.voices[-1]
    assert (said.reach, said.group, said.recordable) == ("group", "Night shift", False)
    desk.view.hearing.radio = True
    desk.step()
    assert desk.line.voices[-1].reach == "radio"
    desk.view.preferences.sound.microphone = False
    desk.step()
    assert not desk.line.voices[-1].microphone


def test_a_report_says_every_two_seconds_what_came_of_each_though_no_frame_is_drawn() -> None:
    desk = Desk()
    desk.step(heard(orders.TalkerHeard(2, 5)))
    for talker in (orders.TalkerHeard(2, 20, 5, 0.2, 0.08), orders.TalkerHeard(2, 25, 0, 0.0, 0.1)):
        desk.now_secs += 0.9
        desk.door.told(heard(talker))
    assert [r.heard[0].received for r in desk.line.reports] == [5]
    desk.now_secs += 0.3
    desk.door.told(heard(orders.TalkerHeard(3, 1)))
    [of_two, of_three] = desk.line.reports[1].heard
    assert (of_two.speaker, of_two.received, of_two.lost, of_two.delay_secs) == (2, 45, 5, 0.1)
    assert of_two.concealed == pytest.approx(0.1)
    assert (of_three.speaker, of_three.received) == (3, 1)
    desk.now_secs += 0.5
    desk.door.told(heard(orders.TalkerHeard(3, 7)))
    desk.step(secs=1.0)
    assert len(desk.line.reports) == 2
    desk.step(secs=0.6)
    assert desk.line.reports[2].heard[0].received == 7, "nothing more came, and still it is said"


def test_a_test_of_ones_voice_is_not_for_who_is_near_though_one_talks_by_radio() -> None:
    desk = Desk()
    desk.step(STATE)
    desk.view.hearing.group, desk.view.hearing.radio = "Night shift", True
    desk.sounding.start_echo(desk.now_secs)
    desk.step()
    assert (desk.line.voices[-1].echo, desk.line.voices[-1].reach) == (True, "group")


def test_a_test_of_ones_voice_asks_for_the_echo_talks_by_itself_and_is_heard_by_nobody_else() -> None:
    desk = Desk()
    desk.step(STATE)
    desk.sounding.start_echo(desk.now_secs)
    desk.step()
    assert (desk.line.voices[-1].echo, desk.line.voices[-1].reach) == (True, "group")
    assert desk.door.of(Press)[-1].held
    desk.step(heard(orders.TalkerHeard(1, 48, 2, 0.0, 0.09)))
    desk.step(secs=6.0)
    assert not desk.door.of(Press)[-1].held
    desk.step(secs=2.0)
    assert (desk.line.voices[-1].echo, desk.line.voices[-1].reach) == (False, "near")
    echo = desk.sounding.facts.echo
    assert echo is not None
    assert (echo.remaining_secs, echo.received, echo.lost, echo.delay_secs) == (0.0, 48, 2, 0.09)
    assert desk.line.reports == [], "oneself is no talker"


# ---- what panels show -----------------------------------------------------------------------------------


def test_who_speaks_is_told_by_what_is_heard_by_poses_and_by_ones_own_microphone() -> None:
    desk = Desk()
    desk.place(2, (20.0, 9.0, 1.6), flags=PoseFlag.SPEAKING)
    desk.step(STATE, heard(orders.TalkerHeard(3, 20, loudness=30)), orders.Level(-20.0, True))
    assert desk.sounding.facts.speaking == {1, 2, 3}
    assert desk.sounding.pose_flags == PoseFlag.SPEAKING
    assert desk.sounding.facts.bearings[2].seen
    desk.place(2, (20.0, -9.0, 1.6))
    desk.step(heard(orders.TalkerHeard(3, 0)), orders.Level(-60.0, False), secs=2.0)
    assert desk.sounding.facts.speaking == frozenset()
    assert desk.sounding.pose_flags == 0


def test_a_caption_is_replaced_by_a_later_one_of_the_same_spurt_and_goes_away() -> None:
    desk = Desk()
    desk.step(orders.Caption(2, 7, "good mor"), orders.Caption(2, 7, "good morning", final=True))
    desk.step(orders.Caption(3, 1, "hello"))
    assert [(c.speaker, c.text) for c in desk.sounding.facts.captions] == [(2, "good morning"), (3, "hello")]
    desk.step(secs=10.0)
    assert desk.sounding.facts.captions == ()


# ---- without sound --------------------------------------------------------------------------------------


def test_without_a_process_all_goes_on_and_the_reason_stands_there() -> None:
    desk = Desk(fails="this computer has no library for sound; install walkdown[audio]")
    desk.step()
    desk.sounding.hear(b"bundle", 1)
    facts = desk.sounding.facts
    assert (facts.running, facts.text) == (
        False,
        "this computer has no library for sound; install walkdown[audio]",
    )
    assert desk.line.voices == [Voice()]


def test_a_process_that_ends_leaves_silence_and_can_be_started_again_with_all_that_it_was_told() -> None:
    desk = Desk()
    desk.sounding.sources.append(lambda _secs, _pose: [orders.Walls(b"frames")])
    desk.step(STATE)
    first = desk.door
    first.ended("the sound process has ended")
    desk.step()
    assert first.closed
    assert (desk.sounding.facts.running, desk.sounding.facts.text) == (False, "the sound process has ended")
    assert not desk.line.voices[-1].ears
    desk.sounding.start()
    assert desk.door is not first
    assert desk.door.of(orders.Walls) == [orders.Walls(b"frames")]
    assert desk.door.of(Choice)
    desk.step(STATE)
    assert desk.sounding.facts.running
    assert desk.line.voices[-1].ears


def test_where_no_sound_is_wished_nothing_is_started_and_nothing_is_complained_of() -> None:
    world, line = joined_world(seconds=1), Line()
    sounding = Sounding(world, ViewState(), start=None)
    sounding.open(line)
    sounding.step(1.0, EYE, Lens())
    assert (sounding.facts.running, sounding.facts.text) == (False, "")
    sounding.close()
