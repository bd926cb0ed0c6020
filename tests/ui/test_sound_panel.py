"""The panel of sound and the bars: what stands there, and what a click wishes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.ui.conftest import Screen
from tests.ui.plant import NS, START_NS
from walkdown.messages import PairHealth, Person, VoiceHealth, VoiceRules, Zone
from walkdown_client.audio.orders import Level, State, TalkerHeard
from walkdown_client.events import Heard
from walkdown_client.input.events import ButtonDown, ButtonUp, PointerMoved, Typed, Wheel
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import Bearing, CaptionLine, EchoTest, SoundFacts
from walkdown_client.tools.view_state import Offer, Toast

pytestmark = pytest.mark.display

STATE = State(
    output="USB headset",
    input="USB headset",
    outputs=("USB headset", "Monitor"),
    inputs=("USB headset", "Webcam"),
    hrtf="on",
)
WELL = SoundFacts(running=True, state=STATE, way="datagrams")
BEHIND = Bearing(0.0, 0.0, seen=False, right_rad=-2.4, up=0.0, distance_m=31.4)


def show(screen: Screen, sound: SoundFacts = WELL, **changes: Any) -> None:
    """Draw with these facts about sound."""
    screen.facts = dataclasses.replace(screen.facts, sound=dataclasses.replace(sound, **changes))
    screen.settle()


def person(screen: Screen, number: int, **changes: Any) -> None:
    known = screen.world.people[number]
    told = Person(number, known.name, known.kind, known.colour, role=known.role)
    screen.world.apply(Heard(msgspec.structs.replace(told, **changes)))


def clicks(screen: Screen, x: float, *, top: int, bottom: int, step: int = 14) -> list[wish.Intent]:
    """Click a column from top to bottom and return the different wishes; the panel stays open."""
    found: list[wish.Intent] = []
    panel = screen.view.panel
    for y in range(top, bottom, step):
        found += [w for w in screen.click(x, y) if w not in found]
        screen.view.panel, screen.view.question = panel, None
    return found


@pytest.fixture
def sound(screen: Screen) -> Screen:
    """A screen with the panel of sound, in which all is well."""
    screen.view.preferences.hints_done = ["all"]
    screen.view.panel = "sound"
    person(screen, 2, ears=True, microphone=True)
    show(screen)
    return screen


# ---- the panel ------------------------------------------------------------------------------------------


def test_the_panel_says_what_is_in_use_and_how_directions_are_heard(sound: Screen) -> None:
    text = sound.text("sound")
    assert text.count("The system's device: USB headset") == 2
    assert "Directions are heard as by two ears (HRTF)." in text
    assert "directly (UDP)" in text
    assert "nobody hears you" not in text.lower()
    show(sound, state=msgspec.structs.replace(STATE, hrtf="refused"))
    assert "refuses to place sounds around the head" in sound.text("sound")


def test_a_click_chooses_how_one_listens_talks_and_what_is_taken_away(sound: Screen) -> None:
    found = clicks(sound, 70, top=100, bottom=640) + clicks(sound, 190, top=180, bottom=600)
    for intent in (
        say.MuteMyself(),
        say.ToggleOpenMicrophone(),
        say.ToggleCleanup(),
        say.TestEcho(),
        say.SetOutputMode("headphones"),
        say.SetOutputMode("left"),
        say.SetOutputMode("speakers"),
    ):
        assert intent in found
    assert any(isinstance(w, say.SetGate) for w in found)


def test_a_device_is_chosen_from_the_list_and_one_that_is_gone_is_named(sound: Screen) -> None:
    sound.click(150, 137)
    assert "Webcam" in sound.text("sound")
    found = [w for y in range(150, 260, 8) for w in sound.click(100, y) or sound.click(150, 137)]
    assert say.ChooseInput("Webcam") in found
    sound.view.preferences.sound.input = "Old microphone"
    sound.settle()
    assert "Old microphone is not plugged in" in sound.text("sound")


def test_the_meter_says_how_loud_it_is_and_whether_that_is_sent(sound: Screen) -> None:
    assert "The microphone is closed." in sound.text("sound")
    quiet = sound.pixels()[224:236, 60:340].copy()
    show(sound, level=Level(-23.0, speaking=True))
    assert "23 dB · is being sent" in sound.text("sound")
    assert (sound.pixels()[224:236, 60:340] != quiet).any(2).mean() > 0.3
    show(sound, level=Level(-58.0, speaking=False))
    assert "58 dB · is not sent" in sound.text("sound")


@pytest.mark.parametrize(
    ("echo", "says"),
    [
        (EchoTest(4.2), "Speak now: you hear yourself in a moment. 4 s"),
        (EchoTest(0.0, 196, 4, 0.094), "196 of 200 packets came back, 2.0 % lost, 94 ms from mouth to ear."),
        (EchoTest(0.0), "Nothing came back."),
    ],
)
def test_the_test_of_ones_voice_tells_its_result(sound: Screen, echo: EchoTest, says: str) -> None:
    show(sound, echo=echo)
    assert says in sound.text("sound")


def test_what_is_wrong_stands_first_with_what_to_do(sound: Screen) -> None:
    show(sound, SoundFacts(text="the sound process ended 4 times"))
    assert "The sound process ended 4 times. Everything else works as ever." in sound.text("sound")
    assert say.StartSound() in clicks(sound, 110, top=80, bottom=180)
    show(sound, SoundFacts())
    assert "started without sound" in sound.text("sound")
    show(sound, state=State(output="Box", output_text="", input_text="there is no microphone; plug one in"))
    assert "There is no microphone; plug one in." in sound.text("sound")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: person(s, 1, muted=True, role="participant"), "a chair or an admin has muted you"),
        (lambda s: setattr(s.view.preferences.sound, "microphone", False), "You have muted yourself"),
        (lambda s: setattr(s.view.hearing, "deaf", True), "You hear nobody, as you wished."),
        (lambda s: setattr(s.view.hearing, "group", "Roof"), "nobody else is in the group Roof"),
        (lambda s: person(s, 1, role="observer"), "As an observer you listen"),
        (lambda s: person(s, 2), "Nobody else here has sound, so nobody hears you."),
        (lambda s: person(s, 2, ears=True, deaf=True), "all others wish to hear nobody now"),
    ],
)
def test_why_nobody_hears_one_is_said_in_clear_words(sound: Screen, change: Any, says: str) -> None:
    change(sound)
    sound.settle()
    assert says in sound.text("sound")


def test_a_program_that_listens_is_somebody_who_hears(sound: Screen) -> None:
    person(sound, 2)
    person(sound, 3, kind="bot", ears=True)
    sound.settle()
    assert "so nobody hears you" not in sound.text("sound")
    person(sound, 3, kind="bot")
    sound.settle()
    assert "so nobody hears you" in sound.text("sound")


def test_who_is_muted_with_all_reads_it_unless_they_lead_or_present(sound: Screen) -> None:
    sound.world.apply(Heard(VoiceRules(muted_all=True)))
    sound.settle()
    assert "all are muted" not in sound.text("sound")
    person(sound, 1, role="participant")
    sound.settle()
    assert "Nobody hears you: all are muted but who leads or presents." in sound.text("sound")
    person(sound, 1, role="participant", presenting=True)
    sound.settle()
    assert "Nobody hears you: all are muted" not in sound.text("sound")


def test_a_group_is_joined_by_its_name_and_those_that_exist_are_offered(sound: Screen) -> None:
    person(sound, 2, group="Maintenance", microphone=True, ears=True)
    sound.view.preferences.left_width = 600
    for _turn in range(14):
        sound.settle(PointerMoved(200, 500), frames=1)
        sound.settle(Wheel(-3), frames=1)
    text = sound.text("sound")
    assert "Join Maintenance (1)" in text
    assert "Here stands for everyone who speaks" in text
    found = clicks(sound, 90, top=90, bottom=850)
    assert say.JoinGroup("Maintenance") in found
    for intent in (
        say.PutZoneHere(),
        say.MuteAll(),
        say.Present(),
        say.ToggleRecordable(),
        say.AskToRecord(),
    ):
        assert intent in found


def test_a_group_is_joined_by_keys_alone(sound: Screen) -> None:
    sound.view.panel = ""
    sound.do(say.ToggleGroup())
    sound.settle()
    sound.settle(Typed("Night shift"))
    assert say.JoinGroup("Night shift") in sound.settle(ButtonDown("enter"), ButtonUp("enter"))


def test_who_does_not_lead_sees_no_buttons_for_everybody_but_zones_and_recordings(sound: Screen) -> None:
    zone = Zone("z1", "Office", (0.0, 0.0, 0.0), (3.0, 3.0, 3.0))
    person(sound, 1, role="participant")
    sound.world.apply(Heard(VoiceRules(recording_ns=START_NS + 90 * NS, recorded_by="Jörg", zones=(zone,))))
    sound.settle()
    text = sound.text("sound")
    assert "Office" in text
    assert "Jörg has been recording what is said since" in text
    assert "My voice may be in a recording" in text
    for verb in ("Make a zone", "All are muted but", "End the recording", "I present"):
        assert verb not in text


# ---- top bar, talk bar, edge, captions ------------------------------------------------------------------


def test_a_recording_is_seen_by_everybody_in_a_word_and_who_began_it(sound: Screen) -> None:
    assert "REC" not in sound.text("top_bar")
    sound.world.apply(Heard(VoiceRules(recording_ns=START_NS + 90 * NS, recorded_by="Jörg")))
    sound.settle()
    assert "REC · Jörg · 30 s" in sound.text("top_bar")
    sound.view.panel = ""
    sound.settle()
    assert wish.OpenPanel("sound") in [w for x in range(560, 720, 20) for w in sound.click(x, 18)]


def test_who_speaks_is_named_in_the_top_bar_the_others_before_oneself(sound: Screen) -> None:
    assert "4 people" in sound.text("top_bar")
    still = sound.pixels()[:36].copy()
    show(sound, speaking=frozenset({1, 2}))
    assert "访客 2, you" in sound.text("top_bar")
    assert "4 people" not in sound.text("top_bar")
    assert (sound.pixels()[:36] != still).any()


def test_who_speaks_out_of_sight_has_a_chip_at_the_edge_that_leads_there(sound: Screen) -> None:
    show(sound, speaking=frozenset({2}), bearings={2: BEHIND})
    assert sound.text("speaker_2") == "↙\n访\n访客 2\n31 m"
    assert sound.interface.layout is not None
    scene = sound.interface.layout.scene
    assert wish.GoToPerson(2) in sound.click(scene.x + 60, scene.y + scene.height / 2)
    show(sound, speaking=frozenset({2}), bearings={2: dataclasses.replace(BEHIND, seen=True)})
    assert sound.text("speaker_2") == ""


def test_captions_say_who_and_what_when_they_are_wished(sound: Screen) -> None:
    lines = (CaptionLine(2, 1, "die Pumpe läuft unrund", True), CaptionLine(77, 1, "gone", True))
    show(sound, captions=lines)
    assert sound.text("captions") == ""
    sound.do(say.ToggleCaptions())
    sound.settle()
    assert "访客 2: die Pumpe läuft unrund" in sound.text("captions")
    assert "gone" not in sound.text("captions")


def test_the_talk_bar_says_how_the_microphone_is_and_talks_while_it_is_held(sound: Screen) -> None:
    assert sound.text("talk_bar") == "Hold V to talk"
    assert sound.interface.layout is not None
    scene = sound.interface.layout.scene
    place = (scene.x + scene.width / 2 + 115 + 8 + 18, scene.y + scene.height - 30)
    sound.settle(PointerMoved(*place))
    assert say.Talk(held=True) in sound.settle(ButtonDown("mouse1"), frames=1)
    sound.do(say.Talk(held=True))
    sound.settle()
    assert sound.text("talk_bar") == "You talk"
    assert say.Talk(held=False) in sound.settle(ButtonUp("mouse1"), frames=2)
    sound.do(say.Talk(held=False), say.MuteMyself())
    sound.settle()
    assert sound.text("talk_bar") == "Muted"
    assert sound.click(*place) == [say.MuteMyself()]
    show(sound, state=State(output="Box"))
    sound.do(say.MuteMyself())
    sound.settle()
    assert sound.text("talk_bar").endswith("No microphone")


def test_the_talk_bar_says_whom_one_talks_to_unless_that_is_who_is_near(sound: Screen) -> None:
    zone = Zone("z1", "Office", (0.0, 0.0, 0.0), (3.0, 3.0, 3.0))
    sound.world.apply(Heard(VoiceRules(zones=(zone,))))
    sound.facts = dataclasses.replace(sound.facts, zone="z1")
    sound.settle()
    assert sound.text("talk_bar") == "Hold V to talk · in Office"
    person(sound, 1, presenting=True)
    sound.settle()
    assert sound.text("talk_bar") == "Hold V to talk · to everybody"
    sound.do(say.JoinGroup("Roof"))
    sound.settle()
    assert sound.text("talk_bar") == "Hold V to talk · to Roof"
    sound.do(say.ToggleRadio())
    sound.settle()
    assert sound.text("talk_bar") == "Hold V to talk · by radio to Roof"


def test_without_sound_there_is_no_talk_bar_and_no_hint_to_talk(screen: Screen) -> None:
    screen.view.preferences.hints_done = ["move", "click"]
    screen.settle()
    assert screen.text("talk_bar") == ""
    assert "Press C" in screen.text("hints")
    show(screen)
    assert "Hold V and speak" in screen.text("hints")


# ---- people ---------------------------------------------------------------------------------------------


def test_each_line_of_the_people_says_how_they_speak_and_listen(sound: Screen) -> None:
    person(sound, 2, presenting=True, microphone=True, ears=True)
    person(sound, 3, group="Roof", reach="radio", ears=True, deaf=True, recordable=False)
    sound.view.panel = "people"
    show(sound, speaking=frozenset({2}))
    text = sound.text("people")
    assert "访客 2\nparticipant · speaks · presents" in text
    sound.view.person = 3
    sound.settle()
    said = "in the group Roof · by radio · hears nobody · no microphone · not recorded"
    assert said in sound.text("people")


def test_the_card_sets_how_loud_somebody_is_and_silences_them(sound: Screen) -> None:
    person(sound, 3, microphone=True, ears=True)
    sound.view.panel, sound.view.person = "people", 3
    show(sound, talkers={3: TalkerHeard(3, 90, 10, 0.08, 0.11)})
    assert "lost 10.0 % · filled in 8.0 % · 110 ms" in sound.text("people")
    found = clicks(sound, 70, top=380, bottom=640, step=7)
    assert say.Silence(3) in found
    assert any(isinstance(w, say.SetPersonVolume) and w.volume < 0.5 for w in found)
    assert say.Present(3, presenting=True) in found


def test_the_table_of_pairs_stands_under_the_people_the_worst_first(sound: Screen) -> None:
    sound.view.panel = "people"
    sound.settle()
    assert "Here stands of all who spoke" in sound.text("people")
    assert say.AskVoiceHealth() in clicks(sound, 110, top=240, bottom=400)
    pairs = (
        PairHealth(1, 2, 250, 248, 5.0, 0.004, 0.087, "good"),
        PairHealth(3, 2, 250, 0, 5.2, verdict="deaf"),
        PairHealth(3, 1, 250, 0, 5.0, verdict="no_ears"),
    )
    sound.world.apply(Heard(VoiceHealth(pairs)))
    sound.settle()
    text = sound.text("people")
    assert "访客 2 → Guest 3\nnothing arrives · 0 of 250 packets in 5 s" in text
    assert "good · 248 of 250 packets in 5 s" in text
    assert text.index("→ Guest 3") < text.index("→ Ada")
    assert "Ada → Guest 3" in text
    person(sound, 3, kind="bot")
    sound.settle()
    assert "Ada → Guest 3" not in sound.text("people"), "programs need no ears"


# ---- messages and palette -------------------------------------------------------------------------------


def test_a_message_offers_what_can_be_done_and_goes_with_it(sound: Screen) -> None:
    sound.view.panel = ""
    offer = Offer("Open Sound", wish.OpenPanel("sound"))
    sound.view.say(
        lambda n: Toast(n, "You do not hear Jörg", "0 packets in 5 s.", offer=offer, is_warning=True)
    )
    sound.settle()
    found = [w for y in range(790, 870, 9) for w in sound.click(1300, y)]
    assert found[:2] == [wish.OpenPanel("sound"), wish.DismissToast(1)]


def test_in_a_narrow_window_a_message_stands_above_the_talk_bar(make_screen: Callable[..., Screen]) -> None:
    narrow = make_screen(1100, 700)
    show(narrow)
    narrow.view.say(lambda n: Toast(n, "You do not hear Jörg", "0 packets in 5 s.", is_warning=True))
    narrow.settle()
    assert "You do not hear Jörg" in narrow.text("toast_1")
    found = [w for y in range(600, 700, 9) for w in narrow.click(875, y)]
    assert say.Deafen() in found


@pytest.mark.parametrize(
    ("typed", "intent"),
    [
        ("mono", say.SetOutputMode("mono")),
        ("hear with monitor", say.ChooseOutput("Monitor")),
        ("hear guest 3 no more", say.Silence(3)),
        ("join maintenance", say.JoinGroup("Maintenance")),
        ("mute myself", say.MuteMyself()),
        ("record what", say.AskToRecord()),
        ("louder machines", say.SetVolume("machines", 1.25)),
        ("let guest 3 present", say.Present(3, presenting=True)),
        ("who hears whom", say.AskVoiceHealth()),
    ],
)
def test_the_palette_reaches_it_by_name(sound: Screen, typed: str, intent: wish.Intent) -> None:
    person(sound, 2, group="Maintenance")
    sound.view.panel = ""
    sound.do(wish.OpenPalette())
    sound.settle()
    sound.settle(Typed(typed))
    assert intent in sound.settle(ButtonDown("enter"), ButtonUp("enter"))
