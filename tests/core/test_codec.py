"""Frames and blocks come back as they went, and foreign bytes are a value or a ProtocolError."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from walkdown.codec import (
    HANDS,
    JOINT_STEP,
    PoseFlag,
    Section,
    decompress,
    is_frame,
    pack_client_frame,
    pack_joints,
    pack_poses,
    pack_section,
    pack_server_frame,
    pack_thing_states,
    unpack_client_frame,
    unpack_hands,
    unpack_joints,
    unpack_poses,
    unpack_server_frame,
    unpack_thing_states,
)
from walkdown.errors import ProtocolError
from walkdown.signals import Block
from walkdown.twin import KINDS, Kind

NUMBER_KINDS = KINDS[:-1]


def block_of(kind: Kind, size: int) -> Block:
    return Block(kind, 0, size, 0)


# ---- frames -----------------------------------------------------------------------------------------


def test_a_server_frame_comes_back_section_by_section() -> None:
    frame = pack_server_frame(7, -5, [pack_section(Section.JOINTS, b"abc"), pack_section(Section.VOICE, b"")])
    tick, time_ns, sections = unpack_server_frame(frame)
    assert (tick, time_ns) == (7, -5)
    assert [(kind, bytes(payload)) for kind, payload in sections] == [(5, b"abc"), (7, b"")]


def test_a_client_frame_names_the_last_tick() -> None:
    tick, sections = unpack_client_frame(pack_client_frame(9, [pack_section(Section.POSES, b"x")]))
    assert (tick, bytes(sections[0][1])) == (9, b"x")


def test_ticks_wrap_after_32_bits() -> None:
    assert unpack_server_frame(pack_server_frame(2**32 + 3, 0, []))[0] == 3


def test_a_frame_is_told_from_a_control_message_by_its_first_byte() -> None:
    assert is_frame(pack_server_frame(1, 2, []))
    assert not is_frame(b"\x81\xa1t\xa3bye")
    assert not is_frame(b"")


def test_a_frame_of_another_version_is_refused_by_number() -> None:
    frame = b"\x02" + pack_server_frame(1, 2, [])[1:]
    with pytest.raises(ProtocolError, match="version 1 are understood, this one says 2"):
        unpack_server_frame(frame)


@given(st.integers(0, 40))
def test_a_cut_frame_is_refused_or_has_whole_sections(kept: int) -> None:
    frame = pack_server_frame(
        1, 2, [pack_section(Section.POSES, b"p" * 9), pack_section(Section.VOICE, b"v")]
    )
    with contextlib.suppress(ProtocolError):
        _tick, _time, sections = unpack_server_frame(frame[:kept])
        assert (
            pack_server_frame(1, 2, [pack_section(Section(k), bytes(p)) for k, p in sections]) == frame[:kept]
        )


def test_a_section_that_cannot_be_described_is_refused() -> None:
    with pytest.raises(ProtocolError, match="at most 16777215 bytes"):
        pack_section(Section.VOICE, bytes(1 << 24))


@pytest.mark.parametrize(
    "decode",
    [
        unpack_server_frame,
        unpack_client_frame,
        unpack_poses,
        unpack_hands,
        unpack_joints,
        unpack_thing_states,
        lambda data: decompress(data, limit=1000),
    ],
    ids=["server", "client", "poses", "hands", "joints", "states", "zstd"],
)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_value_or_a_protocol_error(decode: Callable[[bytes], object], data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        decode(data)


# ---- poses, states, joints ---------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.integers(0, 65535), st.floats(-2e6, 2e6), st.integers(0, 7), st.floats(0, 6.5)),
        max_size=9,
    )
)
def test_poses_come_back_to_the_millimetre(people: list[tuple[int, float, int, float]]) -> None:
    ids, metres, flags, ages = (list(column) for column in zip(*people, strict=True)) if people else [[]] * 4
    positions = np.array([[x, -x, x / 2] for x in metres]).reshape(-1, 3)
    quaternions = np.tile([1.0, 0.0, 0.0, 0.0], (len(people), 1))
    found = unpack_poses(pack_poses(ids, positions, quaternions, flags=flags, ages_secs=ages).tobytes())
    assert found.ids.tolist() == ids
    assert found.flags.tolist() == flags
    assert np.abs(found.positions - positions).max(initial=0) <= 0.00051
    assert np.abs(found.ages_secs - np.array(ages)).max(initial=0) <= 0.00006


def test_a_pose_far_away_stays_at_the_edge() -> None:
    record = pack_poses([1], [[1e9, -1e9, 0]], [[1, 0, 0, 0]])
    assert unpack_poses(record.tobytes()).positions[0] == pytest.approx([2147483.647, -2147483.648, 0])


def test_a_head_with_hands_is_a_head() -> None:
    record = np.zeros(1, HANDS)
    record["pose"] = pack_poses([5], [[1, 2, 3]], [[1, 0, 0, 0]], flags=PoseFlag.JUMPED)
    found = unpack_hands(record.tobytes())
    assert (found.ids[0], found.flags[0], found.positions[0].tolist()) == (5, PoseFlag.JUMPED, [1, 2, 3])


def test_states_of_things_come_back() -> None:
    things, states = unpack_thing_states(pack_thing_states([0, 70000], [3, 6]))
    assert (things.tolist(), states.tolist()) == ([0, 70000], [3, 6])


@given(st.lists(st.floats(-20000, 20000), max_size=20))
def test_joint_values_come_back_to_half_a_step(values: list[float]) -> None:
    joints, found = unpack_joints(pack_joints(np.arange(len(values)), values))
    assert joints.tolist() == list(range(len(values)))
    assert np.abs(found - np.array(values)).max(initial=0) <= 0.51 * JOINT_STEP


def test_half_a_pose_is_refused_with_numbers() -> None:
    with pytest.raises(ProtocolError, match="22 bytes each; 30 bytes"):
        unpack_poses(bytes(30))


# ---- compressed bytes ----------------------------------------------------------------------------------


def test_a_bomb_that_hides_its_size_is_refused() -> None:
    bomb = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(1_000_000))
    with pytest.raises(ProtocolError, match="at most 100 bytes"):
        decompress(bomb, limit=100)


def test_bytes_behind_a_compressed_block_are_refused() -> None:
    with pytest.raises(ProtocolError, match="unused data"):
        decompress(zstandard.ZstdCompressor().compress(b"abc") + b"x", limit=100)


def test_a_pose_has_22_bytes_in_the_order_of_the_protocol() -> None:
    record = pack_poses([513], [[0.001, -0.001, 1]], [[1, 0, 0, 0]], flags=4, ages_secs=0.05).tobytes()
    assert struct.unpack("<HHiiiIH", record) == (513, 4, 1, -1, 1000, 512 << 20 | 512 << 10 | 512, 500)
