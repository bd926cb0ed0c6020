"""A model comes into a running session before the eyes of two people, moves, goes, and comes back."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.client.conftest import ServerProcess, server_process  # noqa: F401  a fixture

DATA = Path(__file__).parent.parent / "data"

pytestmark = [pytest.mark.display, pytest.mark.slow, pytest.mark.timeout(300)]


async def watch(server: ServerProcess, folder: Path) -> dict[str, Any]:
    watcher = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.app.one_screen", server.url, str(DATA / "CesiumMilkTruck.glb"), str(folder)),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await watcher.communicate()
    assert watcher.returncode == 0, errors.decode()
    seen: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
    return seen


async def test_a_model_comes_moves_goes_and_comes_back(
    server_process: ServerProcess,  # noqa: F811
    tmp_path: Path,
) -> None:
    seen = await watch(server_process, tmp_path)
    file, detail = seen["placeholder"]
    assert file == "CesiumMilkTruck.glb"
    assert detail.endswith("Ada")
    assert seen["placeholder_at"][:2] == [2.0, -6.0]
    assert seen["placeholders_after"] == 0
    assert seen["visible"] >= 3
    assert seen["changed_by_model"] > 0.02
    assert seen["handle"] == "x"
    assert seen["moved_on_own_screen_only"]
    east, north, up = seen["shift"]
    assert east > 0.5
    assert abs(north) < 1e-6 and abs(up) < 1e-6  # noqa: PT018
    assert seen["changed_by_move"] > 0.02
    assert seen["removed_for_both"]
    assert seen["changed_after_removal"] == 0.0, "the old picture is back"
    assert seen["nodes_left"] == 0
    assert seen["shown_after_undo"] == 2
    assert "Ada brought in CesiumMilkTruck 6 elements" in seen["toasts"]
    assert seen["shader_errors"] == []
