"""The whole interface of one window: draws every panel and returns what the person wishes.

::

    interface = Interface()
    panel.begin(delta_secs)
    wishes = interface.draw(world, view, facts, size=panel.size)
    panel.end()
"""

from __future__ import annotations

from collections.abc import Callable

from imgui_bundle import imgui

from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui import theme as look
from walkdown_client.ui.canvas import Canvas
from walkdown_client.ui.facts import Facts
from walkdown_client.ui.frame import Frame, Memory
from walkdown_client.ui.layout import Layout, lay_out
from walkdown_client.ui.panels import (
    captions,
    chat,
    cheat_sheet,
    colour,
    connection,
    faults,
    hints,
    hover,
    inspector,
    loading,
    mark_card,
    mark_editor,
    marks,
    meeting,
    meeting_pings,
    meeting_strip,
    merge,
    models,
    note_editor,
    notes,
    palette,
    people,
    pin_hover,
    question,
    rail,
    readiness,
    settings,
    share,
    sound,
    sources,
    speakers,
    states,
    status_line,
    talk_bar,
    toasts,
    tool_bar,
    top_bar,
    topic_editor,
    topic_export,
    topic_views,
    topic_vocabulary,
    topics,
    tree,
    view_chip,
    views,
)
from walkdown_client.world import World

Panel = Callable[[Frame], list[wish.Intent]]

PANELS: tuple[Panel, ...] = (
    top_bar.draw,
    rail.draw,
    tree.draw,
    states.draw,
    people.draw,
    share.draw,
    notes.draw,
    meeting.draw,
    chat.draw,
    colour.draw,
    faults.draw,
    sources.draw,
    readiness.draw,
    models.draw,
    topics.draw,
    merge.draw,
    topic_export.draw,
    topic_vocabulary.draw,
    marks.draw,
    views.draw,
    sound.draw,
    settings.draw,
    inspector.draw,
    colour.draw_legend,
    status_line.draw,
    tool_bar.draw,
    talk_bar.draw,
    speakers.draw,
    captions.draw,
    hints.draw,
    mark_card.draw,
    mark_editor.draw,
    loading.draw,
    connection.draw,
    meeting_strip.draw,
    meeting_pings.draw,
    view_chip.draw,
    toasts.draw,
    note_editor.draw,
    topic_editor.draw,
    topic_views.draw_large,
    cheat_sheet.draw,
    palette.draw,
    hover.draw,
    pin_hover.draw,
    question.draw,
)
"""In the order of drawing: later ones lie on top."""


class Interface:
    """Draws all panels.

    Args:
        display_scale: pixels of the display for one of the design, 1 for 96 dpi.

    Attributes:
        layout: the places of the last frame; the scene may keep clear of panels by ``layout.scene``.
    """

    def __init__(self, *, display_scale: float = 1.0) -> None:
        self.display_scale = display_scale
        self.layout: Layout | None = None
        self._canvas, self._memory = Canvas(), Memory()

    def draw(
        self, world: World, view: ViewState, facts: Facts, *, size: tuple[int, int]
    ) -> list[wish.Intent]:
        """Draw one frame between ``begin`` and ``end`` of the renderer."""
        preferences = view.preferences
        scale = preferences.ui_scale * self.display_scale
        self._canvas.start(look.THEMES[preferences.theme], scale)
        self.layout = lay_out(size, scale, view)
        frame = Frame(self._canvas, world, view, facts, self.layout, self._memory)
        found = [intent for panel in PANELS for intent in panel(frame)]
        return found + _unpointed(view, found)

    def drawn_text(self) -> dict[str, list[str]]:
        """Return the texts of the last frame by panel, in the order of drawing."""
        return {name: [text for text in texts if text] for name, texts in self._canvas.drawn.items()}


def _unpointed(view: ViewState, found: list[wish.Intent]) -> list[wish.Intent]:
    """Return the wish to point at nothing when the pointer is on a panel, but on no thing in it."""
    pointed = any(isinstance(intent, wish.HoverThing) for intent in found)
    on_panel = imgui.get_io().want_capture_mouse
    return [wish.HoverThing("")] if view.hovered and on_panel and not pointed else []
