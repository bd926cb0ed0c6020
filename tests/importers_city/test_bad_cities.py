"""Damaged and hostile CityJSON: one clear sentence each, or an honest report of what is missing."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.importers_city.conftest import DATA, ReadCity
from tests.importers_city.forge import UNIT_BOX, building, city, feature, sequence, solid
from walkdown.errors import ImportFailed

WHOLE = json.dumps(city())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("hello CityJSON", "cut off or damaged"),
        (WHOLE[:200], "cut off or damaged"),
        ("[" * 100_000, "it is JSON, but no CityJSON"),
        ('{"type":"CityJSON","CityObjects":' + '{"a":' * 100_000, "nested too deeply"),
        (b"\xff\xfe{\x00}\x00", "cut off or damaged"),
        (b'{"type":"CityJSON","version":"2.0","metadata":"\xff"}', "UTF-8"),
        ("[]", "it is JSON, but no CityJSON"),
        ("{}", "missing required field `type`"),
        (
            '{"type":"FeatureCollection","features":[]}',
            "its type should be 'CityJSON', but is 'FeatureCollection'",
        ),
        ('{"type":"CityJSON"}', "has version ''"),
        ('{"type":"CityJSON","version":"0.9"}', "has version '0.9'"),
        ('{"type":"CityJSON","version":"3.0"}', "has version '3.0'"),
        (city({}), "nothing in the file can be drawn"),
        (city(vertices=[]), "a surface with a vertex that the file does not have"),
        (city(vertices=[[0, 0]] * 8), "length 3"),
        (city(vertices=[["a", 0, 0]] * 8), "Expected `float`"),
        (city(vertices=[[0, 0, 0]] * 8), "a surface without an area"),
        (city(vertices=[[1e300, 1e300, 1e300 * i] for i in range(8)]), "nothing in the file can be drawn"),
        (city(transform={"scale": [0, 0, 0], "translate": [0, 0, 0]}), "a surface without an area"),
        (city(transform={"scale": [1e200] * 3, "translate": [0, 0, 0]}), "nothing in the file can be drawn"),
        (city(transform={"scale": [1], "translate": [0, 0, 0]}), "it is JSON, but no CityJSON"),
    ],
)
def test_a_bad_file_is_named(read_city: ReadCity, text: Any, sentence: str) -> None:
    with pytest.raises(ImportFailed) as caught:
        read_city(text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            json.dumps(feature("a")) + "\n" + json.dumps(feature("b")),
            "a feature needs a line of type CityJSON before it",
        ),
        ('{"type":"Feature"}\n{"type":"Feature"}', "a sequence starts with a line of type CityJSON"),
        ('{"type": nonsense}\n{"type":"CityJSONFeature"}', "line 1: it should be JSON"),
        (sequence({"type": "CityJSONFeature"}), "nothing in the file can be drawn"),
    ],
)
def test_a_bad_sequence_is_named(read_city: ReadCity, text: str, sentence: str) -> None:
    with pytest.raises(ImportFailed) as caught:
        read_city(text, "town.city.jsonl")
    assert sentence in str(caught.value)


def test_a_sequence_that_is_cut_off_keeps_its_whole_features_and_says_so(read_city: ReadCity) -> None:
    text = sequence(feature("a"), feature("b"))
    drawn = read_city(text[:-40] + "\n\nnonsense\n", "town.city.jsonl")
    assert drawn.report.triangles == 12
    assert "2 were left out: a line that is no CityJSON feature" in drawn.said()


def test_a_sequence_in_a_json_file_and_a_document_in_a_jsonl_file_are_read(read_city: ReadCity) -> None:
    assert read_city(sequence(feature("a"), feature("b")), "town.json").report.triangles == 24
    assert read_city(json.dumps(city(), indent=1), "town.jsonl").report.triangles == 12
    assert read_city("\ufeff" + WHOLE).report.triangles == 12


def test_each_feature_has_vertices_of_its_own(read_city: ReadCity) -> None:
    moved = [[x + 10, y, z] for x, y, z in UNIT_BOX]
    short = feature("c", UNIT_BOX[:4])
    drawn = read_city(sequence(feature("a"), feature("b", moved), short), "town.city.jsonl")
    assert drawn.triangles().max((0, 1)).tolist() == [11, 1, 1]
    assert drawn.report.triangles == 26
    assert "5 were left out: a surface with a vertex that the file does not have" in drawn.said()


def test_values_that_json_does_not_know_are_taken_for_unknown(read_city: ReadCity) -> None:
    text = json.dumps(
        city({"a": building(solid(), attributes={"height": float("nan"), "note": "NaN, really"})})
    )
    drawn = read_city(text)
    assert drawn.element("gml:a").properties == {"note": "NaN, really", "lod": "2.2"}
    assert "Values NaN or Infinity, which JSON does not know, taken for unknown: 1." in drawn.said()


def test_a_file_cut_off_anywhere_is_refused(read_city: ReadCity) -> None:
    whole = (DATA / "DH_01_subs.city.json").read_bytes().rstrip()
    for length in range(0, len(whole), 997):
        with pytest.raises(ImportFailed):
            read_city(whole[:length])


def test_mutated_files_are_imported_or_refused_but_nothing_else(read_city: ReadCity) -> None:
    whole = WHOLE.encode()
    rng = random.Random(7)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(rng.randrange(1, 4)):
            damaged[rng.randrange(len(whole))] = rng.choice(b'0123456789-.[]{},:"e9n')
        try:
            read_city(bytes(damaged))
        except ImportFailed:
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
    assert min(outcomes.values()) > 20
