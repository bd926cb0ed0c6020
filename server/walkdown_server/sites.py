"""What a server shows: the demo plant, or packages with live values bound to them.

The demo plant is built once for a seed and kept in the user's cache, under a name that changes with the
code that builds it, so that a second start takes a moment.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs
from rich.console import Console

from walkdown import package as package_format
from walkdown.errors import PackageError
from walkdown.model_options import ModelFlags
from walkdown.package import read_edges
from walkdown.twin import Catalogue, Relation, Thing, element_id, make_catalogue
from walkdown_server.model_things import things_in_session, things_of
from walkdown_server.packages import Package, model_names, open_package
from walkdown_server.sources import Source

DEMOS_KEPT = 4
"""Demo plants of other seeds and versions in the cache, from which other servers may be serving."""

Opening = Callable[[Path], Package]
"""Opens the package at a path."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Site:
    """What a server shows: the twin, its models, and where its values come from."""

    catalogue: Catalogue
    packages: Sequence[Package] = ()
    sources: Sequence[Source] = ()

    @property
    def name(self) -> str:
        """What the session is called if nothing else is said, so that each model keeps its own notes."""
        return self.packages[0].manifest.name if self.packages else "Walkdown"


def demo_site(seed: int, *, cache: Path | None = None, opening: Opening = open_package) -> Site:
    """Return the demo plant and its process.

    Args:
        seed: of the plant. cache: where its package is kept, the user's cache by default.
        opening: opens packages.
    """
    from walkdown_server import plant
    from walkdown_server.sources.simulated import PlantSimulation

    package = _demo_package(seed, cache or _cache_folder(), opening)
    catalogue = _drawn_by(package, plant.catalogue(seed))
    simulation = PlantSimulation(catalogue, package.joint_keys(), seed)
    return Site(catalogue, (package,), (simulation,))


def _drawn_by(package: Package, catalogue: Catalogue) -> Catalogue:
    """Return a catalogue whose things draw the elements of this package alone."""
    (model,) = model_names([package])
    things = tuple(
        msgspec.structs.replace(thing, element_model=model) if thing.element else thing
        for thing in catalogue.things
    )
    return msgspec.structs.replace(catalogue, things=things)


def model_site(paths: Sequence[Path], *, opening: Opening = open_package) -> Site:
    """Return packages without live values: each element that draws something is a thing.

    Its id is the element's key; a later package that has the same key puts the id of its model before it.

    Raises:
        PackageError: one of them cannot be opened.
    """
    packages = tuple(opening(path) for path in paths)
    things: dict[str, Thing] = {}
    relations: list[Relation] = []
    for package, model in zip(packages, model_names(packages), strict=True):
        brought = things_of(package.elements(), read_edges(package.manifest, package.read))
        ids = {t.id: element_id(model, t.id) if t.id in things else t.id for t in brought.things}
        brought = things_in_session(brought, model, ids)
        for thing in brought.things:
            things.setdefault(thing.id, thing)
        relations += brought.relations
    epoch = zlib.crc32("\n".join(things).encode()) & 0x7FFF
    return Site(make_catalogue(epoch, things=tuple(things.values()), relations=relations), packages)


def file_site(
    paths: Sequence[Path],
    flags: ModelFlags | None = None,
    *,
    cache: Path | None = None,
    opening: Opening = open_package,
) -> Site:
    """Return packages, and model files or a scene file, which are imported into the user's cache first.

    All model files together are one package. How an import goes is shown on standard error.

    Args:
        paths: packages, model files, or one scene file. flags: what was said about the model files.
        cache: where imports are kept, the user's cache by default.
        opening: opens packages.

    Raises:
        BadInput: one of them cannot be opened.
    """
    foreign = [path for path in paths if _is_foreign(path)]
    opened = [path for path in paths if path not in foreign]
    if not foreign:
        return model_site(opened, opening=opening)
    package, bindings = package_of_files(foreign, flags, cache=cache)
    site = model_site([*opened, package], opening=opening)
    return site if bindings is None else bound_site(site, bindings)


def package_of_files(
    files: Sequence[Path], flags: ModelFlags | None = None, *, cache: Path | None = None
) -> tuple[Path, Path | None]:
    """Return the package of model files in the user's cache, and the binding file that a scene file names.

    Raises:
        BadInput: a file or a flag is wrong.
    """
    from walkdown_server.importers.command import kept_import, order_of
    from walkdown_server.importers.kept import KeptImports

    order = order_of(files, flags)
    kept = KeptImports((cache or _cache_folder()) / "imports")
    return kept_import(order, kept, Console(stderr=True, highlight=False)), order.bindings


def _is_foreign(path: Path) -> bool:
    """Return whether a path is a model file or a scene file, and no package."""
    from walkdown_server.importers.formats import is_model_folder, suffixes

    if path.suffix.lower() in (*suffixes(), ".toml") or is_model_folder(path):
        return True
    return path.is_file() and path.suffix.lower() != ".wdp"


def bound_site(site: Site, bindings: Path) -> Site:
    """Return a site with the live values of a binding file added.

    Raises:
        SettingsError: the file is wrong; says where.
    """
    from walkdown_server.sources.attach import attach_bindings

    catalogue, sources = attach_bindings(site.catalogue, site.sources, bindings)
    return Site(_adopted(_pointed(catalogue, site.catalogue)), site.packages, sources)


def _pointed(catalogue: Catalogue, before: Catalogue) -> Catalogue:
    """Return the catalogue with the things of a binding file pointed at the elements of models.

    What they name is the key of an element or, where several models have that, the id of its thing.
    """
    meant = {thing.element: thing for thing in reversed(before.things) if thing.element}
    meant |= {thing.id: thing for thing in before.things if thing.is_element}

    def pointed(thing: Thing) -> Thing:
        drawn = meant.get(thing.element) if not thing.element_model else None
        if drawn is None:
            return thing
        return msgspec.structs.replace(thing, element=drawn.element, element_model=drawn.element_model)

    return msgspec.structs.replace(catalogue, things=tuple(map(pointed, catalogue.things)))


def _adopted(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue without the things of a model that a binding file calls by another id.

    What it says of the element counts, and it takes the place of the other in the tree and in relations.
    """
    named = {(t.element_model, t.element): t.id for t in catalogue.things if t.element and not t.is_element}
    brought = {t.id: (t.element_model, t.element) for t in catalogue.things if t.is_element}
    other = {thing: named[element] for thing, element in brought.items() if element in named}
    if not other:
        return catalogue
    above = {other[thing.id]: thing.parent for thing in catalogue.things if thing.id in other}

    def renamed(thing: Thing) -> Thing:
        parent = other.get(thing.parent, thing.parent)
        if parent in ("", thing.id):
            parent = other.get(above.get(thing.id, ""), above.get(thing.id, ""))
        return msgspec.structs.replace(thing, parent=parent)

    return msgspec.structs.replace(
        catalogue,
        things=tuple(renamed(thing) for thing in catalogue.things if thing.id not in other),
        relations=tuple(
            msgspec.structs.replace(
                r, source=other.get(r.source, r.source), target=other.get(r.target, r.target)
            )
            for r in catalogue.relations
        ),
    )


# ---- the demo's package -----------------------------------------------------------------------------


def _demo_package(seed: int, cache: Path, opening: Opening) -> Package:
    folder = cache / f"demo-{_generator_version()}-{seed}"
    try:
        return opening(folder)
    except PackageError:
        _build_demo(seed, folder)
        return opening(folder)


def _build_demo(seed: int, folder: Path) -> None:
    """Build the plant and put it in place as a whole; the oldest others go.

    Other servers may build the same, or serve from another version's folder, at the same time.
    """
    from walkdown_server import plant

    _log.info("building the demo plant; this is done once")
    files = package_format.write_package(plant.build_model(seed))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as scratch:
        new = Path(scratch) / "package"
        for path, data in files.items():
            file = new / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        try:
            new.rename(folder)
        except OSError:
            if not folder.exists():  # else another server has just built the same
                raise
    others = sorted(folder.parent.glob("demo-*"), key=lambda other: other.stat().st_mtime, reverse=True)
    for old in others[DEMOS_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _generator_version() -> str:
    """Return a hash of the code that builds the plant and writes packages."""
    from walkdown_server import plant

    digest = hashlib.sha256()
    for module in (plant, package_format):
        for file in sorted(Path(module.__file__ or "").parent.glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> Path:
    return platformdirs.user_cache_path("walkdown", appauthor=False) / "packages"
