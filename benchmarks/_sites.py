"""Models to be walked in: the demo plant, and real files where the data set lies beside the project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from walkdown.package import NO_ROW, Model
from walkdown_client.walk.grid import make_grid
from walkdown_client.walk.matter import Matter, matter_of
from walkdown_client.walk.obstacles import Obstacles
from walkdown_client.walk.soup import Soup, Within, soup_of
from walkdown_server.importers.formats import format_of, load_reader
from walkdown_server.importers.places import search_folders
from walkdown_server.importers.task import ReadTask
from walkdown_server.plant.plant import build_model

F64 = npt.NDArray[np.float64]
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FILES = {
    "duplex": DATA / "ifc" / "Duplex_A.ifc",
    "warehouse": DATA / "warehouse" / "small_warehouse.glb",
    "warehouse_world": DATA / "warehouse" / "worlds" / "no_roof_small_warehouse.world",
}
NO_DATA = "the shared data set is not here"
EVERYTHING = Within(np.full(3, -400.0), np.full(3, 400.0))


@dataclass(frozen=True)
class Site:
    """A model as people on foot meet it.

    Attributes:
        soup: all triangles that may stop people.
        matter: which elements are leaves of doors.
        lo, hi: (3,) box of the triangles, metres. kinds: of each element.
    """

    name: str
    soup: Soup
    matter: Matter
    lo: F64
    hi: F64
    kinds: list[str]

    @property
    def doors(self) -> npt.NDArray[np.bool_]:
        """(elements,) which are leaves of doors."""
        return np.asarray(self.matter.doors != NO_ROW)

    def obstacles(self, *, doors_closed: bool) -> Obstacles:
        """Return a world of its own, with all doors open or closed."""
        found = Obstacles()
        found.put(self.name, make_grid(self.soup))
        found.let_through(self.doors & (not doors_closed))
        return found

    def corners(self, *, doors_closed: bool) -> F64:
        """Return (n, 3, 3) float64 all triangles that stop people."""
        kept = np.ones(len(self.soup), bool) if doors_closed else ~self.doors[self.soup.owners]
        return self.soup.corners[kept].astype(np.float64) + self.soup.anchor

    def boxes_of(self, word: str) -> F64:
        """Return (n, 2, 3) boxes of the elements whose kind contains a word."""
        rows = [row for row, kind in enumerate(self.kinds) if word in kind.lower()]
        return np.array(list(self._boxes(rows))).reshape(-1, 2, 3)

    def _boxes(self, rows: list[int]) -> Iterator[F64]:
        for row in rows:
            mine = self.soup.corners[self.soup.owners == row]
            if len(mine):
                yield np.stack([mine.min((0, 1)), mine.max((0, 1))]) + self.soup.anchor


def plant() -> Site:
    """The demo plant."""
    return site_of("plant", build_model())


def read_site(name: str) -> Site | None:
    """Read a real file; None when it is not here."""
    path = FILES[name]
    if not path.exists():
        return None
    task = ReadTask(path, folders=tuple(search_folders(path)))
    return site_of(name, load_reader(format_of(path))(task))


def site_of(name: str, model: Model) -> Site:
    """Take a model as it is before it becomes a package."""
    elements = model.elements
    kinds = [element.kind for element in elements]
    matter = matter_of(
        kinds,
        [element.name for element in elements],
        parents=[element.parent for element in elements],
        joints=[element.joint for element in elements],
    )
    soup = soup_of(model.surfaces, model.repeats, within=EVERYTHING, kept=matter.solid)
    near = np.abs(soup.corners).max((1, 2)) < 390
    lo, hi = soup.corners[near].min((0, 1)), soup.corners[near].max((0, 1))
    return Site(name, soup, matter, lo + soup.anchor, hi + soup.anchor, kinds)
