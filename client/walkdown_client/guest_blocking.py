"""The same guest for programs that do not use asyncio: every call waits until it is done.

::

    with join("ws://127.0.0.1:8765", name="Ada") as guest:
        print(guest.value("L1.FIL.speed"))
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy.typing as npt

from walkdown.messages import (
    ImportOptions,
    Invitation,
    ModelTask,
    Note,
    PackageRef,
    PairHealth,
    PersonKind,
    Placement,
    Role,
)
from walkdown.twin import Signal, Thing
from walkdown_client.address import Address
from walkdown_client.guest import WALKING_SPEED, Guest, Place
from walkdown_client.guest_models import Progress, SentModel
from walkdown_client.past import PastValues
from walkdown_client.sending import AS_THE_FILE_SAYS
from walkdown_client.world import PersonView

T = TypeVar("T")


@contextlib.contextmanager
def join(url: str | Address, *, name: str, kind: PersonKind = "bot") -> Iterator[BlockingGuest]:
    """Join the session at ``ws://host:port/session`` or of a link, and leave it at the end of the block.

    Raises:
        BadInput: the address is none.
        Missing: nobody answers there.
        Refused: the server said no.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="walkdown-guest", daemon=True)
    thread.start()
    membership = Guest.join(url, name=name, kind=kind)

    def wait(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    try:
        guest = wait(membership.__aenter__())
        try:
            yield BlockingGuest(guest, wait, thread)
        finally:
            wait(membership.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class BlockingGuest:
    """A guest whose loop runs in a thread; see :class:`walkdown_client.guest.Guest` for each method."""

    def __init__(
        self, guest: Guest, wait: Callable[[Coroutine[Any, Any, Any]], Any], thread: threading.Thread
    ) -> None:
        self._guest, self._wait, self._thread = guest, wait, thread

    @property
    def id(self) -> int:
        """The guest's number in the session."""
        return self._guest.id

    @property
    def role(self) -> Role:
        """What the guest may do."""
        return self._ask(lambda: self._guest.role)

    @property
    def people(self) -> dict[int, PersonView]:
        """Everybody in the session by number, as it is now."""
        return self._ask(lambda: dict(self._guest.people))

    @property
    def things(self) -> dict[str, Thing]:
        """All things of the twin by id."""
        return self._ask(lambda: dict(self._guest.things))

    @property
    def signals(self) -> dict[str, Signal]:
        """All signals of the twin by id."""
        return self._ask(lambda: dict(self._guest.signals))

    @property
    def notes(self) -> dict[str, Note]:
        """All notes by id, as they are now."""
        return self._ask(lambda: dict(self._guest.notes))

    @property
    def models(self) -> dict[str, PackageRef]:
        """All models of the session by id, as they stand now."""
        return self._ask(lambda: dict(self._guest.models))

    @property
    def model_tasks(self) -> dict[str, ModelTask]:
        """By model id, what is or was being brought in."""
        return self._ask(lambda: dict(self._guest.model_tasks))

    def value(self, signal_id: str) -> float | int | str:
        """Return a signal's newest value."""
        return self._ask(lambda: self._guest.value(signal_id))

    def quality(self, signal_id: str) -> str:
        """Return ``good``, ``stale``, ``bad`` or ``simulated``."""
        return self._ask(lambda: self._guest.quality(signal_id))

    def state(self, thing_id: str) -> str:
        """Return a thing's state in one word."""
        return self._ask(lambda: self._guest.state(thing_id))

    def history(self, signal_id: str, *, seconds: float = 600.0, points: int = 500) -> PastValues:
        """Return what a signal was in the last seconds: times, values, quality."""
        values: PastValues = self._wait(self._guest.history(signal_id, seconds=seconds, points=points))
        return values

    def find(self, query: str) -> list[Thing]:
        """Return what answers a query such as ``type:pump pressure>4``."""
        found: list[Thing] = self._wait(self._guest.find(query))
        return found

    def wait_for(self, condition: Callable[[], bool], *, timeout_secs: float = 30.0) -> None:
        """Return as soon as ``condition()`` holds; it may ask this guest, but not wait."""
        self._wait(self._guest.wait_for(condition, timeout_secs=timeout_secs))

    def move_to(self, place: Place, *, heading_rad: float = 0.0, pitch_rad: float = 0.0) -> None:
        """Stand somewhere at once."""
        self._ask(lambda: self._guest.move_to(place, heading_rad=heading_rad, pitch_rad=pitch_rad))

    def look_at(self, point: Place) -> None:
        """Turn the head towards a point."""
        self._ask(lambda: self._guest.look_at(point))

    def walk(self, route: Sequence[Place], *, speed: float = WALKING_SPEED) -> None:
        """Walk through all places."""
        self._wait(self._guest.walk(route, speed=speed))

    def select(self, thing_id: str) -> None:
        """Show others which thing the guest means."""
        self._ask(lambda: self._guest.select(thing_id))

    def subscribe(
        self,
        *,
        layers: Iterable[str] | None = None,
        area: tuple[float, float, float] | None = None,
        signals: Iterable[str] | None = None,
    ) -> None:
        """Be told from now on only of the signals that fulfil all that is said."""
        self._wait(self._guest.subscribe(layers=layers, area=area, signals=signals))

    def put_note(
        self, text: str, *, thing: str = "", point: Place | None = None, model: str | None = None
    ) -> str:
        """Place a note and return its id."""
        identity: str = self._wait(self._guest.put_note(text, thing=thing, point=point, model=model))
        return identity

    def remove_note(self, note: str) -> None:
        """Remove one's own note."""
        self._wait(self._guest.remove_note(note))

    def undo(self) -> None:
        """Take back one's own last change that still stands."""
        self._wait(self._guest.undo())

    def redo(self) -> None:
        """Repeat one's own last undone change."""
        self._wait(self._guest.redo())

    def trigger(self, disturbance: str, *, active: bool = True) -> None:
        """Start or end a scripted disturbance."""
        self._wait(self._guest.trigger(disturbance, active=active))

    def send_model(
        self,
        path: str | Path,
        *,
        options: ImportOptions = AS_THE_FILE_SAYS,
        placement: Placement | None = None,
        model: str = "",
        on_progress: Progress | None = None,
    ) -> SentModel:
        """Bring a model file into the session and wait until everybody can see it."""
        sent: SentModel = self._wait(
            self._guest.send_model(
                path, options=options, placement=placement, model=model, on_progress=on_progress
            )
        )
        return sent

    def invite(
        self, role: Role = "participant", *, hours: float = 8.0, uses: int = 0, code: bool = False
    ) -> Invitation:
        """Make an invitation and return its links."""
        told: Invitation = self._wait(self._guest.invite(role, hours=hours, uses=uses, code=code))
        return told

    def revoke(self, invite: str) -> None:
        """Make an invitation worthless."""
        self._wait(self._guest.revoke(invite))

    def kick(self, person: int, reason: str = "") -> None:
        """Show somebody the door."""
        self._wait(self._guest.kick(person, reason))

    def mute(self, person: int, *, muted: bool = True) -> None:
        """Let nobody hear somebody, or let them be heard again."""
        self._wait(self._guest.mute(person, muted=muted))

    def set_role(self, person: int, role: Role) -> None:
        """Give somebody another role."""
        self._wait(self._guest.set_role(person, role))

    def cancel_model(self, model: str) -> None:
        """Stop bringing a model in."""
        self._ask(lambda: self._guest.cancel_model(model))

    def place_model(self, model: str, placement: Placement) -> None:
        """Put a model somewhere else."""
        self._wait(self._guest.place_model(model, placement))

    def remove_model(self, model: str) -> None:
        """Take a model out of the session."""
        self._wait(self._guest.remove_model(model))

    def tune(self, **changes: Any) -> None:
        """Say how the guest speaks and listens from now on."""
        self._ask(lambda: self._guest.tune(**changes))

    def say(self, text: str) -> None:
        """Say a text, and wait until it is said."""
        self._wait(self._guest.say(text))

    def speak(self, samples: npt.ArrayLike) -> None:
        """Let a sound (n,) at 48 kHz be heard from where the guest stands, and wait until it is over."""
        self._wait(self._guest.speak(samples))

    def present(self, person: int, *, presenting: bool = True) -> None:
        """Let somebody be heard and seen everywhere, or no more."""
        self._wait(self._guest.present(person, presenting=presenting))

    def mute_all(self, *, muted: bool = True) -> None:
        """Let nobody be heard but who leads or presents, or let all be heard again."""
        self._wait(self._guest.mute_all(muted=muted))

    def record_voice(self, *, on: bool = True) -> None:
        """Begin or end a recording of what is said."""
        self._wait(self._guest.record_voice(on=on))

    def put_zone(
        self, name: str, low: Iterable[float], high: Iterable[float], *, zone: str | None = None
    ) -> str:
        """Make a place whose inside and outside do not hear each other, or change one; returns its id."""
        identity: str = self._wait(self._guest.put_zone(name, low, high, zone=zone))
        return identity

    def remove_zone(self, zone: str) -> None:
        """Take a zone away."""
        self._wait(self._guest.remove_zone(zone))

    def voice_health(self) -> tuple[PairHealth, ...]:
        """Return how well everyone hears everyone."""
        pairs: tuple[PairHealth, ...] = self._wait(self._guest.voice_health())
        return pairs

    def noise_at(self, point: npt.ArrayLike | None = None) -> float:
        """Return the level at a place in dB(A), by default where the guest stands."""
        level_db: float = self._wait(self._guest.noise_at(point))
        return level_db

    def do(self, work: Callable[[Guest], Coroutine[Any, Any, T]]) -> T:
        """Wait for anything else that a guest can do: ``guest.do(lambda g: g.put_topic("Too high"))``."""
        done: T = self._wait(work(self._guest))
        return done

    def _ask(self, question: Callable[[], T]) -> T:
        """Ask in the guest's thread, where nothing changes meanwhile."""
        if threading.current_thread() is self._thread:
            return question()

        async def ask() -> T:
            return question()

        answer: T = self._wait(ask())
        return answer
