"""What no server would take is refused where it is said, and nothing is sent again and again for it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.server.conftest import House
from walkdown import messages as m
from walkdown.errors import BadInput
from walkdown_client.guest import Guest
from walkdown_client.sendable import check_sendable

AT = (0.0, 0.0, 0.0)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_number_that_is_none_is_found_however_deep_it_lies(number: float) -> None:
    view = m.Viewpoint("v", planes=(m.Plane(AT, (0.0, number, 1.0)),))
    with pytest.raises(BadInput, match="numbers must be finite"):
        check_sendable(m.PutViewpoint(1, view))


@pytest.mark.parametrize("text", [5, "", "x" * 5000])
def test_a_field_that_does_not_fit_is_found(text: Any) -> None:
    with pytest.raises(BadInput, match=r"a field does not fit: .*text"):
        check_sendable(m.Say(1, "line", text))


def test_what_fits_passes_bytes_and_all() -> None:
    check_sendable(m.PutMark(1, m.Mark("m", "arrow", AT, b"\0" * 24)))


async def test_a_guest_goes_on_after_a_mark_that_could_not_be_sent(house: House) -> None:
    async with Guest.join(house.url, name="Ada", kind="person") as ada:
        with pytest.raises(BadInput, match="finite"):
            await ada.put_mark("dimension", [(0, 0, math.nan), (1, 0, 0)])
        with pytest.raises(BadInput, match="finite"):
            ada.ping((0, 0, math.inf))
        assert (await ada.write("still here")).text == "still here"
