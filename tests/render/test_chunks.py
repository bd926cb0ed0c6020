"""Tiles cut into what can be drawn with one state."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.render.boxes import GREY, BoxModel, box_surface
from walkdown.package import (
    MANIFEST_PATH,
    Element,
    Model,
    parse_manifest,
    read_elements,
    read_tile,
    read_tileset,
    write_package,
)
from walkdown.package.model import Material
from walkdown_client.scene.chunks import Chunk, cut_tile, element_rules, make_rules

GLASS = Material("glass", base_color=(0.7, 0.8, 0.8, 0.3), pattern="glass")


def cut(model: BoxModel, *, base: int = 0) -> list[Chunk]:
    rows = np.arange(len(model.materials), dtype=np.uint32) + 5
    return cut_tile(model, make_rules(element_rules(model, base=base), model.materials, rows))


def joined(model: BoxModel) -> BoxModel:
    """The same model with all its surfaces in one."""
    parts = model.surfaces
    starts = np.cumsum([0, *(len(s.positions) for s in parts[:-1])]).astype(np.uint32)
    names = ("positions", "normals", "elements", "materials")
    whole = replace(
        parts[0],
        **{n: np.concatenate([getattr(s, n) for s in parts]) for n in names},
        triangles=np.concatenate([s.triangles + o for s, o in zip(parts, starts, strict=True)]),
        lines=np.concatenate([s.lines + o for s, o in zip(parts, starts, strict=True)]),
    )
    model.surfaces = [whole]
    return model


def test_one_surface_becomes_one_chunk_for_each_way_to_draw() -> None:
    model = BoxModel(materials=[GREY, GLASS, replace(GREY, double_sided=True)])
    model.add_box((0, 0, 0), (1, 1, 1), lines=True)
    model.add_box((2, 0, 0), (3, 1, 1), material=1)
    model.add_box((4, 0, 0), (5, 1, 1), material=2)
    model.add_box((6, 0, 0), (7, 1, 1), joint=0, lines=True)
    model.add_box((8, 0, 0), (9, 1, 1), layer="shell")
    chunks = cut(joined(model), base=100)
    assert len(chunks) == 5
    assert sum(len(c.triangles) for c in chunks) == 5 * 12
    by_member = {int(c.members[0]) - 101: c for c in chunks}
    assert by_member[1].key.blended
    assert by_member[2].key.double_sided
    assert by_member[3].key.jointed
    assert len(by_member[3].lines) == 24
    assert by_member[4].key.layer == 1


def test_the_chunks_of_a_surface_share_its_vertices_and_know_their_own() -> None:
    model = BoxModel(materials=[GREY, GLASS])
    for x in range(4):
        model.add_box((2 * x, 0, 0), (2 * x + 1, 1, 1), material=x % 2)
    first, second = cut(joined(model))
    assert first.vertices is second.vertices
    for chunk, boxes in ((first, (0, 2)), (second, (1, 3))):
        used = np.unique(chunk.triangles)
        assert set(used) == {24 * box + corner for box in boxes for corner in range(24)}
        assert chunk.span == (24 * boxes[0], 24 * (boxes[1] + 1))
        assert len(set(chunk.vertices.materials[used])) == 1
        assert (chunk.lo == chunk.vertices.positions[used].min(0)).all()
        assert (chunk.hi == chunk.vertices.positions[used].max(0)).all()


def test_a_written_tile_lies_in_the_order_in_which_it_is_drawn() -> None:
    rng = np.random.default_rng(5)
    model, parts = Model("mixed", materials=[GREY, GLASS, replace(GREY, name="both", double_sided=True)]), []
    for row in range(60):
        low = rng.uniform(1, 17, 3)
        model.elements.append(Element(f"box:/{row}", "box"))
        size = [0.05, 0.3, 2.0][row % 3]
        parts.append(box_surface(low, low + size, element=row, material=int(rng.integers(3)), lines=True))
    model.surfaces = parts
    files = write_package(model)
    manifest = parse_manifest(files[MANIFEST_PATH])
    elements = read_elements(manifest, files.__getitem__)
    (ref,) = read_tileset(files["tileset.json"])
    tile = read_tile(files[ref.path])
    rules = make_rules(element_rules(elements, base=0), tile.materials, np.arange(3, dtype=np.uint32))
    chunks = cut_tile(tile, rules)
    assert len({(c.key, c.largest) for c in chunks}) == len(chunks) == 9
    assert sum(len(c.triangles) for c in chunks) == 60 * 12
    assert sum(len(c.lines) for c in chunks) == 60 * 24
    (surface,) = tile.surfaces
    for chunk in chunks:
        assert np.shares_memory(chunk.triangles, surface.triangles), "a slice, not a copy"
        assert set(range(*chunk.span)) == set(np.unique(chunk.triangles))


def test_the_box_of_instances_holds_all_turned_and_scaled_copies() -> None:
    model = BoxModel()
    model.add_copies(box_surface((-1, 0, 0), (1, 0.5, 0.25)), [(0, 0, 0), (10, 0, 2)])
    half = np.sqrt(0.5)
    quarter_turn = np.array([[1, 0, 0, 0], [half, 0, 0, half]], np.float32)
    scales = np.array([[1, 1, 1], [2, 1, 1]], np.float32)
    model.repeats = [replace(model.repeats[0], rotations=quarter_turn, scales=scales)]
    (chunk,) = cut(model, base=7)
    assert chunk.instances is not None
    points = np.concatenate([chunk.vertices.positions @ m[:3, :3].T + m[:3, 3] for m in chunk.instances])
    assert np.allclose(chunk.lo, points.min(0), atol=1e-5)
    assert np.allclose(chunk.hi, points.max(0), atol=1e-5)
    assert chunk.instances[:, 3, 0].tolist() == [8.0, 9.0]
    assert chunk.members.tolist() == [8, 9]


def test_copies_that_move_are_drawn_apart_from_those_that_stand() -> None:
    model = BoxModel()
    shape = box_surface((0, 0, 0), (1, 1, 1))
    model.add_copies(shape, [(0, 0, 0), (2, 0, 0)])
    model.joints_by_element[1] = 0
    chunks = cut(model)
    assert sorted(c.key.jointed for c in chunks) == [False, True]
    assert all(c.key.instanced for c in chunks)


def test_vertex_colours_are_packed_red_first() -> None:
    model = BoxModel()
    row = model.add_element((0, 0, 0), (1, 1, 1))
    colors = np.tile(np.array([1, 2, 3, 4], np.uint8), (24, 1))
    model.surfaces.append(replace(box_surface((0, 0, 0), (1, 1, 1), element=row), colors=colors))
    (chunk,) = cut(model)
    assert chunk.key.colored
    assert chunk.vertices.colors is not None
    assert chunk.vertices.colors[0] == 1 | 2 << 8 | 3 << 16 | 4 << 24


def test_a_surface_without_triangles_makes_no_chunk() -> None:
    model = BoxModel()
    model.add_box((0, 0, 0), (1, 1, 1))
    model.surfaces[0] = replace(model.surfaces[0], triangles=np.zeros((0, 3), np.uint32))
    assert cut(model) == []
