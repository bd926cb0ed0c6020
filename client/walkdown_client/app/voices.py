"""All about voices and sound in one client: what sounds, what is wished of it, and what is said about it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown.messages import Point
from walkdown_client.app.interface_sounds import InterfaceSounds
from walkdown_client.app.models import Models
from walkdown_client.app.plant_sounds import Away, PlantSounds
from walkdown_client.app.sounding import SoundDoor, Sounding
from walkdown_client.app.voice_news import VoiceNews
from walkdown_client.app.voice_wishes import VoiceWishes
from walkdown_client.app.wishes import Wishes
from walkdown_client.audio.orders import Told
from walkdown_client.input import camera
from walkdown_client.link import Link
from walkdown_client.packages import Loaded
from walkdown_client.tools.hearing import SoundFacts
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

log = logging.getLogger(__name__)


def start_process(on_told: Callable[[Told], None], on_end: Callable[[str], None]) -> SoundDoor:
    """Start the sound process.

    Raises:
        Missing: it cannot be started; says why.
    """
    from walkdown_client.audio.process import SoundProcess

    try:
        return SoundProcess(on_told, on_end)
    except OSError as error:
        raise Missing(_("The sound cannot be started: {reason}.").format(reason=error.strerror)) from error


class Voices:
    """What the app needs to know of sound.

    Args:
        rig: the eye, which has the ears beside it.
        wanted: whether there is to be sound. away: see ``PlantSounds``.

    Attributes:
        sounding: the sound process and what glues it into the frame. plant: what sounds.
        hear: takes a bundle of voices, in the network's thread.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        models: Models,
        *,
        rig: camera.Rig,
        wanted: bool,
        away: Away | None = None,
    ) -> None:
        self._world, self._view, self._rig = world, view, rig
        self.sounding = Sounding(world, view, start=start_process if wanted else None)
        self.hear = self.sounding.hear
        self.plant = PlantSounds(world, view, models, away=away)
        self.sounding.sources.append(self.plant.orders)
        self.sounding.sources.append(InterfaceSounds(world, view).orders)

    def open(self, link: Link, wishes: Wishes) -> None:
        """Begin: ``link`` carries voices, ``wishes`` are carried out and said."""
        voice_wishes = VoiceWishes(
            self._world, self._view, sounding=self.sounding, eye=self._eye, room_at=self.plant.room_at
        )
        wishes.add(voice_wishes.rules(wishes))
        self._news = VoiceNews(wishes, self._view)
        self.sounding.open(link)

    def hear_model(self, loaded: Loaded) -> None:
        """Take what was loaded of a model: its walls keep sound away."""
        self.plant.hear(loaded)

    def step(self, now_secs: float) -> None:
        """Do what a frame does, once the world is up to date."""
        self._follow_plant(now_secs)
        self.sounding.step(now_secs, self._rig.pose, self._rig.lens)
        self._news.look(self._world, self.sounding.facts)

    def _follow_plant(self, now_secs: float) -> None:
        """Bring walls and rooms up to date; should that fail, it is no reason to end a visit."""
        if self.sounding.failed:
            return
        try:
            self.plant.follow(now_secs, self._rig.pose)
        except Exception:
            log.exception("walls and rooms are not followed any more")
            self.sounding.failed = True

    def close(self) -> None:
        """End the sound."""
        self.sounding.close()
        self.plant.close()

    @property
    def facts(self) -> SoundFacts:
        """What panels show."""
        return self.sounding.facts

    @property
    def pose_flags(self) -> int:
        """The flags of one's own pose."""
        return self.sounding.pose_flags

    @property
    def zone(self) -> str:
        """Id of the zone in which one stands, "" for none."""
        found = self._world.voice.zone_at(self._eye())
        return found.zone if found is not None else ""

    def _eye(self) -> Point:
        x, y, z = self._rig.pose.position.tolist()
        return x, y, z
