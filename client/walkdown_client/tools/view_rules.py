"""Carries out the wishes that change only one person's view."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from walkdown.i18n import use_language
from walkdown.messages import Note
from walkdown_client.tools import intents as wish
from walkdown_client.tools.mark_rules import MARK_RULES
from walkdown_client.tools.meeting_rules import MEETING_RULES
from walkdown_client.tools.section_rules import SECTION_RULES
from walkdown_client.tools.topic_rules import TOPIC_RULES, dismiss_topic, type_ahead
from walkdown_client.tools.view_state import PRESETS, QUALITIES, THEMES, Colouring, NoteDraft, ViewState
from walkdown_client.tools.voice_rules import VOICE_RULES

SCALES = (0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
"""Steps of the size of text and panels."""


def carry_out(view: ViewState, intent: wish.Intent, notes: Mapping[str, Note]) -> bool:
    """Change ``view`` as ``intent`` says.

    Args:
        notes: the notes of the session, for editing one.

    Returns:
        False when there is more to do than to change the view; the app does that.
    """
    if isinstance(intent, wish.EditNote):
        _edit_note(view, intent, notes)
        return True
    rule = _RULES.get(type(intent))
    if rule is not None:
        rule(view, intent)
    return rule is not None and type(intent) not in _APP_TOO


def _select_thing(view: ViewState, intent: wish.SelectThing) -> None:
    view.element = None
    if not intent.thing:
        _select_nothing(view)
    elif not intent.add:
        view.selection, view.elements = (intent.thing,), ()
    else:
        view.selection = _changed(view.selection, intent.thing)
    if intent.thing:
        _mark_hint(view, "click")


def _select_element(view: ViewState, intent: wish.SelectElement) -> None:
    key = intent.element.key
    if intent.add:
        view.elements = _changed(view.elements, key)
    else:
        view.selection, view.elements = (), (key,)
    view.element = intent.element if key in view.elements else None
    _mark_hint(view, "click")


def _changed(selected: tuple[str, ...], key: str) -> tuple[str, ...]:
    """Return what is selected with a key taken away, or added as the newest."""
    return tuple(k for k in selected if k != key) if key in selected else (*selected, key)


def _select_things(view: ViewState, intent: wish.SelectThings) -> None:
    before = (view.selection, view.elements) if intent.add else ((), ())
    view.selection = tuple(dict.fromkeys(before[0] + intent.things))
    view.elements = tuple(dict.fromkeys(before[1] + intent.elements))
    view.element = None


def _select_nothing(view: ViewState) -> None:
    view.selection, view.elements, view.element = (), (), None


def _hover(view: ViewState, intent: wish.HoverThing) -> None:
    view.hovered = intent.thing


def _open_panel(view: ViewState, intent: wish.OpenPanel) -> None:
    view.panel = "" if view.panel == intent.panel else intent.panel


def _open_palette(view: ViewState, _intent: wish.Intent) -> None:
    view.palette_open = not view.palette_open
    view.cheat_sheet_open = False
    _mark_hint(view, "palette")


def _open_cheat_sheet(view: ViewState, _intent: wish.Intent) -> None:
    view.cheat_sheet_open = not view.cheat_sheet_open
    view.palette_open = False


def _dismiss(view: ViewState, _intent: wish.Intent) -> None:
    """Close one thing, the one on top."""
    if view.question is not None:
        view.question = None
    elif view.palette_open:
        view.palette_open = False
    elif view.cheat_sheet_open:
        view.cheat_sheet_open = False
    elif view.draft is not None:
        _lay_aside(view)
    elif dismiss_topic(view) or _dismiss_moving(view) or view.marking.dismiss():
        return
    elif view.sectioning.let_go() or view.together.leave():
        return
    elif view.panel:
        view.panel = ""
    else:
        _select_nothing(view)


def _dismiss_moving(view: ViewState) -> bool:
    """Leave the model that is being moved where it was; tell whether there was one."""
    was, view.moving = view.moving, None
    return was is not None


def _lay_aside(view: ViewState) -> None:
    """Close the note editor without losing what was written."""
    draft, view.draft = view.draft, None
    if draft is not None and (draft.is_new or draft.meanwhile) and draft.text.strip():
        view.laid_aside = draft


def _colour_by(view: ViewState, intent: wish.ColourBy) -> None:
    view.colouring = Colouring(intent.mode, intent.name, intent.unit)
    _mark_hint(view, "colour")


def _hide(view: ViewState, _intent: wish.Intent) -> None:
    view.hidden |= view.marked
    _select_nothing(view)


def _set_hidden(view: ViewState, intent: wish.SetHidden) -> None:
    view.hidden = intent.keys


def _isolate(view: ViewState, _intent: wish.Intent) -> None:
    view.isolated = frozenset() if view.isolated == view.marked else view.marked


def _ghost(view: ViewState, _intent: wish.Intent) -> None:
    """Make all of it see-through, or solid again when all of it is."""
    marked = view.marked
    view.ghosted = view.ghosted - marked if marked <= view.ghosted else view.ghosted | marked


def _show_all(view: ViewState, _intent: wish.Intent) -> None:
    view.hidden = view.isolated = view.ghosted = frozenset()


def _overview(view: ViewState, _intent: wish.Intent) -> None:
    view.overview = not view.overview


def _set_preset(view: ViewState, intent: wish.SetPreset) -> None:
    if intent.preset in PRESETS:
        view.preferences.preset = intent.preset


def _set_language(view: ViewState, intent: wish.SetLanguage) -> None:
    view.preferences.language = use_language(intent.language)


def _set_theme(view: ViewState, intent: wish.SetTheme) -> None:
    if intent.theme in THEMES:
        view.preferences.theme = intent.theme


def _set_ui_scale(view: ViewState, intent: wish.SetUiScale) -> None:
    view.preferences.ui_scale = min(max(intent.scale, SCALES[0]), SCALES[-1])


def _step_ui_scale(view: ViewState, intent: wish.StepUiScale) -> None:
    now = view.preferences.ui_scale
    place = min(range(len(SCALES)), key=lambda step: abs(SCALES[step] - now))
    view.preferences.ui_scale = SCALES[min(max(place + intent.steps, 0), len(SCALES) - 1)]


def _set_quality(view: ViewState, intent: wish.SetQuality) -> None:
    if intent.quality in QUALITIES:
        view.preferences.quality = intent.quality


def _hint_done(view: ViewState, intent: wish.HintDone) -> None:
    _mark_hint(view, intent.step)


def _begin_note(view: ViewState, intent: wish.BeginNote) -> None:
    thing = intent.thing or view.selected
    point = intent.point or view.hover_point
    if point is not None:
        text = view.laid_aside.text if view.laid_aside else ""
        model = "" if intent.point else view.hover_model
        view.draft, view.laid_aside = NoteDraft(str(uuid.uuid4()), point, thing, text, model=model), None


def _edit_note(view: ViewState, intent: wish.EditNote, notes: Mapping[str, Note]) -> None:
    note = notes.get(intent.note)
    if note is not None:
        view.draft = NoteDraft(
            note.note, note.point, note.thing, note.text, is_new=False, model=note.model, base=note.number
        )


def _type_ahead(view: ViewState, intent: wish.TypeAhead) -> None:
    field = "palette" if view.palette_open else view.panel
    if view.draft is not None and not view.palette_open:
        view.draft.text += intent.text
    elif not view.palette_open and type_ahead(view, intent.text):
        return
    elif field:
        view.searches[field] = view.searches.get(field, "") + intent.text


def _give_up_move(view: ViewState, _intent: wish.Intent) -> None:
    view.moving = None


def _close_task(view: ViewState, intent: wish.CloseTask) -> None:
    view.closed_tasks |= {intent.model}


def _ask_first(view: ViewState, intent: wish.AskFirst) -> None:
    view.question, view.palette_open = intent, False


def _open_person(view: ViewState, intent: wish.OpenPerson) -> None:
    view.person = intent.person
    view.panel = "people" if intent.person else view.panel


def _dismiss_toast(view: ViewState, intent: wish.DismissToast) -> None:
    view.toasts = [toast for toast in view.toasts if toast.number != intent.number]


def _select_target(view: ViewState, intent: wish.FlyToThing) -> None:
    view.selection, view.elements, view.element = (intent.thing,), (), None


def _select_target_element(view: ViewState, intent: wish.FlyToElement) -> None:
    view.selection, view.elements, view.element = (), (intent.element.key,), intent.element


def _mark_hint(view: ViewState, step: str) -> None:
    if step not in view.preferences.hints_done:
        view.preferences.hints_done.append(step)


_RULES: dict[type[wish.Intent], Callable[[ViewState, Any], None]] = {
    wish.SelectThing: _select_thing,
    wish.SelectElement: _select_element,
    wish.SelectThings: _select_things,
    wish.HoverThing: _hover,
    wish.OpenPanel: _open_panel,
    wish.OpenPalette: _open_palette,
    wish.OpenCheatSheet: _open_cheat_sheet,
    wish.Dismiss: _dismiss,
    wish.ColourBy: _colour_by,
    wish.HideSelection: _hide,
    wish.SetHidden: _set_hidden,
    wish.IsolateSelection: _isolate,
    wish.GhostSelection: _ghost,
    wish.ShowAll: _show_all,
    wish.ToggleOverview: _overview,
    wish.SetPreset: _set_preset,
    wish.SetLanguage: _set_language,
    wish.SetTheme: _set_theme,
    wish.SetUiScale: _set_ui_scale,
    wish.StepUiScale: _step_ui_scale,
    wish.SetQuality: _set_quality,
    wish.HintDone: _hint_done,
    wish.BeginNote: _begin_note,
    wish.GiveUpMove: _give_up_move,
    wish.CloseTask: _close_task,
    wish.TypeAhead: _type_ahead,
    wish.AskFirst: _ask_first,
    wish.OpenPerson: _open_person,
    wish.DismissToast: _dismiss_toast,
    wish.FlyToThing: _select_target,
    wish.FlyToElement: _select_target_element,
    **VOICE_RULES,
    **TOPIC_RULES,
    **MEETING_RULES,
    **MARK_RULES,
    **SECTION_RULES,
}

_APP_TOO = frozenset({wish.FlyToThing, wish.FlyToElement})
"""What the app has to do besides: fly."""
