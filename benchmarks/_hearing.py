"""What two ears hear, in numbers, and what that costs: directions, the sound process, a client that is busy.

*Directions*: the engine as it is shipped renders into a loopback device; a judge that knows nothing of it
says where clicks, noise and speech come from. The speech goes from a real client through a real server to
another real client, and is then heard from 24 directions. The noise is judged once more by templates from
another file of measured filters by plain convolution, where that is installed (libopenal-data). It holds the
same dummy head as ours, in other filters with other delays: it proves that axes, ears and signs are right,
not that everybody's ears would agree.

*Cost*: the sound process as it is shipped, with OpenAL's output to nowhere, which renders in real time as any
other: 8 talkers (jitter buffer, decoder) and 32 machines in a hall with 10 walls, all by HRTF, low-passed and
answered, all heads moving. What counts is the processor time of the whole process, as the system says.

*Busy*: the same while Python in the client is busy all the time, half of it in calls that do not let go of
Python's lock for a tenth of a second. *Beside it* the same engine in a thread of the busy client.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._harness import Figure, Goal
from benchmarks._hearing_judge import (
    NOISE_BANDS,
    SPEECH_BANDS,
    Templates,
    convolved,
    error_deg,
    ild_db,
    itd_secs,
    swapped,
    templates_of,
)
from benchmarks._hearing_scene import (
    Come,
    ahead_of,
    heads_at,
    hear_voice,
    looking,
    loops_at,
    ring,
    spoken,
    walls_at,
)
from tests.chaos.stage import Stage, kill
from walkdown.clock import NS
from walkdown.errors import Missing
from walkdown.voice import FRAME_SECS, Entry, Packet, Route, pack_bundle, pack_packet, unpack_packet
from walkdown_client.audio import loops
from walkdown_client.audio.child import SWITCH_SECS, SoundLoop
from walkdown_client.audio.hrtf import read, woodworth_secs
from walkdown_client.audio.orders import (
    Choice,
    Clock,
    Heard,
    Order,
    RoomBox,
    Rooms,
    State,
    Told,
    VoiceIn,
)
from walkdown_client.audio.process import SoundProcess
from walkdown_client.guest import Guest
from walkdown_client.speech import say

F32 = npt.NDArray[np.float32]

ROOT = Path(__file__).resolve().parent.parent
OTHER_SET = Path("/usr/share/openal/hrtf/default-48000.mhr")
WORDS = "Please stop the conveyor, open the valve by hand, and tell me when the pressure falls."
LONG_WORDS = (
    f"{WORDS} The pump in hall three runs at nine hundred revolutions per minute. Its bearing is warm."
)
EVERY_FIFTH = np.arange(0.0, 360.0, 5.0)
OFF_GRID = np.arange(2.0, 360.0, 15.0)
TALKERS, MACHINES, WALLS = 8, 32, 10
HALL = RoomBox((-40, -40, 0), (40, 40, 12), 76_800.0, 2.2, 1.4)
HOLD_SECS = 0.1
NOWHERE = {"WALKDOWN_AUDIO_DRIVERS": "null"}

Measured = tuple[dict[str, Figure], list[Goal]]


# ---- directions -----------------------------------------------------------------------------------------


def directions(*, quick: bool) -> Measured:
    """Return how well clicks, noise and speech are heard from where they are."""
    azimuths = OFF_GRID[:: 3 if quick else 1]
    with ring() as around:
        clicks = {azimuth: around.hear_click(azimuth) for azimuth in EVERY_FIFTH.tolist()}
        noise = (np.random.default_rng(5).standard_normal(24_000) * 0.1).astype(np.float32)
        noises = {azimuth: around.hear(azimuth, noise) for azimuth in azimuths.tolist()}
        behind = {azimuth: around.hear(180.0 - azimuth, noise) for azimuth in azimuths.tolist()}
    with ring(mode="speakers") as flat:
        flats = {azimuth: flat.hear(azimuth, noise) for azimuth in azimuths.tolist()}
    figures, goals = _times_between_ears(clicks)
    own = templates_of(clicks.__getitem__, EVERY_FIFTH, NOISE_BANDS)
    figures |= _judged("noise", noises, noise, judge=own)
    figures |= _judged("hrtf_off", flats, noise, judge=own)
    figures |= _judged("mirrored", behind, noise, judge=own)
    figures |= _judged("ears_swapped", {at: sound[:, ::-1] for at, sound in noises.items()}, noise, judge=own)
    figures |= _by_other_set(noises, noise)
    speech, speech_goals = _speech(clicks, azimuths)
    return figures | speech, goals + speech_goals


def _times_between_ears(clicks: dict[float, F32]) -> Measured:
    azimuths = np.arange(0.0, 360.0, 15.0)
    heard = np.array([itd_secs(clicks[azimuth]) for azimuth in azimuths.tolist()])
    errors = (heard - woodworth_secs(np.radians(azimuths))) * 1e6
    rms = float(np.sqrt(np.mean(errors**2)))
    figures: dict[str, Figure] = {
        "itd_max_us": float(np.abs(errors).max()),
        "ild_right_db": ild_db(clicks[90.0]),
        "ild_left_db": ild_db(clicks[270.0]),
    }
    return figures, [Goal(name="itd_rms_us", value=rms, goal=60.0, unit="µs")]


def _judged(name: str, heard: dict[float, F32], said: F32, *, judge: Templates) -> dict[str, Figure]:
    found = {azimuth: judge.azimuth_of(sound, said) for azimuth, sound in heard.items()}
    return {
        f"{name}_max_error_deg": max(error_deg(answer, azimuth) for azimuth, answer in found.items()),
        f"{name}_swaps": sum(swapped(answer, azimuth) for azimuth, answer in found.items()),
    }


def _by_other_set(noises: dict[float, F32], noise: F32) -> dict[str, Figure]:
    if not OTHER_SET.is_file():
        return {"other_set": "not installed (libopenal-data)"}
    hrtf = read(OTHER_SET.read_bytes())
    judge = templates_of(lambda azimuth: convolved(hrtf, azimuth), EVERY_FIFTH, NOISE_BANDS)
    return _judged("other_set", noises, noise, judge=judge)


def _speech(clicks: dict[float, F32], azimuths: npt.NDArray[np.float64]) -> Measured:
    """Judge speech that went from client to client."""
    samples = say(WORDS)
    come, way = asyncio.run(through_a_server(samples))
    heard = {at: hear_voice(come, ahead_of(at, distance_m=1.5)) for at in azimuths.tolist()}
    judge = templates_of(clicks.__getitem__, EVERY_FIFTH, SPEECH_BANDS)
    found = _judged("speech", heard, samples, judge=judge)
    error, swaps = float(found["speech_max_error_deg"]), float(found["speech_swaps"])
    goals = [
        Goal(name="max_error_deg", value=error, goal=5.0, unit="°"),
        Goal(name="front_back_swaps", value=swaps, goal=0.0, unit=""),
    ]
    return {"speech_way": way, "speech_packets": len(come)}, goals


async def through_a_server(samples: F32) -> tuple[list[Come], str]:
    """Let one client say something to another; return what came when, and the way that it took."""
    with tempfile.TemporaryDirectory() as folder, Stage(Path(folder)) as stage:
        server = stage.start()
        await asyncio.to_thread(stage.wait_until_it_listens, server)
        async with (
            Guest.join(stage.url, name="Listener") as listener,
            Guest.join(stage.url, name="Talker") as talker,
        ):
            await talker.walk([(2.0, 3.5)], speed=50.0)
            await listener.walk([(2.0, 2.0)], speed=50.0)
            listener.tune(ears=True)
            await asyncio.sleep(1.0)
            await talker.speak(samples)
            await asyncio.sleep(1.0)
            overheard = listener.take_overheard()
            way = listener.voice_way
        kill(server)
    if not overheard:
        raise Missing("the listener heard nothing")
    return [Come(one.arrived_ns, pack_packet(one.packet)) for one in overheard], way


# ---- a full plant ---------------------------------------------------------------------------------------


class Plant:
    """8 people who speak and 32 machines, all around a listener in a hall who looks around."""

    def __init__(self) -> None:
        self._payloads = [unpack_packet(one.packet) for one in spoken(say(LONG_WORDS))]
        self._payloads = [packet for packet in self._payloads if packet.payload]
        self._tick = 0

    def scene(self) -> list[Order]:
        """Return what is said once."""
        places = np.random.default_rng(1).uniform(-15.0, 15.0, (MACHINES, 3)) * (1, 1, 0) + (0, 0, 1.5)
        numbers = np.arange(MACHINES) % len(loops.NAMES)
        walls = walls_at(np.random.default_rng(4).uniform(-15.0, 15.0, (WALLS, 2)))
        scene = [Choice(), Clock(0), Rooms((HALL,)), walls]
        return [*scene, loops_at(places, loops=numbers, level_db=-6.0, pitch=1.1)]

    def tick(self) -> list[Order]:
        """Return what is said in the next 20 ms."""
        now_ns, self._tick = time.monotonic_ns(), self._tick + 1
        packet = self._payloads[self._tick % len(self._payloads)]
        data = pack_packet(Packet(self._tick, now_ns, 0, 20, packet.payload))
        turn = self._tick * 0.5
        heads = {k: ahead_of(45.0 * k + turn, distance_m=3.0) for k in range(TALKERS)}
        bundle = pack_bundle([Entry(speaker, Route.NEAR, data) for speaker in range(TALKERS)])
        return [looking(20.0 * np.sin(turn / 50)), heads_at(heads), VoiceIn(now_ns, bundle)]


def feed(plant: Plant, send: Callable[[Order], None], secs: float) -> None:
    """Say in real time what goes on in the plant."""
    due = time.monotonic()
    end = due + secs
    while due < end:
        for order in plant.tick():
            send(order)
        due += FRAME_SECS
        time.sleep(max(due - time.monotonic(), 0.0))


def cost(*, secs: float) -> Measured:
    """Return what the sound process costs."""
    plant, told = Plant(), _Told()
    process = SoundProcess(told.append, print, environment=NOWHERE)
    try:
        for order in plant.scene():
            process.send(order)
        feed(plant, process.send, 5.0)
        before, broken = processor_secs(process.pid), told.underruns
        feed(plant, process.send, secs)
        spent = processor_secs(process.pid) - before
    finally:
        process.close()
    figures: dict[str, Figure] = {
        "client_audible": told.audible,
        "client_hrtf": told.hrtf,
        "client_underruns": told.underruns - broken,
    }
    return figures, [Goal(name="client_core", value=spent / secs, goal=0.1, unit="cores")]


def processor_secs(pid: int) -> float:
    """Return the processor time that the threads of a process have used, as the scheduler counted it.

    The usual count is taken by looking who runs at each tick of a clock, which is wrong for who wakes up with
    the same clock.
    """
    if sys.platform != "linux":
        raise Missing("the processor time of another process is read where Linux says it")
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text(encoding="utf-8").split()[0]) for thread in threads) / NS


class _Told:
    """The newest of what a sound process said."""

    def __init__(self) -> None:
        self.underruns, self.hrtf, self.audible = 0, "?", 0
        self.concealed: list[float] = []

    def append(self, told: Told) -> None:
        if isinstance(told, State):
            self.underruns, self.hrtf = told.underruns, told.hrtf
        elif isinstance(told, Heard):
            self.audible = sum(talker.audible for talker in told.talkers)
            self.concealed.append(float(np.mean([talker.concealed for talker in told.talkers])))

    @property
    def concealed_share(self) -> float:
        return float(np.mean(self.concealed)) if self.concealed else 0.0


# ---- a busy client --------------------------------------------------------------------------------------


def busy(secs: float) -> None:
    """Keep Python busy for so long: by turns in Python, and in calls that hold its lock."""
    numbers = np.random.default_rng(2).random(400_000).tolist()
    end = time.monotonic() + secs
    while time.monotonic() < end:
        until = time.monotonic() + HOLD_SECS
        while time.monotonic() < until:
            sum(number for number in range(1000))
        sorted(numbers)


@contextmanager
def feeding(plant: Plant, send: Callable[[Order], None], secs: float) -> Iterator[None]:
    """Feed in a thread, as the network does."""
    thread = threading.Thread(target=feed, args=(plant, send, secs))
    thread.start()
    yield
    thread.join()


def steadiness(*, secs: float) -> Measured:
    """Return how often the sound breaks off while the client is busy."""
    plant, told = Plant(), _Told()
    process = SoundProcess(told.append, print, environment=NOWHERE)
    try:
        for order in plant.scene():
            process.send(order)
        feed(plant, process.send, 4.0)
        before = told.underruns
        with feeding(plant, process.send, secs):
            busy(secs)
        feed(plant, process.send, 1.0)
        underruns = told.underruns - before
    finally:
        process.close()
    figures: dict[str, Figure] = {"busy_concealed": told.concealed_share}
    return figures, [Goal(name="underruns", value=float(underruns), goal=0.0, unit=f"in {secs:g} s")]


def in_a_thread(*, secs: float) -> int:
    """Return how often the sound breaks off if a thread of the busy client renders it."""
    plant, told = Plant(), _Told()
    waiting = [*plant.scene()]
    ended = threading.Event()

    def run() -> None:
        loop = SoundLoop(told.append)
        while not ended.is_set():
            loop.turn([waiting.pop(0) for _ in range(len(waiting))])
            time.sleep(0.01)
        loop.close()

    sys.setswitchinterval(SWITCH_SECS)
    thread = threading.Thread(target=run)
    thread.start()
    feed(plant, waiting.append, 4.0)
    before = told.underruns
    with feeding(plant, waiting.append, secs):
        busy(secs)
    ended.set()
    thread.join()
    return told.underruns - before


def beside_it(*, secs: float) -> dict[str, Figure]:
    """Measure the thread in a process of its own, whose OpenAL plays to nowhere."""
    command = [sys.executable, "-m", "benchmarks._hearing", "--thread", str(secs)]
    done = subprocess.run(command, env=os.environ | NOWHERE, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"the engine in a thread could not be measured: {done.stderr[-500:]}")
    return {"thread_underruns": int(done.stdout.split()[-1]), "thread_secs": secs}


def measure(*, quick: bool) -> Measured:
    """Return directions, cost and steadiness."""
    parts: Sequence[Measured] = (
        directions(quick=quick),
        cost(secs=5.0 if quick else 30.0),
        steadiness(secs=6.0 if quick else 60.0),
    )
    figures: dict[str, Figure] = {}
    goals: list[Goal] = []
    for found, met in parts:
        figures |= found
        goals += met
    return figures | beside_it(secs=6.0 if quick else 20.0), goals


def main() -> None:
    """Measure and say it."""
    if "--thread" in sys.argv:
        print(in_a_thread(secs=float(sys.argv[-1])))
        return
    figures, goals = measure(quick="--quick" in sys.argv)
    for name, value in figures.items():
        print(f"{name:28s} {value}")
    for goal in goals:
        print(f"{goal.name:28s} {goal.value} {goal.unit} (goal {goal.goal})")


if __name__ == "__main__":
    main()
