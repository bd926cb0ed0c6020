"""The review as the app knows it: all parts of it, in the order in which a frame asks them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from walkdown_client.app.models import Models
from walkdown_client.app.view_wishes import Views
from walkdown_client.app.wishes import Wishes
from walkdown_client.events import Event
from walkdown_client.input import camera
from walkdown_client.scene.view import SceneView
from walkdown_client.tools.intents import Intent
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World


class Review:
    """All parts of the app that concern the review.

    Args:
        world, view, models: what is known, seen and loaded. scene: what is drawn. rig: the eye.
        wishes: has the way to the server, and learns what the parts can carry out.

    Attributes:
        views: how this person sees things.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        models: Models,
        *,
        scene: SceneView,
        rig: camera.Rig,
        wishes: Wishes,
    ) -> None:
        self._world, self._view, self._models = world, view, models
        self._scene, self._rig, self._link, self._wishes = scene, rig, wishes.link, wishes
        self.views = Views(world, view, models, scene=scene, rig=rig)
        wishes.add(self._rules())

    def _rules(self) -> dict[type[Intent], Callable[[Any], object]]:
        """Return what the parts carry out."""
        return {}

    def hear(self, event: Event) -> None:
        """Take an event of the link, after the world has."""

    def step(self, now_secs: float) -> None:
        """Bring all parts up to date, once a frame, before it is drawn."""

    def close(self) -> None:
        """End what runs."""
