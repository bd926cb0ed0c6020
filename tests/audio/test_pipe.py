"""Messages over a pipe, on both ends."""

from __future__ import annotations

import contextlib
import io
import os

from walkdown_client.audio import pipe


def test_messages_come_out_as_they_went_in() -> None:
    reading, writing = os.pipe()
    sent = [b"", b"a", b"x" * 100_000]
    with os.fdopen(writing, "wb") as stream:
        writer = pipe.Writer(stream, name="test")
        received = []
        with os.fdopen(reading, "rb") as other:
            assert all(writer.write(data) for data in sent)
            incoming = pipe.messages(other)
            received = [next(incoming) for _ in sent]
            writer.close()
    assert received == sent


def test_a_cut_message_ends_it() -> None:
    assert list(pipe.messages(io.BytesIO(b"\x02\0\0\0ab\x05\0\0\0abc"))) == [b"ab"]
    assert list(pipe.messages(io.BytesIO(b"\x02\0"))) == []


def test_a_message_that_is_too_long_ends_it() -> None:
    assert list(pipe.messages(io.BytesIO(b"\xff\xff\xff\xff" + b"x" * 100))) == []


def test_who_does_not_read_is_noticed_and_waited_for_by_nobody() -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "wb")
    writer = pipe.Writer(stream, name="test")
    took = [writer.write(b"x" * 1000) for _ in range(pipe.WAITING_MAX + 500)]
    assert not all(took)
    os.close(reading)
    writer._thread.join(5)
    assert not writer._thread.is_alive()
    with contextlib.suppress(BrokenPipeError):
        stream.close()
