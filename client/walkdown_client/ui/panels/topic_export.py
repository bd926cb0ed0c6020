"""What can be taken out of a review: topics as BCF, a report, or all of it as a pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

from imgui_bundle import imgui

from walkdown.i18n import LANGUAGES, _, mark
from walkdown.messages import ExportFormat
from walkdown_client.tools import intents as wish
from walkdown_client.tools.rights import why_not
from walkdown_client.tools.topic_intents import OpenExport, TakeOut
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import choice, side_panel
from walkdown_client.ui.panels.topic_tasks import draw_tasks
from walkdown_client.ui.panels.topic_words import number_of

K = TypeVar("K", bound=str)
Scope = Literal["all", "listed", "one"]

NAME = "export"
FORMAT_TEXT: Mapping[ExportFormat, str] = {
    "bcf-3.0": mark("BCF 3.0"),
    "bcf-2.1": mark("BCF 2.1"),
    "html": mark("Report, HTML"),
    "pdf": mark("Report, PDF"),
    "pack": mark("Session pack"),
}
FORMAT_ABOUT: Mapping[ExportFormat, str] = {
    "bcf-3.0": mark("Topics with comments, views and pictures, for tools that read BCF 3.0."),
    "bcf-2.1": mark("The same for older tools; most read BCF 2.1."),
    "html": mark("Action list, decisions, pictures and curves in one file for any browser."),
    "pdf": mark("The same to print and to sign."),
    "pack": mark("All of it as text files, BCF, tables and pictures, made for version control."),
}


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    canvas, form = frame.canvas, frame.view.topics.export
    with side_panel(frame, NAME, _("Take topics out")) as found:
        if not frame.may(OpenExport):
            canvas.paragraph(why_not(frame.world.role), canvas.theme.muted, size_px=look.SMALL_PX)
            return found
        form.format = _choose(
            frame, "format", {f: _(text) for f, text in FORMAT_TEXT.items()}, chosen=form.format
        )
        canvas.paragraph(_(FORMAT_ABOUT[form.format]), canvas.theme.muted, size_px=look.SMALL_PX)
        if form.format != "pack":
            _draw_scope(frame)
        if form.format in ("html", "pdf"):
            canvas.section(_("Language of the report"))
            form.language = _choose(frame, "language", LANGUAGES, chosen=_language(frame))
        imgui.dummy((0, canvas.px(6)))
        _draw_button(frame, found)
        draw_tasks(frame, found)
    return found


def _language(frame: Frame) -> str:
    return frame.view.topics.export.language or frame.view.preferences.language


def _draw_scope(frame: Frame) -> None:
    """Draw which topics are taken: all, those that the list shows, or the one whose card is open."""
    canvas, desk = frame.canvas, frame.view.topics
    form, review = desk.export, frame.world.review
    canvas.section(_("Which topics"))
    total = len(review.topics)
    texts: dict[Scope, str] = {"all": _("All {count}").format(count=words.number(total))}
    if desk.listed and len(desk.listed) != total:
        texts["listed"] = _("The {count} listed").format(count=words.number(len(desk.listed)))
    topic = review.topics.get(form.topic or desk.topic)
    if topic is not None:
        texts["one"] = _("Only {number}").format(number=number_of(topic))
    if form.scope not in texts:
        form.scope = "all"
    form.scope = _choose(frame, "scope", texts, chosen=form.scope)


def _choose(frame: Frame, name: str, texts: Mapping[K, str], *, chosen: K) -> K:
    imgui.push_id(name)
    clicked = choice(frame, texts, chosen)
    imgui.pop_id()
    return chosen if clicked is None else clicked


def _draw_button(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, intent = frame.canvas, take_out(frame)
    if not frame.world.review.topics and intent.format in ("bcf-2.1", "bcf-3.0"):
        canvas.paragraph(_("There is no topic yet; press T to make one."), canvas.theme.muted)
        return
    waits = bool(frame.facts.topics.exporting)
    verb = _("Make the report") if intent.format in ("html", "pdf") else _("Save the file")
    appearing = imgui.is_window_appearing()
    entered = imgui.is_window_focused() and imgui.is_key_pressed(imgui.Key.enter, False) and not appearing
    if (canvas.button(verb, primary=True, enabled=not waits) or entered) and not waits:
        found.append(intent)


def take_out(frame: Frame) -> TakeOut:
    """Return the wish that the form stands for."""
    desk = frame.view.topics
    form, chosen = desk.export, ()
    if form.format != "pack" and form.scope == "listed":
        return TakeOut(form.format, desk.listed, _language(frame))
    if form.format != "pack" and form.scope == "one":
        return TakeOut(form.format, (form.topic or desk.topic,), _language(frame))
    return TakeOut(form.format, chosen, _language(frame))
