"""Further cameras on the same scene: each draws every node with the program of its own pass."""

from __future__ import annotations

from collections.abc import Mapping

from panda3d.core import (
    AntialiasAttrib,
    BitMask32,
    Camera,
    ColorBlendAttrib,
    Lens,
    NodePath,
    RenderState,
    Shader,
    ShaderAttrib,
    TransparencyAttrib,
)

OVERRIDE = 1000
"""Priority over anything a node says itself."""


def make_camera(name: str, lens: Lens, mask: BitMask32) -> Camera:
    """A camera that sees what ``mask`` lets it see, without blending."""
    camera = Camera(name, lens)
    camera.set_camera_mask(mask)
    plain = NodePath("state")
    plain.set_attrib(ColorBlendAttrib.make_off(), OVERRIDE)
    plain.set_attrib(TransparencyAttrib.make(TransparencyAttrib.M_none), OVERRIDE)
    plain.set_antialias(AntialiasAttrib.M_none, OVERRIDE)
    plain.set_depth_write(True, OVERRIDE)
    camera.set_initial_state(plain.get_state())
    return camera


def use_programs(camera: Camera, tag: str, programs: Mapping[str, Shader]) -> None:
    """Draw nodes below one that carries ``tag`` with the program named by the tag's value."""
    camera.set_tag_state_key(tag)
    for value, shader in programs.items():
        camera.set_tag_state(value, RenderState.make(ShaderAttrib.make(shader, OVERRIDE), OVERRIDE))


def two_sided(camera: Camera) -> None:
    """Draw back faces as well."""
    path = NodePath("state")
    path.set_state(camera.get_initial_state())
    path.set_two_sided(True, OVERRIDE)
    camera.set_initial_state(path.get_state())
