"""How long an import may take when nobody says so: as long as files of that size honestly need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from walkdown_server.importers.formats import ZIP_SUFFIXES, is_model_folder
from walkdown_server.importers.job import LONGEST_SECS, JobFile

LEAST_SECS = 10
"""A small file that takes longer multiplies itself: it is damaged or hostile."""

SECS_PER_MEGABYTE = 20
"""Several times what the slowest honest file of the formats takes, an IFC file full of openings."""

PACKED_SUFFIXES = (*ZIP_SUFFIXES, ".3mf", ".3dxml", ".ifczip")
PACKED_FACTOR = 10
"""Text that is packed grows by about so much."""

ALONE_SUFFIXES = (".glb", ".ifc", ".stl", ".off", ".xaml")
MAX_FILES = 10_000


def secs_for(files: Iterable[JobFile]) -> int:
    """Return the seconds that reading may take: ten, and twenty more for each megabyte that may be read."""
    size = sum(map(_size_of, files))
    return min(LEAST_SECS + round(size / 1e6 * SECS_PER_MEGABYTE), LONGEST_SECS)


def _size_of(file: JobFile) -> int:
    """Return the bytes of a file and of those beside it to which it may refer."""
    path = Path(file.path)
    suffix = path.suffix.lower()
    if suffix in PACKED_SUFFIXES:
        return _bytes_of(path) * PACKED_FACTOR
    if suffix in ALONE_SUFFIXES:
        return _bytes_of(path)
    folders = [path if is_model_folder(path) else path.parent, *map(Path, file.folders)]
    return sum(map(_bytes_of, islice(_below(folders), MAX_FILES)))


def _below(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from folder.rglob("*")


def _bytes_of(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
