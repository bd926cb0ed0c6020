"""One file to send for one model: the file itself, or an archive of it and of all that it names.

Formats that refer to other files (glTF, OBJ, COLLADA, SDF, PLY, scene files) are searched for the names of
files, and so is what is found. Only what lies below the model's own folder is taken, and pictures and meshes
from a few folders above it: a model that comes from a stranger cannot send one's private files along.
"""

from __future__ import annotations

import mmap
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from walkdown.errors import BadInput
from walkdown.i18n import _

FILES_MAX = 5000
SIZE_MAX_BYTES = 4 << 30
SEARCHED_BYTES = 64 << 20
"""How far a file is searched for names."""

LEVELS_UP_MAX = 3
COPY_BYTES = 1 << 20
MANIFEST = "manifest.json"
PACKAGE_SUFFIX = ".wdp"
MODEL_CONFIG = "model.config"

_GLTF = re.compile(rb'"uri"\s*:\s*"(?!data:)([^"\\]{1,1000})"')
_LIBRARY = re.compile(rb"^[ \t]*mtllib[ \t]+([^\r\n]{1,1000})", re.MULTILINE)
_MAP = re.compile(rb"^[ \t]*(?:map_\w+|bump|disp|decal|refl|norm)[ \t]+([^\r\n]{1,1000})", re.MULTILINE)
_TEXTURE = re.compile(rb"^comment TextureFile[ \t]+([^\r\n]{1,1000})", re.MULTILINE)
_ELEMENT = re.compile(rb">\s*([^<>\s][^<>]{0,1000}?)\s*</")
_QUOTED = re.compile(rb"[\"']([^\"'\r\n]{1,1000})[\"']")

NAMES_IN: dict[str, re.Pattern[bytes]] = {
    ".gltf": _GLTF,
    ".obj": _LIBRARY,
    ".mtl": _MAP,
    ".ply": _TEXTURE,
    ".dae": _ELEMENT,
    ".sdf": _ELEMENT,
    ".world": _ELEMENT,
    ".config": _ELEMENT,
    ".toml": _QUOTED,
}
"""Where the names of other files stand in a file, by its ending."""

PICTURES = {".png", ".jpg", ".jpeg", ".tga", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".dds", ".ktx2"}
MESHES = {".bin", ".dae", ".glb", ".gltf", ".ifc", ".json", ".mtl", ".obj", ".ply", ".sdf", ".stl", ".3mf"}
FROM_ABOVE = PICTURES | MESHES | {".material", ".config", ".world", ".city", ".jsonl"}


@dataclass(slots=True)
class Bundle:
    """What is sent for one model.

    Attributes:
        source: the bytes to be sent. name: what the server is told they are called.
        main: which file of an archive is the model, "" for a file that is sent as it is.
        missing: what the model names and nobody finds.
    """

    source: Path
    name: str
    main: str = ""
    missing: list[str] = field(default_factory=list)
    is_temporary: bool = False

    def close(self) -> None:
        """Remove an archive that was made for the way."""
        if self.is_temporary:
            self.source.unlink(missing_ok=True)


def make_bundle(path: Path, *, on_bytes: Callable[[int], None] = lambda count: None) -> Bundle:
    """Collect what belongs to a model file, a package or a simulator's model folder.

    Args:
        on_bytes: told after each piece how many bytes were packed; may raise to stop.

    Raises:
        BadInput: there is no such file, it is empty, or it and what it names are too much.
    """
    check_there(path)
    if path.is_dir():
        return _bundle_of_folder(path, on_bytes)
    if not path.stat().st_size:
        raise BadInput(_("{name} is empty; expected a model file").format(name=path.name))
    found = _Search(path.parent.resolve())
    found.take(path.resolve())
    if len(found.files) == 1:
        _check_size(path.name, [path])
        return Bundle(path, path.name, missing=found.missing)
    return _packed(found, path.resolve(), on_bytes)


def check_there(path: Path) -> None:
    """Check that there is something to send.

    Raises:
        BadInput: there is not.
    """
    if not path.exists():
        raise BadInput(_("expected a file, but there is none at {path}").format(path=path))


def _bundle_of_folder(path: Path, on_bytes: Callable[[int], None]) -> Bundle:
    found = _Search(path.resolve())
    if (path / MANIFEST).is_file():
        found.take_all(path.resolve())
        return _archive(found.files, path.resolve(), path.name + PACKAGE_SUFFIX, on_bytes)
    if (path / MODEL_CONFIG).is_file():
        main = next(iter(sorted(path.resolve().glob("*.sdf"))), None)
        if main is not None:
            found.take_all(path.resolve())
            return _packed(found, main, on_bytes)
    raise BadInput(
        _("{name} is a folder; expected a model file, a package or a folder with {config}").format(
            name=path.name, config=MODEL_CONFIG
        )
    )


def _packed(found: _Search, main: Path, on_bytes: Callable[[int], None]) -> Bundle:
    root = Path(os.path.commonpath([file.parent for file in found.files]))
    bundle = _archive(found.files, root, main.stem + ".zip", on_bytes)
    bundle.main, bundle.missing = main.relative_to(root).as_posix(), found.missing
    return bundle


def _archive(files: list[Path], root: Path, name: str, on_bytes: Callable[[int], None]) -> Bundle:  # noqa: PLR0917
    _check_size(name, files)
    handle, made = tempfile.mkstemp(prefix="walkdown-", suffix=Path(name).suffix)
    bundle = Bundle(Path(made), name, is_temporary=True)
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(files):
                _add(archive, path, path.relative_to(root).as_posix(), on_bytes=on_bytes)
    except BaseException:
        bundle.close()
        raise
    return bundle


def _add(archive: zipfile.ZipFile, path: Path, name: str, *, on_bytes: Callable[[int], None]) -> None:
    """Store a file under its name alone, so that equal folders make equal archives."""
    entry = zipfile.ZipInfo(name)
    entry.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(entry, "w", force_zip64=entry.file_size > 1 << 31) as target:
        while piece := source.read(COPY_BYTES):
            target.write(piece)
            on_bytes(len(piece))


def _check_size(name: str, files: list[Path]) -> None:
    size = sum(path.stat().st_size for path in files)
    if size > SIZE_MAX_BYTES:
        raise BadInput(
            _("{name} and what it names have {size} bytes; at most {limit} can be sent").format(
                name=name, size=size, limit=SIZE_MAX_BYTES
            )
        )


class _Search:
    """Follows names from file to file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.files: list[Path] = []
        self._seen: set[Path] = set()
        self.missing: list[str] = []

    def take_all(self, folder: Path) -> None:
        """Take every file below a folder."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.take(path)

    def take(self, first: Path) -> None:
        """Take a file and what it names."""
        waiting = [first]
        while waiting:
            path = waiting.pop()
            if path in self._seen:
                continue
            if len(self.files) >= FILES_MAX:
                raise BadInput(
                    _("{name} names more than {limit} files").format(name=first.name, limit=FILES_MAX)
                )
            self._seen.add(path)
            self.files.append(path)
            waiting += [named for name in names_in(path) for named in self._resolve(name, path)]

    def _resolve(self, name: str, inside: Path) -> list[Path]:
        """Return the files that a name in a file means; note the name when there are none."""
        for place in _places(name, inside, self._folder):
            found = [path for path in _files_at(place) if self._is_allowed(path)]
            if found:
                return found
        if _is_file_name(name) and name not in self.missing:
            self.missing.append(name)
        return []

    def _is_allowed(self, path: Path) -> bool:
        if path.is_relative_to(self._folder):
            return True
        above = self._folder.parents[min(LEVELS_UP_MAX, len(self._folder.parents)) - 1]
        return path.is_relative_to(above) and path.suffix.lower() in FROM_ABOVE


def names_in(path: Path) -> list[str]:
    """Return what a file of a known kind names, each once, in order."""
    pattern = NAMES_IN.get(path.suffix.lower())
    if pattern is None or not path.stat().st_size:
        return []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = [match[1] for match in pattern.finditer(data, 0, min(len(data), SEARCHED_BYTES))]
    names = (unquote(name.decode("utf-8", "replace").strip()) for name in dict.fromkeys(found))
    return [name for name in names if (name and "://" not in name) or _local(name)]


def _local(name: str) -> bool:
    return name.startswith(("model://", "file://", "package://"))


def _is_file_name(name: str) -> bool:
    """Tell whether a text can only mean a file, and is worth a word when that is not there."""
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    return suffix in PICTURES | MESHES or name.startswith("model://")


def _places(name: str, inside: Path, folder: Path) -> Iterator[Path]:
    """Yield where a name may lead, the likeliest place first."""
    plain = name.replace("\\", "/")
    scheme, _colon, rest = plain.rpartition("://")
    if scheme in ("model", "package"):
        for above in (folder, *list(folder.parents)[:LEVELS_UP_MAX]):
            yield from (above / rest, above / "models" / rest)
        yield folder / PurePosixPath(*PurePosixPath(rest).parts[1:])
        return
    words = rest.lstrip("/").split() if scheme else plain.split()
    for first in range(len(words)):  # options stand before the name, and names may have spaces
        tail = " ".join(words[first:])
        yield inside.parent / tail
        yield inside.parent / PurePosixPath(tail).name


def _files_at(place: Path) -> list[Path]:
    """Return the file that is there, or the files of the folder that is there; nothing else."""
    try:
        path = place.resolve()
        if path.is_file():
            return [path]
        return [found.resolve() for found in _members(path)] if path.is_dir() else []
    except (OSError, ValueError):
        return []


def _members(folder: Path) -> list[Path]:
    """Return what is taken of a folder: all of a simulator's model or its materials, nothing of others."""
    if (folder / MODEL_CONFIG).is_file() or folder.name in ("scripts", "textures", "materials"):
        return [path for path in sorted(folder.rglob("*")) if path.is_file()][:FILES_MAX]
    return []
