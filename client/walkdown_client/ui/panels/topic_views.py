"""The views of a topic: pictures that one can look at, and a click that shows the scene as it was seen."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Viewpoint
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.topic_state import Picture
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Canvas, Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.topic_fields import Card
from walkdown_client.ui.panels.topic_words import when
from walkdown_client.ui.theme import packed

WIDTH_PX, HEIGHT_PX = 140.0, 88.0


def draw(card: Card) -> None:
    """Draw the views side by side, as many as there is room for."""
    frame, canvas = card.frame, card.frame.canvas
    views = frame.world.review.views_of(card.topic.topic)
    canvas.section(_("Views"), str(len(views)) if views else "")
    if not views:
        canvas.paragraph(
            _("How it is seen: look at it and press + above."), canvas.theme.muted, size_px=look.SMALL_PX
        )
        return
    right = imgui.get_cursor_screen_pos().x + imgui.get_content_region_avail().x
    for place, view in enumerate(views):
        if place and imgui.get_item_rect_max().x + canvas.px(WIDTH_PX + 8) <= right:
            imgui.same_line(0, canvas.px(8))
        imgui.begin_group()
        _draw_view(card, view, place)
        imgui.end_group()


def _draw_view(card: Card, view: Viewpoint, place: int) -> None:
    frame, canvas = card.frame, card.frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    size = (canvas.px(WIDTH_PX), canvas.px(HEIGHT_PX))
    imgui.set_next_item_allow_overlap()
    clicked = imgui.invisible_button(f"view {view.viewpoint}", size)
    hovered = imgui.is_item_hovered()
    rect = Rect(x, y, *size)
    if view.snapshot:
        draw_picture(canvas, frame.facts.topics.picture(view.snapshot), rect)
    else:
        draw_no_picture(canvas, rect, _("no picture"))
    canvas.tip(_tip(frame, view, place))
    if clicked:
        card.found.append(topics.ShowTopicView(view.viewpoint))
    after = imgui.get_cursor_screen_pos()
    if hovered or imgui.is_mouse_hovering_rect((x, y), (x + size[0], y + size[1])):
        _draw_buttons(card, view, rect)
    imgui.set_cursor_screen_pos(after)
    imgui.dummy((0, 0))


def _tip(frame: Frame, view: Viewpoint, place: int) -> str:
    title = view.title or _("View {number}").format(number=place + 1)
    made = when(view.made_ns, now_ns=frame.world.session_ns)
    return f"{title}\n{view.author} · {made}\n" + _("Click to look at it as it was seen")


def _draw_buttons(card: Card, view: Viewpoint, rect: Rect) -> None:
    """Draw what else can be done with a view: see its picture large, remove it."""
    canvas, frame = card.frame.canvas, card.frame
    imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(52), rect.y + canvas.px(2)))
    if view.snapshot and canvas.icon_button(
        "frame", _("See the picture large"), size_px=24, name=view.viewpoint
    ):
        card.found.append(topics.ShowPicture(view.snapshot))
    own = frame.world.welcome is not None and view.author_id == frame.world.welcome.author
    if (own or frame.world.role in ("chair", "admin")) and frame.may(topics.RemoveTopicView):
        imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(26), rect.y + canvas.px(2)))
        if canvas.icon_button("bin", _("Remove this view"), size_px=24, name=view.viewpoint):
            card.found.append(topics.RemoveTopicView(view.viewpoint))


# ---- pictures -------------------------------------------------------------------------------------------


def draw_picture(canvas: Canvas, picture: Picture, rect: Rect) -> None:
    """Draw a picture as large as it fits into a place, or say that it is on its way or why it is not."""
    lines = imgui.get_window_draw_list()
    if picture.state != "there":
        draw_no_picture(canvas, rect, _("loading…") if picture.state == "waits" else picture.text)
        return
    part = min(rect.width / picture.width, rect.height / picture.height)
    width, height = picture.width * part, picture.height * part
    x, y = rect.x + (rect.width - width) / 2, rect.y + (rect.height - height) / 2
    texture = imgui.ImTextureRef(picture.texture)
    lines.add_image(texture, (x, y), (x + width, y + height), (0.0, 1.0), (1.0, 0.0))
    lines.add_rect((x, y), (x + width, y + height), packed(canvas.theme.line))


def draw_no_picture(canvas: Canvas, rect: Rect, text: str) -> None:
    """Draw a place without a picture, and why it is empty."""
    lines = imgui.get_window_draw_list()
    end = (rect.x + rect.width, rect.y + rect.height)
    lines.add_rect_filled((rect.x, rect.y), end, packed(canvas.theme.raised), canvas.px(4))
    shown = canvas.fitting(text, rect.width - canvas.px(12), look.SMALL_PX)
    x = rect.x + (rect.width - canvas.width(shown, look.SMALL_PX)) / 2
    y = rect.y + rect.height / 2 - canvas.px(8)
    canvas.put(x, y, shown, colour=canvas.theme.muted, size_px=look.SMALL_PX)


def draw_large(frame: Frame) -> list[wish.Intent]:
    """Draw the picture that is shown large over the scene; a click or Esc closes it."""
    sha256 = frame.view.topics.picture
    if not sha256:
        return []
    canvas, scene = frame.canvas, frame.layout.scene
    room = Rect(
        scene.x + canvas.px(16),
        scene.y + canvas.px(16),
        scene.width - canvas.px(32),
        scene.height - canvas.px(32),
    )
    with canvas.window("topic_picture", room, flags=imgui.WindowFlags_.no_scrollbar):
        x, y = imgui.get_cursor_screen_pos()
        place = Rect(x, y, room.width - canvas.px(24), room.height - canvas.px(20))
        imgui.set_next_item_allow_overlap()
        clicked = imgui.invisible_button("large", (max(place.width, 1.0), max(place.height, 1.0)))
        draw_picture(canvas, frame.facts.topics.large(sha256), place)
        canvas.tip(_("Click or press Esc to close it"))
    return [topics.ShowPicture("")] if clicked else []
