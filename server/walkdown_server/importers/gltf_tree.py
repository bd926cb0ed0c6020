"""The nodes of a foreign glTF file as a tree: parents, places, and a stable key for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown.package.check import MAX_KEY_BYTES
from walkdown.package.model import NO_ROW
from walkdown_server.importers.gltf_file import pick
from walkdown_server.importers.gltf_schema import Document, Node
from walkdown_server.importers.placement import F64, trs_matrices, z_up

MAX_DEPTH = 256


@dataclass(frozen=True, slots=True)
class Tree:
    """The nodes that the file's scene shows.

    Attributes:
        nodes: all nodes of the document.
        order: numbers of the nodes that are shown, parents first.
        parents: (number of nodes) the parent's number, or ``NO_ROW``.
        matrices: site from node, (4, 4) float64, Z up on both sides, by number.
        names: for people, by number.
    """

    nodes: list[Node]
    order: list[int]
    parents: list[int]
    matrices: dict[int, F64]
    names: dict[int, str]

    def ancestors_of(self, numbers: Iterable[int]) -> set[int]:
        """Return the given nodes that are shown, and all above them."""
        found: set[int] = set()
        for number in numbers:
            current = number
            while number in self.matrices and current != NO_ROW and current not in found:
                found.add(current)
                current = self.parents[current]
        return found

    def keys(self, prefix: str) -> dict[int, str]:
        """Return a unique key for each node: the path of names.

        What occurs again gets ``[2]``, ``[3]`` and so on. A slash in a name is written ``%2F``. A path
        that is too long becomes the number of the node.
        """
        found: dict[int, str] = {}
        used: set[str] = set()
        seen: dict[str, int] = {}
        for number in self.order:
            parent = self.parents[number]
            above = prefix.removesuffix("/") if parent == NO_ROW else found[parent]
            segment = self.names[number].replace("%", "%25").replace("/", "%2F")
            path = f"{above}/{segment}"
            key = path if len(path.encode()) < MAX_KEY_BYTES - 20 else f"{prefix}#{number}"
            while key in used:
                seen[path] = seen.get(path, 1) + 1
                key = f"{path}[{seen[path]}]"
            used.add(key)
            found[number] = key
        return found


def read_tree(document: Document) -> Tree:
    """Return the nodes of the file's scene.

    Raises:
        ImportFailed: they are no tree, or too deep.
    """
    parents = [NO_ROW] * len(document.nodes)
    matrices: dict[int, F64] = {}
    order: list[int] = []
    level = [(number, np.eye(4)) for number in _roots(document)]
    for _depth in range(MAX_DEPTH):
        following = []
        for number, above in level:
            node = pick(document.nodes, number, "node")
            if number in matrices:
                raise ImportFailed(
                    _("node {number} is reached twice, but the nodes of a glTF file form a tree").format(
                        number=number
                    )
                )
            matrices[number] = above @ _local(node)
            order.append(number)
            for child in node.children:
                pick(parents, child, "node")
                parents[child] = number
            following += [(child, matrices[number]) for child in node.children]
        level = following
        if not level:
            names = {number: _name(document, number) for number in order}
            shown = {number: z_up(matrix) for number, matrix in matrices.items()}
            return Tree(document.nodes, _depth_first(document, parents, order), parents, shown, names)
    raise ImportFailed(
        _("the nodes of a file may be {limit} deep, but these are deeper").format(limit=MAX_DEPTH)
    )


def _roots(document: Document) -> list[int]:
    if document.scenes:
        return pick(document.scenes, document.scene or 0, "scene").nodes
    children = {child for node in document.nodes for child in node.children}
    return [number for number in range(len(document.nodes)) if number not in children]


def _local(node: Node) -> F64:
    if node.matrix is not None:
        matrix = np.array(node.matrix, np.float64).reshape(4, 4).T
    else:
        parts = (np.array([part]) for part in (node.translation, node.rotation, node.scale))
        matrix = trs_matrices(*parts)[0]
    if not np.isfinite(matrix).all() or np.abs(matrix).max() > 1e12:
        raise ImportFailed(_("a node should be placed by finite numbers, but is not"))
    return matrix


def _name(document: Document, number: int) -> str:
    node = document.nodes[number]
    mesh = pick(document.meshes, node.mesh, "mesh").name if node.mesh is not None else ""
    return node.name or mesh or f"node{number}"


def _depth_first(document: Document, parents: list[int], order: list[int]) -> list[int]:
    """Return the nodes so that all below one follow it, in the order of the file."""
    stack = [number for number in order if parents[number] == NO_ROW][::-1]
    found: list[int] = []
    while stack:
        number = stack.pop()
        found.append(number)
        stack += document.nodes[number].children[::-1]
    return found
