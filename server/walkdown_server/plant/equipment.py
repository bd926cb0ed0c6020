"""The twin of the demo plant: every machine and part with its plate, its signals and its relations."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np

from walkdown.twin import Catalogue, Disturbance, Limits, Signal, Thing, make_catalogue
from walkdown_server.plant.machines_table import LINE_DATA, Item, line_items
from walkdown_server.plant.relations import relations
from walkdown_server.plant.signal_specs import Band, Spec
from walkdown_server.plant.signals_table import SPECS
from walkdown_server.plant.type_plates import PLATES, SOUND_POWER_DB, Data
from walkdown_server.plant.utilities_table import utility_items

CAP_TORQUE, FILTER_CLOG, AIR_LEAK = "cap-torque", "filter-clog", "air-leak"

DISTURBANCES = (
    Disturbance(
        CAP_TORQUE,
        "Capper torque drifts",
        "L1.CAP",
        "The closing torque of line 1 climbs until the capper stops; its neighbours follow one by one.",
    ),
    Disturbance(
        FILTER_CLOG,
        "Product filter clogs",
        "FT-101",
        "The filter's pressure drop climbs, the flow falls, the bowls run low and both fillers slow down.",
    ),
    Disturbance(
        AIR_LEAK,
        "Compressed air leaks",
        "HDR.AIR",
        "Air escapes: the pressure falls, both compressors run at full load, machines hold.",
    ),
)

_GUARDED = {"line", "hall", "mezzanine", "room"}
"""Types without a serial number: they are places, not products."""


def catalogue(seed: int = 7) -> Catalogue:
    """Make the twin of the demo plant; equal seeds give equal catalogues."""
    items = [item for line in LINE_DATA for item in line_items(line)]
    items += utility_items()
    things = tuple(_thing(item, seed) for item in items)
    signals = (signal for thing in things for signal in _signals(thing))
    return make_catalogue(
        seed, things=things, signals=signals, relations=relations(things), disturbances=DISTURBANCES
    )


def element_key(thing_id: str) -> str:
    """Return the key of the element group that a thing draws."""
    return "plant:/" + thing_id.replace(".", "/")


def scale_of(thing: Thing, spec: Spec) -> float:
    """Return what range, limits and noise of a signal are multiplied by."""
    return float(thing.properties[spec.scale]) if spec.scale else 1.0


def _thing(item: Item, seed: int) -> Thing:
    plate = PLATES[item.type]
    product = item.type not in _GUARDED
    rng = np.random.default_rng([seed, zlib.crc32(item.id.encode())])
    year = int(rng.integers(2015, 2025))
    serial = f"{_initials(plate.maker)}{year % 100:02}-{int(rng.integers(10_000, 99_999))}"
    return Thing(
        item.id,
        item.name,
        type=item.type,
        element=element_key(item.id) if item.drawn else "",
        parent=item.parent,
        serial=serial if product else "",
        maker=plate.maker,
        model=plate.model,
        functions=item.functions or plate.functions,
        properties={**plate.data, **item.data, **_sound(item), **(_history(year, rng) if product else {})},
    )


def _sound(item: Item) -> Data:
    power_db = SOUND_POWER_DB.get(item.type)
    return {} if power_db is None else {"sound_power_db": power_db}


def _history(year: int, rng: np.random.Generator) -> Data:
    month, day = int(rng.integers(1, 10)), int(rng.integers(1, 28))
    return {"year built": year, "last service": f"2026-{month:02}-{day:02}"}


def _initials(maker: str) -> str:
    return "".join(word[0] for word in maker.split())


def _signals(thing: Thing) -> Iterator[Signal]:
    for spec in SPECS.get(thing.type, ()):
        scale = scale_of(thing, spec)
        yield Signal(
            f"{thing.id}.{spec.suffix}",
            thing.id,
            spec.name,
            kind=spec.kind,
            unit=spec.unit,
            minimum=spec.low * scale,
            maximum=spec.high * scale,
            limits=_limits(spec.limits, scale),
            labels=spec.labels,
            alarm_labels=spec.alarm,
            attention_labels=spec.attention,
            period_secs=spec.every,
            main=spec.main,
        )


def _limits(band: Band | None, scale: float) -> Limits | None:
    if band is None:
        return None
    return Limits(*(None if edge is None else round(edge * scale, 6) for edge in band))
