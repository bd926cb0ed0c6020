"""The demo: a server with the demo plant, bots for company, and oneself beside the filler."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from pathlib import Path
from typing import Any

from rich.console import Console

from walkdown.i18n import _
from walkdown.settings import ClientSettings
from walkdown_client.children import demo_server, walking_bots
from walkdown_client.session import Visit, has_display, visit
from walkdown_client.ui import words

BESIDE_THE_FILLER = Visit(
    start=((18.6, 1.2, 4.6), (40.0, 8.6, 1.2)), select=("L1.FIL",), disturb=("cap-torque", "L1.CAP")
)
BOTS_WALK = "29,5.8 33.5,4.6 37.5,4.4"
"""Past the filler and the capper, where one can see them."""

PICTURE = Path("walkdown-demo.png")


def run_demo(settings: ClientSettings, *, bots: int, port: int) -> None:
    """Run the demo until the person leaves; without a display, take a picture and say what it shows."""
    console = Console(highlight=False)
    if settings.headless or not has_display():
        settings = dataclasses.replace(
            settings,
            headless=True,
            screenshot=settings.screenshot or PICTURE,
        )
    with contextlib.ExitStack() as children:
        with console.status(_("Starting the demo plant…")):
            address = children.enter_context(demo_server(port=port))
        console.print(
            _(
                "The demo plant is at {address}. On this computer others join it with: "
                "walkdown join {address}; from other machines by a link that Share makes (Alt+9)."
            ).format(address=address),
            soft_wrap=True,
        )
        children.enter_context(walking_bots(address, bots, route=BOTS_WALK))
        seen = _visit(address, settings, console)
    if seen:
        say_what_was_seen(seen, settings.screenshot or PICTURE)


def _visit(address: str, settings: ClientSettings, console: Console) -> dict[str, Any]:
    if not settings.headless:
        return visit(address, settings, BESIDE_THE_FILLER)
    with console.status(_("Drawing without a window…")):
        return visit(address, settings, BESIDE_THE_FILLER)


def say_what_was_seen(seen: dict[str, Any], picture: Path) -> None:
    """Print what a picture shows, for people."""
    console = Console(highlight=False)
    session, latency = seen["session"], seen["latency_secs"]
    rows = (
        (_("people"), words.number(session["people"])),
        (_("things"), words.number(session["things"])),
        (_("signals"), words.number(session["signals"])),
        (_("elements in view"), words.number(seen["visible_elements"])),
        (_("signal to picture"), _milliseconds(latency["signal_p95"])),
        (_("driver"), seen["driver"]["name"]),
    )
    for name, value in rows:
        console.print(f"  {name}: {value}", soft_wrap=True)
    console.print(_("Picture: {path}, and what it shows: {path}.json").format(path=picture), soft_wrap=True)


def _milliseconds(secs: float) -> str:
    if not math.isfinite(secs):
        return words.UNKNOWN
    return _("{count} ms (95 % of values)").format(count=words.number(secs * 1000))
