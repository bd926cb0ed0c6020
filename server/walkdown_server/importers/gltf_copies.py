"""Copies of a node's mesh: EXT_mesh_gpu_instancing, or just the node itself."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown_server.importers import gltf_schema as schema
from walkdown_server.importers.gltf_arrays import read_array
from walkdown_server.importers.gltf_file import GltfFile
from walkdown_server.importers.placement import F64, trs_matrices, z_up

EXTENSION = "EXT_mesh_gpu_instancing"
MAX_COPIES = 1_000_000

_DEFAULTS = {"TRANSLATION": (0.0, 0.0, 0.0), "ROTATION": (0.0, 0.0, 0.0, 1.0), "SCALE": (1.0, 1.0, 1.0)}


class _Instancing(schema.Part, kw_only=True):
    attributes: dict[str, schema.Index]


def copy_matrices(file: GltfFile, node: schema.Node) -> F64:
    """Return (k, 4, 4) node from copy, Z up on both sides; the identity for a node without copies.

    Raises:
        ImportFailed: the copies are damaged or too many.
    """
    if EXTENSION not in node.extensions:
        return np.eye(4)[None]
    try:
        attributes = msgspec.convert(node.extensions[EXTENSION], _Instancing).attributes
    except msgspec.ValidationError as error:
        raise ImportFailed(
            _("the node {name!r} has a wrong {extension}: {reason}").format(
                name=node.name[:100], extension=EXTENSION, reason=error
            )
        ) from None
    given = {name: read_array(file, attributes[name]) for name in _DEFAULTS if name in attributes}
    counts = {len(array) for array in given.values()}
    if len(counts) != 1 or max(counts) > MAX_COPIES:
        raise ImportFailed(
            _(
                "the node {name!r} should have equally many places, turns and sizes of its copies, "
                "at most {limit}, but has {counts}"
            ).format(name=node.name[:100], limit=MAX_COPIES, counts=sorted(counts) or _("none"))
        )
    count = counts.pop()
    places, turns, sizes = (_column(given.get(name), _DEFAULTS[name], count=count) for name in _DEFAULTS)
    return z_up(trs_matrices(places, turns, sizes))


def _column(array: npt.NDArray[Any] | None, default: tuple[float, ...], *, count: int) -> F64:
    if array is None:
        return np.tile(np.array([default]), (count, 1))
    if array.shape != (count, len(default)) or not np.isfinite(array).all():
        raise ImportFailed(
            _("the copies of a node should be placed by {count} finite numbers each").format(
                count=len(default)
            )
        )
    return array.astype(np.float64)
