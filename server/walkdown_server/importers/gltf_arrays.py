"""Accessors of a foreign glTF file as arrays: strides, sparse values and normalised integers included.

What an accessor asks for is compared with what there is before any memory is taken, so that a file of a
few bytes cannot ask for gigabytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown_server.importers.gltf_file import GltfFile, pick
from walkdown_server.importers.gltf_schema import COMPONENTS, WIDTHS, Accessor, Sparse

MAX_SPARSE_COUNT = 10_000_000
"""Values that an accessor without a buffer view may have: they are zeros that the file does not hold."""

FULL_SCALE = {"i1": 127.0, "u1": 255.0, "<i2": 32767.0, "<u2": 65535.0}

Array = npt.NDArray[Any]


def read_array(file: GltfFile, number: int) -> Array:
    """Return an accessor as (n, width), or (n,) for scalars; float32 when its integers are normalised.

    Raises:
        ImportFailed: it asks for more than there is.
    """
    accessor = pick(file.document.accessors, number, "accessor")
    code, width = COMPONENTS[accessor.component_type], WIDTHS[accessor.type]
    array = _base(file, f"accessor {number}", accessor)
    if accessor.sparse is not None:
        array = _replace(file, f"accessor {number}", accessor.sparse, array=array)
    if accessor.normalized and code in FULL_SCALE:
        array = np.maximum(array.astype(np.float32) / np.float32(FULL_SCALE[code]), np.float32(-1))
    return array if width > 1 else array.reshape(-1)


def _base(file: GltfFile, where: str, accessor: Accessor) -> Array:
    """Return (count, width) values without the sparse ones."""
    dtype, width = np.dtype(COMPONENTS[accessor.component_type]), WIDTHS[accessor.type]
    if accessor.buffer_view is None:
        if accessor.sparse is None or accessor.count > MAX_SPARSE_COUNT:
            raise ImportFailed(
                _("{where} asks for {count} values, but the file has none of them").format(
                    where=where, count=accessor.count
                )
            )
        return np.zeros((accessor.count, width), dtype)
    stride = pick(file.document.buffer_views, accessor.buffer_view, "buffer view").byte_stride
    layout = _Layout(dtype, accessor.count, width, accessor.byte_offset, stride)
    return _strided(file.view(accessor.buffer_view), layout, where=where)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How (count, width) values lie in bytes."""

    dtype: np.dtype[Any]
    count: int
    width: int
    offset: int
    stride: int | None = None


def _strided(data: memoryview, layout: _Layout, *, where: str) -> Array:
    row = layout.width * layout.dtype.itemsize
    step = row if layout.stride is None else layout.stride
    end = layout.offset + (layout.count - 1) * step + row
    if end > len(data) or step < row:
        raise ImportFailed(
            _(
                "{where} asks for {count} values ({needed} bytes), but its buffer view "
                "has {found} bytes: the file is cut off, damaged or hostile"
            ).format(where=where, count=layout.count, needed=end, found=len(data))
        )
    whole = np.frombuffer(data, np.uint8)[layout.offset : end]
    rows = np.lib.stride_tricks.as_strided(whole, (layout.count, row), (step, 1), writeable=False)
    return np.ascontiguousarray(rows).view(layout.dtype)


def _replace(file: GltfFile, where: str, sparse: Sparse, *, array: Array) -> Array:
    """Return the array with some values replaced, as a sparse accessor says."""
    where = _("the sparse part of {where}").format(where=where)
    indices, values = sparse.indices, sparse.values
    index_layout = _Layout(np.dtype(COMPONENTS[indices.component_type]), sparse.count, 1, indices.byte_offset)
    value_layout = _Layout(array.dtype, sparse.count, array.shape[1], values.byte_offset)
    rows = _strided(file.view(indices.buffer_view), index_layout, where=where)[:, 0]
    new = _strided(file.view(values.buffer_view), value_layout, where=where)
    if rows.max() >= len(array):
        raise ImportFailed(
            _("{where} replaces value {number}, but there are {count}").format(
                where=where, number=rows.max(), count=len(array)
            )
        )
    out = array.copy()
    out[rows] = new
    return out
