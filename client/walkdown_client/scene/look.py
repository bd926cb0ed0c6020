"""Light, air and sky of the three ways to see a model, as numbers; and what shaders must be told.

Linear light; sun and sky of `inside` and `overview` are those of a hall at noon. In the overview the
model stands on a dark table.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from panda3d.core import LVecBase3, NodePath, PTA_LVecBase3f

Color = tuple[float, float, float]

PEOPLE_SRGB = ("4DA3FF", "E58BB0", "57C4A0", "F0A35E", "B79CF2", "E6D36A", "7FD0E8", "C9A58A")
"""Colours of people, by their colour index modulo eight."""

STATE_SRGB = ("000000", "009E73", "E69F00", "D55E00", "8A949C", "7B2D3A", "CC79A7")
"""Colours of states by code, after Okabe and Ito."""

PANEL_SRGB, LINE_SRGB = "1A212A", "2B3540"
TEXT_SRGB, MUTED_SRGB, ACCENT_SRGB = "E6EDF3", "93A1AF", "4DA3FF"


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a scene is lit.

    Attributes:
        sun_direction: towards the sun; need not be of unit length.
        sun_color, sky_zenith, sky_horizon, fog_color: linear RGB.
        fog_start: metres from the eye.
        fog_density: per metre.
        on_table: show the model on a dark table with a grid.
        edges_reach: factor on the distance to which feature lines are drawn.
        shafts: light falling through skylights.
        grows: the air is the thinner, and lines reach the farther, the larger the model is.
    """

    sun_direction: Color = (-0.30, -0.62, 1.0)
    sun_color: Color = (5.2, 4.75, 4.1)
    sky_zenith: Color = (0.30, 0.47, 0.70)
    sky_horizon: Color = (0.80, 0.85, 0.90)
    fog_color: Color = (0.54, 0.565, 0.59)
    fog_start: float = 8.0
    fog_density: float = 0.0032
    exposure: float = 1.06
    on_table: bool = False
    edges_reach: float = 1.0
    shafts: bool = True
    grows: bool = False

    def for_size(self, size_m: float) -> Look:
        """Return the look for a model of so many metres: whoever sees all of it sees it clearly."""
        share = max(size_m / _USUAL_SIZE_M, 1.0)
        if not self.grows or share == 1.0:
            return self
        return replace(
            self,
            fog_start=self.fog_start * share,
            fog_density=self.fog_density / share,
            edges_reach=self.edges_reach * share,
        )

    @property
    def sight_m(self) -> float:
        """Where the air hides what is left of it but a hundredth."""
        return self.fog_start + 4.6 / self.fog_density


_USUAL_SIZE_M = 100.0

INSIDE = Look()

OVERVIEW = Look(
    sky_zenith=(0.012, 0.017, 0.024),
    sky_horizon=(0.03, 0.04, 0.05),
    fog_color=(0.020, 0.026, 0.034),
    fog_start=95.0,
    fog_density=0.004,
    exposure=1.12,
    on_table=True,
    edges_reach=3.2,
    shafts=False,
)

OUTSIDE = Look(
    sun_direction=(0.66, -0.34, 0.60),
    sun_color=(4.6, 4.15, 3.4),
    sky_zenith=(0.16, 0.34, 0.68),
    sky_horizon=(0.70, 0.80, 0.92),
    fog_color=(0.56, 0.65, 0.76),
    fog_start=120.0,
    fog_density=0.0019,
    exposure=0.92,
    edges_reach=3.0,
    shafts=False,
    grows=True,
)


def srgb(color: str) -> Color:
    """Three numbers from 0 to 1 out of six hexadecimal digits; not linearised."""
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def apply_look(root: NodePath, look: Look, *, edges_far: float) -> None:
    """Set the shader inputs of a look on a node."""
    direction = np.asarray(look.sun_direction) / np.linalg.norm(look.sun_direction)
    root.set_shader_inputs(
        sun_direction=LVecBase3(*direction),
        sun_color=LVecBase3(*look.sun_color),
        sky_zenith=LVecBase3(*look.sky_zenith),
        sky_horizon=LVecBase3(*look.sky_horizon),
        fog_color=LVecBase3(*look.fog_color),
        fog_start=look.fog_start,
        fog_density=look.fog_density,
        exposure=look.exposure,
        edges_far=max(edges_far * look.edges_reach, 0.01),
    )


@dataclass
class Palette:
    """Colour tables as shader inputs."""

    states: Any = field(default_factory=lambda: _table(STATE_SRGB))
    people: Any = field(default_factory=lambda: _table(PEOPLE_SRGB))

    def apply(self, root: NodePath) -> None:
        """Set them on a node."""
        root.set_shader_inputs(state_colors=self.states, people_colors=self.people)


def _table(colors: tuple[str, ...]) -> Any:
    return PTA_LVecBase3f([LVecBase3(*srgb(c)) for c in colors])
