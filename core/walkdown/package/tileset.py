"""``tileset.json``: which tile stands where (3D Tiles 1.1; boxes are in the site frame, Z up)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from walkdown.errors import PackageError
from walkdown.i18n import _
from walkdown.package.axes import Vec3
from walkdown.package.manifest import canonical_json, check_path
from walkdown.package.model import LAYERS

MAX_TILES = 1_000_000
MIN_HALF_METRES = 1e-3
"""A flat tile's box still has a thickness, which other tools need."""


@dataclass(frozen=True, slots=True)
class TileRef:
    """A tile that can be loaded.

    Attributes:
        lo: lower corner of its box, site frame, metres; what moves is measured at rest.
        hi: upper corner.
        layer: one of ``LAYERS``.
        moving: whether joints move its elements.
    """

    path: str
    lo: Vec3
    hi: Vec3
    layer: str
    moving: bool = False


class _Volume(msgspec.Struct):
    box: Annotated[list[float], msgspec.Meta(min_length=12, max_length=12)]


class _Content(msgspec.Struct):
    uri: str


class _Extras(msgspec.Struct, rename={"layer": "walkdown_layer", "moving": "walkdown_moving"}):
    layer: str = "content"
    moving: bool = False


class _Child(msgspec.Struct, rename="camel"):
    bounding_volume: _Volume
    content: _Content
    extras: _Extras = msgspec.field(default_factory=_Extras)


class _Root(msgspec.Struct):
    children: Annotated[list[_Child], msgspec.Meta(max_length=MAX_TILES)]


class _Asset(msgspec.Struct):
    version: Literal["1.1"]


class _Tileset(msgspec.Struct):
    asset: _Asset
    root: _Root


_DECODER = msgspec.json.Decoder(_Tileset)


def write_tileset(refs: Sequence[TileRef]) -> bytes:
    """Return ``tileset.json``: one root and its tiles, which add up."""
    lo = [min(axis) for axis in zip(*(r.lo for r in refs), strict=True)] or [0.0] * 3
    hi = [max(axis) for axis in zip(*(r.hi for r in refs), strict=True)] or [0.0] * 3
    size = max(math.dist(lo, hi), MIN_HALF_METRES)
    root = {
        "boundingVolume": {"box": _box(lo, hi)},
        "geometricError": size,
        "refine": "ADD",
        "children": [_child(ref) for ref in refs],
    }
    return canonical_json({"asset": {"version": "1.1"}, "geometricError": size, "root": root})


def _child(ref: TileRef) -> dict[str, object]:
    return {
        "boundingVolume": {"box": _box(ref.lo, ref.hi)},
        "geometricError": 0,
        "content": {"uri": ref.path},
        "extras": {"walkdown_layer": ref.layer, "walkdown_moving": ref.moving},
    }


def _box(lo: Sequence[float], hi: Sequence[float]) -> list[float]:
    centre = [(a + b) / 2 for a, b in zip(lo, hi, strict=True)]
    x, y, z = (max((b - a) / 2, MIN_HALF_METRES) for a, b in zip(lo, hi, strict=True))
    return [*centre, x, 0, 0, 0, y, 0, 0, 0, z]


def read_tileset(data: bytes) -> tuple[TileRef, ...]:
    """Return all tiles of a ``tileset.json`` that :func:`write_tileset` made.

    Raises:
        PackageError: it is not one, or a tile lies outside the package.
    """
    try:
        tileset = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PackageError(
            _("the tileset is not one of 3D Tiles 1.1 as packages hold it: {error}").format(error=error)
        ) from None
    return tuple(_ref(child) for child in tileset.root.children)


def _ref(child: _Child) -> TileRef:
    check_path(child.content.uri)
    box = child.bounding_volume.box
    if child.extras.layer not in LAYERS:
        raise PackageError(
            _("the tile {path} is on layer {layer!r}, which does not exist").format(
                path=child.content.uri, layer=child.extras.layer
            )
        )
    x, y, z, half_x, half_y, half_z = *box[:3], box[3], box[7], box[11]
    return TileRef(
        child.content.uri,
        lo=(x - half_x, y - half_y, z - half_z),
        hi=(x + half_x, y + half_y, z + half_z),
        layer=child.extras.layer,
        moving=child.extras.moving,
    )
