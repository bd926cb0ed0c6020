"""Where the own coordinates of the IFC files of a session lie, and what is in which; asked in any thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.errors import PackageError
from walkdown.messages import ModelState, Viewpoint
from walkdown.package import ElementTable
from walkdown.package.model import NO_ROW
from walkdown.package.source_frame import frame_of, is_ifc
from walkdown_server.exchange.incoming import ifc_guid
from walkdown_server.exchange.model_frames import ModelFrames, SourceFile, guids_of
from walkdown_server.exchange.similarity import Similarity
from walkdown_server.packages import Package

Guids = npt.NDArray[np.bytes_]
Frames = Callable[[Iterable[Viewpoint]], ModelFrames]
"""Returns where coordinates lie, and of the components of some views which file has them; in any thread."""

PackageOf = Callable[[str], Package | None]
"""Returns a package by its id, None while it is not here."""

PROJECT = "IfcProject"
GUID_LETTERS = 22

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Contents:
    """What is known of one IFC file: the GUID of its project, and (n,) sorted those of its elements."""

    project: str
    guids: Guids

    def which(self, guids: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Return (k,) which of some IFC GUIDs are in it."""
        if not len(self.guids):
            return np.zeros(len(guids), bool)
        asked = np.array(guids, f"S{GUID_LETTERS}")
        at = np.searchsorted(self.guids, asked).clip(max=len(self.guids) - 1)
        return np.asarray(self.guids[at] == asked)


def no_models(_views: Iterable[Viewpoint]) -> ModelFrames:
    """Know no models."""
    return ModelFrames()


class ModelPlaces:
    """The IFC files of a session.

    Args:
        models: returns them as they stand. package_of: finds their packages.
    """

    def __init__(self, models: Callable[[], Sequence[ModelState]], package_of: PackageOf) -> None:
        self._models, self._package_of = models, package_of
        self._contents: dict[str, list[Contents]] = {}

    def frames(self, views: Iterable[Viewpoint]) -> ModelFrames:
        """Return where the coordinates of all files lie now; takes a moment when a model is new.

        Args:
            views: of topics; of their components the result tells which file has them.
        """
        sources: list[SourceFile] = []
        contents: list[Contents] = []
        standing = [(model, self._package_of(model.package)) for model in self._models()]
        for model, package in standing:
            if package is None:
                continue
            files = [source for source in package.manifest.sources if is_ifc(source)]
            site_from_package = Similarity.of(np.array(model.placement).reshape(3, 4))
            for file, inside in zip(files, self._inside(package, len(files)), strict=True):
                frame = site_from_package.after(Similarity.of(frame_of(file)))
                sources.append(SourceFile(model.model, file.get("file", ""), inside.project, frame))
                contents.append(inside)
        self._forget({package.manifest.id for _model, package in standing if package is not None})
        return ModelFrames(tuple(sources), _owners(contents, views) if len(sources) > 1 else {})

    def _inside(self, package: Package, count: int) -> list[Contents]:
        """Return what is in each of the IFC files of a package."""
        if not count:
            return []
        known = self._contents.get(package.manifest.id)
        if known is None:
            try:
                known = contents_of(package.elements(), count)
            except (PackageError, OSError) as error:
                _log.warning("%s: its elements cannot be read: %s", package.manifest.name, error)
                known = [Contents("", np.zeros(0, f"S{GUID_LETTERS}"))] * count
            self._contents[package.manifest.id] = known
        return known

    def _forget(self, standing: set[str]) -> None:
        for package in self._contents.keys() - standing:
            self._contents.pop(package, None)


def contents_of(table: ElementTable, count: int) -> list[Contents]:
    """Return what is in each of the ``count`` IFC files that a package was made of, in their order.

    The files are told apart by their projects; where they share one, each may have everything.
    """
    projects = [row for row, kind in enumerate(table.kinds) if kind == PROJECT]
    rows = np.array([row for row, key in enumerate(table.keys) if ifc_guid(key)], np.intp)
    guids = np.array([ifc_guid(table.keys[row]) for row in rows.tolist()], f"S{GUID_LETTERS}")
    if len(projects) != count:
        project = ifc_guid(table.keys[projects[0]]) if len(projects) == 1 else ""
        return [Contents(project, np.unique(guids))] * count
    roots = _roots(table.parents)[rows]
    return [Contents(ifc_guid(table.keys[row]), np.unique(guids[roots == row])) for row in projects]


def _roots(parents: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Return (n,) the topmost row above each."""
    own = np.arange(len(parents))
    above = np.where(parents == NO_ROW, own, parents)
    while (higher := above[above]).tobytes() != above.tobytes():
        above = higher
    return above


def _owners(contents: Sequence[Contents], views: Iterable[Viewpoint]) -> dict[str, tuple[int, ...]]:
    asked = sorted(guids_of(views))
    if not asked:
        return {}
    which = np.array([inside.which(asked) for inside in contents])
    return {
        guid: tuple(np.flatnonzero(column).tolist())
        for guid, column in zip(asked, which.T, strict=True)
        if column.any()
    }
