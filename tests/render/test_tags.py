"""Name tags stand clear of each other as far as there is room, and are drawn once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown_client.scene.cards import draw_tag
from walkdown_client.scene.projection import Projected, Projection
from walkdown_client.scene.quads import ALPHA, CENTRE, HALF, KIND, KINDS
from walkdown_client.scene.tags import ABOVE_HEAD_M, GAP_PX, MOST, RAISE_PX, STEPS, NameTags, Tags, stacked
from walkdown_client.scene.text_atlas import TextAtlas

F32 = npt.NDArray[np.float32]


class Flat(Projection):
    """A camera for which x is the pixel, z the height, and y the distance."""

    def __init__(self) -> None:
        self.window = (1000, 1000)

    def project(self, points: npt.ArrayLike) -> Projected:
        p = np.asarray(points, np.float32)
        seen = (p[:, 0] >= 0) & (p[:, 0] < 1000)
        depth = (p[:, 1] / 1000).astype(np.float32)
        return Projected(p[:, [0, 2]], depth, p[:, 1], np.ones(len(p), bool), seen)


@pytest.fixture(scope="module")
def atlas() -> TextAtlas:
    return TextAtlas()


def tags(xs: list[float], *, distance: float = 10.0, names: tuple[str, ...] | None = None) -> Tags:
    """People beside each other, each a little further away than the one before."""
    count = len(xs)
    heads = np.stack([np.array(xs), distance + 0.01 * np.arange(count), np.full(count, 500.0)], 1)
    named = names or tuple(f"P{i}" for i in range(count))
    return Tags(heads, named, np.zeros(count, np.intp), np.zeros(count, bool))


def plates(records: F32) -> F32:
    return np.asarray(records[records[:, KIND] == KINDS.index("rect")], np.float32)


def overlap(one: F32, other: F32) -> bool:
    apart = np.abs(one[CENTRE] - other[CENTRE])
    return bool((apart < one[HALF] + other[HALF] - 0.5).all())


@given(st.lists(st.floats(0, 300), min_size=1, max_size=STEPS + 1))
def test_as_many_as_there_are_steps_are_always_clear_of_each_other(xs: list[float]) -> None:
    points = np.stack([np.array(xs), np.zeros(len(xs))], 1).astype(np.float32)
    sizes = np.tile(np.array([[80.0, 26.0]], np.float32), (len(xs), 1))
    middles = points + stacked(points, sizes)
    for one in range(len(xs)):
        for other in range(one):
            apart = np.abs(middles[one] - middles[other])
            assert apart[0] >= 80 or apart[1] >= 26


def test_the_nearest_stands_at_its_place_and_who_has_room_is_not_raised() -> None:
    points = np.array([[100, 0], [100, 0], [500, 0]], np.float32)
    up = stacked(points, np.tile(np.array([[80.0, 26.0]], np.float32), (3, 1)))
    assert up[:, 1].tolist() == [RAISE_PX, RAISE_PX + 26 + GAP_PX, RAISE_PX]
    assert up[:, 0].tolist() == [0, 0, 0]


def test_only_the_nearest_have_a_tag_and_the_nearest_is_drawn_last(atlas: TextAtlas) -> None:
    drawn = plates(NameTags(atlas).records(tags([20.0 * i for i in range(49)]), Flat(), 1.0))
    assert len(drawn) == MOST
    assert drawn[-1, CENTRE][0] == 0
    assert drawn[-1, CENTRE][1] == 500 + round(RAISE_PX + ABOVE_HEAD_M)


def test_far_people_are_faint_and_who_is_out_of_view_or_has_no_name_has_no_tag(atlas: TextAtlas) -> None:
    made = NameTags(atlas)
    assert plates(made.records(tags([1.0], distance=59.0), Flat(), 1.0))[0, ALPHA] == pytest.approx(0.3)
    assert len(made.records(tags([1.0], distance=61.0), Flat(), 1.0)) == 0
    assert len(made.records(tags([2000.0]), Flat(), 1.0)) == 0
    assert len(made.records(tags([1.0], names=("",)), Flat(), 1.0)) == 0


def test_a_tag_is_drawn_once_and_anew_when_its_wearer_speaks(
    atlas: TextAtlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[str, bool]] = []

    def counted(name: str, color: int, atlas: TextAtlas, *, speaking: bool, scale: float) -> F32:
        drawn.append((name, speaking))
        return draw_tag(name, color, atlas, speaking=speaking, scale=scale)

    monkeypatch.setattr("walkdown_client.scene.tags.draw_tag", counted)
    made, two = NameTags(atlas), tags([1.0, 500.0], names=("Ada", "Bob"))
    for _frame in range(3):
        made.records(two, Flat(), 1.0)
    assert drawn == [("Ada", False), ("Bob", False)]
    speaking = Tags(two.heads, two.names, two.colors, np.array([True, False]))
    assert len(made.records(speaking, Flat(), 1.0)) == len(made.records(two, Flat(), 1.0)) + 3
    assert drawn[2:] == [("Ada", True)]
    made.records(two, Flat(), 2.0)
    assert drawn[3:] == [("Ada", False), ("Bob", False)], "writing of another size is another picture"


def test_each_wears_their_own_name_in_whatever_order_they_come(atlas: TextAtlas) -> None:
    made = NameTags(atlas)
    long_first = plates(made.records(tags([1.0, 500.0], names=("A long, long name", "B")), Flat(), 1.0))
    short_first = plates(made.records(tags([1.0, 500.0], names=("B", "A long, long name")), Flat(), 1.0))
    assert long_first[1, HALF][0] == short_first[0, HALF][0] > long_first[0, HALF][0]
