"""Real cities come in with the counts, areas, boxes and attributes that were measured by other means."""

from __future__ import annotations

import numpy as np
import pytest

from tests.importers_city.conftest import DATA, SHARED, ReadCity, needs_shared_data


def test_rotterdam_has_its_buildings_triangles_area_and_box(read_city: ReadCity) -> None:
    city = read_city(DATA / "rotterdam_subset.json")
    assert [e.kind for e in city.model.elements] == ["model", *["Building"] * 16]
    assert city.report.triangles == len(city.triangles()) == 622
    assert city.area() == pytest.approx(10636.3, abs=0.05)
    low, high = city.box()
    assert low == pytest.approx([90454.189, 435614.88, 0.0], abs=2e-4)
    assert high == pytest.approx([91002.419, 436048.217, 18.29], abs=2e-4)
    house = city.element("gml:{C9D4A5CF-094A-47DA-97E4-4A3BFD75D3AE}")
    assert house.properties["TerrainHeight"] == 3.03
    assert house.properties["bron_geo"] == "Lidar 15-30 punten - nov. 2008"
    assert set(city.materials()) == {"WallSurface", "RoofSurface", "GroundSurface"}


def test_the_hague_has_parts_below_their_buildings_and_the_materials_of_the_file(read_city: ReadCity) -> None:
    city = read_city(DATA / "DH_01_subs.city.json")
    kinds = [e.kind for e in city.model.elements]
    assert (kinds.count("Building"), kinds.count("BuildingPart")) == (4, 8)
    assert city.report.triangles == 148
    assert city.area() == pytest.approx(1730.8, abs=0.05)
    assert city.box()[1] == pytest.approx([78695.679, 458154.974, 14.739], abs=2e-4)
    part = city.element("gml:GUID_8CE54418-E2F7-49A7-9A8D-C3D172BA62C4_1")
    assert city.model.elements[part.parent].key == "gml:GUID_8CE54418-E2F7-49A7-9A8D-C3D172BA62C4"
    assert part.properties["AbsoluteRidgeHeight"] == 12.871
    reds = [m for m in city.model.materials if m.base_color[0] > 0.2 and m.base_color[1] == 0]
    assert reds


def test_a_sequence_has_a_building_for_each_feature(read_city: ReadCity) -> None:
    city = read_city(DATA / "lod2_buildings.city.jsonl")
    assert [e.kind for e in city.model.elements] == ["model", *["Building"] * 20]
    assert city.report.triangles == 320
    names = {e.name for e in city.model.elements[1:]}
    assert "Testcase-0-0_LoD2" in names
    boxes = [city.triangles()[i * 16 : i * 16 + 16].min((0, 1)) for i in range(20)]
    assert len(np.unique(np.round(boxes, 3), axis=0)) == 20


@needs_shared_data
def test_delfshaven_has_its_buildings_area_and_box(read_city: ReadCity) -> None:
    city = read_city(SHARED / "3-20-DELFSHAVEN.city.json")
    assert sum(e.kind == "Building" for e in city.model.elements) == 853
    assert city.report.triangles == pytest.approx(37797, abs=1)
    assert city.area() == pytest.approx(627077.1, abs=0.2)
    low, high = city.box()
    assert low == pytest.approx([90409.32, 435440.44, 0.0], abs=2e-4)
    assert high == pytest.approx([91453.879, 436089.946, 41.158], abs=2e-4)
    assert (city.model.epsg, city.model.origin) == (28992, (90409.32, 435440.44, 0.0))
    house = city.element("gml:{10A31B7E-8FC2-45EE-836A-1DB9FEF06E04}")
    assert house.properties["TerrainHeight"] == 1.37
    assert "Images that could not be used, so that their surfaces are plain: 148;" in city.said()


@needs_shared_data
def test_all_hundred_features_come_in(read_city: ReadCity) -> None:
    city = read_city(SHARED / "lod2_buildings_as_CityJSON_features.jsonl")
    assert (city.report.elements_in, city.report.elements_out, city.report.triangles) == (100, 100, 1600)
