"""The whole way from the plant's values and walls to the ear: loud at the filler, softer behind a wall."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from tests.audio.demo_session import DemoSession
from tests.audio.shapes import plant_loaded
from tests.audio.worlds import Told
from walkdown_client.app.models import Models
from walkdown_client.app.plant_sounds import PlantSounds
from walkdown_client.audio.ears import VirtualEars
from walkdown_client.audio.orders import Ears, Play, Rooms, Sounds, Walls
from walkdown_client.audio.synthesis import weighted_dbfs
from walkdown_client.events import ModelsListed
from walkdown_client.input.camera import Pose
from walkdown_client.packages import PackageOpened
from walkdown_client.tools.view_state import ViewState

FRAME_SECS = 0.02
AT_FILLER, CONTROL_ROOM = (38.9, 4.0, 1.7), (35.0, 54.0, 5.6)


class Visit:
    """Somebody in the demo plant, whose loader has loaded all of it."""

    def __init__(self, ears: VirtualEars) -> None:
        self.session, self.ears = DemoSession(), ears
        models, loaded = Models(), plant_loaded()
        opened = loaded[0]
        assert isinstance(opened, PackageOpened)
        self.session.world.apply(ModelsListed((opened.ref,)))
        models.open(opened, 0, self.session.twin)
        self.sounds = PlantSounds(self.session.world, ViewState(walking=True), models)
        for part in loaded:
            self.sounds.hear(part)
        self.secs, self.said = 0.0, list[object]()
        self.go(AT_FILLER)
        self.sounds.building.wait()

    def go(self, place: tuple[float, float, float]) -> None:
        self.pose = Pose(np.array(place))
        self.ears.take(Ears(place, (1.0, 0.0, 0.0, 0.0)))
        self.sounds.follow(self.secs, self.pose)

    def hear(self, secs: float) -> npt.NDArray[np.float64]:
        """Return what both ears hear; the plant goes on twice a second."""
        heard = []
        for frame in range(round(secs / FRAME_SECS)):
            if frame % 25 == 0:
                self.session.run(0.5)
            self.secs += FRAME_SECS
            self.sounds.follow(self.secs, self.pose)
            for order in self.sounds.orders(self.secs, self.pose):
                self.said.append(order)
                self.ears.take(order)
            heard.append(self.ears.render(FRAME_SECS))
        return np.concatenate(heard).astype(np.float64)

    def told(self) -> Told:
        return Told(next(order for order in reversed(self.said) if isinstance(order, Sounds)))

    def heard_things(self) -> list[str]:
        """Return the things that are told."""
        things = self.session.world.catalogue.things
        return [things[voice // 4].id for voice in self.told().levels if voice // 4 < len(things)]

    def loudest(self) -> str:
        """Return the thing that is loudest where one is."""
        told = self.told()

        def at_ears_db(voice: int) -> float:
            away = float(np.linalg.norm(told.places[voice] - self.pose.position))
            return told.levels[voice] - 20 * math.log10(max(away, 1.0))

        return str(self.session.world.catalogue.things[max(told.levels, key=at_ears_db) // 4].id)


def level_db(samples: npt.NDArray[np.float64]) -> float:
    """Return the A-weighted level of both ears."""
    return weighted_dbfs(samples.mean(1))


@pytest.fixture(scope="module")
def visit() -> Iterator[Visit]:
    with VirtualEars() as ears:
        visit = Visit(ears)
        yield visit
        visit.sounds.close()


def test_beside_the_filler_it_is_loud_and_in_the_control_room_soft(visit: Visit) -> None:
    visit.hear(1.5)
    filler = level_db(visit.hear(1.0))
    assert visit.loudest().startswith("L1.FIL")
    visit.go(CONTROL_ROOM)
    visit.hear(1.0)
    assert level_db(visit.hear(1.0)) < filler - 12
    assert {Walls, Rooms, Sounds} <= {type(order) for order in visit.said}


def test_a_line_that_stops_is_heard_to_stop_after_its_alarm(visit: Visit) -> None:
    visit.go(AT_FILLER)
    visit.hear(1.5)
    running = min(level_db(visit.hear(0.5)) for _half in range(3))
    visit.said.clear()
    visit.session.disturbances = frozenset({"cap-torque"})
    visit.session.run(35)
    visit.hear(4.0)
    visit.session.run(20)
    visit.hear(2.0)
    assert "alarm" in {order.name for order in visit.said if isinstance(order, Play)}
    visit.sounds.director.acknowledge(visit.session.world, "L1.CAP")
    between_bursts = min(level_db(visit.hear(0.5)) for _half in range(6))
    assert between_bursts < running - 2.5, "what remains is line 2"
    assert not {"L1.FIL", "L1.CAP", "L1.RIN"} & set(visit.heard_things())
