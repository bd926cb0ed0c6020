"""From an uploaded file to a package that is whole and checked; runs in a thread."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
import zstandard
from PIL import Image

from walkdown.errors import PackageError
from walkdown.i18n import _
from walkdown.messages import ImportOptions
from walkdown.package import TILESET_PATH, read_tile, read_tileset, verify_blob
from walkdown.twin import Catalogue, ModelThings, Thing, element_id, is_worldwide
from walkdown_server.importers import Input, Progress, import_models
from walkdown_server.model_things import things_in_session, things_of
from walkdown_server.models.task import Task
from walkdown_server.packages import Package, open_package
from walkdown_server.ticks.subscriptions import Boxes, Drawn

NAME_SIZE = 200
Origin = tuple[float, float, float]

TABLES_SIZE_MAX = 1 << 30
"""Bytes of the element table of one model, decompressed: a file may lie about what it holds."""

IMAGES = "x/"
PIXELS_MAX = 8192 * 8192
THINGS_SIZE_MAX = 64 << 20
"""Bytes of the things of one model, before they are compressed."""


@dataclass(frozen=True, slots=True)
class Made:
    """A package that was made of a file or is one: where it lies, its id, and the report."""

    path: Path
    package: str
    report: str


@dataclass(frozen=True, slots=True)
class ReadPackage:
    """The package of a model and what it brings to the twin.

    Attributes:
        model: id of the model. things: zstd MessagePack ``ModelThings``. thing_ids: the ids in it.
        boxes: of the elements that things of the catalogue draw.
    """

    package: Package
    model: str
    things: bytes
    thing_ids: frozenset[str]
    boxes: Boxes

    @property
    def name(self) -> str:
        """What the package calls itself, in one line."""
        return " ".join(self.package.manifest.name[:NAME_SIZE].split())


class CatalogueThings:
    """What the catalogue knows already, so that no model brings it again.

    The next revision of a model of the start draws the same elements as things of the catalogue, whose ids
    may be others.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.drawn = Drawn(catalogue)
        things = [thing for thing in catalogue.things if thing.element]
        self._id_of_element = {(thing.element_model, thing.element): thing.id for thing in things}
        self._ids = {thing.id for thing in catalogue.things}

    def beside(self, things: ModelThings, model: str) -> ModelThings:
        """Return the things that a model brings beside the catalogue's, to which they may refer.

        Args:
            things: of its package, under the keys of their elements.
        """
        known = {thing.id: self._known(thing, model) for thing in things.things}
        new = ModelThings(
            tuple(thing for thing in things.things if not known[thing.id]),
            tuple(r for r in things.relations if not (known[r.source] and known[r.target])),
        )
        return things_in_session(new, model, {key: i or element_id(model, key) for key, i in known.items()})

    def _known(self, thing: Thing, model: str) -> str:
        if is_worldwide(thing.id) and thing.id in self._ids:
            return thing.id
        own = self._id_of_element.get((model, thing.element), "")
        return own or self._id_of_element.get(("", thing.element), "")


def read_package(package: Package, model: str, catalogue: CatalogueThings) -> ReadPackage:
    """Read the things that a package brings as this model and the catalogue does not have.

    Raises:
        PackageError: its tables are damaged, or there is too much of it.
    """
    _check_tables(package)
    elements = package.elements()
    things = catalogue.beside(things_of(elements, package.edges()), model)
    packed = msgspec.msgpack.encode(things)
    if len(packed) > THINGS_SIZE_MAX:
        text = _("the parts of {name!r} take {size:.0f} MB, at most {most:.0f} can be shown: split the model")
        raise PackageError(
            text.format(name=package.manifest.name, size=len(packed) / 1e6, most=THINGS_SIZE_MAX / 1e6)
        )
    compressed = zstandard.ZstdCompressor(level=3).compress(packed)
    ids = frozenset(thing.id for thing in things.things)
    return ReadPackage(package, model, compressed, ids, catalogue.drawn.boxes(elements))


def make_package(task: Task, *, older: Package | None, progress: Progress) -> Made:
    """Turn the uploaded file of a task into a package.

    Args:
        older: the package of which this is the next revision; both get the same zero if their coordinates
            are of the same system, so that what is pinned to the model stays where it is.

    Raises:
        ImportFailed: one sentence says why.
        PackageError: the file is a package that is not sound.
    """
    if task.is_package:
        package = check_package(
            task.file, progress=partial(progress, "read"), cancelled=task.cancelled.is_set
        )
        return Made(task.file, package.manifest.id, " ".join(package.manifest.report))
    made = _import(task, task.offer.options, progress)
    if older is not None and task.offer.options.origin is None:
        origin = _origin_to_keep(open_package(made.path), older)
        if origin is not None:
            made = _import(task, msgspec.structs.replace(task.offer.options, origin=origin), progress)
    return made


def _import(task: Task, options: ImportOptions, progress: Progress) -> Made:
    out = task.folder / "package"
    source = Input(task.file, options=options, main=task.offer.main)
    report = import_models([source], out, name=task.name, progress=progress, cancelled=task.cancelled.is_set)
    return Made(out, report.package_id, " ".join(report.sentences_in_english()))


def _origin_to_keep(new: Package, older: Package) -> Origin | None:
    """Return the zero of the older revision if the new one has coordinates of the same kind but another."""
    ours, theirs = new.manifest, older.manifest
    same = ours.epsg == theirs.epsg and any(ours.origin) and any(theirs.origin)
    return theirs.origin if same and ours.origin != theirs.origin else None


def check_package(path: Path, *, progress: Callable[[float], None], cancelled: Callable[[], bool]) -> Package:
    """Open a package from elsewhere and check every byte of it: hashes, tables, tiles.

    Raises:
        PackageError: names what is wrong.
    """
    package = open_package(path)
    manifest = package.manifest
    done = 0
    for name, info in manifest.blobs.items():
        if cancelled():
            raise PackageError(_("the model was cancelled"))
        data = package.read(name)
        verify_blob(manifest, name, data)
        if name.startswith(IMAGES):
            _check_image(name, data)
        done += info.size
        progress(done / max(1, manifest.size_bytes))
    _check_tables(package)
    elements = package.elements()
    for row in range(0, len(elements), manifest.tables.chunk):
        elements.properties(row)
    package.edges()
    for tile in read_tileset(package.read(TILESET_PATH)):
        read_tile(package.read(tile.path), package.read)
    return package


def _check_image(name: str, data: bytes) -> None:
    """Check how many pixels an image has before anybody decodes it; only its head is read."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            pixels = image.width * image.height
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        pixels = PIXELS_MAX + 1
    except (OSError, SyntaxError, ValueError):
        raise PackageError(_("{name} should be a PNG or JPEG image, but is none").format(name=name)) from None
    if pixels > PIXELS_MAX:
        text = _("{name} has more than {most} pixels, which no texture may have")
        raise PackageError(text.format(name=name, most=PIXELS_MAX))


def _check_tables(package: Package) -> None:
    """Check how much the element table holds before any of it is decompressed."""
    tables = package.manifest.tables.elements
    try:
        sizes = [zstandard.frame_content_size(package.read(path)) for path in tables]
    except zstandard.ZstdError as error:
        raise PackageError(_("the element table is damaged: {reason}").format(reason=error)) from None
    if min(sizes) < 0 or sum(sizes) > TABLES_SIZE_MAX:
        text = _("the element table of {name!r} may take {most} bytes, but asks for {size}")
        raise PackageError(text.format(name=package.manifest.name, most=TABLES_SIZE_MAX, size=sum(sizes)))
