"""The packages of a session: from the folder where they stay to what the room draws and serves."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from walkdown.errors import PackageError
from walkdown.i18n import _
from walkdown.messages import ModelState, OfferModel, Placement, SourceStatus
from walkdown_server.importers.kept import importer_version
from walkdown_server.models.kept import Kept, Origin
from walkdown_server.models.reading import CatalogueThings, Made, ReadPackage, read_package
from walkdown_server.models.task import PACKAGE_SUFFIX, key_of, suffix_of
from walkdown_server.packages import ZSTD_MEDIA, BlobStore, Package, package_ref
from walkdown_server.placing import Georeferenced, where_coordinates_say
from walkdown_server.room import Room

_log = logging.getLogger(__name__)


class Shelf:
    """What is known of packages.

    Args:
        room: the session. store: serves them. kept: where they stay. packages: those of the start.
    """

    def __init__(self, room: Room, store: BlobStore, *, kept: Kept, packages: Sequence[Package]) -> None:
        self._room, self._store, self._kept = room, store, kept
        self._catalogue = CatalogueThings(room.contents.catalogue)
        self._packages = {package.manifest.id: package for package in packages}
        self._version = importer_version()
        self._missing: dict[str, list[ModelState]] = {}

    # ---- in a thread ----------------------------------------------------------------------------------

    def keep(self, made: Made, *, model: str, key: str) -> ReadPackage:
        """Put a package where it stays, and read it; with a key, remember what it was made of.

        Raises:
            PackageError: it is not sound. OSError: the disk does not take it.
        """
        self._kept.keep(made.path, made.package)
        read = self.read(made.package, model)
        if key:
            self._kept.remember(key, Origin(made.package, made.report))
        return read

    def read_again(self, key: str, model: str) -> tuple[ReadPackage, str]:
        """Open what a file became before, with the report on it.

        Raises:
            PackageError: it is not there any more; it is forgotten, so that the file can be sent.
        """
        origin = self._kept.recall(key)
        try:
            if origin is None:
                raise PackageError("it was forgotten")
            return self.read(origin.package, model), origin.report
        except PackageError as error:
            self._kept.forget(key)
            _log.warning("what a file became is lost: %s", error)
            raise PackageError(
                _("the server had this file and lost what it became: send it again")
            ) from error

    def read(self, package: str, model: str) -> ReadPackage:
        """Open a package that is kept, with what it brings as this model.

        Raises:
            PackageError: it is not there, or not sound.
        """
        return read_package(self._kept.open(package), model, self._catalogue)

    # ---- in the event loop ----------------------------------------------------------------------------

    def free_bytes(self) -> int:
        """Return how much the disk still takes."""
        return self._kept.free_bytes()

    def key_of(self, offer: OfferModel) -> str:
        """Return the key of what the file of an offer becomes, "" where that depends on more than the file.

        The next revision of a model gets the zero of the one before, see ``make_package``.
        """
        alone = suffix_of(offer.file) == PACKAGE_SUFFIX or self.package_of(offer.model) is None
        return key_of(offer, version=self._version) if alone or offer.options.origin else ""

    def has(self, key: str) -> bool:
        """Tell whether a file need not be sent."""
        return bool(key) and self._kept.recall(key) is not None

    def package(self, package: str) -> Package | None:
        """Return a package by its id, None when it is not here; in any thread."""
        return self._packages.get(package)

    def package_of(self, model: str) -> Package | None:
        """Return the package that a model has, None when there is none or it is missing."""
        there = self._room.session.model_ahead(model)
        return self._packages.get(there.package) if there else None

    def learn(self, read: ReadPackage) -> None:
        """Serve a package and let the room know it."""
        package = read.package.manifest.id
        self._store.add(read.package)
        things = self._store.put(read.things, media=ZSTD_MEDIA)
        self._packages[package] = read.package
        self._room.model_desk.learn_package(
            package_ref(read.package, model=read.model, things=things), read.thing_ids
        )
        self._room.subscriptions.learn(package, read.boxes)
        for model in self._missing.pop(package, ()):
            self._room.tell_source(SourceStatus(_source_of(model), "live"))

    def wanted(self) -> list[ModelState]:
        """Return the models that the room cannot draw and whose package was not found missing yet."""
        return [m for m in self._room.model_desk.without_package() if m.package not in self._missing]

    def miss(self, model: ModelState, error: Exception) -> None:
        """Name a model whose package is not here; nothing of the model is lost."""
        self._missing.setdefault(model.package, []).append(model)
        _log.warning("the model %r is not shown: %s", model.name, error)
        text = f"The package of the model {model.name!r} is missing: restore it, or bring the file in again."
        self._room.tell_source(SourceStatus(_source_of(model), "down", text))

    # ---- places ---------------------------------------------------------------------------------------

    def place(self, offer: OfferModel, package: Package) -> tuple[Placement, str]:
        """Return where a model will stand, and a sentence if that is not where its coordinates say."""
        if offer.placement is not None:
            return offer.placement, ""
        there = self._room.session.model_ahead(offer.model)
        if there is not None:
            return self._in_place_of(there, package), ""
        return where_coordinates_say(package.georeferenced(), self._standing())

    def _in_place_of(self, there: ModelState, package: Package) -> Placement:
        """Return the placement of an older revision, for a package that may have another zero."""
        older = self._packages.get(there.package)
        if older is None or older.manifest.epsg is None or older.manifest.epsg != package.manifest.epsg:
            return there.placement
        anchor = older.georeferenced(there.placement)
        placement, too_far = where_coordinates_say(package.georeferenced(), [anchor])
        return there.placement if too_far else placement

    def _standing(self) -> Iterator[Georeferenced]:
        """Return the models as they stand, for the coordinates of another."""
        for model in self._room.session.models():
            package = self._packages.get(model.package)
            if package is not None:
                yield package.georeferenced(model.placement)


def _source_of(model: ModelState) -> str:
    return f"model {model.name}"
