"""GLB files as bytes: a builder, and a reader that believes nothing.

The reader checks every count, range and component type before it makes an array, and its arrays are
views into the file, so that a hostile file costs no memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from walkdown.errors import PackageError
from walkdown.i18n import _
from walkdown.package import schema

MAGIC = b"glTF"
VERSION = 2
JSON_CHUNK = 0x4E4F534A
BINARY_CHUNK = 0x004E4942
MAX_JSON_BYTES = 16 << 20
ALIGNMENT = 8

_DECODER = msgspec.json.Decoder(schema.Document)
"""Made once, here: two threads that build the decoder of one type at the same time crash."""

_HEADER = struct.Struct("<4sII")
_CHUNK = struct.Struct("<II")
_COMPONENTS: dict[type[np.generic], schema.Component] = {
    np.uint8: schema.UBYTE,
    np.uint32: schema.UINT,
    np.float32: schema.FLOAT,
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_TYPES: dict[int, schema.ArrayType] = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}

Array = npt.NDArray[np.generic]
T = TypeVar("T")
Number = TypeVar("Number", np.uint8, np.uint32, np.float32)


class GlbBuilder:
    """Collects buffer views and accessors, then joins them behind a JSON chunk."""

    def __init__(self) -> None:
        self.views: list[schema.BufferView] = []
        self.accessors: list[schema.Accessor] = []
        self._parts: list[bytes | memoryview] = []
        self._size = 0

    def add_view(self, data: bytes | memoryview, *, target: int | None = None) -> int:
        """Append bytes, aligned to eight, and return the number of their buffer view."""
        padding = -self._size % ALIGNMENT
        self._parts += (bytes(padding), data)
        offset = self._size + padding
        size = memoryview(data).nbytes
        self._size = offset + size
        self.views.append(schema.BufferView(buffer=0, byte_offset=offset, byte_length=size, target=target))
        return len(self.views) - 1

    def add_array(
        self, array: Array, *, target: int | None = None, bounds: bool = False, normalized: bool = False
    ) -> int:
        """Append an (n,) or (n, 2..4) array of uint8, uint32 or float32 and return its accessor."""
        view = self.add_view(raw_bytes(array), target=target)
        return self.add_accessor(view, array, bounds=bounds, normalized=normalized)

    def add_accessor(
        self,
        view: int,
        array: Array,
        *,
        offset_bytes: int = 0,
        bounds: bool = False,
        normalized: bool = False,
    ) -> int:
        """Describe ``array``, which already lies in a view, and return its accessor."""
        accessor = schema.Accessor(
            buffer_view=view,
            byte_offset=offset_bytes,
            component_type=_COMPONENTS[array.dtype.type],
            count=len(array),
            type=_TYPES[1 if array.ndim == 1 else array.shape[1]],
            normalized=normalized,
        )
        if bounds:
            accessor.min, accessor.max = array.min(0).tolist(), array.max(0).tolist()
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def add_strings(self, texts: Iterable[str]) -> schema.Column:
        """Append texts as EXT_structural_metadata stores them."""
        encoded = [text.encode() for text in texts]
        offsets = np.cumsum([0, *map(len, encoded)]).astype("<u4")
        values = self.add_view(b"".join(encoded) or b"\0")
        return schema.Column(
            values=values, string_offsets=self.add_view(offsets.tobytes()), string_offset_type="UINT32"
        )

    def join(self, document: schema.Document) -> bytes:
        """Return the file; ``document`` gets the buffer, the views and the accessors."""
        document.buffers = [schema.Buffer(byte_length=self._size)]
        document.buffer_views, document.accessors = self.views, self.accessors
        text = msgspec.json.encode(document)
        text += b" " * (-len(text) % 4)
        padding = bytes(-self._size % 4)
        size = self._size + len(padding)
        total = _HEADER.size + 2 * _CHUNK.size + len(text) + size
        head = (_HEADER.pack(MAGIC, VERSION, total), _CHUNK.pack(len(text), JSON_CHUNK), text)
        return b"".join((*head, _CHUNK.pack(size, BINARY_CHUNK), *self._parts, padding))


class Glb:
    """A GLB file that has been taken apart.

    Attributes:
        document: its JSON chunk.
        binary: its binary chunk.
    """

    def __init__(self, data: bytes) -> None:
        """Check the frame of the file and the types of its JSON chunk.

        Raises:
            PackageError: says what is wrong.
        """
        text, self.binary = split_glb(data)
        self._spent = 0
        try:
            self.document = _DECODER.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise PackageError(
                _("the tile's JSON is not what a tile needs: {error}").format(error=error)
            ) from None

    def view(self, number: int) -> memoryview:
        """Return the bytes of a buffer view."""
        view = pick(self.document.buffer_views, number, "buffer view")
        end = view.byte_offset + view.byte_length
        if end > len(self.binary):
            raise PackageError(
                _("buffer view {number} ends at byte {end}, but the tile has {length} of data").format(
                    number=number, end=end, length=len(self.binary)
                )
            )
        return self.binary[view.byte_offset : end]

    def array(self, number: int, kind: type[Number], *, width: int) -> npt.NDArray[Number]:
        """Return an accessor as an (n,) or (n, width) view of the file.

        Raises:
            PackageError: another type, beyond its buffer view, or not finite.
        """
        accessor = pick(self.document.accessors, number, "accessor")
        if accessor.component_type != _COMPONENTS[kind] or _WIDTHS[accessor.type] != width:
            raise PackageError(
                _(
                    "accessor {number} should have {width} × component type {component}, but has "
                    "{found_type} of {found_component}"
                ).format(
                    number=number,
                    width=width,
                    component=_COMPONENTS[kind],
                    found_type=accessor.type,
                    found_component=accessor.component_type,
                )
            )
        data, dtype = self.view(accessor.buffer_view), np.dtype(kind)
        end = accessor.byte_offset + accessor.count * width * dtype.itemsize
        if end > len(data):
            raise PackageError(
                _("accessor {number} needs {end} bytes, but its buffer view has {length}").format(
                    number=number, end=end, length=len(data)
                )
            )
        array = np.frombuffer(data, dtype, accessor.count * width, accessor.byte_offset)
        if kind is np.float32 and not _is_finite(array):
            raise PackageError(_("accessor {number} holds numbers that are not finite").format(number=number))
        return array if width == 1 else array.reshape(-1, width)

    def spend(self, size: int) -> None:
        """Take note of positions and indices that a reader takes: together they are never more than the file.

        Raises:
            PackageError: they are, because the file names the same bytes many times over to fill the memory.
        """
        self._spent += size
        if self._spent > len(self.binary):
            raise PackageError(
                _("the tile names {size} bytes of positions and indices, but has only {length}").format(
                    size=self._spent, length=len(self.binary)
                )
            )

    def adjacent(self, numbers: list[int], kind: type[Number]) -> npt.NDArray[Number] | None:
        """Return checked accessors of width 1 as one (n,) view; None unless each follows the last."""
        accessors = [self.document.accessors[number] for number in numbers]
        size = np.dtype(kind).itemsize
        view, start = accessors[0].buffer_view, accessors[0].byte_offset
        end = start
        for accessor in accessors:
            if accessor.buffer_view != view or accessor.byte_offset != end:
                return None
            end += accessor.count * size
        return np.frombuffer(self.view(view), kind, (end - start) // size, start)


def _is_finite(array: Array) -> bool:
    """Whether no number is NaN or infinite: either would survive in the sum of all."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(array.sum()))


def raw_bytes(array: Array) -> memoryview:
    """Return the bytes of an array, without a copy when it is contiguous."""
    return np.ascontiguousarray(array).data.cast("B")


def pick(parts: list[T], number: int, noun: str) -> T:
    """Return ``parts[number]``.

    Raises:
        PackageError: there are not so many.
    """
    if number >= len(parts):
        raise PackageError(
            _("the tile refers to {noun} {number}, but has {count}").format(
                noun=noun, number=number, count=len(parts)
            )
        )
    return parts[number]


def split_glb(data: bytes, *, json_bytes: int = MAX_JSON_BYTES) -> tuple[memoryview, memoryview]:
    """Return the JSON chunk, of at most ``json_bytes``, and the binary chunk (empty when there is none).

    Raises:
        PackageError: the header or a chunk does not fit the file.
    """
    if len(data) < _HEADER.size + _CHUNK.size:
        raise PackageError(
            _("a GLB has at least {least} bytes, but this one has {length}").format(
                least=_HEADER.size + _CHUNK.size, length=len(data)
            )
        )
    magic, version, total = _HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise PackageError(
            _(
                "a GLB starts with {expected!r} version {version}, but this starts with {found!r} "
                "version {found_version}"
            ).format(expected=MAGIC, version=VERSION, found=magic, found_version=version)
        )
    if total != len(data):
        raise PackageError(
            _("the GLB's header says {total} bytes, but it has {length}").format(
                total=total, length=len(data)
            )
        )
    whole = memoryview(data)
    text = _chunk(whole, _HEADER.size, JSON_CHUNK)
    if len(text) > json_bytes:
        raise PackageError(
            _("the GLB's JSON may have {most} bytes, but has {length}").format(
                most=json_bytes, length=len(text)
            )
        )
    after = _HEADER.size + _CHUNK.size + len(text)
    return text, _chunk(whole, after, BINARY_CHUNK) if after < len(data) else whole[:0]


def _chunk(data: memoryview, offset: int, kind: int) -> memoryview:
    if offset + _CHUNK.size > len(data):
        raise PackageError(
            _("the GLB ends in the middle of a chunk header at byte {offset}").format(offset=offset)
        )
    size, found = _CHUNK.unpack_from(data, offset)
    start = offset + _CHUNK.size
    if found != kind or start + size > len(data):
        raise PackageError(
            _(
                "the chunk at byte {offset} should be of type {kind} and end within {length} bytes, "
                "but is of type {found} and has {size} bytes"
            ).format(offset=offset, kind=f"{kind:#x}", length=len(data), found=f"{found:#x}", size=size)
        )
    return data[start : start + size]
