"""Models made of boxes, as tables and as tiles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from walkdown.package.model import LAYERS, Joint, Material, Repeat, Surface

GREY = Material("grey", base_color=(0.5, 0.5, 0.5, 1.0), roughness=0.9)


def box_surface(
    lo: npt.ArrayLike, hi: npt.ArrayLike, *, element: int = 0, material: int = 0, lines: bool = False
) -> Surface:
    """A box with sharp edges, seen from outside."""
    low, high = np.asarray(lo, np.float32), np.asarray(hi, np.float32)
    positions: list[npt.NDArray[np.float32]] = []
    normals: list[npt.NDArray[np.float32]] = []
    triangles: list[list[int]] = []
    for axis in range(3):
        for side in (0, 1):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            face = np.tile(np.where(side, high, low), (4, 1))
            face[:, u] = low[u], high[u], high[u], low[u]
            face[:, v] = low[v], low[v], high[v], high[v]
            normal = np.zeros(3, np.float32)
            normal[axis] = 2 * side - 1
            first = 4 * len(positions)
            order = ([0, 1, 2], [0, 2, 3]) if side else ([0, 2, 1], [0, 3, 2])
            triangles += [[first + i for i in t] for t in order]
            positions.append(face)
            normals.append(np.tile(normal, (4, 1)))
    count = 24
    ring = np.array([[4 * f + i, 4 * f + (i + 1) % 4] for f in range(6) for i in range(4)], np.uint32)
    return Surface(
        np.concatenate(positions),
        np.concatenate(normals).astype(np.float32),
        np.full(count, element, np.uint32),
        np.full(count, material, np.uint32),
        np.array(triangles, np.uint32),
        ring if lines else np.zeros((0, 2), np.uint32),
    )


@dataclass
class BoxModel:
    """An element table and a tile in one."""

    materials: list[Material] = field(default_factory=lambda: [GREY])
    surfaces: list[Surface] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)
    images: list[bytes] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    joints_by_element: list[int] = field(default_factory=list)
    layers_by_element: list[int] = field(default_factory=list)
    boxes: list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]] = field(default_factory=list)
    joint_list: list[Joint] = field(default_factory=list)

    def add_element(
        self,
        lo: npt.ArrayLike,
        hi: npt.ArrayLike,
        *,
        kind: str = "part",
        layer: str = "content",
        joint: int = -1,
    ) -> int:
        """A row of the table."""
        self.kinds.append(kind)
        self.layers_by_element.append(LAYERS.index(layer))
        self.joints_by_element.append(joint)
        self.boxes.append((np.asarray(lo, np.float32), np.asarray(hi, np.float32)))
        return len(self.kinds) - 1

    def add_box(  # noqa: PLR0913
        self,
        lo: npt.ArrayLike,
        hi: npt.ArrayLike,
        *,
        material: int = 0,
        kind: str = "part",
        layer: str = "content",
        joint: int = -1,
        lines: bool = False,
    ) -> int:
        """An element that is a box; returns its row."""
        row = self.add_element(lo, hi, kind=kind, layer=layer, joint=joint)
        self.surfaces.append(box_surface(lo, hi, element=row, material=material, lines=lines))
        return row

    def add_copies(self, shape: Surface, places: npt.ArrayLike, *, joint: int = -1) -> list[int]:
        """Elements that are copies of one shape; returns their rows."""
        at = np.asarray(places, np.float32)
        low, high = shape.positions.min(0), shape.positions.max(0)
        rows = [self.add_element(low + p, high + p, joint=joint) for p in at]
        count = len(at)
        turn = np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1))
        size = np.ones((count, 3), np.float32)
        self.repeats.append(Repeat(shape, at, turn, size, np.array(rows, np.uint32)))
        return rows

    def add_floor(self) -> int:
        """A large floor, so that no ground is added."""
        return self.add_box((-20, -20, -2.1), (20, 20, -2), layer="floor", kind="floor")

    @property
    def names(self) -> list[str]:
        """Not told apart."""
        return ["box"] * len(self.kinds)

    @property
    def joints(self) -> npt.NDArray[np.int64]:
        """(n,) joint of each element."""
        return np.array(self.joints_by_element, np.int64)

    @property
    def layers(self) -> npt.NDArray[np.int64]:
        """(n,) layer of each element."""
        return np.array(self.layers_by_element, np.int64)

    @property
    def lo(self) -> npt.NDArray[np.float32]:
        """(n, 3) low corners."""
        return np.array([b[0] for b in self.boxes], np.float32).reshape(-1, 3)

    @property
    def hi(self) -> npt.NDArray[np.float32]:
        """(n, 3) high corners."""
        return np.array([b[1] for b in self.boxes], np.float32).reshape(-1, 3)

    @property
    def triangles(self) -> npt.NDArray[np.int64]:
        """(n,) as many as a box has."""
        return np.full(len(self.kinds), 12, np.int64)

    @property
    def parents(self) -> npt.NDArray[np.int32]:
        """(n,) no groups."""
        return np.full(len(self.kinds), -1, np.int32)


def moved(surface: Surface, by: npt.ArrayLike) -> Surface:
    """The same surface elsewhere."""
    return replace(surface, positions=surface.positions + np.asarray(by, np.float32))


def small_hall() -> BoxModel:
    """12 x 8 x 4 m with one skylight over its east half."""
    model = BoxModel()
    model.add_box((0, 0, -0.1), (12, 8, 0), layer="floor", kind="floor")
    for name, lo, hi in (
        ("wall_w", (-0.2, 0, 0), (0, 8, 4)),
        ("wall_e", (12, 0, 0), (12.2, 8, 4)),
        ("wall_s", (0, -0.2, 0), (12, 0, 4)),
        ("wall_n", (0, 8, 0), (12, 8.2, 4)),
        ("roof", (0, 0, 4), (7, 8, 4.1)),
        ("roof", (11, 0, 4), (12, 8, 4.1)),
        ("skylight", (7, 0, 4), (11, 8, 4.1)),
    ):
        model.add_box(lo, hi, layer="shell", kind=name)
    model.add_box((2, 3, 0), (4, 5, 1), kind="pump")
    return model
