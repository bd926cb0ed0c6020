"""The columns that drawing needs of an element table, whoever made it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from walkdown.package.model import Material, Repeat, Surface

F32 = npt.NDArray[np.float32]
U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]


class Elements(Protocol):
    """An element table by columns; row i of each belongs to element i.

    Attributes:
        kinds: class of each element in the model's own words.
        names: for people.
        layers: (n,) index into ``walkdown.package.model.LAYERS``.
        joints: (n,) row of the joint that moves it, or -1.
        lo, hi: (n, 3) float32 box at rest, site frame, metres; not finite for groups without geometry.
        triangles: (n,) what each draws itself.
        parents: (n,) int32 row of the group it belongs to, or -1.
    """

    @property
    def kinds(self) -> Sequence[str]:
        """Class of each."""

    @property
    def names(self) -> Sequence[str]:
        """Name of each."""

    @property
    def layers(self) -> npt.NDArray[np.integer]:
        """Layer of each."""

    @property
    def joints(self) -> npt.NDArray[np.integer]:
        """Joint of each."""

    @property
    def lo(self) -> F32:
        """Low corners."""

    @property
    def hi(self) -> F32:
        """High corners."""

    @property
    def triangles(self) -> npt.NDArray[np.integer]:
        """Triangles of each."""

    @property
    def parents(self) -> npt.NDArray[np.int32]:
        """Group of each."""


class TileContent(Protocol):
    """The geometry of one tile, site frame; element rows are those of the whole package."""

    @property
    def materials(self) -> Sequence[Material]:
        """Those of this tile."""

    @property
    def surfaces(self) -> Sequence[Surface]:
        """What is drawn once."""

    @property
    def repeats(self) -> Sequence[Repeat]:
        """What is drawn many times."""

    @property
    def images(self) -> Sequence[bytes]:
        """PNG or JPEG files."""
