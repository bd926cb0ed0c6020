"""The server's subcommands; what they need is imported when they run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from walkdown.cli import takes_model_flags, takes_settings
from walkdown.i18n import _, ngettext
from walkdown.listing import SessionLine, session_path
from walkdown.model_options import ModelFlags
from walkdown.settings import ServerSettings

if TYPE_CHECKING:
    from walkdown_server.app import Roster, Server
    from walkdown_server.orders import Wishes


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
    session: Annotated[
        list[str] | None,
        typer.Option(help=_("A further session: NAME=PATH, or NAME for the demo plant; may be repeated")),
    ] = None,
    config: Path | None = None,
) -> None:
    """Run a session server."""
    from walkdown_server.front import check_terms
    from walkdown_server.orders import Wishes
    from walkdown_server.sources.loop import run

    check_terms(settings)
    wishes = Wishes(packages=packages or (), demo=demo, flags=flags, sessions=session or (), config=config)
    run(_serve(settings, wishes))


async def _serve(settings: ServerSettings, wishes: Wishes) -> None:
    from walkdown_server.access import is_loopback
    from walkdown_server.app import Roster, running_plans

    roster = Roster(settings, wishes)
    async with running_plans(settings, roster.plans()) as server:
        _on_signals(server, roster)
        if not is_loopback(settings.host):
            typer.echo(_("Anybody who reaches this computer can read and change the session."), err=True)
        for line in _listening(settings, server.port, server.lobby.lines()):
            typer.echo(line)
        await server.ended.wait()


def _on_signals(server: Server, roster: Roster) -> None:
    """Stop on SIGTERM and SIGINT; on SIGHUP read the settings file again."""
    import asyncio
    import signal

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, server.ended.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(server.ended.set))
    if hangup := getattr(signal, "SIGHUP", None):
        loop.add_signal_handler(hangup, lambda: roster.read_again(server.lobby))


def _listening(settings: ServerSettings, port: int, lines: Sequence[SessionLine]) -> Iterator[str]:
    """Say where the server listens and, if they are several, where each session is."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    things, signals = sum(line.things for line in lines), sum(line.signals for line in lines)
    yield f"listening on ws://{host}:{port}/ {_shown(things, signals)}"
    for line in lines if len(lines) > 1 else ():
        what = _shown(line.things, line.signals) if line.state == "open" else line.text
        yield f"  {line.name}: ws://{host}:{port}{session_path(line.name)} {what}"


def _shown(things: int, signals: int) -> str:
    shown = ngettext("{count} thing", "{count} things", things).format(count=things)
    measured = ngettext("{count} signal", "{count} signals", signals).format(count=signals)
    return f"{shown}, {measured}"


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
