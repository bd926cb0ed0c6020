"""The part of glTF 2.0 that tiles use, as typed structures: decoding one checks its types and bounds.

Names are those of the glTF 2.0 specification and of the extensions EXT_mesh_features,
EXT_instance_features, EXT_mesh_gpu_instancing, EXT_structural_metadata and
KHR_materials_emissive_strength. What a tile does not use is ignored when it is read.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Index = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
Count = Annotated[int, msgspec.Meta(ge=1, le=2**28)]
Unit = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Text = Annotated[str, msgspec.Meta(max_length=1000)]
Vec3 = tuple[float, float, float]

Component = Literal[5121, 5125, 5126]
UBYTE: Component = 5121
UINT: Component = 5125
FLOAT: Component = 5126

Mode = Literal[1, 4]
LINES: Mode = 1
TRIANGLES: Mode = 4

WrapMode = Literal[10497, 33071, 33648]
REPEAT: WrapMode = 10497
CLAMP: WrapMode = 33071
MIRROR: WrapMode = 33648

ArrayType = Literal["SCALAR", "VEC2", "VEC3", "VEC4"]
ImageType = Literal["image/png", "image/jpeg"]

VERTICES, INDICES = 34962, 34963


class Part(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """What all parts of a document share: glTF's spelling, and no word about defaults."""


class Accessor(Part, kw_only=True):
    """How a buffer view is read as an array."""

    buffer_view: Index
    component_type: Component
    count: Count
    type: ArrayType
    byte_offset: Index = 0
    normalized: bool = False
    min: list[float] | None = None
    max: list[float] | None = None


class BufferView(Part, kw_only=True):
    """A range of the buffer."""

    buffer: Literal[0]
    byte_length: Count
    byte_offset: Index = 0
    target: int | None = None


class Buffer(Part, kw_only=True):
    """The binary chunk of the file."""

    byte_length: Count


class FeatureId(Part, kw_only=True):
    """Which vertex or instance attribute holds rows of which property table."""

    feature_count: Count
    attribute: Literal[0]
    property_table: Literal[0]


class Features(Part, kw_only=True):
    """The one set of feature ids of a primitive or of a node's instances."""

    feature_ids: Annotated[list[FeatureId], msgspec.Meta(min_length=1, max_length=1)]


class PrimitiveExtensions(Part, kw_only=True):
    """Extensions of a primitive."""

    features: Features | None = msgspec.field(default=None, name="EXT_mesh_features")


class Primitive(Part, kw_only=True):
    """Triangles or lines of one material."""

    attributes: dict[str, Index]
    indices: Index
    material: Index | None = None
    mode: Mode = TRIANGLES
    extensions: PrimitiveExtensions | None = None


class Mesh(Part, kw_only=True):
    """Primitives that are placed together."""

    primitives: Annotated[list[Primitive], msgspec.Meta(min_length=1, max_length=10_000)]


class Instancing(Part, kw_only=True):
    """Where the copies of a node's mesh stand."""

    attributes: dict[str, Index]


class NodeExtensions(Part, kw_only=True):
    """Extensions of a node."""

    instancing: Instancing | None = msgspec.field(default=None, name="EXT_mesh_gpu_instancing")
    features: Features | None = msgspec.field(default=None, name="EXT_instance_features")


class Node(Part, kw_only=True):
    """A mesh in its place."""

    mesh: Index
    translation: Vec3 = (0.0, 0.0, 0.0)
    extensions: NodeExtensions | None = None


class TextureRef(Part, kw_only=True):
    """A texture used by a material."""

    index: Index


class Pbr(Part, kw_only=True):
    """Metallic-roughness parameters."""

    base_color_factor: tuple[Unit, Unit, Unit, Unit] = (1.0, 1.0, 1.0, 1.0)
    metallic_factor: Unit = 1.0
    roughness_factor: Unit = 1.0
    base_color_texture: TextureRef | None = None


class EmissiveStrength(Part, kw_only=True):
    """A factor for light brighter than 1."""

    emissive_strength: Annotated[float, msgspec.Meta(ge=0.0, le=1e6)] = 1.0


class MaterialExtensions(Part, kw_only=True):
    """Extensions of a material."""

    strength: EmissiveStrength | None = msgspec.field(default=None, name="KHR_materials_emissive_strength")


class MaterialExtras(Part, kw_only=True):
    """What glTF cannot say about a material."""

    pattern: Text = msgspec.field(default="plain", name="walkdown_pattern")


class MaterialPart(Part, kw_only=True):
    """How a surface looks."""

    name: Text = ""
    pbr_metallic_roughness: Pbr
    emissive_factor: tuple[Unit, Unit, Unit] = (0.0, 0.0, 0.0)
    emissive_texture: TextureRef | None = None
    alpha_mode: Literal["OPAQUE", "MASK", "BLEND"] = "OPAQUE"
    alpha_cutoff: Unit | None = None
    double_sided: bool = False
    extensions: MaterialExtensions | None = None
    extras: MaterialExtras | None = None


class Texture(Part, kw_only=True):
    """An image and how it goes on beyond its edges."""

    source: Index
    sampler: Index | None = None


class Sampler(Part, kw_only=True):
    """How a texture goes on beyond its edges."""

    wrap_s: WrapMode = REPEAT
    wrap_t: WrapMode = REPEAT


class Image(Part, kw_only=True):
    """An image file beside the tile."""

    uri: Text
    mime_type: ImageType | None = None


class Scene(Part, kw_only=True):
    """Root nodes."""

    nodes: list[Index]


class Column(Part, kw_only=True):
    """Buffer views that hold one property of all rows."""

    values: Index
    string_offsets: Index | None = None
    string_offset_type: Literal["UINT32"] | None = None


class PropertyTable(Part, kw_only=True):
    """One row for each feature id of the tile."""

    class_: str = msgspec.field(name="class")
    count: Count
    properties: dict[str, Column]


class ClassProperty(Part, kw_only=True):
    """The type of a property."""

    type: str
    component_type: str | None = None


class MetadataClass(Part, kw_only=True):
    """The properties of a class."""

    properties: dict[str, ClassProperty]


class MetadataSchema(Part, kw_only=True):
    """The classes of a tile."""

    id: str
    classes: dict[str, MetadataClass]


class StructuralMetadata(Part, kw_only=True):
    """Which element each feature id is."""

    schema: MetadataSchema
    property_tables: Annotated[list[PropertyTable], msgspec.Meta(min_length=1, max_length=1)]


class DocumentExtensions(Part, kw_only=True):
    """Extensions of the document."""

    metadata: StructuralMetadata = msgspec.field(name="EXT_structural_metadata")


class Asset(Part, kw_only=True):
    """Version and origin of the file."""

    version: Literal["2.0"]
    generator: str = ""


class Document(Part, kw_only=True):
    """A tile's JSON chunk."""

    asset: Asset
    scene: Literal[0]
    scenes: Annotated[list[Scene], msgspec.Meta(min_length=1, max_length=1)]
    nodes: Annotated[list[Node], msgspec.Meta(max_length=10_000)]
    meshes: Annotated[list[Mesh], msgspec.Meta(max_length=10_000)]
    accessors: Annotated[list[Accessor], msgspec.Meta(max_length=100_000)]
    buffer_views: Annotated[list[BufferView], msgspec.Meta(max_length=100_000)]
    buffers: Annotated[list[Buffer], msgspec.Meta(min_length=1, max_length=1)]
    materials: Annotated[list[MaterialPart], msgspec.Meta(max_length=10_000)] = []
    textures: Annotated[list[Texture], msgspec.Meta(max_length=10_000)] = []
    samplers: Annotated[list[Sampler], msgspec.Meta(max_length=10_000)] = []
    images: Annotated[list[Image], msgspec.Meta(max_length=10_000)] = []
    extensions_used: list[str] = []
    extensions: DocumentExtensions
