"""Before a review: what is missing in the model, in the data and in the agenda, and a way to each of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from walkdown.i18n import _, mark
from walkdown.review.readiness import Check, CheckName, Readiness
from walkdown_client.readying import readiness_of
from walkdown_client.tools import intents as wish
from walkdown_client.tools.topic_intents import OpenTopic
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import scrolled, side_panel

NAME = "readiness"
GOOD, ATTENTION, ALARM = 1, 2, 3
"""The states whose shapes stand for well, good to know, and not like this."""

NAMED = 8
"""So many of what was found are named."""

TEXTS: Mapping[CheckName, tuple[str, str]] = {
    "no_model": (mark("A model is here"), mark("There is no model: bring one in with Ctrl+O")),
    "not_drawn": (mark("All things are drawn"), mark("Things that no model draws: {count}")),
    "untagged": (
        mark("All machines have signals"),
        mark("Things without a signal, unlike others of their type: {count}"),
    ),
    "silent": (mark("All signals have good values"), mark("Signals without a good value: {count}")),
    "orphaned": (mark("All topics have their place"), mark("Topics whose thing is gone: {count}")),
    "open": (mark("Nothing is open"), mark("Topics that are open: {count}")),
    "overdue": (mark("Nothing is overdue"), mark("Topics that are overdue: {count}")),
    "unowned": (mark("Every open topic has an owner"), mark("Open topics without an owner: {count}")),
    "no_agenda": (mark("There is an agenda"), mark("There is no agenda yet: write one in the panel Meeting")),
    "agenda_unowned": (
        mark("Every point has an owner"),
        mark("Points of the agenda without an owner: {count}"),
    ),
    "agenda_untimed": (
        mark("Every point has its minutes"),
        mark("Points of the agenda without a time: {count}"),
    ),
    "agenda_unseen": (
        mark("Every point has a view"),
        mark("Points of the agenda without a prepared view: {count}"),
    ),
    "too_long": (mark("It is short enough"), mark("{count} minutes are too long: people tire after 90")),
    "no_scribe": (mark("There is a scribe"), mark("Nobody is the scribe yet")),
    "no_driver": (mark("There is a driver"), mark("Nobody is the driver yet")),
}
"""What is said when all is well, and when something was found."""

TOPIC_CHECKS = ("orphaned", "open", "overdue", "unowned")
AGENDA_CHECKS = ("agenda_unowned", "agenda_untimed", "agenda_unseen")


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    found = _readiness(frame)
    with side_panel(frame, NAME, _("Is the review ready?")) as wishes, scrolled("checks"):
        ready = (
            _("Nothing stands against beginning.")
            if found.ready
            else _("Some of this should be mended first.")
        )
        frame.canvas.paragraph(ready, frame.canvas.theme.muted)
        for check in found.checks:
            wishes += _draw_check(frame, check)
    return wishes


def _readiness(frame: Frame) -> Readiness:
    """Return what was found; looked at again when something has changed, values once a second."""
    world, models = frame.world, frame.facts.models
    drawn: frozenset[str] = frame.memory.of("drawn things", (world.twin, models), lambda: _drawn(frame))
    key = (world.review.revision, world.twin, models, int(frame.facts.now_secs))
    today = datetime.now().astimezone().date()
    return frame.memory.of("readiness", key, lambda: readiness_of(world, drawn=drawn, today=today))


def _drawn(frame: Frame) -> frozenset[str]:
    """Return the ids of the things that models show."""
    names: set[str] = set()
    for model in frame.facts.models:
        names.update(frame.world.twin.names_of_elements(model.elements.keys, model.ref.model))
    return frozenset(names)


def _draw_check(frame: Frame, check: Check) -> list[wish.Intent]:
    canvas = frame.canvas
    well, ill = TEXTS[check.name]
    text = _(ill).format(count=check.found) if check.found else _(well)
    state = (ALARM if check.stops else ATTENTION) if check.found else GOOD
    rect, _clicked = canvas.row(f"check {check.name}")
    canvas.state(rect.x + canvas.px(7), rect.y + rect.height / 2, state)
    canvas.put_clipped(rect.x + canvas.px(20), rect.y + canvas.px(3), text, width=rect.width - canvas.px(24))
    found: list[wish.Intent] = []
    for identity in check.ids[:NAMED]:
        name, intent = _named(frame, check.name, identity)
        rect, clicked = canvas.row(f"{check.name} {identity}")
        width = rect.width - canvas.px(36)
        canvas.put_clipped(
            rect.x + canvas.px(32), rect.y + canvas.px(3), name, width=width, colour=canvas.theme.muted
        )
        found += [intent] if clicked else []
    if check.found > NAMED and check.ids:
        canvas.muted(_("and {count} more").format(count=check.found - NAMED))
    return found


def _named(frame: Frame, check: CheckName, identity: str) -> tuple[str, wish.Intent]:
    """Return what people call something that was found, and where a click leads."""
    world = frame.world
    if check in TOPIC_CHECKS:
        topic = world.review.topics[identity]
        return f"#{topic.index} {topic.title}", OpenTopic(identity)
    if check in AGENDA_CHECKS:
        return world.review.agenda[identity].title, wish.OpenPanel("meeting")
    thing = identity
    if check == "silent":
        thing = world.signals.signals[world.twin.signal_row(identity)].thing
    return f"{world.twin.thing(thing).name} · {identity}", wish.FlyToThing(thing)
