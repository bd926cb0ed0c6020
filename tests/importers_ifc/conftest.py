"""Reads IFC files for the tests of this folder, in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.importers_ifc.forge import Forge
from walkdown.messages import ImportOptions
from walkdown.package import Model
from walkdown.package.check import check_model
from walkdown.package.model import Element
from walkdown_server.importers.ifc import read_ifc
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.task import ReadTask

DATA = Path(__file__).parents[1] / "data"


@dataclass(frozen=True)
class Outcome:
    """What came of a file."""

    model: Model
    report: ImportReport

    def row(self, name: str) -> int:
        """Return the row of the only element of a name."""
        (row,) = (row for row, element in enumerate(self.model.elements) if element.name == name)
        return row

    def element(self, name: str) -> Element:
        return self.model.elements[self.row(name)]

    def parents(self, name: str) -> list[str]:
        """Return the names above an element, nearest first."""
        names, row = [], self.element(name).parent
        while row >= 0:
            names.append(self.model.elements[row].name)
            row = self.model.elements[row].parent
        return names

    def box(self, name: str | None = None) -> list[list[float]]:
        """Return the box of an element, or of all, in the reference system, millimetre for millimetre."""
        row = None if name is None else self.row(name)
        points = np.concatenate([p for r, p in self._points() if row is None or r == row])
        placed = points.astype(np.float64) + self.model.origin
        return [
            [round(part, 3) + 0.0 for part in corner.tolist()] for corner in (placed.min(0), placed.max(0))
        ]

    def drawn(self) -> set[int]:
        """Return the rows that draw something."""
        return {row for row, _points in self._points()}

    def triangles(self) -> int:
        placed = sum(len(surface.triangles) for surface in self.model.surfaces)
        return placed + sum(len(r.shape.triangles) * len(r.elements) for r in self.model.repeats)

    def colours(self, name: str) -> set[tuple[str, tuple[float, ...]]]:
        """Return name and colour of the materials of an element that stands in place."""
        rows = {m for s in self.model.surfaces for m in np.unique(s.materials[s.elements == self.row(name)])}
        return {(self.model.materials[m].name, self.model.materials[m].base_color) for m in rows}

    def said(self) -> str:
        return "\n".join(self.report.sentences_in_english())

    def _points(self) -> list[tuple[int, npt.NDArray[Any]]]:
        found: list[tuple[int, npt.NDArray[Any]]] = []
        for surface in self.model.surfaces:
            rows = np.unique(surface.elements).tolist()
            found += ((row, surface.positions[surface.elements == row]) for row in rows)
        for repeat in self.model.repeats:
            placed = _turn(repeat.rotations, repeat.scales[:, None] * repeat.shape.positions)
            found += zip(repeat.elements.tolist(), placed + repeat.translations[:, None], strict=True)
        return found


def _turn(quaternions: npt.NDArray[Any], points: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return (k, n, 3) points turned by (k, 4) quaternions (w, x, y, z)."""
    real, axis = quaternions[:, None, :1], quaternions[:, None, 1:]
    across = 2 * np.cross(axis, points)
    return np.asarray(points + real * across + np.cross(axis, across))


Read = Callable[..., Outcome]


def read_path(path: Path, **options: Any) -> Outcome:
    """Return what comes of a file, which can be stored as a package."""
    task = ReadTask(path, ImportOptions(**options), ImportReport(name=path.stem))
    outcome = Outcome(read_ifc(task), task.report)
    check_model(outcome.model)
    return outcome


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a file, the bytes of one, or what a forge made; keyword arguments are import options."""

    def run(source: Path | bytes | Forge, *, name: str = "model.ifc", **options: Any) -> Outcome:
        path = source if isinstance(source, Path) else tmp_path / name
        if isinstance(source, Forge):
            source.save(path)
        elif isinstance(source, bytes):
            path.write_bytes(source)
        return read_path(path, **options)

    return run
