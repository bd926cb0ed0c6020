"""What people walk on comes from the server's blobs, near tiles first, and goes when it is far."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.client.test_blobs import Shop, opened
from tests.walk import shapes
from walkdown.messages import IN_PLACE, Blob, PackageRef, Placement
from walkdown.package import (
    MANIFEST_PATH,
    Element,
    Joint,
    Material,
    Model,
    Surface,
    parse_manifest,
    read_elements,
    write_package,
)
from walkdown_client import ground
from walkdown_client.blob_cache import BlobCache
from walkdown_client.ground import Ground, GroundPackage
from walkdown_client.walk.standing import standing_below

FAR_M = 400.0


def surface(
    triangles: shapes.Triangles, row: int, *, shift: tuple[float, float, float] = (0, 0, 0)
) -> Surface:
    positions = (np.array(triangles) + shift).reshape(-1, 3).astype(np.float32)
    return Surface(
        positions=positions,
        normals=np.tile(np.array([0, 0, 1], np.float32), (len(positions), 1)),
        elements=np.full(len(positions), row, np.uint32),
        materials=np.zeros(len(positions), np.uint32),
        triangles=np.arange(len(positions), dtype=np.uint32).reshape(-1, 3),
    )


def model() -> Model:
    """Two floors far apart, a wall, a cart that moves, a lifting door, and something thrown 300 km away."""
    elements = [
        Element("m:/floor", "Floor", "floor"),
        Element("m:/far", "Far floor", "floor"),
        Element("m:/wall", "Wall", "wall"),
        Element("m:/cart", "Cart", "vehicle", joint=0),
        Element("m:/door", "Door", "door", joint=1),
        Element("m:/lost", "Lost", "part"),
    ]
    return Model(
        "ground",
        elements=elements,
        materials=[Material("grey")],
        joints=[
            Joint("m:/cart/x", "prismatic", (0, 0, 0), (1, 0, 0)),
            Joint("m:/door/lift", "prismatic", (0, 0, 0), (0, 0, 1)),
        ],
        surfaces=[
            surface(shapes.tiled_floor(), 0),
            surface(shapes.tiled_floor(), 1, shift=(FAR_M, 0, 0)),
            surface(shapes.wall_x(3.0, y=(-6, 6)), 2),
            surface(shapes.box((-3, -1, 0), (-2, 1, 1)), 3),
            surface(shapes.wall_y(3.0, x=(-6, 6)), 4),
            surface([[(300_000, 0, 0), (300_001, 0, 0), (300_000, 1, 0)]], 5),
        ],
    )


FILES = write_package(model())
MANIFEST = parse_manifest(FILES[MANIFEST_PATH])
ELEMENTS = read_elements(MANIFEST, FILES.__getitem__)
WALL, CART, DOOR = 2, 3, 4


def package(placement: Placement = IN_PLACE, *, base: int = 0) -> GroundPackage:
    data = FILES[MANIFEST_PATH]
    blob = Blob(hashlib.sha256(data).hexdigest(), len(data))
    ref = PackageRef(MANIFEST.id, "ground", blob, base=base, count=len(ELEMENTS), placement=placement)
    return GroundPackage(ref, ELEMENTS)


def stocked() -> Shop:
    shop = Shop()
    shop.goods = {hashlib.sha256(data).hexdigest(): data for data in FILES.values()}
    return shop


@contextlib.contextmanager
def ground_of(shop: Shop, cache: BlobCache | None = None) -> Iterator[Ground]:
    with opened(shop) as address:
        made = Ground(address, cache=cache)
        yield made
        made.close()


def until(
    found: Ground, packages: list[GroundPackage], place: np.ndarray, holds: Callable[[], object]
) -> None:
    """Update as frames do until something holds."""
    ends, pause = time.monotonic() + 20, threading.Event()
    found.update(packages, place)
    while not holds():
        assert time.monotonic() < ends, "it never came to hold"
        pause.wait(0.002)
        found.update(packages, place)


def loaded(found: Ground, place: np.ndarray) -> Callable[[], bool]:
    return lambda: not found.obstacles.awaited(place - 4, place + 4)


HERE = np.array([0.0, 0.0, 1.0])


def owners(found: Ground, place: np.ndarray = HERE) -> set[int]:
    return set(found.obstacles.around(place - 8, place + 8).owners.tolist())


def test_what_is_near_is_held_and_what_moves_is_left_out() -> None:
    packages = [package()]
    with ground_of(stocked()) as found:
        assert found.obstacles.awaited(HERE, HERE)
        until(found, packages, HERE, loaded(found, HERE))
        assert owners(found) == {0, WALL, DOOR}
        assert found.obstacles.triangles < 400
        matter = found.matter(packages[0].ref)
        assert matter is not None
        assert matter.doors.tolist() == [-1, -1, -1, -1, DOOR, -1]


def test_who_goes_far_finds_other_ground_and_loses_the_old() -> None:
    packages, there = [package()], np.array([FAR_M, 0.0, 1.0])
    with ground_of(stocked()) as found:
        until(found, packages, HERE, loaded(found, HERE))
        found.update(packages, there)
        assert found.obstacles.awaited(there, there)
        until(found, packages, there, loaded(found, there))
        assert owners(found, there) == {1}
        until(found, packages, there, lambda: not owners(found))


def test_a_model_that_is_moved_carries_its_ground_along() -> None:
    moved = (1.0, 0.0, 0.0, 1000.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 5.0)
    there = np.array([1000.0, 0.0, 7.0])
    with ground_of(stocked()) as found:
        until(found, [before := package()], HERE, loaded(found, HERE))
        after = [package(moved)]
        until(found, after, there, loaded(found, there))
        feet = standing_below(found.obstacles, there)
        assert feet == pytest.approx(np.array([1000, 0, 5]), abs=0.01)
        back = [before]
        until(found, back, HERE, lambda: owners(found) == {0, WALL, DOOR})


def test_a_model_that_is_taken_away_is_gone() -> None:
    with ground_of(stocked()) as found:
        until(found, [package()], HERE, loaded(found, HERE))
        nothing: list[GroundPackage] = []
        until(found, nothing, HERE, lambda: not owners(found))


def test_two_copies_of_a_model_have_drawn_ids_of_their_own() -> None:
    both = [package(), package((1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 4.0), base=50)]
    with ground_of(stocked()) as found:
        until(found, both, HERE, lambda: owners(found) == {0, WALL, DOOR, 50, 50 + WALL, 50 + DOOR})


def test_the_level_ground_is_laid_where_it_is_said_and_taken_up() -> None:
    with ground_of(stocked()) as found:
        found.update([], HERE, level_m=-2.0)
        assert found.obstacles.triangles == 2
        found.update([], HERE)
        assert found.obstacles.triangles == 0


def test_a_damaged_tile_is_walked_through_and_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    shop = stocked()
    for path, data in FILES.items():
        if path.endswith(".glb"):
            shop.goods[hashlib.sha256(data).hexdigest()] = data[:-4] + b"\0\0\0\1"
    packages = [package()]
    with ground_of(shop) as found:
        until(found, packages, HERE, loaded(found, HERE))
        assert owners(found) == set()
    assert "cannot be walked on" in caplog.text


def test_while_the_server_is_away_people_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground, "AGAIN_SECS", 0.01)
    monkeypatch.setattr("walkdown_client.blobs.PAUSE_SECS", 0.001)
    shop = stocked()
    shop.busy = 12
    packages = [package()]
    with ground_of(shop) as found:
        until(found, packages, HERE, loaded(found, HERE))
        assert shop.busy == 0
        assert owners(found) == {0, WALL, DOOR}


def test_tiles_come_from_the_disk_when_they_are_there(tmp_path: Path) -> None:
    cache, packages = BlobCache(tmp_path), [package()]
    with ground_of(stocked(), cache) as found:
        until(found, packages, HERE, loaded(found, HERE))
    empty = Shop()
    empty.goods = {}
    with ground_of(empty, cache) as found:
        until(found, packages, HERE, loaded(found, HERE))
        assert owners(found) == {0, WALL, DOOR}
        assert empty.requests == []
