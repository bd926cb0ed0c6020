"""The shader programs of the model: one for each pass and set of features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Literal

from panda3d.core import Shader

from walkdown_client.render.shader_source import make_shader

Pass = Literal["shaded", "edges", "ghost", "ghost_edges", "mask", "sun", "pick"]

_FRAGMENT: dict[Pass, str] = {
    "shaded": "scene.frag",
    "edges": "edges.frag",
    "ghost": "ghost.frag",
    "ghost_edges": "edges.frag",
    "mask": "mask.frag",
    "sun": "sun.frag",
    "pick": "pick.frag",
}
_PLACEMENTS = ("", "JOINTED", "INSTANCED", "INSTANCED+JOINTED")
PLACEMENTS = (*_PLACEMENTS, *(f"{placement}+MASKED" if placement else "MASKED" for placement in _PLACEMENTS))
"""How a vertex is placed, and whether a texture cuts holes; also the tag by which other cameras find the
program of a node."""

PERSON = "PERSON"
"""The tag of people's figures."""

STILL = "STILL"
"""The tag of what is placed by its vertices alone."""


_SURFACES: tuple[dict[str, int], ...] = (
    *(
        dict(zip(("WIDE", "BLENDED", "TEXTURED", "COLORED"), on, strict=True))
        for on in product((0, 1), repeat=4)
    ),
    *({"TEXTURED": 1, "GLOWING": 1, "BLENDED": on} for on in (0, 1)),
)
_SCENES: tuple[dict[str, int], ...] = (
    {},
    {"HALL": 1},
    {"HALL": 1, "TABLE": 1},
    {"HEAT": 1},
    {"CUT": 1, "PAINTED": 1},
)


def placement_of(*, jointed: bool, instanced: bool, masked: bool = False) -> str:
    """Name the placement of a chunk, and whether it has holes."""
    named = (("INSTANCED", instanced), ("JOINTED", jointed), ("MASKED", masked))
    return "+".join(name for name, on in named if on)


CUT = "CUT"
"""The switch of every pass while section planes cut."""


def program(kind: Pass, placement: str = "", switches: dict[str, int] | None = None) -> Shader:
    """Return the program of one pass.

    Args:
        kind: which pass.
        placement: one of :data:`PLACEMENTS`.
        switches: features of the shaded pass: ``Quality.defines``, HALL, TABLE, HEAT, WIDE, BLENDED,
            TEXTURED, GLOWING, COLORED and PAINTED; of every pass :data:`CUT`.
    """
    defines = {name: 1 for name in placement.split("+") if name}
    defines["PASS_" + kind.upper()] = 1
    if kind == "shaded":
        defines |= switches or {}
    elif switches and switches.get(CUT):
        defines[CUT] = 1
    if "MASKED" in defines:
        defines["TEXTURED"] = 1
    return make_shader("scene.vert", _FRAGMENT[kind], defines)


def placement_programs(kind: Pass, *, cut: bool = False) -> dict[str, Shader]:
    """Programs of one pass by the tag of the nodes they draw, ``cut`` while section planes cut."""
    switches = {CUT: int(cut)}
    return {placement or STILL: program(kind, placement, switches) for placement in PLACEMENTS}


def sun_programs(*, cut: bool = False) -> dict[str, Shader]:
    """Programs of what casts shadows, people included, by the tag of the nodes."""
    person = make_shader("people.vert", "sun.frag", ("PASS_SUN",))
    return placement_programs("sun", cut=cut) | {PERSON: person}


def every_program(switch_sets: Sequence[dict[str, int]]) -> Iterator[Shader]:
    """Yield programs that contain every vertex and every fragment stage that can be asked for."""
    for kind, placement in product(_FRAGMENT, PLACEMENTS):
        if kind != "shaded":
            yield program(kind, placement)
            yield program(kind, placement, {CUT: 1})
            continue
        # The fragment stage does not depend on the placement, nor the vertex stage on the light.
        sets = switch_sets if not placement else switch_sets[:1]
        for switches, surface, scene in product(sets, _SURFACES, _SCENES if not placement else _SCENES[:1]):
            yield program(kind, placement, switches | surface | scene)
