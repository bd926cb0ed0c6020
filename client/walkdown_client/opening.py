"""``walkdown open``: model files served and joined in a window, in one command."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from walkdown.i18n import _
from walkdown.settings import ClientSettings
from walkdown_client.children import import_in_front, model_server
from walkdown_client.demo import say_what_was_seen
from walkdown_client.session import has_display, visit

PICTURE = Path("walkdown-open.png")


def open_files(
    files: Sequence[Path], settings: ClientSettings, *, port: int, arguments: Sequence[str]
) -> int:
    """Import files, serve them and visit them until the person leaves; without a display, take a picture.

    Notes are kept with the session, which is called like its first model.

    Args:
        files: model files, packages, or one scene file.
        settings: of the visit.
        port: of the server; 0 means any free one.
        arguments: further ones for the server, for instance ``--unit=mm``.

    Returns:
        0, or the exit code of the import, which has then said why it failed.

    Raises:
        Missing: the server did not start; says why.
    """
    console = Console(highlight=False)
    about_models = [argument for argument in arguments if not argument.startswith("--bindings")]
    foreign = [file for file in files if not _is_package(file)]
    if foreign and (code := import_in_front(foreign, about_models)):
        return code
    if settings.headless or not has_display():
        settings = dataclasses.replace(settings, headless=True, screenshot=settings.screenshot or PICTURE)
    with contextlib.ExitStack() as children:
        with console.status(_("Starting the server…")):
            address = children.enter_context(model_server(files, port=port, extra=arguments))
        console.print(
            _(
                "On this computer others join with: walkdown join {address}; from other machines by a link "
                "that Share makes (Alt+9)."
            ).format(address=address),
            soft_wrap=True,
        )
        seen = visit(address, settings)
    if seen:
        say_what_was_seen(seen, settings.screenshot or PICTURE)
    return 0


def _is_package(path: Path) -> bool:
    return path.suffix.lower() == ".wdp" or (path / "manifest.json").is_file()
