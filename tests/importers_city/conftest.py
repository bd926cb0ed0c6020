"""Reads cities for the tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from walkdown.messages import ImportOptions
from walkdown.package import Element, Model
from walkdown.package.check import check_model
from walkdown_server.importers.cityjson import read_cityjson
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.task import ReadTask

DATA = Path(__file__).parents[1] / "data" / "city"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "city"

needs_shared_data = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data set is not here")


@dataclass(frozen=True)
class City:
    """What came of a file."""

    model: Model
    report: ImportReport

    def element(self, key: str) -> Element:
        """Returns the element with a key."""
        return next(element for element in self.model.elements if element.key == key)

    def triangles(self) -> np.ndarray:
        """Returns the (m, 3, 3) corners of all triangles that stand in place, site frame."""
        return np.concatenate([s.positions[s.triangles] for s in self.model.surfaces]).astype(np.float64)

    def normals(self) -> np.ndarray:
        """Returns (m, 3) cross products of the edges of all triangles."""
        corners = self.triangles()
        one: npt.NDArray[np.float64] = corners[:, 1] - corners[:, 0]
        other: npt.NDArray[np.float64] = corners[:, 2] - corners[:, 0]
        return np.cross(one, other)

    def area(self) -> float:
        """Returns square metres."""
        return float(np.linalg.norm(self.normals(), axis=1).sum() / 2)

    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the corners in the reference system, float64."""
        corners = self.triangles().reshape(-1, 3)
        return corners.min(0) + self.model.origin, corners.max(0) + self.model.origin

    def materials(self) -> dict[str, int]:
        """Returns how many triangles each material has, by its name."""
        found: dict[str, int] = {}
        for surface in self.model.surfaces:
            for row in surface.materials[surface.triangles[:, 0]].tolist():
                name = self.model.materials[row].name
                found[name] = found.get(name, 0) + 1
        return found

    def said(self) -> str:
        """Returns the whole report."""
        return "\n".join(self.report.sentences())


ReadCity = Callable[..., City]


@pytest.fixture
def read_city(tmp_path: Path) -> ReadCity:
    """Reads a path, a document, or the text of a file."""

    def run(
        source: Path | dict[str, Any] | str | bytes, name: str = "town.city.json", **options: Any
    ) -> City:
        path = source if isinstance(source, Path) else tmp_path / name
        if isinstance(source, dict):
            path.write_text(json.dumps(source), encoding="utf-8")
        elif isinstance(source, str):
            path.write_text(source, encoding="utf-8")
        elif isinstance(source, bytes):
            path.write_bytes(source)
        task = ReadTask(path, ImportOptions(**options), ImportReport(name=path.stem))
        model = read_cityjson(task)
        check_model(model)
        return City(model, task.report)

    return run
