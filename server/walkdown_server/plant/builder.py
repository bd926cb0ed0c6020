"""Collects parts under a stack of frames and a tree of elements, and builds the model.

``Placer`` records shapes in place; ``Builder`` adds the element tree, layers, joints and templates
that are drawn many times. Sizes are metres, angles degrees; ``at`` is the middle of the bottom.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from walkdown.package.model import (
    LAYERS,
    NO_ROW,
    Element,
    Joint,
    JointKind,
    Model,
    Scalar,
    Surface,
)
from walkdown_server.plant.palette import MATERIAL_ROW, MATERIALS
from walkdown_server.plant.round_shapes import cylinder, tube
from walkdown_server.plant.shapes import F64, Shape, box, rounded_box
from walkdown_server.plant.stamping import (
    Placement,
    cells_of,
    frame_matrix,
    repeat_of,
    stamp,
    surface_of,
)

Point = Sequence[float]
_TURN = {"z": (0.0, 0.0), "x": (0.0, 90.0), "y": (-90.0, 0.0), "-y": (90.0, 0.0), "-x": (0.0, -90.0)}


class Placer:
    """Records shapes under a stack of frames."""

    def __init__(self) -> None:
        self._shapes: dict[Shape, int] = {}
        self._frames: list[F64] = [np.eye(4)]
        self._stack: list[int] = [0]
        self._placements: list[Placement] = []
        self._element = 0

    @contextmanager
    def frame(self, at: Point, *, rz: float = 0.0, ry: float = 0.0, rx: float = 0.0) -> Iterator[None]:
        """Everything placed inside is relative to this frame."""
        self._frames.append(self._frames[self._stack[-1]] @ frame_matrix(at, rz=rz, ry=ry, rx=rx))
        self._stack.append(len(self._frames) - 1)
        try:
            yield
        finally:
            self._stack.pop()

    def put(  # noqa: PLR0913 - a placed shape has nine degrees of freedom
        self,
        shape: Shape,
        material: str,
        at: Point,
        *,
        rz: float = 0.0,
        ry: float = 0.0,
        rx: float = 0.0,
        scale: Point = (1.0, 1.0, 1.0),
    ) -> None:
        """Place a shape in its own frame turned about x, then y, then z."""
        if self._element == NO_ROW:
            raise ValueError("a shape was placed outside any element; open a part first")
        row = self._shapes.setdefault(shape, len(self._shapes))
        where = (row, self._stack[-1], self._element, MATERIAL_ROW[material])
        self._placements.append((*where, at[0], at[1], at[2], rx, ry, rz, scale[0], scale[1], scale[2]))

    def box(self, material: str, at: Point, size: Point, *, rz: float = 0.0) -> None:
        """A sharp box."""
        self.put(box(), material, (at[0], at[1], at[2] + size[2] / 2), rz=rz, scale=size)

    def rounded(
        self, material: str, at: Point, size: Point, *, radius: float = 0.04, rz: float = 0.0
    ) -> None:
        """A box with bevels."""
        shape = rounded_box(round(size[0], 3), round(size[1], 3), round(size[2], 3), radius=radius)
        self.put(shape, material, (at[0], at[1], at[2] + size[2] / 2), rz=rz)

    def cylinder(
        self,
        material: str,
        at: Point,
        radius: float,
        *,
        length: float,
        axis: str = "z",
        sides: int = 16,
    ) -> None:
        """A cylinder from ``at`` along an axis."""
        rx, ry = _TURN[axis]
        self.put(cylinder(sides), material, at, rx=rx, ry=ry, scale=(radius, radius, length))

    def bar(self, shape: Shape, material: str, start: Point, *, end: Point) -> None:
        """Stretch a shape of unit length along x from ``start`` to ``end``."""
        rz, ry, length = _direction(start, end)
        self.put(shape, material, start, rz=rz, ry=ry, scale=(length, 1.0, 1.0))

    def rod(self, material: str, start: Point, end: Point, *, radius: float, sides: int = 8) -> None:
        """A straight round bar."""
        rz, ry, length = _direction(start, end)
        shape = cylinder(sides, lines=radius > 0.04)
        self.put(shape, material, start, rz=rz, ry=ry + 90.0, scale=(radius, radius, length))

    def pipe(self, material: str, path: Sequence[Point], radius: float, *, sides: int = 10) -> None:
        """A tube along a path with elbows."""
        if len(path) == 2:
            self.rod(material, path[0], path[1], radius=radius, sides=sides)
            return
        first = path[0]
        steps = tuple(tuple(round(q - o, 4) for q, o in zip(p, first, strict=True)) for p in path)
        self.put(tube(steps, radius, sides), material, first)

    def surface(self) -> Surface:
        """Everything recorded as one surface, for use as a template."""
        return surface_of(stamp(self._placements, list(self._shapes), self._frames))


class Builder(Placer):
    """Records the elements, joints and copies of a whole plant."""

    def __init__(self, scheme: str, seed: int) -> None:
        super().__init__()
        self.rng = np.random.default_rng(seed)
        self._path = [f"{scheme}:/"]
        self._elements: list[Element] = []
        self._keys: dict[str, int] = {}
        self._joints: list[Joint] = []
        self._owner = ""
        self._parent, self._layer, self._joint = NO_ROW, LAYERS[0], NO_ROW
        self._element = NO_ROW
        self._copies: dict[int, tuple[Surface, list[Placement]]] = {}

    def _add(self, segment: str, name: str, kind: str, *, properties: dict[str, Scalar]) -> int:
        key = self._key(segment) if segment else self._path[0]
        if key in self._keys:
            raise ValueError(f"element key used twice: {key}")
        row = self._keys[key] = len(self._elements)
        element = Element(key, name, kind, self._parent, self._layer, self._joint, properties)
        self._elements.append(element)
        return row

    @property
    def owner(self) -> str:
        """Name of the group that is open."""
        return self._owner

    def _key(self, segment: str) -> str:
        return "/".join([self._path[0].rstrip("/"), *self._path[1:], segment])

    @contextmanager
    def group(
        self, segment: str, name: str, kind: str, *, opens_path: bool = True, **properties: Scalar
    ) -> Iterator[int]:
        """A row without geometry; with ``opens_path`` its segment starts the keys of what is inside."""
        saved = self._parent, self._owner, self._element
        row = self._add(segment, name, kind, properties=properties)
        self._parent, self._owner, self._element = row, name, NO_ROW
        if opens_path and segment:
            self._path.append(segment)
        try:
            yield row
        finally:
            if opens_path and segment:
                self._path.pop()
            self._parent, self._owner, self._element = saved

    @contextmanager
    def part(
        self, segment: str, name: str, kind: str = "part", *, layer: str = "", **properties: Scalar
    ) -> Iterator[int]:
        """A row with geometry; its name follows the name of the group it belongs to."""
        saved = self._parent, self._element, self._layer
        self._layer = layer or self._layer
        full = f"{self._owner} · {name}" if self._owner else name
        self._parent = self._element if self._element != NO_ROW else self._parent
        row = self._add(segment, full, kind, properties=properties)
        self._element = row
        try:
            yield row
        finally:
            self._parent, self._element, self._layer = saved

    @contextmanager
    def rooted(self) -> Iterator[None]:
        """Keys made inside start at the scheme again; parents stay as they are."""
        saved, self._path = self._path, self._path[:1]
        try:
            yield
        finally:
            self._path = saved

    @contextmanager
    def into(self, layer: str) -> Iterator[None]:
        """Elements made inside belong to this layer."""
        saved, self._layer = self._layer, layer
        try:
            yield
        finally:
            self._layer = saved

    def joint(
        self,
        segment: str,
        kind: JointKind,
        at: Point = (0.0, 0.0, 0.0),
        *,
        axis: Point = (0.0, 0.0, 1.0),
        period: float = 0.0,
    ) -> int:
        """A joint in the present frame, carried by the joint that is being ridden."""
        frame = self._frames[self._stack[-1]]
        origin = frame[:3, :3] @ np.array(at, np.float64) + frame[:3, 3]
        turned = frame[:3, :3] @ np.array(axis, np.float64)
        turned /= np.linalg.norm(turned)
        key = self._key(segment)
        x, y, z = (float(v) for v in origin)
        ax, ay, az = (float(v) for v in np.round(turned, 9))
        self._joints.append(Joint(key, kind, (x, y, z), (ax, ay, az), self._joint, period))
        return len(self._joints) - 1

    @contextmanager
    def riding(self, joint: int) -> Iterator[None]:
        """Elements made inside are moved by this joint."""
        saved, self._joint = self._joint, joint
        try:
            yield
        finally:
            self._joint = saved

    def copy(self, template: Surface, at: Point, *, rz: float = 0.0, rx: float = 0.0) -> None:
        """Draw one more copy of a template as part of the present element."""
        _, rows = self._copies.setdefault(id(template), (template, []))
        where = (0, self._stack[-1], self._element, 0, at[0], at[1], at[2])
        rows.append((*where, rx, 0.0, rz, 1.0, 1.0, 1.0))

    def model(self, name: str) -> Model:
        """The finished model: surfaces per layer and cell, repeats, joints."""
        layers = np.array([LAYERS.index(element.layer) for element in self._elements])
        stamped = stamp(self._placements, list(self._shapes), self._frames)
        return Model(
            name=name,
            elements=self._elements,
            materials=list(MATERIALS),
            surfaces=cells_of(stamped, layers),
            repeats=[repeat_of(shape, rows, self._frames) for shape, rows in self._copies.values()],
            joints=self._joints,
            sources=[{"file": "", "schema": "walkdown demo plant", "licence": "Apache-2.0"}],
        )


def _direction(start: Point, end: Point) -> tuple[float, float, float]:
    """Degrees about z and y that turn +x from ``start`` to ``end``, and the distance."""
    dx, dy, dz = (e - s for s, e in zip(start, end, strict=True))
    length = math.sqrt(dx * dx + dy * dy + dz * dz)
    return math.degrees(math.atan2(dy, dx)), -math.degrees(math.asin(dz / length)), length
