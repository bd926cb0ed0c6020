"""A model in memory: what importers and generators make and the package writer stores.

Everything is in the site frame (right-handed, Z up, metres), float32 relative to ``Model.origin``.
An *element* is what a thing draws: one row of the table, named by a stable key. Elements form a tree
through ``parent``; a row without geometry is a group. A *surface* is a set of triangles in place; a
*repeat* is one shape drawn many times. A *joint* moves elements by one number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]

Scalar = str | float | int | bool
JointKind = Literal["revolute", "prismatic", "flow"]
AlphaMode = Literal["opaque", "mask", "blend"]
Wrap = Literal["repeat", "clamp", "mirror"]

NO_ROW = -1
"""The parent of a root element, and the joint of an element that does not move."""

LAYERS = ("content", "shell", "floor", "glass")
"""Drawing layers: shell can be cut away, floor gets ground effects, glass is blended last."""


@dataclass(frozen=True, slots=True)
class Material:
    """How a surface looks: glTF's metallic-roughness model plus a procedural pattern.

    Attributes:
        base_color: linear RGB and alpha, each 0 to 1; alpha below 1 is blended whatever the mode.
        emissive: linear RGB, may exceed 1; multiplies ``emissive_texture``.
        pattern: one of the patterns that ``shaders/patterns.glsl`` knows; ``plain`` for foreign models.
        double_sided: back faces are drawn too.
        texture: index into ``Model.images`` of the base colour texture (sRGB), or None.
        alpha_mode: what the alpha of texture and vertex colours means: nothing, a hole where it is below
            ``alpha_cutoff``, or how much of what is behind is hidden.
        wrap: what happens beyond the edges of the textures, along u and along v.
        emissive_texture: index into ``Model.images`` of a texture (sRGB) of what glows, or None.
    """

    name: str
    base_color: tuple[float, float, float, float] = (0.8, 0.8, 0.8, 1.0)
    roughness: float = 0.8
    metallic: float = 0.0
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    pattern: str = "plain"
    double_sided: bool = False
    texture: int | None = None
    alpha_mode: AlphaMode = "opaque"
    alpha_cutoff: float = 0.5
    wrap: tuple[Wrap, Wrap] = ("repeat", "repeat")
    emissive_texture: int | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """One row of the element table.

    Attributes:
        key: stable and unique in the model, for instance ``plant:/L1/FIL`` or ``gltf:/root/wheel``.
        kind: the class in the model's own words, for instance ``pump`` or ``IfcWall``.
        parent: row of the group it belongs to, or ``NO_ROW``; always smaller than its own row.
        layer: one of ``LAYERS``.
        joint: row of the joint that moves it, or ``NO_ROW``.
        system: name of what it works in together with others, for instance ``Supply air 1``, or "".
    """

    key: str
    name: str
    kind: str = "part"
    parent: int = NO_ROW
    layer: str = "content"
    joint: int = NO_ROW
    properties: dict[str, Scalar] = field(default_factory=dict)
    system: str = ""


@dataclass(frozen=True, slots=True)
class Joint:
    """One degree of freedom; elements are stored where they are when every joint stands at 0.

    Attributes:
        key: stable and unique in the model, for instance ``plant:/L1/PAL/axis2``.
        kind: ``revolute`` (radians), ``prismatic`` (metres) or ``flow`` (metres along a belt whose
            load repeats every ``period``).
        origin: a point on the axis at rest, site frame, metres.
        axis: unit vector at rest, site frame.
        parent: row of the joint that carries this one, or ``NO_ROW``; always smaller than its own row.
        period: the value repeats after this much (2π for an endless rotation); 0 means never.
    """

    key: str
    kind: JointKind
    origin: tuple[float, float, float]
    axis: tuple[float, float, float]
    parent: int = NO_ROW
    period: float = 0.0


@dataclass(frozen=True, slots=True)
class Surface:
    """Triangles in place.

    Attributes:
        positions: (n, 3) float32, metres, site frame.
        normals: (n, 3) float32, unit length.
        elements: (n,) uint32, rows of ``Model.elements``.
        materials: (n,) uint32, rows of ``Model.materials``; the same for the three corners of a triangle.
        triangles: (m, 3) uint32, counter-clockwise seen from outside.
        lines: (k, 2) uint32, feature edges to be drawn as thin lines; may be empty.
        uvs: (n, 2) float32 with the origin at the top left as in glTF, or None.
        colors: (n, 4) uint8 linear vertex colours that multiply the base colour, or None.
    """

    positions: F32
    normals: F32
    elements: U32
    materials: U32
    triangles: U32
    lines: U32 = field(default_factory=lambda: np.zeros((0, 2), np.uint32))
    uvs: F32 | None = None
    colors: U8 | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """One shape drawn many times: ``site = translation + rotation · (scale * shape)``.

    Attributes:
        shape: its ``elements`` are ignored.
        translations: (k, 3) float32, metres, site frame.
        rotations: (k, 4) float32 unit quaternions (w, x, y, z).
        scales: (k, 3) float32.
        elements: (k,) uint32, the element of each copy.
    """

    shape: Surface
    translations: F32
    rotations: F32
    scales: F32
    elements: U32


@dataclass(slots=True)
class Model:
    """Everything a package holds.

    Attributes:
        origin: float64 metres; the site coordinates are relative to it.
        epsg: coordinate reference system of ``origin``, or None when there is none.
        images: PNG or JPEG files.
        edges: (from row, to row, kind) with kind ``connects_to``, ``feeds`` or ``depends_on``;
            ``contains`` follows from ``Element.parent``.
        report: sentences for people: what was assumed, what was left out and why.
        sources: one dict per source file: ``file``, ``sha256``, ``schema``, ``licence``, and of an IFC file
            that does not lie where it says itself ``package_from_source``, see ``source_frame``.
    """

    name: str
    elements: list[Element] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)
    surfaces: list[Surface] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)
    joints: list[Joint] = field(default_factory=list)
    images: list[bytes] = field(default_factory=list)
    edges: list[tuple[int, int, str]] = field(default_factory=list)
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    epsg: int | None = None
    report: list[str] = field(default_factory=list)
    sources: list[dict[str, str]] = field(default_factory=list)
