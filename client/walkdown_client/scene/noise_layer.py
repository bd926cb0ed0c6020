"""How loud it is, as a carpet over the floor: bands of colour, lines between them, and numbers.

Colour is never the only sign: bands end at lines, what has to be done something about begins at dashed lines,
and numbers stand on the floor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from panda3d.core import LVecBase4, NodePath, SamplerState, Texture, TransparencyAttrib

from walkdown_client.render import masks
from walkdown_client.render.geometry import box_of, make_geom, make_node, make_vertices
from walkdown_client.render.shader_source import make_shader
from walkdown_client.render.textures import image_texture
from walkdown_client.scene.cards import rgba
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quads import ANCHOR, CENTRE, F32, HIDDEN_ALPHA, blank, letters, shape
from walkdown_client.scene.text_atlas import TextAtlas

F64 = npt.NDArray[np.float64]

BAND_DB, FIRST_DB = 5.0, 40.0
COLORS = (
    *("440154", "482173", "433E85", "38588C", "2D708E", "25858E"),
    *("1E9B8A", "2BB07F", "51C56A", "85D54A", "C2DF23", "FDE725"),
)
"""Viridis (S. van der Walt, N. Smith, 2015), lighter all the way: below 40 dB(A), then each 5 dB."""

_LIFT_M = 0.04
_SORT = 8
_NUMBER_PX, _NUMBERS_REACH_M, _NUMBERS_MAX = 13, 160.0, 64
_EVERY_NEAR, _EVERY_FAR, _FAR_M = 4, 8, 35.0
"""A number on every fourth square each way, on every eighth where the eye is farther away."""

_HIDDEN = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class NoiseCarpet:
    """What is to be drawn.

    Attributes:
        low: (2,) x and y of the corner, metres, site frame. floor_m: z. cell_m: side of a square.
        levels_db: (rows, columns) float32 dB(A), rows towards y; NaN where not known.
        limits_db: up to four levels whose lines are dashed.
    """

    low: F64
    floor_m: float
    cell_m: float
    levels_db: F32
    limits_db: Sequence[float] = ()


class NoiseLayer:
    """Draws one carpet, or none."""

    def __init__(self, parent: NodePath) -> None:
        corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
        bounds = box_of(corners.min(0), corners.max(0))
        triangles = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
        node = make_node("noise", make_geom(make_vertices({"vertex": corners}), triangles, bounds), bounds)
        self._path = parent.attach_new_node(node)
        self._path.set_shader(make_shader("noise_map.vert", "noise_map.frag"))
        self._path.set_transparency(TransparencyAttrib.M_alpha)
        self._path.set_depth_write(False)
        self._path.set_two_sided(True)
        self._path.set_bin("fixed", _SORT)
        self._path.hide(masks.ONLY_MAIN)
        self._path.set_shader_inputs(
            noise_bands=float(len(COLORS)), noise_first_db=FIRST_DB, noise_colors=_palette()
        )
        self._path.stash()
        self._zero = np.zeros(3)
        self._carpet: NoiseCarpet | None = None

    def measure_from(self, zero: npt.ArrayLike) -> None:
        """Say which point (3,) of the site the scene is measured from."""
        self._zero = np.array(zero, np.float64)
        self._place()

    def show(self, carpet: NoiseCarpet | None) -> None:
        """Show this carpet from now on, or none."""
        if carpet is self._carpet:
            return
        self._carpet = carpet
        if carpet is None:
            self._path.stash()
            return
        known = np.isfinite(carpet.levels_db)
        limits = (*carpet.limits_db, *(-1000.0,) * 4)[:4]
        self._path.set_shader_inputs(
            noise_levels=image_texture("levels", _spread(carpet.levels_db)),
            noise_known=image_texture("known", known.astype(np.uint8) * np.uint8(255)),
            noise_cells=float(len(carpet.levels_db)),
            noise_limits=LVecBase4(*limits),
        )
        self._path.unstash()
        self._place()

    def records(self, camera: Projection, atlas: TextAtlas, *, scale: float) -> F32:
        """Return the quads of the numbers near the eye."""
        carpet = self._carpet
        if carpet is None:
            return blank(0, "glyph")
        rows, columns = carpet.levels_db.shape
        middle = np.array([*carpet.low, carpet.floor_m]) + np.array([columns, rows, 0]) * carpet.cell_m / 2
        far = np.linalg.norm(camera.eye + self._zero - middle) > _FAR_M
        points, levels = _numbers(carpet, every=_EVERY_FAR if far else _EVERY_NEAR)
        found = camera.project(points)
        seen = np.flatnonzero(found.visible & (found.distance < _NUMBERS_REACH_M))
        anchors = camera.anchors(found)
        parts = [blank(0, "glyph")]
        nearest = seen[np.argsort(found.distance[seen])][:_NUMBERS_MAX]
        for row in nearest[::-1].tolist():
            number = _number(f"{levels[row]:.0f}", atlas, size_px=round(_NUMBER_PX * scale))
            number[:, CENTRE] += np.rint(found.pixels[row])
            number[:, ANCHOR], number[:, HIDDEN_ALPHA] = anchors[row], _HIDDEN
            parts.append(number)
        return np.concatenate(parts)

    def _place(self) -> None:
        carpet = self._carpet
        if carpet is not None:
            x, y, z = (np.array([*carpet.low, carpet.floor_m + _LIFT_M]) - self._zero).tolist()
            rows, columns = carpet.levels_db.shape
            self._path.set_pos(x, y, z)
            self._path.set_scale(columns * carpet.cell_m, rows * carpet.cell_m, 1.0)


def _palette() -> Texture:
    pixels = np.array(
        [[[int(color[i : i + 2], 16) for i in (0, 2, 4)] + [255] for color in COLORS]], np.uint8
    )
    made = image_texture("noise colours", pixels)
    made.set_minfilter(SamplerState.FT_nearest)
    made.set_magfilter(SamplerState.FT_nearest)
    return made


def _spread(levels_db: F32) -> F32:
    """Return levels in which unknown squares are as loud as a neighbour, so that edges are true."""
    filled = levels_db.copy()
    for axis in (0, 1):
        for step in (1, -1):
            beside = np.roll(filled, step, axis)
            filled = np.where(np.isnan(filled), beside, filled)
    return np.ascontiguousarray(np.nan_to_num(filled, nan=0.0), np.float32)


def _numbers(carpet: NoiseCarpet, *, every: int) -> tuple[F64, F32]:
    """Return places (n, 3) on the floor and the levels there, for some of the squares."""
    first = every // 2
    rows, columns = np.meshgrid(
        *(np.arange(first, size, every) for size in carpet.levels_db.shape), indexing="ij"
    )
    levels = carpet.levels_db[rows, columns]
    at = np.stack([columns, rows], -1)[np.isfinite(levels)] + 0.5
    flat = carpet.low + at * carpet.cell_m
    return np.column_stack([flat, np.full(len(flat), carpet.floor_m + _LIFT_M)]), levels[np.isfinite(levels)]


def _number(text: str, atlas: TextAtlas, *, size_px: int) -> F32:
    """Return the quads of a number around (0, 0), with a dark plate below it."""
    line = atlas.line(text, size_px)
    plate = shape("rect", (0, 0), (line.width + 8, size_px + 6), fill=rgba("0B1016", 0.62))
    return np.concatenate(
        [plate, letters(line, (round(-line.width / 2), round(-size_px * 0.36)), rgba("FFFFFF"))]
    )
