"""The commands: a BCF file is sent to a running session, looked into, and written in another version."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests import warm
from tests.exchange_bcf.made import BCFV, TOPIC, VERSION, bcf, comment, markup, view, zipped
from walkdown.errors import BadInput
from walkdown.review import MergeConflict, MergePlan, PlannedTopic
from walkdown_client.guest import Guest
from walkdown_client.send import SendPlan, send_files
from walkdown_client.send_topics import has_topics, plan_lines, say_plan
from walkdown_server.exchange.bcf import read
from walkdown_server.exchange.bcf.command import bcf as command


async def test_a_file_that_is_sent_is_merged_and_said(
    tmp_path: Path, unused_tcp_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bcf(after=comment() + view(), files={"v.bcfv": BCFV})
    path = tmp_path / "two.BCFZIP"
    path.write_bytes(data)
    arguments = ["serve", "--port", str(unused_tcp_port), "--data", str(tmp_path / "data")]
    server = await warm.create_subprocess_exec(
        sys.executable, "-m", "walkdown", *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        await server.stdout.readline()
        url = f"ws://127.0.0.1:{unused_tcp_port}/"
        await send_files(url, SendPlan([path], plan_only=True), name="Ada")
        first = capsys.readouterr().out
        assert "two.BCFZIP: BCF 2.1, 1 topic" in first
        assert "new: Pump (1 comment, 1 view)" in first
        assert "1 component is in no model here: ifc:1E8YkwPMfB$h99jtn_uAjI" in first
        assert "Nothing was changed." in first
        await send_files(url, SendPlan([path]), name="Ada")
        assert "1 new" in capsys.readouterr().out
        async with Guest.join(url, name="Bo") as guest:
            await guest.wait_for(lambda: TOPIC in guest.topics)
            assert guest.topics[TOPIC].title == "Pump"
    finally:
        server.kill()
        await server.wait()


def test_files_with_topics_are_told_from_models(tmp_path: Path) -> None:
    for name, parts in (("pack.zip", {"x/session.json": "{}"}), ("model.zip", {"a.glb": "glb"})):
        (tmp_path / name).write_bytes(zipped(parts))
    (tmp_path / "broken.zip").write_bytes(b"none")
    names = ("pack.zip", "model.zip", "broken.zip", "a.bcf", "b.ifc")
    assert [has_topics(tmp_path / name) for name in names] == [True, False, False, True, False]


def test_a_conflict_says_both_values_and_who_wins() -> None:
    conflicts = (
        MergeConflict("status", "Closed", "Open", "here", "It was changed here later."),
        MergeConflict("priority", "Low", "High", "file", "The file has changed it later."),
    )
    topic = PlannedTopic(TOPIC, "Pump", "changed", changes={"priority": "High"}, conflicts=conflicts)
    lines = list(plan_lines(MergePlan("a.bcf", "BCF 3.0", (topic,), ("It is odd.",))))
    assert lines == [
        "a.bcf: BCF 3.0, 1 topic",
        "  changed: Pump (priority)",
        "    status: 'Closed' here, which stays; 'Open' in the file. It was changed here later.",
        "    priority: 'Low' here, 'High' in the file, which wins. The file has changed it later.",
        "It is odd.",
    ]


def test_a_long_plan_is_cut_short() -> None:
    topics = tuple(PlannedTopic(f"{number}", f"T{number}", "new") for number in range(130))
    lines = list(plan_lines(MergePlan("a.bcf", "BCF 3.0", topics)))
    assert (len(lines), lines[-1]) == (102, "  … and 30 more")


def test_a_file_is_written_in_another_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "a.bcf", tmp_path / "b.bcf"
    path.write_bytes(zipped({"bcf.version": VERSION, f"{TOPIC}/markup.bcf": markup(after=comment())}))
    command(path, out=out, version="3.0")
    assert "a.bcf: BCF 2.1, 1 topic\n  Pump (Clash, Open, 1 comment, 0 views)\n" in capsys.readouterr().out
    there, before = read(out), read(path)
    assert there.version == "3.0"
    assert there.incoming.topics == before.incoming.topics
    assert there.incoming.vocabulary is not None
    assert there.incoming.vocabulary.statuses == ("Open",)
    assert {each.name for each in tmp_path.iterdir()} == {"a.bcf", "b.bcf"}


def test_what_a_file_says_moves_no_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.bcf"
    title = "Pu\x9b2Jmp\u202evil".encode()
    topic = markup().encode().replace(b"Pump", title)
    path.write_bytes(zipped({"bcf.version": VERSION, f"{TOPIC}/markup.bcf": topic}))
    command(path, out=None, version="3.0")
    assert "  Pu\ufffd2Jmp\ufffdvil (Clash" in capsys.readouterr().out
    say_plan(MergePlan("a.bcf", "BCF", (PlannedTopic(TOPIC, title.decode(), "new"),), ("\x1b[2Jodd",)))
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())


def test_a_file_that_is_not_there_or_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no\.bcf: there is no such file"):
        command(tmp_path / "no.bcf", out=None, version="3.0")
    path = tmp_path / "a.bcf"
    path.write_bytes(bcf())
    with pytest.raises(BadInput, match="cannot be written"):
        command(path, out=tmp_path / "no folder" / "b.bcf", version="3.0")
    with pytest.raises(BadInput, match=r"written as 2\.1 and 3\.0"):
        command(path, out=tmp_path / "b.bcf", version="1.0")
    assert not (tmp_path / "b.bcf").exists()
