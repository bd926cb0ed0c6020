"""How late a value is on the screen after it was published over MQTT, and a person after having moved.

A real broker, our server, our client with its renderer, a publisher and a walker, each a process; further
clients read along. What is drawn is looked at after each frame: a value holds the time at which it was
published, the walker's place the time at which he was there. The same is done with a plain relay of JSON
over ``websockets``, whose values are looked at after the same frames.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _plain, _traffic
from benchmarks._harness import Goal, Options, machine, read_options, report
from walkdown.errors import Missing
from walkdown.messages import SUBPROTOCOL, Hello, encode
from walkdown.package import Element, Material, Model, Surface, write_package
from walkdown_client.address import parse_address
from walkdown_client.app.app import App, AppSettings
from walkdown_client.render.engine import EngineSettings
from walkdown_client.scene.quality import PRESETS
from walkdown_client.tools.view_state import ViewState

SIZE = (640, 360)
THINGS = 20
SETTLE_SECS = 5.0
START_SECS = 60.0
PUBLISH_GOAL_MS, POSE_GOAL_MS = 250.0, 200.0


Picture = tuple[npt.NDArray[np.float64], float | None]
"""The values (n,) that a frame shows, and the walker's x, None when he is not in it."""

Look = Callable[[], Callable[[], Picture]]


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much is going on.

    Attributes:
        signals: of one value a second each. observers: clients that read along. secs: how long is measured.
    """

    signals: int
    observers: int
    secs: float


@dataclass
class Seen:
    """Latencies in ms of what was drawn, and the server's share of a core."""

    values_ms: list[npt.NDArray[np.float64]] = field(default_factory=list)
    poses_ms: list[float] = field(default_factory=list)
    frames: int = 0
    server_core: float = float("nan")

    def figures(self, name: str, secs: float) -> dict[str, float]:
        """Return what stands in the report."""
        values = np.concatenate(self.values_ms) if self.values_ms else np.zeros(0)
        return {
            f"{name}_publish_p50_ms": _percentile(values, 50),
            f"{name}_publish_p95_ms": _percentile(values, 95),
            f"{name}_pose_p50_ms": _percentile(self.poses_ms, 50),
            f"{name}_pose_p95_ms": _percentile(self.poses_ms, 95),
            f"{name}_values_per_sec": len(values) / secs,
            f"{name}_frames_per_sec": self.frames / secs,
            f"{name}_server_core": self.server_core,
        }


def main() -> int:
    """Measure both ways, one after the other, and report."""
    options = read_options(__doc__ or "")
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))  # so that the processes end too
    load = (
        Load(signals=500, observers=10, secs=8)
        if options.quick
        else Load(signals=1000, observers=20, secs=20)
    )
    mosquitto = _traffic.find_mosquitto()
    if mosquitto is None:
        return _not_measured(options, "mosquitto is not installed")
    with contextlib.ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        mqtt_port = parts.enter_context(_traffic.broker(mosquitto, folder))
        url, server_pid = parts.enter_context(_our_server(folder, mqtt_port, load))
        try:
            app = _open_app(url)
        except Missing as missing:
            return _not_measured(options, str(missing))
        parts.callback(app.close)
        _draw_until(app, lambda: app.loading.complete and app.world.link_state == "live")
        ours = _measure_ours(app, url, mqtt_port=mqtt_port, server_pid=server_pid, load=load)
        product = app.world.latency
        plain = _measure_plain(app, mqtt_port, load)
        where = machine(renderer=app.driver.name, picture=f"{SIZE[0]}x{SIZE[1]}")
    figures: dict[str, float | int | str] = {
        "signals_per_sec": load.signals,
        "observers": load.observers,
        **ours.figures("walkdown", load.secs),
        "walkdown_own_signal_p95_ms": product.signal_p95 * 1e3,
        "walkdown_own_pose_p95_ms": product.pose_p95 * 1e3,
        **plain.figures("plain_json", load.secs),
    }
    goals = _goals(figures["walkdown_publish_p95_ms"], figures["walkdown_pose_p95_ms"])
    return report("end_to_end", options=options, figures=figures, goals=goals, where=where)


# ---- our way ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _our_server(folder: Path, mqtt_port: int, load: Load) -> Iterator[tuple[str, int]]:
    """Run ``walkdown serve`` with a small model and values over MQTT; give its address and process."""
    package = folder / "package"
    for path, data in write_package(_model()).items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_bytes(data)
    bindings = folder / "bindings.toml"
    bindings.write_text(_bindings(mqtt_port, load.signals // THINGS), encoding="utf-8")
    arguments = [
        "serve",
        str(package),
        "--bindings",
        str(bindings),
        "--port",
        "0",
        "--data",
        str(folder / "data"),
    ]
    command = [sys.executable, "-c", "from walkdown.cli import main; main()", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if "ws://" not in line:
                raise RuntimeError(f"expected the server to say where it listens, got {line!r}")
            yield line.split()[2], process.pid
        finally:
            process.terminate()


def _model() -> Model:
    """Boxes in a row, one for each thing."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    faces = np.array(
        [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]], np.uint32
    )
    surfaces = []
    for row in range(THINGS):
        positions = corners[faces].reshape(-1, 3) + np.array([2.0 * row, 3, 0], np.float32)
        sides = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]], np.float32)
        first = 4 * np.arange(6, dtype=np.uint32)[:, None, None]
        triangles = (first + np.array([[0, 1, 2], [0, 2, 3]], np.uint32)).reshape(-1, 3)
        surfaces.append(
            Surface(
                positions,
                np.repeat(sides, 4, 0),
                np.full(24, row, np.uint32),
                np.zeros(24, np.uint32),
                triangles.astype(np.uint32),
            )
        )
    elements = [Element(f"bench:/BOX-{row}", f"Box {row}") for row in range(THINGS)]
    return Model("boxes", elements=elements, materials=[Material("grey")], surfaces=surfaces)


def _bindings(mqtt_port: int, signals_each: int) -> str:
    things = [f'[[thing]]\nid = "BOX-{row}"\nelement = "bench:/BOX-{row}"\n' for row in range(THINGS)]
    signals = [
        f'[[signal]]\ntopic = "ours/{{thing}}/{number}"\nthing = "BOX-*"\nname = "{number}"\nkind = "f64"\n'
        for number in range(signals_each)
    ]
    return "\n".join([f"[broker]\nport = {mqtt_port}\n", *things, *signals])


def _topics(prefix: str, load: Load) -> list[str]:
    each = load.signals // THINGS
    return [f"{prefix}/BOX-{row}/{number}" for number in range(each) for row in range(THINGS)]


def _open_app(url: str) -> App:
    os.environ.setdefault("LP_NUM_THREADS", "1")  # a software renderer leaves the other cores to the server
    engine = EngineSettings(headless=True, size=SIZE, finish=True)
    settings = AppSettings(
        engine=engine, start=((20.0, -12.0, 6.0), (20.0, 2.0, 0.0)), quality=PRESETS["low"]
    )
    return App(parse_address(url), Hello(SUBPROTOCOL, "Eye", client="bench"), settings, view=ViewState())


def _draw_until(app: App, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + START_SECS
    while not holds():
        app.frame()
        if time.monotonic() > end:
            raise TimeoutError(
                f"what was awaited is not there after {START_SECS:.0f} s: {app.world.link_text}"
            )


def _measure_ours(app: App, url: str, *, mqtt_port: int, server_pid: int, load: Load) -> Seen:
    start = time.monotonic()
    port = parse_address(url).port
    hello = encode(Hello(SUBPROTOCOL, "Observer", kind="bot"))
    crowd = _traffic.Crowd(port, load.observers, hello, SUBPROTOCOL)
    with (
        _traffic.process(_traffic.observe, crowd),
        _traffic.process(_traffic.walk, url, start),
        _traffic.process(_traffic.publish, mqtt_port, _topics("ours", load), float(load.signals)),
    ):
        world = app.world
        column = world.signals.values["f64"]

        def walker() -> int | None:
            found = [number for number, person in world.people.items() if person.name == "Walker"]
            return found[0] if found else None

        def place() -> float | None:
            rows = np.flatnonzero(world.people_ids == walker())
            return float(world.people_positions[rows[0], 0]) if len(rows) else None

        def picture() -> Picture:
            return column.astype(np.float64), place()  # the frame took them in at its beginning

        _draw_until(app, lambda: place() is not None and bool(np.isfinite(column).all()))
        return _watch(app, lambda: picture, start=start, load=load, pid=server_pid)


# ---- the plain way ----------------------------------------------------------------------------------------


def _measure_plain(app: App, mqtt_port: int, load: Load) -> Seen:
    start, port = time.monotonic(), _traffic.free_port()
    with contextlib.ExitStack() as parts:
        server = parts.enter_context(_traffic.process(_plain.serve_plainly, port, mqtt_port))
        _traffic.wait_for_port(port)
        client = _plain.PlainClient(port)
        topics = _topics("plain", load)
        parts.enter_context(_traffic.process(_traffic.observe, _traffic.Crowd(port, load.observers)))
        parts.enter_context(_traffic.process(_plain.walk_plainly, port, start))
        parts.enter_context(_traffic.process(_traffic.publish, mqtt_port, topics, float(load.signals)))

        def look() -> Callable[[], Picture]:
            values = np.array([client.values.get(topic, np.nan) for topic in topics])
            position = client.positions.get("walker")
            return lambda: (values, position[0] if position else None)

        def complete() -> bool:
            values, x = look()()
            return x is not None and bool(np.isfinite(values).all())

        _draw_until(app, complete)
        return _watch(app, look, start=start, load=load, pid=server.pid or 0)


# ---- both -------------------------------------------------------------------------------------------------


def _watch(
    app: App,
    look: Look,
    *,
    start: float,
    load: Load,
    pid: int,
) -> Seen:
    """Draw frames, and after each look at what it showed.

    Args:
        look: called before a frame; what it returns is called after it and gives the values that the frame
            shows and where it shows the walker.
    """
    settled = time.monotonic() + SETTLE_SECS
    _draw_until(app, lambda: time.monotonic() > settled)
    seen, known = Seen(), look()()[0]
    began, used = time.monotonic(), _traffic.processor_secs(pid)
    while time.monotonic() < began + load.secs:
        picture = look()
        app.frame()
        now = time.monotonic()
        shown, x = picture()
        seen.values_ms.append((now - shown[shown != known]) * 1e3)
        if x is not None:
            seen.poses_ms.append((now - start - x / _traffic.WALK_SPEED) * 1e3)
        known = shown
        seen.frames += 1
    seen.server_core = (_traffic.processor_secs(pid) - used) / (time.monotonic() - began)
    return seen


def _percentile(values: npt.ArrayLike, share: float) -> float:
    array = np.asarray(values, np.float64)
    return float(np.percentile(array, share)) if array.size else float("nan")


def _goals(
    publish_ms: float | int | str | None, pose_ms: float | int | str | None, reason: str = ""
) -> list[Goal]:
    def number(value: float | int | str | None) -> float | None:
        return value if isinstance(value, float) and np.isfinite(value) else None

    return [
        Goal(
            name="publish_to_draw_p95_ms",
            value=number(publish_ms),
            goal=PUBLISH_GOAL_MS,
            unit="ms",
            reason=reason,
        ),
        Goal(name="pose_to_draw_p95_ms", value=number(pose_ms), goal=POSE_GOAL_MS, unit="ms", reason=reason),
    ]


def _not_measured(options: Options, reason: str) -> int:
    goals = _goals(None, None, reason)
    return report("end_to_end", options=options, figures={}, goals=goals, where=machine())


if __name__ == "__main__":
    sys.exit(main())
