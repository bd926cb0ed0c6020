"""What the inspector shows of many things: how many of which type, and what they have in common."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.package import split_name
from walkdown_client.common import Shared, shared_properties
from walkdown_client.inventory import Inventory, Labels
from walkdown_client.tools import intents as wish
from walkdown_client.twin_index import NOTHING
from walkdown_client.ui import rows as what
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.pairs import PAIR_PX, draw_pair, property_unit
from walkdown_client.ui.panels.properties import LABEL_SHARE
from walkdown_client.ui.panels.side import draw_list

KINDS_MAX = 8
"""So many types and storeys are listed."""

Rows = npt.NDArray[np.intp]


def selected_rows(frame: Frame, inventory: Inventory) -> Rows:
    """Return the rows of all that is selected."""
    view = frame.view

    key = (id(inventory), view.selection, view.elements)
    return frame.memory.of("selected rows", key, lambda: inventory.rows_of((*view.selection, *view.elements)))


def draw_many(frame: Frame, inventory: Inventory, rows: Rows) -> Iterator[wish.Intent]:
    """Draw what there is to say about several rows; the head has been drawn."""
    yield from _draw_kinds(frame, inventory, inventory.types, rows=rows, title=_("Types"))
    yield from _draw_kinds(frame, inventory, inventory.storey_names, rows=rows, title=_("Storeys"))
    key = (id(inventory), inventory.properties_revision, id(rows))
    shared = frame.memory.of("shared", key, lambda: shared_properties(inventory, rows))
    if not inventory.complete:
        frame.canvas.muted(_("Properties are still being read."))
    if shared:
        frame.canvas.section(_("In common"), words.number(len(shared)))
        height = frame.canvas.px(PAIR_PX)
        draw_list(len(shared), height, lambda place: _draw_shared(frame, shared[place]))
    imgui.dummy((0, frame.canvas.px(8)))


def _draw_kinds(
    frame: Frame, inventory: Inventory, labels: Labels, *, rows: Rows, title: str
) -> Iterator[wish.Intent]:
    """List how many there are of each kind; a click leaves only these selected."""
    key = (id(labels), id(rows))
    named = frame.memory.of(f"kinds {title}", key, lambda: _counted(labels, rows))
    if not named:
        return
    frame.canvas.section(title, words.number(len(named)))
    for code, count in named[:KINDS_MAX]:
        word, tip = labels.words[code], _("Click to select only these")
        if draw_pair(frame, word, words.number(count), icon="select", tip=tip, label_share=0.7):
            yield what.select_all(inventory, rows[labels.codes[rows] == code].tolist())
    if len(named) > KINDS_MAX:
        frame.canvas.muted(_("and {count} more").format(count=words.number(len(named) - KINDS_MAX)))


def _counted(labels: Labels, rows: Rows) -> list[tuple[int, int]]:
    """Return which labels some rows have and how often, the most frequent first."""
    codes, counts = np.unique(labels.codes[rows], return_counts=True)
    pairs = zip(codes.tolist(), counts.tolist(), strict=True)
    return sorted(((c, n) for c, n in pairs if c != NOTHING), key=lambda pair: (-pair[1], pair[0]))


def _draw_shared(frame: Frame, shared: Shared) -> None:
    name = split_name(shared.name)
    unit = property_unit(shared.name) if math.isfinite(shared.low) else ""
    text = _text(shared)
    imgui.push_id(shared.name)
    tip = "\n".join(filter(None, (shared.name, f"{text} {unit}".rstrip(), _total(shared, unit))))
    draw_pair(frame, name.label, text, unit=unit, tip=tip, label_share=LABEL_SHARE)
    imgui.pop_id()


def _text(shared: Shared) -> str:
    """Return the value that all have, the range of numbers, or how many different values there are."""
    if shared.different > 1:
        return _("{count} different").format(count=words.number(shared.different))
    if shared.texts:
        return next(iter(shared.texts)).strip() or words.UNKNOWN
    if shared.flags:
        return words.plain(next(iter(shared.flags)))
    if not math.isfinite(shared.low):
        return words.UNKNOWN
    low, high = words.plain(shared.low), words.plain(shared.high)
    return low if low == high else f"{low} – {high}"


def _total(shared: Shared, unit: str) -> str:
    if not math.isfinite(shared.low) or shared.low == shared.high:
        return ""
    return _("Together {total} {unit}").format(total=words.plain(shared.total), unit=unit).rstrip()


def draw_many_head(frame: Frame, count: int) -> None:
    """Write how many are selected."""
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    text = _("{count} selected").format(count=words.number(count))
    canvas.put(x, y, text, size_px=look.TITLE_PX)
