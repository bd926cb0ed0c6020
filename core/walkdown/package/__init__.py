"""The package format: what a model becomes on its way to a client (3D Tiles 1.1 inside)."""

from __future__ import annotations

from walkdown.package.ancestry import STOREY_KINDS, is_storey
from walkdown.package.columns import Columns, PropertyColumn, property_columns, split_name
from walkdown.package.elements import ElementTable, read_edges, read_elements, read_joints
from walkdown.package.manifest import (
    MANIFEST_PATH,
    TILESET_PATH,
    BlobInfo,
    Fetch,
    Manifest,
    check_path,
    parse_manifest,
    verify_blob,
)
from walkdown.package.model import (
    LAYERS,
    NO_ROW,
    Element,
    Joint,
    Material,
    Model,
    Repeat,
    Scalar,
    Surface,
)
from walkdown.package.reader import Tile, read_tile
from walkdown.package.tileset import TileRef, read_tileset
from walkdown.package.writer import write_package

__all__ = [
    "LAYERS",
    "MANIFEST_PATH",
    "NO_ROW",
    "STOREY_KINDS",
    "TILESET_PATH",
    "BlobInfo",
    "Columns",
    "Element",
    "ElementTable",
    "Fetch",
    "Joint",
    "Manifest",
    "Material",
    "Model",
    "PropertyColumn",
    "Repeat",
    "Scalar",
    "Surface",
    "Tile",
    "TileRef",
    "check_path",
    "is_storey",
    "parse_manifest",
    "property_columns",
    "read_edges",
    "read_elements",
    "read_joints",
    "read_tile",
    "read_tileset",
    "split_name",
    "verify_blob",
    "write_package",
]
