"""All hostile files: special ones by kind, and every sound file cut off, changed, and under a wrong name."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.hostile import archive_cases, city_cases, glb_cases, ifc_cases, mesh_cases, scene_cases, xml_cases
from tests.hostile.cases import METRES, Case, case
from tests.hostile.samples import SOUND
from walkdown.messages import ImportOptions

CUTS = (0.1, 0.5, 0.9, 0.99)
CHANGES = 4
WITHOUT_UNIT = ("obj", "stl-text", "stl-binary", "ply-text", "ply-binary")


def _options(kind: str) -> ImportOptions:
    return METRES if kind in WITHOUT_UNIT else ImportOptions()


def _cut(data: bytes, part: float) -> Callable[[], bytes]:
    return lambda: data[: int(len(data) * part)]


def _changed(data: bytes, seed: int) -> Callable[[], bytes]:
    """Returns a maker of ``data`` with a few bytes that are others; equal seeds change equal bytes."""

    def make() -> bytes:
        rng = random.Random(seed)
        changed = bytearray(data)
        for _ in range(rng.randrange(1, 12)):
            digits = b'0123456789-.[]{}(),:"e#<>/'
            changed[rng.randrange(len(data))] = (
                rng.choice(digits) if rng.random() < 0.6 else rng.randrange(256)
            )
        return bytes(changed)

    return make


def _damaged() -> Iterator[Case]:
    """Yields every sound file cut off, changed, empty, random, and with what another kind holds."""
    kinds = sorted(SOUND)
    for number, kind in enumerate(kinds):
        main, files = SOUND[kind]
        beside = {name: data for name, data in files.items() if name != main}
        data, options = files[main], _options(kind)
        stranger = SOUND[kinds[(number + 4) % len(kinds)]]
        versions: dict[str, bytes | Callable[[], bytes]] = {
            **{f"cut off at {part:.0%}": _cut(data, part) for part in CUTS},
            **{f"changed bytes {n}": _changed(data, 100 * number + n) for n in range(CHANGES)},
            "empty": b"",
            "random bytes": random.Random(number).randbytes(20_000),
            "what another kind holds": stranger[1][stranger[0]],
        }
        for name, version in versions.items():
            yield case(f"{kind}/{name}", main, version, beside=beside, options=options)


CASES: list[Case] = [
    *_damaged(),
    *glb_cases.CASES,
    *mesh_cases.CASES,
    *xml_cases.CASES,
    *ifc_cases.CASES,
    *city_cases.CASES,
    *archive_cases.CASES,
    *scene_cases.CASES,
]


def spread(count: int) -> list[Case]:
    """Returns about ``count`` quick cases, taken evenly from all."""
    quick = [found for found in CASES if not found.slow]
    step = len(quick) / count
    return [quick[int(n * step)] for n in range(count)]
