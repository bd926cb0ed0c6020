"""When somebody sets the server's clock by a month, session time goes on as if nothing had happened."""

from __future__ import annotations

import ctypes.util
import time
from pathlib import Path

import pytest

from tests.chaos.histories import read_journal
from tests.chaos.stage import Stage, judge, kill, writers

NO_FAKETIME = "libfaketime is not installed"
DAYS = (30, -30, 0)
WRITING_SECS = 6.0
DAY_NS = 86_400 * 10**9

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def faketime_library() -> str | None:
    """Return the path of libfaketime, None where it is not installed."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    return str(found[0]) if found else ctypes.util.find_library("faketime")


@pytest.mark.skipif(faketime_library() is None, reason=NO_FAKETIME)
def test_clock_jumps_of_thirty_days_neither_lose_nor_reorder_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+0\n", encoding="utf-8")
    stage = Stage(
        tmp_path,
        environment={
            "LD_PRELOAD": faketime_library() or "",
            "FAKETIME_TIMESTAMP_FILE": str(offset),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        },
    )
    began_ns = time.time_ns()
    with stage, writers(stage) as working:
        server = stage.start()
        stage.wait_until_it_listens(server)
        for days in DAYS:
            time.sleep(WRITING_SECS)
            offset.write_text(f"{days:+d}d\n", encoding="utf-8")
            time.sleep(WRITING_SECS)
            kill(server)
            server = stage.start()
            stage.wait_until_it_listens(server)
        time.sleep(WRITING_SECS)
        histories = working.finish()
        kill(server)
    told = judge(stage, histories, jumps=len(DAYS))
    with capsys.disabled():
        print(f"\nclock jumps of 30 days: {told}")  # noqa: T201 - the counts are the result
    times_ns = [record.time_ns for record in read_journal(stage.session)]
    assert times_ns == sorted(times_ns)
    assert times_ns[0] - began_ns < DAY_NS, "the journal begins with the true time"
    assert "the system's clock was set" in stage.read_log()
