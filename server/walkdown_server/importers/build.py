"""Foreign files become the files of one package; runs inside the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown.package import Model, parse_manifest, write_package
from walkdown_server.importers.gltf import add_gltf
from walkdown_server.importers.gltf_file import SUFFIXES
from walkdown_server.importers.job import Step
from walkdown_server.importers.report import ImportReport

Progress = Callable[[Step, float], None]

KEY_SCHEME = "gltf"


def preload() -> None:
    """Load what is otherwise loaded when the first image is opened, or a report is written."""
    Image.preinit()
    Image.init()
    ImportReport(name="").sentences_in_english()


def build_package(
    files: Sequence[Path], *, name: str, progress: Progress
) -> tuple[ImportReport, dict[str, bytes]]:
    """Return the report and all files of the package.

    Raises:
        ImportFailed: names the file and says why.
        PackageError: what came out cannot be stored.
    """
    model = Model(name)
    report = ImportReport(name=name, files=[file.name for file in files])
    prefixes = _prefixes(files)
    for done, (file, prefix) in enumerate(zip(files, prefixes, strict=True)):

        def tell(part: float, done: int = done) -> None:
            progress("read", (done + part) / len(files))

        if file.suffix.lower() not in SUFFIXES:
            raise ImportFailed(_("{name}: only .glb and .gltf files can be imported").format(name=file.name))
        try:
            add_gltf(model, file, prefix=prefix, report=report, progress=tell)
        except ImportFailed as error:
            raise ImportFailed(f"{file.name}: {error}") from None
    report.materials, report.textures = len(model.materials), len(model.images)
    model.report = report.sentences_in_english()
    blobs = write_package(model, progress=lambda part: progress("write", part))
    report.package_id = parse_manifest(blobs["manifest.json"]).id
    report.size_bytes = sum(map(len, blobs.values()))
    return report, blobs


def _prefixes(files: Sequence[Path]) -> list[str]:
    """Return what the keys of each file start with: the file's name only where there are several."""
    if len(files) == 1:
        return [f"{KEY_SCHEME}:/"]
    stems = [file.stem.replace("%", "%25").replace("/", "%2F")[:200] for file in files]
    twice = {stem for stem in stems if stems.count(stem) > 1}
    if twice:
        raise ImportFailed(
            _("two files are called {name!r}, but the name is part of the element keys").format(
                name=sorted(twice)[0]
            )
        )
    return [f"{KEY_SCHEME}:{stem}/" for stem in stems]
