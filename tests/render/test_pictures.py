"""What one sees: judged by the pixels of small pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from direct.showbase.ShowBase import ShowBase

from tests.render.boxes import GREY, BoxModel, box_surface, moved, small_hall
from tests.render.conftest import PLAIN, Pixels, pixels_of
from walkdown.frames import joint_matrices
from walkdown.package.model import Joint, Material
from walkdown_client.render.notices import EngineNotices
from walkdown_client.scene.element_state import GHOST, HIDDEN, SELECTED
from walkdown_client.scene.view import SceneView

pytestmark = pytest.mark.display

OpenScene = Callable[..., SceneView]

STALE, ALARM = 4, 3


def one_box() -> BoxModel:
    model = BoxModel()
    model.add_box((-1, -1, -1), (1, 1, 1))
    return model


def middle(pixels: Pixels, radius: int = 12) -> Pixels:
    height, width = pixels.shape[:2]
    return pixels[height // 2 - radius : height // 2 + radius, width // 2 - radius : width // 2 + radius]


def test_a_box_is_drawn_in_front_of_the_sky(open_scene: OpenScene) -> None:
    pixels = pixels_of(open_scene(one_box())).astype(int)
    box, sky = pixels[60, 80], pixels[5, 5]
    assert np.abs(box - sky).sum() > 60
    assert np.ptp(box) < 25, "the box is grey"
    assert sky[2] > sky[0], "the sky is blue"


def test_a_hidden_element_is_not_drawn(open_scene: OpenScene) -> None:
    view = open_scene(one_box())
    before = pixels_of(view)
    view.state.set_flags([0], HIDDEN)
    after = pixels_of(view)
    assert (middle(before) != middle(after)).any(2).all()


def test_a_ghost_lets_the_background_through(open_scene: OpenScene) -> None:
    view = open_scene(one_box())
    solid = middle(pixels_of(view)).astype(int)
    view.state.set_flags([0], HIDDEN)
    nothing = middle(pixels_of(view)).astype(int)
    view.state.set_flags([0], HIDDEN, on=False)
    view.state.set_flags([0], GHOST)
    ghost = middle(pixels_of(view)).astype(int)
    assert np.abs(ghost - nothing).mean() < 0.3 * np.abs(solid - nothing).mean()
    assert np.abs(ghost - nothing).mean() > 0.2


def test_an_alarm_tints_what_it_is_on(open_scene: OpenScene) -> None:
    view = open_scene(one_box())
    plain = middle(pixels_of(view)).astype(int).mean((0, 1))
    view.state.set_codes([0], ALARM)
    tinted = middle(pixels_of(view)).astype(int).mean((0, 1))
    assert tinted[0] - tinted[2] > plain[0] - plain[2] + 40


def test_a_stale_element_is_hatched(open_scene: OpenScene) -> None:
    view = open_scene(one_box())
    smooth = middle(pixels_of(view)).astype(int).mean(2)
    view.state.set_codes([0], STALE)
    hatched = middle(pixels_of(view)).astype(int).mean(2)
    assert np.abs(np.diff(smooth, axis=1)).max() <= 3
    stripes = np.abs(np.diff(hatched, axis=1)).max(1) > 6
    assert stripes.mean() > 0.9, "every row crosses stripes"


def test_heat_colours_follow_the_value(open_scene: OpenScene) -> None:
    model = BoxModel()
    for x in (-2.2, 0.2):
        model.add_box((x, -1, -1), (x + 2, 1, 1))
    view = open_scene(model)
    view.state.set_heat([0, 1], [0.05, 0.8])
    view.show_heat(True)
    pixels = pixels_of(view).astype(int)
    cold, hot = pixels[60, 50], pixels[60, 110]
    assert cold[2] > cold[0] + 20
    assert hot[0] > hot[2] + 40


def test_an_unknown_value_shows_no_heat(open_scene: OpenScene) -> None:
    view = open_scene(one_box())
    view.show_heat(True, desaturation=0.0)
    before = pixels_of(view)
    view.state.set_heat([0], [0.9], strength=0.0)
    assert (pixels_of(view) == before).all()


def test_a_selected_element_gets_a_yellow_outline(open_scene: OpenScene) -> None:
    view = open_scene(one_box())
    view.state.only([0], SELECTED)
    pixels = pixels_of(view).astype(int)
    yellow = (pixels[..., 0] > 190) & (pixels[..., 1] > 170) & (pixels[..., 2] < 150)
    rows, columns = np.nonzero(yellow)
    assert 100 < yellow.sum() < 1500
    assert not yellow[55:65, 70:90].any(), "only around it"
    assert np.ptp(rows) > 40
    assert np.ptp(columns) > 40


def test_the_outline_of_another_person_has_that_persons_colour(open_scene: OpenScene) -> None:
    view = open_scene(one_box())
    plain = pixels_of(view).astype(int)
    view.state.mark_for_others([0], 0)
    pixels = pixels_of(view).astype(int)
    changed = np.abs(pixels - plain).sum(2) > 60
    blue = (pixels[..., 2] > pixels[..., 0] + 80) & changed
    assert blue.sum() > 60


def test_a_hidden_part_of_an_outline_is_fainter(open_scene: OpenScene) -> None:
    model = one_box()
    model.add_box((-3, -3, -0.4), (3, -2.6, 0.4))
    view = open_scene(model)
    plain = pixels_of(view).astype(int)
    view.state.only([0], SELECTED)
    change = np.abs(pixels_of(view).astype(int) - plain).sum(2)
    in_front, above = change[52:68].max(), change[20:46].max()
    assert 25 < in_front < 0.75 * above


def test_a_joint_moves_pixels_and_bounds(open_scene: OpenScene) -> None:
    model = BoxModel()
    joint = Joint("j", "prismatic", (0, 0, 0), (1, 0, 0))
    model.joint_list.append(joint)
    model.add_box((-0.5, -0.5, -0.5), (0.5, 0.5, 0.5), joint=0)
    view = open_scene(model)
    at_rest = pixels_of(view)
    view.set_joint_matrices(joint_matrices([joint], [2.0]))
    moved_away = pixels_of(view)
    assert (middle(at_rest, 6) != middle(moved_away, 6)).any(2).all()
    assert view.pick(80, 60) is None
    found = view.pick(80 + 41, 60)
    assert found is not None
    assert found.drawn_id == 0


def test_instances_look_like_the_same_shapes_in_place(open_scene: OpenScene) -> None:
    shape = box_surface((-0.4, -0.4, -0.4), (0.4, 0.4, 0.4))
    places = [(-1.5, 0, 0), (0, 0.5, 0.3), (1.5, 0, -0.4)]
    batched, instanced = BoxModel(), BoxModel()
    for place in places:
        row = batched.add_element(np.array(place) - 0.4, np.array(place) + 0.4)
        batched.surfaces.append(replace(moved(shape, place), elements=np.full(24, row, np.uint32)))
    instanced.add_copies(shape, places)
    first = pixels_of(open_scene(batched)).astype(int)
    second = pixels_of(open_scene(instanced)).astype(int)
    assert np.abs(first - second).max() <= 2


def test_an_instance_can_be_hidden_and_moved_alone(open_scene: OpenScene) -> None:
    model = BoxModel()
    joint = Joint("belt", "flow", (0, 0, 0), (0, 0, 1), period=0.5)
    model.joint_list.append(joint)
    shape = box_surface((-0.4, -0.4, -0.4), (0.4, 0.4, 0.4))
    (still,) = model.add_copies(shape, [(-1.5, 0, 0)])
    (moving,) = model.add_copies(shape, [(1.5, 0, 0)], joint=0)
    view = open_scene(model)
    before = pixels_of(view)
    view.set_joint_matrices(joint_matrices([joint], [5.0]))
    after = pixels_of(view)
    assert (before[:, :70] == after[:, :70]).all()
    assert (before[:, 90:] != after[:, 90:]).any()
    assert set(view.visible_elements()) == {still}
    view.set_joint_matrices(joint_matrices([joint], [0.0]))
    view.state.set_flags([still], HIDDEN)
    assert set(view.visible_elements()) == {moving}


def test_multisampling_gives_the_greys_between(open_scene: OpenScene) -> None:
    model = BoxModel(materials=[Material("white", base_color=(1, 1, 1, 1), emissive=(9, 9, 9))])
    model.add_box((-1, -1, -1), (1, 1, 1))
    levels = {}
    for samples in (0, 4):
        view = open_scene(model, replace(PLAIN, samples=samples))
        view.set_camera((0, -8, 0), quaternion=(0.98, 0.0, 0.199, 0.0), fov_deg=50)
        edge = pixels_of(view).astype(int)[..., 0]
        levels[samples] = len(np.unique(edge[(edge > 215) & (edge < 254)]))
    assert levels[4] > levels[0] + 2


def test_the_sun_casts_a_shadow(open_scene: OpenScene) -> None:
    bare, covered = BoxModel(), BoxModel()
    for model in (bare, covered):
        model.add_floor()
    covered.add_box((-1.5, -1.5, 0.5), (1.5, 1.5, 0.8))
    lit: list[npt.NDArray[np.int64]] = []
    shaded: list[npt.NDArray[np.int64]] = []
    for scene, found in ((bare, lit), (covered, shaded)):
        view = open_scene(scene, replace(PLAIN, shadow_taps=9))
        view.finish_package(0)
        view.set_camera((0, -10, 4), target=(0, 0, -2), fov_deg=60)
        found.append(pixels_of(view).astype(int).sum(2))
    darker = lit[0] - shaded[0] > 90
    assert 150 < darker.sum() < 3000


def test_a_texture_is_seen_the_right_way_up(open_scene: OpenScene) -> None:
    from panda3d.core import PNMImage, StringStream

    image = PNMImage(8, 8)
    for x in range(8):
        for y in range(8):
            image.set_xel(x, y, *((1, 0, 0) if y < 4 else (0, 0, 1)))
    stream = StringStream()
    image.write(stream, "red over blue.png")
    textured = replace(GREY, base_color=(1, 1, 1, 1), texture=0)
    model = BoxModel(materials=[textured], images=[bytes(stream.data)])
    row = model.add_element((-1, -1, -1), (1, 1, 1))
    front = box_surface((-1, -1, -1), (1, 1, 1), element=row)
    uvs = np.stack([front.positions[:, 0] / 2 + 0.5, 0.5 - front.positions[:, 2] / 2], 1).astype(np.float32)
    model.surfaces.append(replace(front, uvs=uvs))
    pixels = pixels_of(open_scene(model)).astype(int)
    upper, lower = pixels[45, 80], pixels[75, 80]
    assert upper[0] > upper[2] + 60
    assert lower[2] > lower[0] + 60


def test_vertex_colours_multiply_the_material(open_scene: OpenScene) -> None:
    model = BoxModel(materials=[replace(GREY, base_color=(1, 1, 1, 1))])
    row = model.add_element((-1, -1, -1), (1, 1, 1))
    colors = np.tile(np.array([0, 200, 0, 255], np.uint8), (24, 1))
    model.surfaces.append(replace(box_surface((-1, -1, -1), (1, 1, 1), element=row), colors=colors))
    box = pixels_of(open_scene(model)).astype(int)[60, 80]
    assert box[1] > box[0] + 60
    assert box[1] > box[2] + 60


@pytest.mark.parametrize("double_sided", [False, True])
def test_back_faces_are_drawn_only_when_double_sided(open_scene: OpenScene, double_sided: bool) -> None:
    model = BoxModel(materials=[replace(GREY, double_sided=double_sided)])
    row = model.add_element((-1, -1, -1), (1, 1, 1))
    box = box_surface((-1, -1, -1), (1, 1, 1), element=row)
    back = np.flatnonzero(box.normals[box.triangles[:, 0], 1] > 0.5)
    model.surfaces.append(replace(box, triangles=box.triangles[back]))
    assert bool(open_scene(model).visible_elements()) is double_sided


def test_a_hall_is_closed_from_inside_and_open_from_outside(open_scene: OpenScene) -> None:
    model = small_hall()
    pump, roof = model.kinds.index("pump"), model.kinds.index("roof")
    view = open_scene(model)
    view.set_camera((10, 4, 1.6), target=(3, 4, 1.6), fov_deg=80)
    assert {pump, roof} <= set(view.visible_elements())
    assert not view.light.look.on_table
    view.set_camera((6, -14, 14), target=(6, 4, 0), fov_deg=60)
    seen = set(view.visible_elements())
    assert pump in seen
    assert roof not in seen
    assert view.light.look.on_table
    view.set_cut_mode("closed")
    seen = set(view.visible_elements())
    assert roof in seen
    assert pump not in seen


def test_small_parts_far_away_are_left_out(open_scene: OpenScene) -> None:
    model = BoxModel()
    small = model.add_box((-0.05, 0, -0.05), (0.05, 0.1, 0.05))
    large = model.add_box((1, 0, -1), (3, 1, 1))
    view = open_scene(model, replace(PLAIN, smallest_px=4.0))
    view.set_camera((0, -3, 0), target=(0, 0, 0), fov_deg=50)
    assert set(view.visible_elements()) == {small, large}
    view.set_camera((0, -30, 0), target=(0, 0, 0), fov_deg=50)
    assert set(view.visible_elements()) == {large}


def test_another_quality_shows_the_same_scene(open_scene: OpenScene) -> None:
    view = open_scene(one_box())
    view.state.only([0], SELECTED)
    first = pixels_of(view).astype(int)
    for quality in (replace(PLAIN, scale=0.5), replace(PLAIN, samples=4, shadow_size=256), PLAIN):
        view.set_quality(quality)
        assert np.abs(pixels_of(view).astype(int) - first).mean() < 8
    assert np.abs(pixels_of(view).astype(int) - first).max() <= 2


def test_feature_lines_are_drawn_near_and_not_far(open_scene: OpenScene) -> None:
    model = BoxModel()
    model.add_box((-1, -1, -1), (1, 1, 1), lines=True)
    bare, lined = (
        pixels_of(open_scene(model, replace(PLAIN, edges_far=far))).astype(int) for far in (0.0, 60.0)
    )
    darker = bare.sum(2) - lined.sum(2) > 40
    assert 60 < darker.sum() < 1500
    view = open_scene(model, replace(PLAIN, edges_far=2.0))
    assert (np.abs(pixels_of(view).astype(int) - bare) <= 2).all()


def test_a_broken_shader_is_noticed(engine: tuple[ShowBase, EngineNotices]) -> None:
    from panda3d.core import Shader

    base, notices = engine
    notices.poll()
    before = notices.shader_error_count
    stages = "#version 330\nvoid main() { nonsense; }", "#version 330\nvoid main() {}"
    broken = Shader.make(Shader.SL_GLSL, *stages)
    broken.prepare_now(base.win.gsg.prepared_objects, base.win.gsg)
    notices.poll()
    assert notices.shader_error_count > before
    assert any("nonsense" in line for line in notices.shader_errors)
    notices.shader_errors.clear()
    notices.shader_error_count = 0
