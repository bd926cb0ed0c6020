"""Letting others in: links and short codes, those that one has made, and the way into another session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from imgui_bundle import imgui

from walkdown.i18n import _, mark, ngettext
from walkdown.messages import Role
from walkdown_client.invitations import SECS_NS, MyInvitation
from walkdown_client.tools import intents as wish
from walkdown_client.tools import link_intents as links
from walkdown_client.tools.rights import ROLE_ABOUT, ROLE_TEXT, roles_up_to, why_not
from walkdown_client.tools.view_state import ShareForm
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import K, choice, entered, scrolled, side_panel
from walkdown_client.ui.theme import packed

NAME = "share"
BAD = 5
HOURS: Mapping[float, str] = {
    1.0: mark("1 hour"),
    8.0: mark("8 hours"),
    24.0: mark("1 day"),
    168.0: mark("1 week"),
}
USES: Mapping[int, str] = {0: mark("any number"), 1: mark("one person"), 10: mark("ten people")}
CODES: Mapping[bool, str] = {True: mark("link and code"), False: mark("link only")}
CODE_PX = 22.0


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    with side_panel(frame, NAME, _("Share")) as found, scrolled("rows"):
        if frame.may(wish.Invite):
            _draw_mine(frame, found)
            _draw_form(frame, found)
        else:
            frame.canvas.empty(_("Links that let others in are made here."), why_not(frame.world.role))
        _draw_seen(frame, found)
        _draw_elsewhere(frame, found)
    return found


def invite(frame: Frame, form: ShareForm) -> wish.Intent:
    """Return the wish for a link; what opens this computer to the network is asked about first."""
    wanted = wish.Invite(_role_in(frame, form), form.hours, form.uses, form.code)
    if not frame.facts.opens_door or form.opened:
        return wanted
    text = _(
        "Until now only this computer reaches this session. From now on its server listens to the network, "
        "encrypted, and lets in whoever has a link or code of yours."
    )
    return wish.AskFirst(_("Open the door?"), text, _("Open it and make a link"), wanted)


def _role_in(frame: Frame, form: ShareForm) -> Role:
    """Return the role that was chosen, or the highest that one may give."""
    roles = roles_up_to(frame.world.role)
    return form.role if form.role in roles else roles[-1]


# ---- a new link -------------------------------------------------------------------------------------


def _draw_form(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, form = frame.canvas, frame.view.share
    canvas.paragraph(_about_the_door(frame), canvas.theme.muted, size_px=look.SMALL_PX)
    canvas.section(_("They come in as"))
    role = _role_in(frame, form)
    roles = {one: _(ROLE_TEXT[one]) for one in roles_up_to(frame.world.role)}
    form.role = _choose(frame, "role", roles, chosen=role)
    canvas.paragraph(_(ROLE_ABOUT[form.role]), canvas.theme.muted, size_px=look.SMALL_PX)
    canvas.section(_("The link is good for"))
    hours = {str(count): _(text) for count, text in HOURS.items()}
    form.hours = float(_choose(frame, "hours", hours, chosen=str(form.hours)))
    uses = {str(count): _(text) for count, text in USES.items()}
    form.uses = int(_choose(frame, "uses", uses, chosen=str(form.uses)))
    canvas.section(_("In the same room or building"))
    codes = {str(wanted): _(text) for wanted, text in CODES.items()}
    form.code = _choose(frame, "code", codes, chosen=str(form.code)) == str(True)
    imgui.dummy((0, canvas.px(4)))
    if canvas.button(_("Make a link"), primary=True):
        found.append(invite(frame, form))


def _about_the_door(frame: Frame) -> str:
    if frame.facts.opens_door and not frame.view.share.opened:
        return _("Only this computer reaches this session; the first link opens it to your network.")
    return _("Whoever has a link comes in, encrypted. Give it to those you mean, and nobody else.")


def _choose(frame: Frame, name: str, texts: Mapping[K, str], *, chosen: K) -> K:
    imgui.push_id(name)
    clicked = choice(frame, texts, chosen)
    imgui.pop_id()
    return chosen if clicked is None else clicked


# ---- those that were made ---------------------------------------------------------------------------


def _draw_mine(frame: Frame, found: list[wish.Intent]) -> None:
    now_ns = frame.world.session_ns
    mine = [made for made in frame.world.invitations.mine.values() if made.expires_ns > now_ns]
    if mine:
        frame.canvas.section(_("Made by you"), str(len(mine)))
    for made in reversed(mine):
        imgui.push_id(made.invite)
        _draw_made(frame, made, found)
        imgui.pop_id()


def _draw_made(frame: Frame, made: MyInvitation, found: list[wish.Intent]) -> None:
    canvas, now_ns = frame.canvas, frame.world.session_ns
    canvas.paragraph(about_invitation(made))
    if made.code and made.code_until_ns > now_ns:
        _draw_code(frame, made, found)
    for place, link in enumerate(made.links):
        imgui.push_id(place)
        canvas.muted(canvas.fitting(shown_link(link), imgui.get_content_region_avail().x, look.SMALL_PX))
        if canvas.button(_("Copy link") if place == 0 else _("Copy this one"), primary=place == 0):
            found.append(wish.CopySecret(link))
        if place == 0:
            imgui.same_line(0, canvas.px(4))
            if canvas.button(_("Revoke")):
                found.append(wish.Revoke(made.invite))
        imgui.pop_id()
    if not made.links and canvas.button(_("Revoke")):
        found.append(wish.Revoke(made.invite))
    imgui.dummy((0, canvas.px(6)))


def _draw_code(frame: Frame, made: MyInvitation, found: list[wish.Intent]) -> None:
    """Draw the code, large enough to be read to somebody, and how long it still counts."""
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    lines = imgui.get_window_draw_list()
    height = canvas.px(CODE_PX + 18)
    lines.add_rect_filled((x, y), (x + width, y + height), packed(canvas.theme.hover), canvas.px(6))
    canvas.put(x + canvas.px(10), y + canvas.px(5), made.code, size_px=CODE_PX)
    left = left_text((made.code_until_ns - frame.world.session_ns) / SECS_NS)
    right = x + width - canvas.px(40)
    canvas.put_right(right, y + canvas.px(12), left, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    imgui.set_cursor_screen_pos((right + canvas.px(6), y + canvas.px(6)))
    if canvas.icon_button("copy", _("Copy the code"), size_px=28, name="code"):
        found.append(wish.CopySecret(made.code))
    imgui.set_cursor_screen_pos((x, y + height + canvas.px(4)))
    imgui.dummy((0, 0))


def about_invitation(made: MyInvitation) -> str:
    """Return one line about a link: as what people come in, until when, and how many."""
    until = datetime.fromtimestamp(made.expires_ns / SECS_NS, UTC).astimezone()
    soon = until - datetime.now(UTC) < timedelta(days=1)
    when = _("until {time}").format(time=until.strftime("%H:%M" if soon else "%Y-%m-%d %H:%M"))
    uses = (
        _("any number")
        if not made.uses
        else ngettext("{count} person", "{count} people", made.uses).format(count=made.uses)
    )
    return " · ".join((_(ROLE_TEXT[made.role]), when, uses))


def shown_link(link: str) -> str:
    """Return a link without what lets people in."""
    return link.partition("#")[0] + "#…"


def left_text(secs: float) -> str:
    """Return how long a code still counts."""
    minutes = max(int(secs // 60), 0)
    if minutes:
        return ngettext("{count} minute left", "{count} minutes left", minutes).format(count=minutes)
    count = max(int(secs), 0)
    return ngettext("{count} second left", "{count} seconds left", count).format(count=count)


# ---- what one sees -------------------------------------------------------------------------------------


def _draw_seen(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the way to a link to what this person sees, without and with an invitation."""
    canvas = frame.canvas
    canvas.section(_("What you see"))
    text = _("A link to this view lets nobody in; it is for those who are here, or are let in.")
    canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
    if canvas.button(_("Copy a link to what I see")):
        found.append(links.CopyLink())
    invites = any(made.links for made in frame.world.invitations.mine.values())
    if invites and canvas.button(_("Copy one that lets people in")):
        found.append(links.CopyInvitingLink())


# ---- another session --------------------------------------------------------------------------------


def _draw_elsewhere(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the way into another session: a short code, or a link."""
    canvas, form = frame.canvas, frame.view.share
    canvas.section(_("Join another session"))
    if form.joining:
        canvas.muted(_("Looking for the server of this code…"))
        return
    form.elsewhere = canvas.field("elsewhere", _("Short code or link"), form.elsewhere, secret=True)
    done = imgui.is_item_deactivated_after_edit() and entered()
    if form.error:
        x, y = imgui.get_cursor_screen_pos()
        canvas.state(x + canvas.px(7), y + canvas.px(10), BAD)
        imgui.indent(canvas.px(20))
        canvas.paragraph(form.error, size_px=look.SMALL_PX)
        imgui.unindent(canvas.px(20))
    done = canvas.button(_("Leave and join"), enabled=bool(form.elsewhere.strip())) or done
    if done and form.elsewhere.strip():
        found.append(wish.JoinElsewhere())
