"""Evidence of a topic as the server writes it, for tests of what is printed of it."""

from __future__ import annotations

import hashlib

import numpy as np

from tests.exchange_pack.reviews import BEGAN_NS, RAIL, files
from walkdown.review.evidence import (
    EvidenceAlarm,
    EvidenceFile,
    EvidenceModel,
    EvidencePerson,
    EvidenceSignal,
    EvidenceTopic,
    Series,
    columns,
    moment,
    pack_evidence,
)
from walkdown.twin import BAD, SIMULATED, STALE, Limits
from walkdown_server.exchange.report.plots import plot
from walkdown_server.exchange.report.words import Words

MADE_NS = BEGAN_NS + 60_000_000_000
AFTER = np.arange(-60.0, 60.0, 2.0)


def signal(
    name: str, values: list[float], quality: list[int] | None = None, **about: object
) -> EvidenceSignal:
    """Return a signal with a value each two seconds."""
    count = len(values)
    times = (AFTER[:count] * 1e9).astype(np.int64) + MADE_NS
    series = Series(times, np.array(values, np.float64), np.array(quality or [0] * count, np.uint8))
    after_ns, kept, qualities = columns(series, made_ns=MADE_NS, single=True)
    return EvidenceSignal(
        f"s-{name}",
        name,
        "P-101",
        "Feed pump <1>",
        after_ns=after_ns,
        values=kept,
        quality=qualities,
        **about,  # type: ignore[arg-type]
    )


def _file(*signals: EvidenceSignal) -> EvidenceFile:
    return EvidenceFile(
        "Hall 2",
        "partial",
        EvidenceTopic(RAIL.topic),
        moment(MADE_NS),
        moment(MADE_NS + 61_000_000_000),
        moment(MADE_NS - 60_000_000_000),
        moment(MADE_NS + 60_000_000_000),
        models=(EvidenceModel("hall", "Filling hall", 3, "a" * 64),),
        people=(EvidencePerson("a", "Ada Lindqvist", "chair"), EvidencePerson("c", "陈伟", "participant")),
        alarms=(
            EvidenceAlarm(
                "s-Vibration", "Vibration", "P-101", "Feed pump <1>", "alarm", 7.8, "mm/s",
                limit="high_alarm", limit_value=7.1, own=True,
            ),
        ),
        signals=signals,
        missing=("The values of 1 signal are missing.",),
    )  # fmt: skip


def _vibration() -> EvidenceSignal:
    values = (5 + 2.8 * np.exp(-((AFTER - 10) ** 2) / 300)).tolist()
    quality = [0] * len(values)
    quality[10:16] = [STALE] * 6
    quality[40:44] = [BAD] * 4
    values[40:44] = [float("nan")] * 4
    return signal("Vibration", values, quality, unit="mm/s", limits=Limits(high=4.5, high_alarm=7.1))


FILE = _file(
    signal("Temperature", [61.25] * len(AFTER), [SIMULATED] * len(AFTER), unit="Cel"),
    _vibration(),
    signal("State", (AFTER > 10).astype(float).tolist(), kind="enum", labels=("stopped", "running")),
)
DATA = pack_evidence(FILE)
EVIDENCE = hashlib.sha256(DATA).hexdigest()


def files_with_evidence(sha256: str) -> bytes | None:
    """Find what the store of the review has, and the evidence."""
    return DATA if sha256 == EVIDENCE else files(sha256)


def evidence(values: list[float]) -> str:
    """Return the picture of a signal with these values."""
    return plot(signal("Odd", values, unit="bar"), FILE, Words())
