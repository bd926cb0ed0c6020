"""Binding files: what they mean, and how their mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.conftest import FakeSink
from walkdown.errors import SettingsError
from walkdown.twin import Catalogue, Limits, Signal, Thing, make_catalogue
from walkdown_server.sources import Sink, Source
from walkdown_server.sources.attach import Renumbered, attach_bindings
from walkdown_server.sources.bindings import Bindings, bind, read_bindings
from walkdown_server.sources.payloads import Format

EXAMPLE = Path(__file__).parents[2] / "examples" / "mqtt" / "bindings.toml"

SIGNAL = """
[[signal]]
topic = "plant/p1/temperature"
thing = "P-1"
name = "Bearing temperature"
"""
THING = '[[thing]]\nid = "P-1"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "bindings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def base() -> Catalogue:
    return make_catalogue(
        7,
        things=[Thing("P-1", "Pump 1"), Thing("P-2", "Pump 2"), Thing("T-1", "Tank")],
        signals=[Signal("T-1.level", "T-1", "Level"), Signal("T-1.note", "T-1", "Note", kind="text")],
    )


def read(folder: Path, text: str) -> Bindings:
    return read_bindings(written(folder, text))


def test_a_whole_file_is_understood(tmp_path: Path) -> None:
    bindings = read(
        tmp_path,
        """
        [broker]
        host = "broker.plant"
        port = 8883
        username = "viewer"
        tls = true

        [[thing]]
        id = "P-1"
        name = "Feed pump"
        type = "pump"
        element = "gltf:/Pumps/P-1"
        functions = ["feeds the filler"]
        properties = { power_kW = 5.5 }

        [[signal]]
        topic = "plant/p1"
        thing = "P-1"
        id = "P-1.temp"
        name = "Bearing temperature"
        unit = "Cel"
        range = [0, 120]
        limits = { high = 80, high_alarm = 95 }
        period_secs = 5
        path = "sensors.0.value"
        time_path = "ts"
        main = true
        """,
    )
    bound = bind(Catalogue(0), bindings)
    assert (bindings.broker.host, bindings.broker.port, bindings.broker.tls) == ("broker.plant", 8883, True)
    assert bound.catalogue.things[0].properties == {"power_kW": 5.5}
    assert bound.catalogue.signals == (
        Signal(
            "P-1.temp",
            "P-1",
            "Bearing temperature",
            unit="Cel",
            maximum=120,
            limits=Limits(high=80, high_alarm=95),
            period_secs=5,
            main=True,
        ),
    )
    (route,) = bound.routes
    assert (route.topic, route.signal, route.period_secs) == ("plant/p1", "P-1.temp", 5)
    assert route.format == Format("f32", path=("sensors", "0", "value"), time_path=("ts",))


def test_one_line_binds_every_thing_that_fits(tmp_path: Path) -> None:
    text = SIGNAL.replace("plant/p1/", "plant/{thing}/").replace('"P-1"', '"P-*"')
    bound = bind(base(), read(tmp_path, text))
    assert [(r.topic, r.signal) for r in bound.routes] == [
        ("plant/P-1/temperature", "P-1.bearing_temperature"),
        ("plant/P-2/temperature", "P-2.bearing_temperature"),
    ]
    assert [s.thing for s in bound.catalogue.signals[:3]] == ["T-1", "P-1", "P-2"]


def test_the_catalogue_keeps_what_it_had_and_gets_another_epoch(tmp_path: Path) -> None:
    bound = bind(base(), read(tmp_path, THING + SIGNAL))
    assert [t.id for t in bound.catalogue.things] == ["P-1", "P-2", "T-1"]
    assert bound.catalogue.things[0].name == "P-1"
    assert [s.id for s in bound.catalogue.signals] == ["T-1.level", "P-1.bearing_temperature", "T-1.note"]
    assert bound.catalogue.epoch != base().epoch
    assert bound.catalogue.epoch == bind(base(), read(tmp_path, THING + SIGNAL)).catalogue.epoch


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[broker", "the binding file is not TOML"),
        ("[brokers]", "there is no table [brokers]"),
        ("", "there is no [[signal]]"),
        ("[broker]\nport = 99999", "[broker], key port: Expected `int` <= 65535"),
        ('[broker]\nhots = "x"', "[broker]: Object contains unknown field `hots`"),
        ("[signal]", "write [[signal]] with two brackets"),
        ("signal = [3]", "[[signal]] number 1: Expected `object`, got `int`"),
        ('[[thing]]\nname = "x"', "[[thing]] number 1: Object missing required field `id`"),
        ("[[signal]]\nthing = 'P-1'\nname = 'x'", "missing required field `topic`"),
        (
            SIGNAL + "unit = 5",
            "[[signal]] number 1 (plant/p1/temperature), key unit: Expected `str`, got `int`",
        ),
        (SIGNAL + "kind = 'float'", "key kind: Invalid enum value 'float'"),
        (SIGNAL + "limits = { hi = 5 }", "unknown field `hi`"),
        (SIGNAL + "limits = { high = 'hot' }", "key limits.high: Expected `float | null`, got `str`"),
        (SIGNAL + "limits = { high = 9, high_alarm = 5 }", "key limits: low_alarm, low, high and high_alarm"),
        (SIGNAL + "range = [5, 5]", "key range: the lower end comes first"),
        (SIGNAL + "period_secs = -1", "key period_secs"),
        (SIGNAL + "kind = 'enum'", "key labels: an enum needs the words"),
        (SIGNAL.replace("p1/temp", "p1+/temp"), "key topic: + and # stand for a whole level"),
        (SIGNAL.replace("p1/temp", "#/temp"), "key topic: # may only be the last level"),
        (SIGNAL.replace('"P-1"', '"P-*"'), "key thing: a pattern needs {thing} in the topic"),
    ],
)
def test_a_mistake_is_named_with_file_table_and_key(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'bindings.toml'}: ")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.toml: the binding file cannot be read"):
        read_bindings(tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (SIGNAL.replace('"P-1"', '"P-9"'), "refers to the thing 'P-9'"),
        (SIGNAL + SIGNAL, "the signal id 'P-1.bearing_temperature' occurs twice"),
        (SIGNAL.replace("p1", "{thing}").replace('"P-1"', '"X-*"'), "no thing fits 'X-*'"),
    ],
)
def test_what_does_not_fit_the_twin_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        bind(base(), read(tmp_path, text))
    assert sentence in str(caught.value)


def test_the_example_is_a_good_binding_file() -> None:
    bound = bind(Catalogue(0), read_bindings(EXAMPLE))
    assert len(bound.routes) == len(bound.catalogue.signals) > 3


class _Counting:
    """A source for the base catalogue: writes 10, 11 … into its signals, then ends."""

    name = "counting"

    async def run(self, sink: Sink) -> None:
        sink.status("live")
        sink.write([0], [10.0])
        sink.text(1, "eleven")
        sink.joints([3], [0.5])
        assert sink.disturbances() == {"jam"}
        assert sink.now_ns() > 0


async def test_a_source_goes_on_in_a_larger_catalogue(tmp_path: Path, sink: FakeSink) -> None:
    older: tuple[Source, ...] = (_Counting(),)
    catalogue, sources = attach_bindings(base(), older, written(tmp_path, SIGNAL))
    assert isinstance(sources[0], Renumbered)
    assert [s.name for s in sources] == ["counting", "mqtt 127.0.0.1:1883"]
    await sources[0].run(sink)
    assert sink.newest() == {0: (10.0, 0, None)}
    assert sink.texts == [(2, "eleven", 0)]
    assert catalogue.signals[2].id == "T-1.note"
    assert sink.moves == [([3], [0.5])]
