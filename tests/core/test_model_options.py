"""What people write of a model file is read, or refused in words."""

from __future__ import annotations

import pytest

from walkdown.errors import BadInput
from walkdown.messages import ImportOptions
from walkdown.model_options import parse_axis, parse_epsg, parse_point, parse_unit, read_options


@pytest.mark.parametrize(
    ("text", "metres"), [("mm", 0.001), (" M ", 1.0), ("0.0254", 0.0254), ("us-ft", 1200 / 3937), ("", None)]
)
def test_a_unit_is_a_name_or_a_length(text: str, metres: float | None) -> None:
    assert parse_unit(text) == metres


def test_systems_axes_and_points_are_read_as_people_write_them() -> None:
    assert [parse_epsg(text) for text in ("EPSG:7415", "7415", "")] == [7415, 7415, None]
    assert [parse_axis(text) for text in ("y", "Z", "")] == ["Y", "Z", None]
    assert [parse_point(text, "--at") for text in ("1,2", "1;2;-3.5", "")] == [(1, 2, 0), (1, 2, -3.5), None]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"unit": "furlong"}, "expected a unit such as m, dm"),
        ({"unit": "-1"}, "expected a unit"),
        ({"unit": "nan"}, "expected a unit"),
        ({"up": "X"}, "Y or Z"),
        ({"crs": "RD"}, "such as EPSG:7415"),
        ({"crs": "7"}, "such as EPSG:7415"),
        ({"origin": "1,b,2"}, "--origin X,Y,Z in metres"),
        ({"origin": "1"}, "--origin X,Y,Z in metres"),
        ({"scale": 0.0}, "a scale above 0"),
    ],
)
def test_what_cannot_be_read_is_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_options(**options)  # type: ignore[arg-type]


def test_nothing_said_leaves_all_to_the_file() -> None:
    assert read_options() == ImportOptions()
    assert read_options(unit="mm", up="y", scale=2.0, crs="7415", origin="1,2,3") == ImportOptions(
        0.001, "Y", 2.0, 7415, (1, 2, 3)
    )
