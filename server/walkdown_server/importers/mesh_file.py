"""What readers of plain meshes share: bounded reading, and the unit and axes that such files do not say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.model_options import UNITS
from walkdown_server.importers.assembly import nothing_to_draw
from walkdown_server.importers.frame import F64, site_from_file
from walkdown_server.importers.report import Note
from walkdown_server.importers.task import ReadTask
from walkdown_server.importers.units import UnitMissing

MAX_FILE_BYTES = 4 << 30

UNIT_SAID = mark("{file} says that it counts in {unit}.")
AXES_ASSUMED = mark("{file}: {up} is taken to point up, as is usual for {format}; --up says otherwise.")


def read_bytes(path: Path) -> bytes:
    """Return all of a file.

    Raises:
        ImportFailed: it is missing, empty or too large.
    """
    size = path.stat().st_size if path.is_file() else 0
    if not size:
        raise ImportFailed(_("the file is empty") if path.is_file() else _("there is no such file"))
    if size > MAX_FILE_BYTES:
        raise ImportFailed(
            _("a file may have {limit} bytes, but this one has {size}").format(
                limit=MAX_FILE_BYTES, size=size
            )
        )
    return path.read_bytes()


def source_of(task: ReadTask, data: bytes, schema: str) -> dict[str, str]:
    """Return what the package says about a file that it was made of."""
    return {"file": task.path.name, "sha256": hashlib.sha256(data).hexdigest(), "schema": schema}


def frame_of_mesh(
    task: ReadTask, points: Iterable[npt.NDArray[Any]], *, up: str, words: str, unit: str | None = None
) -> F64:
    """Return the (4, 4) site_from_file of a format that has no unit and no axes, and report what was assumed.

    Args:
        task: whose options win.
        points: (n, 3) arrays of all that is there, for the size that is asked about.
        up: which axis usually points up in files of this kind. words: what they are called.
        unit: name of the unit that a comment mentions, or None.

    Raises:
        UnitMissing: nothing says in which unit the file counts.
    """
    if task.options.unit is None and unit is None:
        raise UnitMissing(task.path.name, _size(points, task))
    name = task.path.name
    if task.options.unit is None and unit is not None:
        task.report.note(Note(UNIT_SAID, {"file": name, "unit": unit}))
    if task.options.up is None:
        task.report.note(Note(AXES_ASSUMED, {"file": name, "up": up, "format": words}))
    return site_from_file(task.options, unit=UNITS[unit or "m"], up=up)


def _size(points: Iterable[npt.NDArray[Any]], task: ReadTask) -> tuple[float, float, float]:
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for some in points:
        finite = some[np.isfinite(some).all(1)]
        if len(finite):
            low, high = np.minimum(low, finite.min(0)), np.maximum(high, finite.max(0))
    if not (low <= high).all():
        raise nothing_to_draw(task)
    x, y, z = (high - low).tolist()
    return (x, y, z)
