"""The tree of things, or of a model's elements: unfold it, or search by name, id and type."""

from __future__ import annotations

from collections.abc import Iterator

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.package import NO_ROW
from walkdown_client.tools import intents as wish
from walkdown_client.twin_index import TwinIndex
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.facts import OpenModel
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.outline import Outline, OutlineRow
from walkdown_client.ui.panels.side import choice, draw_list, entered, scrolled, search_field, side_panel

NAME = "tree"
INDENT_PX = 16.0


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    model = _model(frame)
    outline = _outline(frame, model)
    with side_panel(frame, NAME, _("Find a thing"), count=words.number(len(outline.ids))) as found:
        _draw_choice(frame, model)
        search = search_field(frame, NAME, _("Name, id or type"), focus=True)
        rows = _rows(frame, outline, search)
        if search and rows and entered():
            found += _select(model, _thing(frame, outline, model, node=rows[0].node), rows[0].node)
        with scrolled("rows"):
            if not rows:
                _draw_nothing(frame, search)
            height = frame.canvas.px(look.ROW_PX)
            draw_list(
                len(rows),
                height,
                lambda place: _draw_row(frame, outline, rows[place], found=found, model=model),
            )
    return found


# ---- what is shown ----------------------------------------------------------------------------------


def _model(frame: Frame) -> OpenModel | None:
    """Return the model whose elements are shown, None for the things."""
    models = frame.facts.models
    chosen = next((model for model in models if model.ref.id == frame.view.tree), None)
    if chosen is None and models and not frame.world.catalogue.things:
        return models[0]
    return chosen


def _outline(frame: Frame, model: OpenModel | None) -> Outline:
    twin = frame.world.twin
    if model is None:
        return frame.memory.of("outline", id(twin), lambda: Outline.of_things(twin))
    table = model.elements
    return frame.memory.of("outline", id(table), lambda: Outline.of_elements(table))


def _draw_choice(frame: Frame, model: OpenModel | None) -> None:
    """Draw buttons for the things and for each model, when there is more than one tree."""
    trees = {"": _("Things")} if frame.world.catalogue.things else {}
    trees |= {open_model.ref.id: open_model.ref.name for open_model in frame.facts.models}
    if len(trees) < 2:
        return
    clicked = choice(frame, trees, model.ref.id if model else "")
    if clicked is not None:
        frame.view.tree = clicked


def _rows(frame: Frame, outline: Outline, search: str) -> list[OutlineRow]:
    unfolded = frozenset(frame.view.unfolded)
    key = (id(outline), search, unfolded)
    return frame.memory.of("outline rows", key, lambda: outline.rows(search=search, unfolded=unfolded))


def _draw_nothing(frame: Frame, search: str) -> None:
    if search:
        frame.canvas.empty(
            _("Nothing is called “{search}”.").format(search=search),
            _("Try a part of the name, the id or the type, for instance “pump”."),
        )
    else:
        frame.canvas.empty(
            _("Here stand the things of the twin and the elements of its models."),
            _("They come with the session's catalogue and models."),
        )


# ---- one row ----------------------------------------------------------------------------------------


def _draw_row(
    frame: Frame, outline: Outline, row: OutlineRow, *, found: list[wish.Intent], model: OpenModel | None
) -> None:
    canvas, identity = frame.canvas, outline.ids[row.node]
    thing = _thing(frame, outline, model, node=row.node)
    rect, clicked = canvas.row(f"node {identity}", chosen=_is_chosen(frame, identity))
    if imgui.is_item_hovered() and thing:
        found.append(wish.HoverThing(thing))
        if imgui.is_mouse_double_clicked(0):
            found.append(wish.FlyToThing(thing))
    canvas.tip(
        "\n".join((outline.names[row.node], identity, _("Double click flies there") if thing else "")).strip()
    )
    x = rect.x + canvas.px(INDENT_PX) * row.depth
    _draw_fold(frame, row, x=x, y=rect.y)
    _draw_name(frame, outline, row.node, x=x + canvas.px(18), rect=rect, state=_state(frame, model, row))
    if clicked:
        on_fold = row.has_children and imgui.get_mouse_pos().x < x + canvas.px(18)
        found += _toggle(frame, identity) if on_fold else _select(model, thing, row.node)


def _thing(frame: Frame, outline: Outline, model: OpenModel | None, *, node: int) -> str:
    return outline.ids[node] if model is None else thing_of(frame.world.twin, model, node)


def _is_chosen(frame: Frame, identity: str) -> bool:
    """Tell whether a thing, or an element or what it draws, is selected."""
    view, twin = frame.view, frame.world.twin
    if view.element is not None:
        return view.element.key == identity
    elements = (twin.thing(thing).element for thing in view.selection if twin.has_thing(thing))
    return identity in view.selection or identity in elements


def _state(frame: Frame, model: OpenModel | None, row: OutlineRow) -> int | None:
    return int(frame.world.thing_states[row.node]) if model is None else None


def _toggle(frame: Frame, identity: str) -> list[wish.Intent]:
    frame.view.unfolded.symmetric_difference_update({identity})
    return []


def _select(model: OpenModel | None, thing: str, node: int) -> list[wish.Intent]:
    if thing or model is None:
        return [wish.SelectThing(thing, add=imgui.get_io().key_ctrl)]
    table = model.elements
    info = wish.ElementInfo(
        model.ref.base + node,
        table.keys[node],
        table.names[node],
        table.kinds[node],
        model.ref.name,
        tuple((name, str(value)) for name, value in table.properties(node).items()),
    )
    return [wish.SelectElement(info)]


def thing_of(twin: TwinIndex, model: OpenModel, row: int) -> str:
    """Return the id of the thing that an element, or the nearest group above it, draws; "" for none."""
    for key in _keys_upwards(model, row):
        thing = twin.thing_of_element(key)
        if thing is not None:
            return thing.id
    return ""


def _keys_upwards(model: OpenModel, row: int) -> Iterator[str]:
    while row != NO_ROW:
        yield model.elements.keys[row]
        row = int(model.elements.parents[row])


def _draw_fold(frame: Frame, row: OutlineRow, *, x: float, y: float) -> None:
    canvas = frame.canvas
    if row.has_children:
        icon = "down" if row.is_open else "open"
        canvas.icon(icon, x, y + canvas.px(6), size_px=14, colour=canvas.theme.muted)


def _draw_name(frame: Frame, outline: Outline, node: int, *, x: float, rect: Rect, state: int | None) -> None:
    """Draw the state, the name, and at the right the id of a thing or the type of an element."""
    canvas, y = frame.canvas, rect.y + frame.canvas.px(3)
    if state is not None:
        canvas.state(x + canvas.px(7), rect.y + rect.height / 2, state, radius_px=4.5)
    x += canvas.px(20 if state is not None else 2)
    right = rect.x + rect.width - canvas.px(2)
    about = outline.ids[node] if state is not None else outline.types[node]
    about = canvas.fitting(about, rect.width * 0.4, look.SMALL_PX)
    canvas.put_right(right, y + canvas.px(2), about, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    room = right - canvas.width(about, look.SMALL_PX) - canvas.px(10) - x
    canvas.put_clipped(x, y, outline.names[node], width=room)
