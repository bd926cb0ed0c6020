"""Shows the world in the scene: states, values, selection, joints, people, notes.

Every part looks at a revision or a key first and does nothing when nothing it shows has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable

import numpy as np
import numpy.typing as npt

from walkdown.frames import joint_matrices
from walkdown.i18n import language
from walkdown.twin import NO_STATE
from walkdown_client.app import colouring
from walkdown_client.app.annotations import Annotations
from walkdown_client.app.models import Models, OpenPackage
from walkdown_client.scene.element_state import GHOST, HIDDEN, HOVERED, SELECTED
from walkdown_client.scene.people import SPEAKING
from walkdown_client.scene.view import SceneView
from walkdown_client.tools.colouring import Quantity, heat_of, quantities
from walkdown_client.tools.hearing import voice_key
from walkdown_client.tools.view_state import ViewState
from walkdown_client.twin_index import TwinIndex
from walkdown_client.ui.sound_words import name_in_scene
from walkdown_client.world import World

_NOTHING = np.zeros(0, np.intp)
IN_THE_EYE_M = 0.45
"""Who follows or is followed has their head where one's own eye is, and would hide all else."""


class Showing:
    """Brings one scene up to date with one world.

    Args:
        scene: what is drawn. models: which element belongs to what.
    """

    def __init__(self, scene: SceneView, models: Models) -> None:
        self._scene, self._models = scene, models
        self._annotations = Annotations(scene, models)
        self._keys: dict[str, Hashable] = {}
        self._machines = np.zeros(0, np.int32)
        self._mode = "state"
        self._quantity: Quantity | None = None
        self._heat_rows = np.zeros(0, np.int32)
        self._here = np.zeros(0, bool)
        self._names: tuple[str, ...] = ()
        self._colours = _NOTHING

    def update(
        self,
        world: World,
        view: ViewState,
        eye: npt.NDArray[np.float64],
        *,
        speaking: Collection[int] = (),
    ) -> None:
        """Show the world as it is now; ``speaking`` are the numbers of those who speak."""
        model = (id(world.twin), self._models.revision)
        self._when("machines", model, lambda: self._bind(world.twin))
        self._when("mode", (model, view.colouring), lambda: self._choose_colours(world.twin, view))
        self._when("states", (model, view.colouring, world.states_revision), lambda: self._show_states(world))
        if self._quantity is not None:
            self._when(
                "heat", (model, view.colouring, world.signals_revision), lambda: self._show_heat(world)
            )
        self._when("selected", (model, view.selection, view.elements), lambda: self._show_selection(view))
        self._when("hovered", (model, view.hovered), lambda: self._show_hovered(view))
        hidden = (model, view.hidden, view.isolated, view.ghosted)
        self._when("hidden", hidden, lambda: self._show_hidden(view))
        looked = tuple(_looked_at(world, number) for number in {view.person, view.together.following})
        others = (model, world.people_revision, looked)
        self._when("others", others, lambda: self._show_others(world, looked))
        self._when(
            "cut", view.overview, lambda: self._scene.set_cut_mode("open" if view.overview else "auto")
        )
        self._move_joints(world)
        near = np.linalg.norm(world.people_positions - eye, axis=1) < IN_THE_EYE_M
        self._show_people(world, speaking, silenced=frozenset(view.preferences.sound.silenced), near=near)
        self._annotations.update(world, view, eye)

    def _when(self, name: str, key: Hashable, show: Callable[[], None]) -> None:
        if self._keys.get(name) != key:
            self._keys[name] = key
            show()

    def _bind(self, twin: TwinIndex) -> None:
        self._machines = colouring.machine_rows(twin)

    def _choose_colours(self, twin: TwinIndex, view: ViewState) -> None:
        wanted = view.colouring
        self._quantity = None
        if wanted.mode == "signal":
            known = quantities(twin.catalogue)
            self._quantity = next((q for q in known if (q.name, q.unit) == (wanted.name, wanted.unit)), None)
        if self._quantity is not None:
            self._heat_rows = colouring.heat_rows(twin, self._quantity)
        self._scene.show_heat(self._quantity is not None)
        self._mode = wanted.mode

    def _show_states(self, world: World) -> None:
        rows = self._models.thing_rows
        codes = colouring.state_codes(world.thing_states, self._machines, rows)
        if self._mode != "state":
            codes = np.full(len(rows), NO_STATE, np.uint8)
        self._scene.state.set_codes(slice(0, len(rows)), codes)

    def _show_heat(self, world: World) -> None:
        if self._quantity is None:
            return
        rows = self._models.thing_rows
        heat = heat_of(self._quantity, world.signals)
        values, strength = colouring.heat_of_elements(heat, self._heat_rows, rows)
        self._scene.state.set_heat(slice(0, len(rows)), values, strength=strength)

    def _show_selection(self, view: ViewState) -> None:
        self._scene.state.only(self._models.ids_of_all(view.marked), SELECTED)

    def _show_hovered(self, view: ViewState) -> None:
        ids = self._models.ids_of(view.hovered) if view.hovered else np.zeros(0, np.intp)
        self._scene.state.only(ids, HOVERED)

    def _show_hidden(self, view: ViewState) -> None:
        state, drawn = self._scene.state, self._models.drawn
        faint, gone = drawn.beside(view.isolated) if view.isolated else (_NOTHING, _NOTHING)
        hidden = np.concatenate([drawn.ids_of(view.hidden), gone])
        state.only(np.concatenate([drawn.ids_of(view.ghosted), faint]), GHOST)
        state.only(hidden, HIDDEN)
        state.set_flags(hidden, GHOST, on=False)
        self._scene.light.refresh_shadows()

    def _show_others(self, world: World, looked: tuple[tuple[str, int], ...]) -> None:
        """Mark what others have selected, and what those look at whose card is open or whom one follows."""
        others = [p for p in world.people.values() if p.id != world.me and p.selected]
        marked = [*(pair for pair in looked if pair[0]), *((p.selected, p.colour) for p in others)]
        ids = [self._models.ids_of(thing) for thing, _colour in marked]
        colours = [np.full(len(i), colour) for i, (_thing, colour) in zip(ids, marked, strict=True)]
        empty = np.zeros(0, np.intp)
        self._scene.state.mark_for_others(np.concatenate([empty, *ids]), np.concatenate([empty, *colours]))

    def _move_joints(self, world: World) -> None:
        matrices = [
            joint_matrices(package.joints, _values_of(package, world.joint_values))
            for package in self._models.packages
            if package.joints
        ]
        if matrices:
            self._scene.set_joint_matrices(np.concatenate(matrices))

    def _show_people(
        self,
        world: World,
        speaking: Collection[int],
        *,
        silenced: frozenset[str],
        near: npt.NDArray[np.bool_],
    ) -> None:
        hands = tuple(person.hand for person in world.people.values())
        drawn = (world.people_ids.tobytes(), near.tobytes())
        listed = (world.people_revision, hands, silenced, language(), drawn)
        self._when("people", listed, lambda: self._list_people(world, silenced, near))
        here = self._here
        self._scene.people.update(
            world.people_positions[here],
            world.people_quaternions[here],
            names=self._names,
            colors=self._colours,
            flags=np.where(np.isin(world.people_ids[here], list(speaking)), SPEAKING, 0) if speaking else 0,
        )

    def _list_people(self, world: World, silenced: frozenset[str], near: npt.NDArray[np.bool_]) -> None:
        """List who is drawn: those whose place and name are known, and in whose head one's own eye is not."""
        ids = world.people_ids.tolist()
        known = [None if n else world.people.get(number) for number, n in zip(ids, near, strict=True)]
        self._here = np.array([person is not None for person in known], bool)
        people = [person for person in known if person is not None]
        self._names = tuple(name_in_scene(p, silenced=voice_key(p) in silenced) for p in people)
        self._colours = np.array([person.colour for person in people], np.intp)


def _looked_at(world: World, number: int) -> tuple[str, int]:
    """Return the thing that somebody else looks at, "" for none, and their colour."""
    person = world.people.get(number)
    return (person.looking, person.colour) if person is not None and number != world.me else ("", 0)


def _values_of(package: OpenPackage, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the value of each joint of a package, 0 for those that have not come or never will."""
    first, out = package.ref.joint_base, np.zeros(len(package.joints))
    found = values[first : first + package.ref.joint_count]
    out[: len(found)] = found
    return out
