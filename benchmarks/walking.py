"""Lets five hundred people walk at random, looks for one who came through a wall, and times their frames."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._harness import Figure, Goal, machine, median_ms, read_options, report
from benchmarks._judge_walks import RADIUS_M, TOLERANCE_M, carried, crossings, nearest_m
from benchmarks._sites import FILES, NO_DATA, Site, plant, read_site
from walkdown_client.walk.facets import facets_of
from walkdown_client.walk.grid import make_grid
from walkdown_client.walk.soup import ground_soup
from walkdown_client.walk.standing import nearest_standing
from walkdown_client.walk.walker import RUN_M_S, WALK_M_S, Walker

F64 = npt.NDArray[np.float64]

WALKS, SECS = 500, 12.0
SPEEDS_M_S = (0.7, WALK_M_S, WALK_M_S, RUN_M_S, RUN_M_S)
FRAMES_SECS = (1 / 144, 1 / 60, 1 / 60, 1 / 60, 1 / 30, 0.25, 1.0)
"""How long frames take: a fast screen, the usual one, a slow computer, hitches."""

FRAME_ODDS = (0.25, 0.25, 0.2, 0.15, 0.11, 0.03, 0.01)
USUAL_SECS = 1 / 30
TURN_EVERY_SECS = 1.2
BELOW_M = 0.004


@dataclass
class Tally:
    """What came out for one site.

    Attributes:
        escapes: walks that the judge does not let pass.
        secs, cpu_secs: what every frame took, by the clock and of the processor alone.
        frames_secs: how long each frame was.
        lost: walks that fell out of the world and were brought back. stuck: that went nowhere.
    """

    walks: int = 0
    escapes: int = 0
    lost: int = 0
    stuck: int = 0
    metres: float = 0.0
    storeys: int = 0
    secs: list[float] = field(default_factory=list)
    cpu_secs: list[float] = field(default_factory=list)
    frames_secs: list[float] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def main() -> int:
    """Walk, judge and report."""
    options = read_options(__doc__ or "")
    sites = list(find_sites(quick=options.quick))
    walks = 40 if options.quick else WALKS
    tallies = {}
    for number, site in enumerate(sites):
        share = walks // len(sites) + (number < walks % len(sites))
        tallies[site.name] = walk_about(site, share, seed=100 + number)
    every = np.concatenate([tally.secs for tally in tallies.values()]) * 1e3
    lengths = np.concatenate([tally.frames_secs for tally in tallies.values()])
    figures: dict[str, Figure] = {"walks": sum(tally.walks for tally in tallies.values())}
    for site in sites:
        figures |= figures_of(site, tallies[site.name])
    figures |= {
        "frames": len(every),
        "walk_p50_ms": float(np.median(every)),
        "walk_p95_ms": float(np.percentile(every, 95)),
        "walk_p95_without_hitches_ms": float(np.percentile(every[lengths <= USUAL_SECS], 95)),
        "walk_max_ms": float(every.max()),
        "walk_cpu_ms": float(np.mean(np.concatenate([t.cpu_secs for t in tallies.values()])) * 1e3),
        "no_grid_ms": without_grid_ms(sites[0]),
    }
    goals = [
        Goal(name="escapes", value=float(sum(t.escapes for t in tallies.values())), goal=0, unit="walks"),
        Goal(name="walk_ms", value=float(every.mean()), goal=1.0, unit="ms a frame, mean"),
    ]
    missing = [name for name, path in FILES.items() if not path.exists()]
    if missing:
        figures["left out"] = f"{', '.join(missing)}: {NO_DATA}"
    return report("walking", options=options, figures=figures, goals=goals, where=machine())


def find_sites(*, quick: bool) -> Iterator[Site]:
    """Yield what can be walked in here."""
    yield plant()
    for name in ("duplex", "warehouse") if quick else FILES:
        site = read_site(name)
        if site is not None:
            yield site


def figures_of(site: Site, tally: Tally) -> dict[str, Figure]:
    """Return the figures of one site under its name."""
    times = np.array(tally.secs) * 1e3
    return {
        f"{site.name} walks": tally.walks,
        f"{site.name} triangles": len(site.soup),
        f"{site.name} escapes": tally.escapes,
        f"{site.name} kilometres": tally.metres / 1e3,
        f"{site.name} changed storey": tally.storeys,
        f"{site.name} stuck": tally.stuck,
        f"{site.name} lost": tally.lost,
        f"{site.name} mean ms": float(times.mean()),
        f"{site.name} p95 ms": float(np.percentile(times, 95)),
    } | ({f"{site.name} reasons": "; ".join(tally.reasons[:5])} if tally.reasons else {})


def walk_about(site: Site, walks: int, *, seed: int) -> Tally:
    """Let people walk about, every second of them with all doors closed."""
    tally = Tally()
    random = np.random.default_rng(seed)
    ground = ground_soup(float(site.lo[2]) - BELOW_M, centre=(site.lo + site.hi) / 2)
    level = ground.corners.astype(np.float64) + ground.anchor
    worlds = []
    for closed in (False, True):
        obstacles = site.obstacles(doors_closed=closed)
        obstacles.put("ground", make_grid(ground))
        worlds.append((obstacles, np.concatenate([site.corners(doors_closed=closed), level])))
    flights, doors = site.boxes_of("stairflight"), site.boxes_of("door")
    aims = np.concatenate([np.repeat(flights, len(doors) // max(len(flights), 1), axis=0), doors])
    while tally.walks < walks:
        obstacles, corners = worlds[tally.walks % 2]
        start = nearest_standing(obstacles, _somewhere(site, aims, random), reach_m=2.0)
        if start is not None and start[2] < site.hi[2] - 1.0:
            path = take_a_walk(
                Walker(obstacles, start, bottom_m=float(site.lo[2])), tally, random=random, aims=aims
            )
            judge(path, corners, tally)
            tally.walks += 1
    return tally


def _somewhere(site: Site, aims: F64, random: np.random.Generator) -> F64:
    """Return a point (3,) inside the box of a site, every third time near stairs or a door."""
    if len(aims) and random.random() < 0.33:
        box = aims[random.integers(len(aims))]
        return np.asarray(random.uniform(box[0] - (1, 1, 0), box[1] + (1, 1, 1)))
    return np.asarray(random.uniform(site.lo, np.minimum(site.hi, site.lo + 12.0 * np.array([1e3, 1e3, 1]))))


def take_a_walk(walker: Walker, tally: Tally, *, random: np.random.Generator, aims: F64) -> F64:
    """Walk for some seconds with changing headings, speeds and frames; return all places (m, 3)."""
    path = [walker.feet]
    left, turn, wish = SECS, 0.0, (0.0, 0.0)
    while left > 0:
        frame = float(random.choice(FRAMES_SECS, p=FRAME_ODDS))
        left, turn = left - frame, turn - frame
        if turn <= 0:
            turn, wish = float(random.exponential(TURN_EVERY_SECS)), _wish(walker.feet, random, aims)
        lost = walker.lost
        start, cpu_start = time.perf_counter(), time.thread_time()
        walker.step(frame, wish)
        tally.secs.append(time.perf_counter() - start)
        tally.cpu_secs.append(time.thread_time() - cpu_start)
        tally.frames_secs.append(frame)
        if walker.lost != lost:
            tally.lost += 1
            break
        path.append(walker.feet)
    walked = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
    tally.metres += float(walked)
    tally.stuck += bool(np.ptp(path, axis=0).max() < 0.1)
    tally.storeys += bool(np.ptp(path, axis=0)[2] > 2.0)
    return np.array(path)


def _wish(feet: F64, random: np.random.Generator, aims: F64) -> tuple[float, float]:
    """Return a velocity: anywhere, straight at stairs or a door that is near, or along stairs one is on."""
    heading = float(random.uniform(-math.pi, math.pi))
    if len(aims) and random.random() < 0.7:
        heading = _aimed(feet, random, aims, otherwise=heading)
    speed = float(random.choice(SPEEDS_M_S))
    return speed * math.cos(heading), speed * math.sin(heading)


def _aimed(feet: F64, random: np.random.Generator, aims: F64, *, otherwise: float) -> float:
    """Return a heading to or along something that is near, radians from the east."""
    size = np.ptp(aims, axis=1)
    within = ((aims[:, 0] - 0.4 <= feet) & (aims[:, 1] + 0.4 >= feet)).all(1)
    long = np.flatnonzero(within & (size[:, :2].max(1) > 2.0) & (size[:, 2] > 1.0))
    if len(long):
        along = size[long[0], 0] > size[long[0], 1]
        return float(random.integers(2)) * math.pi + (0.0 if along else math.pi / 2)
    near = np.flatnonzero(np.linalg.norm(aims.mean(1) - feet, axis=1) < 5.0)
    if not len(near):
        return otherwise
    x, y, _z = aims[near[random.integers(len(near))]].mean(0) - feet
    return math.atan2(y, x)


def judge(path: F64, corners: F64, tally: Tally) -> None:
    """Count a walk that went where it should not."""
    reach = (path.min(0) - 3.0, path.max(0) + 3.0)
    near = corners[((corners.min(1) <= reach[1]) & (corners.max(1) >= reach[0])).all(1)]
    end = path[-1]
    reasons = []
    if crossed := crossings(path, near):
        reasons.append(f"{crossed} times through a triangle")
    if (apart := nearest_m(end, near)) < RADIUS_M - TOLERANCE_M:
        reasons.append(f"ends {apart:.3f} m from a triangle")
    if end[2] < corners[..., 2].min() - 0.05 and not carried(end, near):
        reasons.append("ends below everything")
    tally.escapes += bool(reasons)
    tally.reasons += [f"{reason} at {np.round(end, 2).tolist()}" for reason in reasons]


def without_grid_ms(site: Site) -> float:
    """Return how long one look at all triangles takes, which a frame needs at least once."""
    corners = site.corners(doors_closed=True)
    middle = (site.lo + site.hi) / 2
    facets = facets_of(middle, corners - middle, np.zeros(len(corners), np.int64))
    return median_ms(lambda: facets.contacts((0.0, 0.0, 0.0, 1.25)), repeats=3, warm_up=1)


if __name__ == "__main__":
    sys.exit(main())
