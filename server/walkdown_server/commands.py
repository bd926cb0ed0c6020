"""The server's subcommands; what they need is imported when they run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from walkdown.cli import takes_model_flags, takes_settings
from walkdown.i18n import _, ngettext
from walkdown.listing import SessionLine, session_path
from walkdown.model_options import ModelFlags
from walkdown.settings import ServerSettings

if TYPE_CHECKING:
    import asyncio

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
    from walkdown_server.logs import begin_log, is_debugging
    from walkdown_server.orders import Wishes
    from walkdown_server.port.front import check_terms
    from walkdown_server.sources.loop import run

    begin_log(settings.log, debug=is_debugging(settings))
    check_terms(settings)
    wishes = Wishes(packages=packages or (), demo=demo, flags=flags, sessions=session or (), config=config)
    if settings.processes > 1:
        _check_that_sockets_can_be_passed(settings.processes)
        run(_serve_from_many(settings, wishes), settings.loop)
    else:
        run(_serve(settings, wishes), settings.loop)


def _check_that_sockets_can_be_passed(processes: int) -> None:
    import socket

    from walkdown.errors import SettingsError

    if not hasattr(socket, "send_fds"):
        text = _("This system cannot pass connections between processes: leave out --processes {count}.")
        raise SettingsError(text.format(count=processes))


async def _serve_from_many(settings: ServerSettings, wishes: Wishes) -> None:
    """Serve with an acceptor and a process for each part of the sessions."""
    from walkdown.errors import SettingsError
    from walkdown_server.hosting import data_folder
    from walkdown_server.orders import named, orders_of
    from walkdown_server.processes.acceptor import running_acceptor
    from walkdown_server.processes.steering import steered

    def read_again() -> None:
        acceptor.reload()
        try:
            acceptor.change([named(order) for order in orders_of(settings, wishes)])
        except SettingsError as error:
            typer.echo(str(error), err=True)

    orders = [named(order) for order in orders_of(settings, wishes)]
    async with running_acceptor(settings, orders) as acceptor:
        async with steered(data_folder(settings), acceptor.port, acceptor.move):
            _on_signals(acceptor.ended, read_again)
            lines = await acceptor.lines()
            _say_where(settings, acceptor.port, lines)
            await _let_owner_in(settings, lines)
            await acceptor.ended.wait()


async def _serve(settings: ServerSettings, wishes: Wishes) -> None:
    from walkdown_server.app import Roster, running_plans

    roster = Roster(settings, wishes)
    async with running_plans(settings, roster.plans()) as server:

        def read_again() -> None:
            server.front.reload()
            roster.read_again(server.lobby)

        _on_signals(server.ended, read_again)
        _say_where(settings, server.port, server.lobby.lines())
        await _let_owner_in(settings, server.lobby.lines())
        await server.ended.wait()


def _on_signals(ended: asyncio.Event, read_again: Callable[[], None]) -> None:
    """Stop on SIGTERM and SIGINT; on SIGHUP read the sessions of the file and the certificate again."""
    import asyncio
    import signal

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, ended.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(ended.set))
    if hangup := getattr(signal, "SIGHUP", None):
        loop.add_signal_handler(hangup, read_again)


def _say_where(settings: ServerSettings, port: int, lines: Sequence[SessionLine]) -> None:
    from walkdown_server.access import is_loopback

    if settings.insecure_lan and not is_loopback(settings.host):
        typer.echo(_("Anybody who reaches this computer can read and change the session."), err=True)
    for line in _listening(settings, port, lines):
        typer.echo(line)


async def _let_owner_in(settings: ServerSettings, lines: Sequence[SessionLine]) -> None:
    """Give whoever has started an encrypted server a way in, on the terminal and nowhere else."""
    import asyncio
    import sys

    from walkdown.errors import WalkdownError
    from walkdown_server.door.control import InviteWish
    from walkdown_server.door.inviting import invitation
    from walkdown_server.hosting import data_folder
    from walkdown_server.port.front import is_encrypted

    if not is_encrypted(settings):
        return
    if not sys.stdout.isatty():
        typer.echo(_("'walkdown invite --role admin' on this computer gives you a link."))
        return
    wish = InviteWish("admin")
    try:
        made = await asyncio.to_thread(invitation, data_folder(settings), lines[0].name, wish)
    except WalkdownError as error:
        typer.echo(str(error), err=True)
        return
    typer.echo(_("Your own way in, for {hours:.0f} h; keep it to yourself:").format(hours=wish.hours))
    typer.echo(made.links[0])


def _listening(settings: ServerSettings, port: int, lines: Sequence[SessionLine]) -> Iterator[str]:
    """Say where the server listens and, if they are several, where each session is."""
    from walkdown_server.port.front import is_encrypted

    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    things, signals = sum(line.things for line in lines), sum(line.signals for line in lines)
    scheme = "walkdown" if is_encrypted(settings) else "ws"
    yield f"listening on {scheme}://{host}:{port}/ {_shown(things, signals)}"
    for line in lines if len(lines) > 1 else ():
        what = _shown(line.things, line.signals) if line.state == "open" else line.text
        yield f"  {line.name}: {scheme}://{host}:{port}{session_path(line.name)} {what}"


def _shown(things: int, signals: int) -> str:
    shown = ngettext("{count} thing", "{count} things", things).format(count=things)
    measured = ngettext("{count} signal", "{count} signals", signals).format(count=signals)
    return f"{shown}, {measured}"


def invite(
    *,
    role: Annotated[str, typer.Option(help="observer, participant, chair, operator, admin")] = "participant",
    hours: Annotated[
        float, typer.Option(min=0.01, max=24 * 366, help=_("For how long it lets people in"))
    ] = 8.0,
    uses: Annotated[int, typer.Option(min=0, help=_("How many people it lets in; 0 means any number"))] = 0,
    session: Annotated[str, typer.Option(help=_("Name of the session, if several run"))] = "",
    code: Annotated[
        bool, typer.Option("--code", help=_("Also give a short code for the same local network"))
    ] = False,
    data: Annotated[Path | None, typer.Option(help=_("Folder of the server's journal"))] = None,
) -> None:
    """Print a link that lets people into a session of the server that runs on this computer."""
    import msgspec

    from walkdown.errors import SettingsError
    from walkdown.roles import ROLES
    from walkdown.settings import load
    from walkdown_server.door.control import InviteWish
    from walkdown_server.door.inviting import invitation, what_it_does
    from walkdown_server.hosting import data_folder

    if role not in ROLES:
        raise SettingsError(
            _("{where} should be {expected}, but is {came}.").format(
                where="--role", expected=_("one of {choices}").format(choices=", ".join(ROLES)), came=role
            )
        )
    wish = msgspec.convert({"role": role, "hours": hours, "uses": uses, "code": code}, InviteWish)
    folder = data_folder(load(ServerSettings, {"data": data}))
    made = invitation(folder, session, wish)
    typer.echo(what_it_does(wish), err=True)
    for link in made.links:
        typer.echo(link)
    if made.code:
        typer.echo(_("Short code, for ten minutes on the same network: {code}").format(code=made.code))


def move(
    session: Annotated[str, typer.Argument(help=_("Name of the session"))],
    process: Annotated[int, typer.Argument(min=1, help=_("Number of the process to which it moves"))],
    *,
    data: Annotated[Path | None, typer.Option(help=_("Folder of the server's journal"))] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help=_("TCP port of the server; 0 if the folder has one only"))
    ] = 0,
) -> None:
    """Move a session to another process of the running server; its people come back by themselves."""
    from walkdown.settings import load
    from walkdown_server.hosting import data_folder
    from walkdown_server.processes.steering import Move, ask_to_move

    folder = data_folder(load(ServerSettings, {"data": data}))
    typer.echo(ask_to_move(folder, Move(session, process), port=port))


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
