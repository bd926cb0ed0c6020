"""Through the real renderer: machines turn at their pitch, stop without a click; alarms come from a side."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from tests.audio.demo_session import DemoSession, drawn_at
from tests.audio.worlds import Teller, joined_world
from walkdown.twin import STATE_ALARM, Signal, Thing, make_catalogue
from walkdown_client.audio.director import Director
from walkdown_client.audio.ears import VirtualEars
from walkdown_client.audio.loops_faults import outer_ring_order
from walkdown_client.audio.orders import Ears, Order, Sounds
from walkdown_client.audio.synthesis import RATE_HZ
from walkdown_client.world import World

F64 = npt.NDArray[np.float64]
FRAME_SECS = 0.02
HEAD = np.array([0.0, 0.0, 1.7])


@pytest.fixture(scope="module")
def ears() -> Iterator[VirtualEars]:
    with VirtualEars() as ears:
        ears.take(Ears(tuple(HEAD.tolist()), (1.0, 0.0, 0.0, 0.0)))
        yield ears
        ears.take(Sounds())


class Listener:
    """Hears a world as somebody does who stands in it and looks north."""

    def __init__(
        self, ears: VirtualEars, world: World, places: dict[int, tuple[float, float, float]]
    ) -> None:
        self._ears, self._world, self._director = ears, world, Director()
        self._director.place(world.twin, [drawn_at(places, len(world.catalogue.things))])
        ears.take(Sounds())

    def hear(self, secs: float) -> F64:
        """Return what both ears hear in the time that passes."""
        heard = []
        for _frame in range(round(secs / FRAME_SECS)):
            for order in self.orders():
                self._ears.take(order)
            heard.append(self._ears.render(FRAME_SECS))
        return np.concatenate(heard).astype(np.float64)

    def orders(self) -> list[Order]:
        return self._director.orders(self._world, ears=HEAD, dt_secs=FRAME_SECS)


def line_near(samples: F64, hertz: float) -> tuple[float, float]:
    """Return how many cents the strongest tone near a frequency is off, and how far it stands out in dB."""
    count = len(samples)
    power = np.abs(np.fft.rfft(samples * np.hanning(count), 4 * count))
    found = np.fft.rfftfreq(4 * count, 1 / RATE_HZ)
    near = np.flatnonzero(np.abs(found - hertz) < 0.015 * hertz)
    best = near[np.argmax(power[near])]
    around = np.abs(found - hertz) < max(0.015 * hertz, 8.0)
    return float(1200 * np.log2(found[best] / hertz)), float(
        20 * np.log10(power[best] / np.median(power[around]))
    )


MOTOR = make_catalogue(
    4,
    things=[Thing("M", "Motor", "motor", properties={"rated speed, 1/min": 1500.0, "sound_power_db": 85.0})],
    signals=[Signal("M.n", "M", "Speed", unit="1/min", maximum=1800)],
)


@pytest.fixture
def motor(ears: VirtualEars) -> tuple[Listener, Teller]:
    world = joined_world(MOTOR)
    return Listener(ears, world, {0: (1.0, 2.0, 1.7)}), Teller(world)


@pytest.mark.parametrize("rpm", [600.0, 1234.0, 1500.0])
def test_a_motor_is_heard_at_its_own_speed(motor: tuple[Listener, Teller], rpm: float) -> None:
    listener, teller = motor
    teller.values({"M.n": rpm})
    listener.hear(1.5)
    heard = listener.hear(1.5).sum(1)
    for order in (4, 44):
        cents, stands_out_db = line_near(heard, order * rpm / 60)
        assert abs(cents) < 5
        assert stands_out_db > 15


def test_a_motor_speeds_up_and_stops_without_a_click(motor: tuple[Listener, Teller]) -> None:
    listener, teller = motor
    teller.values({"M.n": 1500.0})
    listener.hear(2.0)
    steady = np.abs(np.diff(listener.hear(1.0), axis=0)).max()
    for rpm in (1100.0, 1500.0, 0.0):
        teller.values({"M.n": rpm})
        assert np.abs(np.diff(listener.hear(0.8), axis=0)).max() < 1.25 * steady
    listener.hear(1.0)
    assert np.abs(listener.hear(0.3)).max() < 1e-4


def test_the_worn_bearing_of_the_real_plant_shows_its_lines_in_the_ear(ears: VirtualEars) -> None:
    session = DemoSession()
    session.run(2)
    listener = Listener(ears, session.world, {session.row("P-103"): (1.0, 0.5, 1.7)})
    listener.hear(2.0)
    heard = listener.hear(4.0).sum(1)
    turns_hz = float(session.world.value("P-103.MOT.speed")) / 60
    for k in (10, 12, 15):
        cents, stands_out_db = line_near(heard, k * outer_ring_order() * turns_hz)
        assert abs(cents) < 6
        assert stands_out_db > 12


@pytest.mark.parametrize("east", [-9.0, 9.0])
def test_an_alarm_is_louder_in_the_ear_on_its_side(ears: VirtualEars, east: float) -> None:
    world = joined_world(MOTOR)
    listener, teller = Listener(ears, world, {0: (east, 0.0, 1.7)}), Teller(world)
    listener.hear(2.2)
    teller.states({"M": STATE_ALARM})
    heard = listener.hear(1.2)
    left_db, right_db = 10 * np.log10((heard**2).mean(0))
    assert (right_db - left_db) * np.sign(east) > 5
    first = np.flatnonzero(np.abs(heard).max(1) > 0.1 * np.abs(heard).max())[0] / RATE_HZ
    assert first < 0.1
