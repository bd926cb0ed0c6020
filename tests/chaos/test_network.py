"""A slow, lossy network with blackouts loses nothing, and who was cut off comes back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.chaos.network import NO_NAMESPACES, SERVER_ADDRESS, bad_network, can_be_made
from tests.chaos.stage import Stage, judge, kill, writers

DELAY_SECS = 0.04
"""One way: 80 ms there and back."""

LOSS = 0.02
BLACKOUTS = 4
BLACKOUT_SECS, BETWEEN_SECS = 6.0, 10.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.mark.skipif(not can_be_made(), reason=NO_NAMESPACES)
def test_delay_loss_and_blackouts_lose_and_double_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with bad_network(delay_secs=DELAY_SECS, loss=LOSS) as network:
        stage = Stage(
            tmp_path, before=network.server, arguments=(f"--host={SERVER_ADDRESS}", "--insecure-lan")
        )
        url = f"ws://{SERVER_ADDRESS}:{stage.port}"
        with stage, writers(stage, before=network.writers, url=url) as working:
            server = stage.start()
            stage.wait_until_it_listens(server)
            for _blackout in range(BLACKOUTS):
                time.sleep(BETWEEN_SECS)
                network.tell("cut")
                time.sleep(BLACKOUT_SECS)
                network.tell("mend")
            time.sleep(BETWEEN_SECS)
            histories = working.finish()
        carried, lost = network.end()
        kill(server)
    told = judge(stage, histories, blackouts=BLACKOUTS, packets=carried, lost=lost)
    with capsys.disabled():
        print(f"\nbad network: {told}")  # noqa: T201 - the counts are the result
    assert lost > LOSS / 2 * carried
    assert all(writer.resumed for writer in histories.writers)
