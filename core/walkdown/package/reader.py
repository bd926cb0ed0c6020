"""A tile becomes arrays again, in the site frame: nothing in it is believed before it is checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.errors import PackageError
from walkdown.i18n import _
from walkdown.package import schema
from walkdown.package.axes import Vec3, site_from_gltf, site_rotations, swap_scales
from walkdown.package.glb import Glb, Number, pick
from walkdown.package.manifest import Fetch, check_path
from walkdown.package.model import F32, U8, U32, AlphaMode, Material, Repeat, Surface, Wrap
from walkdown.package.tables import column

_ALPHA_MODES: dict[str, AlphaMode] = {"OPAQUE": "opaque", "MASK": "mask", "BLEND": "blend"}
_WIDTHS: dict[schema.Mode, int] = {schema.TRIANGLES: 3, schema.LINES: 2}
_WRAPS: dict[int, Wrap] = {schema.REPEAT: "repeat", schema.CLAMP: "clamp", schema.MIRROR: "mirror"}


@dataclass(frozen=True, slots=True)
class Tile:
    """What one tile draws.

    Attributes:
        materials: those of this tile; ``Surface.materials`` are rows of this list.
        surfaces: site frame, elements are rows of the element table.
        repeats: likewise.
        images: PNG or JPEG files; ``Material.texture`` is an index into this list.
    """

    materials: list[Material]
    surfaces: list[Surface]
    repeats: list[Repeat]
    images: list[bytes]


def read_tile(data: bytes, fetch: Fetch | None = None) -> Tile:
    """Read one tile.

    Args:
        data: a GLB file whose hash has been checked.
        fetch: returns the image files of the package; needed for textured tiles only.

    Raises:
        PackageError: anything in it is out of range, not finite or not what a tile holds.
    """
    glb = Glb(data)
    rows = _feature_rows(glb)
    tile = Tile(_read_materials(glb), [], [], _read_images(glb, fetch))
    for node in glb.document.nodes:
        mesh = pick(glb.document.meshes, node.mesh, "mesh")
        x, y, z = site_from_gltf(np.array([node.translation], np.float32))[0].tolist()
        if node.extensions is not None and node.extensions.instancing is not None:
            tile.repeats.append(
                _read_repeat(glb, mesh, node.extensions.instancing, rows=rows, offset=(x, y, z))
            )
        else:
            tile.surfaces.extend(_read_mesh(glb, mesh, rows, offset=(x, y, z)))
    return tile


def _feature_rows(glb: Glb) -> U32:
    table = glb.document.extensions.metadata.property_tables[0]
    if "element" not in table.properties:
        raise PackageError(_("the tile's property table has no column 'element'"))
    values = glb.view(table.properties["element"].values)
    return column(bytes(values), np.uint32, (table.count,), where="the tile's element column")


def _read_images(glb: Glb, fetch: Fetch | None) -> list[bytes]:
    paths = [image.uri.removeprefix("../") for image in glb.document.images]
    for path in paths:
        check_path(path)
    if paths and fetch is None:
        raise PackageError(
            _("the tile shows the image {path}, so its reader needs a way to fetch it").format(path=paths[0])
        )
    return [fetch(path) for path in paths] if fetch is not None else []


def _read_materials(glb: Glb) -> list[Material]:
    return [_material(part, glb) for part in glb.document.materials]


def _material(part: schema.MaterialPart, glb: Glb) -> Material:
    pbr = part.pbr_metallic_roughness
    strength = part.extensions.strength if part.extensions else None
    factor = strength.emissive_strength if strength else 1.0
    red, green, blue = (factor * e for e in part.emissive_factor)
    base, light = _image_of(pbr.base_color_texture, glb), _image_of(part.emissive_texture, glb)
    return Material(
        name=part.name,
        base_color=pbr.base_color_factor,
        roughness=pbr.roughness_factor,
        metallic=pbr.metallic_factor,
        emissive=(red, green, blue),
        pattern=part.extras.pattern if part.extras else "plain",
        double_sided=part.double_sided,
        texture=base,
        alpha_mode=_ALPHA_MODES[part.alpha_mode],
        alpha_cutoff=0.5 if part.alpha_cutoff is None else part.alpha_cutoff,
        wrap=_wrap_of(pbr.base_color_texture or part.emissive_texture, glb),
        emissive_texture=light,
    )


def _image_of(reference: schema.TextureRef | None, glb: Glb) -> int | None:
    if reference is None:
        return None
    image = pick(glb.document.textures, reference.index, "texture").source
    pick(glb.document.images, image, "image")
    return image


def _wrap_of(reference: schema.TextureRef | None, glb: Glb) -> tuple[Wrap, Wrap]:
    sampler = None if reference is None else glb.document.textures[reference.index].sampler
    if sampler is None:
        return "repeat", "repeat"
    found = pick(glb.document.samplers, sampler, "sampler")
    return _WRAPS[found.wrap_s], _WRAPS[found.wrap_t]


def _read_mesh(glb: Glb, mesh: schema.Mesh, rows: U32, *, offset: Vec3) -> list[Surface]:
    """Return one surface for each set of vertices; primitives that share vertices are joined."""
    groups: dict[tuple[tuple[str, int], ...], list[schema.Primitive]] = {}
    for primitive in mesh.primitives:
        groups.setdefault(tuple(primitive.attributes.items()), []).append(primitive)
    return [_read_vertices(glb, primitives, rows, offset=offset) for primitives in groups.values()]


def _read_vertices(glb: Glb, primitives: list[schema.Primitive], rows: U32, *, offset: Vec3) -> Surface:
    attributes = primitives[0].attributes
    positions = _floats(glb, attributes, "POSITION", width=3)
    count = len(positions)
    glb.spend(positions.nbytes)
    normals = _floats(glb, attributes, "NORMAL", width=3, count=count)
    triangles, lines, materials = _read_indices(glb, primitives, vertices=count)
    uvs = _floats(glb, attributes, "TEXCOORD_0", width=2, count=count) if "TEXCOORD_0" in attributes else None
    colors: U8 | None = None
    if "COLOR_0" in attributes:
        colors = _attribute(glb, attributes, "COLOR_0", kind=np.uint8, width=4, count=count)
    elements: U32 = np.zeros(count, np.uint32)
    if "_FEATURE_ID_0" in attributes:
        elements = _rows_of(rows, _floats(glb, attributes, "_FEATURE_ID_0", width=1, count=count))
    return Surface(
        positions=site_from_gltf(positions, offset=offset),
        normals=site_from_gltf(normals),
        elements=elements,
        materials=materials,
        triangles=triangles,
        lines=lines,
        uvs=uvs,
        colors=colors,
    )


def _floats(glb: Glb, attributes: dict[str, int], name: str, *, width: int, count: int | None = None) -> F32:
    return _attribute(glb, attributes, name, kind=np.float32, width=width, count=count)


def _attribute(
    glb: Glb, attributes: dict[str, int], name: str, *, kind: type[Number], width: int, count: int | None
) -> npt.NDArray[Number]:
    """Return (n, width) values, n being ``count`` unless that is None."""
    if name not in attributes:
        raise PackageError(_("the tile has a mesh without {name}").format(name=name))
    array = glb.array(attributes[name], kind, width=width)
    if count is not None and len(array) != count:
        raise PackageError(
            _("the tile should have {count} values of {name}, but has {found}").format(
                count=count, name=name, found=len(array)
            )
        )
    return array


def _rows_of(rows: U32, features: F32) -> U32:
    """Return the element rows of float feature ids; long runs of the same id are looked up once."""
    changes = np.flatnonzero(features[1:] != features[:-1])
    starts = np.append(0, changes + 1)
    found = features[starts]
    if found.min() < 0 or found.max() >= len(rows):
        raise PackageError(
            _("the tile's feature ids go up to {highest}, but its table has {count} rows").format(
                highest=found.max(), count=len(rows)
            )
        )
    return np.repeat(rows[found.astype(np.intp)], np.diff(starts, append=len(features)))


def _read_indices(glb: Glb, primitives: list[schema.Primitive], *, vertices: int) -> tuple[U32, U32, U32]:
    """Return triangles (m, 3), lines (k, 2) and the material of each vertex."""
    materials, reached = np.zeros(vertices, np.uint32), -1
    for primitive in primitives:
        indices = glb.array(primitive.indices, np.uint32, width=1)
        width = _WIDTHS[primitive.mode]
        first, last = int(indices.min()), int(indices.max())
        if len(indices) % width or last >= vertices:
            raise PackageError(
                _(
                    "a primitive should have a multiple of {width} indices below {vertices}, but has "
                    "{count} up to {highest}"
                ).format(width=width, vertices=vertices, count=len(indices), highest=last)
            )
        if primitive.material is not None:
            pick(glb.document.materials, primitive.material, "material")
            if first > reached:  # its vertices follow those of the primitives before, as our writer puts them
                materials[first : last + 1] = primitive.material
            else:
                materials[indices] = primitive.material
        reached = max(reached, last)
    triangles, lines = (_indices_of(glb, primitives, mode) for mode in (schema.TRIANGLES, schema.LINES))
    return triangles, lines, materials


def _indices_of(glb: Glb, primitives: list[schema.Primitive], mode: schema.Mode) -> U32:
    """Return the checked indices of a mode as (m, 3) or (k, 2); a view of the file if adjacent."""
    numbers = [primitive.indices for primitive in primitives if primitive.mode == mode]
    if not numbers:
        return np.zeros((0, _WIDTHS[mode]), np.uint32)
    glb.spend(4 * sum(glb.document.accessors[number].count for number in numbers))
    whole = glb.adjacent(numbers, np.uint32)
    if whole is None:
        whole = np.concatenate([glb.array(number, np.uint32, width=1) for number in numbers])
    return whole.reshape(-1, _WIDTHS[mode])


def _read_repeat(
    glb: Glb, mesh: schema.Mesh, instancing: schema.Instancing, *, rows: U32, offset: Vec3
) -> Repeat:
    shapes = _read_mesh(glb, mesh, rows, offset=(0.0, 0.0, 0.0))
    if len(shapes) != 1:
        raise PackageError(
            _("a repeated mesh should have one set of vertices, but has {count}").format(count=len(shapes))
        )
    attributes = instancing.attributes
    translations = _floats(glb, attributes, "TRANSLATION", width=3)
    count = len(translations)
    rotations = _floats(glb, attributes, "ROTATION", width=4, count=count)
    if np.abs(rotations).max() > 2 or np.abs(np.linalg.norm(rotations, axis=1) - 1).max() > 1e-2:
        raise PackageError(_("the tile has a rotation that is not a quaternion of length 1"))
    return Repeat(
        shape=shapes[0],
        translations=site_from_gltf(translations, offset=offset),
        rotations=site_rotations(rotations),
        scales=swap_scales(_floats(glb, attributes, "SCALE", width=3, count=count)),
        elements=_rows_of(rows, _floats(glb, attributes, "_FEATURE_ID_0", width=1, count=count)),
    )
