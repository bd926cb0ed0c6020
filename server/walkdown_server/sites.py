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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs
from rich.console import Console

from walkdown import package as package_format
from walkdown.errors import PackageError
from walkdown.model_options import ModelFlags
from walkdown.package import read_edges
from walkdown.twin import Catalogue, Thing, make_catalogue
from walkdown_server.model_things import things_of
from walkdown_server.packages import Package, open_package
from walkdown_server.sources import Source

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


def demo_site(seed: int, *, cache: Path | None = None) -> Site:
    """Return the demo plant and its process.

    Args:
        seed: of the plant. cache: where its package is kept, the user's cache by default.
    """
    from walkdown_server import plant
    from walkdown_server.sources.simulated import PlantSimulation

    package = _demo_package(seed, cache or _cache_folder())
    catalogue = plant.catalogue(seed)
    simulation = PlantSimulation(catalogue, package.joint_keys(), seed)
    return Site(catalogue, (package,), (simulation,))


def model_site(paths: Sequence[Path]) -> Site:
    """Return packages without live values: each element that draws something is a thing.

    Raises:
        PackageError: one of them cannot be opened.
    """
    packages = tuple(open_package(path) for path in paths)
    brought = [things_of(p.elements(), read_edges(p.manifest, p.read)) for p in packages]
    things: dict[str, Thing] = {}
    for thing in (thing for model in brought for thing in model.things):
        things.setdefault(thing.id, thing)
    relations = tuple(relation for model in brought for relation in model.relations)
    epoch = zlib.crc32("\n".join(things).encode()) & 0x7FFF
    return Site(make_catalogue(epoch, things=tuple(things.values()), relations=relations), packages)


def file_site(paths: Sequence[Path], flags: ModelFlags | None = None, *, cache: Path | None = None) -> Site:
    """Return packages, and model files or a scene file, which are imported into the user's cache first.

    All model files together are one package. How an import goes is shown on standard error.

    Args:
        paths: packages, model files, or one scene file. flags: what was said about the model files.
        cache: where imports are kept, the user's cache by default.

    Raises:
        BadInput: one of them cannot be opened.
    """
    foreign = [path for path in paths if _is_foreign(path)]
    opened = [path for path in paths if path not in foreign]
    if not foreign:
        return model_site(opened)
    package, bindings = package_of_files(foreign, flags, cache=cache)
    site = model_site([*opened, package])
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
    return Site(_adopted(catalogue), site.packages, sources)


def _adopted(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue without the things of a model that a binding file calls by another id.

    What it says of the element counts, and it takes the place of the other in the tree and in relations.
    """
    named = {
        thing.element: thing.id for thing in catalogue.things if thing.element and thing.id != thing.element
    }
    other = {thing.id: named[thing.id] for thing in catalogue.things if thing.id in named}
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


def _demo_package(seed: int, cache: Path) -> Package:
    folder = cache / f"demo-{_generator_version()}-{seed}"
    try:
        return open_package(folder)
    except PackageError:
        _build_demo(seed, folder)
        return open_package(folder)


def _build_demo(seed: int, folder: Path) -> None:
    """Build the plant and put it in place as a whole, in place of older ones."""
    from walkdown_server import plant

    _log.info("building the demo plant; this is done once")
    files = package_format.write_package(plant.build_model(seed))
    folder.parent.mkdir(parents=True, exist_ok=True)
    for old in folder.parent.glob("demo-*"):
        shutil.rmtree(old, ignore_errors=True)
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
