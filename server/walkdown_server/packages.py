"""The model store: everything that clients fetch by hash.

A blob is bytes in memory or a piece of a file; its name is its sha256 and nothing else, so that no request
can name a path. Packages are folders or the same as a stored zip (``.wdp``); their files are served from
where they lie. Clients check every hash; here the sizes are checked.
"""

from __future__ import annotations

import hashlib
import logging
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

import msgspec

from walkdown import messages
from walkdown.errors import PackageError
from walkdown.i18n import _
from walkdown.messages import IN_PLACE, PackageRef, Placement
from walkdown.package import (
    MANIFEST_PATH,
    ElementTable,
    Manifest,
    parse_manifest,
    read_edges,
    read_elements,
    read_joints,
)
from walkdown_server.placing import Georeferenced, where_coordinates_say

ZSTD_MEDIA = "application/zstd"
MODEL_NAME_SIZE = 190
PASSING_KEPT, PASSING_BYTES = 16, 32 << 20
"""Snapshots and answers can be fetched until so many others, of so many bytes, have come.

A client fetches its own at once.
"""

DIRECTORY_SIZE_MAX = 32 << 20
DAMAGED_ZIP = (NotImplementedError, ValueError, IndexError, OverflowError, EOFError, struct.error)
"""What Python's zip reader raises, besides its own error, for a directory that makes no sense."""

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_END = struct.Struct("<12xI6x")
_END_64 = struct.Struct("<40xQ")
_END_64_WITH_LOCATOR = 76
_TAIL_SIZE = (1 << 16) + _END.size + _END_64_WITH_LOCATOR

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that can be fetched: ``data``, or ``size`` bytes of ``path`` from ``offset``."""

    size: int
    media: str
    data: bytes | None = None
    path: Path | None = None
    offset: int = 0

    def read(self) -> bytes:
        """Return all of it."""
        if self.path is None:
            return self.data or b""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.size)


class BlobStore:
    """Blobs by sha256."""

    def __init__(self) -> None:
        self._blobs: dict[str, Blob] = {}
        self._passing: OrderedDict[str, Blob] = OrderedDict()
        self._passing_bytes = 0

    def find(self, sha256: str) -> Blob | None:
        """Return a blob, None when there is none."""
        return self._blobs.get(sha256) or self._passing.get(sha256)

    def put(self, data: bytes, *, media: str, passing: bool = False) -> messages.Blob:
        """Store bytes; passing ones only until others have come, see :data:`PASSING_KEPT`.

        They are copied: what comes out of a compressor has all the memory that it might have needed.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        blob = Blob(len(data), media, bytes(memoryview(data)))
        if passing:
            self._pass_on(sha256, blob)
        else:
            self._blobs[sha256] = blob
        return messages.Blob(sha256, len(data))

    def _pass_on(self, sha256: str, blob: Blob) -> None:
        passing = self._passing
        self._passing_bytes += blob.size if sha256 not in passing else 0
        passing[sha256] = blob
        passing.move_to_end(sha256)
        while len(passing) > PASSING_KEPT and self._passing_bytes > PASSING_BYTES:
            self._passing_bytes -= passing.popitem(last=False)[1].size

    def serve(self, sha256: str, blob: Blob) -> None:
        """Serve what has this hash from where it lies."""
        self._blobs[sha256] = blob

    def withdraw(self, sha256: str) -> None:
        """Serve something no more."""
        self._blobs.pop(sha256, None)

    def add(self, package: Package) -> None:
        """Serve all files of a package."""
        self.put(package.manifest_bytes, media="application/json")
        for path, info in package.manifest.blobs.items():
            self._blobs[info.sha256] = package.files[path]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Package:
    """An open package.

    Attributes:
        manifest: checked. manifest_bytes: as they lie in the package. files: path to blob.
        joint_count: how many joints it has.
    """

    manifest: Manifest
    manifest_bytes: bytes
    files: Mapping[str, Blob]
    joint_count: int

    def georeferenced(self, placement: Placement = IN_PLACE) -> Georeferenced:
        """Return its coordinates, for a model that stands so."""
        manifest = self.manifest
        return Georeferenced(manifest.name, manifest.epsg, manifest.origin, placement)

    def read(self, path: str) -> bytes:
        """Return one file.

        Raises:
            PackageError: the package does not have it.
        """
        if path not in self.files:
            text = _("the package {name!r} refers to {path!r}, which it does not have")
            raise PackageError(text.format(name=self.manifest.name, path=path[:200]))
        return self.files[path].read()

    def elements(self) -> ElementTable:
        """Return its element table."""
        return read_elements(self.manifest, self.read)

    def edges(self) -> tuple[tuple[int, int, str], ...]:
        """Return its edges: (from row, to row, kind)."""
        return read_edges(self.manifest, self.read)

    def joint_keys(self) -> tuple[str, ...]:
        """Return the keys of its joints, in order."""
        return tuple(joint.key for joint in read_joints(self.manifest, self.read))


def open_package(path: Path) -> Package:
    """Open a package folder or a ``.wdp`` file.

    Raises:
        PackageError: it is none, or a file is missing or has the wrong size; names it.
    """
    try:
        if path.is_dir():
            return _checked(path, _folder_files(path))
        _check_directory(path)
        with zipfile.ZipFile(path) as archive:
            return _checked(path, _zip_files(path, archive))
    except FileNotFoundError as error:
        text = _("{path} does not exist; give a package folder or a .wdp file")
        raise PackageError(text.format(path=path)) from error
    except (OSError, zipfile.BadZipFile, *DAMAGED_ZIP) as error:
        text = _("{path} is not a package ({reason}); make one with: walkdown import")
        raise PackageError(text.format(path=path, reason=error)) from error


class OpenPackages:
    """Packages on disk that several sessions of a process show: each is opened once, while one shows it."""

    def __init__(self) -> None:
        self._packages: WeakValueDictionary[tuple[Path, int, int], Package] = WeakValueDictionary()

    def open(self, path: Path) -> Package:
        """Open a package folder or a ``.wdp`` file, or return it as it is open already.

        Raises:
            PackageError: as :func:`open_package` does.
        """
        named = path / MANIFEST_PATH if path.is_dir() else path
        try:
            state = named.stat()
        except OSError:
            return open_package(path)  # which says what is wrong
        key = named.resolve(), state.st_mtime_ns, state.st_size
        package = self._packages.get(key)
        if package is None:
            package = self._packages[key] = open_package(path)
        return package


def package_of_bytes(files: Mapping[str, bytes]) -> Package:
    """Open a package that is in memory, as ``write_package`` returns it."""
    blobs = {path: Blob(len(data), "application/octet-stream", data) for path, data in files.items()}
    return _checked(Path("memory"), blobs)


def package_refs(packages: Sequence[Package], store: BlobStore) -> tuple[PackageRef, ...]:
    """Put packages into the store and give each its drawn elements and joints, one after the other.

    Each is a model called like its package; one with coordinates stands to the others as they say.
    """
    refs: list[PackageRef] = []
    standing: list[Georeferenced] = []
    base = joint_base = 0
    for package, model in zip(packages, model_names(packages), strict=True):
        store.add(package)
        placement, sentence = where_coordinates_say(package.georeferenced(), standing)
        if sentence:
            _log.warning("%s: %s", package.manifest.name, sentence)
        standing.append(package.georeferenced(placement))
        ref = package_ref(package, model=model)
        refs.append(
            msgspec.structs.replace(
                ref,
                base=base,
                joint_base=joint_base,
                joint_count=package.joint_count,
                placement=placement,
            )
        )
        base += package.manifest.element_count
        joint_base += package.joint_count
    return tuple(refs)


def model_names(packages: Sequence[Package]) -> list[str]:
    """Return the ids of the models that packages of the start are: their names, with numbers if equal."""
    names: list[str] = []
    for package in packages:
        names.append(_free_name(package.manifest.name, names))
    return names


def package_ref(package: Package, *, model: str = "", things: messages.Blob | None = None) -> PackageRef:
    """Return how a package is referred to, before it is drawn anywhere: without a base and in place."""
    manifest = package.manifest
    sha256 = hashlib.sha256(package.manifest_bytes).hexdigest()
    return PackageRef(
        id=manifest.id,
        name=manifest.name,
        manifest=messages.Blob(sha256, len(package.manifest_bytes)),
        base=0,
        count=manifest.element_count,
        model=model,
        things=things,
    )


def _free_name(name: str, taken: Sequence[str]) -> str:
    start = name[:MODEL_NAME_SIZE] or "model"
    names = [start, *(f"{start} {number}" for number in range(2, len(taken) + 2))]
    return next(free for free in names if free not in taken)


def _checked(path: Path, found: Mapping[str, Blob]) -> Package:
    if MANIFEST_PATH not in found:
        raise PackageError(
            _("{path} has no {name}; it is not a package, make one with: walkdown import").format(
                path=path, name=MANIFEST_PATH
            )
        )
    manifest_bytes = found[MANIFEST_PATH].read()
    manifest = parse_manifest(manifest_bytes)
    files: dict[str, Blob] = {}
    for name, info in manifest.blobs.items():
        if name not in found or found[name].size != info.size:
            came = _("{size} bytes").format(size=found[name].size) if name in found else _("nothing")
            raise PackageError(
                _("{path}: {name} should have {size} bytes, found {came}; import it again").format(
                    path=path, name=name, size=info.size, came=came
                )
            )
        blob = found[name]
        files[name] = Blob(info.size, info.media, blob.data, blob.path, blob.offset)
    joints = len(read_joints(manifest, lambda name: files[name].read()))
    return Package(manifest, manifest_bytes, files, joints)


def _folder_files(folder: Path) -> dict[str, Blob]:
    """Return the files of a package folder; links that lead out of it are left out."""
    root = folder.resolve()
    files: dict[str, Blob] = {}
    for place in (root, *(root / letter for letter in "cepx")):
        for file in sorted(place.iterdir()) if place.is_dir() else ():
            if file.is_file() and file.resolve().is_relative_to(root):
                size = file.stat().st_size
                files[file.relative_to(root).as_posix()] = Blob(size, "", None, file.resolve())
    return files


def _check_directory(path: Path) -> None:
    """Refuse a zip whose directory would fill the memory, before it is read."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_SIZE))
        tail = file.read(_TAIL_SIZE)
    for end in {tail.rfind(b"PK\5\6"), len(tail) - _END.size}:
        if end < 0 or tail[end : end + 4] != b"PK\5\6" or len(tail) < end + _END.size:
            continue
        (size,) = _END.unpack_from(tail, end)
        before = tail[max(0, end - _END_64_WITH_LOCATOR) : end]
        if before.startswith(b"PK\6\6"):
            (size,) = _END_64.unpack_from(before)
        if size > DIRECTORY_SIZE_MAX:
            text = _("{path}: the directory of the zip has {size} bytes, at most {most} are read")
            raise PackageError(text.format(path=path, size=size, most=DIRECTORY_SIZE_MAX))


def _zip_files(path: Path, archive: zipfile.ZipFile) -> dict[str, Blob]:
    """Return where the files of a stored zip lie in it."""
    files: dict[str, Blob] = {}
    with path.open("rb") as file:
        for info in archive.infolist():
            if info.is_dir():
                continue
            if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
                text = _("{path}: {name!r} is compressed; a .wdp is a stored zip")
                raise PackageError(text.format(path=path, name=info.filename[:200]))
            file.seek(info.header_offset)
            head = file.read(_LOCAL_HEADER.size)
            magic, name_size, extra_size = _LOCAL_HEADER.unpack(head.ljust(_LOCAL_HEADER.size, b"\0"))
            if magic != b"PK\x03\x04":
                text = _("{path}: the zip entry {name!r} is damaged")
                raise PackageError(text.format(path=path, name=info.filename[:200]))
            offset = info.header_offset + _LOCAL_HEADER.size + name_size + extra_size
            files[info.filename] = Blob(info.file_size, "", None, path.resolve(), offset)
    return files
