"""Puts a person on foot: finds the floor below, walks as the keys say, and takes the eye along.

On foot the eye is ``EYE_M`` above the soles and only its direction is free. Whatever flies – framing, going
to a person or a note – ends walking; walking again lands where one is then.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walkdown.i18n import _
from walkdown.package import LAYERS
from walkdown_client.app.door_states import DoorStates, doors_of_twin
from walkdown_client.app.models import Models, OpenPackage
from walkdown_client.app.wishes import Wishes
from walkdown_client.ground import Ground, GroundPackage
from walkdown_client.input import camera
from walkdown_client.input.controls import Steps
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_state import ViewState
from walkdown_client.walk.body import EYE_M
from walkdown_client.walk.eye import EyeHeight
from walkdown_client.walk.standing import nearest_standing
from walkdown_client.walk.walker import RUN_M_S, WALK_M_S, Walker

F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

LANDING_SECS = 0.3
LEVEL_RAD = math.radians(12.0)
"""Who lands looks no further up or down than this."""

CLICK_ABOVE_M = 0.3
"""A floor may be so much above the point that was clicked: people click on the side of a step."""

LEVEL_BELOW_M = 0.004
"""The ground that is drawn under models without a floor lies so much below them."""

LANDING_REACH_M = 20.0
"""Who lands is put as far aside as this, for instance beside a house with a steep roof."""

LOST_BOX_M = 50.0
LOOKED_BELOW_M = (1.0, 1.0, 50.0)
"""Nobody lands before all that is so near below has been loaded."""


@dataclass(slots=True)
class _Glide:
    """The eye's short way to where it will stand."""

    start: camera.Pose
    end: camera.Pose
    elapsed_secs: float = 0.0

    def advance(self, delta_secs: float) -> camera.Pose:
        self.elapsed_secs += delta_secs
        share = min(self.elapsed_secs / LANDING_SECS, 1.0)
        share = share * share * (3 - 2 * share)
        position = self.start.position + share * (self.end.position - self.start.position)
        pitch = self.start.pitch_rad + share * (self.end.pitch_rad - self.start.pitch_rad)
        return camera.Pose(position, self.start.heading_rad, pitch)

    @property
    def over(self) -> bool:
        return self.elapsed_secs >= LANDING_SECS


class Walking:
    """One person on foot, or ready to be.

    Args:
        view: ``walking`` says whether the person is on foot.
        doors: says what lets people through. wishes: learns to carry out those about walking.
        open_ground: begins to read the ground; called when somebody walks, and not before.
    """

    def __init__(
        self,
        view: ViewState,
        models: Models,
        *,
        doors: DoorStates,
        rig: camera.Rig,
        wishes: Wishes,
        open_ground: Callable[[], Ground],
    ) -> None:
        self._view, self._models, self._doors = view, models, doors
        self._rig, self._open_ground = rig, open_ground
        self._say = wishes.say
        wishes.add({wish.ToggleWalk: self.toggle, wish.WalkTo: self.walk_to})
        self._ground: Ground | None = None
        self._eye = EyeHeight()
        self._walker: Walker | None = None
        self._wanted: tuple[F64, float] | None = None
        self._glide: _Glide | None = None
        self._packages: tuple[GroundPackage, ...] = ()
        self._packages_of: tuple[object, ...] = ()
        self._level_m: float | None = None
        self._bottom_m = -math.inf
        self._lost = 0

    @property
    def holding(self) -> bool:
        """Whether the person waits for the floor to be loaded."""
        waits = self._wanted is not None or (self._walker is not None and self._walker.holding)
        return self._view.walking and waits

    # ---- wishes -------------------------------------------------------------------------------------

    def toggle(self, _intent: wish.ToggleWalk) -> None:
        """Land on the floor below, or fly again from where one is."""
        if self._view.walking:
            self.leave()
        else:
            self._view.walking = True
            self._rig.take(self._rig.pose)  # a flight that is under way ends here
            self._wanted = self._below(self._rig.pose.position), 0.0

    def _below(self, eye: F64) -> F64:
        """Return a point over the highest thing below the eye, or over the nearest part of the models."""
        away = self._doors.away()
        found = (_top_below(package, eye, away=away) for package in self._models.packages)
        tops = [top for top in found if top is not None]
        box = self._models.box_of_all()
        if tops:
            return np.array([*eye[:2], min(float(eye[2]), max(tops) + EYE_M)])
        if box is None or self._level() is not None:
            return np.array([*eye[:2], min(float(eye[2]), (self._level() or 0.0) + EYE_M)])
        return np.clip(eye, box[0], np.add(box[1], (0.0, 0.0, EYE_M)))

    def walk_to(self, intent: wish.WalkTo) -> None:
        """Stand at a point, or as near to it as there is room."""
        if self._view.walking:
            self._wanted = np.array(intent.point), CLICK_ABOVE_M

    def leave(self) -> None:
        """Fly from here on."""
        self._view.walking = False
        self._walker = self._wanted = self._glide = None
        if self._ground is not None:
            self._ground.end()
            self._ground = None

    def close(self) -> None:
        """End what runs."""
        if self._ground is not None:
            self._ground.close()

    # ---- every frame --------------------------------------------------------------------------------

    def advance(self, delta_secs: float, steps: Steps) -> None:
        """Walk on; does nothing while flying."""
        if not self._view.walking:
            return
        if self._rig.flight is not None:
            self.leave()
            return
        ground = self._bring_ground()
        if self._wanted is not None:
            self._land(ground, *self._wanted)
        if self._glide is not None:
            self._rig.take(replace(self._glide.advance(delta_secs), heading_rad=self._rig.pose.heading_rad))
            self._glide = None if self._glide.over else self._glide
        elif self._walker is not None:
            self._walk(self._walker, delta_secs, steps)

    def _walk(self, walker: Walker, delta_secs: float, steps: Steps) -> None:
        pose = self._rig.pose
        right, forward = steps.right, steps.forward
        speed = (RUN_M_S if steps.fast else WALK_M_S) / max(math.hypot(right, forward), 1.0)
        c, s = math.cos(pose.heading_rad), math.sin(pose.heading_rad)
        walker.bottom_m = self._bottom_m
        walker.step(delta_secs, ((right * c - forward * s) * speed, (right * s + forward * c) * speed))
        x, y, feet = walker.feet.tolist()
        if walker.lost != self._lost:
            self._lost = walker.lost
            self._eye.put(feet)
            self._say(_("You fell out of the model"), _("You are back where you stood last."))
        height = self._eye.follow(delta_secs, feet, standing=walker.standing)
        self._rig.take(replace(pose, position=np.array([x, y, height])))

    def _land(self, ground: Ground, point: F64, above_m: float) -> None:
        """Stand below or beside a point once what is there has been loaded."""
        if ground.obstacles.awaited(np.subtract(point, LOOKED_BELOW_M), np.add(point, (1.0, 1.0, 1.0))):
            return
        self._wanted = None
        away, obstacles = self._doors.away(), ground.obstacles
        if self._walker is None:
            obstacles.let_through(away)
        feet = nearest_standing(obstacles, point, above_m=above_m)
        if feet is None and self._walker is None:
            feet = nearest_standing(obstacles, point, reach_m=LANDING_REACH_M)
        obstacles.let_through(self._doors.open)
        if feet is not None:
            self._stand(ground, feet)
        elif self._walker is None:
            self.leave()
            self._say(_("There is no floor below"), _("Fly over a floor and try again."))
        else:
            self._say(_("There is no room to stand"), "")

    def _stand(self, ground: Ground, feet: F64) -> None:
        if self._walker is None:
            self._walker = Walker(ground.obstacles, feet)
            self._lost = 0
        self._walker.put(feet)
        self._eye.put(float(feet[2]))
        pose = self._rig.pose
        pitch = min(max(pose.pitch_rad, -LEVEL_RAD), LEVEL_RAD)
        end = camera.Pose(np.add(feet, (0.0, 0.0, EYE_M)), pose.heading_rad, pitch)
        self._glide = _Glide(pose, end)

    # ---- the ground ---------------------------------------------------------------------------------

    def _bring_ground(self) -> Ground:
        ground = self._ground = self._ground or self._open_ground()
        self._look_at_models()
        place = self._wanted[0] if self._wanted is not None else self._rig.pose.position
        ground.update(self._packages, place, level_m=self._level_m)
        passable = self._doors.passable(ground, now_secs=time.monotonic())
        if passable is not None:
            ground.obstacles.let_through(passable)
        return ground

    def _look_at_models(self) -> None:
        """Notice when models came, moved or went."""
        packages, twin = self._models.packages, self._doors.twin
        seen = (id(twin), self._models.revision, *(package.ref for package in packages))
        if seen == self._packages_of:
            return
        self._packages_of = seen
        self._packages = tuple(
            GroundPackage(package.ref, package.elements, doors_of_twin(package, twin)) for package in packages
        )
        box = self._models.box_of_all()
        self._bottom_m = -math.inf if box is None else float(box[0][2])
        self._level_m = self._level()

    def _level(self) -> float | None:
        """Return where the ground is drawn that models without a floor stand on."""
        packages = self._models.packages
        if not packages or any(
            (package.elements.layers == LAYERS.index("floor")).any() for package in packages
        ):
            return None
        rows = [np.arange(len(package.elements)) + package.ref.base for package in packages]
        box = self._models.box_of_ids(np.concatenate(rows))
        content = self._models.box_of_all()
        if box is None or content is None:
            return None
        lowest, usual = float(box[0][2]), float(content[0][2])
        return (lowest if lowest > usual - LOST_BOX_M else usual) - LEVEL_BELOW_M


def _top_below(package: OpenPackage, eye: F64, *, away: Mask) -> float | None:
    """Return z, site frame, of the highest top of an element's box that the eye stands above.

    Args:
        away: (drawn ids,) what is not drawn does not count.
    """
    table = package.elements
    matrix = np.array(package.ref.placement).reshape(3, 4)
    here = np.linalg.solve(matrix[:, :3], eye - matrix[:, 3])
    under = (table.triangles > 0) & (table.hi[:, 2] <= here[2])
    mine = away[package.ref.base : package.ref.base + len(table)]
    under[: len(mine)] &= ~mine
    under &= ((table.lo[:, :2] <= here[:2]) & (table.hi[:, :2] >= here[:2])).all(1)
    if not under.any():
        return None
    return float(eye[2]) - (float(here[2]) - float(table.hi[under, 2].max()))
