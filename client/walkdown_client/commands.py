"""The client's subcommands; what they need is imported when they run."""

from __future__ import annotations

from typing import Annotated

import typer

from walkdown.i18n import _


def bot(
    url: Annotated[str, typer.Argument(help=_("Where the session is, such as ws://127.0.0.1:8765"))],
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
) -> None:
    """Let bots walk through a session."""
    import asyncio

    from walkdown_client.blob_cache import BlobCache, default_folder
    from walkdown_client.bot import WALKWAYS, BotPlan, parse_route, run_bots

    plan = BotPlan(
        name=name,
        count=count,
        seconds=seconds,
        routes=(parse_route(route),) if route else WALKWAYS,
        seed=seed,
    )
    asyncio.run(run_bots(url, plan, cache=BlobCache(default_folder())))
