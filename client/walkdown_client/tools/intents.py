"""Every wish that a person can express: what panels, keys and tools produce and the app carries out.

Wishes of the first group change only what this person sees (``view_rules`` carries them out on the
:class:`~walkdown_client.tools.view_state.ViewState`); the second moves the camera; the third asks the
server and changes nothing until it answers; the last concerns the program.
"""

from __future__ import annotations

from dataclasses import dataclass

from walkdown.messages import Role

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Intent:
    """The root of all wishes."""


# ---- what this person sees --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ElementInfo:
    """An element that is no thing: what its model calls it.

    Attributes:
        drawn_id: package base + row. package: name of the model.
    """

    drawn_id: int
    key: str
    name: str
    kind: str
    package: str


@dataclass(frozen=True, slots=True)
class SelectThing(Intent):
    """Select a thing, or with ``add`` change whether it belongs to the selection; "" clears it."""

    thing: str
    add: bool = False


@dataclass(frozen=True, slots=True)
class SelectThings(Intent):
    """Select many things at once, and with ``elements`` such as are no things, by their keys.

    Attributes:
        add: to what is selected already.
    """

    things: tuple[str, ...]
    elements: tuple[str, ...] = ()
    add: bool = False


@dataclass(frozen=True, slots=True)
class SelectElement(Intent):
    """Select an element that is no thing, or with ``add`` change whether it belongs to the selection."""

    element: ElementInfo
    add: bool = False


@dataclass(frozen=True, slots=True)
class HoverThing(Intent):
    """Point at a thing from a panel, "" for none."""

    thing: str


@dataclass(frozen=True, slots=True)
class OpenPanel(Intent):
    """Open a panel of the rail, or close it when it is open."""

    panel: str


@dataclass(frozen=True, slots=True)
class OpenPalette(Intent):
    """Open the palette, or close it."""


@dataclass(frozen=True, slots=True)
class OpenCheatSheet(Intent):
    """Show all keys, or close them."""


@dataclass(frozen=True, slots=True)
class Dismiss(Intent):
    """Close what is on top: dialog, palette, panel, then the selection."""


@dataclass(frozen=True, slots=True)
class ColourBy(Intent):
    """Colour by ``none``, ``state``, ``noise``, or ``signal`` with the name and unit of a quantity."""

    mode: str
    name: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class HideSelection(Intent):
    """Do not draw what is selected."""


@dataclass(frozen=True, slots=True)
class SetHidden(Intent):
    """Do not draw these things and elements, and draw all others that were hidden."""

    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class IsolateSelection(Intent):
    """Draw only what is selected, the rest of its storey faintly; once more draws everything again."""


@dataclass(frozen=True, slots=True)
class GhostSelection(Intent):
    """Draw what is selected see-through, or solid again."""


@dataclass(frozen=True, slots=True)
class ShowAll(Intent):
    """Draw everything again."""


@dataclass(frozen=True, slots=True)
class ToggleOverview(Intent):
    """Cut the roof away, or put it back."""


@dataclass(frozen=True, slots=True)
class SetPreset(Intent):
    """Follow another program's mouse and keys: ``cad``, ``blender`` or ``game``."""

    preset: str


@dataclass(frozen=True, slots=True)
class SetLanguage(Intent):
    """Show all text in another language, see ``walkdown.i18n.LANGUAGES``."""

    language: str


@dataclass(frozen=True, slots=True)
class SetTheme(Intent):
    """Dark or light panels."""

    theme: str


@dataclass(frozen=True, slots=True)
class SetUiScale(Intent):
    """Size of text and panels, 0.75 to 3."""

    scale: float


@dataclass(frozen=True, slots=True)
class StepUiScale(Intent):
    """Make text and panels one step larger, or with -1 smaller."""

    steps: int


@dataclass(frozen=True, slots=True)
class SetQuality(Intent):
    """How much the renderer may spend, one of the names in ``view_state.QUALITIES``."""

    quality: str


@dataclass(frozen=True, slots=True)
class HintDone(Intent):
    """A first step has been taken, or with ``"all"`` the strip was closed."""

    step: str


@dataclass(frozen=True, slots=True)
class BeginNote(Intent):
    """Open the note editor for a new note; None means the place under the cursor."""

    thing: str = ""
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class EditNote(Intent):
    """Open the note editor for a note of one's own."""

    note: str


@dataclass(frozen=True, slots=True)
class GiveUpMove(Intent):
    """Leave the model that is being moved where it was."""


@dataclass(frozen=True, slots=True)
class CloseTask(Intent):
    """Take away that a model could not be brought in."""

    model: str


@dataclass(frozen=True, slots=True)
class TypeAhead(Intent):
    """Text that was typed before the field that has just been opened could take it."""

    text: str


@dataclass(frozen=True, slots=True)
class AskFirst(Intent):
    """Ask before something is done that cannot be taken back or opens a door.

    Attributes:
        title, text: what is asked, and what it would mean. verb: on the button that does it.
        then: what is done; a :class:`Kick` gets the reason that was typed.
    """

    title: str
    text: str
    verb: str
    then: Intent


@dataclass(frozen=True, slots=True)
class OpenPerson(Intent):
    """Show all about somebody in the panel of people, 0 for nobody."""

    person: int


@dataclass(frozen=True, slots=True)
class DismissToast(Intent):
    """Take a message away."""

    number: int


# ---- where this person looks ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FrameSelection(Intent):
    """Fly to where the selection fills the picture."""


@dataclass(frozen=True, slots=True)
class FrameAll(Intent):
    """Fly to where everything is in the picture."""


@dataclass(frozen=True, slots=True)
class FlyToThing(Intent):
    """Fly to a thing and select it."""

    thing: str


@dataclass(frozen=True, slots=True)
class FlyToElement(Intent):
    """Fly to an element that is no thing and select it."""

    element: ElementInfo


@dataclass(frozen=True, slots=True)
class LookFrom(Intent):
    """Look at everything from ``front``, ``right`` or ``top``."""

    side: str


@dataclass(frozen=True, slots=True)
class GoToPerson(Intent):
    """Fly to a person; None means the nearest other one."""

    person: int | None = None


@dataclass(frozen=True, slots=True)
class FrameModel(Intent):
    """Fly to where a model fills the picture."""

    model: str


@dataclass(frozen=True, slots=True)
class MoveModel(Intent):
    """Take a model by its handles; "" means that of the selection."""

    model: str = ""


@dataclass(frozen=True, slots=True)
class ToggleWalk(Intent):
    """Stand on the floor below and walk, or fly again."""


@dataclass(frozen=True, slots=True)
class WalkTo(Intent):
    """Stand at a point of the model, or as near as there is room; while walking."""

    point: Point


@dataclass(frozen=True, slots=True)
class GoToNote(Intent):
    """Fly to a note."""

    note: str


# ---- what everybody will see ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PutNote(Intent):
    """Place a note, or change one's own; ``note`` is its UUID.

    Attributes:
        point: metres, site frame. model: id of the model that it stands on, "" for the site.
        base: the record of the note that its author has seen, 0 for none.
    """

    note: str
    text: str
    point: Point
    thing: str = ""
    model: str = ""
    base: int = 0


@dataclass(frozen=True, slots=True)
class RemoveNote(Intent):
    """Remove one's own note."""

    note: str


@dataclass(frozen=True, slots=True)
class Undo(Intent):
    """Take back one's own last change."""


@dataclass(frozen=True, slots=True)
class Redo(Intent):
    """Repeat one's own last change that was taken back."""


@dataclass(frozen=True, slots=True)
class BringModel(Intent):
    """Bring the model file of the form into the session; ``path`` stands in for the one in the form."""

    path: str = ""


@dataclass(frozen=True, slots=True)
class CancelModel(Intent):
    """Stop bringing a model in."""

    model: str


@dataclass(frozen=True, slots=True)
class PlaceMoved(Intent):
    """Leave the model that is being moved where it is now."""


@dataclass(frozen=True, slots=True)
class RemoveModel(Intent):
    """Take a model out of the session."""

    model: str


@dataclass(frozen=True, slots=True)
class TriggerDisturbance(Intent):
    """Start or end a scripted fault of the demo plant."""

    disturbance: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Invite(Intent):
    """Make a link; the first one opens the door of a server on this computer.

    Attributes:
        role: at most one's own. hours: how long it can be used. uses: by how many people, 0 for any number.
        code: whether a short code is wanted too.
    """

    role: Role = "participant"
    hours: float = 8.0
    uses: int = 0
    code: bool = True


@dataclass(frozen=True, slots=True)
class Revoke(Intent):
    """Make a link worthless."""

    invite: str


@dataclass(frozen=True, slots=True)
class Kick(Intent):
    """Show somebody the door."""

    person: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Mute(Intent):
    """Let nobody hear somebody, or let them be heard again."""

    person: int
    muted: bool = True


@dataclass(frozen=True, slots=True)
class SetRole(Intent):
    """Give somebody another role."""

    person: int
    role: Role


# ---- the program ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CopyText(Intent):
    """Put text on the clipboard."""

    text: str


@dataclass(frozen=True, slots=True)
class CopySecret(Intent):
    """Put a link on the clipboard, and show it nowhere."""

    text: str


@dataclass(frozen=True, slots=True)
class TrustKey(Intent):
    """Believe from now on that somebody's key belongs to their name."""

    person: int


@dataclass(frozen=True, slots=True)
class JoinElsewhere(Intent):
    """Leave, and join by a short code or link, "" for the one that was typed in the panel Share."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class TakeScreenshot(Intent):
    """Save the picture as a file."""


@dataclass(frozen=True, slots=True)
class ToggleFullScreen(Intent):
    """Fill the screen, or go back to a window."""


@dataclass(frozen=True, slots=True)
class ChooseModel(Intent):
    """Open the platform's dialog for a model file, and where there is none the form."""

    replaces: str = ""


@dataclass(frozen=True, slots=True)
class CancelLoading(Intent):
    """Stop fetching models; what has arrived stays."""


@dataclass(frozen=True, slots=True)
class Quit(Intent):
    """Leave the session and end the program."""
