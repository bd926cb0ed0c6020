"""The session's prepared views, and the section: kept, shown, named, put in order, shared."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Viewpoint
from walkdown_client.tools import intents as wish
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools.rights import why_not
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels import section
from walkdown_client.ui.panels.side import draw_list, entered, scrolled, side_panel
from walkdown_client.ui.panels.topic_views import draw_no_picture, draw_picture

NAME = "views"
ROW_PX, PICTURE_PX = 74.0, (96.0, 60.0)
FIELD = "view title"


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    canvas = frame.canvas
    views = frame.world.review.views_of("")
    with side_panel(frame, NAME, _("Views"), count=words.number(len(views)) if views else "") as found:
        with scrolled("views"):
            section.draw(frame, found)
            _draw_buttons(frame, found)
            if not views:
                canvas.empty(
                    _("Views that are prepared for a review are listed here, with all that they show."),
                    _("Shift+V keeps what you see now."),
                )
            draw_list(
                len(views),
                canvas.px(ROW_PX),
                lambda place: _draw_row(frame, views[place], place, found=found),
            )
    return found


def _draw_buttons(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, viewing = frame.canvas, frame.view.viewing
    imgui.dummy((0, canvas.px(6)))
    canvas.muted(_("Prepared views"))
    if not frame.may(cut.KeepView):
        canvas.paragraph(why_not(frame.world.role), canvas.theme.muted, size_px=look.SMALL_PX)
    elif canvas.button(_("Keep this view"), primary=True):
        found.append(cut.KeepView())
    imgui.dummy((0, canvas.px(2)))
    if canvas.check(_("Pins of topics"), on=viewing.pins):
        found.append(cut.TogglePins())
    if viewing.pins and canvas.check(_("Pins of closed topics too"), on=viewing.closed_pins):
        found.append(cut.TogglePins(closed=True))


def _draw_row(frame: Frame, view: Viewpoint, place: int, *, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    if frame.view.viewing.editing == view.viewpoint:
        _draw_title_field(frame, view, found)
        return
    imgui.set_next_item_allow_overlap()
    chosen = frame.view.together.prepared == view.viewpoint
    rect, clicked = canvas.row(f"view {view.viewpoint}", chosen=chosen, height_px=ROW_PX)
    size = canvas.px(PICTURE_PX[0]), canvas.px(PICTURE_PX[1])
    picture = Rect(rect.x, rect.y + canvas.px(7), *size)
    if view.snapshot:
        draw_picture(canvas, frame.facts.topics.picture(view.snapshot), picture)
    else:
        draw_no_picture(canvas, picture, _("no picture"))
    left = rect.x + size[0] + canvas.px(10)
    width = rect.x + rect.width - left - canvas.px(4)
    title = view.title or _("View {number}").format(number=place + 1)
    canvas.put_clipped(left, rect.y + canvas.px(6), title, width=width)
    detail = f"{view.author} · {about(view)}" if view.author else about(view)
    canvas.put_clipped(left, rect.y + canvas.px(25), detail, width=width, colour=canvas.theme.muted)
    if not _draw_acts(frame, view, (left, rect.y + canvas.px(45)), found=found) and clicked:
        found.append(cut.ShowKeptView(view.viewpoint))


def about(view: Viewpoint) -> str:
    """Return in a few words what a view shows besides its place."""
    parts = []
    if view.planes:
        parts.append(_("section"))
    if not view.shown:
        parts.append(_("isolated"))
    elif view.exceptions:
        parts.append(_("hidden things"))
    if view.camera is not None and view.camera.height_m > 0:
        parts.append(_("orthogonal"))
    if view.lines:
        parts.append(_("lines"))
    return ", ".join(parts) or _("place")


def _draw_acts(
    frame: Frame, view: Viewpoint, corner: tuple[float, float], *, found: list[wish.Intent]
) -> bool:
    """Draw what can be done with a view, and tell whether it was."""
    canvas, name, before = frame.canvas, view.viewpoint, len(found)
    after = imgui.get_cursor_screen_pos()
    acts: tuple[tuple[str, str, wish.Intent], ...] = (
        ("present", _("Present from here: all see it so"), cut.PresentFrom(name)),
        ("edit", _("Name it"), cut.EditView(name)),
        ("renew", _("Let it be as you see now"), cut.KeepAgain(name)),
        ("up", _("Earlier"), cut.MoveView(name, -1)),
        ("down", _("Later"), cut.MoveView(name, 1)),
        ("bin", _("Remove it"), cut.RemoveView(name)),
    )
    offered = [act for act in acts if frame.may(type(act[2]))]
    for place, (icon, tip, intent) in enumerate(offered):
        imgui.set_cursor_screen_pos((corner[0] + place * canvas.px(25), corner[1]))
        if canvas.icon_button(icon, tip, size_px=24, name=name):
            found.append(intent)
    imgui.set_cursor_screen_pos(after)
    imgui.dummy((0, 0))
    return len(found) > before


def _draw_title_field(frame: Frame, view: Viewpoint, found: list[wish.Intent]) -> None:
    canvas, viewing = frame.canvas, frame.view.viewing
    fresh = not viewing.title
    viewing.title = canvas.field(FIELD, _("Title"), viewing.title or view.title, focus=fresh)
    if canvas.button(_("Save the title"), primary=True) or entered():
        found.append(cut.RenameView(view.viewpoint, viewing.title))
    imgui.same_line()
    if canvas.button(_("Leave it")):
        found.append(cut.EditView())
    used = canvas.px(ROW_PX) - canvas.px(62)
    imgui.dummy((0, max(used, 1.0)))
