"""One tile as a GLB file: meshes relative to the tile's centre, features, instances and materials."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from walkdown.package import schema
from walkdown.package.axes import Vec3, box_of_points, gltf_from_site, gltf_rotations, swap_scales
from walkdown.package.cells import Part, copy_boxes
from walkdown.package.glb import Array, GlbBuilder, raw_bytes
from walkdown.package.model import F32, U32, Material, Model, Repeat, Surface, Wrap

GENERATOR = "walkdown"
PLAIN_WRAP: tuple[Wrap, Wrap] = ("repeat", "repeat")
WRAPS: dict[Wrap, schema.WrapMode] = {
    "repeat": schema.REPEAT,
    "clamp": schema.CLAMP,
    "mirror": schema.MIRROR,
}
IMAGE_TYPES: dict[str, schema.ImageType] = {"png": "image/png", "jpg": "image/jpeg"}

TextureUse = tuple[int, tuple[Wrap, Wrap]]
"""One of the model's images, and how it goes on beyond its edges."""


@dataclass(frozen=True, slots=True)
class TileFile:
    """A finished tile: the file, and its box in the site frame, metres."""

    data: bytes
    lo: Vec3
    hi: Vec3


def write_tile(model: Model, part: Part, *, image_paths: Sequence[str]) -> TileFile:
    """Return the GLB file of one part."""
    lo, hi = _bounds(part)
    return TileFile(_TileWriter(model, part, image_paths=image_paths, centre=_centre(lo, hi)).write(), lo, hi)


def image_path(data: bytes) -> str:
    """Return the path in the package of a PNG or JPEG file."""
    suffix = "png" if data.startswith(b"\x89PNG") else "jpg"
    return f"x/{hashlib.sha256(data).hexdigest()}.{suffix}"


def _bounds(part: Part) -> tuple[Vec3, Vec3]:
    boxes = [copy_boxes(r) for r in part.repeats]
    lows, highs = [b[0].min(0) for b in boxes], [b[1].max(0) for b in boxes]
    if part.surface is not None:
        low, high = box_of_points(part.surface.positions)
        lows, highs = [*lows, low], [*highs, high]
    return _vec3(np.min(lows, axis=0)), _vec3(np.max(highs, axis=0))


def _vec3(array: Array) -> Vec3:
    x, y, z = array.tolist()
    return (x, y, z)


def _centre(lo: Vec3, hi: Vec3) -> Vec3:
    """Return the centre in whole metres, so that subtracting and adding it again loses nothing."""
    return _vec3(np.round((np.asarray(lo) + np.asarray(hi)) / 2))


class _TileWriter:
    """Builds the parts of one tile in order; equal parts give equal bytes."""

    def __init__(self, model: Model, part: Part, *, image_paths: Sequence[str], centre: Vec3) -> None:
        self._model = model
        self._part = part
        self._image_paths = image_paths
        self._centre = centre
        self._glb = GlbBuilder()
        self._meshes: list[schema.Mesh] = []
        self._nodes: list[schema.Node] = []
        self._extensions = {"EXT_structural_metadata"}
        self._rows, self._materials = self._collect()

    def write(self) -> bytes:
        if self._part.surface is not None:
            self._add_surface(self._part.surface)
        for repeat in self._part.repeats:
            self._add_repeat(repeat)
        materials, textures = self._material_parts()
        images = sorted({image for image, _wrap in textures})
        wraps = sorted({wrap for _image, wrap in textures if wrap != PLAIN_WRAP})
        document = schema.Document(
            asset=schema.Asset(version="2.0", generator=GENERATOR),
            scene=0,
            scenes=[schema.Scene(nodes=list(range(len(self._nodes))))],
            nodes=self._nodes,
            meshes=self._meshes,
            accessors=[],
            buffer_views=[],
            buffers=[],
            materials=materials,
            textures=[_texture_part(texture, images, wraps) for texture in textures],
            samplers=[schema.Sampler(wrap_s=WRAPS[u], wrap_t=WRAPS[v]) for u, v in wraps],
            images=[_image_part(self._image_paths[i]) for i in images],
            extensions=schema.DocumentExtensions(metadata=self._metadata()),
            extensions_used=sorted(self._extensions),
        )
        return self._glb.join(document)

    def _collect(self) -> tuple[U32, U32]:
        """Return the element rows and the material rows that occur, each once and in order."""
        surface, repeats = self._part.surface, self._part.repeats
        shapes = [*([surface] if surface else []), *(r.shape for r in repeats)]
        elements = [*([surface.elements] if surface else []), *(r.elements for r in repeats)]
        return np.unique(np.concatenate(elements)), np.unique(np.concatenate([s.materials for s in shapes]))

    def _add_surface(self, surface: Surface) -> None:
        features = np.searchsorted(self._rows, surface.elements).astype(np.float32)
        offset = np.asarray(self._centre, np.float32)
        mesh = self._add_mesh(surface, positions=surface.positions - offset, features=features)
        self._nodes.append(schema.Node(mesh=mesh, translation=self._gltf_centre()))

    def _add_repeat(self, repeat: Repeat) -> None:
        mesh = self._add_mesh(repeat.shape, positions=repeat.shape.positions, features=None)
        offset = np.asarray(self._centre, np.float32)
        features = np.searchsorted(self._rows, repeat.elements).astype(np.float32)
        attributes = {
            "TRANSLATION": self._glb.add_array(gltf_from_site(repeat.translations - offset)),
            "ROTATION": self._glb.add_array(gltf_rotations(repeat.rotations)),
            "SCALE": self._glb.add_array(swap_scales(repeat.scales)),
            "_FEATURE_ID_0": self._glb.add_array(features),
        }
        extensions = schema.NodeExtensions(
            instancing=schema.Instancing(attributes=attributes), features=self._feature_ids()
        )
        self._extensions |= {"EXT_mesh_gpu_instancing", "EXT_instance_features"}
        self._nodes.append(schema.Node(mesh=mesh, translation=self._gltf_centre(), extensions=extensions))

    def _add_mesh(self, surface: Surface, *, positions: F32, features: F32 | None) -> int:
        """Add one mesh: all its primitives share the vertices and differ in their indices."""
        add, target = self._glb.add_array, schema.VERTICES
        attributes = {
            "POSITION": add(gltf_from_site(positions), target=target, bounds=True),
            "NORMAL": add(gltf_from_site(surface.normals), target=target),
        }
        if surface.uvs is not None:
            attributes["TEXCOORD_0"] = add(surface.uvs, target=target)
        if surface.colors is not None:
            attributes["COLOR_0"] = add(surface.colors, target=target, normalized=True)
        extensions = None
        if features is not None:
            attributes["_FEATURE_ID_0"] = add(features, target=target)
            extensions = schema.PrimitiveExtensions(features=self._feature_ids())
            self._extensions.add("EXT_mesh_features")
        primitives = [
            schema.Primitive(
                attributes=attributes, indices=indices, material=material, mode=mode, extensions=extensions
            )
            for indices, material, mode in self._add_indices(surface)
        ]
        self._meshes.append(schema.Mesh(primitives=primitives))
        return len(self._meshes) - 1

    def _add_indices(self, surface: Surface) -> list[tuple[int, int | None, schema.Mode]]:
        """Add a primitive for each run of triangles of one material, and one for the lines.

        Returns accessor, material and mode of each.
        """
        found: list[tuple[int, int | None, schema.Mode]] = []
        if len(surface.triangles):
            materials = surface.materials[surface.triangles[:, 0]]
            view = self._glb.add_view(raw_bytes(surface.triangles), target=schema.INDICES)
            starts = np.flatnonzero(np.diff(materials, prepend=materials[0] + 1))
            runs = np.split(surface.triangles.reshape(-1), starts[1:] * 3)
            for start, run in zip(starts.tolist(), runs, strict=True):
                accessor = self._glb.add_accessor(view, run, offset_bytes=start * 12)
                row = int(np.searchsorted(self._materials, materials[start]))
                found.append((accessor, row, schema.TRIANGLES))
        if len(surface.lines):
            lines = np.ascontiguousarray(surface.lines).reshape(-1)
            found.append((self._glb.add_array(lines, target=schema.INDICES), None, schema.LINES))
        return found

    def _feature_ids(self) -> schema.Features:
        feature = schema.FeatureId(feature_count=len(self._rows), attribute=0, property_table=0)
        return schema.Features(feature_ids=[feature])

    def _gltf_centre(self) -> Vec3:
        return _vec3(gltf_from_site(np.array([self._centre], np.float32))[0] + np.float32(0))

    def _metadata(self) -> schema.StructuralMetadata:
        """Return the property table: for each feature id the element's row and key."""
        keys = self._glb.add_strings(self._model.elements[row].key for row in self._rows.tolist())
        rows = schema.Column(values=self._glb.add_view(self._rows.tobytes()))
        types = {
            "element": schema.ClassProperty(type="SCALAR", component_type="UINT32"),
            "key": schema.ClassProperty(type="STRING"),
        }
        classes = {"element": schema.MetadataClass(properties=types)}
        table = schema.PropertyTable(
            class_="element", count=len(self._rows), properties={"element": rows, "key": keys}
        )
        return schema.StructuralMetadata(
            schema=schema.MetadataSchema(id="walkdown", classes=classes), property_tables=[table]
        )

    def _material_parts(self) -> tuple[list[schema.MaterialPart], list[TextureUse]]:
        """Return the materials used, and which of the model's images they use in which way, in order."""
        materials = [self._model.materials[row] for row in self._materials.tolist()]
        textures = sorted({use for m in materials for use in _uses(m) if use is not None})
        if any(max(m.emissive) > 1 for m in materials):
            self._extensions.add("KHR_materials_emissive_strength")
        return [_material_part(m, textures) for m in materials], textures


def _uses(material: Material) -> tuple[TextureUse | None, TextureUse | None]:
    """Return the base colour texture and the one of what glows."""
    base, glow = material.texture, material.emissive_texture
    return (
        None if base is None else (base, material.wrap),
        None if glow is None else (glow, material.wrap),
    )


def _texture_part(
    texture: TextureUse, images: Sequence[int], wraps: Sequence[tuple[Wrap, Wrap]]
) -> schema.Texture:
    image, wrap = texture
    return schema.Texture(
        source=images.index(image), sampler=None if wrap == PLAIN_WRAP else wraps.index(wrap)
    )


def _image_part(path: str) -> schema.Image:
    return schema.Image(uri=f"../{path}", mime_type=IMAGE_TYPES[path.rpartition(".")[2]])


def _material_part(material: Material, textures: Sequence[TextureUse]) -> schema.MaterialPart:
    strength = max(1.0, *material.emissive)
    red, green, blue = (e / strength for e in material.emissive)
    base, light = (
        None if use is None else schema.TextureRef(index=textures.index(use)) for use in _uses(material)
    )
    glow = schema.MaterialExtensions(strength=schema.EmissiveStrength(emissive_strength=strength))
    return schema.MaterialPart(
        name=material.name,
        pbr_metallic_roughness=schema.Pbr(
            base_color_factor=material.base_color,
            metallic_factor=material.metallic,
            roughness_factor=material.roughness,
            base_color_texture=base,
        ),
        emissive_factor=(red, green, blue),
        emissive_texture=light,
        alpha_mode=_alpha_mode(material),
        alpha_cutoff=material.alpha_cutoff if _alpha_mode(material) == "MASK" else None,
        double_sided=material.double_sided,
        extensions=glow if strength > 1 else None,
        extras=schema.MaterialExtras(pattern=material.pattern) if material.pattern != "plain" else None,
    )


def _alpha_mode(material: Material) -> Literal["OPAQUE", "MASK", "BLEND"]:
    if material.base_color[3] < 1 or material.alpha_mode == "blend":
        return "BLEND"
    return "MASK" if material.alpha_mode == "mask" else "OPAQUE"
