"""A value published over MQTT changes the state that everyone sees, and its silence too."""

from __future__ import annotations

from pathlib import Path

import aiomqtt

from tests.server.conftest import Guest, join, small_catalogue
from tests.sources.conftest import Mosquitto
from tests.sources.conftest import broker as broker
from walkdown.messages import SUBPROTOCOL, Hello
from walkdown.settings import ServerSettings
from walkdown.twin import STATE_ALARM, STATE_GOOD, STATE_STALE
from walkdown_server.app import running_server
from walkdown_server.sites import Site, bound_site

BINDINGS = """
[broker]
host = "127.0.0.1"
port = {port}

[[signal]]
topic = "pump/temperature"
thing = "P-101"
name = "temperature"
range = [0, 100]
limits = {{ high_alarm = 90 }}
period_secs = 0.5
"""


async def see(guest: Guest, thing: int, state: int) -> None:
    """Read until the guest sees a thing in this state."""
    await guest.until(lambda: guest.states[thing] == state)


async def test_a_published_value_changes_a_state_on_both_screens(broker: Mosquitto, tmp_path: Path) -> None:
    file = tmp_path / "bindings.toml"
    file.write_text(BINDINGS.format(port=broker.port), encoding="utf-8")
    site = bound_site(Site(small_catalogue()), file)
    pump = [thing.id for thing in site.catalogue.things].index("P-101")
    async with running_server(ServerSettings(port=0, data=tmp_path / "data"), site) as server:
        url = f"ws://127.0.0.1:{server.port}/"
        hellos = [Hello(version=SUBPROTOCOL, name=name) for name in ("Ada", "Grace")]
        async with join(url, site.catalogue, hellos[0]) as ada, join(url, site.catalogue, hellos[1]) as grace:
            await ada.until(lambda: any(m.get("state") == "live" for m in ada.messages))
            async with aiomqtt.Client("127.0.0.1", broker.port) as plant:
                for value, state in (("50", STATE_GOOD), ("95.5", STATE_ALARM), ("20", STATE_GOOD)):
                    await plant.publish("pump/temperature", value)
                    for guest in (ada, grace):
                        await see(guest, pump, state)
            for guest in (ada, grace):
                await see(guest, pump, STATE_STALE)
