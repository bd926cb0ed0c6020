"""What can be drawn together: triangles that agree in all that a shader variant or a render state needs.

The writer sorts the triangles of a tile by these classes, so that a client takes them as they lie; the
client judges by the same rules, and cuts what somebody else has written in another order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown.package.model import F32, Material

Ints = npt.NDArray[np.int64]

WIDE_PATTERNS = frozenset({"concrete", "ground", "road", "grid", "leaf", "facade"})
"""Ground and facades, whose patterns are compiled into programs of their own."""

BLENDED_PATTERNS = frozenset({"glass", "mesh"})

SIZE_STEPS_M = np.array([0.12, 0.25, 0.5, 1.0], np.float32)
"""Between classes of parts, from screws to machines: small ones are left out where they are tiny."""


def is_wide(material: Material) -> bool:
    """Whether it is ground or a facade."""
    return material.pattern in WIDE_PATTERNS


def is_blended(material: Material) -> bool:
    """Whether what is behind shines through."""
    see_through = material.alpha_mode == "blend" or material.base_color[3] < 1.0
    return see_through or material.pattern in BLENDED_PATTERNS


def is_masked(material: Material) -> bool:
    """Whether its texture or its vertex colours cut holes."""
    return material.alpha_mode == "mask" and not is_blended(material)


def material_classes(materials: Sequence[Material]) -> Ints:
    """Return (m,) numbers, equal where materials can be drawn together; textures are told apart."""
    looks = [
        (
            is_wide(m),
            is_blended(m),
            is_masked(m),
            m.double_sided,
            m.texture,
            m.emissive_texture,
            m.wrap if (m.texture, m.emissive_texture) != (None, None) else None,
        )
        for m in materials
    ]
    numbers = {look: number for number, look in enumerate(dict.fromkeys(looks))}
    return np.array([numbers[look] for look in looks], np.int64)


def longest_sides(lo: F32, hi: F32) -> F32:
    """Return (n,) the longest side of each (n, 3) box, metres; infinite where there is none."""
    with np.errstate(invalid="ignore"):
        side = (hi - lo).max(1, initial=0.0)
    return np.where(np.isfinite(side), side, np.inf).astype(np.float32)


def size_classes(longest: F32) -> Ints:
    """Return (n,) 0 for the smallest parts to ``len(SIZE_STEPS_M)`` for the largest."""
    return np.searchsorted(SIZE_STEPS_M, longest).astype(np.int64)
