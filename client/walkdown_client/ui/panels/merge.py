"""What a file of topics would change, before anything is changed: who wins where both sides did, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imgui_bundle import imgui

from walkdown.i18n import _, mark, ngettext
from walkdown.review import MergeConflict, MergePlan, PlannedTopic
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.rights import why_not
from walkdown_client.tools.topic_state import OpenMerge
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import entered, side_panel
from walkdown_client.ui.panels.topic_fields import plain_value
from walkdown_client.ui.panels.topic_history import SILENT
from walkdown_client.ui.panels.topic_tasks import draw_tasks
from walkdown_client.ui.panels.topic_words import FIELD_TEXT, warning

NAME = "merge"
ROW_PX, FOOT_PX = 48.0, 44.0
VALUE_MAX, LINES_MAX, NOTES_MAX = 160, 40, 50
WHAT_TEXT = {"new": mark("new"), "changed": mark("changed"), "same": mark("the same")}
OPEN = "merge/"
"""Before the id of a topic whose changes are unfolded."""


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    merge = frame.facts.topics.merge
    with side_panel(frame, NAME, _("Bring in topics")) as found:
        if merge is None:
            _draw_form(frame, found)
        else:
            _draw_plan(frame, merge, found)
    return found


def _draw_form(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw how a file is brought in, and how far those are that come."""
    canvas = frame.canvas
    draw_tasks(frame, found)
    if not frame.may(topics.BringTopics):
        canvas.paragraph(why_not(frame.world.role), canvas.theme.muted, size_px=look.SMALL_PX)
        return
    if frame.facts.has_dialog and canvas.button(_("Choose a file…"), primary=True):
        found.append(topics.BringTopics())
    searches = frame.view.searches
    hint = _("Type or paste the path of a .bcf file or a session pack")
    searches[NAME] = canvas.field("topics path", hint, searches.get(NAME, ""))
    done = imgui.is_item_deactivated_after_edit() and entered()
    if (canvas.button(_("Bring it in"), enabled=bool(searches[NAME].strip())) or done) and searches[
        NAME
    ].strip():
        found.append(topics.BringTopics(searches.pop(NAME)))
    if not frame.facts.topics.tasks:
        canvas.empty(
            _("What a BCF file or a session pack would change is shown here, before anything is changed."),
            _("Choose a file, drop one on the window, or send one with “walkdown send”."),
        )


# ---- the plan -------------------------------------------------------------------------------------------


def _draw_plan(frame: Frame, merge: OpenMerge, found: list[wish.Intent]) -> None:
    canvas, plan, left_out = frame.canvas, merge.plan, frame.view.topics.left_out
    canvas.paragraph(f"{plan.file} · {plan.format}", canvas.theme.muted, size_px=look.SMALL_PX)
    canvas.paragraph(summary(plan))
    if not frame.may(topics.MergeTopics):
        canvas.paragraph(why_not(frame.world.role), warning(canvas), size_px=look.SMALL_PX)
    height = imgui.get_content_region_avail().y - canvas.px(FOOT_PX)
    if imgui.begin_child("plan", (0, max(height, 40.0))):
        for note in plan.notes[:NOTES_MAX]:
            canvas.paragraph(note, warning(canvas), size_px=look.SMALL_PX)
        shown = frame.memory.of("planned topics", id(plan), lambda: in_order(plan))
        _draw_topics(frame, shown, found)
    imgui.end_child()
    taken = [topic for topic in plan.topics if topic.what != "same" and topic.topic_id not in left_out]
    _draw_foot(frame, merge, len(taken), found=found)


def in_order(plan: MergePlan) -> list[PlannedTopic]:
    """Return those with conflicts first, then changed ones, new ones and those that stay the same."""
    rank = {"changed": 1, "new": 2, "same": 3}
    return sorted(plan.topics, key=lambda topic: 0 if topic.conflicts else rank[topic.what])


def summary(plan: MergePlan) -> str:
    """Return in a line how many topics are new, changed and the same, and where both sides changed one."""
    counts = {what: sum(topic.what == what for topic in plan.topics) for what in WHAT_TEXT}
    parts = [f"{words.number(count)} {_(WHAT_TEXT[what])}" for what, count in counts.items() if count]
    conflicts = sum(len(topic.conflicts) for topic in plan.topics)
    if conflicts:
        text = ngettext(
            "{count} field changed on both sides", "{count} fields changed on both sides", conflicts
        )
        parts.append(text.format(count=words.number(conflicts)))
    return " · ".join(parts) or _("There are no topics in this file.")


def _draw_topics(frame: Frame, shown: list[PlannedTopic], found: list[wish.Intent]) -> None:
    """Draw the topics that are in sight; between those that are unfolded all have the same height."""
    unfolded = frame.view.unfolded
    opened = [place for place, topic in enumerate(shown) if OPEN + topic.topic_id in unfolded]
    start = 0
    for place in [*opened, len(shown)]:
        _draw_run(frame, shown[start:place], found)
        if place < len(shown):
            _draw_topic(frame, shown[place], found)
        start = place + 1


def _draw_run(frame: Frame, run: list[PlannedTopic], found: list[wish.Intent]) -> None:
    """Draw those of a row of folded topics that are in sight."""
    clipper = imgui.ListClipper()
    clipper.begin(len(run), frame.canvas.px(ROW_PX))
    while clipper.step():
        for place in range(clipper.display_start, clipper.display_end):
            _draw_topic(frame, run[place], found)
    clipper.end()


def _draw_topic(frame: Frame, planned: PlannedTopic, found: list[wish.Intent]) -> None:
    """Draw one topic: a tick whether it is taken, what becomes of it, and unfolded what changes."""
    canvas, view = frame.canvas, frame.view
    key, taken = OPEN + planned.topic_id, planned.topic_id not in view.topics.left_out
    imgui.set_next_item_allow_overlap()
    rect, clicked = canvas.row(f"planned {planned.topic_id}", height_px=ROW_PX)
    x = rect.x + canvas.px(26)
    faint = canvas.theme.text if taken and planned.what != "same" else canvas.theme.muted
    room = rect.width - canvas.px(52)
    canvas.put_clipped(x, rect.y + canvas.px(3), planned.title, width=room, colour=faint)
    colour = warning(canvas) if planned.conflicts and taken else canvas.theme.muted
    text, y = row_text(planned, taken=taken), rect.y + canvas.px(24)
    canvas.put_clipped(x, y, text, width=rect.width - canvas.px(30), colour=colour, size_px=look.SMALL_PX)
    opened = key in view.unfolded
    icon_x = rect.x + rect.width - canvas.px(22)
    canvas.icon("down" if opened else "open", icon_x, rect.y + canvas.px(6), size_px=15)
    if _draw_tick(frame, planned, taken=taken, corner=(rect.x, rect.y)):
        found.append(topics.LeaveOut(planned.topic_id))
    elif clicked:
        view.unfolded.symmetric_difference_update({key})
    if opened:
        _draw_changes(frame, planned)


def _draw_tick(frame: Frame, planned: PlannedTopic, *, taken: bool, corner: tuple[float, float]) -> bool:
    """Draw the box that says whether a topic is taken; one that stays the same has none."""
    if planned.what == "same":
        return False
    canvas, after = frame.canvas, imgui.get_cursor_screen_pos()
    imgui.set_cursor_screen_pos((corner[0] - canvas.px(2), corner[1] + canvas.px(2)))
    tip = _("Leave this topic out") if taken else _("Take this topic")
    clicked = canvas.icon_button("select" if taken else "box", tip, size_px=24, name=planned.topic_id)
    imgui.set_cursor_screen_pos(after)
    imgui.dummy((0, 0))
    return clicked


def row_text(planned: PlannedTopic, *, taken: bool) -> str:
    """Return in a line what becomes of a topic."""
    if not taken:
        return _("left out")
    parts = [_(WHAT_TEXT[planned.what])]
    fields = [name for name in planned.changes if name not in SILENT]
    counts: Mapping[str, tuple[str, int]] = {
        "fields": (ngettext("{count} field", "{count} fields", len(fields)), len(fields)),
        "comments": (
            ngettext("{count} comment", "{count} comments", len(planned.comments)),
            len(planned.comments),
        ),
        "views": (
            ngettext("{count} view", "{count} views", len(planned.viewpoints)),
            len(planned.viewpoints),
        ),
        "conflicts": (
            ngettext(
                "{count} changed on both sides", "{count} changed on both sides", len(planned.conflicts)
            ),
            len(planned.conflicts),
        ),
        "unresolved": (
            ngettext("{count} component unknown", "{count} components unknown", len(planned.unresolved)),
            len(planned.unresolved),
        ),
    }
    parts += [text.format(count=words.number(count)) for text, count in counts.values() if count]
    return " · ".join(parts)


# ---- what changes ---------------------------------------------------------------------------------------


def _draw_changes(frame: Frame, planned: PlannedTopic) -> None:
    canvas = frame.canvas
    imgui.indent(canvas.px(26))
    for conflict in planned.conflicts:
        _draw_conflict(frame, conflict)
    for line in list(change_lines(frame, planned))[:LINES_MAX]:
        canvas.paragraph(line, size_px=look.SMALL_PX)
    if planned.unresolved:
        text = _("No model here has these components: {names}")
        names = ", ".join(planned.unresolved[:LINES_MAX])
        if len(planned.unresolved) > LINES_MAX:
            names += " …"
        canvas.paragraph(text.format(names=names), warning(canvas), size_px=look.SMALL_PX)
    imgui.unindent(canvas.px(26))
    imgui.dummy((0, canvas.px(4)))


def _draw_conflict(frame: Frame, conflict: MergeConflict) -> None:
    """Show both values of a field, which of them stands, and why."""
    canvas, wins = frame.canvas, conflict.winner
    name = _(FIELD_TEXT[conflict.field]) if conflict.field in FIELD_TEXT else _("Comment")
    canvas.text(name, warning(canvas), size_px=look.SMALL_PX)
    for side, title, text in (("here", _("Here"), conflict.here), ("file", _("File"), conflict.file)):
        mark_of = "✓ " if side == wins else "– "
        colour = canvas.theme.text if side == wins else canvas.theme.muted
        canvas.paragraph(f"{mark_of}{title}: {_short(text) or '—'}", colour, size_px=look.SMALL_PX)
    winner = _("What is here stays.") if wins == "here" else _("The file wins.")
    canvas.paragraph(f"{winner} {conflict.why}".strip(), canvas.theme.muted, size_px=look.SMALL_PX)


def change_lines(frame: Frame, planned: PlannedTopic) -> Iterator[str]:
    """Yield in words what changes of a topic: fields from … to …, comments, views."""
    there = frame.world.review.topics.get(planned.topic_id)
    said = {conflict.field for conflict in planned.conflicts}
    for field, value in planned.changes.items():
        if field in SILENT or field in said:
            continue
        name = _(FIELD_TEXT[field]) if field in FIELD_TEXT else field
        before = _short(plain_value(getattr(there, field, None))) if there is not None else "—"
        yield f"{name}: {before} → {_short(plain_value(value))}"
    if planned.topic is not None and planned.topic.description:
        yield _short(planned.topic.description)
    for comment in planned.comments:
        yield f"{comment.author or '—'}: {_short(comment.text)}"
    if planned.viewpoints:
        count = len(planned.viewpoints)
        yield ngettext("{count} view", "{count} views", count).format(count=words.number(count))


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= VALUE_MAX else plain[: VALUE_MAX - 1].rstrip() + "…"


# ---- what is done about it --------------------------------------------------------------------------------


def _draw_foot(frame: Frame, merge: OpenMerge, taken: int, *, found: list[wish.Intent]) -> None:
    canvas, may = frame.canvas, frame.may(topics.MergeTopics)
    imgui.dummy((0, canvas.px(2)))
    text = ngettext("Merge {count} topic", "Merge {count} topics", taken).format(count=words.number(taken))
    if canvas.button(text, primary=True, enabled=taken > 0 and may):
        found.append(topics.MergeTopics())
    canvas.tip("" if may else why_not(frame.world.role))
    imgui.same_line(0, canvas.px(4))
    if canvas.button(_("Cancel")):
        found.append(topics.CancelTopics(merge.file))
    canvas.tip(_("Nothing is changed"))
