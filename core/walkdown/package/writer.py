"""A model becomes a package: a dict of paths and files, the same for equal models."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from walkdown.package.cells import Boxes, Part, cut, element_boxes, merge_surfaces
from walkdown.package.check import check_model
from walkdown.package.classes import longest_sides, size_classes
from walkdown.package.manifest import (
    CHUNK_ROWS,
    FORMAT,
    MANIFEST_PATH,
    TILESET_PATH,
    VERSION,
    BlobInfo,
    Reference,
    Tables,
    encode_manifest,
)
from walkdown.package.model import NO_ROW, Element, Model
from walkdown.package.tables import edge_table, element_chunk, joint_table, pack_table, property_chunk
from walkdown.package.tiles import GENERATOR, IMAGE_TYPES, image_path, write_tile
from walkdown.package.tileset import TileRef, write_tileset

Progress = Callable[[float], None]
"""Is told the part that is done, from 0 to 1."""

_MEDIA = {"glb": "model/gltf-binary", "json": "application/json", **IMAGE_TYPES}


def write_package(model: Model, *, progress: Progress | None = None) -> dict[str, bytes]:
    """Return all files of the package of ``model``, by path; ``manifest.json`` is among them.

    Raises:
        PackageError: the model is wrong; one sentence says where.
    """
    check_model(model)
    surfaces = merge_surfaces(model.surfaces)
    boxes = element_boxes(len(model.elements), surfaces, model.repeats)
    grown = _grow_groups(model.elements, boxes)
    parts = cut(model, surfaces, boxes, sizes=size_classes(longest_sides(grown.lo, grown.hi)))
    blobs = {image_path(image): image for image in model.images}
    refs = list(_write_tiles(model, parts, blobs, progress=progress))
    blobs[TILESET_PATH] = write_tileset(refs)
    tables = _write_tables(model, grown, blobs)
    return {MANIFEST_PATH: _write_manifest(model, tables, blobs), **blobs}


def _write_tiles(
    model: Model, parts: Iterator[Part], blobs: dict[str, bytes], *, progress: Progress | None
) -> Iterator[TileRef]:
    image_paths = [image_path(image) for image in model.images]
    total = sum(len(s.triangles) for s in model.surfaces) + sum(len(r.elements) for r in model.repeats)
    done = 0
    for part in parts:
        tile = write_tile(model, part, image_paths=image_paths)
        path = f"c/{hashlib.sha256(tile.data).hexdigest()}.glb"
        blobs[path] = tile.data
        yield TileRef(path, lo=tile.lo, hi=tile.hi, layer=part.layer, moving=part.moving)
        done += sum(len(r.elements) for r in part.repeats)
        done += len(part.surface.triangles) if part.surface else 0
        if progress is not None:
            progress(min(1.0, done / max(1, total)))


def _write_tables(model: Model, boxes: Boxes, blobs: dict[str, bytes]) -> Tables:
    elements, properties = [], []
    for start in range(0, len(model.elements), CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        chunk = element_chunk(
            model.elements[rows], lo=boxes.lo[rows], hi=boxes.hi[rows], triangles=boxes.triangles[rows]
        )
        elements.append(_store("e", pack_table(chunk), blobs))
        properties.append(_store("p", pack_table(property_chunk(model.elements[rows])), blobs))
    return Tables(
        count=len(model.elements),
        chunk=CHUNK_ROWS,
        elements=tuple(elements),
        properties=tuple(properties),
        joints=_store("e", pack_table(joint_table(model.joints)), blobs) if model.joints else None,
        edges=_store("e", pack_table(edge_table(model.edges)), blobs) if model.edges else None,
    )


def _store(folder: str, data: bytes, blobs: dict[str, bytes]) -> str:
    path = f"{folder}/{hashlib.sha256(data).hexdigest()}"
    blobs[path] = data
    return path


def _grow_groups(elements: Sequence[Element], boxes: Boxes) -> Boxes:
    """Return the boxes with those of all elements below included."""
    lo, hi = boxes.lo.tolist(), boxes.hi.tolist()
    for row in range(len(elements) - 1, -1, -1):
        parent = elements[row].parent
        if parent != NO_ROW and lo[row][0] == lo[row][0]:  # a NaN box grows nothing
            inner = lo[parent][0] == lo[parent][0]
            lo[parent] = [*map(min, lo[parent], lo[row])] if inner else lo[row]
            hi[parent] = [*map(max, hi[parent], hi[row])] if inner else hi[row]
    return Boxes(np.array(lo, np.float32), np.array(hi, np.float32), boxes.triangles)


def _write_manifest(model: Model, tables: Tables, blobs: dict[str, bytes]) -> bytes:
    infos = {
        path: BlobInfo(len(data), hashlib.sha256(data).hexdigest(), _media(path))
        for path, data in blobs.items()
    }
    return encode_manifest(
        {
            "format": FORMAT,
            "version": VERSION,
            "name": model.name,
            "generator": GENERATOR,
            "crs": Reference(epsg=model.epsg, origin=model.origin),
            "unit": "m",
            "up": "Z",
            "tileset": TILESET_PATH,
            "tables": tables,
            "blobs": infos,
            "report": tuple(model.report),
            "sources": tuple(model.sources),
        }
    )


def _media(path: str) -> str:
    return _MEDIA.get(path.rpartition(".")[2], "application/x-msgpack+zstd")
