"""A guest is told what it asked for: by layer, by area, by signal, changed at any time."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tests.server.conftest import House
from walkdown.errors import BadInput
from walkdown_client.guest import Guest
from walkdown_client.guest_blocking import join

FILLER = (2.0, 2.0, 3.0)
"""The filler stands here; the pump is drawn nowhere."""


async def settle(house: House, guest: Guest, index: str, value: float) -> None:
    """Return when the guest has heard a value that was written after all others."""
    house.sink.write([guest.world.signals.index(index)], [value])
    await guest.wait_for(lambda: guest.value(index) == value)


async def test_only_the_layers_that_were_named_are_told_and_more_comes_at_once(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        await settle(house, ada, "p.on", 1)
        await ada.subscribe(layers=["L1"])
        await settle(house, ada, "fil.temp", 20.0)
        table = ada.world.signals
        house.sink.write([table.index("p.on"), table.index("p.x599")], [0, 5.0])
        await settle(house, ada, "fil.temp", 21.0)
        assert ada.value("p.on") == 1
        assert np.isnan(ada.value("p.x599"))
        await ada.subscribe(layers=["L1", "P-101"])
        await ada.wait_for(lambda: ada.value("p.on") == 0 and ada.value("p.x599") == 5.0)
        await ada.subscribe()
        await settle(house, ada, "p.x599", 6.0)


async def test_far_from_the_filler_only_what_has_no_place_is_told(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        await settle(house, ada, "fil.temp", 1.0)
        await ada.subscribe(area=(500.0, 0.0, 10.0))
        await settle(house, ada, "p.on", 1)
        house.sink.write([ada.world.signals.index("fil.temp")], [2.0])
        await settle(house, ada, "p.on", 0)
        assert ada.value("fil.temp") == 1.0
        await ada.subscribe(area=FILLER)
        await ada.wait_for(lambda: ada.value("fil.temp") == 2.0)


async def test_an_area_follows_a_model_that_is_moved(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        await ada.subscribe(area=(100.0, 0.0, 10.0))
        await settle(house, ada, "p.on", 1)
        house.sink.write([ada.world.signals.index("fil.temp")], [7.0])
        await settle(house, ada, "p.on", 0)
        assert ada.value("fil.temp") != 7.0
        (model,) = ada.models
        await ada.place_model(model, (1, 0, 0, 98, 0, 1, 0, 0, 0, 0, 1, 0))
        await ada.wait_for(lambda: ada.value("fil.temp") == 7.0)


async def test_signals_are_asked_for_by_their_ids(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        await ada.subscribe(signals=["fil.count"])
        await settle(house, ada, "fil.count", 3)
        house.sink.write([ada.world.signals.index("fil.temp")], [7.0])
        await settle(house, ada, "fil.count", 4)
        assert ada.value("fil.temp") != 7.0
        with pytest.raises(BadInput, match=r"no signal 'fil\.colour'"):
            await ada.subscribe(signals=["fil.count", "fil.colour"])
        with pytest.raises(BadInput, match="radius above zero"):
            await ada.subscribe(area=(0.0, 0.0, 0.0))


async def test_a_subscription_outlives_a_broken_connection(house: House) -> None:
    async with Guest.join(house.url, name="Ada") as ada:
        await ada.subscribe(signals=["fil.count"])
        await settle(house, ada, "fil.count", 3)
        assert ada._conversation._socket is not None
        ada._conversation._socket.transport.abort()
        await ada.wait_for(lambda: not ada.connected)
        await ada.wait_for(lambda: ada.connected)
        await settle(house, ada, "fil.count", 4)
        house.sink.write([ada.world.signals.index("fil.temp")], [7.0])
        await settle(house, ada, "fil.count", 5)
        await ada.subscribe()
        await ada.wait_for(lambda: ada.value("fil.temp") == 7.0)


async def test_the_blocking_guest_subscribes_too(house: House) -> None:
    def visit() -> None:
        with join(house.url, name="Ada") as guest:
            guest.subscribe(layers=["P-101"])
            guest.wait_for(lambda: guest.value("p.on") == 1)

    visiting = asyncio.create_task(asyncio.to_thread(visit))
    house.sink.write([house.server.room.live.table.index("p.on")], [1])
    await visiting
