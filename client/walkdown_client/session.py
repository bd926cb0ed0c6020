"""One person's visit with a picture: joins, stays, takes the picture that was asked for, and leaves."""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt
import platformdirs

from walkdown import __version__
from walkdown.errors import BadInput, Missing, Refused, WalkdownError
from walkdown.i18n import _, language
from walkdown.messages import SUBPROTOCOL, Hello
from walkdown.settings import ClientSettings
from walkdown.twin import STATE_ALARM, STATE_ATTENTION
from walkdown_client import identity, known_people, known_servers
from walkdown_client.address import Address, parse_address
from walkdown_client.app.app import App, AppSettings
from walkdown_client.app.capture import capture
from walkdown_client.app.wishes import Program
from walkdown_client.deep_links import DeepLink
from walkdown_client.identity import Identity
from walkdown_client.known_people import KnownPeople
from walkdown_client.known_servers import KnownServers
from walkdown_client.render.engine import EngineSettings
from walkdown_client.scene.quality import PRESETS, STILL
from walkdown_client.tools.intents import TriggerDisturbance
from walkdown_client.tools.view_state import (
    HINTS,
    Preferences,
    Toast,
    ViewState,
    load_preferences,
    save_preferences,
)
from walkdown_client.tuning import tune_process

LOADING_SECS_MAX = 120.0
CONNECT_SECS_MAX = 15.0
"""How long a visit without a window waits for the server; a window waits as long as it is open."""
CONNECT_PAUSE_SECS = 0.02
"""Between frames of which none shows anything, so that a server of this computer can start meanwhile."""

HEADLESS_SECS = 8.0
DISTURBANCE_SECS_MAX = 60.0
UNSEEN = dataclasses.replace(PRESETS["low"], scale=0.2, edges_far=0.0)
"""Until a picture is taken nobody looks: what is drawn only keeps the world going."""

NAME_MAX = 80


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Where to stand and what to select at the beginning.

    Attributes:
        start: eye and target (3,), metres, site frame; None frames everything.
        select: things to select.
        link: to what to go when the session is there, None for nothing.
        disturb: a scripted fault to start in a visit without a window, and the thing that its picture
            shall show in trouble.
    """

    start: tuple[npt.ArrayLike, npt.ArrayLike] | None = None
    select: Sequence[str] = ()
    link: DeepLink | None = None
    disturb: tuple[str, str] | None = None


def has_display() -> bool:
    """Tell whether a window can be opened here."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY"))


def visit(url: str | Address, settings: ClientSettings, plan: Visit | None = None) -> dict[str, Any]:
    """Join a session and stay until the person leaves, or headless until the time is over.

    A person who leaves for another session is taken there.

    Returns:
        What the last picture shows, see ``app.capture``; empty when none was taken.

    Raises:
        BadInput: the address is none. Refused: the server said no. Missing: no graphics driver.
    """
    plan = plan or Visit()
    headless = settings.headless or not has_display()
    tune_process()
    address: Address | None = url if isinstance(url, Address) else parse_address(url)
    seen: dict[str, Any] = {}
    while address is not None:
        seen, program = _one_session(address, settings, plan, headless=headless)
        address, plan = program.next_address, Visit(link=program.next_link)
    return seen


def _one_session(
    address: Address, settings: ClientSettings, plan: Visit, *, headless: bool
) -> tuple[dict[str, Any], Program]:
    """Visit one session; returns what its picture shows, and where the person wishes to go next."""
    servers = KnownServers(known_servers.default_folder())
    address = servers.complete(address)
    view = _view(headless=headless)
    for name in ("preset", "ui_scale", "quality"):
        if (given := getattr(settings, name)) is not None:
            setattr(view.preferences, name, given)
    for name in ("mode", "output", "input"):
        if (given := getattr(settings, f"sound_{name}")) is not None:
            setattr(view.preferences.sound, name, given)
    with contextlib.closing(servers.visit(address)) as stay:
        app_settings = dataclasses.replace(
            _app_settings(settings, plan, headless=headless),
            identity=_identity(view),
            people=KnownPeople(known_people.default_file()),
            stay=stay,
        )
        app = App(address, _hello(address, settings, resume=stay.resume), app_settings, view=view)
        try:
            return _visit(app, settings, plan, headless=headless), app.program
        finally:
            app.close()
            if not headless:
                save_preferences(_preferences_file(), view.preferences)


def _visit(app: App, settings: ClientSettings, plan: Visit, *, headless: bool) -> dict[str, Any]:
    if headless:
        _wait_for_welcome(app)
    _select(app, plan)
    if plan.link is not None:
        app.go(plan.link)
    return _stay_headless(app, settings, plan) if headless else _stay(app, settings)


def _identity(view: ViewState) -> Identity | None:
    """Return one's own key; a visit without one is possible, and says so."""
    try:
        return identity.load_or_make(identity.default_file())
    except BadInput as error:
        text = str(error)
        view.say(lambda number: Toast(number, _("You join without your key"), text, is_error=True))
        return None


def _stay(app: App, settings: ClientSettings) -> dict[str, Any]:
    app.run(until_secs=time.monotonic() + (settings.seconds or float("inf")))
    _raise_if_refused(app)
    return capture(app, settings.screenshot) if settings.screenshot else {}


def _stay_headless(app: App, settings: ClientSettings, plan: Visit) -> dict[str, Any]:
    """Stay as long as was asked, and until the model and its light are there; then take the picture."""
    ends = time.monotonic() + (settings.seconds or HEADLESS_SECS)
    _frames_until(app, lambda: app.loading.complete, ends + LOADING_SECS_MAX)
    if plan.disturb is not None:
        _disturb(app, *plan.disturb)
    _frames_until(app, lambda: time.monotonic() >= ends and not app.scene.baking, ends + LOADING_SECS_MAX)
    if settings.screenshot is None:
        return {}
    app.scene.set_quality(STILL)
    app.redraw()
    return capture(app, settings.screenshot)


def _disturb(app: App, disturbance: str, thing: str) -> None:
    """Start a fault and wait until it shows."""
    app.wishes.carry_out(TriggerDisturbance(disturbance))
    row = app.world.twin.thing_row.get(thing)
    if row is not None:
        _frames_until(
            app,
            lambda: app.world.thing_states[row] in (STATE_ATTENTION, STATE_ALARM),
            time.monotonic() + DISTURBANCE_SECS_MAX,
        )


def _frames_until(app: App, holds: Callable[[], object], patience: float, *, pause_secs: float = 0.0) -> None:
    """Draw frames until something holds, or the monotonic clock reads ``patience``."""
    while not holds() and time.monotonic() < patience:
        app.frame()
        _raise_if_refused(app)
        time.sleep(pause_secs)


def _raise_if_refused(app: App) -> None:
    if app.world.link_state == "refused":
        raise Refused("refused", app.world.link_text)
    if app.world.link_state == "closed" and app.world.link_text:
        raise WalkdownError(app.world.link_text)


def _wait_for_welcome(app: App) -> None:
    patience = time.monotonic() + CONNECT_SECS_MAX
    _frames_until(app, lambda: app.world.welcome is not None, patience, pause_secs=CONNECT_PAUSE_SECS)
    if app.world.welcome is None:
        reason = app.world.link_text or _("the server does not answer")
        raise Missing(_("The session could not be joined: {reason}").format(reason=reason))


def _select(app: App, plan: Visit) -> None:
    """Select what the plan names; things that the session does not have stay unselected when it is known."""
    app.view.selection = tuple(plan.select)


def _hello(address: Address, settings: ClientSettings, *, resume: str) -> Hello:
    return Hello(
        version=SUBPROTOCOL,
        name=(settings.name or _account())[:NAME_MAX],
        session=address.session,
        resume=resume,
        client=f"walkdown {__version__}",
        language=language(),
    )


def _account() -> str:
    try:
        return getpass.getuser() or _("Guest")
    except (OSError, KeyError):
        return _("Guest")


def _app_settings(settings: ClientSettings, plan: Visit, *, headless: bool) -> AppSettings:
    engine = EngineSettings(headless=headless, size=(settings.width, settings.height))
    return AppSettings(
        engine=engine,
        start=plan.start,
        quality=UNSEEN if headless else None,
        cache=settings.cache or _cache_folder(),
        sound=not headless if settings.sound is None else settings.sound,
    )


def _view(*, headless: bool) -> ViewState:
    """Return the view with what is remembered; a picture shows no first steps."""
    if headless:
        return ViewState(preferences=Preferences(language=language(), hints_done=list(HINTS)))
    return ViewState(preferences=load_preferences(_preferences_file(), Preferences(language=language())))


def _preferences_file() -> Path:
    return platformdirs.user_config_path("walkdown", appauthor=False) / "preferences.json"


def _cache_folder() -> Path:
    return platformdirs.user_cache_path("walkdown", appauthor=False)
