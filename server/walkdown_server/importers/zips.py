"""Zip files from strangers: every entry is checked before one is opened, and nothing is written outside."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown_server.importers.formats import ZIP_SUFFIXES, Format, format_of, is_model_folder

MAX_ENTRIES = 20_000
MAX_TOTAL_BYTES = 4 << 30
MAX_RATIO = 200
"""A zip of text packs to a twentieth, one of noughts to a thousandth."""

MAX_DEPTH, MAX_NAME_BYTES = 64, 255
FREE_BYTES = 64 << 20
"""So much may come out of any zip, however well it is packed."""

READABLE_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
SKIPPED = ("__MACOSX/", ".DS_Store", "Thumbs.db")
NESTED = (".zip", ".7z", ".rar", ".gz", ".tar", ".bz2", ".xz")


def check_archive(archive: zipfile.ZipFile, *, size: int) -> None:
    """Check all entries.

    Args:
        archive: opened. size: bytes of the file itself.

    Raises:
        ImportFailed: it has too many, too large or encrypted entries, links, or paths that lead outside.
    """
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ImportFailed(
            _("a zip file may hold {limit} files, but this one holds {count}").format(
                limit=MAX_ENTRIES, count=len(entries)
            )
        )
    for entry in entries:
        _check_entry(entry)
    total = sum(entry.file_size for entry in entries)
    limit = min(MAX_TOTAL_BYTES, max(FREE_BYTES, MAX_RATIO * size))
    if total > limit:
        raise ImportFailed(
            _(
                "the zip file of {size} bytes would unpack to {total}; {limit} are allowed: it is a bomb"
            ).format(size=size, total=total, limit=limit)
        )


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts or ":" in parts[0] or "\0" in name:
        raise ImportFailed(_("the zip file holds {name!r}, which leads out of it").format(name=name[:200]))
    if len(parts) > MAX_DEPTH or max(len(part.encode()) for part in parts) > MAX_NAME_BYTES:
        raise ImportFailed(
            _("the zip file holds {name!r}…, whose name is too long or too deep").format(name=name[:50])
        )
    if entry.flag_bits & 1:
        raise ImportFailed(_("the zip file is encrypted: unpack it and give the model itself"))
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ImportFailed(
            _("the zip file holds {name!r}, which is a link and no file").format(name=name[:200])
        )
    if entry.compress_type not in READABLE_METHODS:
        raise ImportFailed(_("the zip file is packed in a way that cannot be read: pack it with 'deflate'"))


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the bytes of one checked entry; not one more than it says."""
    with archive.open(entry) as stream:
        data = stream.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise ImportFailed(
            _("the zip entry {name!r} has another size than it says").format(name=entry.filename[:200])
        )
    return data


def unpack(path: Path, folder: Path) -> list[Path]:
    """Unpack a zip file into a folder and return its files.

    Raises:
        ImportFailed: it is none, is not sound, or holds what it should not.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            check_archive(archive, size=path.stat().st_size)
            return [
                _unpack_entry(archive, entry, folder)
                for entry in archive.infolist()
                if not entry.is_dir() and not any(skipped in entry.filename for skipped in SKIPPED)
            ]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, zlib.error) as error:
        raise ImportFailed(_("the zip file is damaged: {reason}").format(reason=error)) from None


def _unpack_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> Path:
    target = folder.joinpath(*PurePosixPath(entry.filename.replace("\\", "/")).parts)
    if target.exists() or not target.resolve().is_relative_to(folder.resolve()):
        raise ImportFailed(_("the zip file holds {name!r} twice").format(name=entry.filename[:200]))
    data = read_entry(archive, entry)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    except OSError as error:
        raise ImportFailed(
            _("the zip file holds {name!r}, which cannot be unpacked: {reason}").format(
                name=entry.filename[:200], reason=error.strerror
            )
        ) from None
    return target


def choose_model(files: list[Path], folder: Path, main: str) -> tuple[Path, Format]:
    """Return which unpacked file is the model, and its kind.

    Args:
        files: of the zip, in ``folder``. main: path in the zip that the person named, or "".

    Raises:
        ImportFailed: none is, or several are and none was named; names them.
    """
    if main:
        wanted = folder.joinpath(*PurePosixPath(main.replace("\\", "/")).parts)
        if wanted not in files:
            raise ImportFailed(_("the zip file does not hold {name!r}").format(name=main[:200]))
        return wanted, format_of(wanted)
    models = [(path, kind) for path in files if (kind := _kind_of(path)) is not None]
    if not models:
        nested = next((path.name for path in files if path.suffix.lower() in NESTED), None)
        if nested is not None:
            raise ImportFailed(
                _("the zip file holds {name!r}, but a zip in a zip is not opened").format(name=nested[:200])
            )
        raise ImportFailed(_("the zip file holds no model that can be imported"))
    best = _top_level(models, folder)
    if len(best) > 1:
        names = ", ".join(sorted(path.relative_to(folder).as_posix() for path, _kind in best)[:8])
        raise ImportFailed(
            _("the zip file holds several models ({names}): name one, for instance --main {first}").format(
                names=names, first=names.split(",")[0]
            )
        )
    return best[0]


def _kind_of(path: Path) -> Format | None:
    if path.suffix.lower() in ZIP_SUFFIXES:
        return None
    try:
        return format_of(path)
    except ImportFailed:
        return None


def _top_level(models: list[tuple[Path, Format]], folder: Path) -> list[tuple[Path, Format]]:
    """Return the models that are not parts of others: worlds before meshes, then those least deep."""
    worlds = [(path, kind) for path, kind in models if path.suffix.lower() == ".world"]
    if worlds:
        return worlds
    scenes = [(path, kind) for path, kind in models if path.suffix.lower() == ".sdf"]
    if len(scenes) == 1 or any(is_model_folder(path.parent) for path, _kind in scenes):
        return scenes
    depth = min(len(path.parts) for path, _kind in models)
    return [(path, kind) for path, kind in models if len(path.parts) == depth]
