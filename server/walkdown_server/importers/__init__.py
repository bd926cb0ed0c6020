"""Foreign models become packages, in a worker process that is held in."""

from __future__ import annotations

from pathlib import Path

from walkdown_server.importers.job import Input, Limits, SiteFrame
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.sandbox import Progress, import_models

__all__ = ["ImportReport", "Input", "Limits", "Progress", "SiteFrame", "import_file", "import_models"]


def import_file(
    path: Path, out_dir: Path, *, limits: Limits | None = None, progress: Progress | None = None
) -> ImportReport:
    """Turn one foreign file into a package folder.

    Raises:
        ImportFailed: one sentence says why; ``out_dir`` is as it was before.
    """
    return import_models([path], out_dir, limits=limits, progress=progress)
