"""What the pins of 10,000 topics cost in a frame, in Python, while the camera moves and topics change.

Every frame the camera goes on round a hall with topics all over it, and one topic gets another status by a
record, as a session of that size would never see. Timed is all that pins do in it: following the records,
choosing what is in view, gathering what is dense, telling the graphics card. *Beside it* one node for each
pin, as a scene graph invites one to: each is projected and put in its place.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from direct.showbase.ShowBase import ShowBase
from panda3d.core import CardMaker, NodePath, Point2, Point3

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._harness import Figure, Goal
from walkdown.messages import Blob, Record, ReviewSnapshot, Snapshot, Topic, Welcome
from walkdown.twin import make_catalogue
from walkdown_client.app.models import Models
from walkdown_client.app.pins_showing import TopicPins
from walkdown_client.events import Joined, Recorded
from walkdown_client.render.engine import EngineSettings, start_engine
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quality import PRESETS
from walkdown_client.scene.view import SceneView
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

SIZE = (640, 360)
HALL_M = (120.0, 60.0, 10.0)
STATUSES = ("Open", "In progress", "Resolved", "Open")
PRIORITIES = ("Critical", "High", "Normal", "Low", "")
TYPES = ("Issue", "Remark", "Request", "Hazard", "Clash")
GOAL_MS = 1.0


def measure(*, quick: bool) -> tuple[dict[str, Figure], list[Goal]]:
    """Return the figures of both ways, and the goal."""
    topics, frames = 10_000, 60 if quick else 300
    base, _notices = start_engine(EngineSettings(headless=True, size=SIZE))
    try:
        ours, drawn = _ours(base, topics, frames)
        theirs = _nodes(base, topics, 3 if quick else 10)
    finally:
        base.destroy()
    median, worse = (float(np.percentile(ours, share)) for share in (50, 95))
    figures: dict[str, Figure] = {
        "pins_topics": topics,
        "pins_drawn": drawn,
        "pins_median_ms": median,
        "pins_p95_ms": worse,
        "pins_nodes_ms": theirs,
    }
    return figures, [Goal(name="pins_ms", value=median, goal=GOAL_MS, unit="ms")]


def _points(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.random.default_rng(1).uniform((0, 0, 0), HALL_M, (count, 3))


def _world(count: int) -> World:
    topics = tuple(
        Topic(
            topic=f"{number:032x}",
            title=f"Topic {number}",
            index=number + 1,
            type=TYPES[number % 5],
            status=STATUSES[number % 4],
            priority=PRIORITIES[number % 5],
            point=tuple(point),
        )
        for number, point in enumerate(_points(count).tolist())
    )
    world, nothing = World(), Blob("0" * 64, 0)
    welcome = Welcome(1, "", "s", False, 1, 50, 1, nothing, (), None, 0)
    snapshot = Snapshot(number=1, review=ReviewSnapshot(topics=topics))
    world.apply(Joined(welcome, make_catalogue(1), snapshot, 1))
    return world


def _turns(frames: int) -> Iterator[tuple[float, float, float]]:
    for step in range(frames):
        angle = 0.4 + 0.004 * step
        yield 60.0 + 75.0 * np.cos(angle), 30.0 + 75.0 * np.sin(angle), 22.0


def _ours(base: ShowBase, count: int, frames: int) -> tuple[list[float], int]:
    """Return the milliseconds of each frame, and how many pins were drawn in the last."""
    world, scene = _world(count), SceneView(base, PRESETS["low"])
    pins = TopicPins(world, ViewState(), Models(), scene=scene)
    names, times = list(world.review.topics), []
    for step, eye in enumerate(_turns(frames)):
        scene.set_camera(eye, target=(60, 30, 2), fov_deg=58)
        body = {"topic": names[step * 7 % count], "changes": {"status": STATUSES[step % 3]}}
        world.apply(Recorded(Record(2 + step, 1, "Ada", "a", "topic_changed", body), None))
        camera = Projection(base)
        start = time.perf_counter()
        pins.step()
        scene.pins.frame(camera, scale=1.0)
        times.append((time.perf_counter() - start) * 1e3)
        base.graphicsEngine.render_frame()
    drawn = len(scene.pins.drawn.drawn)
    scene.close()
    return times[2:], drawn


def _nodes(base: ShowBase, count: int, frames: int) -> float:
    """Return the median milliseconds in which one node for each pin is put in its place."""
    maker = CardMaker("pin")
    maker.set_frame(-0.01, 0.01, 0, 0.04)
    root = base.render2d.attach_new_node("pins")
    nodes = [root.attach_new_node(maker.generate()) for _pin in range(count)]
    points = [Point3(*point) for point in _points(count).tolist()]
    times = []
    for place in _turns(frames):
        base.cam.set_pos(*place)
        base.cam.look_at(60, 30, 2)
        start = time.perf_counter()
        _place(base, nodes, points)
        times.append((time.perf_counter() - start) * 1e3)
    root.remove_node()
    return float(np.median(times))


def _place(base: ShowBase, nodes: list[NodePath], points: list[Point3]) -> None:
    seen, lens, flat = base.render.get_mat(base.cam), base.camLens, Point2()
    for node, point in zip(nodes, points, strict=True):
        if lens.project(seen.xform_point(point), flat):
            node.set_pos(flat.x, 0, flat.y)
            node.show()
        else:
            node.hide()
