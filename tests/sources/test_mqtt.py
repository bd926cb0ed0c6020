"""Live values through a real broker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest

from tests.ports import free_port
from tests.sources.conftest import PASSWORD, USER, FakeSink, Mosquitto
from walkdown.errors import SettingsError, SourceError
from walkdown.twin import GOOD, STALE, Catalogue, Thing
from walkdown_server.sources.bindings import Bindings, Bound, Broker, SignalTable, bind
from walkdown_server.sources.command import publish, replay
from walkdown_server.sources.mqtt import MqttSource
from walkdown_server.sources.recorded import read_recording

MACHINE = Path(__file__).parents[1] / "data" / "machine_temperature_system_failure.csv"

TABLES = (
    SignalTable("plant/{thing}/temp", "P-*", "Temp", period_secs=5),
    SignalTable("plant/P-1/json", "P-1", "Json", path="a.b", time_path="t"),
    SignalTable("site/+/state", "P-1", "State", kind="enum", labels=("stopped", "running")),
    SignalTable("deep/#", "P-2", "Deep", kind="i64"),
    SignalTable("plant/P-1/text", "P-1", "Text", kind="text"),
)


def bound(tables: tuple[SignalTable, ...] = TABLES) -> Bound:
    things = (Thing("P-1", "Pump 1"), Thing("P-2", "Pump 2"))
    return bind(Catalogue(0), Bindings(Path("bindings.toml"), Broker(), things, tables))


class Running:
    """A source that runs, and a client that publishes to its broker."""

    def __init__(self, sink: FakeSink, source: MqttSource, client: aiomqtt.Client, bound: Bound) -> None:
        self.sink, self.source, self.client = sink, source, client
        self.index = {s.id: i for i, s in enumerate(bound.catalogue.signals)}

    async def send(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        await self.client.publish(topic, payload, qos=1, retain=retain)

    def value(self, signal: str) -> tuple[float, int, int | None] | None:
        return self.sink.newest().get(self.index[signal])


def source_for(port: int, bound: Bound, **changes: object) -> MqttSource:
    broker = Broker(port=port, **changes)  # type: ignore[arg-type]
    return MqttSource(broker, bound.routes, catalogue=bound.catalogue, environment={})


@contextlib.asynccontextmanager
async def running(broker: Mosquitto, sink: FakeSink) -> AsyncIterator[Running]:
    plant = bound()
    source = source_for(broker.port, plant)
    async with aiomqtt.Client("127.0.0.1", broker.port) as client, playing(source, sink):
        await sink.until(lambda: ("live", "") in sink.states)
        yield Running(sink, source, client, plant)


@contextlib.asynccontextmanager
async def playing(source: MqttSource, sink: FakeSink) -> AsyncIterator[None]:
    task = asyncio.create_task(source.run(sink))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_plain_numbers_json_and_wildcards_reach_their_signals(
    broker: Mosquitto, sink: FakeSink
) -> None:
    async with running(broker, sink) as plant:
        await plant.send("plant/P-1/temp", "21.5")
        await plant.send("plant/P-2/temp", '{"value": 40}')
        await plant.send("plant/P-1/json", json.dumps({"a": {"b": 7}, "t": 1_700_000_000}))
        await plant.send("site/north/state", "running")
        await plant.send("deep/er/and/deeper", "12")
        await plant.send("plant/P-1/text", "batch 7")
        await sink.until(lambda: len(sink.newest()) == 5 and sink.texts)
        assert plant.value("P-1.temp") == (21.5, GOOD, None)
        assert plant.value("P-2.temp") == (40.0, GOOD, None)
        assert plant.value("P-1.json") == (7.0, GOOD, 1_700_000_000_000_000_000)
        assert plant.value("P-1.state") == (1.0, GOOD, None)
        assert plant.value("P-2.deep") == (12.0, GOOD, None)
        assert sink.texts == [(plant.index["P-1.text"], "batch 7", GOOD)]


async def test_what_is_no_number_is_counted_reported_once_and_makes_the_signal_bad(
    broker: Mosquitto, sink: FakeSink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "walkdown_server.sources.mqtt")
    async with running(broker, sink) as plant:
        for payload in ("warm", "hot", b"\xff\xfe", "{", "x" * 100_000):
            await plant.send("plant/P-1/temp", payload)
        await plant.send("plant/P-2/temp", "no idea")
        await plant.send("plant/P-2/temp", "5")
        await sink.until(lambda: plant.value("P-2.temp") == (5.0, GOOD, None))
        assert plant.source.tally.counts == {"plant/P-1/temp": 5, "plant/P-2/temp": 1}
        bad = plant.value("P-1.temp")
        assert bad is not None
        assert math.isnan(bad[0])
        assert [r.message.count("plant/P-1/temp") for r in caplog.records].count(1) == 1
        assert len(caplog.records) == 2
        assert sink.state == (
            "live",
            "6 payloads held no usable value; the first was on plant/P-1/temp: 'warm' holds no number",
        )


async def test_a_retained_value_is_stale_until_a_fresh_one_comes(broker: Mosquitto, sink: FakeSink) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.publish("plant/P-1/temp", "20", qos=1, retain=True)
        await client.publish("deep/x", "3", qos=1, retain=True)
    async with running(broker, sink) as plant:
        await sink.until(lambda: len(sink.newest()) == 2)
        assert plant.value("P-1.temp") == (20.0, STALE, None)
        assert plant.value("P-2.deep") == (3.0, GOOD, None)  # nobody said how often it comes
        await plant.send("plant/P-1/temp", "21")
        await sink.until(lambda: plant.value("P-1.temp") == (21.0, GOOD, None))


async def test_a_broker_that_goes_away_is_found_again(broker: Mosquitto, sink: FakeSink) -> None:
    plant = bound()
    async with playing(source_for(broker.port, plant), sink):
        await sink.until(lambda: ("live", "") in sink.states)
        broker.stop()
        await sink.until(lambda: sink.state[0] == "down")
        assert f"There is no MQTT broker at 127.0.0.1:{broker.port}" in sink.state[1]
        broker.start()
        await sink.until(lambda: sink.state == ("live", ""))
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            await client.publish("plant/P-1/temp", "1", qos=1)
        await sink.until(lambda: sink.newest())


async def test_a_broker_that_is_not_there_is_one_sentence(
    sink: FakeSink, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    async with playing(source_for(port, bound()), sink):
        await sink.until(lambda: [s for s, _ in sink.states].count("down") == 2)
    text = sink.state[1]
    assert text.startswith(f"There is no MQTT broker at 127.0.0.1:{port} (")
    assert text.endswith("it is tried again.")
    assert "\n" not in text
    assert len([r for r in caplog.records if r.name.endswith("mqtt")]) == 1


async def test_a_broker_with_a_password_says_what_it_wants(secret_broker: Mosquitto, sink: FakeSink) -> None:
    async with playing(source_for(secret_broker.port, bound()), sink):
        await sink.until(lambda: sink.state[0] == "down")
    assert sink.state[1] == (
        f"The MQTT broker at 127.0.0.1:{secret_broker.port} refused the user without a name: put the name "
        "into [broker] username and the password into the environment variable WALKDOWN_MQTT_PASSWORD."
    )


@pytest.mark.parametrize(("password", "state"), [(PASSWORD, "live"), ("wrong", "down")])
async def test_a_password_is_taken_from_the_environment(
    secret_broker: Mosquitto, sink: FakeSink, password: str, state: str
) -> None:
    plant = bound()
    source = MqttSource(
        Broker(port=secret_broker.port, username=USER, password_env="SECRET"),
        plant.routes,
        catalogue=plant.catalogue,
        environment={"SECRET": password},
    )
    async with playing(source, sink):
        await sink.until(lambda: sink.state[0] != "connecting")
    assert sink.state[0] == state
    assert "wrong" not in sink.state[1]


async def test_the_machine_temperature_is_played_through_the_broker(
    broker: Mosquitto, sink: FakeSink
) -> None:
    recording = read_recording(MACHINE)
    short = type(recording)(recording.times_secs[:2000], recording.values[:2000])
    async with running(broker, sink) as plant:
        where = Broker(port=broker.port)
        count = await publish(short, where, topic="plant/P-1/temp", speed=float("inf"))
        assert count == 2000
        last = float(short.values[-1])
        await sink.until(lambda: (plant.value("P-1.temp") or (0, 0, 0))[0] == pytest.approx(last))
        assert not plant.source.tally.counts


async def test_a_recording_for_a_broker_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(SourceError, match="does not take the recording"):
        await publish(read_recording(MACHINE), Broker(port=free_port()), topic="a", speed=1)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ({"speed": 0.0}, "--speed should be more than 0"),
        ({"speed": float("nan")}, "--speed should be more than 0"),
        ({"broker": "somewhere"}, "--broker should be HOST:PORT"),
        ({"broker": "host:99999"}, "--broker should be HOST:PORT"),
    ],
)
def test_a_wrong_flag_of_replay_is_named(flags: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        replay(MACHINE, topic="a", **flags)  # type: ignore[arg-type]
