"""The packages in the scene: their tiles as batches, their joints, their halls and their baked light.

A package is announced by its element table; tiles follow in any order, prepared in any thread and
attached on the main thread. When the last one is in, the light is baked in the background.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from panda3d.core import NodePath

from walkdown.frames import joint_matrices
from walkdown.package.model import LAYERS, Joint, Material
from walkdown_client.scene.bake import plan_occupancy
from walkdown_client.scene.baking import Bake, BakeCache, Baker, bake_model
from walkdown_client.scene.batches import Batches, prepare_chunk
from walkdown_client.scene.chunks import (
    BatchKey,
    Chunk,
    ElementRules,
    cut_tile,
    element_rules,
    make_rules,
)
from walkdown_client.scene.element_state import ElementState
from walkdown_client.scene.hall import Hall, find_hall
from walkdown_client.scene.materials import MaterialTable, Textures
from walkdown_client.scene.moving import MovingBoxes
from walkdown_client.scene.sky import ground_plane
from walkdown_client.scene.tables import Elements, TileContent

F32 = npt.NDArray[np.float32]

_GROUND = Material("ground", base_color=(0.19, 0.188, 0.182, 1.0), roughness=0.9, pattern="grid")
_GLASS_LAYER, _FLOOR_LAYER = LAYERS.index("glass"), LAYERS.index("floor")


@dataclass(frozen=True)
class PreparedTile:
    """A tile cut into chunks: arrays only, made in any thread.

    Panda's own objects are made on the main thread, never beside a frame that is being drawn.
    """

    package: int
    chunks: list[Chunk]
    images: Sequence[bytes]


@dataclass
class _Package:
    base: int
    elements: Elements
    rules: ElementRules
    joints: tuple[Joint, ...]
    joint_base: int
    model_id: str
    hall: Hall | None
    lo: F32
    hi: F32
    bake: Bake | None = None
    baker: Baker | None = None
    casters: list[Chunk] = field(default_factory=list)


class ModelScene:
    """Everything that comes out of packages."""

    def __init__(self, parent: NodePath, cache_dir: Path | None) -> None:
        self.state = ElementState()
        self.materials = MaterialTable()
        self.batches = Batches(parent)
        self._moving = MovingBoxes()
        self._packages: list[_Package] = []
        self._cache = BakeCache(cache_dir)

    def add_package(
        self, base: int, elements: Elements, joints: Sequence[Joint], *, model_id: str = ""
    ) -> int:
        """Make room for a package and return the number by which its tiles name it."""
        count = len(elements.kinds)
        joint_base = sum(len(p.joints) for p in self._packages)
        self.state.reserve(base + count)
        self.state.set_joints(slice(base, base + count), np.asarray(elements.joints), base=joint_base)
        lo, hi = _box_of(elements)
        bake = self._cache.get(model_id)
        rules, hall = element_rules(elements, base=base), find_hall(elements)
        owner = _Package(base, elements, rules, tuple(joints), joint_base, model_id, hall, lo, hi, bake)
        self._packages.append(owner)
        if joints:
            self.state.set_joint_matrices(joint_matrices(joints, np.zeros(len(joints))), base=joint_base)
        return len(self._packages) - 1

    def hall(self, package: int) -> Hall | None:
        """The hall that a package is, if it is one."""
        return self._packages[package].hall

    def elements(self, package: int) -> Elements:
        """The element table of a package."""
        return self._packages[package].elements

    def base(self, package: int) -> int:
        """Drawn id of a package's first element."""
        return self._packages[package].base

    def box(self) -> tuple[F32, F32]:
        """Corners of the box around all packages, (3,) each."""
        if not self._packages:
            return np.zeros(3, np.float32), np.ones(3, np.float32)
        return np.min([p.lo for p in self._packages], axis=0), np.max([p.hi for p in self._packages], axis=0)

    def prepare_tile(self, package: int, tile: TileContent) -> PreparedTile:
        """Cut a tile into chunks; any thread."""
        owner = self._packages[package]
        rows = self.materials.rows_of(tile.materials, tile.images)
        chunks = cut_tile(tile, make_rules(owner.rules, tile.materials, rows))
        return PreparedTile(package, chunks, tile.images)

    def attach(self, prepared: PreparedTile) -> None:
        """Show a prepared tile; main thread, at most one a frame."""
        owner = self._packages[prepared.package]
        for chunk in prepared.chunks:
            self.batches.attach(prepare_chunk(chunk, self._textures_of(chunk, prepared.images)))
            if chunk.key.jointed:
                self._watch(owner, chunk)
            elif owner.bake is None and _casts(chunk.key):
                owner.casters.append(chunk)
        self.materials.upload()
        self.state.flags_changed = True

    def _textures_of(self, chunk: Chunk, images: Sequence[bytes]) -> Textures | None:
        return None if chunk.look is None else self.materials.textures_of(chunk.look, images)

    def finish_package(self, package: int, to_sun: tuple[float, float, float]) -> None:
        """Say that all tiles of a package are in: it gets a ground if it has none, and its light is baked."""
        owner = self._packages[package]
        if not (np.asarray(owner.elements.layers) == _FLOOR_LAYER).any():
            self._add_ground(owner)
        if owner.bake is None:
            owner.baker = Baker(lambda: self._bake(owner, to_sun))

    def poll_bake(self) -> tuple[int, Bake] | None:
        """Return a package and its light when that has just been baked."""
        for number, owner in enumerate(self._packages):
            bake = owner.baker.poll() if owner.baker is not None else None
            if bake is not None:
                owner.bake, owner.baker = bake, None
                return number, bake
        return None

    def known_bake(self, package: int) -> Bake | None:
        """The light of a package, if it has been baked."""
        return self._packages[package].bake

    @property
    def baking(self) -> bool:
        """Whether light is being baked."""
        return any(p.baker is not None and p.baker.pending for p in self._packages)

    def set_joint_matrices(self, matrices: F32) -> None:
        """Move all joints of all packages."""
        self.state.set_joint_matrices(matrices)
        self._moving.follow(matrices, self.batches)

    def _bake(self, owner: _Package, to_sun: tuple[float, float, float]) -> Bake:
        inside = owner.hall
        grid = plan_occupancy(owner.lo, owner.hi) if inside is None else plan_occupancy(inside.lo, inside.hi)
        for chunk in owner.casters:
            for positions in _placed(chunk):
                grid.mark(positions, chunk.triangles)
        owner.casters.clear()
        made = bake_model(grid, inside, to_sun)
        self._cache.put(owner.model_id, made)
        return made

    def _watch(self, owner: _Package, chunk: Chunk) -> None:
        rows = chunk.members.astype(np.int64) - 1 - owner.base
        joints = np.asarray(owner.elements.joints)[rows].astype(np.intp) + owner.joint_base
        lo, hi = owner.elements.lo[rows], owner.elements.hi[rows]
        self._moving.add(len(self.batches) - 1, joints, lo=lo, hi=hi)

    def _add_ground(self, owner: _Package) -> None:
        positions, triangles = ground_plane(owner.lo, owner.hi)
        count = len(positions)
        row = self.materials.rows_of([_GROUND], [])[0]
        ground = Chunk(
            key=BatchKey(layer=_FLOOR_LAYER, wide=True),
            positions=positions,
            normals=np.tile(np.array([0, 0, 1], np.float32), (count, 1)),
            slots=np.zeros(count, np.uint32),
            materials=np.full(count, row, np.uint32),
            triangles=triangles,
            lines=np.zeros((0, 2), np.uint32),
            lo=positions.min(0),
            hi=positions.max(0),
            members=np.zeros(1, np.uint32),
            largest=np.inf,
        )
        self.batches.attach(prepare_chunk(ground))
        self.materials.upload()


def _box_of(elements: Elements) -> tuple[F32, F32]:
    there = np.isfinite(elements.lo).all(1)
    if not there.any():
        return np.zeros(3, np.float32), np.ones(3, np.float32)
    return elements.lo[there].min(0), elements.hi[there].max(0)


def _casts(key: BatchKey) -> bool:
    return not key.blended and key.layer not in (_FLOOR_LAYER, _GLASS_LAYER)


def _placed(chunk: Chunk) -> list[F32]:
    """Positions of each instance, or of the chunk itself."""
    if chunk.instances is None:
        return [chunk.positions]
    return [chunk.positions @ m[:3, :3].T + m[:3, 3] for m in chunk.instances]
