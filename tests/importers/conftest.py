"""Imports files for the tests of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from walkdown.messages import ImportOptions
from walkdown.package import Model, Surface
from walkdown_server.importers.formats import format_of, load_reader
from walkdown_server.importers.job import AS_IN_FILE
from walkdown_server.importers.places import search_folders
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.task import ReadTask

DATA = Path(__file__).parents[1] / "data"


class Read(Protocol):
    """Reads a file, or the bytes of a GLB."""

    def __call__(
        self, source: Path | bytes, options: ImportOptions = AS_IN_FILE
    ) -> tuple[Model, ImportReport]: ...


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a file, or the bytes of a GLB, in this process."""

    def run(source: Path | bytes, options: ImportOptions = AS_IN_FILE) -> tuple[Model, ImportReport]:
        path = source if isinstance(source, Path) else tmp_path / "model.glb"
        if isinstance(source, bytes):
            path.write_bytes(source)
        task = ReadTask(path, options, ImportReport(name=path.stem), folders=tuple(search_folders(path)))
        return load_reader(format_of(path))(task), task.report

    return run


def only(model: Model) -> Surface:
    """Return the one surface of a model."""
    assert len(model.surfaces) == 1
    return model.surfaces[0]
