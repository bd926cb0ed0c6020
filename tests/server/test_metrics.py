"""The page for Prometheus: what it says, to whom, and that several processes make one page."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.server.conftest import House, open_house
from walkdown import codec, messages
from walkdown.codec import Section
from walkdown.voice import Packet, pack_packet
from walkdown_server.measures.energy import Energy
from walkdown_server.measures.metrics import Metrics, merged
from walkdown_server.ticks.tally import Spread, Traffic


async def page_of(house: House) -> dict[str, Metric]:
    url = f"http://127.0.0.1:{house.server.port}/metrics"
    data = await asyncio.to_thread(lambda: urllib.request.urlopen(url).read())
    return families(data)


def families(page: bytes) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(page.decode())}


def value(found: dict[str, Metric], name: str, **labels: str) -> float:
    family = found[f"walkdown_{name}"]
    return next(
        s.value for s in family.samples if labels.items() <= s.labels.items() and not s.name.endswith("_sum")
    )


async def test_the_page_counts_people_ticks_frames_and_commits(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Ben"):
        await ada.operate(messages.PutNote, note="n", text="hello", point=(0, 0, 0))
        house.sink.write([0], [5.0])
        await ada.until(lambda: ada.table.value(0) == 5.0)
        found = await page_of(house)
    assert value(found, "people", session="Test") == 2
    assert value(found, "connections", process="1") == 2
    assert value(found, "frames", session="Test") > 0
    assert value(found, "frame_bytes", session="Test") > value(found, "frames", session="Test")
    assert value(found, "tick_seconds", session="Test", le="+Inf") > 0
    assert value(found, "commit_seconds", session="Test", le="+Inf") >= 1
    assert value(found, "signals", session="Test") == len(house.catalogue.signals)
    assert 0 <= value(found, "signal_age_seconds", session="Test", quantile="0.95") < 60
    assert value(found, "history_bytes", session="Test") > 0
    assert value(found, "cpu_seconds", process="1") > 0


async def test_the_page_counts_packets_of_voice(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Ben") as ben:
        for guest in (ada, ben):
            await guest.move(1.0, 2.0)
            await guest.say(messages.Voice(ears=True))
        await ada.said("person", id=ben.me, ears=True)
        packet = codec.pack_section(Section.VOICE, pack_packet(Packet(1, 0, 0, 30, b"sound")))
        await ada.socket.send(codec.pack_client_frame(0, [packet, packet]))
        await ben.until(lambda: ben.voices)
        found = await page_of(house)
    assert value(found, "talkers", session="Test") == 1
    assert value(found, "voice_packets_in", session="Test") == 2
    assert value(found, "voice_packets_out", session="Test") == 1
    assert value(found, "voice_packets_dropped", session="Test", reason="old") == 1


async def test_someone_who_comes_back_is_counted_when_they_have_everything(house: House) -> None:
    async with house.guest("Ada") as ada:
        secret = ada.welcome["secret"]
    async with house.guest("Ada", resume=secret) as ada:
        await ada.until(lambda: len(ada.ticks) > 2)
        found = await page_of(house)
    assert value(found, "resume_seconds", session="Test", le="+Inf") == 1


async def test_refusals_and_cuts_are_counted_by_their_code(house: House) -> None:
    async with house.socket() as socket:
        await socket.send(messages.encode(messages.Ping(1)))
        await socket.recv()
    async with house.guest("Ada") as ada:
        await ada.socket.send(b"\x01\x00")
        await ada.said("refusal")
    found = await page_of(house)
    assert value(found, "refusals", session="Test", code="hello") == 1
    assert value(found, "cuts", session="Test", reason="message") == 1


async def test_downloads_are_counted(house: House) -> None:
    async with house.guest("Ada") as ada:
        blob = ada.welcome["catalogue"]
        url = f"http://127.0.0.1:{house.server.port}/blob/{blob['sha256']}"
        await asyncio.to_thread(lambda: urllib.request.urlopen(url).read())
        found = await page_of(house)
    assert value(found, "downloads", process="1") == 1
    assert value(found, "download_bytes", process="1") == blob["size"]


@pytest.mark.parametrize("opened", [False, True])
async def test_other_computers_see_the_page_only_if_that_was_set(tmp_path: Path, opened: bool) -> None:
    async with open_house(tmp_path, metrics_open=opened) as house:
        url = f"http://127.0.0.1:{house.server.port}/metrics"
        request = urllib.request.Request(url, headers={"X-Forwarded-For": "192.0.2.7"})

        def ask() -> int:
            try:
                status: int = urllib.request.urlopen(request).status  # noqa: S310 -- http, see above
            except urllib.error.HTTPError as error:
                return error.code
            return status

        assert await asyncio.to_thread(ask) == (200 if opened else 403)


def counters(folder: Path, microjoules: int) -> Path:
    zone = folder / "intel-rapl:0"
    part = folder / "intel-rapl:0:0"
    for place in (zone, part):
        place.mkdir(parents=True, exist_ok=True)
        (place / "energy_uj").write_text(str(microjoules))
        (place / "max_energy_range_uj").write_text("1000000000")
    return folder


def stat(folder: Path, busy_secs: float) -> Path:
    path = folder / "stat"
    path.write_text(f"cpu  {round(busy_secs * 100)} 0 0 5000 0 0 0 0 0 0\ncpu0 1 1 1\n")
    return path


def test_energy_is_shared_out_by_cpu_time_and_counters_that_wrap_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = 10.0
    monkeypatch.setattr("time.process_time", lambda: cpu)
    monkeypatch.setattr("os.sysconf", lambda _name: 100)
    energy = Energy(counters(tmp_path, 990_000_000), stat(tmp_path, 100.0))
    assert energy.joules == 0.0
    cpu += 1.0
    counters(tmp_path, 5_000_000)
    stat(tmp_path, 104.0)
    energy.look()
    assert energy.joules == pytest.approx(15.0 / 4)


def test_without_counters_nothing_is_said_of_energy_but_that(tmp_path: Path) -> None:
    energy = Energy(tmp_path, tmp_path / "stat")
    energy.look()
    assert energy.joules is None
    page = Metrics([], Traffic())
    page._energy = energy
    found = families(page.page())
    assert value(found, "energy_measured", process="1") == 0
    assert "RAPL" in found["walkdown_energy_measured"].documentation
    assert "walkdown_energy_joules" not in found


def test_counters_that_may_not_be_read_are_as_if_there_were_none(tmp_path: Path) -> None:
    place = counters(tmp_path, 5) / "intel-rapl:0" / "energy_uj"
    place.write_text("nonsense")
    assert Energy(tmp_path, stat(tmp_path, 1.0)).joules is None


def test_pages_of_several_processes_become_one_that_can_be_read() -> None:
    one, two = (Metrics([], Traffic(connections=n), process=n).page() for n in (1, 2))
    page = merged([one, two, b""])
    found = families(page)
    assert [value(found, "connections", process=p) for p in ("1", "2")] == [1, 2]
    assert page.count(b"# TYPE walkdown_connections gauge") == 1


def test_a_spread_counts_below_the_first_bound_that_is_not_smaller() -> None:
    spread = Spread((0.1, 1.0))
    for number in (0.05, 0.1, 0.5, 7.0):
        spread.add(number)
    assert spread.counts == [2, 1, 1]
    assert spread.total == pytest.approx(7.65)
