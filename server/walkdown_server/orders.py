"""Which sessions a server shall have: from arguments, flags and the settings file, in a form to be sent.

An order says what a session shows and opens nothing; :func:`plan_of` makes a plan of it in the process in
which it is to run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

import msgspec

from walkdown.errors import SettingsError, WalkdownError
from walkdown.i18n import _
from walkdown.model_options import ModelFlags
from walkdown.session_tables import SessionSettings, load_sessions
from walkdown.settings import ServerSettings
from walkdown_server.lobby import Plan
from walkdown_server.packages import OpenPackages
from walkdown_server.sites import Site, bound_site, demo_site, file_site


class Order(msgspec.Struct, frozen=True):
    """A session that shall be there.

    Attributes:
        name: "" for what its model is called. session: what it shows. flags: about its model files.
    """

    name: str
    session: SessionSettings
    flags: ModelFlags = ModelFlags()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the command line says about sessions.

    Attributes:
        packages: of the first session. demo: whether that is the demo plant. flags: about its model files.
        sessions: ``NAME=PATH`` each. config: settings file, None for the default one.
    """

    packages: Sequence[Path] = ()
    demo: bool = False
    flags: ModelFlags = dataclasses.field(default_factory=ModelFlags)
    sessions: Sequence[str] = ()
    config: Path | None = None


def orders_of(settings: ServerSettings, wishes: Wishes) -> list[Order]:
    """Return what sessions shall be there, the first first.

    With packages or ``--demo`` on the command line the sessions of the file are left out: that is a server
    for just these, and for what ``--session`` names.

    Raises:
        SettingsError: the demo plant and packages are both asked for, two have the same name, or the file is
            wrong.
    """
    named = load_sessions(wishes.sessions, file=wishes.config)
    if wishes.packages or wishes.demo:
        flagged = {flag.partition("=")[0] for flag in wishes.sessions}
        named = {name: session for name, session in named.items() if name in flagged}
    first = _first(settings, wishes)
    asked_for = wishes.packages or wishes.demo or settings.package or settings.bindings or settings.name
    orders = [first] if asked_for or not named else []
    orders += [Order(name, session) for name, session in named.items()]
    if first.name in named and first in orders:
        text = _("The session {name!r} is named twice: by --name and as a session of its own.")
        raise SettingsError(text.format(name=first.name))
    return orders


def _first(settings: ServerSettings, wishes: Wishes) -> Order:
    paths = tuple(wishes.packages) or ((settings.package,) if settings.package else ())
    if wishes.demo and paths:
        raise SettingsError(
            _("Serve the demo plant or packages, not both: leave out --demo or the packages.")
        )
    session = SessionSettings(packages=paths, bindings=settings.bindings, seed=settings.seed)
    return Order(settings.name, session, wishes.flags)


def site_of(order: Order, opened: OpenPackages | None = None) -> Site:
    """Read what a session shows.

    Raises:
        BadInput: a file is wrong; says which and why.
    """
    session = order.session
    opening = (opened or OpenPackages()).open
    if session.paths:
        site = file_site(session.paths, order.flags, opening=opening)
    else:
        site = demo_site(session.seed, opening=opening)
    return bound_site(site, session.bindings) if session.bindings else site


def named(order: Order) -> Order:
    """Return an order with a name; for one that has none, what it shows is read.

    Raises:
        BadInput: a file is wrong; says which and why.
    """
    return order if order.name else msgspec.structs.replace(order, name=site_of(order).name)


def changes(
    before: Sequence[Order], after: Sequence[Order], *, failed: Collection[str] = ()
) -> tuple[list[Order], list[Order]]:
    """Return which sessions are to be shut, and which are to be opened then.

    Args:
        failed: names of those that are not available, which are tried again.
    """
    gone = [order for order in before if order not in after]
    new = [order for order in after if order not in before or order.name in failed]
    return gone, new


def plan_of(order: Order, settings: ServerSettings, opened: OpenPackages) -> Plan:
    """Return how to open a session.

    Args:
        settings: of the server. opened: the packages that are open in this process.
    """
    own = dataclasses.replace(
        settings,
        name=order.name,
        bindings=order.session.bindings,
        seed=order.session.seed,
        max_people=order.session.max_people or settings.max_people,
    )
    return Plan(own, partial(site_of, order, opened))


def plan_read_now(order: Order, settings: ServerSettings, opened: OpenPackages) -> Plan:
    """Return how to open a session whose files have been read; what is wrong with them is said then."""
    plan = plan_of(order, settings, opened)
    try:
        site = plan.site()
    except WalkdownError as error:
        reason = error

        def refuse() -> Site:
            raise reason

        return Plan(plan.settings, refuse)
    return Plan(plan.settings, lambda: site)
