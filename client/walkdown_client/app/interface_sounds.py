"""Lets what one does be heard: the talk key, muting, panels, notes, models that came, and what went wrong.

Nobody calls this: it compares what is with what was in the frame before, so that every way to do something
sounds alike. What was there before one came is no news.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from walkdown.messages import Note, Welcome
from walkdown_client.audio.alarms import heard_from
from walkdown_client.audio.orders import Play
from walkdown_client.input.camera import Pose
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

SETTLE_SECS = 3.0
"""Notes and models that are told so soon after joining were there before."""

_WEIGHT = 10.0


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is compared from frame to frame."""

    talking: bool
    quiet: bool
    shut: bool
    toast: int
    models: int
    notes: frozenset[str]
    revision: int


class InterfaceSounds:
    """The sounds of one person's own doing; a source for :class:`~walkdown_client.app.sounding.Sounding`."""

    def __init__(self, world: World, view: ViewState) -> None:
        self._world, self._view = world, view
        self._seen: _Seen | None = None
        self._welcome: Welcome | None = None
        self._since_secs = 0.0

    def orders(self, now_secs: float, pose: Pose) -> Iterator[Play]:
        """Yield what is to be heard in this frame."""
        if self._world.welcome is not self._welcome:
            self._welcome, self._since_secs = self._world.welcome, now_secs
        before, now = self._seen, self._look()
        self._seen = now
        if before is None or before == now:
            return
        yield from self._of_oneself(before, now)
        if now_secs - self._since_secs >= SETTLE_SECS:
            yield from self._of_the_session(before, now, pose)

    def _look(self) -> _Seen:
        world, view, before = self._world, self._view, self._seen
        me = world.people.get(world.me)
        sound = view.preferences.sound
        muted = (me is not None and me.muted) or not sound.microphone or view.hearing.deaf
        opened = view.panel or view.palette_open or view.cheat_sheet_open or view.question is not None
        known = before is not None and before.revision == world.notes_revision
        return _Seen(
            view.hearing.talking,
            muted,
            not opened,
            view.next_toast,
            len(world.packages),
            before.notes if before is not None and known else frozenset(world.notes),
            world.notes_revision,
        )

    def _of_oneself(self, before: _Seen, now: _Seen) -> Iterator[Play]:
        if now.talking != before.talking:
            yield Play("talk on" if now.talking else "talk off", weight=_WEIGHT)
        if now.quiet != before.quiet:
            yield Play("muted" if now.quiet else "unmuted", weight=_WEIGHT)
        if now.shut != before.shut:
            yield Play("close" if now.shut else "open", weight=_WEIGHT)
        fresh = [toast for toast in self._view.toasts if toast.number >= before.toast]
        if any(toast.is_error or toast.is_warning for toast in fresh):
            yield Play("error", weight=_WEIGHT)

    def _of_the_session(self, before: _Seen, now: _Seen, pose: Pose) -> Iterator[Play]:
        if now.models > before.models:
            yield Play("done", weight=_WEIGHT)
        for note in sorted(now.notes - before.notes)[:1]:
            yield self._pinned(self._world.notes[note], pose)

    def _pinned(self, note: Note, pose: Pose) -> Play:
        """Return the sound of a note from where it is pinned; of one that is nowhere in the head."""
        place = self._world.note_position(note) if self._world.is_standing(note) else (np.nan,) * 3
        return heard_from("note", np.array(place, np.float64), pose.position, weight=_WEIGHT)
