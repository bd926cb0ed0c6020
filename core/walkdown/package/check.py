"""Whether a model can be stored: every count, range, index and number is checked once, here.

Importers and generators may rely on it: what passes becomes a package, what does not is named.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from walkdown.errors import PackageError
from walkdown.package.glb import Array
from walkdown.package.model import LAYERS, NO_ROW, Element, Joint, Material, Model, Repeat, Scalar, Surface

MAX_ELEMENTS = 1 << 24
MAX_KEY_BYTES = 1000
MAX_COORDINATE = 1e6
"""Metres from the origin: beyond it float32 is coarser than 6 cm."""

IMAGE_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
UNIT_TOLERANCE = 1e-2


def check_model(model: Model) -> None:
    """Check all of a model.

    Raises:
        PackageError: one sentence that names the first part that is wrong.
    """
    if not all(map(math.isfinite, model.origin)):
        raise PackageError(f"the origin should be finite, but is {model.origin}")
    _check_elements(model.elements, joints=len(model.joints))
    _check_joints(model.joints)
    _check_materials(model)
    for number, surface in enumerate(model.surfaces):
        _check_surface(f"surface {number}", surface, model)
        _check_rows(f"surface {number}: elements", surface.elements, len(model.elements), noun="elements")
    for number, repeat in enumerate(model.repeats):
        _check_repeat(f"repeat {number}", repeat, model)
    for source, target, kind in model.edges:
        if not (0 <= source < len(model.elements) and 0 <= target < len(model.elements)):
            raise PackageError(
                f"the {kind} edge {source} → {target} names an element that the model does not have"
            )


def _check_elements(elements: Sequence[Element], *, joints: int) -> None:
    if not 0 < len(elements) <= MAX_ELEMENTS:
        raise PackageError(f"a model has 1 to {MAX_ELEMENTS} elements, but this one has {len(elements)}")
    _check_keys("element", (e.key for e in elements))
    for row, element in enumerate(elements):
        if not NO_ROW <= element.parent < row:
            raise PackageError(
                f"element {element.key!r} (row {row}) has parent {element.parent}: parents stand before"
            )
        if element.layer not in LAYERS:
            raise PackageError(
                f"element {element.key!r} is on layer {element.layer!r}; layers are {', '.join(LAYERS)}"
            )
        if not NO_ROW <= element.joint < joints:
            raise PackageError(
                f"element {element.key!r} moves with joint {element.joint}, but there are {joints}"
            )

        for name, value in element.properties.items():
            if not _storable(value):
                raise PackageError(f"element {element.key!r}: property {name!r} cannot be stored: {value!r}")


def _storable(value: Scalar) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str) or (isinstance(value, int) and -(2**63) <= value < 2**63)


def _check_keys(noun: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for row, key in enumerate(keys):
        if not 0 < len(key.encode()) <= MAX_KEY_BYTES:
            raise PackageError(
                f"the key of {noun} {row} should have 1 to {MAX_KEY_BYTES} bytes, but has {len(key)}"
            )
        if key in seen:
            raise PackageError(f"the {noun} key {key!r} occurs twice; keys must be unique")
        seen.add(key)


def _check_joints(joints: Sequence[Joint]) -> None:
    _check_keys("joint", (j.key for j in joints))
    for row, joint in enumerate(joints):
        if not NO_ROW <= joint.parent < row:
            raise PackageError(
                f"joint {joint.key!r} (row {row}) has parent {joint.parent}: parents stand before"
            )
        numbers = (*joint.origin, *joint.axis, joint.period)
        if not all(map(math.isfinite, numbers)) or abs(math.hypot(*joint.axis) - 1) > UNIT_TOLERANCE:
            raise PackageError(f"joint {joint.key!r} needs finite numbers and an axis of length 1")


def _check_materials(model: Model) -> None:
    for number, material in enumerate(model.materials):
        _check_material(f"material {number} ({material.name!r})", material, images=len(model.images))
    for number, image in enumerate(model.images):
        if not image.startswith(IMAGE_MAGIC):
            raise PackageError(f"image {number} should be a PNG or JPEG file, but starts with {image[:8]!r}")


def _check_material(where: str, material: Material, *, images: int) -> None:
    units = (*material.base_color, material.roughness, material.metallic)
    if not all(0 <= u <= 1 for u in units):
        raise PackageError(f"{where}: colour, roughness and metallic should be 0 to 1, but are {units}")
    if not all(0 <= e <= MAX_COORDINATE for e in material.emissive):
        raise PackageError(f"{where}: emissive should be 0 or more, but is {material.emissive}")
    if material.texture is not None and not 0 <= material.texture < images:
        raise PackageError(f"{where} uses image {material.texture}, but the model has {images}")


def _check_repeat(where: str, repeat: Repeat, model: Model) -> None:
    _check_surface(f"{where}: shape", repeat.shape, model)
    count = len(repeat.elements)
    if not count:
        raise PackageError(f"{where} has no copies")
    _check_floats(f"{where}: translations", repeat.translations, (count, 3))
    _check_floats(f"{where}: rotations", repeat.rotations, (count, 4))
    _check_floats(f"{where}: scales", repeat.scales, (count, 3))
    _check_rows(f"{where}: elements", repeat.elements, len(model.elements), noun="elements")
    if np.abs(np.linalg.norm(repeat.rotations, axis=1) - 1).max() > UNIT_TOLERANCE:
        raise PackageError(f"{where}: rotations should be quaternions of length 1")


def _check_surface(where: str, surface: Surface, model: Model) -> None:
    count = len(surface.positions)
    if not len(surface.triangles) and not len(surface.lines):
        raise PackageError(f"{where} has neither triangles nor lines")
    _check_floats(f"{where}: positions", surface.positions, (count, 3))
    _check_floats(f"{where}: normals", surface.normals, (count, 3))
    _check_shape(f"{where}: elements", surface.elements, np.uint32, shape=(count,))
    _check_shape(f"{where}: materials", surface.materials, np.uint32, shape=(count,))
    _check_rows(f"{where}: materials", surface.materials, len(model.materials), noun="materials")
    for noun, indices, width in (("triangles", surface.triangles, 3), ("lines", surface.lines, 2)):
        _check_shape(f"{where}: {noun}", indices, np.uint32, shape=(len(indices), width))
        _check_rows(f"{where}: {noun}", indices, count, noun="vertices")
    _check_corners(where, surface)
    _check_decoration(where, surface, model)


def _check_corners(where: str, surface: Surface) -> None:
    corners = surface.triangles
    for noun, values in (("material", surface.materials), ("element", surface.elements)):
        first = values[corners[:, 0]]
        if (first != values[corners[:, 1]]).any() or (first != values[corners[:, 2]]).any():
            raise PackageError(f"{where}: the three corners of a triangle should have the same {noun}")


def _check_decoration(where: str, surface: Surface, model: Model) -> None:
    count = len(surface.positions)
    if surface.colors is not None:
        _check_shape(f"{where}: colors", surface.colors, np.uint8, shape=(count, 4))
    if surface.uvs is not None:
        _check_floats(f"{where}: uvs", surface.uvs, (count, 2))
        return
    textured = np.array([m.texture is not None for m in model.materials], bool)
    if textured.any() and textured[surface.materials].any():
        raise PackageError(f"{where} has a textured material, so it needs uvs")


def _check_floats(where: str, array: Array, shape: tuple[int, ...]) -> None:
    _check_shape(where, array, np.float32, shape=shape)
    if not len(array):
        return
    low, high = float(array.min()), float(array.max())  # NaN survives both
    if not (-MAX_COORDINATE <= low and high <= MAX_COORDINATE):
        raise PackageError(
            f"{where} should be finite and within ±{MAX_COORDINATE:.0f}, but go from {low} to {high}"
        )


def _check_shape(where: str, array: Array, kind: type[np.generic], *, shape: tuple[int, ...]) -> None:
    if array.dtype != kind or array.shape != shape:
        raise PackageError(f"{where}: expected {kind.__name__} {shape}, but got {array.dtype} {array.shape}")


def _check_rows(where: str, rows: Array, limit: int, *, noun: str) -> None:
    if rows.size and int(rows.max()) >= limit:
        raise PackageError(f"{where} name row {int(rows.max())}, but there are {limit} {noun}")
