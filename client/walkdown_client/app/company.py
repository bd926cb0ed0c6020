"""All parts of the app about being in a review with others, in the order in which a frame asks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from walkdown.messages import Point, Reply
from walkdown_client.app.attending import Attending
from walkdown_client.app.chat_wishes import ChatWishes
from walkdown_client.app.following import Following
from walkdown_client.app.gathering import Gathering
from walkdown_client.app.meeting_sounds import MeetingSounds
from walkdown_client.app.meeting_wishes import MeetingWishes
from walkdown_client.app.models import Models
from walkdown_client.app.places import Places, Views
from walkdown_client.app.pointing import Pointing
from walkdown_client.app.view_sharing import ViewSharing
from walkdown_client.app.wishes import Wishes
from walkdown_client.audio.orders import Play
from walkdown_client.input.camera import Pose, Rig
from walkdown_client.scene.view import SceneView
from walkdown_client.tools.intents import Intent
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World


@dataclass(frozen=True, slots=True)
class Seat:
    """With what somebody sees: the eye, how things are seen, what is drawn, and what is what in it."""

    rig: Rig
    views: Views
    scene: SceneView
    models: Models


class Company:
    """Following, gathering, pointing, taking part, the meeting and the chat of one person.

    Args:
        seat: with what the person sees. wishes: shows and sends.
    """

    def __init__(self, world: World, view: ViewState, *, seat: Seat, wishes: Wishes) -> None:
        self._models, self._scene = seat.models, seat.scene
        rig, views = seat.rig, seat.views
        self.places = Places(view, rig=rig)
        self.following = Following(world, view, rig=rig, views=views, places=self.places, say=wishes.say)
        self._gathering = Gathering(world, view, rig=rig, following=self.following, doing=wishes)
        self._attending = Attending(world, view, rig=rig, middle=self._middle, doing=wishes)
        self._sharing = ViewSharing(world, view, rig=rig, views=views, doing=wishes)
        self._pointing = Pointing(
            world, view, rig=rig, pointers=seat.scene.pointers, middle_of=self._middle_of, doing=wishes
        )
        self._sounds = MeetingSounds(world, view)
        self._meeting = MeetingWishes(world, view, views=views, doing=wishes)
        self._chat = ChatWishes(world, view, views=views, go_to=self.following.go_to, doing=wishes)

    def rules(self) -> dict[type[Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        parts = (
            self.following,
            self._gathering,
            self._attending,
            self._pointing,
            self._meeting,
            self._chat,
        )
        return {kind: rule for part in parts for kind, rule in part.rules().items()}

    def step(self, now_secs: float) -> None:
        """Bring all up to date, once a frame, before it is drawn."""
        self.places.step(now_secs)
        self._gathering.step()
        self.following.step(now_secs)
        self._attending.step(now_secs)
        self._sharing.step(now_secs)
        self._pointing.step(now_secs)
        self._chat.step()

    def refused(self, reply: Reply) -> bool:
        """Take a refusal; tells whether it was of something that was typed, which is there again."""
        return self._meeting.hear(reply) or self._chat.refused(reply)

    def sounds(self, now_secs: float, pose: Pose) -> Iterator[Play]:
        """Yield what is to be heard in this frame."""
        yield from self._pointing.orders(now_secs, pose)
        yield from self._sounds.orders()

    def _middle(self) -> str:
        """Return the thing in the middle of the picture."""
        width, height = self._scene.base.win.get_x_size(), self._scene.base.win.get_y_size()
        hit = self._scene.pick(width / 2, height / 2)
        return self._models.thing_at(hit.drawn_id) if hit is not None and hit.drawn_id is not None else ""

    def _middle_of(self, thing: str) -> Point | None:
        box = self._models.box_of(thing)
        if box is None:
            return None
        x, y, z = ((box[0] + box[1]) / 2).tolist()
        return x, y, z
