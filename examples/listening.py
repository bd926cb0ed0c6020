"""Makes the twelve sounds of the listening page: ``python examples/listening.py``.

Each is rendered by the same engine as in a session, for headphones, in a time of its own: the listener stands
at 0, 0 and looks north. The voice is espeak-ng's where that is installed.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from walkdown.voice import FRAME_SAMPLES, Entry, Route, pack_bundle
from walkdown_client.audio import loops
from walkdown_client.audio.ears import VirtualEars
from walkdown_client.audio.orders import Ears, Heads, Order, Play, RoomBox, Rooms, Sounds, VoiceIn, Walls
from walkdown_client.speech import speak
from walkdown_client.voice.opus import Encoder, load
from walkdown_client.voice.talker import Talker
from walkdown_server.voice.ogg import OggOpus

F32 = npt.NDArray[np.float32]
Place = tuple[float, float, float]
Way = Callable[[float], Place]
"""Where somebody is, seconds after the beginning."""

HEAD = 1.7
SPEAKER = 7
FOLDER = Path(__file__).parents[1] / "docs" / "sounds"
TEXT = "Here I am, beside the pump."
EDGE_SECS = 0.5
MACHINE_DB = -4.0
LOUD_PEAK = 0.5
AUDIO, SET_BITRATE, BITS_PER_SEC = 2049, 4002, 112_000
"""OPUS_APPLICATION_AUDIO and OPUS_SET_BITRATE_REQUEST of opus_defines.h."""

HALL = RoomBox((-30.0, -20.0, 0.0), (30.0, 20.0, 9.0), 21_600.0, 2.6, 1.6)
"""A hall of 60 × 40 × 9 m of concrete and sheet metal."""


@dataclass(frozen=True)
class Scene:
    """One sound of the page.

    Attributes:
        name: of the file. way: where the speaker walks, None for nobody. route: how the voice comes.
        orders: what else there is. plays: seconds and one-shot sounds.
        secs: how long, 0 for as long as the text.
    """

    name: str
    way: Way | None = None
    route: Route = Route.NEAR
    orders: tuple[Order, ...] = ()
    plays: tuple[tuple[float, Play], ...] = field(default=())
    secs: float = 0.0


def at(azimuth_deg: float, metres: float = 2.0) -> Way:
    """Return a place that many degrees to the right of straight ahead."""
    angle = np.radians(azimuth_deg)
    place = float(np.sin(angle) * metres), float(np.cos(angle) * metres), HEAD
    return lambda _secs: place


def machine(place: Place, *names: str) -> Sounds:
    """Return the loops of one machine."""
    count = len(names)
    return Sounds(
        np.arange(1, count + 1, dtype="<u4").tobytes(),
        np.array([loops.INDEX[name] for name in names], "<u2").tobytes(),
        np.tile(np.array(place, "<f4"), count).tobytes(),
        np.full(count, MACHINE_DB, "<f4").tobytes(),
        np.ones(count, "<f4").tobytes(),
        np.ones(count, "<f4").tobytes(),
    )


def wall(centre: Place, size: Place) -> Walls:
    """Return one thin wall along the axes."""
    x, y, z = centre
    return Walls(
        frames=np.array([x, y, 1.0, 0.0], "<f4").tobytes(),
        halves=(np.array(size, "<f4") / 2).tobytes(),
        middles=np.array([z], "<f4").tobytes(),
        losses=np.array([12.0], "<f4").tobytes(),
        slopes=np.array([12.0], "<f4").tobytes(),
        keys=np.zeros(1, "<u4").tobytes(),
    )


def circle(secs: float) -> Place:
    """Walk once round the listener, to the right first, in six seconds."""
    return at(60.0 * secs)(secs)


SCENES = (
    Scene("01", at(-90)),
    Scene("02", at(0)),
    Scene("03", at(180)),
    Scene("04", at(45)),
    Scene("05", circle, secs=6.5),
    Scene("06", at(20, 16)),
    Scene("07", at(20, 4), orders=(wall((0.0, 2.5, 1.5), (8.0, 0.2, 3.0)),)),
    Scene("08", at(20, 4), orders=(Rooms((HALL,)),)),
    Scene("09", at(20, 400), route=Route.RADIO),
    Scene("10", orders=(machine((-2.0, 2.0, 0.8), "pump"),), secs=3.0),
    Scene("11", orders=(machine((-2.0, 2.0, 0.8), "pump", "cavitation"),), secs=3.0),
    Scene("12", plays=((0.3, Play("alarm", (3.0, -3.0, 1.5))),), secs=3.0),
)
"""In the order of the page; its key says what each is."""


def frames_of(scene: Scene) -> Iterator[F32]:
    """Yield what is said, (960,) at a time, then silence."""
    said = speak(TEXT) if scene.way else np.zeros(0, np.float32)
    secs = scene.secs or len(said) / 48_000 + EDGE_SECS
    count = round(secs * 50)
    while len(said) < count * FRAME_SAMPLES and len(said) and scene.secs:
        said = np.concatenate([said, np.zeros(9600, np.float32), said])
    padded = np.zeros(count * FRAME_SAMPLES, np.float32)
    padded[: len(said)] = said[: len(padded)]
    yield from padded.reshape(-1, FRAME_SAMPLES)


def render(scene: Scene) -> F32:
    """Return a scene as it is heard, (n, 2) at 48 kHz."""
    talker, heard = Talker(Encoder(load())), list[F32]()
    talker.press(True)
    with VirtualEars() as ears:
        ears.take(Ears((0.0, 0.0, HEAD), (1.0, 0.0, 0.0, 0.0)))
        for order in scene.orders:
            ears.take(order)
        if scene.way:
            ears.take(_heads(scene.way(0.0)))
        ears.render(0.3)
        for number, frame in enumerate(frames_of(scene)):
            for due_secs, play in scene.plays:
                if round(due_secs * 50) == number:
                    ears.take(play)
            if scene.way:
                ears.take(_heads(scene.way(number / 50)))
                for packet in talker.talk(frame, ears.now_ns):
                    bundle = pack_bundle([Entry(SPEAKER, scene.route, packet)])
                    ears.take(VoiceIn(ears.now_ns, bundle))
            heard.append(ears.render(FRAME_SAMPLES / 48_000))
    return np.concatenate(heard)


def _heads(place: Place) -> Heads:
    return Heads(
        np.array([SPEAKER], "<u2").tobytes(), np.array([place], "<f4").tobytes(), np.ones(1, "<f4").tobytes()
    )


def write_stereo(path: Path, sound: F32) -> None:
    """Write (n, 2) at 48 kHz as an Ogg Opus file, both ears with their own phase."""
    calls, error = load().calls, ctypes.c_int()
    encoder = calls.opus_encoder_create(48_000, 2, AUDIO, ctypes.byref(error))
    calls.opus_encoder_ctl(encoder, SET_BITRATE, ctypes.c_int(BITS_PER_SEC))
    packet = ctypes.create_string_buffer(1500)
    stream = OggOpus(1, {"TITLE": f"Listening {path.stem}"}, channels=2)
    pieces = [stream.head()]
    frames = np.pad(sound, ((0, -len(sound) % FRAME_SAMPLES), (0, 0))).reshape(-1, FRAME_SAMPLES, 2)
    for frame in np.ascontiguousarray(frames, np.float32):
        size = calls.opus_encode_float(encoder, frame.ctypes.data, FRAME_SAMPLES, packet, 1500)
        pieces.append(stream.add(packet.raw[:size], FRAME_SAMPLES))
    path.write_bytes(b"".join((*pieces, stream.end())))
    calls.opus_encoder_destroy(encoder)


def main() -> int:
    """Write all sounds, all as loud as they are to each other."""
    FOLDER.mkdir(exist_ok=True)
    rendered = {scene.name: render(scene) for scene in SCENES}
    gain = LOUD_PEAK / max(float(np.abs(sound).max()) for sound in rendered.values())
    for name, sound in rendered.items():
        path = FOLDER / f"{name}.opus"
        write_stereo(path, sound * gain)
        print(f"{path}: {len(sound) / 48_000:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
