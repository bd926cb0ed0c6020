"""Surfaces look as their file says: textures, what their alpha means, what glows, what lies beyond edges."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.render.boxes import GREY, BoxModel, box_surface
from tests.render.conftest import pixels_of
from walkdown.package.model import Material, Wrap
from walkdown_client.scene.view import SceneView

pytestmark = pytest.mark.display

OpenScene = Callable[..., SceneView]
Ints = npt.NDArray[np.int64]

WHITE = replace(GREY, base_color=(1, 1, 1, 1))
LEFT, RIGHT = (60, 62), (60, 98)
"""Pixels on the left and on the right half of the box."""


def png(*rows: list[tuple[int, ...]]) -> bytes:
    """An RGB or RGBA picture of some pixels."""
    out = io.BytesIO()
    Image.fromarray(np.array(rows, np.uint8)).save(out, "PNG")
    return out.getvalue()


def picture(
    open_scene: OpenScene, material: Material, *images: bytes, repeats: float = 1.0, behind: bool = False
) -> tuple[Ints, SceneView]:
    """The pixels of a box whose front shows a texture, and perhaps of a blue wall behind it."""
    blue = Material("blue", base_color=(0.05, 0.1, 0.9, 1.0), roughness=0.9)
    model = BoxModel(materials=[material, blue], images=list(images))
    row = model.add_element((-1, -1, -1), (1, -0.9, 1))
    plate = box_surface((-1, -1, -1), (1, -0.9, 1), element=row)
    uvs = np.stack([plate.positions[:, 0] / 2 + 0.5, 0.5 - plate.positions[:, 2] / 2], 1) * repeats
    model.surfaces.append(replace(plate, uvs=uvs.astype(np.float32)))
    if behind:
        model.add_box((-9, 3, -9), (9, 3.1, 9), material=1)
    view = open_scene(model)
    return pixels_of(view).astype(np.int64), view


def test_a_grey_texture_is_as_bright_as_the_same_grey_without_one(open_scene: OpenScene) -> None:
    """128 of an sRGB texture is 0.2159 in linear light."""
    level = ((128 / 255 + 0.055) / 1.055) ** 2.4
    plain, _ = picture(open_scene, replace(WHITE, base_color=(level, level, level, 1)))
    mapped, _ = picture(
        open_scene, replace(WHITE, texture=0), png([(128, 128, 128)] * 2, [(128, 128, 128)] * 2)
    )
    assert np.abs(plain[LEFT] - mapped[LEFT]).max() <= 1


def test_a_mask_cuts_holes_for_eyes_and_for_picks(open_scene: OpenScene) -> None:
    leaf = png([(200, 30, 30, 255), (200, 30, 30, 40)], [(200, 30, 30, 255), (200, 30, 30, 40)])
    masked = replace(WHITE, texture=0, alpha_mode="mask", wrap=("clamp", "clamp"))
    pixels, view = picture(open_scene, masked, leaf, behind=True)
    assert pixels[LEFT][0] > pixels[LEFT][2] + 60
    assert pixels[RIGHT][2] > pixels[RIGHT][0] + 60
    hits = [view.pick(x, y) for y, x in (LEFT, RIGHT)]
    assert [hit.drawn_id for hit in hits if hit is not None] == [0, 1]


def test_the_cutoff_says_where_a_hole_begins(open_scene: OpenScene) -> None:
    faint = png([(200, 30, 30, 100)] * 2, [(200, 30, 30, 100)] * 2)
    masked = replace(WHITE, texture=0, alpha_mode="mask")
    hole, _ = picture(open_scene, replace(masked, alpha_cutoff=0.5), faint, behind=True)
    solid, _ = picture(open_scene, replace(masked, alpha_cutoff=0.3), faint, behind=True)
    assert hole[LEFT][2] > hole[LEFT][0] + 60
    assert solid[LEFT][0] > solid[LEFT][2] + 60


def test_a_blended_texture_lets_through_what_its_alpha_leaves(open_scene: OpenScene) -> None:
    half = png([(255, 255, 255, 128)] * 2, [(255, 255, 255, 128)] * 2)
    solid, _ = picture(open_scene, replace(WHITE, texture=0), half, behind=True)
    mixed, _ = picture(open_scene, replace(WHITE, texture=0, alpha_mode="blend"), half, behind=True)
    wall = mixed[60, 20]
    assert np.ptp(solid[LEFT]) < 30, "opaque: what the texture says of alpha means nothing"
    assert np.abs(mixed[LEFT] - (solid[LEFT] + wall) / 2).max() < 12


def test_what_glows_is_seen_where_its_texture_says(open_scene: OpenScene) -> None:
    lit = png([(0, 255, 0), (0, 0, 0)], [(0, 255, 0), (0, 0, 0)])
    dark = replace(WHITE, base_color=(0.02, 0.02, 0.02, 1), emissive=(1, 1, 1), emissive_texture=0)
    pixels, _ = picture(open_scene, replace(dark, wrap=("clamp", "clamp")), lit)
    assert pixels[LEFT][1] > 150
    assert pixels[RIGHT][1] < 90


@pytest.mark.parametrize(
    ("wrap", "reds"),
    [
        ("repeat", [True, False, True, False]),
        ("clamp", [True, False, False, False]),
        ("mirror", [True, False, False, True]),
    ],
)
def test_a_texture_goes_on_beyond_its_edge_as_its_file_says(
    open_scene: OpenScene, wrap: Wrap, reds: list[bool]
) -> None:
    red: tuple[int, ...] = (255, 0, 0)
    row = [red] * 8 + [(0, 0, 255)] * 8
    pixels, _ = picture(
        open_scene, replace(WHITE, texture=0, wrap=(wrap, wrap)), png(*[row] * 16), repeats=2.0
    )
    columns = np.linspace(52, 108, 9)[1::2].astype(int)
    assert [bool(pixels[52, x][0] > pixels[52, x][2]) for x in columns] == reds


def test_a_damaged_texture_is_white_and_the_part_is_still_there(open_scene: OpenScene) -> None:
    pixels, view = picture(open_scene, replace(WHITE, texture=0), b"\x89PNG\r\n\x1a\nnot at all")
    assert np.ptp(pixels[LEFT]) < 30
    assert 0 in view.visible_elements()
