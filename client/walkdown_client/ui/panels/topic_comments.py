"""What was said about a topic: each comment under the one that it answers, and a field for the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Comment
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.topic_state import PROSE_MAX
from walkdown_client.ui import theme as look
from walkdown_client.ui.panels.topic_fields import WRAPPED, Card
from walkdown_client.ui.panels.topic_words import when

DEPTH_MAX = 4
INDENT_PX = 14.0


def draw(card: Card) -> None:
    """Draw all comments and the field for a new one."""
    canvas = card.frame.canvas
    said = card.frame.world.review.comments_on(card.topic.topic)
    canvas.section(_("Comments"), str(len(said)) if said else "")
    for comment, depth in threaded(said):
        imgui.push_id(comment.comment)
        imgui.indent(canvas.px(INDENT_PX * min(depth, DEPTH_MAX) + 0.01))
        _draw_comment(card, comment)
        imgui.unindent(canvas.px(INDENT_PX * min(depth, DEPTH_MAX) + 0.01))
        imgui.pop_id()
    if card.frame.may(topics.AddComment):
        _draw_field(card)


def threaded(said: Sequence[Comment]) -> list[tuple[Comment, int]]:
    """Return comments with how deep they stand: answers under what they answer, the older first.

    An answer to what is not there stands at the top, and so does one that answers itself in a circle.
    """
    known = {comment.comment for comment in said}
    below: dict[str, list[Comment]] = {}
    for comment in said:
        to = comment.reply_to if comment.reply_to in known and comment.reply_to != comment.comment else ""
        below.setdefault(to, []).append(comment)
    found: list[tuple[Comment, int]] = []
    waiting = [(comment, 0) for comment in reversed(below.get("", []))]
    while waiting:
        comment, depth = waiting.pop()
        found.append((comment, depth))
        waiting += [(answer, depth + 1) for answer in reversed(below.get(comment.comment, []))]
    seen = {comment.comment for comment, _depth in found}
    return found + [(comment, 0) for comment in said if comment.comment not in seen]


def _draw_comment(card: Card, comment: Comment) -> None:
    canvas, frame = card.frame.canvas, card.frame
    now_ns = frame.world.session_ns
    x, y = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    line = f"{comment.author} · {when(comment.made_ns, now_ns=now_ns)}"
    if comment.changed_ns:
        line += " · " + _("changed {when}").format(when=when(comment.changed_ns, now_ns=now_ns))
    room = width - canvas.px(96)
    canvas.put_clipped(x, y, line, width=room, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    _draw_buttons(card, comment, x + width)
    imgui.set_cursor_screen_pos((x, y + canvas.px(20)))
    if frame.view.topics.editing[0] == comment.comment:
        _draw_editing(card, comment)
    else:
        canvas.paragraph(comment.text)
    imgui.dummy((0, canvas.px(2)))


def _draw_buttons(card: Card, comment: Comment, right: float) -> None:
    """Draw what can be done with a comment at the right of its first line."""
    canvas, desk = card.frame.canvas, card.frame.view.topics
    y, buttons = imgui.get_cursor_screen_pos().y, list(_deeds(card, comment))
    for place, (icon, tip, intent) in enumerate(buttons):
        imgui.set_cursor_screen_pos((right - canvas.px(22 * (len(buttons) - place)), y - canvas.px(2)))
        if not canvas.icon_button(icon, tip, size_px=21, name=comment.comment):
            continue
        if intent is not None:
            card.found.append(intent)
        elif icon == "reply":
            desk.replies[card.topic.topic] = comment.comment
        else:
            desk.editing = (comment.comment, comment.text)


def _deeds(card: Card, comment: Comment) -> Iterator[tuple[str, str, wish.Intent | None]]:
    """Yield icon, words and wish of what can be done with a comment; None for what is done on the card."""
    frame = card.frame
    own = frame.world.welcome is not None and comment.author_id == frame.world.welcome.author
    if comment.viewpoint in frame.world.review.viewpoints:
        yield "camera", _("Look at what is meant"), topics.ShowTopicView(comment.viewpoint)
    if not frame.may(topics.AddComment):
        return
    yield "reply", _("Answer"), None
    if own:
        yield "edit", _("Change my words"), None
    if own or frame.world.role in ("chair", "admin"):
        yield "bin", _("Take it back"), topics.RemoveComment(comment.comment)


def _draw_editing(card: Card, comment: Comment) -> None:
    canvas, desk = card.frame.canvas, card.frame.view.topics
    before = desk.editing[1]
    text = canvas.text_area("comment", before, height_px=64, flags=WRAPPED)
    desk.editing = (comment.comment, (before if imgui.is_key_pressed(imgui.Key.escape) else text)[:PROSE_MAX])
    if canvas.button(_("Save"), primary=True, enabled=bool(desk.editing[1].strip())):
        card.found.append(topics.ChangeComment(comment.comment, desk.editing[1]))
    imgui.same_line(0, canvas.px(4))
    if canvas.button(_("Cancel")):
        desk.editing = ("", "")


def _draw_field(card: Card) -> None:
    """Draw the field for the next comment; Enter says it, Ctrl+Enter begins a new line."""
    canvas, desk, topic = card.frame.canvas, card.frame.view.topics, card.topic.topic
    reply_to = desk.replies.get(topic, "")
    answered = card.frame.world.review.comments.get(reply_to)
    if answered is not None:
        text = _("Answer to {name}").format(name=answered.author)
        if canvas.button(f"× {text}"):
            desk.replies.pop(topic, None)
        canvas.tip(_("Answer nobody"))
    before = desk.comments.get(topic, "")
    flags = imgui.InputTextFlags_.ctrl_enter_for_new_line.value | WRAPPED
    text = canvas.text_area(
        "new comment", before, height_px=52, flags=flags, focus=desk.takes_keyboard("comment")
    )
    active = imgui.is_item_active() or imgui.is_item_deactivated()
    if not before and not imgui.is_item_active():
        corner = imgui.get_item_rect_min()
        hint = _("Say something about it")
        canvas.put(corner.x + canvas.px(8), corner.y + canvas.px(4), hint, colour=canvas.theme.muted)
    if not imgui.is_key_pressed(imgui.Key.escape):
        desk.comments[topic] = text[:PROSE_MAX]
    entered = active and imgui.is_key_pressed(imgui.Key.enter, False) and not imgui.get_io().key_ctrl
    said = desk.comments.get(topic, "").strip()
    sent = canvas.button(_("Comment"), primary=bool(said), enabled=bool(said))
    imgui.same_line(0, canvas.px(8))
    if canvas.check(_("with what I see"), on=topic in desk.with_view):
        desk.with_view.symmetric_difference_update({topic})
    if said and (sent or entered):
        known = reply_to if answered is not None else ""
        card.found.append(topics.AddComment(topic, said, known, topic in desk.with_view))
