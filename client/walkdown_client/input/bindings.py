"""The one table of actions: from it come key dispatch, palette, cheat sheet and menus.

A row says what an action is called, which wish it produces, on which keys it lies in which preset and
what it needs to make sense. Moves that last as long as a key is held, and drags of the mouse, have tables
of their own below, so that the cheat sheet can show them too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from walkdown.i18n import mark
from walkdown_client.input.action import LOOK, MOVE, PANELS, PROGRAM, SEE, TALK, WORK, Action
from walkdown_client.input.review_bindings import REVIEW_ACTIONS
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.view_state import PRESETS

_PLAIN: tuple[Action, ...] = (
    Action("walk", mark("Walk, or fly again"), MOVE, wish.ToggleWalk(), ("K",)),
    Action(
        "frame_selection",
        mark("Frame the selection"),
        LOOK,
        wish.FrameSelection(),
        ("F",),
        {"blender": (".",)},
        "selection",
    ),
    Action("frame_all", mark("Frame everything"), LOOK, wish.FrameAll(), ("Home",)),
    Action("look_front", mark("Look from the front"), LOOK, wish.LookFrom("front"), ("1",)),
    Action("look_right", mark("Look from the right"), LOOK, wish.LookFrom("right"), ("3",)),
    Action("look_top", mark("Look from above"), LOOK, wish.LookFrom("top"), ("7",)),
    Action("go_to_person", mark("Go to the nearest person"), LOOK, wish.GoToPerson(), ("G",), needs="people"),
    Action("overview", mark("Take the roof off, or put it back"), SEE, wish.ToggleOverview(), ("R",)),
    Action("hide", mark("Hide the selection"), SEE, wish.HideSelection(), ("H",), needs="selection"),
    Action(
        "isolate",
        mark("Show only the selection"),
        SEE,
        wish.IsolateSelection(),
        ("I",),
        {"blender": ("/",)},
        "selection",
    ),
    Action("show_all", mark("Show everything"), SEE, wish.ShowAll(), ("Shift+H",), {"blender": ("Alt+H",)}),
    Action("ghost", mark("See through the selection"), SEE, wish.GhostSelection(), ("Z",), needs="selection"),
    Action("colour_state", mark("Colour by state"), SEE, wish.ColourBy("state"), ("Shift+C",)),
    Action("colour_none", mark("Show the model's own colours"), SEE, wish.ColourBy("none"), ("Alt+C",)),
    Action("colour_noise", mark("Show how loud it is"), SEE, wish.ColourBy("noise"), ("Shift+N",)),
    Action("note", mark("Place a note here"), WORK, wish.BeginNote(), ("N",), needs="place"),
    Action("bring_model", mark("Bring in a model…"), WORK, wish.ChooseModel(), ("Ctrl+O",)),
    Action("move_model", mark("Move the model"), WORK, wish.MoveModel(), ("Shift+M",), needs="selection"),
    Action(
        "place_moved", mark("Leave the moved model here"), WORK, wish.PlaceMoved(), ("Enter",), needs="moving"
    ),
    Action("undo", mark("Take back my last change"), WORK, wish.Undo(), ("Ctrl+Z",)),
    Action("redo", mark("Repeat what I took back"), WORK, wish.Redo(), ("Ctrl+Y", "Ctrl+Shift+Z")),
    Action(
        "open_microphone",
        mark("Open microphone, or hold a key to talk"),
        TALK,
        say.ToggleOpenMicrophone(),
        ("Alt+V",),
    ),
    Action(
        "mute_myself",
        mark("Mute myself, or be heard again"),
        TALK,
        say.MuteMyself(),
        ("Ctrl+Shift+M",),
        while_typing=True,
    ),
    Action(
        "deafen",
        mark("Hear nobody, or everybody again"),
        TALK,
        say.Deafen(),
        ("Ctrl+Shift+D",),
        while_typing=True,
    ),
    Action(
        "radio",
        mark("Talk to my group by radio, or no more"),
        TALK,
        say.ToggleRadio(),
        ("Alt+R",),
        needs="group",
    ),
    Action("group", mark("Join a private group, or leave mine"), TALK, say.ToggleGroup(), ("Alt+G",)),
    Action("present", mark("Present: be heard everywhere, or no more"), TALK, say.Present(), ("Alt+P",)),
    Action("mute_all", mark("Mute all, or let all be heard again"), TALK, say.MuteAll(), ("Alt+M",)),
    Action(
        "record_voice",
        mark("Record what is said, or end the recording"),
        TALK,
        say.AskToRecord(),
        ("Ctrl+Shift+R",),
    ),
    Action("captions", mark("Show what is said as text, or no more"), TALK, say.ToggleCaptions(), ("Alt+T",)),
    Action("echo", mark("Try my voice: hear how I come across"), TALK, say.TestEcho(), ("Alt+E",)),
    Action("zone", mark("Make a zone of this room"), TALK, say.PutZoneHere(), ("Alt+Z",)),
    Action(
        "zone_removed",
        mark("Take the zone here away"),
        TALK,
        say.RemoveZone(),
        ("Alt+Shift+Z",),
        needs="zone",
    ),
    Action("panel_tree", mark("Find a thing"), PANELS, wish.OpenPanel("tree"), ("Ctrl+F", "Alt+1")),
    Action("panel_states", mark("Alarms and states"), PANELS, wish.OpenPanel("states"), ("Alt+2",)),
    Action("panel_people", mark("People"), PANELS, wish.OpenPanel("people"), ("Alt+3",)),
    Action("panel_notes", mark("Notes"), PANELS, wish.OpenPanel("notes"), ("Alt+4",)),
    Action("panel_colour", mark("Colour by a value"), PANELS, wish.OpenPanel("colour"), ("Alt+5", "C")),
    Action("panel_faults", mark("Disturbances"), PANELS, wish.OpenPanel("faults"), ("Alt+6",)),
    Action("panel_sources", mark("Data sources"), PANELS, wish.OpenPanel("sources"), ("Alt+7",)),
    Action("panel_models", mark("Models"), PANELS, wish.OpenPanel("models"), ("Alt+8",)),
    Action("panel_sound", mark("Sound"), PANELS, wish.OpenPanel("sound"), ("Alt+0",)),
    Action("panel_share", mark("Share"), PANELS, wish.OpenPanel("share"), ("Alt+9",)),
    Action("panel_settings", mark("Settings"), PANELS, wish.OpenPanel("settings"), ("Ctrl+,",)),
    Action(
        "palette",
        mark("Palette"),
        PROGRAM,
        wish.OpenPalette(),
        ("Ctrl+K",),
        in_palette=False,
        while_typing=True,
    ),
    Action("cheat_sheet", mark("All keys"), PROGRAM, wish.OpenCheatSheet(), ("F1", "?"), while_typing=True),
    Action(
        "dismiss",
        mark("Close what is on top, or deselect"),
        PROGRAM,
        wish.Dismiss(),
        ("Esc",),
        in_palette=False,
        while_typing=True,
    ),
    Action("full_screen", mark("Full screen"), PROGRAM, wish.ToggleFullScreen(), ("F11",), while_typing=True),
    Action("screenshot", mark("Save a picture"), PROGRAM, wish.TakeScreenshot(), ("F12",), while_typing=True),
    Action("larger", mark("Larger text and panels"), PROGRAM, wish.StepUiScale(1), ("Ctrl+=", "Ctrl++")),
    Action("smaller", mark("Smaller text and panels"), PROGRAM, wish.StepUiScale(-1), ("Ctrl+-",)),
    Action("quit", mark("Leave the session"), PROGRAM, wish.Quit(), ("Ctrl+Q",)),
)

ACTIONS: tuple[Action, ...] = _PLAIN + REVIEW_ACTIONS
"""Only what works stands here."""


@dataclass(frozen=True, slots=True)
class Held:
    """A move that lasts as long as a key is down.

    Attributes:
        axis: ``right``, ``forward``, ``up``, ``turn``, ``tilt``, ``fast`` or ``talk``; ``sign`` says
            which way.
    """

    key: str
    text: str
    axis: str
    sign: float = 1.0
    group: str = MOVE


HELD: tuple[Held, ...] = (
    Held("W", mark("Forward"), "forward"),
    Held("S", mark("Back"), "forward", -1.0),
    Held("A", mark("Left"), "right", -1.0),
    Held("D", mark("Right"), "right"),
    Held("Q", mark("Down"), "up", -1.0),
    Held("E", mark("Up"), "up"),
    Held("Shift", mark("Faster"), "fast"),
    Held("Left", mark("Look to the left"), "turn"),
    Held("Right", mark("Look to the right"), "turn", -1.0),
    Held("Up", mark("Look up"), "tilt"),
    Held("Down", mark("Look down"), "tilt", -1.0),
    Held("V", mark("Talk"), "talk", group=TALK),
)
"""The same in every preset."""


@dataclass(frozen=True, slots=True)
class Drag:
    """What dragging with a mouse button does in one preset.

    Attributes:
        button: ``mouse1`` left, ``mouse2`` middle, ``mouse3`` right.
        modifier: ``Ctrl``, ``Alt``, ``Shift`` or "".
        move: ``orbit``, ``pan`` or ``look``.
    """

    preset: str
    button: str
    modifier: str
    move: str


DRAGS: tuple[Drag, ...] = (
    Drag("cad", "mouse3", "", "orbit"),
    Drag("cad", "mouse2", "", "pan"),
    Drag("cad", "mouse3", "Shift", "pan"),
    Drag("blender", "mouse2", "", "orbit"),
    Drag("blender", "mouse2", "Shift", "pan"),
    Drag("game", "mouse3", "", "look"),
)

DRAG_TEXT = {
    "orbit": mark("Turn about what is under the cursor"),
    "pan": mark("Move sideways"),
    "look": mark("Look round"),
}
BUTTON_TEXT = {
    "mouse1": mark("Left drag"),
    "mouse2": mark("Middle drag"),
    "mouse3": mark("Right drag"),
    "wheel": mark("Wheel"),
    "click": mark("Click"),
    "double": mark("Double click"),
}
WHEEL = {
    "cad": mark("Zoom towards the cursor"),
    "blender": mark("Zoom towards the cursor"),
    "game": mark("Flying speed"),
}
CLICKS = (
    ("click", mark("Select; with Ctrl add to the selection, with Alt take only the part")),
    ("double", mark("Fly there; on foot, go there")),
)

PRESET_TEXT = {"cad": mark("CAD viewer"), "blender": mark("Blender"), "game": mark("Game")}


def keymap(preset: str) -> dict[str, Action]:
    """Return which action each chord means in a preset."""
    return {keys: action for action in ACTIONS for keys in action.keys_in(preset)}


def on_foot(move: str | None) -> str | None:
    """Return what a drag does to somebody on foot: the head turns, the feet stay."""
    return "look" if move in {"orbit", "look"} else None


def drag_move(preset: str, button: str, held: frozenset[str]) -> str | None:
    """Return what a drag does: ``orbit``, ``pan``, ``look``, or None."""
    rows = [d for d in DRAGS if d.preset == preset and d.button == button]
    exact = [d for d in rows if d.modifier and d.modifier in held]
    plain = [d for d in rows if not d.modifier]
    return next((d.move for d in exact + plain), None)


def conflicts() -> Iterator[str]:
    """Yield a sentence for each chord that means two things in one preset."""
    held = {h.key: h.text for h in HELD}
    for preset in PRESETS:
        seen = dict(held)
        for action in ACTIONS:
            for keys in action.keys_in(preset):
                if keys in seen:
                    yield f"in the preset {preset}, {keys} means both {seen[keys]!r} and {action.text!r}"
                seen[keys] = action.text


def available(met: Callable[[str], bool]) -> Iterator[Action]:
    """Yield the actions that make sense now.

    Args:
        met: tells whether a need of an action is met.
    """
    yield from (action for action in ACTIONS if not action.needs or met(action.needs))
