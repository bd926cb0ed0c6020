"""One person in a small session, of whom all that is sent and said is noted."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from tests.ui.plant import joined_world
from walkdown import messages as m
from walkdown.messages import Person, Record, Viewpoint
from walkdown_client.app.eyes import camera_of
from walkdown_client.app.places import Places
from walkdown_client.events import Heard, Recorded
from walkdown_client.input import camera
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_rules import carry_out
from walkdown_client.tools.view_state import Offer, ViewState
from walkdown_client.tools.viewing import Named, take, viewpoint_of


class FakeViews:
    """Knows how the person sees things; notes what was shown."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.shown: list[Viewpoint] = []

    def current(self) -> Viewpoint:
        eye = camera_of(self._desk.rig.pose, self._desk.rig.lens)
        return viewpoint_of(self._desk.view, eye, viewpoint="now")[0]

    def show(self, viewpoint: Viewpoint) -> None:
        self.shown.append(viewpoint)
        take(self._desk.view, viewpoint, known=self.known)

    def known(self, name: str) -> Named:
        return "thing" if self._desk.world.twin.has_thing(name) else ""


class Desk:
    """Ada is oneself, a chair; 访客 2, Guest 3 and a bot are there too."""

    def __init__(self) -> None:
        self.world, self.view = joined_world(seconds=1), ViewState()
        self.rig = camera.Rig(camera.Pose(np.array([20.0, 0.0, 1.7])))
        self.views = FakeViews(self)
        self.places = Places(self.view, rig=self.rig)
        self.sent: list[Any] = []
        self.said: list[str] = []
        self.offers: list[Offer] = []
        self.carried: list[wish.Intent] = []
        self.connected = True
        self.now_secs = 100.0
        self.number = 1000
        self.rules: dict[type[wish.Intent], Any] = {}
        for number in self.world.people:
            self.tell(number)

    # ---- what wishes need ---------------------------------------------------------------------------

    def operate(self, operation: m.ClientMessage) -> int:
        self.sent.append(operation)
        return len(self.sent)

    def send(self, operation: m.ClientMessage) -> bool:
        return bool(self.operate(operation))

    def say(self, title: str, text: str = "", *, offer: Offer | None = None, **_more: Any) -> None:
        self.said.append(f"{title} {text}".strip())
        if offer is not None:
            self.offers.append(offer)

    def say_error(self, title: str, text: str, details: str = "") -> None:
        self.said.append(f"{title} {text} {details}".strip())

    def take_back(self, title: str) -> None:
        self.said = [said for said in self.said if not said.startswith(title)]

    def carry_out(self, intent: wish.Intent) -> None:
        self.carried.append(intent)

    def do(self, intent: wish.Intent) -> Any:
        """Carry out a wish; returns what was sent last."""
        if carry_out(self.view, intent, self.world.notes):
            return None
        self.rules[type(intent)](intent)
        return self.sent[-1] if self.sent else None

    # ---- what the server says -----------------------------------------------------------------------

    def tell(self, number: int, **changes: Any) -> None:
        """Tell something about a person."""
        known = self.world.people[number]
        said = {"role": known.role, "author": f"a{number}", "selected": known.selected} | changes
        person = Person(number, known.name, known.kind, known.colour)
        self.world.apply(Heard(msgspec.structs.replace(person, **said)))

    def stand(self, number: int, position: tuple[float, float, float], *, heading_rad: float = 0.0) -> None:
        """Let somebody be at a place at once."""
        row = int(np.flatnonzero(self.world.people_ids == number)[0])
        self.world.people_positions[row] = position
        self.world.people_quaternions[row] = [np.cos(heading_rad / 2), 0.0, 0.0, np.sin(heading_rad / 2)]

    def record(self, kind: str, body: Any, *, author: str = "a1", name: str = "Ada") -> int:
        """Let something become so; returns the number of the record."""
        self.number += 1
        made = Record(self.number, self.world.session_ns, name, author, kind, msgspec.to_builtins(body))
        self.world.apply(Recorded(made))
        return self.number
