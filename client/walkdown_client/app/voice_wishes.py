"""Carries out what a person wishes of voices: their own, single people's, and what holds for everybody."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from walkdown import messages
from walkdown.i18n import _
from walkdown.messages import Point, Zone
from walkdown_client.app.sounding import Sounding
from walkdown_client.audio.orders import RoomBox
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.tools.hearing import VOLUME_MAX, voice_key
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

ZONE_HALF_M = (4.0, 4.0, 2.0)
"""Half the size of a zone where there is no room."""

RoomAt = Callable[[Point], RoomBox | None]


class Doing(Protocol):
    """What these wishes need of the rest: sending and saying."""

    def send(self, operation: messages.ClientMessage) -> bool:
        """Send to the server; tell whether that could be done."""

    def say(self, title: str, text: str = "", *, person: int | None = None) -> None:
        """Show a message that goes away by itself."""


class VoiceWishes:
    """Rules by the class of the wish, for :meth:`Wishes.add`.

    Args:
        eye: tells where one's own head is. room_at: tells in which room a point lies.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        *,
        sounding: Sounding,
        eye: Callable[[], Point],
        room_at: RoomAt,
    ) -> None:
        self._world, self._view, self._sounding = world, view, sounding
        self._eye, self._room_at = eye, room_at

    def rules(self, doing: Doing) -> Mapping[type[wish.Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        self._doing = doing
        return {
            say.Silence: self._silence,
            say.SetPersonVolume: self._set_person_volume,
            say.StartSound: lambda _i: self._sounding.start(),
            say.TestEcho: self._test_echo,
            say.MuteAll: self._mute_all,
            say.Present: self._present,
            say.AskToRecord: self._ask_to_record,
            say.RecordVoice: lambda i: doing.send(messages.RecordVoice(1, i.on)),
            say.PutZoneHere: self._put_zone,
            say.RemoveZone: self._remove_zone,
            say.AskVoiceHealth: lambda _i: doing.send(messages.AskVoiceHealth()),
        }

    # ---- single people ------------------------------------------------------------------------------

    def _silence(self, intent: say.Silence) -> None:
        person = self._world.people.get(intent.person)
        if person is None or person.id == self._world.me:
            return
        silenced, key = self._view.preferences.sound.silenced, voice_key(person)
        if intent.silenced and key not in silenced:
            silenced.append(key)
        elif not intent.silenced and key in silenced:
            silenced.remove(key)
        self._view.hearing.revision += 1

    def _set_person_volume(self, intent: say.SetPersonVolume) -> None:
        person = self._world.people.get(intent.person)
        if person is None:
            return
        volumes, key = self._view.preferences.sound.volumes, voice_key(person)
        volumes[key] = min(max(intent.volume, 0.0), VOLUME_MAX)
        if volumes[key] == 1.0:
            del volumes[key]
        self._view.hearing.revision += 1

    # ---- oneself ------------------------------------------------------------------------------------

    def _test_echo(self, _intent: wish.Intent) -> None:
        facts, sound = self._sounding.facts, self._view.preferences.sound
        self._view.panel = "sound"
        if facts.has_input and facts.has_output and sound.microphone:
            self._sounding.start_echo(time.monotonic())
        else:
            self._doing.say(
                _("Your voice cannot be tried out"),
                _("It needs a microphone that is open and something to hear with: see under Sound."),
            )

    def _ask_to_record(self, _intent: wish.Intent) -> None:
        if self._world.voice.rules.recording_ns:
            self._doing.send(messages.RecordVoice(1, on=False))
            return
        self._view.question = wish.AskFirst(
            _("Record what is said?"),
            _(
                "Everybody is told at once and sees it all the time. Each voice becomes a track of its own, "
                "kept with the session; who has said no to it is left out."
            ),
            _("Record"),
            say.RecordVoice(on=True),
        )

    # ---- everybody ----------------------------------------------------------------------------------

    def _mute_all(self, intent: say.MuteAll) -> None:
        muted = not self._world.voice.rules.muted_all if intent.muted is None else intent.muted
        self._doing.send(messages.MuteAll(1, muted))

    def _present(self, intent: say.Present) -> None:
        person = self._world.people.get(intent.person or self._world.me)
        if person is not None:
            presenting = not person.presenting if intent.presenting is None else intent.presenting
            self._doing.send(messages.Present(1, person.id, presenting))

    def _put_zone(self, _intent: wish.Intent) -> None:
        eye = self._eye()
        room = self._room_at(eye)
        low, high = (room.low, room.high) if room is not None else _box_about(eye)
        name = _("Zone {number}").format(number=len(self._world.voice.rules.zones) + 1)
        if self._doing.send(messages.PutZone(1, Zone(str(uuid.uuid4()), name, low, high))):
            about = (
                _("It is this room.") if room is not None else _("You are in no room: it is a box about you.")
            )
            self._doing.say(_("{zone}: inside and outside do not hear each other").format(zone=name), about)

    def _remove_zone(self, intent: say.RemoveZone) -> None:
        here = self._world.voice.zone_at(self._eye())
        zone = intent.zone or (here.zone if here is not None else "")
        if zone:
            self._doing.send(messages.RemoveZone(1, zone))


def _box_about(eye: Point) -> tuple[Point, Point]:
    """Return the lowest and the highest corner of a box about a point."""
    (x, y, z), (a, b, c) = eye, ZONE_HALF_M
    return (x - a, y - b, z - c), (x + a, y + b, z + c)
