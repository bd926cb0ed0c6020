"""The interface on an offscreen output, over a small plant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

from tests.ui.plant import joined_world
from tests.ui.stage import Stage
from walkdown_client.input.events import ButtonDown, ButtonUp, InputEvent, PointerMoved, Typed
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_rules import carry_out
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui.events import ImGuiInput
from walkdown_client.ui.facts import Facts
from walkdown_client.ui.interface import Interface
from walkdown_client.ui.renderer import ImGuiPanda
from walkdown_client.world import World


@dataclass
class Screen:
    """A window that nobody sees: draws frames, takes events, and tells what is to be read."""

    stage: Stage
    panel: ImGuiPanda
    input: ImGuiInput
    interface: Interface = field(default_factory=Interface)
    world: World = field(default_factory=joined_world)
    view: ViewState = field(default_factory=ViewState)
    facts: Facts = field(default_factory=lambda: Facts(now_secs=100.0, frame_secs=1 / 60))

    def frame(self, *events: InputEvent) -> list[wish.Intent]:
        """Draw one frame and return the wishes."""
        self.input.feed(events)
        self.panel.begin(1 / 60)
        found = self.interface.draw(self.world, self.view, self.facts, size=self.panel.size)
        self.panel.end()
        return found

    def settle(self, *events: InputEvent, frames: int = 3) -> list[wish.Intent]:
        """Draw some frames, the events in the first, and return all wishes."""
        found = self.frame(*events)
        for _ in range(frames):
            found += self.frame()
        return found

    def click(self, x: float, y: float, *, count: int = 1) -> list[wish.Intent]:
        """Click a place and return the wishes."""
        found = self.settle(PointerMoved(x, y), frames=1)
        for _ in range(count):
            found += self.settle(ButtonDown("mouse1"), frames=1) + self.settle(ButtonUp("mouse1"), frames=1)
        return [intent for intent in found if not isinstance(intent, wish.HoverThing)]

    def fill(self, text: str) -> list[wish.Intent]:
        """Replace what the field with the keyboard holds."""
        found = self.settle(ButtonDown("control"), ButtonDown("a"), frames=1)
        found += self.settle(ButtonUp("a"), ButtonUp("control"), frames=1)
        if not text:
            return found + self.settle(ButtonDown("delete"), ButtonUp("delete"))
        return found + self.settle(Typed(text))

    def do(self, *intents: wish.Intent) -> None:
        """Carry out wishes that are about the view."""
        for intent in intents:
            carry_out(self.view, intent, self.world.notes)

    def text(self, panel: str) -> str:
        """Return what one panel shows, a line for each text."""
        return "\n".join(self.interface.drawn_text().get(panel, []))

    def pixels(self) -> npt.NDArray[np.uint8]:
        """Return (height, width, 4) of the newest frame."""
        return self.stage.pixels()


@pytest.fixture
def make_screen() -> Iterator[Callable[..., Screen]]:
    """Return a function that opens a screen of a size."""
    open_ones: list[Screen] = []

    def make(width: int = 1600, height: int = 900) -> Screen:
        stage = Stage(width, height)
        panel = ImGuiPanda(stage.output)
        open_ones.append(Screen(stage, panel, ImGuiInput(panel)))
        return open_ones[-1]

    yield make
    for screen in open_ones:
        screen.panel.close()
        screen.stage.close()


@pytest.fixture
def screen(make_screen: Callable[..., Screen]) -> Screen:
    """Return a screen of 1600 × 900 on which one frame has been drawn."""
    made = make_screen()
    made.settle()
    return made
