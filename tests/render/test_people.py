"""People, labels and relations in the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from panda3d.core import Filename, PNMImage

from tests.render.boxes import BoxModel
from tests.render.conftest import PLAIN, Pixels, pixels_of
from walkdown.frames import quaternion_from_heading_pitch
from walkdown_client.scene.avatar import EYE_HEIGHT_M, lathe, make_figure
from walkdown_client.scene.cards import Card, Pin
from walkdown_client.scene.people import SPEAKING
from walkdown_client.scene.placing import Box, place_cards
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quads import CENTRE, HALF, KIND, KINDS, UV, strokes
from walkdown_client.scene.text_atlas import TextAtlas
from walkdown_client.scene.view import SceneView

OpenScene = Callable[..., SceneView]


def empty_scene(open_scene: OpenScene) -> SceneView:
    """A floor far below, so that nothing is behind what is tested but sky."""
    model = BoxModel()
    model.add_box((-30, 20, -9), (30, 21, -8), layer="floor")
    view = open_scene(model)
    view.set_camera((0, -5, 0), target=(0, 0, 0), fov_deg=60)
    return view


def changed(before: Pixels, after: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray(np.abs(before.astype(int) - after.astype(int)).sum(2) > 40)


@pytest.mark.display
def test_a_person_is_drawn_in_their_colour_and_can_be_found(open_scene: OpenScene) -> None:
    view = empty_scene(open_scene)
    before = pixels_of(view)
    view.people.update([(0, 0, 0.3)], [(1, 0, 0, 0)], names=[""], colors=[0])
    after = pixels_of(view).astype(int)
    person = changed(before, after.astype(np.uint8))
    blue = person & (after[..., 2] > after[..., 0] + 40)
    assert person.sum() > 300
    assert blue.sum() > 150
    pixel = Projection(view.base).project([(0, 0, 0.3)]).pixels[0]
    assert view.person_at(float(pixel[0]), 120 - float(pixel[1])) == 0
    assert view.person_at(5, 5) is None


@pytest.mark.display
def test_nobody_leaves_no_trace(open_scene: OpenScene) -> None:
    view = empty_scene(open_scene)
    before = pixels_of(view)
    view.people.update([(0, 0, 0)], [(1, 0, 0, 0)], names=["A"], colors=[2])
    assert changed(before, pixels_of(view)).any()
    view.people.update(np.zeros((0, 3)), np.zeros((0, 4)), names=[], colors=[])
    assert not changed(before, pixels_of(view)).any()


@pytest.mark.display
def test_the_visor_shows_where_a_person_looks(open_scene: OpenScene) -> None:
    view = empty_scene(open_scene)
    darkest = {}
    for heading in (0.0, np.pi):
        turn = quaternion_from_heading_pitch(heading, 0.0)
        view.people.update([(0, -2, 0)], [turn], names=[""], colors=[0])
        darkest[heading] = int(pixels_of(view).astype(int).sum(2)[50:75, 70:90].min())
    assert darkest[np.pi] < darkest[0.0] - 40, "turned towards us, the dark visor is seen"


@pytest.mark.display
def test_a_speaking_person_wears_a_ring(open_scene: OpenScene) -> None:
    view = empty_scene(open_scene)
    view.people.update([(0, 0, 0)], [(1, 0, 0, 0)], names=[""], colors=[0])
    silent = pixels_of(view)
    view.people.update([(0, 0, 0)], [(1, 0, 0, 0)], names=[""], colors=[0], flags=SPEAKING)
    ring = changed(silent, pixels_of(view))
    _rows, columns = np.nonzero(ring)
    assert ring.sum() > 30
    assert 8 < np.ptp(columns) < 40


@pytest.mark.display
def test_people_cast_shadows_in_a_written_picture(open_scene: OpenScene, tmp_path: Path) -> None:
    model = BoxModel()
    model.add_floor()
    view = open_scene(model, replace(PLAIN, shadow_taps=1))
    view.finish_package(0)
    view.set_camera((0, -9, 3), target=(0, 0, -1), fov_deg=50)
    view.people.update([(0, 0, -0.38)], [(1, 0, 0, 0)], names=[""], colors=[0])
    before = pixels_of(view).astype(int)
    view.screenshot(tmp_path / "still.png")
    picture = PNMImage(Filename.from_os_specific(str(tmp_path / "still.png")))
    still = np.array([[picture.get_xel(x, y) for x in range(160)] for y in range(120)]).sum(2) * 255
    darker = before.sum(2) - still > 80
    assert 15 < darker.sum() < 1500
    assert np.abs(pixels_of(view).astype(int) - before).max() <= 2, "and afterwards all is as it was"


@pytest.mark.display
def test_the_names_of_people_in_a_row_are_stacked(open_scene: OpenScene) -> None:
    view = empty_scene(open_scene)
    places = [(0, y, 0) for y in (0, 1, 2)]
    view.people.update(places, np.tile([1.0, 0, 0, 0], (3, 1)), names=["Ada", "Bo", ""], colors=[0, 1, 2])
    view.labels.set_tags(view.people.tags)
    records = view.labels.records(Projection(view.base))
    plates = records[records[:, KIND] == KINDS.index("rect")]
    assert len(plates) == 2, "who has no name has no plate"
    gap = np.abs(plates[0, CENTRE] - plates[1, CENTRE])
    assert gap[1] >= plates[0, HALF][1] + plates[1, HALF][1]


@pytest.mark.display
def test_three_hundred_people_are_one_upload_and_three_draw_calls(open_scene: OpenScene) -> None:
    view = empty_scene(open_scene)
    rng = np.random.default_rng(3)
    places = rng.uniform(-3, 3, (300, 3))
    turns = np.tile([1.0, 0, 0, 0], (300, 1))
    view.people.update(places, turns, names=[f"P{i}" for i in range(300)], colors=np.arange(300))
    pixels_of(view)
    root = view.base.render.find("people")
    assert [child.get_instance_count() for child in root.get_children()] == [300, 300, 300]


@pytest.mark.display
@pytest.mark.parametrize("text", ["Filler 7", "灌装机", "Größe °C"])
def test_a_card_shows_its_words_in_every_script(open_scene: OpenScene, text: str) -> None:
    view = empty_scene(open_scene)
    view.labels.set_cards([Card(key="a", anchor=(0, 0, 0), title=" " * len(text))])
    empty = pixels_of(view)
    view.labels.set_cards([Card(key="a", anchor=(0, 0, 0), title=text)])
    written = pixels_of(view)
    ink = changed(empty, written) & (written.astype(int).sum(2) > 450)
    assert ink.sum() > 25, "letters are light on a dark card"


@pytest.mark.display
def test_letters_of_the_languages_are_in_the_fonts(open_scene: OpenScene) -> None:
    empty_scene(open_scene)
    atlas = TextAtlas()
    assert all(atlas.has(letter) for letter in "AzÄöß°µΩ²·灌装机旋盖检查护栏")


@pytest.mark.display
def test_markers_have_the_colour_and_shape_of_their_state(open_scene: OpenScene) -> None:
    view = empty_scene(open_scene)
    before = pixels_of(view)
    areas = {}
    for code in range(1, 7):
        view.labels.set_markers([(0, 0, -0.5)], [code])
        after = pixels_of(view)
        areas[code] = changed(before, after)
    view.labels.set_markers([(0, 0, -0.5)], [0])
    assert not changed(before, pixels_of(view)).any(), "no state, no marker"
    shapes = {area[:60].tobytes() for area in areas.values()}
    assert len(shapes) >= 5, "alarm and simulated share the diamond, in different colours and sizes"


@pytest.mark.display
def test_an_alarm_out_of_view_is_shown_at_the_edge(open_scene: OpenScene) -> None:
    view = empty_scene(open_scene)
    view.labels.set_markers([(40, 0, 0), (0, -60, 0)], [3, 3])
    records = view.labels.records(Projection(view.base))
    width, height = 160, 120
    assert len(records) == 2
    assert (records[:, CENTRE] > 0).all()
    assert (records[:, CENTRE] < (width, height)).all()
    assert records[0, CENTRE][0] > width * 0.8
    view.labels.set_markers([(40, 0, 0)], [1])
    assert len(view.labels.records(Projection(view.base))) == 0


@pytest.mark.display
def test_a_label_behind_something_is_fainter(open_scene: OpenScene) -> None:
    view = empty_scene(open_scene)
    view.labels.set_pins([Pin(key="n", anchor=(0, 0, 0))])
    free = pixels_of(view).astype(int)
    model = BoxModel()
    model.add_box((-30, 20, -9), (30, 21, -8), layer="floor")
    model.add_box((-0.5, -1.2, -0.5), (0.5, -1, 0.5))
    covered_view = open_scene(model)
    covered_view.set_camera((0, -5, 0), target=(0, 0, 0), fov_deg=60)
    wall = pixels_of(covered_view).astype(int)
    covered_view.labels.set_pins([Pin(key="n", anchor=(0, 0, 0))])
    covered = pixels_of(covered_view).astype(int)
    spot = (slice(38, 50), slice(72, 88))
    visible = np.abs(covered[spot] - wall[spot]).sum()
    assert 0 < visible < 0.8 * np.abs(free[spot] - wall[spot]).sum()


@pytest.mark.display
def test_an_arc_rises_between_its_ends(open_scene: OpenScene) -> None:
    view = empty_scene(open_scene)
    before = pixels_of(view)
    view.relations.update([(-2, 0, -0.5)], [(2, 0, -0.5)], colors=(1, 0.5, 0, 1), lift=0.25)
    arc = changed(before, pixels_of(view))
    rows, columns = np.nonzero(arc)
    assert np.ptp(columns) > 80
    top = columns[rows == rows.min()]
    assert abs(top.mean() - 80) < 8, "highest in the middle"
    view.relations.update(np.zeros((0, 3)), np.zeros((0, 3)), colors=(1, 1, 1, 1))
    assert not changed(before, pixels_of(view)).any()


def test_cards_do_not_lie_on_each_other_nor_outside() -> None:
    anchors = [(300.0 + 14 * i, 220.0 + 9 * (i % 3)) for i in range(6)]
    placed = place_cards(anchors, [(150.0, 70.0)] * 6, area=(0, 0, 900, 600), before=[-1] * 6)
    boxes = [box for _, box in placed]
    assert all(a.overlap(b) == 0 for i, a in enumerate(boxes) for b in boxes[:i])
    for box in boxes:
        assert box.width / 2 <= box.x <= 900 - box.width / 2
        assert box.height / 2 <= box.y <= 600 - box.height / 2


def test_a_card_stays_where_it_was_while_things_move_a_little() -> None:
    first = place_cards([(300.0, 200.0)], [(150.0, 70.0)], area=(0, 0, 900, 600), before=[3])
    assert first[0][0] == 3
    moved = place_cards([(304.0, 199.0)], [(150.0, 70.0)], area=(0, 0, 900, 600), before=[3])
    assert moved[0][0] == 3


def test_a_card_moves_when_its_place_leaves_the_window() -> None:
    ((place, box),) = place_cards([(450.0, 590.0)], [(150.0, 70.0)], area=(0, 0, 900, 600), before=[0])
    assert place != 0, "above the thing it would cover it"
    assert abs(box.x - 450) > box.width / 2


def test_cards_keep_out_of_what_panels_cover() -> None:
    ((_, box),) = place_cards([(880.0, 300.0)], [(150.0, 70.0)], area=(44, 22, 580, 564), before=[-1])
    assert box.x + box.width / 2 <= 580
    assert box.y + box.height / 2 <= 564


def test_overlap_is_the_covered_share() -> None:
    assert Box(0, 0, 10, 10).overlap(Box(5, 0, 10, 10)) == pytest.approx(0.5)
    assert Box(0, 0, 10, 10).overlap(Box(11, 0, 10, 10)) == 0


def test_the_figure_stands_on_its_shadow_and_its_normals_point_outwards() -> None:
    figure = make_figure()
    body = figure.positions[figure.parts == 0]
    assert body[:, 2].min() > 0.3
    assert body[:, 2].max() < EYE_HEIGHT_M
    assert np.allclose(np.linalg.norm(figure.normals, axis=1), 1, atol=1e-5)
    assert figure.triangles.max() < len(figure.positions)
    positions, normals, triangles = lathe([(0.5, 0.0), (0.5, 1.0)], 12)
    a, b, c = (positions[triangles[:, i]] for i in range(3))
    facing = (np.cross(b - a, c - a) * normals[triangles[:, 0]]).sum(1)
    assert (facing > 0).all(), "counter-clockwise seen from outside"


def test_strokes_end_where_they_should() -> None:
    start, end = np.array([[10.0, 20.0]], np.float32), np.array([[30.0, 16.0]], np.float32)
    (record,) = strokes(start, end, width=2.0, color=(1, 1, 1, 1))
    assert (record[CENTRE] + record[UV][:2]).tolist() == [10, 20]
    assert (record[CENTRE] + record[UV][2:]).tolist() == [30, 16]
    assert (record[HALF] >= np.abs(record[UV][:2])).all()
