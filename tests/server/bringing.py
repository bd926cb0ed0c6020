"""Model files for a running session, and how a client of a few lines brings them in."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.importers.forge import TRIANGLE, Forge
from tests.server.conftest import Guest, House
from tests.server.test_http import Answer, read_answer
from walkdown.messages import OfferModel
from walkdown.package import Element, Material, Model, Surface, write_package


def glb_of(*parts: str, size: float = 1.0) -> bytes:
    """A GLB with a triangle for each name."""
    forge = Forge()
    for part in parts:
        forge.node(mesh=forge.mesh(POSITION=TRIANGLE * np.float32(size)), name=part)
    return forge.glb()


def wdp_of(*keys: str, name: str = "sent", **fields: Any) -> bytes:
    """A package as a stored zip, with a triangle for each key."""
    up = np.tile(np.array([0, 0, 1], np.float32), (3, 1))
    surfaces = [
        Surface(
            TRIANGLE, up, np.full(3, row, np.uint32), np.zeros(3, np.uint32), np.array([[0, 1, 2]], np.uint32)
        )
        for row in range(len(keys))
    ]
    model = Model(
        name=name,
        elements=[Element(key, key) for key in keys],
        materials=[Material("steel")],
        surfaces=surfaces,
        **fields,
    )
    return zip_of(write_package(model).items())


def zip_of(files: Iterable[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for path, data in files:
            archive.writestr(path, data)
    return packed.getvalue()


def new_id() -> str:
    return str(uuid.uuid4())


def offer_of(data: bytes, file: str = "part.glb", **fields: Any) -> OfferModel:
    """An offer of these bytes, as a new model if nothing else is said."""
    chosen = {"model": new_id(), "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), **fields}
    return OfferModel(file=file, **chosen)


async def ticket_for(guest: Guest, offer: OfferModel) -> Any:
    """Offer, and return the path that the file may be put to; what was told before has been read then."""

    def tickets() -> list[str | None]:
        return [m["path"] for m in guest.messages[start:] if m["t"] == "upload_ticket"]

    start = len(guest.messages)
    await guest.say(offer)
    await guest.until(tickets)
    return tickets()[0]


async def put(house: House, path: str, data: bytes, *lines: str, length: int | None = None) -> Answer:
    """PUT bytes on a connection of its own; ``length`` is what the head claims."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    try:
        announced = len(data) if length is None else length
        head = (f"PUT {path} HTTP/1.1", "Host: localhost", f"Content-Length: {announced}", *lines, "", "")
        writer.write("\r\n".join(head).encode() + data)
        return await read_answer(reader)
    finally:
        writer.close()


async def end_of(guest: Guest, model: str, *, since: int = 0) -> dict[str, Any]:
    """Receive until everyone is told how a task ended; messages before ``since`` do not count."""

    def ends() -> list[dict[str, Any]]:
        told = guest.messages[since:]
        tasks = [m for m in told if m["t"] == "model_task" and m["model"] == model]
        return [m for m in tasks if m["phase"] in ("done", "failed", "cancelled")]

    async with asyncio.timeout(20):
        while not ends():
            await guest.take()
    return ends()[-1]


async def bring(
    house: House, guest: Guest, data: bytes, file: str = "part.glb", **fields: Any
) -> dict[str, Any]:
    """Bring a file in and return how that ended."""
    offer = offer_of(data, file, **fields)
    path = await ticket_for(guest, offer)
    since = len(guest.messages)
    assert (await put(house, path, data)).status == 201
    return await end_of(guest, offer.model, since=since)


def packages_of(guest: Guest) -> dict[str, dict[str, Any]]:
    """The packages by model, as this guest was told last."""
    told = [m["packages"] for m in (guest.welcome, *guest.messages) if "packages" in m]
    return {package["model"]: package for package in told[-1]}


async def until_shown(guest: Guest, *models: str, but_not: str = "") -> dict[str, dict[str, Any]]:
    """Receive until exactly these models are there, and the small plant if nothing else is said."""
    expected = {"small", *models} - {but_not}
    await guest.until(lambda: set(packages_of(guest)) == expected)
    return packages_of(guest)


def city_of(*corners: tuple[float, float]) -> bytes:
    """A city with a triangle at each of these places, metres of EPSG:7415."""
    vertices = [
        [1000 * (x + dx), 1000 * (y + dy), 0] for x, y in corners for dx, dy in ((0, 0), (9, 0), (0, 9))
    ]
    objects = {
        f"house {row}": {
            "type": "Building",
            "geometry": [
                {"type": "MultiSurface", "lod": "1", "boundaries": [[[3 * row, 3 * row + 1, 3 * row + 2]]]}
            ],
        }
        for row in range(len(corners))
    }
    city = {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": [0.0] * 3},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
        "CityObjects": objects,
        "vertices": vertices,
    }
    return json.dumps(city).encode()
