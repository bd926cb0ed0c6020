"""What a guest without a picture learns of the sound of a place."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.server.conftest import open_house
from walkdown_client.guest import Guest


async def test_a_guest_learns_how_loud_it_is(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, Guest.join(house.url, name="Ada") as ada:
        building = await ada.load_acoustics()
        assert await ada.load_acoustics() is building
        level_db = await ada.noise_at((3.0, 3.0, 1.7))
        assert level_db == -math.inf or 0 < level_db < 120
        assert await ada.noise_at() == pytest.approx(await ada.noise_at(ada.position), nan_ok=True)


async def test_ears_that_are_opened_later_hear_walls_and_rooms(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, Guest.join(house.url, name="Ada") as ada:
        assert ada._acoustic_orders() == []
        await ada.load_acoustics()
        assert len(ada._acoustic_orders()) == 3
