"""The models of the session: bring one in, see what is on its way, frame, move, replace and take out."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _, mark, ngettext
from walkdown.messages import PackageRef
from walkdown.model_options import AXES
from walkdown_client.tools import intents as wish
from walkdown_client.tools.rights import why_not
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.facts import BringTask
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.moving import draw_moving
from walkdown_client.ui.panels.side import choice, draw_list, entered, scrolled, side_panel
from walkdown_client.ui.theme import packed

NAME = "models"
ROW_PX, TASK_PX = 50.0, 54.0
BAD = 5
UNITS_OFFERED = ("m", "cm", "mm", "in", "ft")
PHASE_TEXT = {
    "collect": mark("collecting"),
    "offer": mark("offering"),
    "upload": mark("sending"),
    "read": mark("reading"),
    "write": mark("packing"),
    "failed": mark("not brought in"),
}


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    models = sorted(frame.world.packages, key=lambda ref: ref.base)
    with side_panel(frame, NAME, _("Models"), count=words.number(len(models))) as found, scrolled("rows"):
        draw_moving(frame, found)
        if frame.may(wish.BringModel):
            _draw_form(frame, found)
        else:
            frame.canvas.paragraph(why_not(frame.world.role), frame.canvas.theme.muted, size_px=look.SMALL_PX)
        for task in frame.facts.tasks:
            _draw_task(frame, task, found)
        frame.canvas.section(_("In this session"))
        if not models:
            frame.canvas.empty(
                _("The models of the session are listed here."), _("Bring one in above, or serve one.")
            )
        draw_list(
            len(models), frame.canvas.px(ROW_PX), lambda place: _draw_model(frame, models[place], found)
        )
    return found


# ---- the form ---------------------------------------------------------------------------------------


def _draw_form(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, form = frame.canvas, frame.view.bring
    if frame.facts.has_dialog and canvas.button(_("Bring in a model…"), primary=frame.view.moving is None):
        found.append(wish.ChooseModel(form.replaces))
    replaced = next((ref.name for ref in frame.world.packages if ref.model == form.replaces), "")
    if form.replaces and replaced:
        canvas.muted(_("The next file replaces {name}.").format(name=replaced))
        if canvas.button(_("Bring it in as a new model")):
            form.replaces = ""
    form.path = canvas.field("bring path", _("Type or paste the path of a model file"), form.path)
    done = imgui.is_item_deactivated_after_edit() and entered()
    if form.error:
        _draw_error(frame, form.error)
    if form.path or form.error or _fold(frame):
        _draw_options(frame)
    if form.path or form.error:
        done = canvas.button(_("Bring it in"), primary=not frame.facts.has_dialog) or done
    if done and form.path.strip():
        found.append(wish.BringModel())


def _fold(frame: Frame) -> bool:
    """Draw the line under which the options lie while there is no path yet; tell whether it is open."""
    title = _("Unit, axis, place")
    frame.canvas.record(title)
    opened = imgui.tree_node_ex("##bring options", imgui.TreeNodeFlags_.span_avail_width.value, title)
    if opened:
        imgui.tree_pop()
    return bool(opened)


def _draw_error(frame: Frame, text: str) -> None:
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    canvas.state(x + canvas.px(7), y + canvas.px(10), BAD)
    imgui.indent(canvas.px(20))
    canvas.paragraph(text, size_px=look.SMALL_PX)
    imgui.unindent(canvas.px(20))


def _draw_options(frame: Frame) -> None:
    """Draw what overrides the file's own word."""
    canvas, form = frame.canvas, frame.view.bring
    as_in_file = {"": _("as in the file")}
    canvas.muted(_("Unit"))
    imgui.push_id("unit")
    clicked = choice(frame, as_in_file | {unit: unit for unit in UNITS_OFFERED}, form.unit)
    form.unit = form.unit if clicked is None else clicked
    imgui.pop_id()
    canvas.muted(_("Axis that points up"))
    imgui.push_id("axis")
    clicked = choice(frame, as_in_file | {axis: axis for axis in AXES}, form.up)
    form.up = form.up if clicked is None else clicked
    imgui.pop_id()
    if not form.replaces:
        _draw_place(frame)
    canvas.muted(_("Reference system and scale"))
    form.crs = canvas.field("bring crs", _("EPSG number, else as in the file"), form.crs)
    form.scale = canvas.field("bring scale", _("Scale, else 1"), form.scale)


def _draw_place(frame: Frame) -> None:
    """Draw where a new model is put."""
    form = frame.view.bring
    frame.canvas.muted(_("It is put"))
    texts = {"": _("where its coordinates say"), "here": _("where I look")}
    clicked = choice(frame, texts, "here" if form.here else "")
    form.here = form.here if clicked is None else clicked == "here"


# ---- what is on its way -----------------------------------------------------------------------------


def _draw_task(frame: Frame, task: BringTask, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    imgui.set_next_item_allow_overlap()
    rect, _clicked = canvas.row(f"task {task.model}", height_px=TASK_PX)
    canvas.tip(task.text)
    canvas.state(rect.x + canvas.px(7), rect.y + canvas.px(14), BAD if task.failed else 4)
    width = rect.width - canvas.px(50 if task.mine else 24)
    canvas.put_clipped(rect.x + canvas.px(20), rect.y + canvas.px(4), task.file, width=width)
    detail = canvas.fitting(task_detail(task), rect.width - canvas.px(24), look.SMALL_PX)
    y = rect.y + canvas.px(24)
    canvas.put(rect.x + canvas.px(20), y, detail, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    if not task.failed:
        _draw_bar(frame, task.part, rect)
    if task.mine:
        _draw_task_button(frame, task, rect, found=found)


def _draw_bar(frame: Frame, part: float, rect: Rect) -> None:
    canvas, lines = frame.canvas, imgui.get_window_draw_list()
    left, y = rect.x + canvas.px(20), rect.y + rect.height - canvas.px(7)
    right, high = rect.x + rect.width - canvas.px(4), canvas.px(3)
    reached = left + (right - left) * min(max(part, 0.0), 1.0)
    lines.add_rect_filled((left, y), (right, y + high), packed(canvas.theme.line), high / 2)
    lines.add_rect_filled((left, y), (reached, y + high), packed(canvas.theme.accent), high / 2)


def _draw_task_button(frame: Frame, task: BringTask, rect: Rect, *, found: list[wish.Intent]) -> None:
    canvas, after = frame.canvas, imgui.get_cursor_screen_pos()
    imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(28), rect.y + canvas.px(2)))
    tip = _("Close") if task.failed else _("Stop bringing it in")
    if canvas.icon_button("close", tip, size_px=24, name=task.model):
        found.append(wish.CloseTask(task.model) if task.failed else wish.CancelModel(task.model))
    imgui.set_cursor_screen_pos(after)
    imgui.dummy((0, 0))


def task_detail(task: BringTask) -> str:
    """Return in one line how far a file is and who brings it, or why it will not come."""
    if task.failed:
        return task.text or _(PHASE_TEXT["failed"])
    parts = [_(PHASE_TEXT.get(task.phase, "reading")), f"{task.part * 100:.0f} %"]
    who = _("you") if task.mine else task.author
    return f"{' '.join(parts)} · {who}" if who else " ".join(parts)


# ---- what is there ----------------------------------------------------------------------------------


def _draw_model(frame: Frame, ref: PackageRef, found: list[wish.Intent]) -> None:
    canvas = frame.canvas
    moving = frame.view.moving is not None and frame.view.moving.model == ref.model and bool(ref.model)
    imgui.set_next_item_allow_overlap()
    rect, clicked = canvas.row(f"model {ref.base} {ref.id}", height_px=ROW_PX, chosen=moving)
    canvas.tip(f"{ref.name} · {_about(ref)}")
    width = rect.width - canvas.px(112 if ref.model else 4)
    canvas.put_clipped(rect.x, rect.y + canvas.px(5), ref.name, width=width)
    line = canvas.fitting(_about(ref), width, look.SMALL_PX)
    canvas.put(rect.x, rect.y + canvas.px(26), line, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    if not (ref.model and _draw_buttons(frame, ref, rect, found=found)) and clicked and ref.model:
        found.append(wish.FrameModel(ref.model))


def _about(ref: PackageRef) -> str:
    count = ngettext("{count} element", "{count} elements", ref.count).format(count=words.number(ref.count))
    parts = [count, ref.author or _("served")]
    if ref.revision > 1:
        parts.append(_("rev. {number}").format(number=ref.revision))
    return " · ".join(parts)


def _draw_buttons(frame: Frame, ref: PackageRef, rect: Rect, *, found: list[wish.Intent]) -> bool:
    """Draw what can be done with a model and tell whether it was."""
    canvas, after, before = frame.canvas, imgui.get_cursor_screen_pos(), len(found)
    buttons: tuple[tuple[str, str, wish.Intent], ...] = (
        ("frame", _("Frame this model"), wish.FrameModel(ref.model)),
        ("move", _("Move this model"), wish.MoveModel(ref.model)),
        ("renew", _("Replace it by a new revision…"), wish.ChooseModel(ref.model)),
        ("bin", _("Take this model out"), wish.RemoveModel(ref.model)),
    )
    for place, (icon, tip, intent) in enumerate(buttons):
        if not frame.may(type(intent)):
            continue
        x = rect.x + rect.width - canvas.px(108 - 27 * place)
        imgui.set_cursor_screen_pos((x, rect.y + canvas.px(12)))
        if canvas.icon_button(icon, tip, size_px=25, name=ref.model):
            found.append(intent)
    imgui.set_cursor_screen_pos(after)
    imgui.dummy((0, 0))
    return len(found) > before
