"""What the triangles of a 3MF file refer to: base materials, colours, places in textures, and mixtures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walkdown_server.importers.xml_file import Node, local, numbers

MIXTURES = ("multiproperties", "compositematerials")


@dataclass(frozen=True, slots=True)
class Group:
    """What triangles refer to: colours, with names for base materials, or places in a texture.

    Attributes:
        colors: (k, 4) uint8 sRGB, or None. uvs: (k, 2) with v up, or None. texture: path of its image.
    """

    colors: npt.NDArray[np.uint8] | None = None
    names: tuple[str, ...] = ()
    uvs: npt.NDArray[np.float64] | None = None
    texture: str = ""
    wrap: tuple[str, str] = ("wrap", "wrap")


def read_group(node: Node, known: Mapping[str, Group]) -> Group:
    """Return a group of properties; a mixture is made of those that stand before it.

    Args:
        node: one of ``GROUPS``. known: the groups before it in the same part, by id.
    """
    kind = local(node)
    if kind == "multiproperties":
        return _layered(node, known)
    return _mixed(node, known) if kind == "compositematerials" else _READERS[kind](node)


def _color(text: str | None) -> list[int]:
    digits = (text or "").lstrip("#")
    try:
        parts = [int(digits[i : i + 2], 16) for i in range(0, len(digits), 2)]
    except ValueError:
        parts = []
    return [*parts, 255][:4] if len(parts) in (3, 4) else [204, 204, 204, 255]


def _base_materials(node: Node) -> Group:
    bases = list(node)
    names = tuple(base.get("name", "") for base in bases)
    return Group(np.array([_color(b.get("displaycolor")) for b in bases], np.uint8).reshape(-1, 4), names)


def _color_group(node: Node) -> Group:
    return Group(np.array([_color(color.get("color")) for color in node], np.uint8).reshape(-1, 4))


def _texture_group(node: Node) -> Group:
    uvs = [numbers(f"{c.get('u', '0')} {c.get('v', '0')}", [0.0, 0.0]) for c in node]
    return Group(uvs=np.array(uvs).reshape(-1, 2))


def _layered(node: Node, known: Mapping[str, Group]) -> Group:
    """Return the layer of several properties that shows most: a texture, else a colour, else a material."""
    layers = [known.get(identity) for identity in node.get("pids", "").split()]
    ranked = sorted(
        (layer.uvs is None, bool(layer.names), number)
        for number, layer in enumerate(layers)
        if layer is not None
    )
    if not ranked:
        return Group()
    number = ranked[0][2]
    picks = [_whole_at(multi.get("pindices", ""), number) for multi in node]
    return _taken(layers[number] or Group(), np.array(picks, np.int64))


def _mixed(node: Node, known: Mapping[str, Group]) -> Group:
    """Return colours mixed of base materials."""
    base = known.get(node.get("matid", ""))
    picks = [
        _whole_at(node.get("matindices", ""), place)
        for place in range(len(node.get("matindices", "").split()))
    ]
    if base is None or base.colors is None or not len(base.colors) or not picks:
        return Group()
    colors = base.colors[np.array(picks).clip(0, len(base.colors) - 1)].astype(np.float64)
    parts = np.array([numbers(mix.get("values"), [0.0] * len(picks)) for mix in node]).reshape(-1, len(picks))
    total = parts.sum(1, keepdims=True)
    shares = np.where(total > 0, parts / np.where(total > 0, total, 1), 1 / len(picks))
    return Group(np.rint(shares @ colors).clip(0, 255).astype(np.uint8))


def _taken(group: Group, picks: npt.NDArray[np.int64]) -> Group:
    """Return some properties of a group; one beyond the last is the last."""
    count = max(
        len(group.names),
        0 if group.colors is None else len(group.colors),
        0 if group.uvs is None else len(group.uvs),
    )
    if not count:
        return group
    rows = picks.clip(0, count - 1)
    return replace(
        group,
        colors=None if group.colors is None else group.colors[rows],
        names=tuple(group.names[row] for row in rows.tolist()) if group.names else (),
        uvs=None if group.uvs is None else group.uvs[rows],
    )


def _whole_at(text: str, place: int) -> int:
    words = text.split()
    return (
        int(words[place]) if place < len(words) and words[place].isdigit() and len(words[place]) < 10 else 0
    )


_READERS = {
    "basematerials": _base_materials,
    "colorgroup": _color_group,
    "texture2dgroup": _texture_group,
}
GROUPS = (*_READERS, *MIXTURES)
"""The names of elements that are groups of properties."""
