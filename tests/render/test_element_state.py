"""State, heat and flags in bulk."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_client.scene.element_state import GHOST, HIDDEN, HOVERED, OTHERS, SELECTED, ElementState


def texels(state: ElementState) -> npt.NDArray[np.uint8]:
    """(n, 4) what the graphics card gets, by drawn id."""
    state.upload()
    texture = state.textures["element_state"]
    data = np.frombuffer(bytes(texture.get_ram_image()), np.uint8)
    return data.reshape(-1, 4)[1 : state.count + 1]


def made(count: int = 6) -> ElementState:
    state = ElementState()
    state.reserve(count)
    return state


def test_codes_heat_and_flags_are_one_texel_an_element() -> None:
    state = made()
    state.set_codes([1, 3], [2, 5])
    state.set_heat(np.array([1]), [0.5], strength=1.0)
    state.set_flags([3], SELECTED | HOVERED)
    assert texels(state)[1].tolist() == [2, 128, 0, 255]
    assert texels(state)[3].tolist() == [5, 0, SELECTED | HOVERED, 0]
    assert texels(state)[[0, 2, 4, 5]].sum() == 0


def test_heat_is_clamped_and_what_is_no_number_is_zero() -> None:
    state = made()
    state.set_heat(slice(0, 4), [-1.0, 7.0, np.nan, 0.25])
    assert texels(state)[:4, 1].tolist() == [0, 255, 0, 64]


def test_only_switches_the_others_off() -> None:
    state = made()
    state.set_flags([0, 1], HIDDEN)
    state.only([2], SELECTED)
    state.only([4], SELECTED)
    assert state.flags.tolist() == [HIDDEN, HIDDEN, 0, 0, SELECTED, 0]


def test_marks_of_other_people_carry_their_colour_and_leave_the_rest() -> None:
    state = made()
    state.set_flags([1], SELECTED)
    state.mark_for_others([1, 2], [3, 9])
    assert state.flags[1] == SELECTED | OTHERS | 3 << 5
    assert state.flags[2] == OTHERS | 1 << 5
    state.mark_for_others([], 0)
    assert state.flags.tolist() == [0, SELECTED, 0, 0, 0, 0]


def test_the_cut_away_adds_to_what_people_hid_and_goes_without_a_trace() -> None:
    state = made()
    state.set_flags([0], HIDDEN)
    state.set_cut_away(np.array([GHOST, HIDDEN], np.uint8), base=1)
    assert texels(state)[:3, 2].tolist() == [HIDDEN, GHOST, HIDDEN | GHOST], "the last casts its shadow"
    state.set_cut_away(np.zeros(2, np.uint8), base=1)
    assert texels(state)[:3, 2].tolist() == [HIDDEN, 0, 0]


def test_room_for_more_keeps_what_was_there() -> None:
    state = made(3)
    state.set_codes([2], 4)
    state.reserve(5000)
    assert state.codes[2] == 4
    state.set_codes([4999], 1)
    assert texels(state)[4999, 0] == 1


def test_a_frame_without_changes_uploads_nothing() -> None:
    state = made()
    state.upload()
    texture = state.textures["element_state"]
    before = texture.get_image_modified()
    state.upload()
    assert texture.get_image_modified() == before
    state.set_codes([0], 1)
    state.upload()
    assert texture.get_image_modified() != before
