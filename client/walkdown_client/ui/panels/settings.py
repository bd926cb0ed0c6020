"""What this person can set: mouse and keys, language, colours of the panels, sizes, quality."""

from __future__ import annotations

from collections.abc import Mapping

from imgui_bundle import imgui

from walkdown.i18n import LANGUAGES, _, mark
from walkdown_client.input.bindings import PRESET_TEXT
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_rules import SCALES
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import choice, scrolled, side_panel

NAME = "settings"
THEME_TEXT = {"dark": mark("Dark"), "light": mark("Light")}
QUALITY_TEXT = {"low": mark("Low"), "medium": mark("Medium"), "high": mark("High")}


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    preferences = frame.view.preferences
    if frame.view.panel != NAME:
        return []
    with side_panel(frame, NAME, _("Settings")) as found, scrolled("rows"):
        if chosen := _section(frame, _("Mouse and keys"), PRESET_TEXT, chosen=preferences.preset):
            found.append(wish.SetPreset(chosen))
        if chosen := _section(frame, _("Language"), LANGUAGES, chosen=preferences.language):
            found.append(wish.SetLanguage(chosen))
        if chosen := _section(frame, _("Panels"), THEME_TEXT, chosen=preferences.theme):
            found.append(wish.SetTheme(chosen))
        _draw_scale(frame, found)
        if chosen := _section(frame, _("Quality of the picture"), QUALITY_TEXT, chosen=preferences.quality):
            found.append(wish.SetQuality(chosen))
        _draw_foot(frame, found)
    return found


def _section(frame: Frame, title: str, texts: Mapping[str, str], *, chosen: str) -> str | None:
    """Draw a title and what can be chosen under it; returns what was clicked."""
    frame.canvas.section(title)
    imgui.push_id(title)
    clicked = choice(frame, {key: _(text) for key, text in texts.items()}, chosen)
    imgui.pop_id()
    return clicked


def _draw_scale(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, scale = frame.canvas, frame.view.preferences.ui_scale
    canvas.section(_("Size of text and panels"), f"{scale * 100:.0f} %")
    imgui.push_id("scale")
    if canvas.button(_("Smaller"), enabled=scale > SCALES[0]):
        found.append(wish.StepUiScale(-1))
    imgui.same_line(0, canvas.px(4))
    if canvas.button(_("Larger"), enabled=scale < SCALES[-1]):
        found.append(wish.StepUiScale(1))
    imgui.pop_id()


def _draw_foot(frame: Frame, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    canvas.section(_("Keys"))
    if canvas.button(_("Show all keys")):
        found.append(wish.OpenCheatSheet())
    if frame.facts.version:
        imgui.dummy((0, canvas.px(8)))
        canvas.paragraph(frame.facts.version, canvas.theme.muted, size_px=look.SMALL_PX)
