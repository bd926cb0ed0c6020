"""Views and marks: what can be seen, drawn and measured, and by whom it is changed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from tests.server.reviewing import ANA, BEN, CAMERA, CARL, EVE, ReviewDesk
from walkdown.messages import (
    Attached,
    Camera,
    Mark,
    Plane,
    PutMark,
    PutViewpoint,
    Redo,
    RemoveViewpoint,
    Segment,
    Undo,
    Viewpoint,
)
from walkdown_server.review.rules import GiveDuty

HERE = (0.0, 0.0, 0.0)
FILE = Attached("p.png", "0" * 64, 10, "image/png")


@pytest.fixture
def desk() -> ReviewDesk:
    desk = ReviewDesk()
    desk.wish(ANA, PutViewpoint, viewpoint=Viewpoint("v", CAMERA, title="Gate"))
    return desk


def points(count: int, value: float = 0.0) -> bytes:
    return np.full((count, 3), value, "<f4").tobytes()


def test_a_view_is_changed_by_its_author_the_driver_and_leaders(desk: ReviewDesk) -> None:
    renamed = Viewpoint("v", CAMERA, title="Gate 2")
    assert desk.wish(BEN, PutViewpoint, viewpoint=renamed).code == "not-yours"
    desk.bring(CARL, GiveDuty(0, "driver", BEN.id))
    assert desk.wish(BEN, PutViewpoint, viewpoint=renamed).number
    view = desk.review.viewpoints["v"]
    assert (view.title, view.author, view.made_ns) == ("Gate 2", "Ana", 10**9)
    assert desk.wish(BEN, Undo).number
    assert desk.review.viewpoints["v"].title == "Gate"
    assert desk.wish(EVE, RemoveViewpoint, viewpoint="v").code == "not-yours"
    assert desk.wish(BEN, RemoveViewpoint, viewpoint="v", base=view.number).number
    assert desk.wish(BEN, RemoveViewpoint, viewpoint="v").code == "unknown"


def test_of_two_who_change_a_view_the_second_learns_what_stands(desk: ReviewDesk) -> None:
    desk.wish(ANA, PutViewpoint, viewpoint=Viewpoint("v", CAMERA, title="A"))
    reply = desk.wish(CARL, PutViewpoint, viewpoint=Viewpoint("v", CAMERA, title="C"), base=1)
    assert (reply.code, reply.by) == ("conflict", "Ana")
    assert reply.current
    assert reply.current["title"] == "A"


def test_a_view_that_says_so_already_or_changes_its_topic_is_refused(desk: ReviewDesk) -> None:
    desk.make(ANA)
    same = desk.review.viewpoints["v"]
    assert desk.wish(ANA, PutViewpoint, viewpoint=same).code == "unchanged"
    assert desk.wish(ANA, PutViewpoint, viewpoint=replace(same, topic="t")).code == "topic"
    assert desk.wish(ANA, PutViewpoint, viewpoint=Viewpoint("w", topic="nowhere")).code == "unknown"


def test_directions_that_are_nearly_right_are_put_right(desk: ReviewDesk) -> None:
    off = Camera(HERE, (0.0, 1.004, 0.0), (0.0, 0.004, 1.0))
    planes = (Plane(HERE, (0.998, 0.0, 0.0)),)
    assert desk.wish(ANA, PutViewpoint, viewpoint=Viewpoint("w", off, planes=planes)).number
    view = desk.review.viewpoints["w"]
    assert view.camera is not None
    direction, up = np.array(view.camera.direction), np.array(view.camera.up)
    assert np.allclose([direction @ direction, up @ up, direction @ up], [1, 1, 0], atol=1e-12)
    assert view.planes[0].normal == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "view",
    [
        Viewpoint("w", replace(CAMERA, direction=(0.0, 0.5, 0.0))),
        Viewpoint("w", replace(CAMERA, direction=(0.0, math.nan, 0.0))),
        Viewpoint("w", replace(CAMERA, up=(0.0, 1.0, 0.0))),
        Viewpoint("w", replace(CAMERA, up=(0.0, 0.0, 0.0))),
        Viewpoint("w", replace(CAMERA, position=(0.0, 0.0, 2e6))),
        Viewpoint("w", replace(CAMERA, fov_deg=0.0)),
        Viewpoint("w", replace(CAMERA, height_m=5.0)),
        Viewpoint("w", planes=(Plane(HERE, (0.0, 0.0, 0.0)),)),
        Viewpoint("w", planes=(Plane((math.inf, 0.0, 0.0), (0.0, 0.0, 1.0)),)),
        Viewpoint("w", lines=(Segment(HERE, (0.0, math.nan, 0.0)),)),
    ],
)
def test_a_view_that_cannot_be_seen_is_refused(desk: ReviewDesk, view: Viewpoint) -> None:
    reply = desk.wish(ANA, PutViewpoint, viewpoint=view)
    assert (reply.number, reply.code) == (0, "view")
    assert reply.text


# ---- marks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "word"),
    [
        (Mark("m", "arrow", HERE, b"123"), "12 bytes"),
        (Mark("m", "arrow", HERE, points(3)), "an arrow has 2 points, 3 came"),
        (Mark("m", "dimension", HERE, points(1)), "2 points"),
        (Mark("m", "clearance", HERE, points(3)), "2 points"),
        (Mark("m", "angle", HERE, points(2)), "3 points"),
        (Mark("m", "area", HERE, points(2)), "3 to"),
        (Mark("m", "sketch", HERE, points(5), (2, 2)), "strokes"),
        (Mark("m", "arrow", HERE, points(2), (2,)), "only a sketch"),
        (Mark("m", "sketch", HERE, points(2, math.nan)), "finite"),
        (Mark("m", "sketch", HERE, points(2, 2e6)), "within"),
        (Mark("m", "sketch", (0.0, 0.0, math.inf), points(2)), "within"),
        (Mark("m", "dimension", HERE, points(2), value=math.nan), "finite"),
        (Mark("m", "dimension", HERE, points(2), snaps=("vertex",)), "caught"),
        (Mark("m", "photo", HERE), "names no file"),
        (Mark("m", "arrow", HERE, points(2), model="nowhere"), "no model"),
        (Mark("m", "arrow", HERE, points(2), topic="nowhere"), "topic"),
    ],
)
def test_a_mark_that_cannot_be_drawn_is_refused(desk: ReviewDesk, mark: Mark, word: str) -> None:
    reply = desk.wish(ANA, PutMark, mark=mark)
    assert reply.number == 0
    assert word in reply.text


def test_every_kind_of_mark_is_kept_with_its_bytes(desk: ReviewDesk) -> None:
    marks = [
        Mark("1", "sketch", HERE, points(5, 1.5), (2, 3), on_surface=True),
        Mark("2", "arrow", HERE, points(2)),
        Mark("3", "dimension", HERE, points(2), value=2.5, unit="m", snaps=("vertex", "face")),
        Mark("4", "area", HERE, points(4), value=1.0, unit="m2"),
        Mark("5", "angle", HERE, points(3), value=0.5, unit="rad"),
        Mark("6", "clearance", HERE, points(2), thing="P-101", other="ifc:x"),
        Mark("7", "photo", HERE, file=FILE),
        Mark("8", "file", HERE, file=FILE),
    ]
    for mark in marks:
        assert desk.wish(ANA, PutMark, mark=mark).number
    again = desk.again().review.marks
    assert [replace(again[m.mark], author="", author_id="", made_ns=0, number=0) for m in marks] == marks


def test_a_mark_is_changed_by_its_author_alone_and_undone(desk: ReviewDesk) -> None:
    mark = Mark("m", "arrow", HERE, points(2))
    desk.wish(ANA, PutMark, mark=mark)
    assert desk.wish(BEN, PutMark, mark=replace(mark, text="B")).code == "not-yours"
    assert desk.wish(ANA, PutMark, mark=mark).code == "unchanged"
    desk.wish(ANA, PutMark, mark=replace(mark, text="A"))
    desk.wish(ANA, Undo)
    assert desk.review.marks["m"].text == ""
    desk.wish(ANA, Undo)
    assert not desk.review.marks
    desk.wish(ANA, Redo)
    assert desk.review.marks["m"].author == "Ana"
