"""Packages are loaded near tiles first, checked, and what is damaged is said in one sentence."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.client.conftest import PLATES, small_files
from tests.client.test_blobs import Shop, opened
from tests.server.conftest import House
from walkdown.messages import Blob, PackageRef
from walkdown.package import MANIFEST_PATH, parse_manifest
from walkdown_client import packages
from walkdown_client.address import parse_address
from walkdown_client.blob_cache import BlobCache
from walkdown_client.packages import (
    Loaded,
    LoadFailed,
    PackageComplete,
    PackageLoader,
    PackageOpened,
    TileLoaded,
)

FILES = small_files()
MANIFEST = parse_manifest(FILES[MANIFEST_PATH])
NORTH = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1000.0, 0.0, 0.0, 1.0, 0.0)


def ref(**changes: object) -> PackageRef:
    data = FILES[MANIFEST_PATH]
    fields: dict[str, object] = {
        "id": MANIFEST.id,
        "name": "small",
        "manifest": Blob(hashlib.sha256(data).hexdigest(), len(data)),
        "base": 0,
        "count": PLATES,
        "joint_count": 1,
    }
    return PackageRef(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.goods = {hashlib.sha256(data).hexdigest(): data for data in FILES.values()}
    return shop


def load(
    shop: Shop,
    *refs: PackageRef,
    cache: BlobCache | None = None,
    eye: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> tuple[list[Loaded], PackageLoader]:
    """Everything that a loader hands over until it has ended."""
    loaded: list[Loaded] = []
    with opened(shop) as address:
        loader = PackageLoader(address, refs, cache=cache, eye=eye)
        loader.wait(timeout_secs=30)
        loaded = loader.poll()
        loader.close()
    return loaded, loader


def plates(loaded: list[Loaded]) -> list[int]:
    """The elements of the tiles, in the order in which they came."""
    return [
        int(row)
        for event in loaded
        if isinstance(event, TileLoaded)
        for surface in event.tile.surfaces
        for row in np.unique(surface.elements)
    ]


def test_everything_arrives_and_is_counted(shop: Shop) -> None:
    loaded, loader = load(shop, ref())
    assert isinstance(loaded[0], PackageOpened)
    assert loaded[0].elements.keys[:2] == ["plant:/plate0", "plant:/plate1"]
    assert [joint.period for joint in loaded[0].joints] == [2.0]
    assert sorted(plates(loaded)) == list(range(PLATES))
    assert loaded[-1] == PackageComplete(ref())
    progress = loader.progress
    assert progress.tiles_done == progress.tiles_total == PLATES
    assert (progress.elements, progress.fraction) == (PLATES, 1.0)
    assert not loader.running


@pytest.mark.parametrize(
    ("x", "order"), [(0.0, [0, 1, 2, 3, 4]), (15_000.0, [4, 3, 2, 1, 0]), (6_000.0, [2, 1, 3, 0, 4])]
)
def test_near_tiles_come_first(shop: Shop, x: float, order: list[int]) -> None:
    loaded, _loader = load(shop, ref(), eye=(x, 0.0, 0.0))
    assert plates(loaded)[: len(order) - 2] == order[: len(order) - 2]


def test_near_is_meant_where_the_package_stands(shop: Shop) -> None:
    loaded, _loader = load(shop, ref(placement=NORTH), eye=(13_000.0, 1000.0, 0.0))
    assert plates(loaded)[0] == 4


def test_properties_are_at_hand_when_the_package_is_complete(shop: Shop) -> None:
    loaded, _loader = load(shop, ref())
    assert isinstance(loaded[0], PackageOpened)
    asked = len(shop.requests)
    assert loaded[0].elements.properties(0) == {"weight_kg": 12.5}
    assert len(shop.requests) == asked


def test_a_second_visit_reads_from_disk(shop: Shop, tmp_path: Path) -> None:
    load(shop, ref(), cache=BlobCache(tmp_path))
    shop.requests.clear()
    loaded, _loader = load(shop, ref(), cache=BlobCache(tmp_path))
    assert sorted(plates(loaded)) == list(range(PLATES))
    assert shop.requests == []


def test_a_damaged_tile_is_one_sentence_and_the_others_are_shown(shop: Shop) -> None:
    tile = next(path for path in MANIFEST.blobs if path.startswith("c/"))
    sha256 = MANIFEST.blobs[tile].sha256
    shop.goods[sha256] = bytes(len(shop.goods[sha256]))
    loaded, _loader = load(shop, ref())
    (failed,) = (event for event in loaded if isinstance(event, LoadFailed))
    assert f"blob {sha256[:12]} arrived damaged" in failed.text
    assert len(plates(loaded)) == PLATES - 1


def test_a_package_that_is_another_than_announced_is_refused(shop: Shop) -> None:
    loaded, _loader = load(shop, ref(count=PLATES + 1))
    (failed,) = loaded
    assert isinstance(failed, LoadFailed)
    assert f"with {PLATES + 1} elements" in failed.text


def test_a_manifest_that_is_none_is_refused_and_the_next_package_is_loaded(shop: Shop) -> None:
    shop.goods[hashlib.sha256(b"{}").hexdigest()] = b"{}"
    broken = ref(manifest=Blob(hashlib.sha256(b"{}").hexdigest(), 2))
    loaded, _loader = load(shop, broken, ref())
    assert isinstance(loaded[0], LoadFailed)
    assert loaded[0].ref == broken
    assert loaded[-1] == PackageComplete(ref())


def test_a_server_that_is_away_is_waited_for(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "AGAIN_SECS", 0.001)
    monkeypatch.setattr("walkdown_client.blobs.PAUSE_SECS", 0.001)
    shop.busy = 8
    loaded, _loader = load(shop, ref())
    assert isinstance(loaded[0], LoadFailed)
    assert "brought nothing" in loaded[0].text
    assert loaded[-1] == PackageComplete(ref())


def test_closing_cancels_what_is_being_loaded(shop: Shop) -> None:
    asked, answer = threading.Event(), threading.Event()

    class Slow(dict[str, bytes]):
        def get(self, key: str, default: object = None) -> bytes | None:  # type: ignore[override]
            asked.set()
            answer.wait(10)
            return super().get(key)

    shop.goods = Slow(shop.goods)
    with opened(shop) as address:
        loader = PackageLoader(address, [ref()])
        assert asked.wait(10)
        threading.Timer(0.05, answer.set).start()
        loader.close()
        assert not loader.running
        assert not any(isinstance(event, PackageComplete) for event in loader.poll())


def test_a_frame_takes_no_more_tiles_than_it_wants(shop: Shop) -> None:
    with opened(shop) as address:
        loader = PackageLoader(address, [ref()])
        loader.wait(timeout_secs=30)
        assert [len(loader.poll(at_most=3)) for _index in range(4)] == [3, 3, 1, 0]
        loader.close()


async def test_the_real_server_serves_packages(house: House, tmp_path: Path) -> None:
    refs = house.server.room.contents.packages
    loader = PackageLoader(parse_address(house.url), refs, cache=BlobCache(tmp_path / "cache"))
    await asyncio.to_thread(loader.wait, timeout_secs=30)
    loaded = loader.poll()
    loader.close()
    kinds: list[Callable[..., object]] = [PackageOpened, TileLoaded, PackageComplete]
    assert {type(event) for event in loaded} == set(kinds)


def test_the_loader_is_never_far_ahead_of_the_frame(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "AHEAD_BYTES", 1)
    with opened(shop) as address:
        loader = PackageLoader(address, [ref()])
        taken: list[Loaded] = []
        while not any(isinstance(event, PackageComplete) for event in taken):
            waiting = loader.poll()
            assert sum(isinstance(event, TileLoaded) for event in waiting) <= 1
            taken += waiting
        loader.close()
    assert len(plates(taken)) == PLATES


def test_a_loader_that_waits_for_the_frame_can_be_closed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "AHEAD_BYTES", 1)
    with opened(shop) as address:
        loader = PackageLoader(address, [ref()])
        while loader.progress.tiles_done < 1:
            pass
        loader.close()
        assert sum(isinstance(event, TileLoaded) for event in loader.poll()) == 1
    assert not loader.running


def test_a_flipped_byte_in_the_disk_cache_is_fetched_again(shop: Shop, tmp_path: Path) -> None:
    load(shop, ref(), cache=BlobCache(tmp_path))
    tile = next(blob for path, blob in MANIFEST.blobs.items() if path.endswith(".glb"))
    (kept,) = tmp_path.rglob(tile.sha256)
    damaged = bytearray(kept.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    kept.write_bytes(damaged)
    shop.requests.clear()
    loaded, _loader = load(shop, ref(), cache=BlobCache(tmp_path))
    assert len(shop.requests) == 1
    assert sorted(plates(loaded)) == list(range(PLATES))
    assert kept.read_bytes() == shop.goods[tile.sha256]
