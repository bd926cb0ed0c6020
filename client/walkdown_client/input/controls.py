"""Keys and mouse of one person: they move the eye at once and become wishes.

The app feeds every event of the device, calls :meth:`Controls.advance` once a frame, and carries out the
wishes. What lies under the cursor comes from ``pick``, a function of the app.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from walkdown_client.input import camera
from walkdown_client.input.bindings import HELD, drag_move, keymap, on_foot
from walkdown_client.input.chords import chord, modifier
from walkdown_client.input.events import (
    ButtonDown,
    ButtonUp,
    FocusLost,
    InputEvent,
    PointerLeft,
    PointerMoved,
    Typed,
)
from walkdown_client.input.gestures import (
    BUTTONS,
    Clicked,
    DragBegan,
    DragEnded,
    Dragged,
    Gesture,
    Gestures,
    Turned,
)
from walkdown_client.input.gizmo_hands import GizmoHands
from walkdown_client.input.mark_hands import HOVER_EVERY_SECS as MARK_EVERY_SECS
from walkdown_client.input.mark_hands import MarkHands
from walkdown_client.input.section_hands import SectionHands
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.intents import ElementInfo, Point
from walkdown_client.tools.topic_intents import BeginTopic, GoToTopic, OpenTopic
from walkdown_client.tools.view_state import ViewState

TURN_PER_PX = math.radians(0.25)
ZOOM_PER_STEP = 0.85
REACH_M = 12.0
"""How far away the pivot is taken to be where nothing lies under the cursor."""

OPENING_FRAMES = 4
"""So many frames after a wish to open a field, the field has the keyboard."""

HOVER_EVERY_SECS = 0.1
"""How often what lies under a moving cursor is looked up."""


@dataclass(frozen=True, slots=True)
class Picked:
    """What lies under a point of the picture.

    Attributes:
        point: metres, site frame.
        thing: id of the nearest bound thing, "" when none is.
        element: the element itself, when it is no thing but perhaps a part of one.
        model: id of the model that it belongs to, "" for none. drawn_id: of the element, -1 for none.
    """

    point: Point
    thing: str = ""
    element: ElementInfo | None = None
    model: str = ""
    drawn_id: int = -1


@dataclass(frozen=True, slots=True)
class Steps:
    """How somebody on foot wishes to go: to the right and forward, each -1 to 1."""

    right: float = 0.0
    forward: float = 0.0
    fast: bool = False


Pick = Callable[[float, float], Picked | None]
"""Takes pixels from the top left."""


class Controls:
    """One person's hands.

    Args:
        rig: the eye that is moved.
        view: whose preset is followed, and whose hover is kept up to date.
        pick: tells what lies under a pixel.

    Attributes:
        steps: where the keys wish to go, for somebody on foot.
        marks: the hands with a tool for marks.
        pin_at: tells which topic's pin lies under a pixel, "" for none.
    """

    def __init__(self, rig: camera.Rig, view: ViewState, pick: Pick) -> None:
        self.rig, self.view, self._pick = rig, view, pick
        self.size = (1, 1)
        self.steps = Steps()
        self.gizmo = GizmoHands(rig, view)
        self.sections = SectionHands(rig, view)
        self.marks = MarkHands(rig, view, pick)
        self._held: GizmoHands | SectionHands | MarkHands = self.gizmo
        self.pin_at: Callable[[float, float], str] = lambda _x, _y: ""
        self._gestures = Gestures()
        self._held_keys: set[str] = set()
        self._talking = False
        self._modifiers: set[str] = set()
        self._opening_frames = 0
        self._opened_by = ""
        self._move: str | None = None
        self._pivot = np.zeros(3)
        self._wheel_at: tuple[float, float, Point | None] | None = None
        self._moved_since_hover = False
        self._hovered_at_secs = -math.inf

    # ---- events -------------------------------------------------------------------------------------

    def feed(
        self, event: InputEvent, *, now_secs: float, keys: bool = True, mouse: bool = True
    ) -> list[wish.Intent]:
        """Take one event of the device.

        Args:
            keys, mouse: False while the interface has them; what goes up is noticed all the same.
        """
        typing = not keys or self._field_is_opening
        self._note_held(event, keys=not typing)
        found = [*self._talk(), *self._keys(event, typing=typing)]
        if keys and typing and isinstance(event, Typed):
            found += self._type_ahead(event)
        if mouse or not isinstance(event, ButtonDown):
            for gesture in self._gestures.feed(event, now_secs=now_secs):
                if mouse or not isinstance(gesture, Turned):
                    found += self._act(gesture)
        if isinstance(event, PointerMoved) or self._asks_for_axis(event):
            self._moved_since_hover = mouse
        return found + self._leave(event, mouse=mouse)

    def _asks_for_axis(self, event: InputEvent) -> bool:
        """Whether a key went down or up that changes what the pointer means."""
        return (
            self.marks.active and isinstance(event, ButtonDown | ButtonUp) and modifier(event.name) == "Shift"
        )

    @property
    def _field_is_opening(self) -> bool:
        """Whether keys are meant for a field that does not have the keyboard yet."""
        return self._opening_frames > 0 or self._writes or self.view.palette_open

    def _opens_a_field(self, intent: wish.Intent) -> bool:
        if isinstance(intent, wish.OpenPanel):
            return intent.panel in ("tree", "topics") and self.view.panel != intent.panel
        opens = (wish.BeginNote, wish.OpenPalette, BeginTopic)
        return isinstance(intent, opens) and not self.view.palette_open

    @property
    def _writes(self) -> bool:
        """Whether the editor of a note or of a topic is open, or the field for the text of a mark."""
        view = self.view
        return view.draft is not None or view.topics.draft is not None or view.marking.writing is not None

    def _type_ahead(self, event: Typed) -> list[wish.Intent]:
        """Keep what is typed for the field that opens; the key that opened it is no text."""
        opened_by, self._opened_by = self._opened_by, ""
        if self._opening_frames <= 0 or event.text.casefold() == opened_by:
            return []
        return [wish.TypeAhead(event.text)]

    def _note_held(self, event: InputEvent, *, keys: bool) -> None:
        if isinstance(event, FocusLost):
            self._held_keys.clear()
            self._modifiers.clear()
        elif isinstance(event, ButtonUp):
            self._held_keys.discard(event.name)
            self._modifiers.discard(modifier(event.name) or "")
        elif isinstance(event, ButtonDown) and modifier(event.name):
            self._modifiers.add(modifier(event.name) or "")
        elif isinstance(event, ButtonDown) and keys and not self._modifiers & {"Ctrl", "Alt"}:
            self._held_keys.add(event.name)

    def _talk(self) -> list[wish.Intent]:
        """Say that the talk key went down or up."""
        held = any(
            row.axis == "talk" and chord(name, ()) == row.key for row in HELD for name in self._held_keys
        )
        if held == self._talking:
            return []
        self._talking = held
        return (
            [say.Talk(held)] if held or self.view.hearing.talking else []
        )  # who may not talk need not end it

    def _runs_with(self, name: str) -> bool:
        """Whether a key is held for a move that is made faster by Shift, and so is no chord with it."""
        moves = {row.key for row in HELD}
        held = {chord(key, ()) for key in self._held_keys}
        key = chord(name, ())
        return self._modifiers == {"Shift"} and key in moves and bool(held & moves - {key})

    def _keys(self, event: InputEvent, *, typing: bool) -> Iterator[wish.Intent]:
        actions = keymap(self.view.preferences.preset)
        if isinstance(event, ButtonDown) and event.name not in BUTTONS and not event.repeated:
            running = self._runs_with(event.name)
            action = None if running else actions.get(chord(event.name, self._modifiers))
        elif isinstance(event, Typed) and event.text == "?" and not typing:
            action = actions.get("?")
        else:
            return
        if action is not None and (action.while_typing or not typing):
            if self._opens_a_field(action.intent):
                self._opening_frames = OPENING_FRAMES
                self._opened_by = event.name if isinstance(event, ButtonDown) else ""
            yield self.marks.instead_of(action.intent)

    def _leave(self, event: InputEvent, *, mouse: bool) -> list[wish.Intent]:
        """Forget what was hovered when the pointer goes to a panel or out of the window."""
        gone = isinstance(event, PointerLeft) or (isinstance(event, PointerMoved) and not mouse)
        if gone:
            self.view.viewing.pin = ""
        if gone and self.view.hover_point is not None:
            self.view.hover_point = None
            self.view.hover_model = ""
            self.marks.leave()
            return [wish.HoverThing("")]
        return []

    # ---- gestures -----------------------------------------------------------------------------------

    def _act(self, gesture: Gesture) -> list[wish.Intent]:
        if isinstance(gesture, Clicked):
            return self._click(gesture)
        if isinstance(gesture, DragBegan):
            self._begin(gesture)
        elif isinstance(gesture, Dragged):
            return self._drag(gesture)
        elif isinstance(gesture, DragEnded):
            self._move = None
            self.gizmo.end()
            self.sections.end()
            self.marks.end()
        elif isinstance(gesture, Turned):
            return self._turn(gesture)
        return []

    def _click(self, click: Clicked) -> list[wish.Intent]:
        if click.button != "mouse1" or self._is_on_gizmo(click.x, click.y):
            return []
        topic = "" if self.marks.active else self.pin_at(click.x, click.y)
        if topic:
            return [GoToTopic(topic) if click.count == 2 else OpenTopic(topic)]
        marked = self._click_mark(click)
        return self._click_model(click) if marked is None else marked

    def _click_mark(self, click: Clicked) -> list[wish.Intent] | None:
        """Return what a click does with a tool for marks, or on a mark; None when it concerns none."""
        if self.marks.active:
            return self.marks.click(click.x, click.y, count=click.count, axis="Shift" in self._modifiers)
        return self.marks.select(click.x, click.y, count=click.count)

    def _click_model(self, click: Clicked) -> list[wish.Intent]:
        hit = self._pick(click.x, click.y)
        if hit is None:
            return [] if "Ctrl" in self._modifiers else [wish.SelectThing("")]
        if click.count == 2 and self.view.walking:
            return [wish.WalkTo(hit.point)]
        if click.count == 2 and hit.thing:
            return [wish.FlyToThing(hit.thing)]
        if click.count == 2:
            return [wish.FrameSelection()]
        add = "Ctrl" in self._modifiers
        if hit.element and ("Alt" in self._modifiers or not hit.thing):
            return [wish.SelectElement(hit.element, add=add)]
        return [wish.SelectThing(hit.thing, add=add and bool(hit.thing))]

    def _is_on_gizmo(self, x: float, y: float) -> bool:
        tilting = "Shift" in self._modifiers
        return self.gizmo.point_at(x, y, tilting=tilting) or self.sections.point_at(x, y)

    def _begin(self, drag: DragBegan) -> None:
        for hands in (self.gizmo, self.sections, self.marks) if drag.button == "mouse1" else ():
            if hands.begin(drag.x, drag.y):
                self._move, self._held = "gizmo", hands
                return
        self._move = drag_move(self.view.preferences.preset, drag.button, frozenset(self._modifiers))
        if self.view.walking:
            self._move = on_foot(self._move)
        if self._move in {"orbit", "pan"}:
            self._pivot = self._under(drag.x, drag.y)

    def _drag(self, drag: Dragged) -> list[wish.Intent]:
        if self._move == "gizmo":
            self._held.drag(self._gestures.x, self._gestures.y, snap="Ctrl" in self._modifiers)
            return []
        pose, turn = (
            self.rig.pose,
            {"heading_rad": -drag.dx * TURN_PER_PX, "pitch_rad": -drag.dy * TURN_PER_PX},
        )
        if self._move == "orbit":
            self.rig.take(camera.orbit(pose, self._pivot, **turn))
        elif self._move == "look":
            self.rig.take(camera.look(pose, **turn))
        elif self._move == "pan":
            width, height = self.size
            depth = max(float((self._pivot - pose.position) @ pose.axes[1]), camera.DISTANCE_MIN_M)
            x, y = 2 * drag.dx / width, -2 * drag.dy / height
            self.rig.take(camera.pan(pose, self.rig.lens, x=x, y=y, depth_m=depth))
        return [wish.HintDone("move")] if self._move else []

    def _turn(self, wheel: Turned) -> list[wish.Intent]:
        if self.view.walking:
            return []
        if self.view.preferences.preset == "game":
            self.rig.change_speed(wheel.steps)
            return []
        point = self._under_wheel(wheel)
        factor, lens = ZOOM_PER_STEP**wheel.steps, self.rig.lens
        if lens.orthogonal:
            pose, self.rig.lens = camera.zoom_flat(self.rig.pose, lens, point, factor=factor)
            self.rig.take(pose)
        else:
            self.rig.take(camera.zoom(self.rig.pose, point, factor=factor))
        return [wish.HintDone("move")]

    def _under_wheel(self, wheel: Turned) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return the point to zoom to; it stays the same while the pointer rests, for it stays under it."""
        known = self._wheel_at
        if known is None or known[:2] != (wheel.x, wheel.y):
            hit = self._pick(wheel.x, wheel.y)
            known = self._wheel_at = (wheel.x, wheel.y, hit.point if hit else None)
        return self._ahead(wheel.x, wheel.y) if known[2] is None else np.array(known[2])

    def _under(self, x: float, y: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        hit = self._pick(x, y)
        return self._ahead(x, y) if hit is None else np.array(hit.point)

    def _ahead(self, x: float, y: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        width, height = self.size
        start, direction = camera.sight(self.rig.pose, self.rig.lens, 2 * x / width - 1, y=1 - 2 * y / height)
        return np.asarray(start + direction * REACH_M)

    # ---- every frame --------------------------------------------------------------------------------

    def advance(self, delta_secs: float, *, now_secs: float, size: tuple[int, int]) -> list[wish.Intent]:
        """Fly on or say where to walk, and look up what lies under a cursor that moved.

        Args:
            size: width and height of the picture in pixels.
        """
        self.size = self.gizmo.size = self.sections.size = self.marks.size = size
        self._opening_frames -= self._opening_frames > 0
        (right, forward, up, left, above), fast = self._axes()
        self.rig.turn(delta_secs, left=left, up=above)
        self.steps = Steps(right, forward, fast)
        if not self.view.walking:
            self.rig.advance(delta_secs, (right, forward, up), fast=fast)
        if right or forward or up or left or above:
            self._wheel_at = None
            return [wish.HintDone("move"), *self._hover(now_secs)]
        return self._hover(now_secs)

    def _axes(self) -> tuple[list[float], bool]:
        held = {chord(name, ()) for name in self._held_keys}
        sums = {"right": 0.0, "forward": 0.0, "up": 0.0, "turn": 0.0, "tilt": 0.0}
        for row in HELD:
            if row.axis in sums and row.key in held:
                sums[row.axis] += row.sign
        return list(sums.values()), "Shift" in self._modifiers

    def _hover(self, now_secs: float) -> list[wish.Intent]:
        if not self._gestures.pressed and self._is_on_gizmo(self._gestures.x, self._gestures.y):
            return []
        every = MARK_EVERY_SECS if self.marks.active else HOVER_EVERY_SECS
        due = now_secs - self._hovered_at_secs >= every
        if not self._moved_since_hover or not due or self._gestures.pressed:
            return []
        self._moved_since_hover, self._hovered_at_secs = False, now_secs
        hit = self._pick(self._gestures.x, self._gestures.y)
        self.view.hover_point = hit.point if hit else None
        self.view.hover_model = hit.model if hit else ""
        self.marks.hover(self._gestures.x, self._gestures.y, hit, axis="Shift" in self._modifiers)
        pin = "" if self.marks.active else self.pin_at(self._gestures.x, self._gestures.y)
        self.view.viewing.pin = pin
        return [wish.HoverThing(hit.thing if hit and not pin else "")]
