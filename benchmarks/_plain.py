"""The obvious way, for comparison: every MQTT message and every pose becomes one JSON text to everybody.

``websockets`` and ``json`` as their tutorials use them: no ticks, no blocks, no smoothing, nothing owed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from typing import Any

from benchmarks._traffic import POSE_SECS, x_now


def serve_plainly(port: int, mqtt_port: int) -> None:
    """Relay what a broker and the clients say to all clients."""
    asyncio.run(_serve(port, mqtt_port))


async def _serve(port: int, mqtt_port: int) -> None:
    import aiomqtt
    from websockets.asyncio.server import ServerConnection, broadcast, serve
    from websockets.exceptions import ConnectionClosed

    async def relay(socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in socket:
                broadcast(server.connections, message)

    async with serve(relay, "127.0.0.1", port) as server, aiomqtt.Client("127.0.0.1", mqtt_port) as mqtt:
        await mqtt.subscribe("plain/#")
        async for message in mqtt.messages:
            value = float(message.payload) if isinstance(message.payload, bytes) else 0.0
            broadcast(server.connections, json.dumps({"signal": str(message.topic), "value": value}))


def walk_plainly(port: int, start: float) -> None:
    """Say where a walker is 20 times a second."""
    asyncio.run(_walk(port, start))


async def _walk(port: int, start: float) -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed

    async with connect(f"ws://127.0.0.1:{port}", proxy=None) as socket:
        reading = asyncio.create_task(_ignore(socket))
        with contextlib.suppress(ConnectionClosed):
            while not reading.done():
                await socket.send(json.dumps({"person": "walker", "position": [x_now(start), 0.0, 1.7]}))
                await asyncio.sleep(POSE_SECS)


async def _ignore(socket: Any) -> None:
    from websockets.exceptions import ConnectionClosed

    with contextlib.suppress(ConnectionClosed):
        async for _message in socket:
            pass


class PlainClient:
    """The other end: a thread that keeps the newest of everything.

    Attributes:
        values: topic to value. positions: person to (x, y, z).
    """

    def __init__(self, port: int) -> None:
        self.values: dict[str, float] = {}
        self.positions: dict[str, list[float]] = {}
        threading.Thread(target=lambda: asyncio.run(self._read(port)), daemon=True).start()

    async def _read(self, port: int) -> None:
        from websockets.asyncio.client import connect
        from websockets.exceptions import ConnectionClosed

        with contextlib.suppress(ConnectionClosed):
            async with connect(f"ws://127.0.0.1:{port}", proxy=None) as socket:
                async for message in socket:
                    self._take(json.loads(message))

    def _take(self, said: dict[str, Any]) -> None:
        if "signal" in said:
            self.values[said["signal"]] = said["value"]
        else:
            self.positions[said["person"]] = said["position"]
