"""Picks among a hundred thousand elements: agreement with rays on the processor, and the time of a pick."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._city import City, make_city, surface_of, tiles_of
from benchmarks._harness import Goal, machine, read_options, report
from walkdown_client.render.engine import EngineSettings, driver_of, start_engine
from walkdown_client.render.ray import RayCaster
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quality import PRESETS
from walkdown_client.scene.view import SceneView

SIZE = (960, 540)
ELEMENTS, TILES_ACROSS = 100_000, 24
EYE, FOV_DEG = (0.0, -60.0, 35.0), 60.0


def main() -> int:
    """Pick, judge and report."""
    options = read_options(__doc__ or "")
    pixels = 200 if options.quick else 1_000
    base, _ = start_engine(EngineSettings(headless=True, size=SIZE, finish=True))
    city = make_city(ELEMENTS, tiles_across=TILES_ACROSS)
    view = SceneView(base, replace(PRESETS["low"], scale=0.1, edges_far=0.0, smallest_px=0.0))
    package = view.add_package(0, city, [])
    for tile in tiles_of(city):
        view.add_tile(package, tile)
    view.set_camera(EYE, target=(0, 0, 0), fov_deg=FOV_DEG)
    view.draw()
    figures = measure(view, city, pixels=pixels)
    goals = [
        Goal(name="agreement", value=figures["agreement"], goal=1.0, unit="share", at_least=True),
        Goal(name="pick_ms", value=figures["pick_ms"], goal=5.0, unit="ms"),
    ]
    driver = driver_of(base)
    where = machine(renderer=driver.name, driver=driver.version)
    sizes: dict[str, float | int] = {"elements": ELEMENTS, "triangles": 12 * ELEMENTS, "pixels": pixels}
    return report("picking", options=options, figures={**sizes, **figures}, goals=goals, where=where)


def measure(view: SceneView, city: City, *, pixels: int) -> dict[str, float]:
    """Pick random pixels and ask a ray about each."""
    whole = surface_of(city, np.arange(len(city.lo)))
    judge = RayCaster(whole.positions, whole.triangles, whole.elements[whole.triangles[:, 0]])
    camera = Projection(view.base)
    places = np.random.default_rng(3).integers((0, 0), SIZE, (pixels, 2)).tolist()
    view.pick(*places[0])
    agreed, met, picks, rays, errors = 0, 0, [], [], [0.0]
    for x, y in places:
        start = time.perf_counter()
        found = view.pick(x, y)
        picks.append(time.perf_counter() - start)
        start = time.perf_counter()
        expected = judge.first(*camera.ray(x, y))
        rays.append(time.perf_counter() - start)
        if found is None or expected is None:
            agreed += found is None and expected is None
            continue
        met += 1
        agreed += found.drawn_id == expected.owner
        errors.append(float(np.abs(found.position - expected.position).max()))
    return {
        "agreement": agreed / pixels,
        "surfaces_met": float(met),
        "pick_ms": float(np.median(picks) * 1e3),
        "pick_p95_ms": float(np.percentile(picks, 95) * 1e3),
        "ray_ms": float(np.median(rays) * 1e3),
        "position_error_mm": float(np.percentile(errors, 99) * 1e3),
    }


if __name__ == "__main__":
    sys.exit(main())
