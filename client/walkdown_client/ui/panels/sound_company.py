"""With whom one talks: private group, radio, zone, presenting, muting all, recording."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import GROUP_MAX
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import entered
from walkdown_client.ui.panels.top_bar import clock_text
from walkdown_client.world import World

GROUP_FIELD = "group"


def draw(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the sections about company."""
    _draw_group(frame, found)
    _draw_zone(frame, found)
    _draw_leading(frame, found)
    _draw_recording(frame, found)


def groups_of(world: World) -> dict[str, int]:
    """Return the private groups that there are and how many others are in each."""
    found: dict[str, int] = {}
    for person in world.people.values():
        if person.group and person.id != world.me and person.connected:
            found[person.group] = found.get(person.group, 0) + 1
    return dict(sorted(found.items()))


def _draw_group(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, hearing = frame.canvas, frame.view.hearing
    canvas.section(_("Private group"))
    if hearing.group:
        canvas.paragraph(
            _("You are in {group}: only this group hears you, however far away.").format(group=hearing.group)
        )
        if canvas.check(_("By radio: who is near hears it too"), on=hearing.radio):
            found.append(say.ToggleRadio())
        if canvas.button(_("Leave the group")):
            found.append(say.JoinGroup())
    else:
        _draw_group_field(frame, found)
    for group, count in groups_of(frame.world).items():
        if group != hearing.group and canvas.button(
            _("Join {group} ({count})").format(group=group, count=count)
        ):
            found.append(say.JoinGroup(group))


def _draw_group_field(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, searches = frame.canvas, frame.view.searches
    text = _("Who joins a group of the same name talks in private, however far away the others are.")
    canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
    focus, frame.view.hearing.names_group = frame.view.hearing.names_group, False
    if focus:
        imgui.set_scroll_here_y()
    name = canvas.field(GROUP_FIELD, _("Name of a group"), searches.get(GROUP_FIELD, ""), focus=focus)
    searches[GROUP_FIELD] = name = name[:GROUP_MAX]
    joined = canvas.button(_("Join"), enabled=bool(name.strip())) or (bool(name.strip()) and entered())
    if joined:
        searches.pop(GROUP_FIELD)
        found.append(say.JoinGroup(name))


def _draw_zone(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, zones = frame.canvas, frame.world.voice.rules.zones
    may = frame.may(say.PutZoneHere)
    if not may and not zones:
        return
    canvas.section(_("Zones"))
    text = _("Inside and outside of a zone do not hear each other.")
    canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
    for zone in zones:
        imgui.push_id(zone.zone)
        here = zone.zone == frame.facts.zone
        canvas.text(_("{zone}, where you are").format(zone=zone.name) if here else zone.name)
        if may:
            imgui.same_line()
            if canvas.icon_button("bin", _("Take {zone} away").format(zone=zone.name), size_px=22):
                found.append(say.RemoveZone(zone.zone))
        imgui.pop_id()
    if may and canvas.button(_("Make a zone of this room")):
        found.append(say.PutZoneHere())


def _draw_leading(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw what who leads may do about everybody."""
    canvas, world = frame.canvas, frame.world
    if not frame.may(say.MuteAll):
        return
    me = world.people.get(world.me)
    canvas.section(_("Lead"))
    if canvas.check(_("All are muted but who leads or presents"), on=world.voice.rules.muted_all):
        found.append(say.MuteAll())
    if canvas.check(_("I present: everybody hears me"), on=me is not None and me.presenting):
        found.append(say.Present())


def _draw_recording(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, rules = frame.canvas, frame.world.voice.rules
    canvas.section(_("Recording"))
    if rules.recording_ns:
        text = _("{name} has been recording what is said since {time}.").format(
            name=rules.recorded_by or _("Somebody"), time=clock_text(rules.recording_ns)
        )
        canvas.paragraph(text)
    else:
        canvas.paragraph(_("Nothing is recorded."), canvas.theme.muted, size_px=look.SMALL_PX)
    if canvas.check(_("My voice may be in a recording"), on=frame.view.preferences.sound.recordable):
        found.append(say.ToggleRecordable())
    if frame.may(say.AskToRecord):
        verb = _("End the recording") if rules.recording_ns else _("Record what is said…")
        if canvas.button(verb):
            found.append(say.AskToRecord())
