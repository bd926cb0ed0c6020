"""``walkdown top`` against a real server, and what it says when there is none."""

from __future__ import annotations

import asyncio
import io
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.testing
from rich.console import Console

from tests.server.conftest import House, open_house
from walkdown.errors import BadInput, Missing, Refused
from walkdown_server.measures import top
from walkdown_server.measures.figures import Change, Reading, read_page

PAGE = """\
# TYPE walkdown_people gauge
walkdown_people{{session="Hall"}} 3
# TYPE walkdown_frames_total counter
walkdown_frames_total{{session="Hall"}} {frames}
# TYPE walkdown_tick_seconds histogram
walkdown_tick_seconds_bucket{{session="Hall",le="0.001"}} {fast}
walkdown_tick_seconds_bucket{{session="Hall",le="0.01"}} {all}
walkdown_tick_seconds_bucket{{session="Hall",le="+Inf"}} {all}
walkdown_tick_seconds_count{{session="Hall"}} {all}
walkdown_tick_seconds_sum{{session="Hall"}} 1
"""


def reading(secs: float, **numbers: int) -> Reading:
    return read_page(PAGE.format(**numbers), secs=secs)


def test_rates_and_percentiles_are_those_between_two_readings() -> None:
    before, now = reading(10, frames=100, fast=1000, all=1000), reading(12, frames=160, fast=1010, all=1020)
    first, change = Change(None, before), Change(before, now)
    assert math.isnan(first.rate("frames_total", "Hall"))
    assert change.rate("frames_total", "Hall") == 30
    assert first.percentile("tick_seconds", "Hall", 0.95) < 0.001
    assert change.percentile("tick_seconds", "Hall", 0.5) == pytest.approx(0.001)
    assert change.percentile("tick_seconds", "Hall", 0.95) == pytest.approx(0.001 + 0.9 * 0.009)
    assert math.isnan(Change(now, now).percentile("tick_seconds", "Hall", 0.5))
    assert math.isnan(change.percentile("nothing", "Hall", 0.5))
    assert now.sessions() == ["Hall"]


def test_a_counter_of_a_server_that_was_started_again_does_not_run_backwards() -> None:
    before, now = reading(10, frames=100, fast=1, all=1), reading(11, frames=5, fast=1, all=1)
    assert Change(before, now).rate("frames_total", "Hall") == 0


async def test_one_table_names_the_session_and_who_is_there(house: House) -> None:
    async with house.guest("Ada") as ada:
        await ada.until(lambda: len(ada.ticks) > 2)
        url = f"http://127.0.0.1:{house.server.port}"
        result = await asyncio.to_thread(_run, url)
    assert result.exit_code == 0, result.output
    assert "Test" in result.output
    assert "tick p95" in result.output
    assert "1 connection" in result.output


def _run(url: str) -> typer.testing.Result:
    app = typer.Typer()
    app.command()(top.top)
    return typer.testing.CliRunner().invoke(app, [url, "--once"], env={"COLUMNS": "220"})


async def test_it_looks_again_until_q_is_pressed_also_while_nobody_answers(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = top.Source(f"ws://127.0.0.1:{house.server.port}/")
    first = await asyncio.to_thread(source.read)
    reads: list[Reading] = []

    def read(_source: top.Source) -> Reading:
        reads.append(first)
        if len(reads) == 2:
            raise Missing("nobody is there")
        return first

    pressed: Iterator[str] = iter(["", "", "x", "q"])
    monkeypatch.setattr(top.Source, "read", read)
    top.watch(source, first, lambda _secs: next(pressed))
    assert len(reads) == 3
    source.close()


def test_a_server_that_does_not_answer_is_named(unused_tcp_port: int) -> None:
    with pytest.raises(Missing, match=f"No server answers at 127.0.0.1:{unused_tcp_port}"):
        top.Source(f"127.0.0.1:{unused_tcp_port}").read()


async def test_a_server_of_this_computer_that_is_encrypted_is_read_all_the_same(tmp_path: Path) -> None:
    async with open_house(tmp_path, host="0.0.0.0") as house:  # noqa: S104 -- is what makes it encrypted
        for url in ("127.0.0.1", "walkdown://127.0.0.1"):
            source = top.Source(f"{url}:{house.server.port}")
            found = await asyncio.to_thread(source.read)
            source.close()
            assert found.sessions() == ["Test"]


@pytest.mark.parametrize("url", ["ftp://x", "http://", "//"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="no address"):
        top.Source(url)


def test_what_is_no_page_of_metrics_is_refused() -> None:
    for page in ("<html>", "# TYPE other gauge\nother 1\n"):
        with pytest.raises(Refused, match="not a Walkdown server"):
            read_page(page, secs=0)


def test_what_the_server_does_not_show_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    source = top.Source("http://192.0.2.1:8765")
    monkeypatch.setattr(source, "_get", lambda: (403, ""))
    with pytest.raises(Refused, match="--metrics-open"):
        source.read()


def test_an_address_without_a_port_and_a_link_without_its_secret(capsys: pytest.CaptureFixture[str]) -> None:
    assert top.Source("https://twin.example").name == "twin.example:443"
    assert top.Source("walkdown://127.0.0.1:8766/Hall#SECRET.FINGERPRINT").name == "127.0.0.1:8766"
    with pytest.raises(BadInput) as error:
        top.Source("gopher://x#SECRET")
    assert "SECRET" not in str(error.value)
    assert capsys.readouterr().out == ""


def test_numbers_are_short() -> None:
    assert [top.amount(n) for n in (0, 999, 1234, 5.6e6, 7e9, math.nan)] == [
        "0", "999", "1.2 k", "5.6 M", "7.0 G", "–"
    ]  # fmt: skip
    assert [top.milliseconds(s) for s in (0.00123, 0.25, math.nan)] == ["1.2 ms", "250 ms", "–"]


@pytest.mark.skipif(sys.platform == "win32", reason="keys are read in another way on Windows")
def test_a_terminal_that_is_none_gives_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _secs: None)
    with top.keys() as pressed:
        assert pressed(1.0) == ""


def test_a_few_sessions_fit_a_narrow_terminal_and_many_stand_below_each_other() -> None:
    page = PAGE.format(frames=1, fast=1, all=1)
    many = "".join(f'walkdown_people{{session="S{number}"}} 1\n' for number in range(9))
    for text, width in ((page, 80), (page + many, 220)):
        console = Console(width=width, record=True, file=io.StringIO())
        console.print(top.shown(Change(None, read_page(text, secs=1)), "here"))
        printed = console.export_text()
        assert "Hall" in printed
        assert "person → client p95" in printed
