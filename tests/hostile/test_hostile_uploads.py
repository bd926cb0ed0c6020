"""Hostile files that are brought into a running session fail in one sentence, and the session goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.conftest import small_files
from tests.hostile.cases import Case
from tests.hostile.corpus import CASES
from tests.hostile.judge import plain_faults
from tests.hostile.liars import lies
from tests.server.bringing import bring, glb_of, until_shown, zip_of
from tests.server.conftest import House, open_house

PICKED = (
    "glb/accessor asks for gigabytes",
    "gltf/buffer by an absolute path",
    "dae/billion laughs",
    "ifc/placements in a circle",
    "zip/a thousand entries of the same bytes",
    "zip/a parent path",
)
ZIPS = (
    "zip/a thousand entries of the same bytes",
    "zip/a parent path",
    "zip/a link",
    "zip/one name twice",
)
"""These are sent as packages, too."""

LIES = ("manifest: a thousand million elements", "tileset: a parent path", "tile: cut off at 50%")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as house:
        yield house


def hostile_files() -> list[tuple[str, str, bytes]]:
    """Returns what is wrong with each file, its name, and its bytes."""
    cases: dict[str, Case] = {found.name: found for found in CASES}
    files = [(name, Path(cases[name].main).name, cases[name].make()[cases[name].main]) for name in PICKED]
    files += [(name, "zip.wdp", cases[name].make()[cases[name].main]) for name in ZIPS]
    packages = dict(lies(small_files()))
    files += [(name, "lie.wdp", zip_of(packages[name].items())) for name in LIES]
    return files


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_session_survives_hostile_files_and_takes_a_sound_one_after_them(
    house: House, tmp_path: Path
) -> None:
    faults = []
    async with house.guest("Ada") as ada:
        for wrong, file, data in hostile_files():
            end = await bring(house, ada, data, file)
            faults += [f"{wrong}: {fault}" for fault in plain_faults(end["text"])]
            if end["phase"] != "failed":
                faults.append(f"{wrong}: ended as {end['phase']}")
            if str(tmp_path) in end["text"]:
                faults.append(f"{wrong}: tells where files lie: {end['text']}")
        assert not faults, "\n".join(faults)
        end = await bring(house, ada, glb_of("sound"))
        assert end["phase"] == "done"
        await until_shown(ada, end["model"])
