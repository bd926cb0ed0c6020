"""Packages whose hashes are right and whose content lies: what a hostile server would send."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from typing import Any

import msgpack
import zstandard

from tests.hostile.cases import Files
from walkdown.package import MANIFEST_PATH, TILESET_PATH
from walkdown.package.manifest import encode_manifest

Package = dict[str, bytes]
SEEDS = 12
MIB = 1 << 20


def lie(files: Files, path: str, data: bytes) -> Package:
    """Returns the package with other bytes for one of its files, and every name and hash set right."""
    digest = hashlib.sha256(data).hexdigest()
    folder, slash, name = path.partition("/")
    renamed = f"{folder}/{digest}{name[64:]}" if slash else path
    changed = {**files, renamed: data}
    if renamed != path:
        del changed[path]
        changed[TILESET_PATH] = changed[TILESET_PATH].replace(path.encode(), renamed.encode())
    fields = json.loads(files[MANIFEST_PATH].replace(path.encode(), renamed.encode()))
    for name_of_blob, info in fields["blobs"].items():
        blob = changed[name_of_blob]
        info |= {"size": len(blob), "sha256": hashlib.sha256(blob).hexdigest()}
    changed[MANIFEST_PATH] = encode_manifest(fields)
    return changed


def lie_in_manifest(files: Files, **changes: Any) -> Package:
    """Returns the package with other fields in its manifest, and the id that belongs to them."""
    fields = json.loads(files[MANIFEST_PATH])
    return {**files, MANIFEST_PATH: encode_manifest(fields | changes)}


def mutated(data: bytes, seed: int) -> bytes:
    """Returns the bytes with a few that are others."""
    rng = random.Random(seed)
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 5)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _packed(plain: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(plain)


def _tables(files: Files) -> list[str]:
    return sorted(path for path in files if path.startswith(("e/", "p/")))


def _tiles(files: Files) -> list[str]:
    return sorted(path for path in files if path.startswith("c/"))


def lies(files: Files) -> Iterator[tuple[str, Package]]:
    """Yields hostile packages with what is wrong in each."""
    yield from _lying_tables(files)
    yield from _lying_tiles(files)
    yield from _lying_tilesets(files)
    yield from _lying_manifests(files)


def _lying_tables(files: Files) -> Iterator[tuple[str, Package]]:
    for path in _tables(files):
        plain = zstandard.ZstdDecompressor().decompress(files[path])
        where = path[:6]
        for seed in range(SEEDS):
            yield f"{where}: changed bytes {seed}", lie(files, path, _packed(mutated(plain, seed)))
        yield f"{where}: not packed", lie(files, path, plain)
        yield f"{where}: cut off", lie(files, path, files[path][:-5])
        yield f"{where}: 64 MiB of noughts", lie(files, path, _packed(bytes(64 * MIB)))
        yield f"{where}: 256 MiB of noughts in secret", lie(files, path, _bomb())
        yield f"{where}: lists 100,000 deep", lie(files, path, _packed(b"\x91" * 100_000 + b"\xc0"))
        yield f"{where}: a list that claims 4 G", lie(files, path, _packed(b"\xdd\xff\xff\xff\xff"))
        yield f"{where}: another table", lie(files, path, _packed(msgpack.packb({"rows": []})))
        yield f"{where}: empty", lie(files, path, b"")


def _bomb() -> bytes:
    """Returns a frame that claims to be small and is not: its size is left out."""
    packer = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    block = bytes(16 * MIB)
    return b"".join(packer.compress(block) for _ in range(16)) + packer.flush()


def _lying_tiles(files: Files) -> Iterator[tuple[str, Package]]:
    path = _tiles(files)[0]
    for seed in range(3 * SEEDS):
        yield f"tile: changed bytes {seed}", lie(files, path, mutated(files[path], seed))
    for part in (0.0, 0.1, 0.5, 0.99):
        yield f"tile: cut off at {part:.0%}", lie(files, path, files[path][: int(len(files[path]) * part)])


def _lying_tilesets(files: Files) -> Iterator[tuple[str, Package]]:
    plain = files[TILESET_PATH]
    for seed in range(SEEDS):
        yield f"tileset: changed bytes {seed}", lie(files, TILESET_PATH, mutated(plain, seed))
    tile = _tiles(files)[0].encode()
    texts = {
        "a parent path": plain.replace(tile, b"../../secret.glb"),
        "an address": plain.replace(tile, b"http://127.0.0.1:9/x.glb"),
        "a tile that is not in the package": plain.replace(tile, b"c/" + b"0" * 64 + b".glb"),
        "a million tiles": json.dumps(
            {"asset": {"version": "1.1"}, "root": {"children": [{}] * 1_000_000}}
        ).encode(),
        "lists 100,000 deep": b"[" * 100_000,
        "a box of numbers that are none": plain.replace(b"[", b"[1e999,", 4),
        "an endless transform": plain.replace(b'"root":{', b'"root":{"transform":[1e308,1e308],'),
    }
    for name, text in texts.items():
        yield f"tileset: {name}", lie(files, TILESET_PATH, text)


def _lying_manifests(files: Files) -> Iterator[tuple[str, Package]]:
    fields = json.loads(files[MANIFEST_PATH])
    tables = fields["tables"]
    changes: dict[str, dict[str, Any]] = {
        "a thousand million elements": {"tables": tables | {"count": 10**9}},
        "negative elements": {"tables": tables | {"count": -1}},
        "chunks of nothing": {"tables": tables | {"chunk": 0}},
        "an origin that is no number": {"crs": fields["crs"] | {"origin": [1e308 * 10, 0, 0]}},
        "a name of a megabyte": {"name": "x" * MIB},
        "a name of control characters": {"name": "\x1b[2J\u202e"},
        "a report of a million lines": {"report": ["x"] * 1_000_000},
        "another format": {"format": "zip"},
        "version 99": {"version": 99},
        "parent paths": {"blobs": fields["blobs"] | {"../../x": next(iter(fields["blobs"].values()))}},
        "blobs of a terabyte": {"blobs": {p: i | {"size": 1 << 40} for p, i in fields["blobs"].items()}},
        "a table that is a tile": {"tables": tables | {"elements": [_tiles(files)[0]]}},
        "a tileset that is a tile": {"tileset": _tiles(files)[0]},
    }
    for name, change in changes.items():
        try:
            yield f"manifest: {name}", lie_in_manifest(files, **change)
        except ValueError:
            continue
    plain = files[MANIFEST_PATH]
    for seed in range(SEEDS):
        yield f"manifest: changed bytes {seed}", {**files, MANIFEST_PATH: mutated(plain, seed)}
