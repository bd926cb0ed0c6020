"""A review on a real server: what was decided is there after a restart, for whoever comes late."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
from pathlib import Path

import msgspec

from tests.server.conftest import House, open_house, unpack_blob
from tests.server.reviewing import CAMERA
from walkdown.messages import (
    Comment,
    OpenMeeting,
    PutComment,
    PutTopic,
    Record,
    Snapshot,
    TopicFields,
    Undo,
    Viewpoint,
)
from walkdown.review import ReviewState


def snapshot_of(house: House, sha256: str) -> Snapshot:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", house.server.port, timeout=5)) as line:
        line.request("GET", f"/blob/{sha256}")
        data = line.getresponse().read()
    return msgspec.convert(unpack_blob(data), Snapshot)


async def test_a_review_is_there_after_a_restart_for_whoever_comes_late(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada, house.guest("Bob") as bob:
        await ada.operate(OpenMeeting, title="60 %")
        fields, view = TopicFields("Pump", things=("P-101",)), Viewpoint("v", CAMERA)
        made = await ada.operate(PutTopic, topic="t", fields=fields, viewpoint=view)
        assert made["number"]
        await bob.operate(PutComment, comment=Comment("k", "t", "why?"))
        await ada.said("record", kind="comment")
        told = [msgspec.convert(one, Record) for one in ada.messages if one["t"] == "record"]
        here = ReviewState()
        for record in told:
            here.apply(record)
        secret = ada.welcome["secret"]
    async with open_house(tmp_path) as house, house.guest("Ada", resume=secret) as ada:
        sha256 = ada.welcome["snapshot"]["sha256"]
        state = ReviewState.of((await asyncio.to_thread(snapshot_of, house, sha256)).review)
        assert (state.meeting.title, state.meeting.on) == ("60 %", True)
        assert state.comments == here.comments
        assert state.viewpoints == here.viewpoints
        assert (
            msgspec.structs.replace(state.topics["t"], evidence=here.topics["t"].evidence) == here.topics["t"]
        )
        await ada.say(Undo(op=ada.welcome["last_op"] + 1))
        assert (await ada.said("reply"))["code"] == "changed"
