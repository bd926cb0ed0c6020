"""``manifest.json``: what a package holds, with the hash of every file in it.

It is canonical JSON (sorted keys, no spaces, UTF-8). Its ``id`` is the SHA-256 of the same text without
``id``, so that whoever knows the id of a package can check all of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import msgspec

from walkdown.errors import PackageError
from walkdown.i18n import _

FORMAT = "walkdown-package"
VERSION = 1
MANIFEST_PATH = "manifest.json"
TILESET_PATH = "tileset.json"
MAX_MANIFEST_BYTES = 64 << 20
MAX_BLOB_BYTES = 1 << 30
CHUNK_ROWS: Literal[4096] = 4096
"""Elements in one chunk of the element table."""

Fetch = Callable[[str], bytes]
Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Size = Annotated[int, msgspec.Meta(ge=0, le=MAX_BLOB_BYTES)]

_BLOB_PATH = re.compile(r"(?:c/[0-9a-f]{64}\.glb|[ep]/[0-9a-f]{64}|x/[0-9a-f]{64}\.(?:png|jpg))\Z")
_NAMED_HASH = re.compile(r"[0-9a-f]{64}")


class BlobInfo(msgspec.Struct, frozen=True):
    """One file of a package.

    Attributes:
        size: bytes.
        sha256: of its bytes, 64 hexadecimal digits.
        media: its media type.
    """

    size: Size
    sha256: Hash
    media: str


class Reference(msgspec.Struct, frozen=True):
    """The coordinate reference system of the origin, float64 metres."""

    epsg: int | None
    origin: tuple[float, float, float]


class Tables(msgspec.Struct, frozen=True):
    """Which blobs hold the elements.

    Attributes:
        count: elements.
        chunk: rows in each chunk but the last.
        elements: paths of the chunks of the element table, in order.
        properties: paths of the properties of the same rows.
        joints: path of the joints, or None.
        edges: path of the edges, or None.
    """

    count: Annotated[int, msgspec.Meta(ge=1, le=1 << 24)]
    chunk: Literal[4096]
    elements: tuple[str, ...]
    properties: tuple[str, ...]
    joints: str | None
    edges: str | None


class Manifest(msgspec.Struct, frozen=True):
    """All that is known of a package before anything else of it is loaded."""

    format: Literal["walkdown-package"]
    version: int
    id: Hash
    name: str
    generator: str
    crs: Reference
    unit: Literal["m"]
    up: Literal["Z"]
    tileset: Literal["tileset.json"]
    tables: Tables
    blobs: Annotated[dict[str, BlobInfo], msgspec.Meta(max_length=1_000_000)]
    report: tuple[str, ...] = ()
    sources: tuple[dict[str, str], ...] = ()

    @property
    def origin(self) -> tuple[float, float, float]:
        """Float64 metres in the reference system; site coordinates are relative to it."""
        return self.crs.origin

    @property
    def epsg(self) -> int | None:
        """The reference system of the origin, or None."""
        return self.crs.epsg

    @property
    def element_count(self) -> int:
        """How many elements there are."""
        return self.tables.count

    @property
    def size_bytes(self) -> int:
        """What all blobs weigh together."""
        return sum(blob.size for blob in self.blobs.values())


msgspec.json.Decoder(Manifest)  # learns the types now: two threads that learn them at the same time crash


def canonical_json(value: object) -> bytes:
    """Return the one spelling of a JSON value: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def encode_manifest(fields: Mapping[str, object]) -> bytes:
    """Return ``manifest.json`` for the fields of :class:`Manifest` without ``id``."""
    plain = msgspec.to_builtins(dict(fields))
    return canonical_json({**plain, "id": _identify(plain)})


def _identify(fields: Mapping[str, object]) -> str:
    return hashlib.sha256(canonical_json({k: v for k, v in fields.items() if k != "id"})).hexdigest()


def parse_manifest(data: bytes) -> Manifest:
    """Read and check a manifest: size, version, types, id, paths and references.

    Raises:
        PackageError: one sentence that says what is wrong.
    """
    if len(data) > MAX_MANIFEST_BYTES:
        raise PackageError(
            _("a manifest has at most {most} bytes, but this one has {length}").format(
                most=MAX_MANIFEST_BYTES, length=len(data)
            )
        )
    try:
        raw = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PackageError(_("the manifest is not JSON: {error}").format(error=error)) from None
    if not isinstance(raw, dict) or raw.get("format") != FORMAT or raw.get("version") != VERSION:
        raise PackageError(
            _("this is not a manifest of format {format} version {version}{found}").format(
                format=FORMAT, version=VERSION, found=_found(raw)
            )
        )
    try:
        manifest = msgspec.convert(raw, Manifest)
    except msgspec.ValidationError as error:
        raise PackageError(_("the manifest is not complete: {error}").format(error=error)) from None
    if _identify(raw) != manifest.id:
        raise PackageError(
            _("the manifest was changed: its id is {id}, its content gives {found}").format(
                id=manifest.id, found=_identify(raw)
            )
        )
    _check_paths(manifest)
    return manifest


def _found(raw: object) -> str:
    if not isinstance(raw, dict):
        return ""
    return _("; its format is {format!r} and its version {version!r}").format(
        format=raw.get("format"), version=raw.get("version")
    )


def _check_paths(manifest: Manifest) -> None:
    for path, blob in manifest.blobs.items():
        check_path(path)
        named = _NAMED_HASH.search(path)
        if named and named[0] != blob.sha256:
            raise PackageError(
                _("the blob {path} should be named by its hash {hash}").format(path=path, hash=blob.sha256)
            )
    tables = manifest.tables
    chunks = -(-tables.count // CHUNK_ROWS)
    if len(tables.elements) != chunks or len(tables.properties) != chunks:
        raise PackageError(
            _(
                "{count} elements need {chunks} chunks, but there are {elements} of elements and "
                "{properties} of properties"
            ).format(
                count=tables.count,
                chunks=chunks,
                elements=len(tables.elements),
                properties=len(tables.properties),
            )
        )
    named_paths = (TILESET_PATH, *tables.elements, *tables.properties, tables.joints, tables.edges)
    for named_path in named_paths:
        if named_path is not None and named_path not in manifest.blobs:
            raise PackageError(
                _("the manifest names {path!r}, but its blobs do not have it").format(path=named_path)
            )


def check_path(path: str) -> None:
    """Check that a path stays in the package.

    Raises:
        PackageError: it is absolute, leads upwards or is not one that a package may hold.
    """
    if path != TILESET_PATH and not _BLOB_PATH.match(path):
        raise PackageError(
            _("a package holds c/, e/, p/ and x/ files named by their hash, but not {path!r}").format(
                path=path[:200]
            )
        )


def verify_blob(manifest: Manifest, path: str, data: bytes) -> None:
    """Check a blob before it is parsed.

    Raises:
        PackageError: names the path and what was expected and found.
    """
    info = manifest.blobs.get(path)
    if info is None:
        raise PackageError(
            _("the package {name!r} has no blob {path!r}").format(name=manifest.name, path=path[:200])
        )
    if len(data) != info.size:
        raise PackageError(
            _("the blob {path} should have {size} bytes, but has {length}").format(
                path=path, size=info.size, length=len(data)
            )
        )
    found = hashlib.sha256(data).hexdigest()
    if found != info.sha256:
        raise PackageError(
            _("the blob {path} should have the hash {hash}, but has {found}; fetch it again").format(
                path=path, hash=info.sha256, found=found
            )
        )
