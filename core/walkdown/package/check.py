"""Whether a model can be stored: every count, range, index and number is checked once, here.

Importers and generators may rely on it: what passes becomes a package, what does not is named.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from walkdown.errors import PackageError
from walkdown.i18n import _
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
        raise PackageError(_("the origin should be finite, but is {origin}").format(origin=model.origin))
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
                _("the {kind} edge {source} → {target} names an element that the model does not have").format(
                    kind=kind, source=source, target=target
                )
            )


def _check_elements(elements: Sequence[Element], *, joints: int) -> None:
    if not 0 < len(elements) <= MAX_ELEMENTS:
        raise PackageError(
            _("a model has 1 to {most} elements, but this one has {count}").format(
                most=MAX_ELEMENTS, count=len(elements)
            )
        )
    _check_keys("element", (e.key for e in elements))
    for row, element in enumerate(elements):
        if not NO_ROW <= element.parent < row:
            raise PackageError(
                _("element {key!r} (row {row}) has parent {parent}: parents stand before").format(
                    key=element.key, row=row, parent=element.parent
                )
            )
        if element.layer not in LAYERS:
            raise PackageError(
                _("element {key!r} is on layer {layer!r}; layers are {layers}").format(
                    key=element.key, layer=element.layer, layers=", ".join(LAYERS)
                )
            )
        if not NO_ROW <= element.joint < joints:
            raise PackageError(
                _("element {key!r} moves with joint {joint}, but there are {count}").format(
                    key=element.key, joint=element.joint, count=joints
                )
            )

        for name, value in element.properties.items():
            if not _storable(value):
                raise PackageError(
                    _("element {key!r}: property {name!r} cannot be stored: {value!r}").format(
                        key=element.key, name=name, value=value
                    )
                )


def _storable(value: Scalar) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str) or (isinstance(value, int) and -(2**63) <= value < 2**63)


def _check_keys(noun: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for row, key in enumerate(keys):
        if not 0 < len(key.encode()) <= MAX_KEY_BYTES:
            raise PackageError(
                _("the key of {noun} {row} should have 1 to {most} bytes, but has {count}").format(
                    noun=noun, row=row, most=MAX_KEY_BYTES, count=len(key)
                )
            )
        if key in seen:
            raise PackageError(
                _("the {noun} key {key!r} occurs twice; keys must be unique").format(noun=noun, key=key)
            )
        seen.add(key)


def _check_joints(joints: Sequence[Joint]) -> None:
    _check_keys("joint", (j.key for j in joints))
    for row, joint in enumerate(joints):
        if not NO_ROW <= joint.parent < row:
            raise PackageError(
                _("joint {key!r} (row {row}) has parent {parent}: parents stand before").format(
                    key=joint.key, row=row, parent=joint.parent
                )
            )
        numbers = (*joint.origin, *joint.axis, joint.period)
        if not all(map(math.isfinite, numbers)) or abs(math.hypot(*joint.axis) - 1) > UNIT_TOLERANCE:
            raise PackageError(
                _("joint {key!r} needs finite numbers and an axis of length 1").format(key=joint.key)
            )


def _check_materials(model: Model) -> None:
    for number, material in enumerate(model.materials):
        _check_material(f"material {number} ({material.name!r})", material, images=len(model.images))
    for number, image in enumerate(model.images):
        if not image.startswith(IMAGE_MAGIC):
            raise PackageError(
                _("image {number} should be a PNG or JPEG file, but starts with {start!r}").format(
                    number=number, start=image[:8]
                )
            )


def _check_material(where: str, material: Material, *, images: int) -> None:
    units = (*material.base_color, material.roughness, material.metallic)
    if not all(0 <= u <= 1 for u in units):
        raise PackageError(
            _("{where}: colour, roughness and metallic should be 0 to 1, but are {units}").format(
                where=where, units=units
            )
        )
    if not all(0 <= e <= MAX_COORDINATE for e in material.emissive):
        raise PackageError(
            _("{where}: emissive should be 0 or more, but is {emissive}").format(
                where=where, emissive=material.emissive
            )
        )
    if not 0 <= material.alpha_cutoff <= 1:
        raise PackageError(
            _("{where}: the alpha cutoff should be 0 to 1, but is {cutoff}").format(
                where=where, cutoff=material.alpha_cutoff
            )
        )
    for image in (material.texture, material.emissive_texture):
        if image is not None and not 0 <= image < images:
            raise PackageError(
                _("{where} uses image {image}, but the model has {count}").format(
                    where=where, image=image, count=images
                )
            )


def _check_repeat(where: str, repeat: Repeat, model: Model) -> None:
    _check_surface(f"{where}: shape", repeat.shape, model)
    count = len(repeat.elements)
    if not count:
        raise PackageError(_("{where} has no copies").format(where=where))
    _check_floats(f"{where}: translations", repeat.translations, (count, 3))
    _check_floats(f"{where}: rotations", repeat.rotations, (count, 4))
    _check_floats(f"{where}: scales", repeat.scales, (count, 3))
    _check_rows(f"{where}: elements", repeat.elements, len(model.elements), noun="elements")
    if np.abs(np.linalg.norm(repeat.rotations, axis=1) - 1).max() > UNIT_TOLERANCE:
        raise PackageError(_("{where}: rotations should be quaternions of length 1").format(where=where))


def _check_surface(where: str, surface: Surface, model: Model) -> None:
    count = len(surface.positions)
    if not len(surface.triangles) and not len(surface.lines):
        raise PackageError(_("{where} has neither triangles nor lines").format(where=where))
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
            raise PackageError(
                _("{where}: the three corners of a triangle should have the same {noun}").format(
                    where=where, noun=noun
                )
            )


def _check_decoration(where: str, surface: Surface, model: Model) -> None:
    count = len(surface.positions)
    if surface.colors is not None:
        _check_shape(f"{where}: colors", surface.colors, np.uint8, shape=(count, 4))
    if surface.uvs is not None:
        _check_floats(f"{where}: uvs", surface.uvs, (count, 2))
        return
    textured = np.array([(m.texture, m.emissive_texture) != (None, None) for m in model.materials], bool)
    if textured.any() and textured[surface.materials].any():
        raise PackageError(_("{where} has a textured material, so it needs uvs").format(where=where))


def _check_floats(where: str, array: Array, shape: tuple[int, ...]) -> None:
    _check_shape(where, array, np.float32, shape=shape)
    if not len(array):
        return
    low, high = float(array.min()), float(array.max())  # NaN survives both
    if not (-MAX_COORDINATE <= low and high <= MAX_COORDINATE):
        raise PackageError(
            _("{where} should be finite and within ±{limit}, but go from {low} to {high}").format(
                where=where, limit=f"{MAX_COORDINATE:.0f}", low=low, high=high
            )
        )


def _check_shape(where: str, array: Array, kind: type[np.generic], *, shape: tuple[int, ...]) -> None:
    if array.dtype != kind or array.shape != shape:
        raise PackageError(
            _("{where}: expected {kind} {shape}, but got {found_kind} {found_shape}").format(
                where=where, kind=kind.__name__, shape=shape, found_kind=array.dtype, found_shape=array.shape
            )
        )


def _check_rows(where: str, rows: Array, limit: int, *, noun: str) -> None:
    if rows.size and int(rows.max()) >= limit:
        raise PackageError(
            _("{where} name row {row}, but there are {limit} {noun}").format(
                where=where, row=int(rows.max()), limit=limit, noun=noun
            )
        )
