"""What needs no picture: contrast, search, curves, places."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown.twin import STATES, Signal
from walkdown_client.fuzzy import NO_MATCH, best, score
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui import theme
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Memory
from walkdown_client.ui.layout import lay_out
from walkdown_client.ui.sound_words import name_in_scene
from walkdown_client.ui.trend import POINTS_MAX, curve, scale_of, thinned
from walkdown_client.world import PersonView


@pytest.mark.parametrize("name", ["dark", "light"])
def test_text_can_be_read_on_everything_it_stands_on(name: str) -> None:
    look = theme.THEMES[name]
    for ground in (look.background, look.panel, look.raised, look.hover, look.chosen):
        assert theme.contrast(look.text, ground) >= 4.5
    for ground in (look.background, look.panel):
        assert theme.contrast(look.muted, ground) >= 4.5
        assert theme.contrast(look.accent, ground) >= 4.5
    assert theme.contrast(look.on_accent, look.accent) >= 4.5


def test_letters_on_chips_and_badges_can_be_read() -> None:
    ink = theme.rgb("0B1015")
    for ground in (*theme.PEOPLE, theme.STATE_COLOURS[3], theme.DARK.accent):
        assert theme.contrast(ink, ground) >= 4.5


def test_contrast_is_that_of_the_standard() -> None:
    assert theme.contrast(theme.rgb("FFFFFF"), theme.rgb("000000")) == pytest.approx(21)
    assert theme.contrast(theme.rgb("767676"), theme.rgb("FFFFFF")) == pytest.approx(4.54, abs=0.01)


def test_every_state_has_a_colour_and_a_word() -> None:
    assert len(theme.STATE_COLOURS) == len(theme.STATE_WORDS) == len(STATES)


def test_packed_colours_have_red_lowest() -> None:
    assert theme.packed((1.0, 0.5, 0.0, 1.0)) == 0xFF0080FF
    assert theme.packed((1.0, 1.0, 1.0, 1.0), 0.5) == 0x80FFFFFF


@given(st.text(max_size=20), st.text(max_size=30))
def test_a_search_never_fails_and_an_empty_one_finds_all(query: str, text: str) -> None:
    assert score(query, text) >= 0 or score(query, text) == NO_MATCH
    assert score("", text) == 0
    if query.strip():
        assert score(query, f"x {query} y") > 0


def test_the_best_answers_come_first_and_equal_ones_in_order() -> None:
    texts = ["Labeller", "Product filter", "Filler", "Filling head", "Filler"]
    assert list(best("fil", texts, limit=9)) == [2, 4, 3, 1]
    assert list(best("", texts, limit=3)) == [0, 1, 2]
    assert list(best("head fill", texts, limit=9)) == [3]


def test_a_curve_ends_at_the_right_edge_with_the_newest_value() -> None:
    rect = Rect(100, 50, 80, 20)
    times, values = np.linspace(-120, 0, 500), np.linspace(3, 7, 500)
    points = curve(*thinned(times, values), rect, scale=(3, 7))
    assert len(points) <= POINTS_MAX
    assert points[-1].tolist() == [180, 50]
    assert all(one[0] < other[0] for one, other in pairwise(points))


def test_a_stepped_curve_holds_each_value() -> None:
    points = curve(
        np.array([-60.0, 0.0]), np.array([0.0, 1.0]), Rect(0, 0, 120, 10), scale=(0, 1), stepped=True
    )
    assert points.tolist() == [[60, 10], [120, 10], [120, 0]]


def test_a_flat_curve_lies_in_the_middle_of_its_scale() -> None:
    low, high = scale_of(Signal("s", "t", "S", maximum=100), np.array([40.0, 40.0]))
    assert (low + high) / 2 == 40
    assert high - low == 10


def test_a_name_in_the_scene_says_what_one_should_know_before_one_walks_up() -> None:
    plain = PersonView(2, "Jörg", "person", 0, "", connected=True)
    assert name_in_scene(plain, silenced=False) == "Jörg"
    busy = replace(plain, presenting=True, group="Roof", reach="radio", deaf=True)
    assert name_in_scene(busy, silenced=False) == "Jörg · presents · Roof · by radio · hears nobody"
    assert name_in_scene(replace(plain, muted=True), silenced=True) == "Jörg · muted · silenced by you"


def test_a_memory_computes_again_only_when_its_key_changes() -> None:
    memory, calls = Memory(), []

    def compute() -> int:
        calls.append(1)
        return len(calls)

    assert [memory.of("a", key, compute) for key in (1, 1, 2, 2, 1)] == [1, 1, 2, 2, 3]


@pytest.mark.parametrize("size", [(320, 240), (899, 600), (900, 600), (1600, 900), (3840, 2160)])
@pytest.mark.parametrize("scale", [0.75, 1.0, 3.0])
def test_parts_of_the_window_never_overlap(size: tuple[int, int], scale: float) -> None:
    view = ViewState(selection=("a",), panel="tree")
    layout = lay_out(size, scale, view)
    assert layout.left is not None
    right_edge = layout.right.x if layout.right else size[0]
    assert layout.left.x == layout.rail.width
    assert layout.left.x + layout.left.width <= right_edge
    assert layout.top_bar.height + layout.scene.height + layout.status.height <= max(
        size[1], layout.scene.height + 186
    )
    assert layout.scene.width >= 1
