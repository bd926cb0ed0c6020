"""The people in the session: who they are, what they may do, whether one knows them; a click goes to one."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools.hearing import voice_key
from walkdown_client.tools.rights import ROLE_TEXT
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.key_marks import SIGNS, about_key, draw_key_mark, key_words
from walkdown_client.ui.panels.people_together import draw_presence, draw_together, hand_sign, taking_part
from walkdown_client.ui.panels.person_card import draw_card
from walkdown_client.ui.panels.side import draw_list, scrolled, side_panel
from walkdown_client.ui.panels.top_bar import chip_colour, voice_words
from walkdown_client.ui.panels.top_bar_voice import corner_mark, draw_ring
from walkdown_client.ui.panels.voice_health import draw_health
from walkdown_client.world import PersonView

NAME = "people"
ROW_PX, PRESENCE_PX = 44.0, 16.0


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    hands = frame.view.together.hands
    people = sorted(
        frame.world.people.values(),
        key=lambda person: (
            hands.index(person.id) if person.id in hands else len(hands),
            person.id != frame.world.me,
            person.name,
        ),
    )
    with side_panel(frame, NAME, _("People"), count=words.number(len(people))) as found, scrolled("rows"):
        draw_together(frame, found)
        chosen = frame.world.people.get(frame.view.person)
        if chosen is not None:
            draw_card(frame, chosen, found)
        height = frame.canvas.px(row_px(frame))
        draw_list(len(people), height, lambda place: _draw_row(frame, people[place], found))
        if len(people) < 2:
            frame.canvas.empty(
                _("Nobody else is here yet."),
                _("Make a link under Share, and whoever opens it appears here."),
            )
        else:
            draw_health(frame, found)
    return found


def row_px(frame: Frame) -> float:
    """Return how high a row is: higher when there is something to be said of how people take part."""
    world = frame.world

    def find() -> float:
        more = any(taking_part(frame, person) for person in world.people.values())
        return ROW_PX + (PRESENCE_PX if more else 0.0)

    return frame.memory.of(
        "people rows", (world.presence_revision, world.review.revision, id(world.twin)), find
    )


def _draw_row(frame: Frame, person: PersonView, found: list[wish.Intent]) -> None:
    canvas, is_me = frame.canvas, person.id == frame.world.me
    imgui.set_next_item_allow_overlap()
    chosen = person.id == frame.view.person
    rect, clicked = canvas.row(f"person {person.id}", height_px=row_px(frame), chosen=chosen)
    if imgui.is_item_hovered():
        canvas.tip(_tip(frame, person))
    canvas.person(
        rect.x + canvas.px(14),
        rect.y + canvas.px(ROW_PX) / 2,
        person.name,
        colour=chip_colour(person),
        radius_px=13,
    )
    _draw_voice_marks(frame, person, rect)
    x, width = rect.x + canvas.px(38), rect.width - canvas.px(76 if is_me else 104)
    name = canvas.fitting(hand_sign(frame, person) + person.name, width - canvas.px(22))
    canvas.put(x, rect.y + canvas.px(3), name)
    mark_x = x + canvas.width(name) + canvas.px(6)
    draw_key_mark(canvas, person.key_state, (mark_x, rect.y + canvas.px(5)), size_px=15)
    line = canvas.fitting(_about(frame, person), width, look.SMALL_PX)
    canvas.put(x, rect.y + canvas.px(23), line, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    third = Rect(x, rect.y + canvas.px(41), rect.width - canvas.px(42), canvas.px(18))
    if draw_presence(frame, person, third, found=found):
        return
    more = _draw_more(frame, person, rect, found=found)
    follows = not is_me and _draw_follow(frame, person, rect, found=found)
    if not (more or follows) and clicked and not is_me:
        found.append(wish.GoToPerson(person.id))


def _draw_voice_marks(frame: Frame, person: PersonView, rect: Rect) -> None:
    """Draw a ring about who speaks, and a sign at the chip of who presents, is muted, or hears nobody."""
    canvas, x, y = frame.canvas, rect.x + frame.canvas.px(14), rect.y + frame.canvas.px(ROW_PX) / 2
    radius = canvas.px(13)
    if person.id in frame.facts.sound.speaking:
        draw_ring(frame, (x, y), radius)
    icon = voice_icon(frame, person)
    if icon:
        corner_mark(frame, icon, Rect(x - radius, y - radius, 2 * radius, 2 * radius))


def voice_icon(frame: Frame, person: PersonView) -> str:
    """Return the sign for how somebody speaks and listens, "" when there is nothing to say."""
    silenced = voice_key(person) in frame.view.preferences.sound.silenced
    signs = (
        (person.muted or silenced, "microphone_off"),
        (person.presenting, "present"),
        (person.deaf, "deaf"),
        (person.reach == "radio", "radio"),
        (bool(person.group), "group"),
        (person.ears and not person.microphone, "microphone_off"),
    )
    return next((icon for holds, icon in signs if holds), "")


def _draw_follow(frame: Frame, person: PersonView, rect: Rect, *, found: list[wish.Intent]) -> bool:
    """Draw the button that follows somebody and tell whether it was clicked."""
    canvas, after = frame.canvas, imgui.get_cursor_screen_pos()
    imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(60), rect.y + canvas.px(9)))
    follows = person.id == frame.view.together.following
    tip = _("Follow {name} no more") if follows else _("Follow {name}")
    name = f"follow {person.id}"
    clicked = canvas.icon_button(
        "follow", tip.format(name=person.name), size_px=26, active=follows, name=name
    )
    if clicked:
        found.append(meet.Follow(person.id))
    imgui.set_cursor_screen_pos(after)
    return clicked


def _draw_more(frame: Frame, person: PersonView, rect: Rect, *, found: list[wish.Intent]) -> bool:
    """Draw the button that opens the card and tell whether it was clicked."""
    canvas, after = frame.canvas, imgui.get_cursor_screen_pos()
    imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(32), rect.y + canvas.px(9)))
    is_open = person.id == frame.view.person
    tip = _("All about {name}").format(name=person.name)
    clicked = canvas.icon_button("down" if is_open else "open", tip, size_px=26, name=f"more {person.id}")
    if clicked:
        found.append(wish.OpenPerson(0 if is_open else person.id))
    imgui.set_cursor_screen_pos(after)
    imgui.push_style_var(imgui.StyleVar_.item_spacing.value, (0.0, 0.0))
    imgui.dummy((0, 0))
    imgui.pop_style_var()
    return clicked


def _tip(frame: Frame, person: PersonView) -> str:
    if person.id == frame.world.me:
        return ""
    return _("Go to {name}").format(name=person.name) + f"\n{SIGNS[person.key_state]} {about_key(person)}"


def _about(frame: Frame, person: PersonView) -> str:
    """Return one line: whether it is oneself, the role, the key, and what they are about."""
    parts = [_("you")] if person.id == frame.world.me else []
    parts.append(_("bot") if person.kind == "bot" else _(ROLE_TEXT[person.role]))
    if person.key_state != "none" and person.id != frame.world.me:
        parts.append(key_words(person))
    parts += voice_words(frame, person)
    if not person.connected:
        parts.append(_("connection lost"))
    return " · ".join(parts)
