"""Carries out the wishes about marks that change only one person's view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools.intents import Intent
from walkdown_client.tools.marking import MEASURES, TOOLS
from walkdown_client.tools.view_state import ViewState


def _take_tool(view: ViewState, intent: marks.TakeTool) -> None:
    marking = view.marking
    if not intent.tool or intent.tool == marking.tool:
        marking.put_away()
    elif intent.tool in TOOLS:
        marking.take(intent.tool)
        marking.shown = True


def _measure(view: ViewState, _intent: Intent) -> None:
    _take_tool(view, marks.TakeTool(view.marking.measure))


def _next_measure(view: ViewState, _intent: Intent) -> None:
    marking = view.marking
    place = MEASURES.index(marking.measure)
    marking.take(MEASURES[(place + 1) % len(MEASURES)] if marking.tool in MEASURES else marking.measure)
    marking.shown = True


def _draw_on_faces(view: ViewState, _intent: Intent) -> None:
    view.marking.on_faces = not view.marking.on_faces
    draft = view.marking.draft
    if draft is not None and draft.kind == "sketch" and not draft.strokes:
        draft.on_surface = view.marking.on_faces


def _take_back(view: ViewState, _intent: Intent) -> None:
    view.marking.take_back()


def _give_up(view: ViewState, _intent: Intent) -> None:
    view.marking.draft = view.marking.laid_aside = None


def _select(view: ViewState, intent: marks.SelectMark) -> None:
    view.marking.selected, view.marking.writing = intent.mark, None


def _show_marks(view: ViewState, _intent: Intent) -> None:
    view.marking.shown = not view.marking.shown


MARK_RULES: Mapping[type[Intent], Callable[[ViewState, Any], None]] = {
    marks.TakeTool: _take_tool,
    marks.Measure: _measure,
    marks.NextMeasure: _next_measure,
    marks.DrawOnFaces: _draw_on_faces,
    marks.TakeBackPoint: _take_back,
    marks.GiveUpMark: _give_up,
    marks.SelectMark: _select,
    marks.ShowMarks: _show_marks,
}
