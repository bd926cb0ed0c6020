"""Collected city surfaces become surfaces of a model: triangles, outlines, normals, texture coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.model import F32, U32, Surface
from walkdown_server.importers.assembly import MAX_TRIANGLES
from walkdown_server.importers.cityjson_geometry import NOT_DRAWN, Columns
from walkdown_server.importers.cityjson_looks import BY_SLOPE, GROUND_SLOPE, ROOF_SLOPE, Palette
from walkdown_server.importers.cityjson_rings import (
    F64,
    TRIANGLE,
    Bools,
    Ints,
    Rings,
    find_usable,
    normals_of,
    outline,
    tidy,
    triangulate,
)
from walkdown_server.importers.report import ImportReport, Note

THIN_M2 = 1e-9
"""Twice the area below which a surface is degenerate."""

_UNKNOWN = mark("a surface with a vertex that the file does not have")
_FAR = mark("a surface more than 1,000 km from the model")
_THIN = mark("a surface without an area")
_UNFILLED = mark("a surface with too many corners, or one that crosses itself")
_OPEN = mark("a surface that only closes an opening")
_TURNED = mark("Closed shapes that were inside out and were turned: {count}.")


@dataclass(frozen=True, slots=True)
class Soup:
    """Triangulated surfaces.

    Attributes:
        columns: of what is drawn.
        triangles: (m, 3) places in ``columns.rings.points``.
        owners: (m,) surface of each triangle.
        normals: (s, 3) unit vectors, zero for a triangle without an area.
    """

    columns: Columns
    triangles: Ints
    owners: Ints
    normals: F64


def make_soup(columns: Columns, vertices: F64, *, palette: Palette, report: ImportReport) -> Soup | None:
    """Return the triangles of all surfaces, or None when none is left; what is left out is reported.

    Args:
        columns: what was collected.
        vertices: (v, 3) float64, metres from the model's zero.
        palette: gives the materials of what is told by its slope.
        report: is told what was left out.
    """
    columns = _usable(columns, vertices, report)
    given = _triangles(columns.rings)
    tidied, kept = tidy(columns.rings, vertices)
    columns = columns.with_rings(tidied, kept)
    _skip(report, _THIN, kept)
    if not len(tidied.counts):
        return None
    areas = normals_of(tidied, vertices)
    filled = (np.linalg.norm(areas, axis=1) > THIN_M2) | given[kept]
    _skip(report, _THIN, filled)
    columns, areas = columns.keep(filled), areas[filled]
    if not len(areas):
        return None
    triangles, owners = triangulate(columns.rings, vertices, areas)
    _skip(report, _UNFILLED, np.bincount(owners, minlength=len(areas)) > 0)
    check_triangles(len(triangles))
    if not len(triangles):
        return None
    length = np.linalg.norm(areas, axis=1, keepdims=True)
    normals = np.where(length > THIN_M2, areas / np.maximum(length, THIN_M2), 0.0)
    soup = Soup(columns, triangles, owners, normals)
    return _with_slopes(_outside_out(soup, vertices, report), palette)


def check_triangles(count: int) -> None:
    """Refuse a model that is too large.

    Raises:
        ImportFailed: says how many triangles it may draw.
    """
    if count > MAX_TRIANGLES:
        raise ImportFailed(
            _("a model may draw {limit} triangles, but this one draws {count}: split it").format(
                limit=MAX_TRIANGLES, count=count
            )
        )


def _triangles(rings: Rings) -> Bools:
    """Return (s,) which surfaces the file gives as triangles."""
    found = (rings.counts == 1) & (
        np.bincount(rings.surface_of_ring, rings.sizes, len(rings.counts)) == TRIANGLE
    )
    return np.asarray(found)


def _usable(columns: Columns, vertices: F64, report: ImportReport) -> Columns:
    """Return the surfaces that are to be drawn and have all their vertices in reach."""
    drawn = columns.materials != NOT_DRAWN
    _skip(report, _OPEN, drawn)
    columns = columns.keep(drawn)
    known, near = find_usable(columns.rings, vertices)
    _skip(report, _UNKNOWN, known)
    _skip(report, _FAR, near | ~known)
    return columns.keep(known & near)


def _skip(report: ImportReport, reason: str, kept: Bools) -> None:
    if count := int(np.count_nonzero(~kept)):
        report.skip(reason, count)


def _outside_out(soup: Soup, vertices: F64, report: ImportReport) -> Soup:
    """Return the triangles so that no closed shape has a negative volume."""
    geometry = soup.columns.geometries[soup.owners]
    corners = vertices[soup.columns.rings.points[soup.triangles]]
    first = np.full(len(soup.columns.solid), len(geometry))
    np.minimum.at(first, geometry, np.arange(len(geometry)))
    corners = corners - corners[first[geometry], :1]
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    total = np.bincount(geometry, volume, minlength=len(soup.columns.solid))
    inside_out = (total < 0) & soup.columns.solid
    if not inside_out.any():
        return soup
    report.note(Note(_TURNED, {"count": int(inside_out.sum())}))
    triangles, normals = soup.triangles.copy(), soup.normals.copy()
    turned = inside_out[geometry]
    triangles[turned] = triangles[turned][:, ::-1]
    normals[inside_out[soup.columns.geometries]] *= -1
    return Soup(soup.columns, triangles, soup.owners, normals)


def _with_slopes(soup: Soup, palette: Palette) -> Soup:
    """Return the soup with a material for each surface that is told by its slope."""
    unsaid = soup.columns.materials == BY_SLOPE
    if unsaid.any():
        wall, roof, ground = palette.by_slope()
        up = soup.normals[:, 2]
        named = np.where(up > ROOF_SLOPE, roof, np.where(up < GROUND_SLOPE, ground, wall))
        soup.columns.materials[unsaid] = named[unsaid]
    return soup


def to_surfaces(soup: Soup, vertices: F64, *, uvs: F32, textured: Bools, smooth: Bools) -> list[Surface]:
    """Return the soup as surfaces of a model: one without and one with texture coordinates.

    Args:
        soup: what is drawn.
        vertices: (v, 3) float64, metres from the model's zero.
        uvs: (u, 2) texture vertices, origin at the top left.
        textured: (materials,) whether each has a texture.
        smooth: (elements,) whether each is a curved surface, whose corners share normals.
    """
    with_texture = textured[soup.columns.materials]
    found = []
    for chosen, has_uvs in ((~with_texture, False), (with_texture, True)):
        if chosen[soup.owners].any():
            part = _part(soup, chosen)
            curved = smooth[part.columns.elements]
            made = _surface(part, vertices, smooth=curved)
            found.append(_with_uvs(made, part.columns.rings, uvs) if has_uvs else _joined(made, part, curved))
    return found


def _part(soup: Soup, chosen: Bools) -> Soup:
    """Return some of the surfaces, a (s,) mask."""
    if chosen.all():
        return soup
    rings = soup.columns.rings
    corners = chosen[rings.surface_of_ring[rings.ring_of_point]]
    number, surface = np.cumsum(corners) - 1, np.cumsum(chosen) - 1
    kept = chosen[soup.owners]
    return Soup(
        soup.columns.keep(chosen),
        number[soup.triangles[kept]],
        surface[soup.owners[kept]],
        soup.normals[chosen],
    )


def _surface(soup: Soup, vertices: F64, *, smooth: Bools) -> Surface:
    """Return all corners as vertices, flat but where ``smooth`` (s,) says otherwise."""
    columns = soup.columns
    surface = columns.rings.surface_of_ring[columns.rings.ring_of_point]
    lines = outline(columns.rings, vertices, normals=soup.normals, elements=columns.elements)
    unit = np.where((soup.normals == 0).all(1, keepdims=True), [[0.0, 0.0, 1.0]], soup.normals)
    normals = unit[surface]
    if smooth.any():
        normals = np.where(smooth[surface][:, None], _shared_normals(soup, vertices), normals)
    return Surface(
        positions=vertices[columns.rings.points].astype(np.float32),
        normals=normals.astype(np.float32),
        elements=columns.elements[surface].astype(np.uint32),
        materials=columns.materials[surface].astype(np.uint32),
        triangles=soup.triangles.astype(np.uint32),
        lines=lines.astype(np.uint32),
    )


def _shared_normals(soup: Soup, vertices: F64) -> F64:
    """Return (p, 3) the mean normal at each corner's vertex, weighted by area."""
    points = soup.columns.rings.points
    corners = vertices[points[soup.triangles]]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    used = points[soup.triangles].reshape(-1)
    weights = np.repeat(cross, 3, axis=0)
    summed = np.stack([np.bincount(used, w, minlength=len(vertices)) for w in weights.T], 1)[points]
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    return np.where(length > THIN_M2, summed / np.maximum(length, THIN_M2), [[0.0, 0.0, 1.0]])


def _joined(surface: Surface, soup: Soup, smooth: Bools) -> Surface:
    """Return the surface with the corners of curved surfaces joined at their vertices: terrain is one net."""
    if not smooth.any():
        return surface
    points = soup.columns.rings.points
    count = int(surface.materials.max()) + 1
    net = (points * (int(surface.elements.max()) + 1) + surface.elements) * count + surface.materials
    corner = smooth[soup.columns.rings.surface_of_ring[soup.columns.rings.ring_of_point]]
    key = np.where(corner, net, -1 - np.arange(len(points)))
    _keys, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    number: U32 = inverse.reshape(-1).astype(np.uint32)
    return Surface(
        positions=surface.positions[first],
        normals=surface.normals[first],
        elements=surface.elements[first],
        materials=surface.materials[first],
        triangles=number[surface.triangles],
        lines=number[surface.lines],
    )


def _with_uvs(surface: Surface, rings: Rings, uvs: F32) -> Surface:
    known = (rings.uvs >= 0) & (rings.uvs < len(uvs))
    padded: npt.NDArray[np.float32] = np.concatenate([uvs, np.zeros((1, 2), np.float32)])
    return Surface(
        surface.positions,
        surface.normals,
        surface.elements,
        surface.materials,
        surface.triangles,
        surface.lines,
        uvs=padded[np.where(known, rings.uvs, -1)],
    )
