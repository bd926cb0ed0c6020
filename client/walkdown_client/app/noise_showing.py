"""Shows the noise: the map over the floor when things are coloured by it, and the number where one is."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.building import Building
from walkdown_client.audio.noise import THRESHOLDS
from walkdown_client.audio.noise_following import NoiseFollowing
from walkdown_client.audio.noise_map import NoiseField
from walkdown_client.input.camera import Pose
from walkdown_client.scene.noise_layer import NoiseCarpet, NoiseLayer
from walkdown_client.tools.view_state import NOISE, ViewState
from walkdown_client.world import World

F64 = npt.NDArray[np.float64]

LOW_M, AHEAD_M = 8.0, 80.0
"""Who is higher than this above the floor sees the map where he looks, no farther than this."""


class NoiseShowing:
    """The noise of one client."""

    def __init__(self, world: World, view: ViewState, *, layer: NoiseLayer, building: Building) -> None:
        self._view, self._layer, self._building = view, layer, building
        self._following = NoiseFollowing(world, building)
        self._field: NoiseField | None = None

    @property
    def level_db(self) -> float:
        """dB(A) where one is, -inf where nothing is heard, NaN while nobody knows."""
        return self._following.now.level_db

    def step(self, now_secs: float, pose: Pose) -> None:
        """Do what a frame does."""
        shown = self._view.colouring.mode == NOISE
        around = functools.partial(self._middle, pose) if shown else None
        self._following.step(now_secs, pose.position, around=around)
        field = self._following.now.field if shown else None
        if field is not self._field:
            self._field = field
            self._layer.show(None if field is None else _carpet(field))

    def close(self) -> None:
        """End the thread."""
        self._following.close()

    def _middle(self, pose: Pose) -> F64:
        """Return the middle of the map: below the eye, or from high above where one looks."""
        eye = pose.position
        height = float(eye[2]) - self._building.floor_below(eye)
        if height <= LOW_M:
            return eye
        down = math.tan(max(-pose.pitch_rad, 0.01))
        ahead = min(height / down, AHEAD_M)
        x, y = -math.sin(pose.heading_rad) * ahead, math.cos(pose.heading_rad) * ahead
        return np.add(eye, (x, y, LOW_M / 2 - height))


def _carpet(field: NoiseField) -> NoiseCarpet:
    limits = tuple(threshold.level_db for threshold in THRESHOLDS)
    return NoiseCarpet(field.low, field.floor_m, field.cell_m, field.levels_db, limits)
