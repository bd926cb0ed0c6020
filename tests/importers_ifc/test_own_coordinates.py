"""A package remembers how the own coordinates of its IFC files lie in it, where they are not its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.importers_ifc.conftest import Read, read_path
from tests.importers_ifc.forge import Forge
from tests.importers_ifc.test_georeference import on_a_map
from walkdown.package.source_frame import PACKAGE_FROM_SOURCE, frame_of, with_frame
from walkdown_server.importers.merge import Part, merge
from walkdown_server.importers.report import ImportReport


def lowest(source: dict[str, str], origin: tuple[float, float, float]) -> list[float]:
    """Where the file's (10, 2, 3) is in the reference system."""
    found = frame_of(source) @ np.array([10.0, 2.0, 3.0, 1.0])
    return [float(value) for value in found[:3] + origin]


def forge(**box: tuple[float, float, float]) -> Forge:
    made = Forge()
    made.box("IfcWall", "Wall", **box)
    return made


def test_a_file_that_stands_as_it_says_needs_no_word_of_it(read: Read) -> None:
    (source,) = read(forge()).model.sources
    assert source.keys() == {"file", "sha256", "schema"}


def test_a_file_that_is_turned_on_a_map_keeps_turn_and_shift(read: Read) -> None:
    made = forge(at=(10, 2, 3), size=(1e-3, 1e-3, 1e-3))
    on_a_map(made, XAxisAbscissa=0.6, XAxisOrdinate=0.8, Scale=0.9996)
    outcome = read(made)
    low, high = outcome.box("Wall")
    (source,) = outcome.model.sources
    assert lowest(source, outcome.model.origin) == pytest.approx(np.mean([low, high], 0), abs=2e-3)
    assert frame_of(source)[0, 0] == pytest.approx(0.6 * 0.9996)


def test_a_file_with_large_coordinates_keeps_what_was_taken_from_them(read: Read) -> None:
    outcome = read(forge(at=(4_000_000, 5_500_000, 0)))
    (source,) = outcome.model.sources
    assert any(outcome.model.origin)
    assert frame_of(source)[:3, 3].tolist() == [-value for value in outcome.model.origin]


def test_an_axis_and_a_unit_said_by_the_person_count(read: Read) -> None:
    (source,) = read(forge(), up="Y", unit=0.01).model.sources
    expected = [[10, 0, 0, 0], [0, 0, -10, 0], [0, 10, 0, 0], [0, 0, 0, 1]]
    assert frame_of(source) == pytest.approx(np.array(expected))


def test_two_files_together_keep_each_its_own(tmp_path: Path) -> None:
    models = [read_path(forge().save(tmp_path / name)).model for name in ("a.ifc", "b.ifc")]
    placement = (0.0, -1.0, 0.0, 50.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    parts = [Part(models[0], "a"), Part(models[1], "b", placement)]
    first, second = merge(parts, name="site", report=ImportReport(name="site")).sources
    assert PACKAGE_FROM_SOURCE not in first
    assert frame_of(second)[:3].ravel().tolist() == list(placement)


@pytest.mark.parametrize(
    "words",
    [
        "1 0 0 0 0 1 0 0 0 0 1",
        "1 0 0 0 0 1 0 0 0 0 1 nan",
        "1 0 0 0 0 1 0 0 0 0 1 1e300",
        "0 0 0 0 0 0 0 0 0 0 0 0",
        "1 0 0 0 0 2 0 0 0 0 1 0",
        "1 0 0 0 0 1 0 0 0 0 -1 0",
        "1e200 0 0 0 0 1e200 0 0 0 0 1e200 0",
        "word " * 12,
        "1 " * 400,
    ],
)
def test_what_is_no_frame_counts_as_none(words: str) -> None:
    assert (frame_of({PACKAGE_FROM_SOURCE: words}) == np.eye(4)).all()


def test_a_frame_is_read_as_it_was_written_to_the_last_digit() -> None:
    matrix = np.eye(4)
    matrix[:2, :2], matrix[:3, 3] = [[0.6, -0.8], [0.8, 0.6]], (6e6 + 0.1, -0.0, 1 / 3)
    source = with_frame({"file": "a.ifc"}, matrix)
    assert (frame_of(source) == matrix).all()
    assert "-0.0" not in source[PACKAGE_FROM_SOURCE]
    assert with_frame(source, np.eye(4)) == {"file": "a.ifc"}
