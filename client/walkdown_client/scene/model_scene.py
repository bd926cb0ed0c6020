"""The packages in the scene: their tiles as batches, their joints, their halls and their baked light.

A package is announced by its element table; tiles follow in any order, prepared in any thread and
attached on the main thread. When the last one is in, the light is baked in the background. Where a package
stands is part of its geometry: to move it, its tiles are prepared again, and each takes the place of what it
showed before.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from panda3d.core import GeomVertexData, NodePath

from walkdown.frames import joint_matrices
from walkdown.messages import IN_PLACE, Placement
from walkdown.package.bulk import bulk_box
from walkdown.package.model import LAYERS, Joint
from walkdown_client.placements import is_in_place, shifted
from walkdown_client.scene.bake import plan_occupancy
from walkdown_client.scene.baking import Bake, BakeCache, Baker, bake_model
from walkdown_client.scene.batches import Batches, PreparedChunk, prepare_chunk, prepare_vertices
from walkdown_client.scene.chunks import (
    BatchKey,
    Chunk,
    ElementRules,
    cut_tile,
    element_rules,
    make_rules,
)
from walkdown_client.scene.element_state import ElementState
from walkdown_client.scene.ground import GROUND, brings_ground, ground_chunk, ground_level
from walkdown_client.scene.hall import Hall, find_hall
from walkdown_client.scene.materials import MaterialTable, Textures
from walkdown_client.scene.moving import MovingBoxes
from walkdown_client.scene.placed import placed_elements, placed_joints, placed_tile
from walkdown_client.scene.tables import Elements, TileContent

F32 = npt.NDArray[np.float32]

_NEAR_ZERO_M = 2_000.0
"""Up to here float32 is finer than a fifth of a millimetre."""

_GLASS_LAYER, _FLOOR_LAYER = LAYERS.index("glass"), LAYERS.index("floor")
_GROUND_TAG = (-1, "ground")


@dataclass(frozen=True)
class PreparedTile:
    """A tile cut into chunks: arrays only, made in any thread.

    Panda's own objects are made on the main thread, never beside a frame that is being drawn.

    Attributes:
        name: of the tile, "" for one that takes no other's place.
        placement: where its package stood when it was cut.
    """

    package: int
    chunks: list[Chunk]
    images: Sequence[bytes]
    name: str
    placement: Placement


@dataclass(frozen=True)
class _Caster:
    """What of a chunk is kept until the light is baked."""

    positions: F32
    triangles: npt.NDArray[np.uint32]
    instances: F32 | None

    def placed(self) -> Iterator[F32]:
        """Positions of each instance, or those of the chunk itself."""
        if self.instances is None:
            yield self.positions
        else:
            yield from (self.positions @ m[:3, :3].T + m[:3, 3] for m in self.instances)


@dataclass
class _Package:
    """A package as it stands; ``source`` are its elements in their own frame."""

    base: int
    source: Elements
    placement: Placement
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
    casters: list[_Caster] = field(default_factory=list)
    complete: bool = False

    @property
    def bake_id(self) -> str:
        """Under which its light is remembered."""
        moved = self.model_id and not is_in_place(self.placement)
        return f"{self.model_id} {self.placement}" if moved else self.model_id


class ModelScene:
    """Everything that comes out of packages.

    Attributes:
        zero: (3,) float64, the point of the site from which all that is drawn is measured. It lies near the
            first package, because a graphics card counts in float32: centimetres at 100 km.
    """

    def __init__(self, parent: NodePath, cache_dir: Path | None) -> None:
        self.state = ElementState()
        self.materials = MaterialTable()
        self.batches = Batches(parent)
        self._moving = MovingBoxes()
        self._packages: dict[int, _Package] = {}
        self._numbers = itertools.count()
        self._shown: set[tuple[int, str]] = set()
        self._joint_matrices = np.zeros((0, 3, 4), np.float32)
        self._cache = BakeCache(cache_dir)
        self.zero = np.zeros(3)

    def add_package(
        self,
        base: int,
        elements: Elements,
        joints: Sequence[Joint],
        *,
        model_id: str = "",
        placement: Placement = IN_PLACE,
    ) -> int:
        """Make room for a package and return the number by which its tiles name it."""
        count = len(elements.kinds)
        self._choose_zero(elements, placement, alone=not self._packages)
        joint_base = self._room_for_joints(len(joints))
        self.state.reserve(base + count)
        self.state.set_joints(slice(base, base + count), np.asarray(elements.joints), base=joint_base)
        number = next(self._numbers)
        self._packages[number] = self._stand(
            base, elements, placement, joints=tuple(joints), joint_base=joint_base, model_id=model_id
        )
        self._tell_boxes(self._packages[number])
        if joints:
            self._rest(self._packages[number])
        return number

    def _tell_boxes(self, owner: _Package) -> None:
        seen = owner.elements
        self.state.set_boxes(owner.base, seen.lo, seen.hi, moving=np.asarray(seen.joints) >= 0)

    def _stand(
        self,
        base: int,
        source: Elements,
        placement: Placement,
        *,
        joints: tuple[Joint, ...],
        joint_base: int,
        model_id: str,
    ) -> _Package:
        placement = shifted(placement, -self.zero)
        seen = placed_elements(source, placement)
        lo, hi = bulk_box(seen.lo, seen.hi, seen.triangles)
        owner = _Package(
            base=base,
            source=source,
            placement=placement,
            elements=seen,
            rules=element_rules(seen, base=base),
            joints=joints,
            joint_base=joint_base,
            model_id=model_id,
            hall=find_hall(seen),
            lo=lo,
            hi=hi,
        )
        owner.bake = self._cache.get(owner.bake_id)
        return owner

    def _choose_zero(self, elements: Elements, placement: Placement, *, alone: bool) -> None:
        """Measure from near the only package there is; what others stand by is left alone."""
        if not alone:
            return
        seen = placed_elements(elements, placement)
        lo, hi = bulk_box(seen.lo, seen.hi, seen.triangles)
        middle = (lo.astype(np.float64) + hi) / 2
        self.zero = np.round(middle, -2) if np.abs(middle).max() > _NEAR_ZERO_M else np.zeros(3)

    def _room_for_joints(self, count: int) -> int:
        """Return the first row of the joint table behind which so many are free."""
        first = 0
        for other in sorted((p for p in self._packages.values() if p.joints), key=lambda p: p.joint_base):
            if other.joint_base - first >= count:
                break
            first = other.joint_base + len(other.joints)
        missing = first + count - len(self._joint_matrices)
        self._joint_matrices = np.pad(self._joint_matrices, ((0, max(missing, 0)), (0, 0), (0, 0)))
        return first

    def _rest(self, owner: _Package) -> None:
        """Let the joints of a package stand at 0."""
        still = joint_matrices(owner.joints, np.zeros(len(owner.joints)))
        self.state.set_joint_matrices(still, base=owner.joint_base)
        self._joint_matrices[owner.joint_base : owner.joint_base + len(owner.joints)] = still

    def place_package(self, number: int, placement: Placement) -> None:
        """Let a package stand somewhere else; its tiles have to be prepared and attached again."""
        old = self._packages[number]
        self._choose_zero(old.source, placement, alone=len(self._packages) == 1)
        self._packages[number] = self._stand(
            old.base,
            old.source,
            placement,
            joints=old.joints,
            joint_base=old.joint_base,
            model_id=old.model_id,
        )
        self._tell_boxes(self._packages[number])

    def remove_package(self, number: int) -> None:
        """Take a package out with all that was drawn of it."""
        owner = self._packages.pop(number)
        self._remove(lambda tag: tag[0] == number)
        self._shown = {tag for tag in self._shown if tag[0] != number}
        self.state.forget(owner.base, len(owner.elements.kinds))
        self.materials.forget_unused()
        self._lay_ground()

    def _remove(self, gone: Callable[[tuple[int, str]], bool]) -> None:
        self._moving.keep(self.batches.remove(gone))
        self.state.flags_changed = True

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of all packages, the first one first."""
        return tuple(self._packages)

    def hall(self, package: int) -> Hall | None:
        """The hall that a package is, if it is one."""
        return self._packages[package].hall

    def elements(self, package: int) -> Elements:
        """The element table of a package, as it stands in the site."""
        return self._packages[package].elements

    def base(self, package: int) -> int:
        """Drawn id of a package's first element."""
        return self._packages[package].base

    def box(self) -> tuple[F32, F32]:
        """Corners of the box around all packages, (3,) each."""
        return _union(list(self._packages.values()))

    def prepare_tile(self, package: int, tile: TileContent, *, name: str = "") -> PreparedTile:
        """Cut a tile into chunks where its package stands; any thread."""
        owner = self._packages.get(package)
        if owner is None:  # it has been removed meanwhile
            return PreparedTile(package, [], (), name, IN_PLACE)
        rows = self.materials.rows_of(tile.materials, tile.images)
        self.materials.decode(tile.images)
        seen = placed_tile(tile, owner.placement)
        chunks = cut_tile(seen, make_rules(owner.rules, tile.materials, rows))
        return PreparedTile(package, chunks, tile.images, name, owner.placement)

    def attach(self, prepared: PreparedTile) -> None:
        """Show a prepared tile in the place of what it showed before; main thread, at most one a frame.

        What was cut before its package was moved or removed is left out.
        """
        owner = self._packages.get(prepared.package)
        if owner is None or owner.placement != prepared.placement:
            return
        tag = (prepared.package, prepared.name)
        if prepared.name and tag in self._shown:
            self._remove(lambda other: other == tag)
        self._shown.add(tag)
        for made in self.build(prepared):
            chunk = made.chunk
            self.batches.attach(made, tag)
            if chunk.key.jointed:
                self._watch(owner, chunk)
            elif owner.bake is None and _casts(chunk.key):
                owner.casters.append(_Caster(chunk.vertices.positions, chunk.triangles, chunk.instances))
        self.materials.upload()
        self.state.flags_changed = True

    def build(self, prepared: PreparedTile) -> list[PreparedChunk]:
        """Copy a prepared tile into Panda's geometry, ready to be attached; main thread."""
        tables: dict[int, GeomVertexData] = {}
        made = []
        for chunk in prepared.chunks:
            number = id(chunk.vertices)
            if number not in tables:
                tables[number] = prepare_vertices(chunk.vertices, instanced=chunk.key.instanced)
            made.append(prepare_chunk(chunk, tables[number], self._textures_of(chunk, prepared.images)))
        return made

    def _textures_of(self, chunk: Chunk, images: Sequence[bytes]) -> Textures | None:
        return None if chunk.look is None else self.materials.textures_of(chunk.look, images)

    def finish_package(self, package: int, to_sun: tuple[float, float, float]) -> None:
        """Say that all tiles of a package are in: there is a ground, and its light is baked."""
        owner = self._packages[package]
        owner.complete = True
        self._lay_ground()
        if owner.bake is None:
            casters, owner.casters = owner.casters, []
            owner.baker = Baker(lambda: self._bake(owner, casters, to_sun))

    def poll_bake(self) -> tuple[int, Bake] | None:
        """Return a package and its light when that has just been baked."""
        for number, owner in self._packages.items():
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
        return any(p.baker is not None and p.baker.pending for p in self._packages.values())

    def set_joint_matrices(self, matrices: F32) -> None:
        """Move all joints of all packages; (n, 3, 4) in the order of packages, each in its own frame."""
        first = 0
        for owner in (p for p in self._packages.values() if p.joints):
            end, place = first + len(owner.joints), owner.joint_base
            moved = placed_joints(matrices[first:end], owner.placement)
            self._joint_matrices[place : place + len(owner.joints)] = moved
            first = end
        self.state.set_joint_matrices(self._joint_matrices)
        self._moving.follow(self._joint_matrices, self.batches)

    def _bake(self, owner: _Package, casters: list[_Caster], to_sun: tuple[float, float, float]) -> Bake:
        inside = owner.hall
        grid = plan_occupancy(owner.lo, owner.hi) if inside is None else plan_occupancy(inside.lo, inside.hi)
        for caster in casters:
            for positions in caster.placed():
                grid.mark(positions, caster.triangles)
        made = bake_model(grid, inside, to_sun)
        self._cache.put(owner.bake_id, made)
        return made

    def _watch(self, owner: _Package, chunk: Chunk) -> None:
        rows = chunk.members.astype(np.int64) - 1 - owner.base
        joints = np.asarray(owner.elements.joints)[rows].astype(np.intp) + owner.joint_base
        lo, hi = owner.elements.lo[rows], owner.elements.hi[rows]
        self._moving.add(len(self.batches) - 1, joints, lo=lo, hi=hi)

    def _lay_ground(self) -> None:
        """Lay one ground below all packages, unless one of them brings a floor."""
        self._remove(lambda tag: tag == _GROUND_TAG)
        standing = [owner for owner in self._packages.values() if owner.complete]
        if standing and not any(brings_ground(owner.elements) for owner in self._packages.values()):
            lo, hi = _union(standing)
            lo = np.array([*lo[:2], min(ground_level(owner.elements) for owner in standing)], np.float32)
            self._add_ground(lo, hi)

    def _add_ground(self, lo: F32, hi: F32) -> None:
        ground = ground_chunk(lo, hi, self.materials.rows_of([GROUND], [])[0])
        table = prepare_vertices(ground.vertices, instanced=False)
        self.batches.attach(prepare_chunk(ground, table), _GROUND_TAG)
        self.materials.upload()


def _union(packages: Sequence[_Package]) -> tuple[F32, F32]:
    if not packages:
        return np.zeros(3, np.float32), np.ones(3, np.float32)
    return np.min([p.lo for p in packages], axis=0), np.max([p.hi for p in packages], axis=0)


def _casts(key: BatchKey) -> bool:
    return not key.blended and key.layer not in (_FLOOR_LAYER, _GLASS_LAYER)
