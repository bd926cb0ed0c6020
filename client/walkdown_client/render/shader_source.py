"""Composes GLSL 330 from files: our own include, and one program per pass and set of features.

A file includes another by a line ``#include "name.glsl"``; a file is taken once per stage. Switches are
``#define`` lines in front, because a software renderer pays for both sides of a uniform branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from panda3d.core import Shader

from walkdown_client.files import shaders_dir

_INCLUDE = re.compile(r'^#include "([\w./-]+)"\s*$', re.MULTILINE)

Defines = Mapping[str, int]


@cache
def _read(name: str) -> str:
    return (shaders_dir() / name).read_text(encoding="utf-8")


def compose(name: str, defines: Defines) -> str:
    """Return the whole source of one stage.

    Args:
        name: file below ``shaders/``.
        defines: name to integer; 0 counts as not defined.
    """
    seen = {name}

    def include(match: re.Match[str]) -> str:
        wanted = match.group(1)
        if wanted in seen:
            return ""
        seen.add(wanted)
        return _INCLUDE.sub(include, _read(wanted))

    head = "".join(f"#define {key} {value}\n" for key, value in sorted(defines.items()) if value)
    return f"#version 330\n{head}{_INCLUDE.sub(include, _read(name))}"


_made: dict[tuple[str, str], Shader] = {}


def make_shader(vertex: str, fragment: str, defines: Defines | Iterable[str] = ()) -> Shader:
    """Return the program of two files; the same request gives the same object.

    Args:
        vertex: file of the vertex stage.
        fragment: file of the fragment stage.
        defines: name to integer, or names that are set to 1.
    """
    switches = dict(defines) if isinstance(defines, Mapping) else dict.fromkeys(defines, 1)
    sources = compose(vertex, switches), compose(fragment, switches)
    if sources not in _made:
        shader = Shader.make(Shader.SL_GLSL, *sources)
        shader.set_filename(Shader.ST_vertex, vertex)
        shader.set_filename(Shader.ST_fragment, fragment)
        _made[sources] = shader
    return _made[sources]
