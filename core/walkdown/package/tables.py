"""Columns of elements, properties, joints and edges: MessagePack in zstd, decompressed within bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt
import zstandard

from walkdown.errors import PackageError
from walkdown.i18n import _
from walkdown.package.manifest import CHUNK_ROWS
from walkdown.package.model import F32, LAYERS, NO_ROW, U32, Element, Joint, JointKind, Scalar

MAX_TABLE_BYTES = 64 << 20
LEVEL = 3

I32 = npt.NDArray[np.int32]
Number = TypeVar("Number", np.uint8, np.int32, np.uint32, np.float32)
Row = TypeVar("Row", bound=msgspec.Struct)
Text = Annotated[str, msgspec.Meta(max_length=10_000)]
Texts = Annotated[list[Text], msgspec.Meta(max_length=CHUNK_ROWS)]
Properties = dict[str, Scalar]


class ElementChunk(msgspec.Struct):
    """Up to 4,096 rows of the element table; numbers are little-endian bytes.

    Attributes:
        parents: (n,) int32.
        layers: (n,) uint8, rows of ``LAYERS``.
        joints: (n,) int32.
        lo: (n, 3) float32, site frame, NaN where nothing is drawn.
        hi: (n, 3) float32.
        triangles: (n,) uint32.
    """

    keys: Texts
    names: Texts
    kinds: Texts
    systems: Texts
    parents: bytes
    layers: bytes
    joints: bytes
    lo: bytes
    hi: bytes
    triangles: bytes


class PropertyChunk(msgspec.Struct):
    """The properties of the same rows."""

    rows: Annotated[list[dict[Text, Scalar]], msgspec.Meta(max_length=CHUNK_ROWS)]


class JointRow(msgspec.Struct):
    """One joint."""

    key: Text
    kind: JointKind
    origin: tuple[float, float, float]
    axis: tuple[float, float, float]
    parent: Annotated[int, msgspec.Meta(ge=NO_ROW, le=1 << 24)]
    period: float


class JointTable(msgspec.Struct):
    """All joints."""

    rows: Annotated[list[JointRow], msgspec.Meta(max_length=1 << 20)]


class EdgeTable(msgspec.Struct):
    """All edges: (n,) int32 rows each, and a kind for each."""

    sources: bytes
    targets: bytes
    kinds: Annotated[list[Text], msgspec.Meta(max_length=1 << 24)]


_DECODERS: dict[type[msgspec.Struct], msgspec.msgpack.Decoder[Any]] = {
    kind: msgspec.msgpack.Decoder(kind) for kind in (ElementChunk, PropertyChunk, JointTable, EdgeTable)
}
"""Made once, here: two threads that build the decoder of one type at the same time crash."""


def pack_table(table: msgspec.Struct) -> bytes:
    """Return a table as bytes; equal tables give equal bytes."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(msgspec.msgpack.encode(table))


def unpack_table(data: bytes, kind: type[Row], *, where: str) -> Row:
    """Read a table back.

    Raises:
        PackageError: it is not zstd, would grow beyond 64 MiB, or does not have the columns of ``kind``.
    """
    try:
        size = zstandard.frame_content_size(data)
        if not 0 <= size <= MAX_TABLE_BYTES:
            raise PackageError(
                _("{where} may grow to {most} bytes, but asks for {size}").format(
                    where=where, most=MAX_TABLE_BYTES, size=size
                )
            )
        plain = zstandard.ZstdDecompressor().decompress(data, max_output_size=MAX_TABLE_BYTES)
        return _DECODERS[kind].decode(plain)  # type: ignore[no-any-return]
    except (zstandard.ZstdError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PackageError(_("{where} is damaged: {error}").format(where=where, error=error)) from None


def column(data: bytes, kind: type[Number], shape: tuple[int, ...], *, where: str) -> npt.NDArray[Number]:
    """Return bytes as an array of exactly that shape.

    Raises:
        PackageError: the bytes are too few or too many.
    """
    need = np.dtype(kind).itemsize * math.prod(shape)
    if len(data) != need:
        raise PackageError(
            _("{where} should have {need} bytes, but has {length}").format(
                where=where, need=need, length=len(data)
            )
        )
    return np.frombuffer(data, kind).reshape(shape)


def element_chunk(elements: Sequence[Element], *, lo: F32, hi: F32, triangles: U32) -> ElementChunk:
    """Return the columns of some rows and their boxes."""
    return ElementChunk(
        keys=[e.key for e in elements],
        names=[e.name for e in elements],
        kinds=[e.kind for e in elements],
        systems=[e.system for e in elements],
        parents=np.array([e.parent for e in elements], "<i4").tobytes(),
        layers=bytes(LAYERS.index(e.layer) for e in elements),
        joints=np.array([e.joint for e in elements], "<i4").tobytes(),
        lo=lo.astype("<f4").tobytes(),
        hi=hi.astype("<f4").tobytes(),
        triangles=triangles.astype("<u4").tobytes(),
    )


def property_chunk(elements: Sequence[Element]) -> PropertyChunk:
    """Return the properties of some rows, sorted by name."""
    return PropertyChunk(rows=[dict(sorted(e.properties.items())) for e in elements])


def joint_table(joints: Sequence[Joint]) -> JointTable:
    """Return all joints as a table."""
    return JointTable(
        rows=[JointRow(j.key, j.kind, j.origin, j.axis, parent=j.parent, period=j.period) for j in joints]
    )


def edge_table(edges: Sequence[tuple[int, int, str]]) -> EdgeTable:
    """Return all edges as a table."""
    return EdgeTable(
        sources=np.array([e[0] for e in edges], "<i4").tobytes(),
        targets=np.array([e[1] for e in edges], "<i4").tobytes(),
        kinds=[e[2] for e in edges],
    )
