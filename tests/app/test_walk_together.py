"""The whole way in real processes: a broker, a server, two clients with pictures and a bot."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests import warm
from tests.sources.conftest import Mosquitto, broker  # noqa: F401  a fixture
from walkdown_server.importers import import_file

pytestmark = [pytest.mark.display, pytest.mark.slow, pytest.mark.timeout(300)]

DATA = Path(__file__).parent.parent / "data"
Seen = tuple[npt.NDArray[np.int16], dict[str, Any]]

BINDINGS = """
[broker]
host = "127.0.0.1"
port = {port}

[[thing]]
id = "TRUCK"
name = "Milk truck 7"
type = "truck"
serial = "MT-0007"
element = "gltf:/Cesium_Milk_Truck"

[[signal]]
topic = "truck/temperature"
thing = "TRUCK"
name = "Milk temperature"
unit = "Cel"
range = [0, 40]
limits = {{ high = 8, high_alarm = 12 }}
main = true
"""


WALKDOWN = "from walkdown.cli import main; main()"


def start(*arguments: str) -> Any:
    return run_python("-m", "walkdown", *arguments)


def run_python(*arguments: str) -> Any:
    return asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


@dataclass(frozen=True)
class Plant:
    """A served model with live values, and where it can be joined."""

    address: str
    broker_port: int
    folder: Path

    async def publish(self, celsius: float) -> None:
        async with aiomqtt.Client("127.0.0.1", self.broker_port) as client:
            await client.publish("truck/temperature", f"{celsius}", qos=1, retain=True)

    async def look(self, *names: str) -> list[Seen]:
        """Let people join at the same time; returns each one's picture and what it shows."""
        paths = [self.folder / f"{name}.png" for name in names]
        clients = [
            await start(
                *("join", self.address, "--headless", "--seconds", "1", "--name", name),
                *("--screenshot", str(path), "--width", "480", "--height", "320"),
                *("--cache", str(self.folder / "cache")),
            )
            for name, path in zip(names, paths, strict=True)
        ]
        for client in clients:
            _out, errors = await client.communicate()
            assert client.returncode == 0, errors.decode()
        return [await asyncio.to_thread(read, path) for path in paths]


def read(path: Path) -> Seen:
    """Return a picture (height, width, 3) and what it says it shows."""
    picture = np.asarray(Image.open(path).convert("RGB"), np.int16)
    return picture, json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))


@pytest.fixture
async def plant(tmp_path: Path, broker: Mosquitto) -> AsyncIterator[Plant]:  # noqa: F811
    import_file(DATA / "CesiumMilkTruck.glb", tmp_path / "truck")
    bindings = tmp_path / "bindings.toml"
    bindings.write_text(BINDINGS.format(port=broker.port), encoding="utf-8")
    server = await warm.create_subprocess_exec(
        *(sys.executable, "-m", "walkdown"),
        *("serve", str(tmp_path / "truck"), "--bindings", str(bindings)),
        *("--port", "0", "--data", str(tmp_path / "data")),
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdout is not None
    line = (await server.stdout.readline()).decode()
    assert line.startswith("listening on "), line
    address = line.split()[2]
    bot = await warm.create_subprocess_exec(
        *(sys.executable, "-m", "walkdown", "bot", address, "--route", "0,-4 3,-4")
    )
    try:
        yield Plant(address, broker.port, tmp_path)
    finally:
        for process in (bot, server):
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def test_a_published_value_changes_the_colour_on_both_screens(plant: Plant) -> None:
    await plant.publish(5.0)
    ((before, _facts),) = await plant.look("Ada")
    await plant.publish(15.0)
    alarm = await plant.look("Ada", "Bo")
    for after, facts in alarm:
        redder = (after[..., 0] - after[..., 2]) - (before[..., 0] - before[..., 2]) > 25
        assert redder.mean() > 0.005, "the alarm's colour is not in the picture"
        assert facts["session"]["link"] == "live"
        assert facts["shader_errors"] == []
        assert facts["visible_elements"] >= 3
        assert "Bot" in {person["name"] for person in facts["people"]}
    together = [{person["name"] for person in facts["people"]} for _picture, facts in alarm]
    assert {"Ada", "Bo"} <= set().union(*together)


async def test_a_server_that_is_not_there_is_named(unused_tcp_port: int) -> None:
    client = await run_python(
        *("-c", "from walkdown_client import session; session.CONNECT_SECS_MAX = 4; " + WALKDOWN),
        *("join", f"ws://127.0.0.1:{unused_tcp_port}", "--headless", "--width", "320", "--height", "240"),
    )
    _out, errors = await client.communicate()
    assert client.returncode == 1
    assert str(unused_tcp_port) in errors.decode()
    assert "Traceback" not in errors.decode()
