"""What one does is heard, whichever way it was done; what was there before is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.ui.plant import joined_world
from walkdown.messages import Blob, Note, PackageRef, Person, Record
from walkdown_client.app.interface_sounds import SETTLE_SECS, InterfaceSounds
from walkdown_client.audio.orders import Play
from walkdown_client.audio.shots import NAMES
from walkdown_client.events import Heard, ModelsListed, Recorded
from walkdown_client.input.camera import Pose
from walkdown_client.tools.intents import AskFirst, Intent
from walkdown_client.tools.view_state import Toast, ViewState

HERE = Pose(np.array([0.0, 0.0, 1.7]))


class Doing:
    """Somebody who has been here for a while."""

    def __init__(self) -> None:
        self.world, self.view = joined_world(), ViewState()
        self.view.preferences.sound.microphone = True
        self.sounds = InterfaceSounds(self.world, self.view)
        self.now_secs = 0.0
        self.frame()
        self.now_secs = SETTLE_SECS + 1

    def frame(self) -> list[Play]:
        self.now_secs += 0.02
        return list(self.sounds.orders(self.now_secs, HERE))

    def names(self) -> list[str]:
        return [play.name for play in self.frame()]


def talk(doing: Doing, on: bool) -> None:
    doing.view.hearing.talking = on


def deafen(doing: Doing, on: bool) -> None:
    doing.view.hearing.deaf = on


def close_microphone(doing: Doing, on: bool) -> None:
    doing.view.preferences.sound.microphone = not on


def be_muted(doing: Doing, on: bool) -> None:
    me = doing.world.people[doing.world.me]
    doing.world.apply(Heard(Person(me.id, me.name, me.kind, me.colour, muted=on)))


def open_panel(doing: Doing, on: bool) -> None:
    doing.view.panel = "states" if on else ""


def ask(doing: Doing, on: bool) -> None:
    doing.view.question = AskFirst("Really?", "", "Yes", Intent()) if on else None


@pytest.mark.parametrize(
    ("do", "begins", "ends"),
    [
        (talk, "talk on", "talk off"),
        (deafen, "muted", "unmuted"),
        (close_microphone, "muted", "unmuted"),
        (be_muted, "muted", "unmuted"),
        (open_panel, "open", "close"),
        (ask, "open", "close"),
    ],
)
def test_what_one_does_is_heard_once_and_its_end_too(
    do: Callable[[Doing, bool], None], begins: str, ends: str
) -> None:
    doing = Doing()
    do(doing, True)
    assert doing.names() == [begins]
    assert doing.names() == []
    do(doing, False)
    assert doing.names() == [ends]
    assert {begins, ends} <= set(NAMES)


def test_another_panel_instead_of_one_is_no_opening() -> None:
    doing = Doing()
    doing.view.panel = "states"
    doing.frame()
    doing.view.panel = "people"
    assert doing.names() == []


@pytest.mark.parametrize(("toast", "names"), [({"is_error": True}, ["error"]), ({}, [])])
def test_what_went_wrong_is_heard(toast: dict[str, bool], names: list[str]) -> None:
    doing = Doing()
    doing.view.toasts.append(Toast(doing.view.next_toast, "It went wrong", **toast))  # type: ignore[arg-type]
    doing.view.next_toast += 1
    assert doing.names() == names
    assert doing.names() == []


def pin(doing: Doing, name: str, point: tuple[float, float, float]) -> None:
    note = Note(name, "leaks", point, "Ada", "ada", 5, number=50)
    doing.world.apply(Recorded(Record(50, 0, "Ada", "ada", "note", {}), note))


def test_a_note_is_heard_from_where_it_is_pinned() -> None:
    doing = Doing()
    pin(doing, "n9", (30.0, 0.0, 1.0))
    (play,) = doing.frame()
    assert play.name == "note"
    assert play.position is not None
    assert play.position[0] > 3


def test_notes_and_models_that_were_here_before_are_not_announced() -> None:
    doing = Doing()
    doing.now_secs = 0.5
    pin(doing, "n9", (30.0, 0.0, 1.0))
    doing.world.apply(ModelsListed((*doing.world.packages, a_package())))
    assert doing.names() == []


def a_package() -> PackageRef:
    return PackageRef("e" * 64, "pumps", Blob("f" * 64, 9), 900, 5, model="pumps")


def test_a_model_that_has_come_is_heard() -> None:
    doing = Doing()
    doing.world.apply(ModelsListed((*doing.world.packages, a_package())))
    assert doing.names() == ["done"]
