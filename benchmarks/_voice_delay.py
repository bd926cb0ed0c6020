"""How soon a voice is heard: from the mouth to the rendered sample, through real clients and a real server.

A talker, a server and a listener are processes. The talker speaks recorded speech (espeak-ng) in real time;
the listener renders what comes by the engine as it is shipped, with the loopback device, in real time. What
was spoken and what was rendered are then compared, half a second at a time, by cross-correlation: so
everything counts that lies between, except microphone and sound card, which are not here (30 to 50 ms more).

*LAN*: all on one computer. *UDP* and *WebSocket*: talker and server in one network namespace, the listener in
another, 40 ms away each way, with 5 % of all packets lost in each direction. *Beside it* the same packets at
the same times through a jitter buffer that always waits 60 ms and knows no repetition.

``python -m benchmarks._voice_delay`` measures; ``… talk URL`` and ``… listen URL`` are its two clients.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._harness import Figure, Goal
from tests.chaos.network import NO_NAMESPACES, SERVER_ADDRESS, bad_network, can_be_made
from tests.chaos.stage import Stage, kill
from walkdown.clock import NS
from walkdown.errors import Missing
from walkdown.messages import SUBPROTOCOL, Hello, Voice
from walkdown.voice import RATE_HZ, unpack_bundle, unpack_packet
from walkdown_client.address import parse_address
from walkdown_client.audio.ears import VirtualEars
from walkdown_client.audio.orders import Clock, Heads, VoiceIn
from walkdown_client.audio.orders import Ears as EarsOrder
from walkdown_client.events import Joined
from walkdown_client.guest import Guest
from walkdown_client.link import Link
from walkdown_client.speech import say
from walkdown_client.tuning import tune_process
from walkdown_client.voice.jitter import JitterBuffer
from walkdown_client.voice.opus import Decoder, load
from walkdown_client.voice.receiver import Receiver

F32 = npt.NDArray[np.float32]
ROOT = Path(__file__).resolve().parent.parent

DELAY_SECS, LOSS = 0.04, 0.05
SETTLE_SECS = 2.0
TAIL_SECS = 1.5
PLAIN_SECS = 0.06
"""What the plain jitter buffer waits."""

SEGMENT, HOP, LATEST = RATE_HZ // 2, RATE_HZ // 4, round(0.6 * RATE_HZ)
LEVEL_MIN, LIKE_MIN = 0.03, 0.3
"""Half a second is compared where it holds speech, and counts where it is found again."""

SENTENCES = (
    "The pump in hall three runs at nine hundred revolutions per minute.",
    "Its bearing is warm, and the vibration has doubled since this morning.",
    "Please stop the conveyor, and open the valve by hand.",
    "Tell me when the pressure falls below two bar.",
    "I am standing behind you, beside the second door.",
    "We should change the filter before the next shift begins.",
)


def spoken(*, quick: bool) -> F32:
    """Return what is said, (n,) at 48 kHz: some 9 or 24 seconds."""
    pause = np.zeros(RATE_HZ // 3, np.float32)
    said = [part for sentence in SENTENCES[: 2 if quick else None] for part in (say(sentence), pause)]
    return np.concatenate(said)


# ---- the two clients ------------------------------------------------------------------------------------


async def talk(url: str, *, quick: bool) -> None:
    """Join, wait for a line on standard input, and speak; print how session time lies to the local clock."""
    samples = spoken(quick=quick)
    async with Guest.join(url, name="Talker") as guest:
        await guest.walk([(2.0, 3.5)], speed=50.0)
        print("there", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print(guest.world.clock.session_ns(0), flush=True)
        await guest.speak(samples)
        await asyncio.sleep(TAIL_SECS)


class Listener:
    """Ears that render in real time what comes, and remember it."""

    def __init__(self) -> None:
        self.came: list[tuple[int, bytes]] = []
        self.receivers: list[Receiver] = []
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._sound: list[F32] = []
        self.began_ns = 0
        self._ended = threading.Event()
        self.busy_secs = 0.0

    def take(self, bundle: bytes, arrived_ns: int) -> None:
        """Take a bundle, in the network's thread."""
        self.came.append((arrived_ns, bundle))
        self._waiting.append((arrived_ns, bundle))

    def _receiver(self) -> Receiver:
        self.receivers.append(Receiver(Decoder(load())))
        return self.receivers[-1]

    def run(self) -> None:
        """Render until told to end: each step knows what had come by then, and nothing later."""
        self.began_ns = time.monotonic_ns()
        with VirtualEars(now_ns=self.began_ns, make_receiver=self._receiver) as ears:
            in_front_of(ears)
            while not self._ended.is_set():
                while ears.now_ns <= time.monotonic_ns():
                    while self._waiting and self._waiting[0][0] <= ears.now_ns:
                        ears.take(VoiceIn(*self._waiting.popleft()))
                    self._sound.append(ears.render(0.01))
                time.sleep(0.003)
            self.busy_secs = time.thread_time()

    def end(self) -> F32:
        """End; returns what was heard, (n, 2)."""
        self._ended.set()
        return np.concatenate(self._sound)


def in_front_of(ears: VirtualEars) -> None:
    """Stand the talker a metre in front."""
    ears.take(EarsOrder((0.0, 0.0, 1.7), (1.0, 0.0, 0.0, 0.0)))
    ids = np.arange(1, 50, dtype="<u2")
    places = np.tile(np.array([0.0, 1.0, 1.7], "<f4"), (len(ids), 1))
    ears.take(Heads(ids.tobytes(), places.tobytes(), np.ones(len(ids), "<f4").tobytes()))
    ears.take(Clock(0))


def listen(url: str, out: Path) -> None:
    """Join and listen until a line comes on standard input; write what came and what was heard."""
    listener = Listener()
    address = parse_address(url)
    hello = Hello(SUBPROTOCOL, "Listener", address.session)
    link = Link(address, hello, on_voice=listener.take)
    link.send(Voice(ears=True))
    while not any(isinstance(event, Joined) for event in link.drain()):
        time.sleep(0.05)
    thread = threading.Thread(target=listener.run)
    thread.start()
    link.send_pose((2.0, 1.5, 1.7), (1.0, 0.0, 0.0, 0.0))
    print("there", flush=True)
    sys.stdin.readline()
    way = link.voice_way
    sound = listener.end()
    thread.join()
    link.close()
    receivers = listener.receivers
    rendered = sum(receiver.rendered_secs for receiver in receivers)
    invented = sum(receiver.invented_secs for receiver in receivers)
    np.savez(
        out,
        sound=sound.sum(axis=1),
        began_ns=listener.began_ns,
        arrived_ns=np.array([at for at, _bundle in listener.came]),
        bundles=np.array([bundle.hex() for _at, bundle in listener.came]),
        concealed=invented / max(rendered, 1e-9),
        way=way,
    )


# ---- what came of it ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Delay:
    """How late speech was heard: ms, the middle and the latest twentieth; share that was invented."""

    median_ms: float
    p95_ms: float
    concealed: float
    compared: int


def compare(said: F32, heard: F32, *, later_secs: float, concealed: float) -> Delay:
    """Return how late what was said was heard.

    Args:
        said, heard: (n,) and (m,) at 48 kHz. later_secs: when ``heard`` begins, after ``said`` did.
    """
    shift = round(later_secs * RATE_HZ)
    heard = np.pad(heard, (max(shift, 0), SEGMENT + LATEST))[max(-shift, 0) :]
    delays = []
    for start in range(0, len(said) - SEGMENT, HOP):
        segment = said[start : start + SEGMENT]
        if np.sqrt(np.mean(segment**2)) >= LEVEL_MIN:
            delays += _found(segment, heard[start : start + SEGMENT + LATEST])
    ms = np.array(delays) * 1e3
    if not len(ms):
        return Delay(float("nan"), float("nan"), concealed, 0)
    return Delay(float(np.median(ms)), float(np.quantile(ms, 0.95)), concealed, len(ms))


def _found(segment: F32, window: F32) -> list[float]:
    """Return how much later a segment begins in a window, in seconds, or nothing if it is not there."""
    if len(window) < SEGMENT + LATEST:
        return []
    size = 1 << (len(window) + len(segment)).bit_length()
    products = np.fft.irfft(np.fft.rfft(window, size) * np.conj(np.fft.rfft(segment, size)), size)[:LATEST]
    squares = np.concatenate([[0.0], np.cumsum(np.square(window, dtype=np.float64))])
    energy = squares[SEGMENT : SEGMENT + LATEST] - squares[:LATEST]
    like = np.abs(products) / np.sqrt(np.maximum(energy, 1e-9) * np.sum(np.square(segment)))
    best = int(np.argmax(like))
    return [best / RATE_HZ] if like[best] >= LIKE_MIN else []


def plain(came: Sequence[tuple[int, bytes]], *, began_ns: int, secs: float) -> tuple[F32, float]:
    """Return what is heard, (n,), and the share invented, with a plain jitter buffer for what came."""
    receivers: list[Receiver] = []

    def make() -> Receiver:
        buffer = JitterBuffer(carries_previous=lambda _payload: False, fixed_target_secs=PLAIN_SECS)
        receivers.append(Receiver(Decoder(load()), buffer=buffer))
        return receivers[-1]

    sound, waiting = [], deque(came)
    with VirtualEars(now_ns=began_ns, make_receiver=make) as ears:
        in_front_of(ears)
        for _step in range(round(secs * 100)):
            while waiting and waiting[0][0] <= ears.now_ns:
                ears.take(VoiceIn(*waiting.popleft()))
            sound.append(ears.render(0.01).sum(axis=1))
    rendered = sum(receiver.rendered_secs for receiver in receivers)
    return np.concatenate(sound), sum(receiver.invented_secs for receiver in receivers) / max(rendered, 1e-9)


# ---- the stage ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def client(before: Sequence[str], *words: str) -> Iterator[subprocess.Popen[str]]:
    """Start one of the two clients and wait until it is there."""
    command = [*before, sys.executable, "-m", "benchmarks._voice_delay", *words]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        if process.stdout.readline() != "there\n":
            raise Missing(f"the client {words[0]} does not start")
        yield process
    finally:
        process.kill()
        process.communicate()


def once(
    folder: Path, *, quick: bool, media: str, ends: tuple[list[str], list[str]], host: str
) -> tuple[Delay, Delay, str]:
    """Let one speech be heard; returns the delays by ours and by a plain buffer, and the way it took."""
    out = folder / "heard.npz"
    stage = Stage(folder, before=ends[0], arguments=(f"--host={host}", "--insecure-lan", f"--media={media}"))
    url = f"ws://{host}:{stage.port}"
    words = ["--quick"] if quick else []
    with stage:
        server = stage.start()
        stage.wait_until_it_listens(server)
        with (
            client(ends[1], "listen", url, str(out)) as listener,
            client(ends[0], "talk", url, *words) as talker,
        ):
            time.sleep(SETTLE_SECS)
            assert talker.stdin
            assert talker.stdout
            print(file=talker.stdin, flush=True)
            offset_ns = int(talker.stdout.readline())
            talker.wait(120)
            assert listener.stdin
            print(file=listener.stdin, flush=True)
            listener.wait(60)
        kill(server)
    with np.load(out) as heard:
        return judged(spoken(quick=quick), dict(heard), offset_ns)


def judged(said: F32, heard: dict[str, npt.NDArray[np.generic]], offset_ns: int) -> tuple[Delay, Delay, str]:
    """Return the delays of what was heard, by ours and by a plain buffer, and the way voice took."""
    came = [
        (int(at), bytes.fromhex(str(bundle)))
        for at, bundle in zip(heard["arrived_ns"], heard["bundles"], strict=True)
    ]
    if not came:
        raise Missing("nothing was heard")
    first = unpack_packet(unpack_bundle(came[0][1])[0].packet)
    said_ns = first.captured_ns - offset_ns - (first.sequence + 1) * 20_000_000
    began_ns, sound = int(heard["began_ns"]), np.asarray(heard["sound"], np.float32)
    later_secs = (began_ns - said_ns) / NS
    ours = compare(said, sound, later_secs=later_secs, concealed=float(heard["concealed"]))
    plainly, concealed = plain(came, began_ns=began_ns, secs=len(sound) / RATE_HZ)
    theirs = compare(said, plainly, later_secs=later_secs, concealed=concealed)
    return ours, theirs, str(heard["way"])


def measure(*, quick: bool) -> tuple[dict[str, Figure], list[Goal]]:
    """Return delays over a good network and over a bad one, by datagrams and by the WebSocket."""
    figures: dict[str, Figure] = {}
    found: dict[str, Delay] = {}
    reason = "" if can_be_made() else NO_NAMESPACES
    for name, media in (("lan", "datagrams"), ("udp", "datagrams"), ("ws", "websocket")):
        if name != "lan" and reason:
            continue
        ours, theirs, way = _in_network(name, media, quick=quick)
        found[name] = ours
        figures |= {
            f"{name}_way": way,
            f"{name}_median_ms": ours.median_ms,
            f"{name}_compared": ours.compared,
            f"{name}_plain_p95_ms": theirs.p95_ms,
            f"{name}_plain_concealed": theirs.concealed,
        }
    return figures, list(_goals(found, reason))


def _in_network(name: str, media: str, *, quick: bool) -> tuple[Delay, Delay, str]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if name == "lan":
            return once(folder, quick=quick, media=media, ends=([], []), host="127.0.0.1")
        network = stack.enter_context(bad_network(delay_secs=DELAY_SECS, loss=LOSS))
        ends = network.server, network.writers
        return once(folder, quick=quick, media=media, ends=ends, host=SERVER_ADDRESS)


def _goals(found: dict[str, Delay], reason: str) -> Iterator[Goal]:
    for name, p95_ms, concealed in (("lan", 100.0, 0.0), ("udp", 150.0, 0.02), ("ws", 250.0, 0.05)):
        delay = found.get(name)
        why = "" if delay else reason
        yield Goal(
            name=f"{name}_p95_ms", value=delay.p95_ms if delay else None, goal=p95_ms, unit="ms", reason=why
        )
        if concealed:
            yield Goal(
                name=f"{name}_concealed",
                value=delay.concealed if delay else None,
                goal=concealed,
                unit="of the time",
                reason=why,
            )


def main() -> None:
    """Measure, or be one of the two clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=["talk", "listen"])
    parser.add_argument("url", nargs="?", default="")
    parser.add_argument("out", nargs="?", type=Path, default=Path("heard.npz"))
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    tune_process()
    if given.part == "talk":
        asyncio.run(talk(given.url, quick=given.quick))
    elif given.part == "listen":
        listen(given.url, given.out)
    else:
        figures, goals = measure(quick=given.quick)
        print(json.dumps(figures, indent=1))
        for goal in goals:
            print(goal)


if __name__ == "__main__":
    main()
