"""The handles of a moved model are taken before the model, in every preset, and leave the eye where it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.input.test_controls import SIZE, Hands
from walkdown_client.input.events import ButtonDown, ButtonUp, PointerMoved
from walkdown_client.placements import heading_of, matrix, placed
from walkdown_client.tools import intents as wish
from walkdown_client.tools.gizmo import Moving
from walkdown_client.tools.view_state import PRESETS

START = placed((0, 20, 0))


def moving_hands(preset: str = "cad") -> Hands:
    hands = Hands(preset)
    hands.view.moving = Moving("m1", "Duplex_A", START, START, (-2, -2, 0), (2, 2, 3))
    return hands


def end_of(hands: Hands, handle: str, *, point: int = -1) -> tuple[float, float]:
    gizmo = hands.controls.gizmo
    x, y = gizmo._pixels(gizmo.shapes()[handle])[point]
    return float(x), float(y)


def now(hands: Hands) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    assert hands.view.moving is not None
    return matrix(hands.view.moving.now)


@pytest.mark.parametrize("preset", PRESETS)
def test_an_arrow_is_dragged_and_the_eye_stays(preset: str) -> None:
    hands = moving_hands(preset)
    before, (x, y) = hands.rig.pose, end_of(hands, "x")
    hands.feed(PointerMoved(x, y), ButtonDown("mouse1"), PointerMoved(x + 80, y), ButtonUp("mouse1"))
    east, north, up = now(hands)[:, 3]
    assert east > 0.5
    assert np.allclose((north, up), (20, 0))
    assert hands.rig.pose is before
    after = now(hands)
    hands.feed(PointerMoved(x + 200, y))
    assert (now(hands) == after).all(), "what was let go stays"


def test_ctrl_snaps_what_is_dragged() -> None:
    hands = moving_hands()
    x, y = end_of(hands, "x")
    hands.feed(PointerMoved(x, y), ButtonDown("mouse1"), ButtonDown("control"), PointerMoved(x + 83, y))
    east = now(hands)[0, 3]
    assert east > 0.3
    assert math.isclose(east * 10, round(east * 10), abs_tol=1e-6)


def test_a_click_on_a_handle_selects_nothing() -> None:
    hands = moving_hands()
    hands.picks.clear()
    x, y = end_of(hands, "x")
    assert hands.feed(PointerMoved(x, y), ButtonDown("mouse1"), ButtonUp("mouse1")) == []
    assert hands.picks == []
    assert hands.click(100) == [wish.SelectThing("L1.FIL")], "beside the handles the model is meant"


def test_the_handle_under_the_pointer_is_shown_and_nothing_is_hovered() -> None:
    hands = moving_hands()
    hands.feed(PointerMoved(*end_of(hands, "y")))
    assert hands.controls.advance(0.0, now_secs=9.0, size=SIZE) == []
    assert hands.view.moving is not None
    assert hands.view.moving.handle == "y"
    hands.feed(PointerMoved(100, 800))
    hands.controls.advance(0.0, now_secs=10.0, size=SIZE)
    assert hands.view.moving.handle == ""


def test_shift_offers_the_rings_that_tilt() -> None:
    hands = moving_hands()
    assert "turn x" not in hands.controls.gizmo.shapes()
    hands.feed(ButtonDown("shift"))
    hands.controls.advance(0.0, now_secs=1.0, size=SIZE)
    assert {"turn x", "turn y"} <= set(hands.controls.gizmo.shapes())


def test_the_ring_turns_the_model() -> None:
    hands = moving_hands()
    x, y = end_of(hands, "turn z", point=30)
    hands.feed(PointerMoved(x, y), ButtonDown("mouse1"), PointerMoved(x + 30, y + 20), ButtonUp("mouse1"))
    assert abs(heading_of(now(hands))) > 0.05
    assert np.allclose(now(hands)[:, 3], (0, 20, 0), atol=1e-6)


def test_a_handle_keeps_its_size_on_the_screen() -> None:
    lengths = []
    for far in (20.0, 200.0):
        hands = moving_hands()
        at = placed((0, far, 0))
        hands.view.moving = Moving("m1", "x", at, at, (-2, -2, 0), (2, 2, 3))
        pixels = hands.controls.gizmo._pixels(hands.controls.gizmo.shapes()["x"])
        lengths.append(float(np.linalg.norm(pixels[1] - pixels[0])))
    assert math.isclose(*lengths, rel_tol=0.02)


def test_what_is_behind_the_eye_has_no_handles() -> None:
    hands = moving_hands()
    at = placed((0, -20, 0))
    hands.view.moving = Moving("m1", "x", at, at, (-2, -2, 0), (2, 2, 3))
    assert hands.controls.gizmo.shapes() == {}
    hands.view.moving = None
    assert hands.controls.gizmo.shapes() == {}


def test_enter_leaves_the_model_and_esc_gives_it_up() -> None:
    hands = moving_hands()
    assert hands.feed(ButtonDown("enter")) == [wish.PlaceMoved()]
    assert hands.feed(ButtonDown("escape")) == [wish.Dismiss()]
