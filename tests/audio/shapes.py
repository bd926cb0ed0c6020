"""Small models for tests of what walls and rooms do to sound, and the demo plant, made once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from walkdown.messages import Blob, PackageRef
from walkdown.package import (
    LAYERS,
    MANIFEST_PATH,
    NO_ROW,
    TILESET_PATH,
    parse_manifest,
    read_elements,
    read_joints,
    read_tile,
    read_tileset,
    write_package,
)
from walkdown_client.audio.wall_boxes import WallBoxes
from walkdown_client.packages import Loaded, PackageComplete, PackageOpened, TileLoaded
from walkdown_server.plant import build_model

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


@dataclass
class Elements:
    """An element table made row by row."""

    kinds: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    boxes: list[tuple[npt.ArrayLike, npt.ArrayLike]] = field(default_factory=list)
    above: list[int] = field(default_factory=list)
    moved_by: list[int] = field(default_factory=list)
    drawn: list[int] = field(default_factory=list)

    def add(
        self, kind: str, lo: npt.ArrayLike, hi: npt.ArrayLike, *, name: str = "", above: int = NO_ROW
    ) -> int:
        """Add an element with a box; returns its row."""
        self.kinds.append(kind)
        self.names.append(name or kind)
        self.boxes.append((lo, hi))
        self.above.append(above)
        self.moved_by.append(NO_ROW)
        self.drawn.append(12)
        return len(self.kinds) - 1

    def group(self, kind: str, *, above: int = NO_ROW) -> int:
        """Add an element that draws nothing itself."""
        row = self.add(kind, (np.nan,) * 3, (np.nan,) * 3, above=above)
        self.drawn[row] = 0
        return row

    @property
    def parents(self) -> npt.NDArray[np.int32]:
        return np.array(self.above, np.int32)

    @property
    def joints(self) -> npt.NDArray[np.int32]:
        return np.array(self.moved_by, np.int32)

    @property
    def layers(self) -> npt.NDArray[np.uint8]:
        return np.full(len(self.kinds), LAYERS.index("content"), np.uint8)

    @property
    def lo(self) -> F32:
        return np.array([box[0] for box in self.boxes], np.float32).reshape(-1, 3)

    @property
    def hi(self) -> F32:
        return np.array([box[1] for box in self.boxes], np.float32).reshape(-1, 3)

    @property
    def triangles(self) -> npt.NDArray[np.uint32]:
        return np.array(self.drawn, np.uint32)


def box_triangles(lo: npt.ArrayLike, hi: npt.ArrayLike, *, turn_deg: float = 0.0) -> F32:
    """Return (12, 3, 3) the triangles of a closed box, turned about z through zero."""
    low, high = np.asarray(lo, np.float64), np.asarray(hi, np.float64)
    found = []
    for axis in range(3):
        for side in (0, 1):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            face = np.tile(np.where(side, high, low), (4, 1))
            face[:, u] = low[u], high[u], high[u], low[u]
            face[:, v] = low[v], low[v], high[v], high[v]
            corners = face if side else face[::-1]
            found += [corners[[0, 1, 2]], corners[[0, 2, 3]]]
    angle = np.radians(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return np.asarray(np.array(found) @ turn.T, np.float32)


def prism(outline: npt.ArrayLike, *, low: float, high: float) -> F32:
    """Return the upright faces (n, 3, 3) of what stands on a closed outline (k, 2), counter-clockwise."""
    points = np.asarray(outline, np.float64)
    found = []
    for a, b in zip(points, np.roll(points, -1, axis=0), strict=True):
        corners = np.array([[*a, low], [*b, low], [*b, high], [*a, high]])
        found += [corners[[0, 1, 2]], corners[[0, 2, 3]]]
    return np.array(found, np.float32)


def wall_with_hole() -> F32:
    """Return a wall of 6 × 0.2 × 3 m along x with a doorway from x = 2 to 3, z = 0 to 2.1, as one mesh."""
    pieces = ((0, 2, 0), (3, 6, 0), (2, 3, 2.1))
    return np.concatenate([box_triangles((x0, 0, z), (x1, 0.2, 3)) for x0, x1, z in pieces])


def one_wall(*, loss_db: float = 30.0, half_length_m: float = 3.0, key: int = 7) -> WallBoxes:
    """Return a wall across x at 5 m, 3 m high."""
    return WallBoxes(
        np.array([[5, 0, 1.5]], np.float32),
        np.array([[0.1, half_length_m, 1.5]], np.float32),
        np.array([[1, 0]], np.float32),
        np.array([loss_db], np.float32),
        np.array([8], np.float32),
        np.array([key], np.uint32),
    )


@cache
def plant_files() -> dict[str, bytes]:
    """Return the package of the demo plant."""
    return write_package(build_model())


@cache
def plant_loaded() -> tuple[Loaded, ...]:
    """Return what a loader would hand over of the demo plant."""
    blobs = plant_files()
    manifest, data = parse_manifest(blobs[MANIFEST_PATH]), blobs[MANIFEST_PATH]
    blob = Blob(hashlib.sha256(data).hexdigest(), len(data))
    tiles, joints = read_tileset(blobs[TILESET_PATH]), read_joints(manifest, blobs.__getitem__)
    ref = PackageRef(
        manifest.id,
        "plant",
        blob,
        base=0,
        count=manifest.element_count,
        joint_count=len(joints),
        model="plant",
    )
    opened = PackageOpened(ref, manifest, read_elements(manifest, blobs.__getitem__), joints, tiles)
    loaded = [TileLoaded(ref, tile, read_tile(blobs[tile.path], blobs.__getitem__)) for tile in tiles]
    return opened, *loaded, PackageComplete(ref)
