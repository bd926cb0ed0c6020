"""Recolours a hundred thousand elements every frame: one upload against one NodePath each."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from direct.showbase.ShowBase import ShowBase
from panda3d.core import Camera, GeomNode, NodePath, Shader

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._city import City, box_template, make_city, tiles_of
from benchmarks._harness import Goal, machine, median_ms, read_options, report
from walkdown_client.render.engine import EngineSettings, driver_of, start_engine
from walkdown_client.render.geometry import box_of, make_geom, make_vertices
from walkdown_client.scene.quality import PRESETS
from walkdown_client.scene.view import SceneView

SIZE = (96, 54)
"""So small that drawing pixels costs nothing, and what is compared is the work for the elements."""

EYE, FOV_DEG = (0.0, -330.0, 200.0), 60.0

_VERTEX = """#version 330
in vec4 p3d_Vertex; in vec3 p3d_Normal; out vec3 normal;
uniform mat4 p3d_ModelViewProjectionMatrix; uniform mat3 p3d_NormalMatrix;
void main() {
    gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex;
    normal = p3d_NormalMatrix * p3d_Normal;
}"""
_FRAGMENT = """#version 330
in vec3 normal; out vec4 color; uniform vec4 p3d_ColorScale;
void main() { color = vec4(p3d_ColorScale.rgb * (0.35 + 0.65 * abs(normalize(normal).z)), 1.0); }"""


def main() -> int:
    """Measure both ways and report."""
    options = read_options(__doc__ or "")
    count, repeats = (20_000, 5) if options.quick else (100_000, 7)
    base, _ = start_engine(EngineSettings(headless=True, size=SIZE, finish=True))
    city = make_city(count, tiles_across=8)
    values = np.random.default_rng(1).random((8, count), np.float32)
    ours = measure_state(base, city, values, repeats=repeats)
    theirs = measure_nodes(base, city, values, repeats=3)
    figures = {"elements": count, "triangles": 12 * count, **ours, **theirs}
    goals = [
        Goal(name="recolour_ms", value=ours["recolour_ms"], goal=1.0, unit="ms"),
        Goal(
            name="frame_ratio",
            value=theirs["nodes_frame_ms"] / ours["frame_ms"],
            goal=15.0,
            unit="times",
            at_least=True,
        ),
    ]
    driver = driver_of(base)
    where = machine(renderer=driver.name, driver=driver.version)
    return report("element_state", options=options, figures=figures, goals=goals, where=where)


def measure_state(
    base: ShowBase, city: City, values: np.ndarray[tuple[int, ...], np.dtype[np.float32]], *, repeats: int
) -> dict[str, float]:
    """Time the product's own way: every element gets a new value and a new state, then a frame is drawn."""
    nothing_left_out = replace(
        PRESETS["low"], scale=1.0, edges_far=0.0, smallest_px=0.0, shadow_taps=0, occlusion=False
    )
    view = SceneView(base, nothing_left_out)
    package = view.add_package(0, city, [])
    for tile in tiles_of(city):
        view.add_tile(package, tile)
    view.set_camera(EYE, target=(0, 0, 0), fov_deg=FOV_DEG)
    view.show_heat(True)
    everything = slice(0, len(city.lo))
    codes = (values * 7).astype(np.uint8)
    turn = 0

    def recolour() -> None:
        nonlocal turn
        turn = (turn + 1) % len(values)
        view.state.set_heat(everything, values[turn])
        view.state.set_codes(everything, codes[turn])
        view.state.upload()

    def frame() -> None:
        recolour()
        view.draw()

    still_ms = median_ms(view.draw, repeats=repeats)
    frame_ms = median_ms(frame, repeats=repeats)
    recolour_ms = median_ms(recolour, repeats=50)
    view.close()
    return {"recolour_ms": recolour_ms, "still_frame_ms": still_ms, "frame_ms": frame_ms}


def measure_nodes(
    base: ShowBase, city: City, values: np.ndarray[tuple[int, ...], np.dtype[np.float32]], *, repeats: int
) -> dict[str, float]:
    """Time the engine's usual way: a node for each element and its colour scale."""
    root = NodePath("nodes")
    root.set_shader(Shader.make(Shader.SL_GLSL, _VERTEX, _FRAGMENT))
    corners, normals, triangles = box_template()
    bounds = box_of((0, 0, 0), (1, 1, 1))
    geom = make_geom(make_vertices({"vertex": corners, "normal": normals}), triangles, bounds)
    nodes: list[NodePath] = []
    for lo, size in zip(city.lo.tolist(), (city.hi - city.lo).tolist(), strict=True):
        node = GeomNode("element")
        node.add_geom(geom)
        path = root.attach_new_node(node)
        path.set_pos(*lo)
        path.set_scale(*size)
        nodes.append(path)
    camera = root.attach_new_node(Camera("camera", base.camLens))
    camera.set_mat(base.cam.get_mat(base.render))
    base.win.make_display_region().set_camera(camera)
    base.win.set_clear_color_active(True)
    base.win.set_clear_depth_active(True)
    colors = [np.stack([v, 1 - v, np.full_like(v, 0.5), np.ones_like(v)], 1).tolist() for v in values[:2]]
    turn = 0

    def recolour() -> None:
        nonlocal turn
        turn = (turn + 1) % len(colors)
        for path, color in zip(nodes, colors[turn], strict=True):
            path.set_color_scale(*color)

    def frame() -> None:
        recolour()
        base.graphicsEngine.render_frame()

    return {
        "nodes_recolour_ms": median_ms(recolour, repeats=repeats, warm_up=1),
        "nodes_frame_ms": median_ms(frame, repeats=repeats, warm_up=1),
    }


if __name__ == "__main__":
    sys.exit(main())
