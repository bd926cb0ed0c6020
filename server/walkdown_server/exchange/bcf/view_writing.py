"""A viewpoint written into a VisualizationInfo, and one of those turned into another version of BCF."""

from __future__ import annotations

from lxml import etree

from walkdown.messages import Camera, Painted, Plane, Segment, Viewpoint
from walkdown.messages.words import Point
from walkdown_server.exchange.bcf.components import add_components
from walkdown_server.exchange.bcf.converting import XSI
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
)
from walkdown_server.exchange.bcf.views import GHOST, Note, read_view
from walkdown_server.exchange.incoming import FOV_LIMITS_DEG

# ---- writing ----------------------------------------------------------------------------------------------


def blank_view(guid: str) -> Node:
    """Return a VisualizationInfo in which nothing is said yet."""
    root = etree.Element("VisualizationInfo")
    root.set("Guid", guid)
    return root


ORDER = (
    "Components",
    "OrthogonalCamera",
    "PerspectiveCamera",
    "Lines",
    "ClippingPlanes",
    "Bitmap",
    "Bitmaps",
)
USUAL_ASPECT = 4 / 3
NORTH = Camera((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
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
    if components is not None and children(components, "Component"):  # BCF 2.0
        _write_components(root, read_view(root, Viewpoint("view"), note), version="2.1")
    for name in [name for name in root.attrib if name.startswith(XSI)]:
        del root.attrib[name]
    components = child(root, "Components")
    if version == "3.0":
        _components_to_3_0(components)
        _bitmaps_to_3_0(root)
        _cameras_3_0(root, note, aspect=aspect)
    else:
        _components_to_2_1(components)
        _bitmaps_to_2_1(root)
        _empty_lists(root, components)
        _cameras_2_1(root, note)


def finish_view(root: Node, version: str, note: Note, *, aspect: float = 0.0) -> None:
    """Fill what the schema of a version demands and is not there."""
    if version == "3.0" and not any(local(each).endswith("Camera") for each in root):
        _write_camera(root, NORTH, version=version, aspect=aspect)
        note("a view has no camera, but BCF 3.0 demands one: it looks north from the origin.")


def _components_to_3_0(components: Node | None) -> None:
    visibility, hints = child(components, "Visibility"), child(components, "ViewSetupHints")
    if hints is not None and visibility is not None:
        visibility.insert(0, hints)
    for colour in listed(components, "Coloring", "Color"):
        inner = etree.Element("Components")
        inner.extend(children(colour, "Component"))
        if len(inner):
            colour.append(inner)


def _bitmaps_to_3_0(root: Node) -> None:
    bitmaps = children(root, "Bitmap")
    if not bitmaps:
        return
    outer = place(root, etree.Element("Bitmaps"), ORDER)
    for bitmap in bitmaps:
        outer.append(bitmap)
        for each in children(bitmap, "Bitmap"):
            each.tag, each.text = "Format", text(each).lower()


def _cameras_3_0(root: Node, note: Note, *, aspect: float) -> None:
    """Leave one camera, as BCF 3.0 has no two, and let it say how wide it is."""
    flat, deep = child(root, "OrthogonalCamera"), child(root, "PerspectiveCamera")
    if flat is not None and deep is not None:
        root.remove(flat)
        note("a view has two cameras, but BCF 3.0 allows one: the orthogonal one was left out.")
    for camera in (flat, deep):
        if camera is not None and child(camera, "AspectRatio") is None:
            add(camera, "AspectRatio", repr(aspect or USUAL_ASPECT))


def _components_to_2_1(components: Node | None) -> None:
    if components is None:
        return
    for hints in listed(components, "Visibility", "ViewSetupHints"):
        components.insert(0, hints)
    if child(components, "Visibility") is None:
        made = etree.Element("Visibility", DefaultVisibility="true")
        place(components, made, ("ViewSetupHints", "Selection", "Visibility", "Coloring"))
    for colour in listed(components, "Coloring", "Color"):
        colour.set("Color", attribute(colour, "Color").upper())
        for inner in children(colour, "Components"):
            colour.extend(list(inner))
            colour.remove(inner)


def _bitmaps_to_2_1(root: Node) -> None:
    for outer in children(root, "Bitmaps"):
        for bitmap in list(outer):
            root.append(bitmap)
            for each in children(bitmap, "Format"):
                each.tag, each.text = "Bitmap", text(each).upper()
        root.remove(outer)


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
