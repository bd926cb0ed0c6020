"""The client's subcommands; what they need is imported when they run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from walkdown.cli import takes_model_flags, takes_settings
from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.model_options import ModelFlags
from walkdown.settings import ClientSettings

if TYPE_CHECKING:
    from walkdown_client.address import Address
    from walkdown_client.deep_links import DeepLink


def bot(  # noqa: PLR0913  each has a flag of its own
    url: Annotated[
        str, typer.Argument(help=_("A link, or where the session is, such as ws://127.0.0.1:8765"))
    ],
    *,
    count: Annotated[int, typer.Option(min=1, max=1000, help=_("How many bots walk"))] = 1,
    route: Annotated[
        str, typer.Option(help=_("Places in metres, such as '12,2.9 84,2.9'; without it, the walkways"))
    ] = "",
    seconds: Annotated[
        float, typer.Option(min=0, help=_("Leave after this many seconds; 0 means stay"))
    ] = 0.0,
    name: Annotated[str, typer.Option(help=_("What others call the bot"))] = "Bot",
    seed: Annotated[int, typer.Option(help=_("The same seed walks the same way"))] = 1,
    silent: Annotated[bool, typer.Option("--silent", help=_("Say nothing aloud"))] = False,
) -> None:
    """Let bots walk through a session."""
    import asyncio

    from walkdown_client.blob_cache import BlobCache, default_folder
    from walkdown_client.bot import WALKWAYS, BotPlan, parse_route, run_bots_until_terminated

    plan = BotPlan(
        name=name,
        count=count,
        seconds=seconds,
        routes=(parse_route(route),) if route else WALKWAYS,
        seed=seed,
        speaks=not silent,
    )
    asyncio.run(run_bots_until_terminated(url, plan, cache=BlobCache(default_folder())))


@takes_settings(ClientSettings)
def join(
    *,
    settings: ClientSettings,
    url: Annotated[
        str,
        typer.Argument(
            help=_(
                "A link, or where the session is, such as ws://127.0.0.1:8765; - reads it from standard input"
            )
        ),
    ] = "",
    code: Annotated[
        str, typer.Option(help=_("The short code ABCD-EFGH of a session in the same network"))
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help=_("Do not ask before a link to what somebody sees connects"))
    ] = False,
) -> None:
    """Join a session in a window, or headless."""
    from walkdown_client.deep_links import is_deep
    from walkdown_client.demo import say_what_was_seen
    from walkdown_client.pair import address_for_code
    from walkdown_client.session import Visit, visit

    if bool(url) == bool(code):
        raise BadInput(_("expected a link or an address, or --code with a short code"))
    if url == "-":
        url = sys.stdin.readline()
    if is_deep(url):
        link, address = _link(url)
        if not yes and not _agreed(link, address):
            return
        seen = visit(address, settings, Visit(link=link))
    else:
        seen = visit(address_for_code(code) if code else url, settings)
    if seen and settings.screenshot:
        say_what_was_seen(seen, settings.screenshot)


def _link(url: str) -> tuple[DeepLink, Address]:
    """Read a link that names a server; returns that too.

    Raises:
        BadInput: it is none.
    """
    from walkdown_client.deep_links import parse_link

    link = parse_link(url)
    if link.address is None:
        raise BadInput(_("This link names no server: follow it in the session, in Share (Alt+9)."))
    return link, link.address


def _agreed(link: DeepLink, address: Address) -> bool:
    """Ask whether to connect to where a link leads; no unless somebody says yes.

    Raises:
        BadInput: nobody can be asked.
    """
    from walkdown_client.deep_links import where_sentence

    for note in link.notes:
        typer.echo(note, err=True)
    where = where_sentence(address)
    if not sys.stdin.isatty():
        text = _("{where} Say --yes to connect without being asked.")
        raise BadInput(text.format(where=where))
    return typer.confirm(f"{where} " + _("Connect?"), default=False)


def sessions(
    url: Annotated[
        str, typer.Argument(help=_("Where the server is, such as ws://127.0.0.1:8765, or a link"))
    ],
) -> None:
    """List the sessions of a server."""
    from walkdown_client.directory import fetch_sessions, print_sessions

    print_sessions(fetch_sessions(url))


@takes_settings(ClientSettings)
@takes_model_flags
def open_(
    *,
    settings: ClientSettings,
    files: Annotated[
        list[Path], typer.Argument(help=_("Model files, packages, or one scene file such as site.toml"))
    ],
    bindings: Annotated[
        Path | None, typer.Option(help=_("TOML file that binds MQTT topics to things"))
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help=_("TCP port of the server; 0 means any free one"))
    ] = 0,
    flags: ModelFlags,
) -> None:
    """Walk through your own model: import, serve and join in one command."""
    from walkdown_client.opening import open_files

    bound = [] if bindings is None else [f"--bindings={bindings}"]
    if code := open_files(files, settings, port=port, arguments=[*flags.arguments(), *bound]):
        raise typer.Exit(code)


@takes_settings(ClientSettings)
def demo(
    *,
    settings: ClientSettings,
    bots: Annotated[int, typer.Option(min=0, max=50, help=_("How many bots walk with you"))] = 2,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help=_("TCP port of the demo's server; 0 means any free one"))
    ] = 0,
) -> None:
    """Walk through a living demo plant, with bots for company."""
    from walkdown_client.demo import run_demo

    run_demo(settings, bots=bots, port=port)
