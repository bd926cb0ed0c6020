"""All about one topic: what it says, who sees to it, how it was seen, what was said, and what was so then."""

from __future__ import annotations

from collections.abc import Callable

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Topic
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.rights import why_not
from walkdown_client.tools.topic_list import is_owner
from walkdown_client.tools.topics import is_finished, last_place, orphaned, standing
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels import evidence, topic_comments, topic_history, topic_things, topic_views
from walkdown_client.ui.panels.side import scrolled, side_panel
from walkdown_client.ui.panels.topic_fields import (
    Card,
    draw_description,
    draw_due,
    draw_lists,
    draw_owner,
    draw_title,
    label,
    value_of,
)
from walkdown_client.ui.panels.topic_tasks import draw_tasks
from walkdown_client.ui.panels.topic_words import draw_standing, number_of, shown, warning, when

NAME = "topics"


def draw(frame: Frame, topic: Topic) -> list[wish.Intent]:
    """Draw the card of a topic in the panel of topics."""
    title = _("Topic {number}").format(number=number_of(topic))
    with side_panel(frame, NAME, title) as found:
        card = Card(frame, topic, found)
        _draw_way_back(card)
        with scrolled(f"card {topic.topic}"):
            imgui.push_id(topic.topic)
            _draw_content(card)
            imgui.pop_id()
    return found


def _draw_content(card: Card) -> None:
    frame, canvas = card.frame, card.frame.canvas
    draw_title(card)
    _draw_standing(card)
    _draw_deeds(card)
    _draw_orphaned(card)
    if not frame.may(topics.ChangeTopic):
        canvas.paragraph(why_not(frame.world.role), canvas.theme.muted, size_px=look.SMALL_PX)
    draw_owner(card)
    _draw_acceptance(card)
    draw_due(card)
    draw_lists(card)
    topic_things.draw_labels(card)
    draw_description(card)
    topic_views.draw(card)
    topic_comments.draw(card)
    topic_things.draw(card)
    draw_tasks(frame, card.found)
    folded(card, "topic/evidence", evidence.title(card), draw_inside=lambda: evidence.draw(card))
    folded(card, "topic/history", _("Every change"), draw_inside=lambda: topic_history.draw(card))
    imgui.dummy((0, canvas.px(12)))


def folded(card: Card, key: str, title: str, *, draw_inside: Callable[[], None]) -> None:
    """Draw a section that is folded until somebody opens it; it stays as it was left."""
    canvas, unfolded = card.frame.canvas, card.frame.view.unfolded
    opened = key in unfolded
    imgui.dummy((0, canvas.px(4)))
    rect, clicked = canvas.row(f"fold {key}", height_px=26)
    canvas.icon("down" if opened else "open", rect.x, rect.y + canvas.px(5), size_px=15)
    canvas.put_clipped(rect.x + canvas.px(20), rect.y + canvas.px(3), title, width=rect.width - canvas.px(24))
    if clicked:
        unfolded.symmetric_difference_update({key})
    if opened:
        draw_inside()


# ---- the head -----------------------------------------------------------------------------------------


def _draw_way_back(card: Card) -> None:
    """Draw the way back to the list, and to the topics before and after this one in it."""
    frame, canvas = card.frame, card.frame.canvas
    listed = frame.view.topics.listed
    x, y = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    if canvas.icon_button("back", _("Back to the list") + "  Esc", size_px=26, name="list"):
        card.found.append(topics.OpenTopic(""))
    imgui.same_line(0, canvas.px(2))
    if canvas.button(_("All topics")):
        card.found.append(topics.OpenTopic(""))
    place = listed.index(card.topic.topic) if card.topic.topic in listed else -1
    imgui.set_cursor_screen_pos((x + width - canvas.px(56), y))
    _draw_step(card, "up", _("The topic before in the list"), place=place - 1 if place > 0 else -1)
    imgui.same_line(0, canvas.px(2))
    after = place + 1 if 0 <= place < len(listed) - 1 else -1
    _draw_step(card, "down", _("The next topic in the list"), place=after)


def _draw_step(card: Card, icon: str, tip: str, *, place: int) -> None:
    imgui.begin_disabled(place < 0)
    if card.frame.canvas.icon_button(icon, tip, size_px=26, name="step") and place >= 0:
        card.found.append(topics.OpenTopic(card.frame.view.topics.listed[place]))
    imgui.end_disabled()


def _draw_standing(card: Card) -> None:
    """Draw how it stands, who made it and when, and where it came up."""
    frame, topic, canvas = card.frame, card.topic, card.frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    draw_standing(canvas, x + canvas.px(8), y + canvas.px(10), status=topic.status)
    imgui.set_cursor_screen_pos((x + canvas.px(22), y))
    canvas.paragraph("\n".join(about(frame, topic)), canvas.theme.muted, size_px=look.SMALL_PX)


def about(frame: Frame, topic: Topic) -> list[str]:
    """Return lines that say how a topic stands and how it came to be."""
    now_ns, agenda = frame.world.session_ns, frame.world.review.agenda
    made = _("by {name}, {when}").format(name=topic.author or "—", when=when(topic.made_ns, now_ns=now_ns))
    lines = [f"{shown(topic.status) or _('no status')} · {made}"]
    if topic.changed:
        changed = when(topic.changed_ns, now_ns=now_ns)
        lines.append(_("changed by {name}, {when}").format(name=topic.changed, when=changed))
    if topic.speaker:
        lines.append(_("brought up by {name}").format(name=topic.speaker))
    if topic.item in agenda:
        lines.append(_("under “{item}”").format(item=agenda[topic.item].title))
    if topic.parked:
        lines.append(_("on the parking list"))
    if topic.origin:
        lines.append(_("from a file"))
    return lines


def _draw_deeds(card: Card) -> None:
    """Draw what can be done with the topic as a row of buttons."""
    canvas, topic, frame = card.frame.canvas, card.topic, card.frame
    name = topic.topic
    open_again = is_finished(topic)
    buttons: tuple[tuple[str, str, wish.Intent], ...] = (
        ("camera", _("Look at it as it was seen"), topics.GoToTopic(name)),
        ("plus", _("Keep what I see as a view of it"), topics.AddTopicView(name)),
        (
            ("undo", _("Open it again"), topics.ReopenTopic(name))
            if open_again
            else ("select", _("Close it"), topics.CloseTopic(name))
        ),
        (
            "park",
            _("Take it off the parking list") if topic.parked else _("Put it on the parking list"),
            topics.ParkTopic(name, not topic.parked),
        ),
        ("people", _("Become its owner"), topics.AssignToMe(name)),
        ("export", _("Take it out as a file"), topics.OpenExport("bcf-3.0", name)),
        ("bin", _("Remove it"), remove(topic)),
    )
    for icon, tip, intent in buttons:
        wanted = intent.then if isinstance(intent, wish.AskFirst) else intent
        if frame.may(type(wanted)):
            if canvas.icon_button(icon, tip, name="deed"):
                card.found.append(intent)
            imgui.same_line(0, canvas.px(2))
    imgui.new_line()


def remove(topic: Topic) -> wish.AskFirst:
    """Return the question before a topic is removed."""
    title = _("Remove topic {number}?").format(number=number_of(topic))
    text = _("“{title}” goes with its comments, views and evidence, for everybody. Ctrl+Z brings it back.")
    return wish.AskFirst(
        title, text.format(title=topic.title), _("Remove topic"), topics.RemoveTopic(topic.topic)
    )


def _draw_orphaned(card: Card) -> None:
    """Say that what the topic is about is gone, and that one can still go to where it was."""
    frame, canvas = card.frame, card.frame.canvas
    models = {ref.model for ref in frame.world.packages}
    found = orphaned(card.topic, knows=frame.facts.topics.knows, models=models)
    if found is None:
        return
    text = (
        _("Orphaned: the model on which it stands is not in the session any more.")
        if found.model
        else _("Orphaned: the models do not have what it is about any more.")
    )
    canvas.paragraph(text, warning(canvas), size_px=look.SMALL_PX)
    views = frame.world.review.views_of(card.topic.topic)
    point = last_place(card.topic, placement=frame.world.last_placement(card.topic.model), views=views)
    if point is not None:
        x, y, z = (words.number(part, 1) for part in point)
        canvas.muted(_("Its last place: {x} / {y} / {z} m").format(x=x, y=y, z=z))
    if canvas.button(_("Go to where it was")):
        card.found.append(topics.GoToTopic(card.topic.topic))


# ---- the owner's yes ----------------------------------------------------------------------------------


def _draw_acceptance(card: Card) -> None:
    """Let the owner say yes in place; tell everybody else whether that has been said."""
    frame, topic, canvas = card.frame, card.topic, card.frame.canvas
    if not value_of(card, "assigned") or standing(topic.status) == "closed":
        return
    me, welcome = frame.world.people.get(frame.world.me), frame.world.welcome
    author = welcome.author if welcome is not None else ""
    mine = me is not None and is_owner(topic, name=me.name, author_id=author)
    label(frame, "")
    if value_of(card, "accepted"):
        canvas.muted(_("✓ accepted"))
    elif mine and frame.may(topics.AcceptTopic):
        if canvas.button(_("Accept"), primary=True):
            card.found.append(topics.AcceptTopic(topic.topic))
        canvas.tip(_("Say that you will see to it"))
    else:
        canvas.muted(_("not accepted yet"))
