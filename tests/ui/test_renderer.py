"""The renderer: pixels where they belong, in windows and on a quad in the world."""

from __future__ import annotations

import numpy as np
import pytest
from imgui_bundle import imgui
from panda3d.core import Camera, NodePath, PerspectiveLens

from tests.ui.stage import Stage
from walkdown_client.ui.renderer import ImGuiPanda, WorldPanel

pytestmark = pytest.mark.display

RED, GREEN = 0xFF0000FF, 0xFF00FF00


def draw(panel: ImGuiPanda, paint: object) -> None:
    panel.begin(1 / 60)
    assert callable(paint)
    paint()
    panel.end()


def rectangle() -> None:
    imgui.get_background_draw_list().add_rect_filled((10, 20), (60, 50), RED)


def test_a_rectangle_lies_exactly_where_it_was_drawn() -> None:
    stage = Stage(120, 80)
    panel = ImGuiPanda(stage.output)
    draw(panel, rectangle)
    red = (stage.pixels()[..., :3] == (255, 0, 0)).all(2)
    panel.close()
    stage.close()
    rows, columns = np.nonzero(red)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (10, 59, 20, 49)
    assert red.sum() == 50 * 30


def test_what_lies_outside_a_window_is_cut_off() -> None:
    stage = Stage(120, 80)
    panel = ImGuiPanda(stage.output)

    def clipped() -> None:
        lines = imgui.get_background_draw_list()
        lines.push_clip_rect((0, 0), (30, 30))
        lines.add_rect_filled((10, 20), (60, 50), RED)
        lines.pop_clip_rect()

    draw(panel, clipped)
    rows, columns = np.nonzero((stage.pixels()[..., :3] == (255, 0, 0)).all(2))
    panel.close()
    stage.close()
    assert (columns.max(), rows.max()) == (29, 29)


def test_more_vertices_than_a_short_index_reaches_are_drawn() -> None:
    stage = Stage(300, 300)
    panel = ImGuiPanda(stage.output)

    def many() -> None:
        lines = imgui.get_background_draw_list()
        for place in range(20_000):
            x, y = place % 141 * 2, place // 141 * 2
            lines.add_rect_filled((x, y), (x + 1, y + 1), GREEN)

    draw(panel, many)
    green = (stage.pixels()[..., :3] == (0, 255, 0)).all(2)
    panel.close()
    stage.close()
    assert green.sum() == 20_000


def test_glyphs_of_a_language_appear_when_they_are_first_needed() -> None:
    stage = Stage(200, 60)
    panel = ImGuiPanda(stage.output)
    background = stage.pixels().copy()
    draw(panel, lambda: imgui.get_background_draw_list().add_text((10, 10), 0xFFFFFFFF, "中文 äß"))
    changed = (stage.pixels() != background).any(2).sum()
    panel.close()
    stage.close()
    assert changed > 150


def test_two_outputs_have_contexts_of_their_own() -> None:
    one, other = Stage(60, 60), Stage(60, 60)
    first, second = ImGuiPanda(one.output), ImGuiPanda(other.output)
    draw(first, lambda: imgui.get_background_draw_list().add_rect_filled((0, 0), (60, 60), RED))
    draw(second, lambda: imgui.get_background_draw_list().add_rect_filled((0, 0), (60, 60), GREEN))
    colours = one.pixels()[30, 30, :3].tolist(), other.pixels()[30, 30, :3].tolist()
    for panel, stage in ((first, one), (second, other)):
        panel.close()
        stage.close()
    assert colours == ([255, 0, 0], [0, 255, 0])


def test_a_panel_on_a_quad_in_the_world_is_seen_in_perspective() -> None:
    stage = Stage(300, 200)
    panel = WorldPanel(stage.output, size_px=(200, 100), width_m=2.0)
    world = NodePath("world")
    panel.quad.reparent_to(world)
    panel.quad.set_h(35)
    camera = Camera("eye", PerspectiveLens(60, 42))
    eye = world.attach_new_node(camera)
    eye.set_pos(0, -2.4, 0)
    stage.output.make_display_region().set_camera(eye)
    draw(panel.imgui, lambda: imgui.get_background_draw_list().add_rect_filled((0, 0), (200, 100), GREEN))
    green = (stage.pixels()[..., :3] == (0, 255, 0)).all(2)
    panel.close()
    stage.close()
    heights = green.sum(0)
    seen = np.flatnonzero(heights)
    assert 100 < len(seen) < 300
    assert heights[seen[2]] != heights[seen[-3]]
