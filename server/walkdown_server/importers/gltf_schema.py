"""Foreign glTF 2.0 documents as typed structures: decoding one checks types and signs of all that we use."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Index = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
Factor = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Extensions = dict[str, Any]
Width = Literal["SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4"]

TRIANGLES, STRIP, FAN = 4, 5, 6
COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS: dict[Width, int] = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}


class Part(msgspec.Struct, rename="camel", omit_defaults=True):
    """What all parts share: glTF's spelling."""


class SparseIndices(Part, kw_only=True):
    """Which values a sparse accessor replaces."""

    buffer_view: Index
    component_type: Literal[5121, 5123, 5125]
    byte_offset: Index = 0


class SparseValues(Part, kw_only=True):
    """The values that a sparse accessor puts there."""

    buffer_view: Index
    byte_offset: Index = 0


class Sparse(Part, kw_only=True):
    """Values that replace some of an accessor's."""

    count: Annotated[int, msgspec.Meta(ge=1)]
    indices: SparseIndices
    values: SparseValues


class Accessor(Part, kw_only=True):
    """How a buffer view is read as an array."""

    component_type: Literal[5120, 5121, 5122, 5123, 5125, 5126]
    count: Annotated[int, msgspec.Meta(ge=1)]
    type: Width
    buffer_view: Index | None = None
    byte_offset: Index = 0
    normalized: bool = False
    sparse: Sparse | None = None


class BufferView(Part, kw_only=True):
    """A range of a buffer."""

    buffer: Index
    byte_length: Annotated[int, msgspec.Meta(ge=1)]
    byte_offset: Index = 0
    byte_stride: Annotated[int, msgspec.Meta(ge=1, le=252)] | None = None


class Buffer(Part, kw_only=True):
    """Bytes in the file or beside it."""

    byte_length: Annotated[int, msgspec.Meta(ge=1)]
    uri: str | None = None


class Primitive(Part, kw_only=True):
    """Triangles, lines or points of one material."""

    attributes: dict[str, Index]
    indices: Index | None = None
    material: Index | None = None
    mode: Annotated[int, msgspec.Meta(ge=0, le=6)] = TRIANGLES
    extensions: Extensions = {}


class Mesh(Part, kw_only=True):
    """Primitives that are placed together."""

    primitives: list[Primitive]
    name: str = ""
    extras: Any = None


class Node(Part, kw_only=True):
    """A place in the tree."""

    name: str = ""
    children: list[Index] = []
    mesh: Index | None = None
    matrix: Annotated[list[float], msgspec.Meta(min_length=16, max_length=16)] | None = None
    translation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rotation: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    extras: Any = None
    extensions: Extensions = {}


class TextureRef(Part, kw_only=True):
    """A texture used by a material."""

    index: Index
    tex_coord: Index = 0
    extensions: Extensions = {}


class Pbr(Part, kw_only=True):
    """Metallic-roughness parameters."""

    base_color_factor: tuple[Factor, Factor, Factor, Factor] = (1.0, 1.0, 1.0, 1.0)
    metallic_factor: Factor = 1.0
    roughness_factor: Factor = 1.0
    base_color_texture: TextureRef | None = None
    metallic_roughness_texture: TextureRef | None = None


class Material(Part, kw_only=True):
    """How a surface looks."""

    name: str = ""
    pbr_metallic_roughness: Pbr = msgspec.field(default_factory=Pbr)
    emissive_factor: tuple[Factor, Factor, Factor] = (0.0, 0.0, 0.0)
    emissive_texture: TextureRef | None = None
    alpha_mode: Literal["OPAQUE", "MASK", "BLEND"] = "OPAQUE"
    alpha_cutoff: Factor = 0.5
    double_sided: bool = False
    extensions: Extensions = {}


class Texture(Part, kw_only=True):
    """Which image a texture shows, and how."""

    source: Index | None = None
    sampler: Index | None = None
    extensions: Extensions = {}


class Sampler(Part, kw_only=True):
    """What happens beyond the edges of an image."""

    wrap_s: int = 10497
    wrap_t: int = 10497


class Image(Part, kw_only=True):
    """An image in the file or beside it."""

    uri: str | None = None
    buffer_view: Index | None = None


class Scene(Part, kw_only=True):
    """Root nodes."""

    nodes: list[Index] = []


class Asset(Part, kw_only=True):
    """Version and origin of the file."""

    version: str
    generator: str = ""
    copyright: str = ""


class Document(Part, kw_only=True):
    """All of a document that is used."""

    asset: Asset
    scene: Index | None = None
    scenes: list[Scene] = []
    nodes: list[Node] = []
    meshes: list[Mesh] = []
    accessors: list[Accessor] = []
    buffer_views: list[BufferView] = []
    buffers: list[Buffer] = []
    materials: list[Material] = []
    textures: list[Texture] = []
    samplers: list[Sampler] = []
    images: list[Image] = []
    animations: list[Any] = []
    skins: list[Any] = []
    extensions_used: list[str] = []
    extensions_required: list[str] = []
