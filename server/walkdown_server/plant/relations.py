"""How the things of the demo plant hang together: the flow of bottles, the pipes, the services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from walkdown.twin import Relation, RelationKind, Thing
from walkdown_server.plant import utilities_table as ut
from walkdown_server.plant.machines_table import LINES

_FLOW = (
    "DEP",
    "C0",
    "RIN",
    "C1",
    "FIL",
    "CAP",
    "C2",
    "INS",
    "LAB",
    "C3",
    "ACC",
    "C4",
    "PAC",
    "CRT",
    "PAL",
    "PAL.ROL",
)
_CLEANED = (("L1.FIL",), ("L2.FIL",), ut.TANKS[:4], ut.TANKS[4:])
_NEEDS_AIR = ("RIN", "FIL", "CAP", "LAB", "PAC", "PAL", "DEP")


def relations(things: Sequence[Thing]) -> Iterator[Relation]:
    """All relations between the given things; what a thing is part of stands in ``Thing.parent``."""
    for line in LINES:
        yield from _chain((f"{line}.{suffix}" for suffix in _FLOW), "feeds")
        yield from _line_services(line)
    yield from _product_pipes()
    yield from _air_and_cooling()
    yield from _cleaning()
    yield from _pallets()
    yield from _places(things)


def _chain(ids: Iterable[str], kind: RelationKind) -> Iterator[Relation]:
    return (Relation(a, b, kind) for a, b in pairwise(ids))


def _to_all(source: str, targets: Iterable[str], kind: RelationKind) -> Iterator[Relation]:
    return (Relation(source, target, kind) for target in targets)


def _line_services(line: str) -> Iterator[Relation]:
    yield Relation(f"{line}.EMP", f"{line}.PAC", "feeds")
    yield from (Relation(f"{line}.{machine}", "HDR.AIR", "depends_on") for machine in _NEEDS_AIR)
    yield Relation(f"{line}.RIN", "HDR.WATER", "depends_on")
    yield Relation("HDR.WATER", f"{line}.RIN", "connects_to")
    yield from _to_all(f"{line}.FIL", ("HDR.PROD", "HX-101", *ut.CHILLERS), "depends_on")
    yield Relation("HDR.PROD", f"{line}.FIL", "connects_to")
    yield from (Relation("HDR.AIR", f"{line}.{machine}", "connects_to") for machine in _NEEDS_AIR)
    yield from _to_all(line, (f"EM-{line}",), "depends_on")


def _product_pipes() -> Iterator[Relation]:
    for number, pump in enumerate(ut.PRODUCT_PUMPS):
        for tank in (ut.TANKS[number], ut.TANKS[number + 4]):
            yield from _chain((tank, f"{tank}.XV", f"XV-{101 + number}"), "connects_to")
        yield from _chain((f"XV-{101 + number}", f"HV-{101 + number}", pump, "FT-101"), "connects_to")
        yield Relation(pump, f"{pump}.MOT", "depends_on")
    yield from _chain(("FT-101", "HX-101", "HDR.PROD"), "connects_to")
    yield Relation("HDR.STEAM", "HX-101", "connects_to")
    yield from _to_all("HX-101", ("HDR.STEAM", "FT-101", *ut.CHILLERS), "depends_on")
    yield from _to_all("HDR.PROD", (*ut.PRODUCT_PUMPS, "FT-101", "HX-101"), "depends_on")


def _air_and_cooling() -> Iterator[Relation]:
    for compressor in ut.COMPRESSORS:
        yield from _chain((compressor, "AD-1"), "connects_to")
        yield Relation("HDR.AIR", compressor, "depends_on")
    yield from _chain(("AD-1", "AR-1", "HDR.AIR"), "connects_to")
    for chiller, tower, pump in zip(ut.CHILLERS, ut.TOWERS, ut.CHILLED_PUMPS, strict=True):
        yield from _chain((tower, chiller, pump, "HX-101"), "connects_to")
        yield from _to_all(chiller, (tower, pump), "depends_on")


def _cleaning() -> Iterator[Relation]:
    for number, (pump, targets) in enumerate(zip(ut.CIP_PUMPS, _CLEANED, strict=True), 1):
        yield Relation(f"CIP-{number}", pump, "connects_to")
        yield from _to_all(pump, targets, "connects_to")


def _pallets() -> Iterator[Relation]:
    yield from (Relation(f"{line}.PAL.ROL", vehicle, "feeds") for line in LINES for vehicle in ut.VEHICLES)
    yield from (Relation(vehicle, rack, "feeds") for vehicle in ut.VEHICLES for rack in ut.RACKS)
    yield from (Relation(vehicle, f"{line}.DEP", "feeds") for line in LINES for vehicle in ut.VEHICLES)
    yield from (Relation(rack, door, "feeds") for rack in ut.RACKS for door in ut.DOORS)


def _places(things: Sequence[Thing]) -> Iterator[Relation]:
    for thing in things:
        if not thing.parent and thing.id != "HALL":
            yield Relation(thing.id, "HALL", "located_in")
