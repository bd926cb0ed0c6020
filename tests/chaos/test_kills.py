"""A server that is killed again and again loses nothing that it acknowledged."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

import pytest

from tests.chaos.stage import Stage, judge, kill, writers

KILLS = 200
WRITERS = 16
ACKNOWLEDGED = 10_000
SYNCS = 50
LONGEST_SECS = 540.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_two_hundred_kills_at_random_lose_and_double_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, kills = random.Random(1), 0
    ends = time.monotonic() + LONGEST_SECS
    with Stage(tmp_path) as stage, writers(stage, count=WRITERS) as working:
        server = stage.start()
        while kills < KILLS and time.monotonic() < ends:
            if chance.random() > 0.1:
                stage.wait_until_it_listens(server)
            time.sleep(chance.uniform(0.05, 0.8))
            kill(server)
            kills += 1
            server = stage.start()
        stage.wait_until_it_listens(server)
        histories = working.finish()
        kill(server)
    told = judge(stage, histories, kills=kills)
    with capsys.disabled():
        print(f"\nkill -9 at random: {told}")  # noqa: T201 - the counts are the result
    assert kills >= KILLS
    assert histories.acknowledged >= ACKNOWLEDGED


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_a_kill_at_each_of_fifty_syncs_loses_and_doubles_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Stage(tmp_path) as stage, writers(stage) as working:
        for nth in range(1, SYNCS + 1):
            server = stage.start(before=killed_at_sync(nth))
            stage.wait_until_it_listens(server)
            server.wait(60)
            kill(server)
        server = stage.start()
        stage.wait_until_it_listens(server)
        histories = working.finish()
        kill(server)
    told = judge(stage, histories, syncs=SYNCS)
    with capsys.disabled():
        print(f"\nkill at each sync: {told}")  # noqa: T201 - the counts are the result


def killed_at_sync(nth: int) -> list[str]:
    """Return the command under which a program is killed as it enters its n-th fdatasync."""
    inject = f"inject=fdatasync:signal=KILL:when={nth}"
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", inject]
