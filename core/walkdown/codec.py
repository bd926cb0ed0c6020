"""The bytes of a frame: header, sections, and what is inside each.

A WebSocket message whose first byte is 0x01 is a *frame*; every other one is a MessagePack map, see
``messages``. All numbers are little-endian. The page ``docs/protocol.md`` describes every byte.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import zstandard

from walkdown.errors import ProtocolError
from walkdown.frames import pack_quaternions, unpack_quaternions

FRAME_VERSION = 1
SERVER_HEADER = struct.Struct("<BIq")
"""version, tick, session time ns."""

CLIENT_HEADER = struct.Struct("<BI")
"""version, last tick received."""

SECTION_HEADER_SIZE = 4
SECTION_SIZE_MAX = (1 << 24) - 1
FRAME_SIZE_MAX = 4 * 1024 * 1024

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


class Section(IntEnum):
    """What a section holds; MESSAGES holds control messages, one MessagePack map right after the other."""

    POSES = 1
    HANDS = 2
    SIGNALS = 3
    THING_STATES = 4
    JOINTS = 5
    MESSAGES = 6
    VOICE = 7


class PoseFlag(IntEnum):
    """Bits of a pose's flags."""

    JUMPED = 1
    """Do not interpolate from the pose before."""
    STANDING_STILL = 2
    SPEAKING = 4


POSE = np.dtype(
    [("id", "<u2"), ("flags", "<u2"), ("position_mm", "<i4", 3), ("rotation", "<u4"), ("age", "<u2")]
)
"""22 bytes: a head. ``age`` in 0.1 ms: how old the sample was when the tick was made."""

HANDS = np.dtype(
    [
        ("pose", POSE),
        ("left_mm", "<i2", 3),
        ("left_rotation", "<u4"),
        ("right_mm", "<i2", 3),
        ("right_rotation", "<u4"),
    ]
)
"""42 bytes: a head and two hands; hands are relative to the head, in the head's frame."""

THING_STATE = np.dtype([("thing", "<u4"), ("state", "u1")])
JOINT = np.dtype([("joint", "<u2"), ("value", "<i4")])
JOINT_STEP = 1e-5
"""Radians or metres of one step of a joint's value."""


# ---- frames -----------------------------------------------------------------------------------------


def pack_section(kind: Section, payload: bytes) -> bytes:
    """Return a section: kind u8, length u24, payload."""
    if len(payload) > SECTION_SIZE_MAX:
        raise ProtocolError(
            f"a section holds at most {SECTION_SIZE_MAX} bytes, this {kind.name} has {len(payload)}"
        )
    return (kind | len(payload) << 8).to_bytes(SECTION_HEADER_SIZE, "little") + payload


def pack_server_frame(tick: int, time_ns: int, sections: Sequence[bytes]) -> bytes:
    """Join packed sections into a frame from the server."""
    return b"".join((SERVER_HEADER.pack(FRAME_VERSION, tick & 0xFFFFFFFF, time_ns), *sections))


def pack_client_frame(last_tick: int, sections: Sequence[bytes]) -> bytes:
    """Join packed sections into a frame from a client."""
    return b"".join((CLIENT_HEADER.pack(FRAME_VERSION, last_tick & 0xFFFFFFFF), *sections))


def is_frame(message: bytes | memoryview) -> bool:
    """Tell whether a WebSocket message is a frame and not a control message."""
    return len(message) > 0 and message[0] == FRAME_VERSION


def unpack_server_frame(frame: bytes | memoryview) -> tuple[int, int, list[tuple[int, memoryview]]]:
    """Return tick, session time in ns, and the sections as (kind, payload).

    Raises:
        ProtocolError: the frame is cut or has another version.
    """
    view = _checked(frame, SERVER_HEADER.size)
    _, tick, time_ns = SERVER_HEADER.unpack_from(view)
    return tick, time_ns, list(_sections(view, SERVER_HEADER.size))


def unpack_client_frame(frame: bytes | memoryview) -> tuple[int, list[tuple[int, memoryview]]]:
    """Return the last tick that the client received and the sections as (kind, payload)."""
    view = _checked(frame, CLIENT_HEADER.size)
    _, last_tick = CLIENT_HEADER.unpack_from(view)
    return last_tick, list(_sections(view, CLIENT_HEADER.size))


def _checked(frame: bytes | memoryview, header_size: int) -> memoryview:
    view = memoryview(frame)
    if len(view) < header_size:
        raise ProtocolError(f"a frame has at least {header_size} bytes, this one {len(view)}")
    if view[0] != FRAME_VERSION:
        raise ProtocolError(f"frames of version {FRAME_VERSION} are understood, this one says {view[0]}")
    return view


def _sections(view: memoryview, offset: int) -> Iterator[tuple[int, memoryview]]:
    while offset < len(view):
        if offset + SECTION_HEADER_SIZE > len(view):
            raise ProtocolError(f"the frame ends inside a section header at byte {offset}")
        head = int.from_bytes(view[offset : offset + SECTION_HEADER_SIZE], "little")
        offset += SECTION_HEADER_SIZE
        size = head >> 8
        if offset + size > len(view):
            raise ProtocolError(
                f"a section of {size} bytes is announced at byte {offset}, {len(view) - offset} are there"
            )
        yield head & 0xFF, view[offset : offset + size]
        offset += size


def _records(payload: bytes | memoryview, dtype: np.dtype[np.void], noun: str) -> npt.NDArray[np.void]:
    if len(payload) % dtype.itemsize:
        raise ProtocolError(
            f"{noun} have {dtype.itemsize} bytes each; {len(payload)} bytes are no whole number of them"
        )
    return np.frombuffer(payload, dtype)


# ---- poses ------------------------------------------------------------------------------------------


def pack_poses(
    ids: npt.ArrayLike,
    positions: npt.ArrayLike,
    quaternions: npt.ArrayLike,
    *,
    flags: npt.ArrayLike = 0,
    ages_secs: npt.ArrayLike = 0.0,
) -> npt.NDArray[np.void]:
    """Return (n,) records of ``POSE`` from positions (n, 3) in metres and unit quaternions (n, 4)."""
    positions_mm = np.asarray(positions, np.float64).reshape(-1, 3) * 1000
    out = np.zeros(len(positions_mm), POSE)
    out["id"], out["flags"] = ids, flags
    out["position_mm"] = np.rint(positions_mm).clip(-(2**31), 2**31 - 1)
    out["rotation"] = pack_quaternions(quaternions)
    out["age"] = np.clip(np.rint(np.asarray(ages_secs) * 1e4), 0, 65535)
    return out


@dataclass(frozen=True, slots=True)
class Poses:
    """Heads of many people.

    Attributes:
        ids: (n,) uint16. flags: (n,) uint16, see ``PoseFlag``.
        positions: (n, 3) float64 metres, site frame. quaternions: (n, 4) float64, site_from_head.
        ages_secs: (n,) float64, age of the sample when the tick was made.
    """

    ids: npt.NDArray[np.uint16]
    flags: npt.NDArray[np.uint16]
    positions: F64
    quaternions: F64
    ages_secs: F64


def unpack_poses(payload: bytes | memoryview) -> Poses:
    """Decode a POSES section."""
    return _poses(_records(payload, POSE, "poses"))


def _poses(r: npt.NDArray[np.void]) -> Poses:
    return Poses(
        r["id"], r["flags"], r["position_mm"] / 1000.0, unpack_quaternions(r["rotation"]), r["age"] / 1e4
    )


def unpack_hands(payload: bytes | memoryview) -> Poses:
    """Decode the heads of a HANDS section."""
    return _poses(_records(payload, HANDS, "heads with hands")["pose"])


# ---- thing states and joints ------------------------------------------------------------------------


def pack_thing_states(things: npt.ArrayLike, states: npt.ArrayLike) -> bytes:
    """Encode the THING_STATES payload from thing indices and states (n,)."""
    indices = np.asarray(things)
    out = np.zeros(len(indices), THING_STATE)
    out["thing"], out["state"] = indices, states
    return out.tobytes()


def unpack_thing_states(payload: bytes | memoryview) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """Return thing indices (n,) and states (n,)."""
    r = _records(payload, THING_STATE, "thing states")
    return r["thing"], r["state"]


def pack_joints(joints: npt.ArrayLike, values: npt.ArrayLike) -> bytes:
    """Encode the JOINTS payload from joint indices and values (n,) in radians or metres."""
    indices = np.asarray(joints)
    out = np.zeros(len(indices), JOINT)
    out["joint"] = indices
    out["value"] = np.rint(np.asarray(values, np.float64) / JOINT_STEP).clip(-(2**31), 2**31 - 1)
    return out.tobytes()


def unpack_joints(payload: bytes | memoryview) -> tuple[npt.NDArray[np.uint16], F64]:
    """Return joint indices (n,) and values (n,) in radians or metres."""
    r = _records(payload, JOINT, "joints")
    return r["joint"], r["value"] * JOINT_STEP


def decompress(
    body: bytes | memoryview, *, limit: int, reader: zstandard.ZstdDecompressor | None = None
) -> bytes:
    """Undo one zstd frame that holds at most ``limit`` bytes and nothing after it.

    Args:
        reader: undoes many for one caller, which is quicker than a new one for each.

    Raises:
        ProtocolError: it holds more, or is no whole zstd frame; nothing large is allocated first.
    """
    try:
        announced = zstandard.frame_content_size(body)
        if announced > limit:
            raise ProtocolError(f"at most {limit} bytes were expected, the zstd frame announces {announced}")
        undo = reader or zstandard.ZstdDecompressor()
        return undo.decompress(body, max_output_size=limit, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise ProtocolError(
            f"compressed bytes cannot be read ({error}); at most {limit} bytes were expected"
        ) from error
