"""All about one person: what they may do, whether their key is known, and what one may do about them."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown import messages as m
from walkdown.i18n import _
from walkdown.roles import RANK
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import VOLUME_MAX, voice_key
from walkdown_client.tools.rights import ROLE_ABOUT, ROLE_TEXT, roles_up_to, why_not
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.key_marks import about_key, draw_key_mark, key_words
from walkdown_client.ui.panels import people_together
from walkdown_client.ui.panels.side import choice
from walkdown_client.ui.panels.top_bar import voice_words
from walkdown_client.ui.sound_words import came_through, percent
from walkdown_client.world import PersonView, World


def draw_card(frame: Frame, person: PersonView, found: list[wish.Intent]) -> None:
    """Draw the card; it is closed by its button or by choosing the person again."""
    canvas = frame.canvas
    imgui.push_id(f"card {person.id}")
    _draw_head(frame, person, found)
    _draw_key(frame, person, found)
    if person.id != frame.world.me:
        people_together.draw_deeds(frame, person, found)
    _draw_role(frame, person, found)
    _draw_voice(frame, person, found)
    if person.id != frame.world.me:
        _draw_deeds(frame, person, found)
    imgui.dummy((0, canvas.px(6)))
    imgui.pop_id()


def kick(person: PersonView) -> wish.AskFirst:
    """Return the question before somebody is shown the door."""
    text = _("They leave at once, and come back only with a new link. Everybody reads it in the record.")
    title = _("Show {name} the door?").format(name=person.name)
    return wish.AskFirst(title, text, _("Show the door"), wish.Kick(person.id))


def over(world: World, person: PersonView, kind: type[m.Message]) -> bool:
    """Tell whether one may do something to somebody: the role allows it, and theirs is not above."""
    return world.may(kind) and RANK[person.role] <= RANK[world.role]


def _draw_head(frame: Frame, person: PersonView, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    canvas.section(person.name)
    after = imgui.get_cursor_screen_pos()
    imgui.set_cursor_screen_pos((x + width - canvas.px(22), y + canvas.px(3)))
    if canvas.icon_button("close", _("Close"), size_px=20, name="card"):
        found.append(wish.OpenPerson(0))
    imgui.set_cursor_screen_pos(after)


def _draw_key(frame: Frame, person: PersonView, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    draw_key_mark(canvas, person.key_state, (x, y + canvas.px(1)), size_px=18)
    canvas.put(x + canvas.px(24), y, key_words(person))
    imgui.dummy((0, canvas.px(20)))
    if person.id == frame.world.me:
        text = _("This is you. Others see by your key that it is you again.") if person.key else ""
    else:
        text = about_key(person)
    if text:
        canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
    if person.key_state == "changed" and person.key and canvas.button(_("Trust this key")):
        found.append(wish.TrustKey(person.id))


def _draw_role(frame: Frame, person: PersonView, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    canvas.section(_("Role"))
    if over(frame.world, person, m.SetRole):
        texts = {role: _(ROLE_TEXT[role]) for role in roles_up_to(frame.world.role)}
        clicked = choice(frame, texts, person.role)
        found += [wish.SetRole(person.id, role) for role in texts if role == clicked != person.role]
    else:
        canvas.text(_(ROLE_TEXT[person.role]))
    canvas.paragraph(_(ROLE_ABOUT[person.role]), canvas.theme.muted, size_px=look.SMALL_PX)


def _draw_voice(frame: Frame, person: PersonView, found: list[wish.Intent]) -> None:
    """Draw how somebody speaks and listens, and how loud they are for oneself."""
    canvas, sound = frame.canvas, frame.view.preferences.sound
    canvas.section(_("Voice"))
    said = voice_words(frame, person)
    if said:
        canvas.paragraph(" · ".join(said), canvas.theme.muted, size_px=look.SMALL_PX)
    if person.id != frame.world.me:
        volume = sound.volumes.get(voice_key(person), 1.0)
        moved = canvas.slider(_("How loud for you"), volume, low=0.0, high=VOLUME_MAX, text=percent(volume))
        if moved != volume:
            found.append(say.SetPersonVolume(person.id, round(moved * 20) / 20))
        if canvas.check(_("Hear them no more"), on=voice_key(person) in sound.silenced):
            found.append(say.Silence(person.id, voice_key(person) not in sound.silenced))
        if person.id in frame.facts.sound.talkers:
            canvas.muted(came_through(frame.facts.sound.talkers[person.id]))
    if frame.may(say.Present):
        text = _("Presents: is heard everywhere")
        if canvas.check(text, on=person.presenting):
            found.append(say.Present(person.id, not person.presenting))


def _draw_deeds(frame: Frame, person: PersonView, found: list[wish.Intent]) -> None:
    canvas, world = frame.canvas, frame.world
    canvas.section(_("Door"))
    mutes, kicks = over(world, person, m.Mute), over(world, person, m.Kick)
    if canvas.button(_("Let them be heard") if person.muted else _("Mute"), enabled=mutes):
        found.append(wish.Mute(person.id, not person.muted))
    imgui.same_line(0, canvas.px(4))
    if canvas.button(_("Show the door…"), enabled=kicks):
        found.append(kick(person))
    if not (mutes and kicks):
        canvas.paragraph(why_not(world.role), canvas.theme.muted, size_px=look.SMALL_PX)
