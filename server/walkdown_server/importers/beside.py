"""Files that another file refers to: found beside it, and never anywhere else."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

USUAL_FOLDERS = ("", "textures", "Textures", "images", "maps", "materials/textures", "materials")
MAX_NAME = 1000


def find_file(reference: str, folder: Path, further: Sequence[Path] = ()) -> Path | None:
    """Return the file that is meant by a reference, or None.

    A relative path is followed within ``folder`` and the further folders, upper and lower case alike.
    What leads elsewhere (an absolute path of the author's computer, an address) stands for its file name,
    which is then looked for in the folder and where textures usually lie.
    """
    wanted = _plain(reference)
    if wanted is None:
        return None
    roots = [folder.resolve(), *(place.resolve() for place in further)]
    for candidate in _candidates(wanted, roots):
        found = _in_any_case(candidate)
        if found is not None and any(found.resolve().is_relative_to(root) for root in roots):
            return found
    return None


def _plain(reference: str) -> PurePosixPath | None:
    text = reference.strip().strip('"')
    if "://" in text[:12] or text.startswith("file:"):
        text = urllib.parse.urlparse(text).path
    text = text.replace("\\", "/")
    if not text or "\0" in text or len(text) > MAX_NAME:
        return None
    return PurePosixPath(text)


def _candidates(wanted: PurePosixPath, roots: Sequence[Path]) -> Iterator[Path]:
    names = [wanted, PurePosixPath(urllib.parse.unquote(str(wanted)))]
    for name in dict.fromkeys(names):
        if not name.is_absolute() and ":" not in name.parts[0]:
            yield Path(_without_dots(roots[0], name))
        for root in roots:
            for usual in USUAL_FOLDERS:
                yield root / usual / name.name


def _without_dots(folder: Path, name: PurePosixPath) -> Path:
    """Return the path that a relative name leads to, by its words alone."""
    path = folder
    for part in name.parts:
        path = path.parent if part == ".." else path / part
    return path


def _in_any_case(path: Path) -> Path | None:
    """Return the file at a path, or one beside it whose name differs in case only."""
    try:
        if path.is_file():
            return path
        same = [entry for entry in path.parent.iterdir() if entry.name.lower() == path.name.lower()]
    except OSError:
        return None
    return next((entry for entry in sorted(same) if entry.is_file()), None)
