"""Section planes cut in every pass, and mark the faces where they cut."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.render.boxes import BoxModel, box_surface
from tests.render.conftest import Pixels, pixels_of
from walkdown.messages import Plane
from walkdown.package.model import Material
from walkdown_client.render import masks
from walkdown_client.scene.element_state import GHOST, HIDDEN, SELECTED
from walkdown_client.scene.view import SceneView

OpenScene = Callable[..., SceneView]

pytestmark = pytest.mark.display

SHADERS = Path(__file__).parents[2] / "shaders"
SOUTH = Plane((0.0, 0.0, 0.0), (0.0, -1.0, 0.0))
"""Takes the near half of what is looked at from the south."""

RED = Material("red", base_color=(0.8, 0.05, 0.05, 1.0), roughness=0.9)
MIDDLE = (slice(45, 75), slice(65, 95))


def is_hatched(patch: Pixels) -> bool:
    """Whether a patch holds light lines on dark ground, and nothing between but their edges."""
    light = patch.astype(int).sum(2)
    return bool((light > 600).mean() > 0.05 and (light < 250).mean() > 0.4)


def reddish(patch: Pixels) -> npt.NDArray[np.bool_]:
    """Which pixels are more red than green by far."""
    return np.asarray(patch[..., 0].astype(int) > patch[..., 1].astype(int) + 40)


def box(*, material: int = 0, double_sided: bool = False, lid: bool = True) -> BoxModel:
    """A box of two metres on a floor; without a ``lid`` it is open to the north."""
    model = BoxModel(materials=[Material("grey", (0.5, 0.5, 0.5, 1.0), double_sided=double_sided), RED])
    model.add_floor()
    model.add_box((-1, -1, -1), (1, 1, 1), material=material)
    if not lid:
        whole = model.surfaces[-1]
        model.surfaces[-1] = box_surface((-1, -1, -1), (1, 1, 1), element=1)
        kept = ~(whole.positions[whole.triangles][:, :, 1] > 0.9).all(1)
        model.surfaces[-1] = type(whole)(
            whole.positions,
            whole.normals,
            whole.elements,
            whole.materials,
            whole.triangles[kept],
            whole.lines,
        )
    return model


def test_all_that_sections_ask_for_is_there_also_for_what_they_never_cut(open_scene: OpenScene) -> None:
    text = (SHADERS / "sections.glsl").read_text("utf-8")
    names = set(re.findall(r"^uniform \w+ (\w+)", text, re.MULTILINE))
    assert {"cuts", "cut_count", "element_boxes", "both_sides"} <= names
    root = open_scene(box()).base.render
    asked = [name for name in names if not name.startswith("p3d_")]
    assert [name for name in asked if not root.get_shader_input(name).get_name()] == []


def test_a_cut_face_is_hatched_flat_and_what_is_cut_away_is_gone(open_scene: OpenScene) -> None:
    view = open_scene(box(material=1))
    whole = pixels_of(view)[MIDDLE]
    assert reddish(whole).all()
    view.set_section([SOUTH])
    assert is_hatched(pixels_of(view)[MIDDLE])
    view.set_section([Plane((0, 3, 0), (0, -1, 0))])
    assert not reddish(pixels_of(view)[MIDDLE]).any()
    view.set_section([])
    assert (pixels_of(view)[MIDDLE] == whole).mean() > 0.99


def test_a_pick_goes_through_what_is_cut_away_and_lies_on_the_cut_face(open_scene: OpenScene) -> None:
    model = box()
    behind = model.add_box((-1, 4, -1), (1, 5, 1))
    view = open_scene(model)
    view.set_section([SOUTH])
    hit = view.pick(80, 60)
    assert hit is not None
    assert hit.drawn_id == 1
    assert hit.position[1] == pytest.approx(0.0, abs=1e-3)
    view.set_section([Plane((0, 2, 0), (0, -1, 0))])
    through = view.pick(80, 60)
    assert through is not None
    assert through.drawn_id == behind
    assert 1 not in view.visible_elements()


def test_what_is_cut_away_has_no_outline_and_casts_no_shadow(open_scene: OpenScene) -> None:
    model = BoxModel(materials=[RED])
    model.add_floor()
    high = model.add_box((-1, -1, 2), (1, 1, 3))
    view = open_scene(model)
    view.finish_package(0)
    view.set_camera((0, -9, 6), target=(0, 0, 0), fov_deg=50)
    view.state.set_flags([high], SELECTED)
    marked = pixels_of(view)
    view.set_section([Plane((0, 0, 1), (0, 0, 1))])
    cut = pixels_of(view)
    yellow = (marked[..., 0] > 200) & (marked[..., 1] > 190) & (marked[..., 2] < 120)
    assert yellow.any()
    assert not ((cut[..., 0] > 200) & (cut[..., 1] > 190) & (cut[..., 2] < 120)).any()
    floor = cut.astype(int).sum(2)[70:]
    assert floor.min() > 0.8 * np.median(floor), "no shadow of what is not there"


def test_what_is_open_does_not_look_solid(open_scene: OpenScene) -> None:
    flat = BoxModel()
    flat.add_floor()
    row = flat.add_element((-1, 1, -1), (1, 1, 1))
    sheet = box_surface((-1, 1, -1), (1, 1, 1), element=row)
    flat.surfaces.append(sheet)
    view = open_scene(flat)
    seen = pixels_of(view)[MIDDLE]
    view.set_section([SOUTH])
    assert not is_hatched(pixels_of(view)[MIDDLE])
    assert np.abs(pixels_of(view)[MIDDLE].astype(int) - seen).max() < 40


def test_the_cut_face_of_what_is_drawn_from_both_sides_is_marked_too(open_scene: OpenScene) -> None:
    view = open_scene(box(double_sided=True))
    view.set_section([SOUTH])
    assert is_hatched(pixels_of(view)[MIDDLE])


def test_a_box_of_planes_leaves_what_is_inside_and_neighbours_are_hatched_differently(
    open_scene: OpenScene,
) -> None:
    model = BoxModel()
    model.add_floor()
    model.add_box((-1, -1, -1), (0, 1, 1))
    model.add_box((0, -1, -1), (1, 1, 1))
    view = open_scene(model)
    view.set_section([SOUTH, Plane((0.8, 0, 0), (1, 0, 0)), Plane((-0.8, 0, 0), (-1, 0, 0))])
    picture = pixels_of(view)
    left, right = picture[50:70, 66:78], picture[50:70, 82:94]
    assert is_hatched(left)
    assert is_hatched(right)
    assert slope(left) * slope(right) < 0
    assert set(view.visible_elements()) == {0, 1, 2}
    beside = view.pick(60, 60)
    assert beside is None or beside.drawn_id == 0


def slope(patch: Pixels) -> float:
    """Which way the light lines of a patch run."""
    light = (patch.astype(int).sum(2) > 500).astype(float)
    down = (light[1:, 1:] * light[:-1, :-1]).sum()
    up = (light[1:, :-1] * light[:-1, 1:]).sum()
    return float(down - up)


def test_far_from_the_zero_of_the_site_a_section_cuts_in_the_same_place(open_scene: OpenScene) -> None:
    model, at = BoxModel(), np.array([250_000.0, 400_000.0, 0.0])
    model.add_box(at - 1, at + 1)
    view = open_scene(model)
    view.set_camera(at + np.array([0, -8, 0]), target=at, fov_deg=50)
    view.set_section([Plane(tuple(at.tolist()), (0.0, -1.0, 0.0))])
    hit = view.pick(80, 60)
    assert hit is not None
    half = np.array([0, 0.5, 0])
    assert hit.position[1] - at[1] == pytest.approx(0.0, abs=0.01)
    assert view.sections.keeps([at + half, at - half]).tolist() == [True, False]
    assert view.sections.leaves(at - 1, at + 1).tolist() == [True]


def test_a_view_gives_things_colours_of_their_own(open_scene: OpenScene) -> None:
    view = open_scene(box())
    plain = pixels_of(view)[MIDDLE].astype(int)
    view.paint([([1], (0.0, 0.6, 0.0))])
    green = pixels_of(view)[MIDDLE].astype(int)
    assert (green[..., 1] > green[..., 0] + 40).all()
    view.paint([])
    assert np.abs(pixels_of(view)[MIDDLE].astype(int) - plain).max() < 3


def test_an_eye_inside_of_something_sees_no_cut_face_and_picks_what_is_outside(open_scene: OpenScene) -> None:
    model = box()
    behind = model.add_box((-1, 4, -1), (1, 5, 1))
    view = open_scene(model)
    view.set_section([Plane((0, 0, 0.9), (0, 0, 1))])
    view.set_camera((0, 0, 0), target=(0, 4, 0), fov_deg=50)
    hit = view.pick(80, 60)
    assert hit is not None
    assert hit.drawn_id == behind
    assert not is_hatched(pixels_of(view)[MIDDLE])


def test_edges_and_ghosts_are_cut_as_well(open_scene: OpenScene) -> None:
    model = BoxModel()
    model.add_floor()
    ghost = model.add_box((-1, -1, -1), (1, 1, 1), lines=True)
    view = open_scene(model)
    view.state.set_flags([ghost], GHOST)
    faint = pixels_of(view).astype(int)
    view.set_section([Plane((0, 3, 0), (0, -1, 0))])
    gone = pixels_of(view).astype(int)
    view.state.set_flags([ghost], HIDDEN)
    none = pixels_of(view).astype(int)
    assert np.abs(faint - none)[10:75].max() > 20
    assert np.abs(gone - none)[10:75].max() <= 2


def test_what_is_all_cut_away_is_not_even_drawn_but_the_ground_stays(open_scene: OpenScene) -> None:
    model = BoxModel()
    model.add_box((-1, -1, -1), (1, 1, 1))
    view = open_scene(model)
    view.finish_package(0)
    view.draw()
    drawn = [not chunk.surface.is_hidden(masks.MAIN) for chunk in view._model.batches._chunks]
    view.set_section([Plane((0, 0, -50), (0, 0, 1))])
    view.draw()
    left = [not chunk.surface.is_hidden(masks.MAIN) for chunk in view._model.batches._chunks]
    assert (sum(drawn), sum(left)) == (2, 1)
    assert view.visible_elements() == {}
