"""Shows models that come and move: placeholders of those on their way, the handles of one that is moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from walkdown.messages import IN_PLACE, Placement
from walkdown_client.app.models import Box, Models
from walkdown_client.placements import matrix, to_site
from walkdown_client.scene.gizmo import GizmoView
from walkdown_client.scene.placeholders import Placeholder
from walkdown_client.scene.view import SceneView
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui.facts import BringTask
from walkdown_client.ui.panels.models import task_detail
from walkdown_client.world import World

F64 = npt.NDArray[np.float64]

UNKNOWN_LOW, UNKNOWN_HIGH = np.array([-2.0, -2.0, 0.0]), np.array([2.0, 2.0, 3.0])
"""The box of a model of which nothing is known yet, metres about its zero."""

TEXT_MAX = 90
_CHOICE = np.array([[i >> axis & 1 for axis in range(3)] for i in range(8)])


@dataclass(slots=True)
class InMotion:
    """Keeps the placeholders and the gizmo of one scene up to date."""

    scene: SceneView
    models: Models
    _boxes: dict[tuple[str, int], Box | None] = field(default_factory=dict)

    def update(
        self, world: World, view: ViewState, tasks: Sequence[BringTask], *, handles: Mapping[str, F64]
    ) -> None:
        """Show what is on its way now, and the handles of the model that is being moved."""
        self.scene.placeholders = [self._placeholder(task, world) for task in tasks]
        moving = view.moving
        if moving is None:
            self.scene.gizmo = None
        else:
            self.scene.gizmo = GizmoView(handles, moving.handle, moving.corners)

    def _placeholder(self, task: BringTask, world: World) -> Placeholder:
        told = world.model_tasks.get(task.model)
        placement = told.placement if told is not None else world.placement(task.model)
        text = task_detail(task)
        detail = text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"
        return Placeholder(self._corners(task.model, placement), task.file, detail, task.part, task.failed)

    def _corners(self, model: str, placement: Placement) -> F64:
        """Return the corners of the older revision where the new one will be, or of a box of usual size."""
        key = model, self.models.revision
        if key not in self._boxes:
            fresh = {known: box for known, box in self._boxes.items() if known[1] == key[1]}
            self._boxes = fresh | {key: self.models.own_box_of_model(model)}
        known = self._boxes[key]
        if known is not None:
            return to_site(placement, np.where(_CHOICE, known[1], known[0]))
        return np.where(_CHOICE, UNKNOWN_HIGH, UNKNOWN_LOW) + matrix(placement or IN_PLACE)[:, 3]


def forget_what_is_gone(view: ViewState, world: World, models: Models) -> None:
    """Let a person's view forget things and elements that the session does not have any more."""
    if world.welcome is not None and not all(map(world.twin.thing_row.__contains__, view.selection)):
        view.selection = tuple(thing for thing in view.selection if world.twin.has_thing(thing))
    names = models.drawn.names
    if not all(map(names.__contains__, view.elements)):
        view.elements = tuple(key for key in view.elements if key in names)
    if view.element is not None and view.element.key not in view.elements:
        view.element = None
