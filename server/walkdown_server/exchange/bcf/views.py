"""Views: VisualizationInfo of BCF 2.0, 2.1 and 3.0 read into a viewpoint, and a viewpoint written into it.

Lengths are metres, angles degrees, axes right-handed with Z up, as in a session. The field of view and the
height of an orthogonal camera are measured from top to bottom. A clipping plane's direction points to the
side that is not seen, as a section plane's normal does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from lxml import etree
from msgspec.structs import replace

from walkdown.messages import Camera, Painted, Plane, Segment, Viewpoint
from walkdown.messages.words import Point
from walkdown_server.exchange.bcf.components import add_components, thing_of, things_of
from walkdown_server.exchange.bcf.trees import (
    Node,
    add,
    attribute,
    child,
    children,
    listed,
    local,
    number,
    place,
    text,
    truth,
)
from walkdown_server.exchange.incoming import FOV_LIMITS_DEG

Note = Callable[[str], None]
"""Takes an English sentence about what was odd."""

ORDER = (
    "Components",
    "OrthogonalCamera",
    "PerspectiveCamera",
    "Lines",
    "ClippingPlanes",
    "Bitmap",
    "Bitmaps",
)
GHOST = "40BFBFBF"
"""The colour that says see-through: a quarter of light grey. BCF has no other word for it."""

MOST_THINGS, MOST_PLANES, MOST_LINES, MOST_COLOURS = 10_000, 16, 1000, 100
USUAL_ASPECT = 4 / 3
NORTH = Camera((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
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
        exceptions=_most(exceptions, MOST_THINGS, "components that are shown or hidden", note),
        selection=_most(selection, MOST_THINGS, "selected components", note),
        ghosted=ghosted[:MOST_THINGS],
        painted=tuple(one for one in colours if one.colour.upper() != GHOST)[:MOST_COLOURS],
    )


def _most(found: tuple[str, ...], most: int, what: str, note: Note) -> tuple[str, ...]:
    if len(found) > most:
        note(f"a view names {len(found)} {what}; the first {most} are taken.")
    return found[:most]


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


# ---- writing ----------------------------------------------------------------------------------------------


def blank_view(guid: str) -> Node:
    """Return a VisualizationInfo in which nothing is said yet."""
    root = etree.Element("VisualizationInfo")
    root.set("Guid", guid)
    return root


IN_COMPONENTS = ("shown", "exceptions", "selection", "ghosted", "painted")


def differs(now: Viewpoint, base: Viewpoint) -> bool:
    """Return whether a VisualizationInfo would say something else."""
    return any(
        getattr(now, name) != getattr(base, name) for name in ("camera", "lines", "planes", *IN_COMPONENTS)
    )


def write_view(root: Node, now: Viewpoint, base: Viewpoint, *, version: str, aspect: float = 0.0) -> None:
    """Write into a VisualizationInfo what a viewpoint has otherwise than ``base``, which was read from it.

    Args:
        aspect: width by height of its picture, 0 when unknown; for cameras that do not say theirs.
    """
    if now.camera != base.camera:
        _write_camera(root, now.camera, version=version, aspect=aspect)
    if now.lines != base.lines:
        _write_lines(root, now.lines)
    if now.planes != base.planes:
        _write_planes(root, now.planes)
    if any(getattr(now, name) != getattr(base, name) for name in IN_COMPONENTS):
        _write_components(root, now, version=version)


def _write_camera(root: Node, camera: Camera | None, *, version: str, aspect: float) -> None:
    for name in ("OrthogonalCamera", "PerspectiveCamera"):
        for each in list(children(root, name)):
            root.remove(each)
    if camera is None:
        return
    flat = camera.fov_deg == 0.0
    node = place(root, etree.Element("OrthogonalCamera" if flat else "PerspectiveCamera"), ORDER)
    add_point(node, "CameraViewPoint", camera.position)
    add_point(node, "CameraDirection", camera.direction)
    add_point(node, "CameraUpVector", camera.up)
    if flat:
        add(node, "ViewToWorldScale", repr(camera.height_m))
    else:
        add(node, "FieldOfView", repr(allowed_fov(camera.fov_deg, version)))
    if version == "3.0":
        add(node, "AspectRatio", repr(camera.aspect or aspect or USUAL_ASPECT))


def allowed_fov(fov_deg: float, version: str) -> float:
    """Return a field of view that the schema of a version allows."""
    low, high = FOV_LIMITS_DEG if version != "3.0" else (1.0, 179.0)
    return min(max(fov_deg, low), high)


def add_point(parent: Node, name: str, where: Point) -> None:
    """Add an element with X, Y and Z, with as many digits as it takes to read the same numbers."""
    node = etree.SubElement(parent, name)
    for axis, value in zip("XYZ", where, strict=True):
        etree.SubElement(node, axis).text = repr(float(value))


def _fresh(root: Node, name: str) -> Node:
    """Return a new element in the place of the one of its name."""
    for each in list(children(root, name)):
        root.remove(each)
    return place(root, etree.Element(name), ORDER)


def _write_lines(root: Node, lines: tuple[Segment, ...]) -> None:
    node = _fresh(root, "Lines")
    for line in lines:
        made = add(node, "Line")
        add_point(made, "StartPoint", line.start)
        add_point(made, "EndPoint", line.end)
    if not lines:
        root.remove(node)


def _write_planes(root: Node, planes: tuple[Plane, ...]) -> None:
    node = _fresh(root, "ClippingPlanes")
    for plane in planes:
        made = add(node, "ClippingPlane")
        add_point(made, "Location", plane.point)
        add_point(made, "Direction", plane.normal)
    if not planes:
        root.remove(node)


def _write_components(root: Node, view: Viewpoint, *, version: str) -> None:
    """Write selection, visibility and colours; hints of what kinds are seen stay."""
    hints = next((each for each in root.iter("ViewSetupHints")), None)
    node = _fresh(root, "Components")
    if hints is not None and version != "3.0":
        node.append(hints)
    if view.selection:
        add_components(add(node, "Selection"), view.selection)
    visibility = add(node, "Visibility", DefaultVisibility=str(view.shown).lower())
    if hints is not None and version == "3.0":
        visibility.append(hints)
    if view.exceptions:
        add_components(add(visibility, "Exceptions"), view.exceptions)
    painted = [*view.painted, *([Painted(GHOST, view.ghosted)] if view.ghosted else [])]
    if painted:
        coloring = add(node, "Coloring")
        for each in painted:
            made = add(coloring, "Color", Color=each.colour.upper())
            add_components(add(made, "Components") if version == "3.0" else made, each.things)


# ---- from one version to another --------------------------------------------------------------------------


def convert_view(root: Node, version: str, note: Note, *, aspect: float = 0.0) -> None:
    """Make a VisualizationInfo one of another version; what that one has no place for goes."""
    components = child(root, "Components")
    if components is not None and any(children(components, "Component")):
        _from_2_0(root, components, note)
    if version == "3.0":
        _to_3_0(root, note, aspect=aspect)
    else:
        _to_2_1(root, note)


def finish_view(root: Node, version: str, note: Note, *, aspect: float = 0.0) -> None:
    """Fill what the schema of a version demands and is not there."""
    if version == "3.0" and not any(local(each).endswith("Camera") for each in root):
        _write_camera(root, NORTH, version=version, aspect=aspect)
        note("a view has no camera, but BCF 3.0 demands one: it looks north from the origin.")


def _from_2_0(root: Node, _components: Node, note: Note) -> None:
    view = read_view(root, Viewpoint("view"), note)
    _write_components(root, view, version="2.1")


def _to_3_0(root: Node, note: Note, *, aspect: float) -> None:
    components, visibility = child(root, "Components"), listed(root, "Components", "Visibility")
    hints = child(components, "ViewSetupHints")
    if hints is not None and visibility:
        visibility[0].insert(0, hints)
    for colour in listed(root, "Components", "Coloring", "Color"):
        inner = etree.Element("Components")
        inner.extend(list(children(colour, "Component")))
        if len(inner):
            colour.append(inner)
    bitmaps = list(children(root, "Bitmap"))
    if bitmaps:
        outer = place(root, etree.Element("Bitmaps"), ORDER)
        for bitmap in bitmaps:
            outer.append(bitmap)
            for each in children(bitmap, "Bitmap"):
                each.tag, each.text = "Format", text(each).lower()
    _one_camera(root, note)
    for name in ("OrthogonalCamera", "PerspectiveCamera"):
        for camera in children(root, name):
            if child(camera, "AspectRatio") is None:
                add(camera, "AspectRatio", repr(aspect or USUAL_ASPECT))


def _one_camera(root: Node, note: Note) -> None:
    """Leave one camera: BCF 3.0 has no two."""
    both = [each for each in root if local(each) in ("OrthogonalCamera", "PerspectiveCamera")]
    if len(both) > 1:
        root.remove(next(each for each in both if local(each) == "OrthogonalCamera"))
        note("a view has two cameras, but BCF 3.0 allows one: the orthogonal one was left out.")


def _to_2_1(root: Node, note: Note) -> None:
    components = child(root, "Components")
    if components is not None:
        hints = next(iter(listed(components, "Visibility", "ViewSetupHints")), None)
        if hints is not None:
            components.insert(0, hints)
        if child(components, "Visibility") is None:
            made = etree.Element("Visibility", DefaultVisibility="true")
            place(components, made, ("ViewSetupHints", "Selection", "Visibility", "Coloring"))
        for colour in listed(components, "Coloring", "Color"):
            colour.set("Color", attribute(colour, "Color").upper())
            for inner in list(children(colour, "Components")):
                colour.extend(list(inner))
                colour.remove(inner)
    for outer in list(children(root, "Bitmaps")):
        for bitmap in list(outer):
            root.append(bitmap)
            for each in children(bitmap, "Format"):
                each.tag, each.text = "Bitmap", text(each).upper()
        root.remove(outer)
    _empty_lists(root, components)
    _cameras_2_1(root, note)


def _empty_lists(root: Node, components: Node | None) -> None:
    """Take away lists without anything in them, which BCF 2.1 does not allow."""
    lists = [*children(components, "Selection"), *children(components, "Coloring"), *children(root, "Lines")]
    for each in lists:
        if not len(each):
            each.getparent().remove(each)
    for exceptions in listed(root, "Components", "Visibility", "Exceptions"):
        if not len(exceptions):
            exceptions.getparent().remove(exceptions)


def _cameras_2_1(root: Node, note: Note) -> None:
    for name in ("OrthogonalCamera", "PerspectiveCamera"):
        for camera in children(root, name):
            for each in list(children(camera, "AspectRatio")):
                camera.remove(each)
            for each in children(camera, "FieldOfView"):
                fov = number(camera, "FieldOfView", 60.0)
                if fov != allowed_fov(fov, "2.1"):
                    note(f"BCF 2.1 allows fields of view of 45 to 60 degrees, not {fov:g}.")
                    each.text = repr(allowed_fov(fov, "2.1"))
