"""The sound process itself: started, told, killed, orphaned; a real child with OpenAL's output to nowhere."""

from __future__ import annotations

import os
import queue
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks._hearing_scene import looking, loop_at
from walkdown.errors import Missing
from walkdown_client.audio import devices
from walkdown_client.audio import process as process_module
from walkdown_client.audio.orders import Choice, State, Told, VoiceIn
from walkdown_client.audio.process import STARTS_MAX, SoundProcess

NOWHERE = {"WALKDOWN_AUDIO_DRIVERS": "null"}
WITHIN_SECS = 30.0


class Client:
    """What a client is told, and why the process ended."""

    def __init__(self, **environment: str) -> None:
        self.told: queue.Queue[Told] = queue.Queue()
        self.ended: queue.Queue[str] = queue.Queue()
        self.process = SoundProcess(self.told.put, self.ended.put, environment=NOWHERE | environment)

    def state(self, output: str | None = None) -> State:
        """Wait for a state, of this output if one is named."""
        while True:
            told = self.told.get(timeout=WITHIN_SECS)
            if isinstance(told, State) and (output is None or told.output == output):
                return told


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    yield made
    made.process.close()


def test_it_says_what_works_and_ends_when_told(client: Client) -> None:
    client.process.send(Choice())
    state = client.state("No Output")
    assert (state.hrtf, state.output_text) == ("on", "")
    client.process.close()
    assert client.process._child.returncode == 0
    assert client.ended.empty()
    client.process.send(Choice())  # says nothing to nobody


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_after_a_crash_it_is_started_again_and_told_all_it_knew(client: Client) -> None:
    for order in (Choice(mode="mono"), looking(), loop_at((0.0, 2.0, 1.7))):
        client.process.send(order)
    assert client.state("No Output").mode == "mono"
    os.kill(client.process.pid, signal.SIGKILL)
    while (state := client.state("No Output")).mode != "mono":
        pass
    assert state.underruns == 0
    assert client.process.starts == 2
    assert client.ended.empty()


def test_what_cannot_start_is_given_up_with_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "_MODULE", "walkdown_client.audio.no_such_module")
    client = Client()
    reason = client.ended.get(timeout=WITHIN_SECS)
    assert f"ended {STARTS_MAX} times" in reason
    assert "no_such_module" in reason
    assert client.process.starts == STARTS_MAX
    client.process.send(Choice())
    client.process.close()
    assert client.ended.empty()


def test_a_system_that_starts_no_process_costs_the_sound_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.process.send(Choice())
    client.state("No Output")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Missing, match="starts no sound process"):
        Client()
    client.process._child.kill()
    assert "starts no sound process" in client.ended.get(timeout=WITHIN_SECS)
    client.process.send(Choice())
    client.process.close()
    assert client.ended.empty()


def test_nothing_is_run_that_lies_in_the_folder_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("msgspec", "sounddevice"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w').close()")
    monkeypatch.chdir(tmp_path)
    client = Client()
    client.process.send(Choice())
    client.state("No Output")
    client.process.close()
    devices.look()
    assert not (tmp_path / "run").exists()


def test_nothing_is_left_of_it_on_the_disk(tmp_path: Path) -> None:
    client = Client(**dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path)))
    client.process.send(Choice())
    client.state("No Output")
    assert list(tmp_path.iterdir()) != []
    client.process.close()
    assert list(tmp_path.iterdir()) == []


def test_one_that_only_says_nonsense_is_ended_and_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nonsense = (
        "import sys, time\nsys.stdout.buffer.write(bytes([255] * 9))\nsys.stdout.flush()\ntime.sleep(99)"
    )
    (tmp_path / "nonsense.py").write_text(nonsense)
    monkeypatch.setattr(process_module, "_MODULE", "nonsense")
    monkeypatch.setattr(process_module, "STOP_SECS", 0.05)
    client = Client(PYTHONPATH=str(tmp_path))
    assert f"ended {STARTS_MAX} times" in client.ended.get(timeout=WITHIN_SECS)
    assert client.process._child.returncode


def test_a_flood_of_voices_is_not_taken_for_a_process_that_hangs(client: Client) -> None:
    client.process.send(Choice())
    client.state("No Output")
    for _bundle in range(20_000):
        client.process.send(VoiceIn(0, b""))
    client.process.send(Choice(mode="mono"))
    while client.state("No Output").mode != "mono":
        pass
    assert client.process.starts == 1


def test_orders_that_nobody_understands_harm_nothing(client: Client) -> None:
    client.process._writer.write(b"\xc1 no order")
    client.process.send(Choice())
    assert client.state("No Output").output_text == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_it_ends_with_its_parent_however_that_ends() -> None:
    code = (
        "import sys, time\n"
        "from walkdown_client.audio.process import SoundProcess\n"
        "process = SoundProcess(lambda told: None, print, environment={'WALKDOWN_AUDIO_DRIVERS': 'null'})\n"
        "print(process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        parent.stdout.read()
    _wait_for_the_end_of(child)
    assert not _is_alive(child)


def _wait_for_the_end_of(pid: int) -> None:
    """Wait for a process that is no child of ours, where the system can."""
    if sys.platform != "linux":
        pytest.skip("only Linux waits for a process that is not its child")
    try:
        ended = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    assert select.select([ended], [], [], WITHIN_SECS)[0]
    os.close(ended)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_a_light_process_loads_no_graphics_and_no_server() -> None:
    code = (
        "import sys, walkdown_client.audio.child\n"
        "print({'panda3d', 'imgui_bundle', 'websockets', 'walkdown_server', 'asyncio', 'av', 'rich'}"
        " & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
