"""What was so when a topic was made, as one JSON file that says all by itself: ``walkdown.evidence.1``.

Read and written here by the server, clients, packs and reports. Times are session time, UTC: an ISO 8601 text
beside nanoseconds, or nanoseconds after the topic was made. Values stand in columns, in the unit of their
signal; a number that is none is null. What is missing is said in English sentences.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.messages import Viewpoint
from walkdown.twin import QUALITIES, Kind, Limits

FORMAT: Final = "walkdown.evidence.1"
MEDIA = "application/json"
SIZE_MAX = 32 << 20
"""A file of more bytes is not read."""

AROUND_NS = 60_000_000_000
"""So long before and after the topic was made values are kept."""

SIGNALS_MAX, POINTS_MAX = 500, 300
"""At most so many signals, and of each so many values: the extremes are among them."""

ALARMS_MAX, PEOPLE_MAX = 500, 2000

Number = float | None
LimitName = Literal["", "low_alarm", "low", "high", "high_alarm", "label"]


class Moment(msgspec.Struct, frozen=True):
    """A time: nanoseconds since 1970, and the same as ISO 8601, UTC, to the microsecond."""

    ns: int
    utc: str


class EvidenceTopic(msgspec.Struct, frozen=True, omit_defaults=True):
    """The topic as it was when this was written.

    Attributes:
        things: ids. names: of these things, in the same order.
    """

    id: str
    index: int = 0
    title: str = ""
    description: str = ""
    type: str = ""
    status: str = ""
    priority: str = ""
    stage: str = ""
    discipline: str = ""
    labels: tuple[str, ...] = ()
    assigned: str = ""
    due: str = ""
    author: str = ""
    speaker: str = ""
    things: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class EvidenceModel(msgspec.Struct, frozen=True, omit_defaults=True):
    """A model that was shown.

    Attributes:
        package: SHA-256 of its manifest, which names the SHA-256 of each of its files.
    """

    model: str
    name: str
    revision: int
    package: str


class EvidencePerson(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody who was there; not ``connected`` when their connection had just broken."""

    author_id: str
    name: str
    role: str
    kind: str = "person"
    connected: bool = True


class EvidenceAlarm(msgspec.Struct, frozen=True, omit_defaults=True):
    """A signal that was in alarm or deserved attention.

    Attributes:
        limit: which one was passed, ``label`` where a word of an enum or bool is the alarm.
        limit_value: in the signal's unit. label: the word.
        own: whether it is of the things of the topic.
    """

    signal: str
    name: str
    thing: str
    thing_name: str
    state: Literal["alarm", "attention"]
    value: Number = None
    unit: str = ""
    quality: str = "good"
    limit: LimitName = ""
    limit_value: Number = None
    label: str = ""
    own: bool = False


class EvidenceDisturbance(msgspec.Struct, frozen=True):
    """A scripted fault that was active."""

    id: str
    name: str


class Series(NamedTuple):
    """The values of a signal: (n,) int64 session time, (n,) float64, NaN for none, (n,) uint8 quality."""

    times_ns: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    quality: npt.NDArray[np.uint8]


class EvidenceSignal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A signal and its values, each of which holds until the next.

    Attributes:
        labels: words of an enum by number. text: of a signal whose kind is text, what it was.
        after_ns: (n,) nanoseconds after the topic was made, below zero for before.
        values: (n,) in ``unit``, null for none. quality: (n,) places in ``qualities``.
    """

    signal: str
    name: str
    thing: str
    thing_name: str
    kind: Kind = "f32"
    unit: str = "1"
    minimum: Number = None
    maximum: Number = None
    limits: Limits | None = None
    labels: tuple[str, ...] = ()
    text: str = ""
    after_ns: Annotated[tuple[int, ...], Meta(max_length=10_000)] = ()
    values: Annotated[tuple[Number, ...], Meta(max_length=10_000)] = ()
    quality: Annotated[tuple[Annotated[int, Meta(ge=0, lt=4)], ...], Meta(max_length=10_000)] = ()

    def series(self, made_ns: int) -> Series:
        """Return its values as columns, with the session time of each."""
        return Series(
            np.array(self.after_ns, np.int64) + made_ns,
            np.array(self.values, np.float64),
            np.array(self.quality, np.uint8),
        )


class EvidenceFile(msgspec.Struct, frozen=True):
    """All of it; every key of this struct stands in the file.

    Attributes:
        state: ``waiting`` while the minute after is not over, ``partial`` when something is missing.
        made: when the topic was. written: when this was. begin, end: of the time whose values are here.
        view: how the topic was seen.
        alarms: those of the topic's things first. alarms_left_out: so many more there were.
    """

    session: str
    state: Literal["waiting", "complete", "partial"]
    topic: EvidenceTopic
    made: Moment
    written: Moment
    begin: Moment
    end: Moment
    format: Literal["walkdown.evidence.1"] = FORMAT
    view: Viewpoint | None = None
    models: Annotated[tuple[EvidenceModel, ...], Meta(max_length=1000)] = ()
    people: Annotated[tuple[EvidencePerson, ...], Meta(max_length=PEOPLE_MAX)] = ()
    alarms: Annotated[tuple[EvidenceAlarm, ...], Meta(max_length=ALARMS_MAX)] = ()
    alarms_left_out: int = 0
    disturbances: Annotated[tuple[EvidenceDisturbance, ...], Meta(max_length=1000)] = ()
    qualities: tuple[str, ...] = QUALITIES
    signals: Annotated[tuple[EvidenceSignal, ...], Meta(max_length=1000)] = ()
    missing: Annotated[tuple[str, ...], Meta(max_length=100)] = ()


_decoder = msgspec.json.Decoder(EvidenceFile)


def moment(ns: int) -> Moment:
    """Return a session time as both nanoseconds and text."""
    when = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(microseconds=ns // 1000)
    return Moment(ns, when.isoformat(timespec="microseconds").replace("+00:00", "Z"))


def columns(
    series: Series, *, made_ns: int, single: bool = False
) -> tuple[tuple[int, ...], tuple[Number, ...], tuple[int, ...]]:
    """Return ``after_ns``, ``values`` and ``quality`` of a signal.

    Args:
        series: oldest first. single: they have single precision, so that seven digits say all of them.
    """
    numbers = _seven_digits(series.values) if single else series.values
    values = numbers.astype(object)
    values[~np.isfinite(numbers)] = None
    after = (series.times_ns - made_ns).tolist()
    return tuple(after), tuple(values.tolist()), tuple(series.quality.tolist())


def _seven_digits(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return values (n,) with seven significant digits."""
    size = np.abs(values)
    plain = np.isfinite(values) & (size > 1e-30) & (size < 1e30)
    digits = np.zeros(len(values))
    np.floor(np.log10(size, out=digits, where=plain), out=digits)
    scale = 10.0 ** np.abs(6 - digits)
    up = digits <= 6
    shifted = np.round(np.where(up, values * scale, values / scale))
    return np.where(plain, np.where(up, shifted / scale, shifted * scale), values)


def pack_evidence(evidence: EvidenceFile) -> bytes:
    """Return the bytes of the file."""
    return msgspec.json.encode(evidence) + b"\n"


def unpack_evidence(data: bytes) -> EvidenceFile:
    """Return what a file holds.

    Raises:
        BadInput: it is too large, no evidence, or of a version that is not known here.
    """
    if len(data) > SIZE_MAX:
        text = _("the evidence has {size} bytes, at most {limit} are read")
        raise BadInput(text.format(size=len(data), limit=SIZE_MAX))
    try:
        found = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        text = _("this is no evidence as {format} has it ({reason}); take another copy of the file")
        raise BadInput(text.format(format=FORMAT, reason=error)) from error
    for signal in found.signals:
        if not len(signal.after_ns) == len(signal.values) == len(signal.quality):
            text = _(
                "the evidence is damaged: {signal} has {times} times, {values} values and {quality} qualities"
            )
            raise BadInput(
                text.format(
                    signal=signal.signal,
                    times=len(signal.after_ns),
                    values=len(signal.values),
                    quality=len(signal.quality),
                )
            )
    return found
