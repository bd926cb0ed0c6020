"""Views: VisualizationInfo of BCF 2.0, 2.1 and 3.0 read into a viewpoint, and a viewpoint written into it.

Lengths are metres, angles degrees, axes right-handed with Z up, as in a session. The field of view and the
height of an orthogonal camera are measured from top to bottom. A clipping plane's direction points to the
side that is not seen, as a section plane's normal does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from msgspec.structs import replace

from walkdown.messages import Camera, Painted, Plane, Segment, Viewpoint
from walkdown.messages.words import Point
from walkdown_server.exchange.bcf.components import thing_of, things_of
from walkdown_server.exchange.bcf.trees import (
    Node,
    attribute,
    child,
    children,
    listed,
    number,
    truth,
)

Note = Callable[[str], None]
"""Takes an English sentence about what was odd."""

GHOST = "40BFBFBF"
"""The colour that says see-through: a quarter of light grey. BCF has no other word for it."""

MOST_THINGS, MOST_PLANES, MOST_LINES, MOST_COLOURS = 10_000, 16, 1000, 100
_COLOUR = re.compile(r"(?:[0-9A-Fa-f]{2})?[0-9A-Fa-f]{6}")
_NAN = math.nan


def read_view(root: Node, view: Viewpoint, note: Note) -> Viewpoint:
    """Return a viewpoint with what a VisualizationInfo says."""
    components = child(root, "Components")
    visibility = child(components, "Visibility")
    colours = _colours(components)
    ghosted = tuple(thing for one in colours if one.colour.upper() == GHOST for thing in one.things)
    selection = things_of(listed(components, "Selection", "Component"))
    shown = truth(attribute(visibility, "DefaultVisibility"), False) if visibility is not None else True
    exceptions = things_of(listed(visibility, "Exceptions", "Component"))
    if old := list(children(components, "Component")):  # BCF 2.0
        selection = selection or things_of(c for c in old if truth(attribute(c, "Selected"), False))
        exceptions = exceptions or things_of(c for c in old if not truth(attribute(c, "Visible"), True))
    return replace(
        view,
        camera=_camera(root, note),
        planes=_planes(root, note),
        lines=_lines(root, note),
        shown=shown,
        exceptions=_most(exceptions, "components that are shown or hidden", note),
        selection=_most(selection, "selected components", note),
        ghosted=ghosted[:MOST_THINGS],
        painted=tuple(one for one in colours if one.colour.upper() != GHOST)[:MOST_COLOURS],
    )


def _most(found: tuple[str, ...], what: str, note: Note) -> tuple[str, ...]:
    if len(found) > MOST_THINGS:
        note(f"a view names {len(found)} {what}; the first {MOST_THINGS} are taken.")
    return found[:MOST_THINGS]


def _colours(components: Node | None) -> list[Painted]:
    made = []
    for colour in listed(components, "Coloring", "Color"):
        things = things_of([*children(colour, "Component"), *listed(colour, "Components", "Component")])
        word = attribute(colour, "Color")
        if things and _COLOUR.fullmatch(word):
            made.append(Painted(word, things[:MOST_THINGS]))
    old: dict[str, list[str]] = {}
    for one in children(components, "Component"):
        word, thing = attribute(one, "Color"), thing_of(one)
        if thing and _COLOUR.fullmatch(word):
            old.setdefault(word, []).append(thing)
    return made + [Painted(word, tuple(things[:MOST_THINGS])) for word, things in old.items()]


def point(node: Node | None) -> Point | None:
    """Return the X, Y and Z of an element, None where they are not three finite numbers."""
    found = (number(node, "X", _NAN), number(node, "Y", _NAN), number(node, "Z", _NAN))
    return found if all(map(math.isfinite, found)) and max(map(abs, found)) < 1e9 else None


def direction(node: Node | None) -> Point | None:
    """Return the X, Y and Z of an element with the length one, None where it is no direction."""
    found = point(node)
    length = math.hypot(*found) if found else 0.0
    return None if found is None or length < 1e-9 else tuple(each / length for each in found)  # type: ignore[return-value]


def _camera(root: Node, note: Note) -> Camera | None:
    perspective, orthogonal = child(root, "PerspectiveCamera"), child(root, "OrthogonalCamera")
    node = perspective if perspective is not None else orthogonal
    if node is None:
        return None
    position, ahead = point(child(node, "CameraViewPoint")), direction(child(node, "CameraDirection"))
    if position is None or ahead is None:
        note("the camera of a view has no place or no direction; the view has no camera.")
        return None
    up = upright(ahead, direction(child(node, "CameraUpVector")))
    aspect = min(max(number(node, "AspectRatio", 0.0), 0.0), 100.0)
    if node is orthogonal:
        height = number(node, "ViewToWorldScale", 0.0)
        if not 0.0 < height <= 1e6:
            note("an orthogonal camera does not say how much it sees; it sees 10 metres.")
            height = 10.0
        return Camera(position, ahead, up, fov_deg=0.0, height_m=height, aspect=aspect)
    fov = number(node, "FieldOfView", 60.0)
    if not 1.0 <= fov <= 179.0:
        note(f"a camera has a field of view of {fov:g} degrees; it has 60 now.")
        fov = 60.0
    return Camera(position, ahead, up, fov_deg=fov, aspect=aspect)


def upright(ahead: Point, up: Point | None) -> Point:
    """Return a unit vector at right angles to where a camera looks, as near to ``up`` as can be."""
    for wanted in (up, (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)):
        if wanted is None:
            continue
        along = sum(a * b for a, b in zip(wanted, ahead, strict=True))
        left = tuple(a - along * b for a, b in zip(wanted, ahead, strict=True))
        length = math.hypot(*left)
        if length > 1e-6:
            return (left[0] / length, left[1] / length, left[2] / length)
    return (1.0, 0.0, 0.0)


def _planes(root: Node, note: Note) -> tuple[Plane, ...]:
    made = []
    for each in listed(root, "ClippingPlanes", "ClippingPlane"):
        where, normal = point(child(each, "Location")), direction(child(each, "Direction"))
        if where is not None and normal is not None:
            made.append(Plane(where, normal))
    if len(made) > MOST_PLANES:
        note(f"a view has {len(made)} section planes; the first {MOST_PLANES} are taken.")
    return tuple(made[:MOST_PLANES])


def _lines(root: Node, note: Note) -> tuple[Segment, ...]:
    made = []
    for each in listed(root, "Lines", "Line"):
        start, end = point(child(each, "StartPoint")), point(child(each, "EndPoint"))
        if start is not None and end is not None:
            made.append(Segment(start, end))
    if len(made) > MOST_LINES:
        note(f"a view has {len(made)} lines; the first {MOST_LINES} are taken.")
    return tuple(made[:MOST_LINES])
