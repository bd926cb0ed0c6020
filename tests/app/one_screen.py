"""One client with a picture, driven by a test in a process of its own; says what it saw as JSON.

Run as ``python -m tests.app.one_screen ADDRESS MODEL FOLDER``: somebody else brings the model in, this client
watches, moves it by its handles, takes it out, and takes that back.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.messages import SUBPROTOCOL, Hello
from walkdown_client.address import parse_address
from walkdown_client.app.app import App, AppSettings
from walkdown_client.guest_blocking import BlockingGuest, join
from walkdown_client.input.events import ButtonDown, ButtonUp, PointerMoved
from walkdown_client.placements import matrix, placed
from walkdown_client.render.engine import EngineSettings
from walkdown_client.scene.quality import PRESETS
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_state import HINTS, Preferences, ViewState

SIZE = (400, 300)
PATIENCE_SECS = 60.0
PLAIN = replace(PRESETS["low"], scale=1.0, edges_far=0.0, shadow_size=512, occlusion=False)
AT = (2.0, -6.0, 0.0)


class Screen:
    """The client, and what it has seen."""

    def __init__(self, url: str, folder: Path) -> None:
        preferences = Preferences(hints_done=list(HINTS))
        self.app = App(
            parse_address(url),
            Hello(SUBPROTOCOL, "Watcher"),
            AppSettings(
                engine=EngineSettings(headless=True, size=SIZE, finish=True),
                start=((2, -16, 9), (2, -2, 0)),
                quality=PLAIN,
                cache=folder / "cache",
            ),
            view=ViewState(preferences=preferences),
        )
        self.toasts: list[str] = []

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Draw frames until something holds."""
        ends = time.monotonic() + PATIENCE_SECS
        while not holds():
            assert time.monotonic() < ends, f"{what} did not happen"
            self.app.frame()
            self.toasts += [f"{t.title} {t.text}".strip() for t in self.app.view.toasts]
            self.app.view.toasts.clear()

    def settled(self) -> bool:
        """Whether nothing is loaded or baked any more."""
        return self.app.loading.complete and not self.app.scene.baking

    def picture(self) -> npt.NDArray[np.uint8]:
        """The middle of the picture, where no panel is."""
        self.until(self.settled, "loading")
        self.app.view.toasts.clear()
        for _frame in range(3):  # hears nothing new, so that no message comes up meanwhile
            self.app.redraw()
        shot = self.app.base.win.get_screenshot()
        data = np.frombuffer(bytes(shot.get_ram_image_as("RGB")), np.uint8)
        return data.reshape(shot.get_y_size(), shot.get_x_size(), 3)[::-1][45:260, 60:390].copy()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with the left button."""
        controls = self.app._controls
        for event in (PointerMoved(*start), ButtonDown("mouse1"), PointerMoved(*end), ButtonUp("mouse1")):
            for intent in controls.feed(event, now_secs=time.monotonic()):
                self.app.wishes.carry_out(intent)
            self.app.frame()

    def handle(self, name: str) -> tuple[float, float]:
        """The pixel of the end of a handle."""
        gizmo = self.app._controls.gizmo
        x, y = gizmo._pixels(gizmo.shapes()[name])[-1]
        return float(x), float(y)


def main(url: str, model: Path, folder: Path) -> dict[str, Any]:
    """Play the whole scene and return what was seen."""
    screen = Screen(url, folder)
    app = screen.app
    seen: dict[str, Any] = {}
    try:
        screen.until(lambda: app.models.packages, "the first model")
        before, nodes = screen.picture(), len(app.base.render.find_all_matches("**"))
        with join(url, name="Ada") as ada:
            _watch_it_come(screen, ada, model, seen)
            there = screen.picture()
            seen["changed_by_model"] = float((there != before).any(2).mean())
            _move_it(screen, ada, seen)
            seen["changed_by_move"] = float((screen.picture() != there).any(2).mean())
            _take_it_out(screen, ada, seen)
            seen["changed_after_removal"] = float((screen.picture() != before).any(2).mean())
        seen["nodes_left"] = len(app.base.render.find_all_matches("**")) - nodes
        app.wishes.carry_out(wish.Undo())
        screen.until(lambda: len(app.models.packages) == 2, "the undo")
        screen.until(screen.settled, "loading")
        seen["shown_after_undo"] = len(app.models.packages)
        seen["toasts"] = sorted(set(screen.toasts))
        app.notices.poll()
        seen["shader_errors"] = app.notices.shader_errors
    finally:
        app.close()
    return seen


def _watch_it_come(screen: Screen, ada: BlockingGuest, model: Path, seen: dict[str, Any]) -> None:
    app = screen.app
    bringing = threading.Thread(target=lambda: ada.send_model(model, placement=placed(AT)))
    bringing.start()
    screen.until(lambda: app.scene.placeholders, "the placeholder")
    seen["placeholder"] = [app.scene.placeholders[0].title, app.scene.placeholders[0].detail]
    seen["placeholder_at"] = np.mean(app.scene.placeholders[0].corners, axis=0).tolist()
    screen.until(lambda: len(app.models.packages) == 2, "the model")
    screen.until(lambda: not bringing.is_alive(), "the end of the sending")
    screen.until(screen.settled, "loading")
    seen["placeholders_after"] = len(app.scene.placeholders)
    base, count = app.models.packages[1].ref.base, app.models.packages[1].ref.count
    seen["visible"] = len([i for i in app.scene.visible_elements() if base <= i < base + count])


def _move_it(screen: Screen, ada: BlockingGuest, seen: dict[str, Any]) -> None:
    app, model = screen.app, screen.app.models.packages[1].ref.model
    app.wishes.carry_out(wish.MoveModel(model))
    app.frame()
    x, y = screen.handle("x")
    screen.drag((x, y), (x + 60, y))
    seen["handle"] = app.view.moving.handle if app.view.moving else ""
    seen["moved_on_own_screen_only"] = ada.models[model].placement == placed(AT)
    app.wishes.carry_out(wish.PlaceMoved())
    screen.until(lambda: app.world.placement(model) != placed(AT), "the move")
    seen["shift"] = (matrix(app.world.placement(model))[:, 3] - AT).tolist()
    ada.wait_for(lambda: ada.models[model].placement != placed(AT))


def _take_it_out(screen: Screen, ada: BlockingGuest, seen: dict[str, Any]) -> None:
    app, model = screen.app, screen.app.models.packages[1].ref.model
    app.wishes.carry_out(wish.RemoveModel(model))
    screen.until(lambda: len(app.models.packages) == 1, "the removal")
    ada.wait_for(lambda: model not in ada.models)
    seen["removed_for_both"] = True


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))  # noqa: T201
