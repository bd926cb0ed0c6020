"""The server's subcommands; what they need is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from walkdown.cli import takes_model_flags, takes_settings
from walkdown.i18n import _, ngettext
from walkdown.model_options import ModelFlags
from walkdown.settings import ServerSettings

if TYPE_CHECKING:
    from walkdown_server.app import Server
    from walkdown_server.sites import Site


@takes_settings(ServerSettings)
@takes_model_flags
def serve(
    packages: Annotated[
        list[Path] | None,
        typer.Argument(help=_("Packages, model files or a scene file; without any, the demo plant")),
    ] = None,
    *,
    settings: ServerSettings,
    flags: ModelFlags,
    demo: Annotated[bool, typer.Option("--demo", help=_("Serve the demo plant"))] = False,
) -> None:
    """Run a session server."""
    from walkdown_server.access import check_binding
    from walkdown_server.sources.loop import run

    check_binding(settings.host, insecure_lan=settings.insecure_lan)
    run(_serve(settings, _site(settings, packages or [], demo=demo, flags=flags)))


def _site(settings: ServerSettings, packages: list[Path], *, demo: bool, flags: ModelFlags) -> Site:
    from walkdown.errors import SettingsError
    from walkdown_server.sites import bound_site, demo_site, file_site

    paths = packages or ([settings.package] if settings.package else [])
    if demo and paths:
        raise SettingsError(
            _("Serve the demo plant or packages, not both: leave out --demo or the packages.")
        )
    site = file_site(paths, flags) if paths else demo_site(settings.seed)
    return bound_site(site, settings.bindings) if settings.bindings else site


async def _serve(settings: ServerSettings, site: Site) -> None:
    from walkdown_server.access import is_loopback
    from walkdown_server.app import running_server

    async with running_server(settings, site) as server:
        _stop_on_signals(server)
        if not is_loopback(settings.host):
            typer.echo(_("Anybody who reaches this computer can read and change the session."), err=True)
        typer.echo(_listening(settings, server.port, site))
        await server.ended.wait()


def _stop_on_signals(server: Server) -> None:
    import asyncio
    import signal

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, server.ended.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(server.ended.set))


def _listening(settings: ServerSettings, port: int, site: Site) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    things, signals = len(site.catalogue.things), len(site.catalogue.signals)
    shown = ngettext("{count} thing", "{count} things", things).format(count=things)
    measured = ngettext("{count} signal", "{count} signals", signals).format(count=signals)
    return f"listening on ws://{host}:{port}/ {shown}, {measured}"


@takes_model_flags
def import_(
    files: Annotated[list[Path], typer.Argument(help=_("Model files, or one scene file"))],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help=_("Package to write: a folder, or NAME.wdp for one file; without it, into the cache"),
        ),
    ] = None,
    flags: ModelFlags,
) -> None:
    """Turn model files into a package."""
    from walkdown_server.importers.command import import_files
    from walkdown_server.sites import package_of_files

    if out is not None:
        import_files(files, out, flags=flags)
    else:
        typer.echo(package_of_files(files, flags)[0])
