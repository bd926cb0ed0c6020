"""What a server sends, from bytes to checked events.

Control messages are read with ``msgpack`` here and with ``msgspec`` on the server, so that each checks the
other. Within ``walkdown.1`` a newer server may say more: unknown sections, messages and keys are passed over.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, get_args

import msgpack
import msgspec
import numpy as np

from walkdown import messages
from walkdown.blocks import SignalValues, unpack_blocks
from walkdown.codec import (
    FRAME_SIZE_MAX,
    Poses,
    Section,
    decompress,
    unpack_hands,
    unpack_joints,
    unpack_poses,
    unpack_server_frame,
    unpack_thing_states,
)
from walkdown.errors import ProtocolError
from walkdown.messages import (
    Bye,
    History,
    HistoryPart,
    Media,
    Models,
    Note,
    Pong,
    Record,
    Refusal,
    ServerMessage,
    SignalHistory,
    Snapshot,
    Welcome,
)
from walkdown.signals import Layout
from walkdown.twin import Catalogue, ModelThings, make_catalogue
from walkdown_client.events import Event, Heard, Recorded, Tick
from walkdown_client.past import PastTold, PastValues

CATALOGUE_SIZE_MAX = 128 * 1024 * 1024
HISTORY_SIZE_MAX = 4 * 1024 * 1024
ITEMS_MAX = 1_000_000

T = TypeVar("T")
HEADS: dict[int, Callable[[memoryview], Poses]] = {
    Section.POSES: unpack_poses,
    Section.HANDS: unpack_hands,
}
for _kind in (Catalogue, ModelThings):
    msgspec.msgpack.Decoder(_kind)  # learns the types now: two threads that learn them at the same time crash

TAGS = {str(kind.__struct_config__.tag) for kind in get_args(ServerMessage)}


def decode_message(data: bytes | memoryview) -> messages.Message | None:
    """Return the one control message that ``data`` holds, None when it is of a kind we do not know.

    Raises:
        ProtocolError: it is anything else.
    """
    found = list(decode_messages(data))
    if len(found) != 1:
        raise ProtocolError(f"expected one control message, got {len(found)}")
    return found[0]


def decode_messages(data: bytes | memoryview) -> Iterator[messages.Message | None]:
    """Yield the control messages that stand one right after the other in ``data``."""
    for value in _unpacked(data):
        if not isinstance(value, dict) or not isinstance(value.get("t"), str):
            raise ProtocolError(f"a control message is a map with a key 't', got {type(value).__name__}")
        yield _converted(value, ServerMessage) if value["t"] in TAGS else None


def decode_catalogue(data: bytes) -> Catalogue:
    """Decode the catalogue blob and check that its references exist."""
    raw = decompress(data, limit=CATALOGUE_SIZE_MAX)
    catalogue: Catalogue = _converted(_one(raw), Catalogue)
    return make_catalogue(
        catalogue.epoch,
        things=catalogue.things,
        signals=catalogue.signals,
        relations=catalogue.relations,
        disturbances=catalogue.disturbances,
    )


def decode_snapshot(data: bytes) -> Snapshot:
    """Decode the snapshot blob."""
    snapshot: Snapshot = _converted(_one(decompress(data, limit=CATALOGUE_SIZE_MAX)), Snapshot)
    return snapshot


def decode_model_things(data: bytes) -> ModelThings:
    """Decode what a model brings to the twin."""
    things: ModelThings = _converted(_one(decompress(data, limit=CATALOGUE_SIZE_MAX)), ModelThings)
    return things


def decode_history(data: bytes, *, to_ns: int) -> PastTold:
    """Decode the answer to a question about the past, which ended at ``to_ns``."""
    history: History = _converted(_one(decompress(data, limit=HISTORY_SIZE_MAX)), History)
    told = {each.signal: _past_values(each) for each in history.signals}
    return PastTold(history.epoch, to_ns, told)


def _past_values(told: SignalHistory) -> PastValues:
    count = len(told.quality)
    if len(told.times_ns) != 8 * count or len(told.values) != 8 * count:
        raise ProtocolError(f"the past of signal {told.signal} has columns of different length")
    times = np.frombuffer(told.times_ns, "<M8[ns]")
    return PastValues(times, np.frombuffer(told.values, "<f8"), np.frombuffer(told.quality, np.uint8))


def event_of(message: messages.Message) -> Event | None:
    """Return what a message says to the world, None for those that only concern the connection."""
    if isinstance(message, Record):
        if message.kind != "note":
            return Recorded(message)
        note: Note = _converted(message.body, Note)
        return Recorded(message, msgspec.structs.replace(note, number=message.number))
    if isinstance(message, Welcome | Refusal | Pong | Bye | Models | HistoryPart | Media):
        return None
    return Heard(message)  # type: ignore[arg-type]


def decode_frame(data: bytes | memoryview, layout: Layout, epoch: int) -> tuple[Tick, list[messages.Message]]:
    """Decode every section of a frame from the server.

    Args:
        data: the frame. layout, epoch: of the catalogue, for the signal blocks.

    Raises:
        ProtocolError: a byte is not what ``walkdown.1`` allows.
    """
    if len(data) > FRAME_SIZE_MAX:
        raise ProtocolError(f"a frame has at most {FRAME_SIZE_MAX} bytes, this one has {len(data)}")
    tick, time_ns, sections = unpack_server_frame(data)
    said: list[messages.Message] = []
    found: dict[str, Any] = {}
    poses: list[Poses] = []
    signals: list[SignalValues] = []
    for kind, payload in sections:
        if kind in HEADS:
            poses.append(HEADS[kind](payload))
        elif kind == Section.SIGNALS:
            signals += unpack_blocks(payload, layout, epoch)
        elif kind == Section.THING_STATES:
            found["things"], found["states"] = _joined(
                found, ("things", "states"), unpack_thing_states(payload)
            )
        elif kind == Section.JOINTS:
            names = ("joints", "joint_values")
            found["joints"], found["joint_values"] = _joined(found, names, unpack_joints(payload))
        elif kind == Section.MESSAGES:
            said += [message for message in decode_messages(payload) if message is not None]
    return Tick(tick, time_ns, tuple(poses), tuple(signals), **found), said


def voice_in(data: bytes | memoryview) -> tuple[list[bytes], bool]:
    """Return the bundles of voice in a frame from the server, and whether nothing else is in it.

    Raises:
        ProtocolError: it is no frame.
    """
    _tick, _time_ns, sections = unpack_server_frame(data)
    bundles = [bytes(payload) for kind, payload in sections if kind == Section.VOICE]
    return bundles, 0 < len(bundles) == len(sections)


def _joined(found: dict[str, Any], names: tuple[str, str], arrays: tuple[Any, Any]) -> Iterable[Any]:
    """Return the arrays of a section, behind those of an earlier section of the same kind."""
    return (
        np.concatenate([found[name], new]) if name in found else new
        for name, new in zip(names, arrays, strict=True)
    )


def _one(data: bytes) -> object:
    values = list(_unpacked(data))
    if len(values) != 1:
        raise ProtocolError(f"expected one MessagePack value, got {len(values)}")
    return values[0]


def _unpacked(data: bytes | memoryview) -> Iterator[object]:
    size = len(data)
    unpacker = msgpack.Unpacker(
        max_buffer_size=size or 1,
        max_array_len=min(size, ITEMS_MAX),
        max_map_len=min(size, ITEMS_MAX),
        max_ext_len=0,
        object_pairs_hook=_checked_map,
        list_hook=_checked_list,
        strict_map_key=True,
    )
    try:
        unpacker.feed(data)
        end = 0
        for value in unpacker:
            end = unpacker.tell()
            yield value
    except (ValueError, TypeError, RecursionError, UnicodeDecodeError, msgpack.UnpackException) as error:
        raise ProtocolError(f"expected MessagePack, got bytes that are not ({error!r})") from error
    if end != size:
        raise ProtocolError(f"expected whole MessagePack values, {size - end} bytes at the end are none")


def _checked_map(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a map names a key twice")
    _check_numbers(result.values())
    return result


def _checked_list(items: list[Any]) -> list[Any]:
    _check_numbers(items)
    return items


def _check_numbers(values: Iterable[Any]) -> None:
    for value in values:
        if type(value) is float and not math.isfinite(value):
            raise ValueError("a number is not finite")


def _converted(value: object, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind, strict=True)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise ProtocolError(f"a message is not what walkdown.1 says: {error}") from error
