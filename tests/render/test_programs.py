"""Every shader that can be asked for compiles; includes and switches do what they say."""

from __future__ import annotations

import re

import pytest
from direct.showbase.ShowBase import ShowBase
from panda3d.core import Shader

from walkdown_client.files import shaders_dir
from walkdown_client.render.notices import EngineNotices
from walkdown_client.render.shader_source import compose, make_shader
from walkdown_client.scene.materials import patterns
from walkdown_client.scene.programs import every_program, program
from walkdown_client.scene.quality import PRESETS, STILL

OTHERS: tuple[tuple[str, str, dict[str, int]], ...] = (
    ("people.vert", "scene.frag", {"PERSON": 1}),
    ("people.vert", "sun.frag", {"PASS_SUN": 1}),
    ("footing.vert", "footing.frag", {}),
    ("gaze.vert", "gaze.frag", {}),
    ("arc.vert", "arc.frag", {}),
    ("quads.vert", "quads.frag", {}),
    ("pins.vert", "pins.frag", {}),
    ("mark_lines.vert", "mark_lines.frag", {}),
    ("mark_labels.vert", "quads.frag", {}),
    ("sky.vert", "sky.frag", {}),
    ("shaft.vert", "shaft.frag", {}),
    ("noise_map.vert", "noise_map.frag", {}),
    ("screen.vert", "present.frag", {}),
    ("screen.vert", "outline.frag", {}),
)


def compiles(shader: Shader, engine: tuple[ShowBase, EngineNotices]) -> bool:
    base, notices = engine
    notices.poll()
    notices.shader_errors.clear()
    shader.prepare_now(base.win.gsg.prepared_objects, base.win.gsg)
    notices.poll()
    return not shader.get_error_flag() and not notices.shader_errors


@pytest.mark.display
@pytest.mark.slow
def test_every_program_of_the_model_compiles(engine: tuple[ShowBase, EngineNotices]) -> None:
    switch_sets = {tuple(sorted(q.defines.items())) for q in (*PRESETS.values(), STILL)}
    programs = set(every_program([dict(s) for s in switch_sets]))
    assert len(programs) > 120
    broken = [shader for shader in programs if not compiles(shader, engine)]
    assert broken == []


@pytest.mark.display
@pytest.mark.parametrize("files", OTHERS, ids=lambda files: f"{files[0]} {files[1]}")
def test_every_other_program_compiles(
    engine: tuple[ShowBase, EngineNotices], files: tuple[str, str, dict[str, int]]
) -> None:
    assert compiles(make_shader(*files), engine)


def test_no_shader_file_is_left_out() -> None:
    used = {name for vertex, fragment, _ in OTHERS for name in (vertex, fragment)}
    used |= {"scene.vert", "edges.frag", "ghost.frag", "mask.frag", "sun.frag", "pick.frag"}
    stages = {p.name for p in shaders_dir().iterdir() if p.suffix in (".vert", ".frag")}
    assert {name for name in stages if not name.startswith("imgui")} == used


def test_a_file_is_included_once_however_often_it_is_named() -> None:
    source = compose("scene.frag", {})
    assert "#include" not in source
    assert source.count("float luminance(vec3 c)") == 1


def test_a_switch_that_is_off_is_not_defined() -> None:
    assert "#define SPECULAR" not in compose("scene.frag", {"SPECULAR": 0})
    assert "#define SHADOW_TAPS 9\n" in compose("scene.frag", {"SHADOW_TAPS": 9})
    assert compose("scene.frag", {"B": 1, "A": 1}).startswith("#version 330\n#define A 1\n#define B 1\n")


def test_equal_requests_share_one_program() -> None:
    assert program("shaded", "JOINTED", {"SPECULAR": 1}) is program("shaded", "JOINTED", {"SPECULAR": 1})
    assert program("shaded", "JOINTED", {"SPECULAR": 1}) is not program("shaded", "JOINTED", {})
    assert program("pick", "", {"SPECULAR": 1}) is program("pick"), "a pick does not depend on the light"


def test_patterns_are_numbered_without_gaps_and_each_is_used() -> None:
    numbers = sorted(patterns().values())
    assert numbers == list(range(len(numbers)))
    assert patterns()["plain"] == 0
    everything = "".join(p.read_text(encoding="utf-8") for p in shaders_dir().glob("*.[gf]*"))
    unused = [n for n in patterns() if len(re.findall(rf"PATTERN_{n.upper()}\b", everything)) < 2]
    assert unused == ["plain"]
