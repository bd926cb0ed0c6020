"""What people do together, as the list of people says it: who looks at what, follows whom, raises a hand."""

from __future__ import annotations

from collections.abc import Iterator

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.attendance import duty_words
from walkdown_client.ui.panels.meeting_strip import watched_words
from walkdown_client.world import PersonView


def hand_sign(frame: Frame, person: PersonView) -> str:
    """Return the sign of a hand that is up, with its place among all of them, "" for none."""
    hands = frame.view.together.hands
    if person.id not in hands:
        return ""
    return _("Hand {number}").format(number=hands.index(person.id) + 1) + " · "


def taking_part(frame: Frame, person: PersonView) -> list[str]:
    """Return in a few words each how somebody takes part, what they look at first."""
    world, looked = frame.world, looks_at(frame, person)
    parts = [_("looks at {thing}").format(thing=world.twin.thing(looked).name)] if looked else []
    parts += duty_words(world.review.meeting.duties, person.author)
    if person.following == world.me and world.me:
        parts.append(_("follows you"))
    elif person.following in world.people:
        parts.append(_("follows {name}").format(name=world.people[person.following].name))
    if person.private:
        parts.append(_("wanders alone"))
    return parts


def looks_at(frame: Frame, person: PersonView) -> str:
    """Return the thing that somebody looks at, else that they have selected; "" for none."""
    twin = frame.world.twin
    return next((thing for thing in (person.looking, person.selected) if thing and twin.has_thing(thing)), "")


def draw_presence(frame: Frame, person: PersonView, place: Rect, *, found: list[wish.Intent]) -> bool:
    """Draw how somebody takes part; a click selects what they look at. Tells whether it was clicked."""
    canvas, looked = frame.canvas, looks_at(frame, person)
    text = " · ".join(taking_part(frame, person))
    if not text:
        return False
    line = canvas.fitting(text, place.width, look.SMALL_PX)
    colour = canvas.theme.accent if looked else canvas.theme.muted
    canvas.put(place.x, place.y, line, colour=colour, size_px=look.SMALL_PX)
    if not looked:
        return False
    after = imgui.get_cursor_screen_pos()
    imgui.set_cursor_screen_pos((place.x, place.y))
    clicked = imgui.invisible_button(
        f"presence {person.id}", (canvas.width(line, look.SMALL_PX), place.height)
    )
    canvas.tip(text)
    imgui.set_cursor_screen_pos(after)
    if clicked:
        found.append(wish.SelectThing(looked))
    return clicked


def draw_together(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw what one does oneself with others: the hand, calling, going back, and who follows."""
    canvas, taking = frame.canvas, frame.view.together
    if len(frame.world.people) < 2:
        return
    if canvas.button(_("Lower my hand") if taking.hand else _("Raise my hand")):
        found.append(meet.RaiseHand(not taking.hand))
    if rules.may_gather(frame.world):
        label = _("Release all") if taking.caller else _("Call all to me")
        _same_line(frame, label)
        if canvas.button(label):
            found.append(meet.GatherAll(release=taking.caller))
    if taking.places:
        label = _("Return to where I was")
        _same_line(frame, label)
        if canvas.button(label):
            found.append(meet.GoBack())
    watched = watched_words(frame)
    if watched:
        canvas.paragraph(watched, canvas.theme.muted, size_px=look.SMALL_PX)
    imgui.dummy((0, canvas.px(4)))


def _same_line(frame: Frame, label: str) -> None:
    """Go on in the same line when a button has room in it."""
    canvas = frame.canvas
    right = imgui.get_window_pos().x + imgui.get_window_width()
    if imgui.get_item_rect_max().x + canvas.width(label) + canvas.px(30) < right:
        imgui.same_line(0, canvas.px(4))


def draw_deeds(frame: Frame, person: PersonView, found: list[wish.Intent]) -> None:
    """Draw what one can do with somebody, on their card: follow, call, give the word, see what they see."""
    canvas = frame.canvas
    for place, (text, intent) in enumerate(_deeds(frame, person)):
        label = canvas.fitting(text, imgui.get_content_region_avail().x - canvas.px(20))
        if place:
            _same_line(frame, label)
        if canvas.button(label):
            found.append(intent)


def _deeds(frame: Frame, person: PersonView) -> Iterator[tuple[str, wish.Intent]]:
    world = frame.world
    follows = person.id == frame.view.together.following
    yield _("Follow no more") if follows else _("Follow"), meet.Follow(person.id)
    if rules.may_gather(world):
        yield _("Call here"), meet.GatherAll((person.id,), release=False)
    if person.hand and frame.may(meet.GiveWord):
        observes = person.role == "observer"
        yield _("Let them take part") if observes else _("Give the word"), meet.GiveWord(person.id)
    if person.author and frame.may(meet.SayLine):
        yield _("Name in the chat"), meet.InsertLink(f"person:{person.author}")
    looked = looks_at(frame, person)
    if looked:
        yield _("Looks at {thing}").format(thing=world.twin.thing(looked).name), wish.FlyToThing(looked)


def draw_hands(frame: Frame, right: float) -> tuple[float, bool]:
    """Draw in the top bar how many hands are up; returns where that begins, and whether it was clicked."""
    canvas, bar, hands = frame.canvas, frame.layout.top_bar, frame.view.together.hands
    if not hands:
        return right, False
    count = str(len(hands))
    width = canvas.px(22) + canvas.width(count) + canvas.px(8)
    x = right - width
    imgui.set_cursor_screen_pos((x, bar.y + canvas.px(5)))
    clicked = imgui.invisible_button("hands", (width, canvas.px(26)))
    names = [frame.world.people[n].name for n in hands if n in frame.world.people]
    canvas.tip(_("Hands are up: {names}").format(names=", ".join(names)))
    canvas.icon("hand", x, bar.y + canvas.px(8), size_px=20, colour=canvas.theme.accent)
    canvas.put(x + canvas.px(22), bar.y + canvas.px(8), count)
    return x - canvas.px(4), clicked
