"""The people in the session; a click goes to one."""

from __future__ import annotations

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import draw_list, scrolled, side_panel
from walkdown_client.ui.panels.top_bar import chip_colour
from walkdown_client.world import PersonView

NAME = "people"
ROW_PX = 44.0


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    people = sorted(
        frame.world.people.values(), key=lambda person: (person.id != frame.world.me, person.name)
    )
    with side_panel(frame, NAME, _("People"), count=words.number(len(people))) as found, scrolled("rows"):
        height = frame.canvas.px(ROW_PX)
        draw_list(len(people), height, lambda place: _draw_row(frame, people[place], found))
        if len(people) < 2:
            frame.canvas.empty(
                _("Nobody else is here yet."),
                _("Whoever runs “walkdown join” with the address of this session appears here."),
            )
    return found


def _draw_row(frame: Frame, person: PersonView, found: list[wish.Intent]) -> None:
    canvas, is_me = frame.canvas, person.id == frame.world.me
    rect, clicked = canvas.row(f"person {person.id}", height_px=ROW_PX)
    if not is_me:
        canvas.tip(_("Go to {name}").format(name=person.name))
    canvas.person(
        rect.x + canvas.px(14),
        rect.y + rect.height / 2,
        person.name,
        colour=chip_colour(person),
        radius_px=13,
    )
    x, width = rect.x + canvas.px(38), rect.width - canvas.px(38 if is_me else 62)
    canvas.put_clipped(x, rect.y + canvas.px(3), person.name, width=width)
    line = canvas.fitting(_about(frame, person), width, look.SMALL_PX)
    canvas.put(x, rect.y + canvas.px(23), line, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    if not is_me:
        icon_x, icon_y = rect.x + rect.width - canvas.px(20), rect.y + canvas.px(13)
        canvas.icon("go", icon_x, icon_y, size_px=16, colour=canvas.theme.muted)
        if clicked:
            found.append(wish.GoToPerson(person.id))


def _about(frame: Frame, person: PersonView) -> str:
    parts = [_("you")] if person.id == frame.world.me else []
    if person.kind == "bot":
        parts.append(_("bot"))
    if not person.connected:
        parts.append(_("connection lost"))
    if person.selected and frame.world.twin.has_thing(person.selected):
        name = frame.world.twin.thing(person.selected).name
        parts.append(_("looks at {thing}").format(thing=name))
    return " · ".join(parts) or _("walking about")
