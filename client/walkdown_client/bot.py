"""Participants that walk by themselves: company in a demo, and a load in a test.

A bot walks a route up and down, looks at the machines that it passes, selects the one that it looks at, and
pins a note to what is in alarm unless somebody has. It reads aloud what it sees now and then, greets who
comes near, and calls out alarms. What it decides follows from its seed.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import random
import signal
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.errors import BadInput, Missing, Refused
from walkdown.i18n import _
from walkdown.twin import STATE_ALARM
from walkdown_client.blob_cache import BlobCache
from walkdown_client.guest import JOIN_SECS, WALKING_SPEED, Guest, Place

log = logging.getLogger(__name__)

F64 = npt.NDArray[np.float64]
Route = tuple[Place, ...]

WALKWAYS: tuple[Route, ...] = (
    ((12.0, 2.9), (84.0, 2.9)),
    ((84.0, 26.9), (12.0, 26.9)),
)
"""The two marked walkways of the demo plant."""

LEG_METRES = 6.0
"""A bot looks around after each leg."""
LOOK_SECS = 2.0
SEEN_FROM_METRES = 14.0
VOICES_HZ = 95.0, 210.0
"""Pitches of bots' voices, where these murmur."""

BESIDE_METRES = 0.35, 0.7
"""Bots that share a route keep to its sides, so that they do not walk through each other."""

SLACK_SECS = 0.5
"""Bots stay so much longer than they wait for the server, to be able to say that it does not answer."""

READING_SECS = 25.0
"""A bot reads aloud no more often, so that one hears the plant and each other too."""

GREETING_METRES = 6.0
SPEAKERS_MAX = 8
"""Of many bots only the first speak: nobody could hear more at once."""

NOTES_MAX = 3
"""A bot writes no more than this, so that a bad day does not bury the plant under notes."""


@dataclass(frozen=True, kw_only=True)
class BotPlan:
    """What bots do.

    Attributes:
        count: how many there are. seconds: when they leave, 0 for never.
        routes: walked up and down; the bots share them.
        speed: metres a second.
        speaks: aloud, where there is a libopus.
    """

    name: str = "Bot"
    count: int = 1
    seconds: float = 0.0
    routes: tuple[Route, ...] = WALKWAYS
    speed: float = WALKING_SPEED
    seed: int = 1
    speaks: bool = True


async def run_bots(
    url: str, plan: BotPlan, *, cache: BlobCache | None = None, within_secs: float = JOIN_SECS
) -> None:
    """Let all bots of a plan walk until its time is over.

    Raises:
        Missing: nobody answers. Refused: the server said no.
    """
    within_secs = min(within_secs, plan.seconds or within_secs)
    try:
        async with (
            asyncio.timeout(plan.seconds + SLACK_SECS if plan.seconds else None),
            asyncio.TaskGroup() as group,
        ):
            for number in range(plan.count):
                group.create_task(_run_bot(url, plan, number, cache=cache, within_secs=within_secs))
    except TimeoutError:
        log.debug("the bots leave after %s s", plan.seconds)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def run_bots_until_terminated(url: str, plan: BotPlan, *, cache: BlobCache | None = None) -> None:
    """Do the same in a process of its own: when it is asked to end, the bots take their leave first."""
    task = asyncio.current_task()
    if task is not None:
        with contextlib.suppress(NotImplementedError):  # Windows ends a process without asking
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await run_bots(url, plan, cache=cache)


async def _run_bot(
    url: str, plan: BotPlan, number: int, *, cache: BlobCache | None, within_secs: float
) -> None:
    name = plan.name if plan.count == 1 else f"{plan.name} {number + 1}"
    async with Guest.join(url, name=name, kind="bot", cache=cache, within_secs=within_secs) as guest:
        await Bot(guest, plan, number).run()


class Bot:
    """One bot that has joined."""

    def __init__(self, guest: Guest, plan: BotPlan, number: int) -> None:
        self._guest, self._plan = guest, plan
        self._random = random.Random(f"{plan.seed}/{number}")  # noqa: S311  the same bot walks the same way
        self._route = plan.routes[number % len(plan.routes)]
        self._beside = self._random.uniform(*BESIDE_METRES) * (1 if number % 2 else -1)
        self._written = 0
        self._speaks = plan.speaks and number < SPEAKERS_MAX
        self._voice_hz = self._random.uniform(*VOICES_HZ)
        self._saying: asyncio.Task[None] | None = None
        self._read_at, self._greeted = float("-inf"), {guest.id}

    async def run(self) -> None:
        """Walk up and down until cancelled.

        Raises:
            Refused: the server does not want the bot any more.
        """
        try:
            await self._walk()
        finally:
            if self._saying is not None:
                self._saying.cancel()
                await asyncio.gather(self._saying, return_exceptions=True)

    async def _walk(self) -> None:
        names, middles = await self._machines()
        stops = legs(self._route, beside_metres=self._beside)
        at = self._random.randrange(len(stops))
        self._guest.move_to(stops[at].tolist())
        way = 1 if at < len(stops) - 1 else -1
        while self._guest.world.link_state != "refused":
            self._greet()
            await self._look_around(names, middles)
            await self._write_about_alarms()
            if not 0 <= at + way < len(stops):
                way = -way
            at += way
            await self._guest.walk([stops[at].tolist()], speed=self._plan.speed)
        raise Refused("refused", self._guest.world.link_text)

    async def _machines(self) -> tuple[list[str], F64]:
        """Return the ids and middles (n, 3) of the things that have a main signal."""
        places = await self._guest.load_places()
        twin = self._guest.world.twin
        ids = [
            t.id
            for t in twin.catalogue.things
            if t.id in places and twin.main_signal[twin.thing_row[t.id]] >= 0
        ]
        return ids, np.array([places[identity] for identity in ids]).reshape(-1, 3)

    async def _look_around(self, names: list[str], middles: F64) -> None:
        apart = np.linalg.norm(middles - self._guest.position, axis=1)
        near = np.flatnonzero(apart < SEEN_FROM_METRES)
        if len(near):
            chosen = int(self._random.choice(near.tolist()))
            self._guest.select(names[chosen])
            self._guest.look_at(middles[chosen].tolist())
            self._read(names[chosen])
        await asyncio.sleep(self._random.uniform(0.5, 1.0) * LOOK_SECS)

    def _read(self, thing: str) -> None:
        """Say aloud what a machine measures first of all, now and then."""
        now_secs = asyncio.get_running_loop().time()
        if now_secs - self._read_at < READING_SECS:
            return
        twin = self._guest.world.twin
        row = twin.thing_row[thing]
        main = twin.catalogue.signals[twin.main_signal[row]]
        value = self._guest.value(main.id)
        shown = f"{value:.3g}" if isinstance(value, float) else f"{value}"
        name = twin.catalogue.things[row].name
        if self._say(_("{thing}: {value} {unit}").format(thing=name, value=shown, unit=main.unit)):
            self._read_at = now_secs

    def _greet(self) -> None:
        """Say hello to whoever comes near, once."""
        for person in self._guest.people_within(GREETING_METRES):
            if person.kind == "person" and person.id not in self._greeted:
                if self._say(_("Hello {name}!").format(name=person.name)):
                    self._greeted.add(person.id)

    def _say(self, text: str) -> bool:
        """Begin to say something while walking on; tells whether the bot was not speaking already."""
        if not self._speaks or (self._saying is not None and not self._saying.done()):
            return False
        self._saying = asyncio.create_task(self._speak(text))
        return True

    async def _speak(self, text: str) -> None:
        try:
            await self._guest.say(text, pitch_hz=self._voice_hz)
        except Missing as missing:
            log.info("a bot keeps silent: %s", missing)

    async def _write_about_alarms(self) -> None:
        world = self._guest.world
        noted = {note.thing for note in world.notes.values()}
        alarms = [world.catalogue.things[row] for row in np.flatnonzero(world.thing_states == STATE_ALARM)]
        fresh = [thing for thing in alarms if thing.id not in noted]
        if fresh and self._written < NOTES_MAX:
            self._written += 1
            text = _("{thing} is in alarm. Who can have a look?").format(thing=fresh[0].name)
            self._say(text)
            with contextlib.suppress(Refused, Missing):
                await self._guest.put_note(text, thing=fresh[0].id)


def legs(route: Sequence[Place], *, beside_metres: float = 0.0) -> list[F64]:
    """Return places (x, y) along a route, not more than a leg apart, all ``beside_metres`` to its left."""
    corners = [np.asarray(place[:2], np.float64) for place in route]
    stops: list[F64] = []
    for start, end in itertools.pairwise(corners):
        way = end - start
        length = float(np.linalg.norm(way))
        left = np.array([-way[1], way[0]]) / max(length, 1e-9)
        pieces = max(int(np.ceil(length / LEG_METRES)), 1)
        places = [start + way * (piece / pieces) + left * beside_metres for piece in range(pieces + 1)]
        stops += places[1:] if stops else places
    return stops


def parse_route(text: str) -> Route:
    """Read ``12,2.9 84,2.9``: places on the floor in metres.

    Raises:
        BadInput: it is not that.
    """
    try:
        places = tuple(tuple(float(number) for number in place.split(",")) for place in text.split())
    except ValueError:
        places = ()
    if len(places) < 2 or any(len(place) != 2 or not np.isfinite(place).all() for place in places):
        raise BadInput(
            _("expected a route of two or more places such as '12,2.9 84,2.9', got {text!r}").format(
                text=text
            )
        )
    return places
