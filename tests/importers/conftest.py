"""Imports files for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from walkdown.package import Model
from walkdown_server.importers.gltf import add_gltf
from walkdown_server.importers.report import ImportReport

DATA = Path(__file__).parents[1] / "data"

Read = Callable[[Path | bytes], tuple[Model, ImportReport]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a file, or the bytes of one, in this process."""

    def run(source: Path | bytes) -> tuple[Model, ImportReport]:
        path = source if isinstance(source, Path) else tmp_path / "model.glb"
        if isinstance(source, bytes):
            path.write_bytes(source)
        model, report = Model(path.stem), ImportReport(name=path.stem)
        add_gltf(model, path, prefix="gltf:/", report=report, progress=lambda part: None)
        return model, report

    return run
