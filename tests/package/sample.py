"""Small models that use everything a package can hold."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from walkdown.package import Element, Joint, Material, Model, Repeat, Surface
from walkdown.package.model import F32, U32


def grid(
    count: int, *, elements: list[int], materials: list[int], origin: tuple[float, float, float] = (0, 0, 0)
) -> Surface:
    """Returns ``count`` separate unit triangles along X, with one line each."""
    corner = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    step = np.zeros((count, 1, 3), np.float32)
    step[:, 0, 0] = np.arange(count)
    positions: F32 = (corner[None] + step + np.asarray(origin, np.float32)).reshape(-1, 3).astype(np.float32)
    triangles: U32 = np.arange(3 * count, dtype=np.uint32).reshape(-1, 3)
    return Surface(
        positions=positions,
        normals=np.tile(np.array([[0, 0, 1]], np.float32), (3 * count, 1)),
        elements=np.repeat(np.array(elements, np.uint32), 3),
        materials=np.repeat(np.array(materials, np.uint32), 3),
        triangles=triangles,
        lines=triangles[:, :2].copy(),
    )


def decorated(surface: Surface) -> Surface:
    """Returns the surface with texture coordinates and vertex colours."""
    count = len(surface.positions)
    return Surface(
        positions=surface.positions,
        normals=surface.normals,
        elements=surface.elements,
        materials=surface.materials,
        triangles=surface.triangles,
        lines=surface.lines,
        uvs=np.linspace(0, 1, 2 * count, dtype=np.float32).reshape(-1, 2),
        colors=np.arange(4 * count, dtype=np.uint8).reshape(-1, 4),
    )


def tiny_png() -> bytes:
    """Returns a PNG of one grey pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0\x80\x80\x80")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def sample_model() -> Model:
    """Returns six elements with plain, textured, blended, moving and repeated geometry."""
    elements = [
        Element("plant:/L1", "Line 1", kind="line"),
        Element(
            "plant:/L1/FIL", "Filler", kind="filler", parent=0, properties={"head count": 42, "maker": "KHS"}
        ),
        Element("plant:/L1/FIL/glass", "Guard", parent=1, layer="glass"),
        Element("plant:/L1/FIL/rotor", "Rotor", parent=1, joint=0),
        Element("plant:/floor", "Floor", layer="floor"),
        Element("plant:/far", "Far away"),
    ]
    materials = [
        Material("steel", base_color=(0.5, 0.5, 0.6, 1.0), roughness=0.3, metallic=1.0, pattern="brushed"),
        Material("glass", base_color=(0.9, 0.9, 1.0, 0.25), double_sided=True, alpha_mode="blend"),
        Material("lamp", emissive=(4.0, 2.0, 1.0)),
        Material("label", texture=0),
    ]
    turn = np.array([[1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], [0, 0, 0, 1]], np.float32)
    repeat = Repeat(
        shape=grid(2, elements=[0, 0], materials=[0, 2]),
        translations=np.array([[1, 2, 3], [4, 5, 6], [104, 5, 6]], np.float32),
        rotations=turn,
        scales=np.array([[1, 1, 1], [1, 2, 3], [2, 2, 2]], np.float32),
        elements=np.array([1, 1, 5], np.uint32),
    )
    return Model(
        name="Sample",
        elements=elements,
        materials=materials,
        surfaces=[
            grid(4, elements=[1, 2, 3, 4], materials=[2, 1, 0, 0], origin=(1, 2, 3)),
            decorated(grid(2, elements=[1, 5], materials=[3, 3], origin=(100, 2, 3))),
        ],
        repeats=[repeat],
        joints=[Joint("plant:/L1/FIL/rotor", "revolute", (1, 2, 3), (0, 0, 1), period=6.25)],
        images=[tiny_png()],
        edges=[(1, 5, "feeds")],
        origin=(92000.0, 436000.0, 1.5),
        epsg=7415,
        report=["metres assumed"],
        sources=[{"file": "sample.py"}],
    )
