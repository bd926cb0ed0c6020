"""Several models become one: each moved to its place in float64, with keys that stay unique.

Where models come from several files, path keys (``gltf:/Pumps``) get the file's label in front of the
path (``gltf:hall/Pumps``). Other keys (``ifc:GUID``) are unique by themselves: groups that two files share,
such as a storey, become one; a second drawing under the same key gets the label too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.messages import Placement
from walkdown.package.check import MAX_COORDINATE
from walkdown.package.model import NO_ROW, U32, Element, Joint, Model, Repeat, Surface
from walkdown.package.source_frame import frame_of, is_ifc, with_frame
from walkdown_server.importers.job import OF_THE_MODELS, SiteFrame
from walkdown_server.importers.placement import F64, multiply_quaternions, quaternions_of, turn_normals
from walkdown_server.importers.report import ImportReport, Note

SAME_SITE_METRES = 20_000.0
"""A model without a reference system whose zero lies so near the site's is taken to be in its frame."""

NO_SYSTEM = mark(
    "{label} has no reference system and stands far from the site: its zero is put at the site's."
)


@dataclass(frozen=True, slots=True)
class Part:
    """One model on its way into a site.

    Attributes:
        model: as its reader made it.
        label: what its keys and errors name it by; unique among the parts.
        placement: site_from_model, or None where its coordinates say.
    """

    model: Model
    label: str
    placement: Placement | None = None


def merge(
    parts: Sequence[Part], *, name: str, report: ImportReport, frame: SiteFrame = OF_THE_MODELS
) -> Model:
    """Return one model of all parts; the parts are used up.

    Raises:
        ImportFailed: they have different reference systems, or one stands too far from the others.
    """
    site = Model(name, epsg=_common_epsg(parts, frame), origin=_site_origin(parts, frame))
    joined = _Joined(site, several=len(parts) > 1)
    for part in parts:
        offset = _site_from_model(part, site, report)
        moved = part.model if (offset == np.eye(4)).all() else _move(part, offset)
        joined.add(replace(part, model=moved))
    return site


def matrix_of(placement: Placement) -> F64:
    """Return a placement as a (4, 4) matrix."""
    return np.vstack([np.array(placement, np.float64).reshape(3, 4), [0, 0, 0, 1]])


def _common_epsg(parts: Sequence[Part], frame: SiteFrame) -> int | None:
    free = [part for part in parts if part.placement is None]
    named = [(part.label, part.model.epsg) for part in free if part.model.epsg is not None]
    first = frame.epsg if frame.epsg is not None else next((epsg for _label, epsg in named), None)
    for label, epsg in named:
        if epsg != first:
            raise ImportFailed(
                _(
                    "{label} is in EPSG:{found}, but the site is in EPSG:{expected}: models of one site need "
                    "the same reference system, so convert it, or say --crs if the file is wrong"
                ).format(label=label, found=epsg, expected=first)
            )
    return first


def _site_origin(parts: Sequence[Part], frame: SiteFrame) -> tuple[float, float, float]:
    if frame.origin is not None:
        return frame.origin
    free = [part.model for part in parts if part.placement is None]
    models = [model for model in free if model.epsg is not None] or free
    return models[0].origin if models else (0.0, 0.0, 0.0)


def _site_from_model(part: Part, site: Model, report: ImportReport) -> F64:
    """Return where a part stands: where it was put, else where its coordinates say."""
    if part.placement is not None:
        return matrix_of(part.placement)
    matrix = np.eye(4)
    shift = np.subtract(part.model.origin, site.origin)
    if part.model.epsg is not None or np.abs(shift).max() <= SAME_SITE_METRES:
        matrix[:3, 3] = shift
    else:
        report.note(Note(NO_SYSTEM, {"label": part.label}))
    return matrix


def _move(part: Part, matrix: F64) -> Model:
    model = part.model
    turn = matrix[:3, :3] / np.cbrt(np.linalg.det(matrix[:3, :3]))
    moved = replace(
        model,
        surfaces=[_move_surface(surface, matrix) for surface in model.surfaces],
        repeats=[_move_repeat(repeat, matrix, turn=turn) for repeat in model.repeats],
        joints=[_move_joint(joint, matrix, turn=turn) for joint in model.joints],
        sources=[_move_source(source, matrix) for source in model.sources],
    )
    places = [s.positions for s in moved.surfaces] + [r.translations for r in moved.repeats]
    if any(not (np.abs(place) <= MAX_COORDINATE).all() for place in places):
        raise ImportFailed(
            _(
                "{label} stands more than {limit} km from the origin of the site: give it a position, or the "
                "site an origin nearby"
            ).format(label=part.label, limit=f"{MAX_COORDINATE / 1000:.0f}")
        )
    return moved


def _move_source(source: dict[str, str], matrix: F64) -> dict[str, str]:
    return with_frame(source, matrix @ frame_of(source)) if is_ifc(source) else source


def _move_surface(surface: Surface, matrix: F64) -> Surface:
    positions = surface.positions @ matrix[:3, :3].T + matrix[:3, 3]
    normals = turn_normals(surface.normals, matrix)
    return replace(surface, positions=positions.astype(np.float32), normals=normals)


def _move_repeat(repeat: Repeat, matrix: F64, *, turn: F64) -> Repeat:
    size = float(np.cbrt(np.linalg.det(matrix[:3, :3])))
    quaternion = quaternions_of(turn[None])
    turned = multiply_quaternions(np.repeat(quaternion, len(repeat.elements), 0), repeat.rotations)
    places = repeat.translations @ matrix[:3, :3].T + matrix[:3, 3]
    return replace(
        repeat,
        translations=places.astype(np.float32),
        rotations=turned,
        scales=(repeat.scales * np.float32(size)),
    )


def _move_joint(joint: Joint, matrix: F64, *, turn: F64) -> Joint:
    x, y, z = (matrix[:3, :3] @ joint.origin + matrix[:3, 3]).tolist()
    ax, ay, az = (turn @ joint.axis).tolist()
    size = float(np.cbrt(np.linalg.det(matrix[:3, :3])))
    return replace(
        joint, origin=(x, y, z), axis=(ax, ay, az), period=joint.period * _joint_scale(joint, size)
    )


def _joint_scale(joint: Joint, size: float) -> float:
    return 1.0 if joint.kind == "revolute" else size


class _Joined:
    """The model of the whole as it grows."""

    def __init__(self, site: Model, *, several: bool) -> None:
        self._site = site
        self._several = several
        self._rows: dict[str, int] = {}
        self._drawn: set[int] = set()
        self._materials: dict[object, int] = {}
        self._joint_keys: set[str] = set()

    def add(self, part: Part) -> None:
        model, site = part.model, self._site
        materials = self._add_materials(model)
        joints = self._add_joints(part)
        rows = self._add_elements(part, joints=joints)
        for surface in model.surfaces:
            site.surfaces.append(_renumbered(surface, rows[surface.elements], materials))
        for repeat in model.repeats:
            shape = _renumbered(repeat.shape, np.zeros(len(repeat.shape.positions), np.uint32), materials)
            site.repeats.append(replace(repeat, shape=shape, elements=rows[repeat.elements]))
        site.edges += [(int(rows[a]), int(rows[b]), kind) for a, b, kind in model.edges]
        site.sources += model.sources
        site.report += model.report

    def _add_materials(self, model: Model) -> U32:
        images = [self._image(image) for image in model.images]
        found = []
        for material in model.materials:
            texture = None if material.texture is None else images[material.texture]
            kept = replace(material, texture=texture)
            if kept not in self._materials:
                self._materials[kept] = len(self._site.materials)
                self._site.materials.append(kept)
            found.append(self._materials[kept])
        return np.array(found, np.uint32)

    def _image(self, image: bytes) -> int:
        if image not in self._site.images:
            self._site.images.append(image)
        return self._site.images.index(image)

    def _add_joints(self, part: Part) -> int:
        base = len(self._site.joints)
        for joint in part.model.joints:
            key = self._labelled(joint.key, part.label)
            while key in self._joint_keys:
                key += "'"
            self._joint_keys.add(key)
            parent = NO_ROW if joint.parent == NO_ROW else joint.parent + base
            self._site.joints.append(replace(joint, key=key, parent=parent))
        return base

    def _add_elements(self, part: Part, *, joints: int) -> U32:
        """Return the (n,) new rows of the part's elements."""
        drawn = _drawn_rows(part.model)
        rows: list[int] = []
        for row, element in enumerate(part.model.elements):
            key = self._labelled(element.key, part.label)
            same = self._rows.get(key)
            if same is not None and not (same in self._drawn and row in drawn):
                rows.append(same)
                if row in drawn:
                    self._draw_too(same, element)
            else:
                rows.append(self._add_element(element, key, part=part, rows=rows, joints=joints))
            if row in drawn:
                self._drawn.add(rows[-1])
        return np.array(rows, np.uint32)

    def _draw_too(self, row: int, element: Element) -> None:
        """Let a group draw what another file draws under its key."""
        group = self._site.elements[row]
        known = {**group.properties, **element.properties}
        self._site.elements[row] = replace(group, kind=element.kind, layer=element.layer, properties=known)

    def _add_element(self, element: Element, key: str, *, part: Part, rows: list[int], joints: int) -> int:
        scheme, _colon, rest = key.partition(":")
        number = 0
        while key in self._rows:
            number += 1
            key = f"{scheme}:{part.label}/{rest}" + (f"[{number}]" if number > 1 else "")
        new = len(self._site.elements)
        self._rows[key] = new
        parent = NO_ROW if element.parent == NO_ROW else rows[element.parent]
        joint = NO_ROW if element.joint == NO_ROW else element.joint + joints
        self._site.elements.append(replace(element, key=key, parent=parent, joint=joint))
        return new

    def _labelled(self, key: str, label: str) -> str:
        """Return a path key with the label before the path, where there are several files."""
        scheme, _colon, rest = key.partition(":")
        return f"{scheme}:{label}{rest}" if self._several and rest.startswith("/") else key


def _drawn_rows(model: Model) -> set[int]:
    found: set[int] = set()
    for surface in model.surfaces:
        found.update(np.unique(surface.elements).tolist())
    for repeat in model.repeats:
        found.update(np.unique(repeat.elements).tolist())
    return found


def _renumbered(surface: Surface, elements: npt.NDArray[np.uint32], materials: U32) -> Surface:
    return replace(surface, elements=elements, materials=materials[surface.materials])
