"""Says once a frame what is to be heard of the session: machines, alarms, people, one's own steps.

It reads the world and keeps nothing of it but what has been told already. What it says are orders for the
sound process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future

import numpy as np
import numpy.typing as npt

from walkdown.codec import PoseFlag
from walkdown.messages import Welcome
from walkdown_client.audio.alarms import Alarms
from walkdown_client.audio.bodies import Bodies
from walkdown_client.audio.comings import Comings, LinkSound
from walkdown_client.audio.floors import Floors
from walkdown_client.audio.machine_mix import Mix
from walkdown_client.audio.machine_places import Drawn, Whereabouts
from walkdown_client.audio.machine_score import Score, score_of
from walkdown_client.audio.machines import Readings, sounding
from walkdown_client.audio.orders import Order, Play, RoomBox
from walkdown_client.audio.steps import Steps
from walkdown_client.twin_index import NOTHING, TwinIndex
from walkdown_client.world import World

F64 = npt.NDArray[np.float64]

FOLLOW_SECS = 0.05
"""Signals come with the ticks, 20 times a second; no machine is read more often."""

SPEECH_NEAR_M = 20.0
"""Machines step back for whoever speaks so near."""

_SPEAKING = PoseFlag.SPEAKING.value

NO_ROADS: tuple[F64, F64] = np.zeros((0, 3)), np.zeros(0)


class Director:
    """The sounds of one client.

    Args:
        worker: makes the list of all machines; without one it is made in the frame, which takes up to a
            second for 10,000 things.
    """

    def __init__(self, *, worker: Executor | None = None) -> None:
        self._worker = worker
        self._twin: TwinIndex | None = None
        self._making: Future[Score] | None = None
        self._score: Score | None = None
        self._mix: Mix | None = None
        self._models: tuple[Drawn, ...] = ()
        self._around: tuple[tuple[RoomBox, ...], tuple[F64, F64]] = (), NO_ROADS
        self._floors: Floors | None = None
        self._whereabouts = Whereabouts(0)
        self._alarm_places: F64 = np.zeros((0, 3))
        self._alarms: Alarms | None = None
        self._comings, self._link = Comings(), LinkSound()
        self._steps = Steps(self._below)
        self._readings: Readings | None = None
        self._followed = -1, -1, ""
        self._follow_secs = 0.0
        self._welcome: Welcome | None = None

    # ---- what the app says --------------------------------------------------------------------------

    def place(self, twin: TwinIndex, models: Iterable[Drawn]) -> None:
        """Take where things are: again whenever models came, moved or went, and when the twin changed."""
        self._models = tuple(models)
        self._floors = None
        self._whereabouts = Whereabouts(len(twin.catalogue.things), self._models)
        self._alarm_places = _with_parents(self._whereabouts.middles, twin)
        if self._mix is not None and twin is self._twin:
            self._mix.place(self._whereabouts)
            self._mix.surround(*self._around)

    def surround(self, rooms: Sequence[RoomBox], roads: tuple[F64, F64] = NO_ROADS) -> None:
        """Take all rooms, whose ventilation is heard, and streets, whose traffic is.

        Args:
            roads: places (r, 3) metres, site frame, and sound power levels (r,) of their parts.
        """
        self._around = tuple(rooms), roads
        if self._mix is not None:
            self._mix.surround(*self._around)

    def acknowledge(self, world: World, *thing_ids: str) -> None:
        """Say that oneself has looked at things: their alarms are not repeated."""
        rows = (world.twin.thing_row.get(thing_id, NOTHING) for thing_id in thing_ids)
        if self._alarms is not None:
            self._alarms.acknowledge(rows)

    def orders(self, world: World, *, ears: F64, dt_secs: float, walking: bool = False) -> list[Order]:
        """Return what the sound process is to be told in this frame.

        Args:
            ears: (3,) metres, site frame: one's own head. walking: whether oneself walks on the ground.
        """
        self._take(world)
        found: list[Order] = [
            *self._link.step(world.link_state, dt_secs),
            *self._people(world, ears, dt_secs),
        ]
        if self._alarms is not None:
            found += self._alarms.step(world.thing_states, self._alarm_places, ears=ears, dt_secs=dt_secs)
        found += self._steps.step(
            world.people_ids,
            world.people_positions,
            world.people_flags,
            ears=ears,
            walking=walking,
            dt_secs=dt_secs,
        )
        return found + self._machines(world, ears, dt_secs)

    # ---- inside -------------------------------------------------------------------------------------

    def _take(self, world: World) -> None:
        """Notice another twin and another joining, and what oneself has selected."""
        if world.welcome is not self._welcome:
            self._welcome = world.welcome
            self._comings.restart()
            if self._alarms is not None:
                self._alarms.restart()
        if world.twin is not self._twin:
            self._take_twin(world.twin)
        if self._making is not None and self._making.done():
            self._begin(self._making.result())
        me = world.people.get(world.me)
        if me is not None and me.selected:
            self.acknowledge(world, me.selected)

    def _take_twin(self, twin: TwinIndex) -> None:
        self._twin, self._score, self._mix, self._readings = twin, None, None, None
        self._alarms = Alarms(Bodies(twin))
        if len(self._whereabouts) != len(twin.catalogue.things):
            self._whereabouts = Whereabouts(len(twin.catalogue.things))
            self._alarm_places = self._whereabouts.middles
        if self._worker is None:
            self._begin(score_of(twin))
        else:
            self._making = self._worker.submit(score_of, twin)

    def _begin(self, score: Score) -> None:
        self._making, self._followed = None, (-1, -1, "")
        self._score, self._readings = score, Readings(score)
        self._mix = Mix(score, self._whereabouts)
        self._mix.surround(*self._around)

    def _machines(self, world: World, ears: F64, dt_secs: float) -> list[Order]:
        mix, score, readings = self._mix, self._score, self._readings
        if mix is None or score is None or readings is None:
            return []
        self._follow_secs -= dt_secs
        now = world.signals_revision, world.states_revision, world.link_state
        if now != self._followed and self._follow_secs <= 0:
            self._followed, self._follow_secs = now, FOLLOW_SECS
            readings.read(world.signals)
            mix.follow(sounding(score, readings, world.thing_states), linked=world.link_state == "live")
        sounds = mix.step(ears, dt_secs, speech=_speech_near(world, ears))
        return [] if sounds is None else [sounds]

    def _below(self, head: F64) -> tuple[float, str]:
        """Tell what lies below a head; asked only when a foot comes down."""
        if self._floors is None:
            self._floors = Floors(self._models)
        return self._floors.below(head)

    def _people(self, world: World, ears: F64, dt_secs: float) -> list[Play]:
        places = dict(zip(world.people_ids.tolist(), world.people_positions, strict=True))
        return self._comings.step(world.people, places, me=world.me, ears=ears, dt_secs=dt_secs)


def _speech_near(world: World, ears: F64) -> bool:
    """Tell whether somebody who may be heard speaks."""
    speaking = (world.people_flags & _SPEAKING) != 0
    away = ((world.people_positions[speaking] - ears) ** 2).sum(1)
    return bool((away < SPEECH_NEAR_M**2).any())


def _with_parents(places: F64, twin: TwinIndex) -> F64:
    """Return places, of what draws nothing that of the nearest thing above it that does."""
    found, parent = places.copy(), twin.parent
    for _level in range(4):
        lacking = np.flatnonzero(np.isnan(found[:, 0]) & (parent != NOTHING))
        found[lacking] = found[parent[lacking]]
    return found
