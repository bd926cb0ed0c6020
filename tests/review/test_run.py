"""Twelve people run a review from the agenda to the verdict, and the server is killed in the middle."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.review.conftest import Plant, unzip
from walkdown import messages as m
from walkdown.errors import Refused
from walkdown_client.guest import Guest

NAMES = ("Chair", "Driver", "Scribe", "Ana", "Bo", "Cy", "Dee", "Eli", "Fay", "Gus", "Hal")
AT_FILLER, AT_TANK, MEANT = (42.0, 2.9), (10.0, 20.0), (42.0, 5.0, 1.0)


class Company:
    """Eleven people from this computer, and one who comes by an invitation as observer."""

    def __init__(self, people: dict[str, Guest]) -> None:
        self.people = people
        self.chair, self.driver, self.scribe = people["Chair"], people["Driver"], people["Scribe"]
        self.ana, self.bo, self.ivy = people["Ana"], people["Bo"], people["Ivy"]
        self.following: dict[Guest, asyncio.Task[None]] = {}

    async def all_see(self, holds: Callable[[Guest], object]) -> None:
        """Wait until something holds for everybody."""
        await asyncio.gather(*(one.wait_for(partial(bool_of, holds, one)) for one in self.people.values()))

    def follow_driver(self, guest: Guest) -> None:
        self.following[guest] = asyncio.create_task(guest.follow(self.driver.id))

    def leave(self) -> None:
        for task in self.following.values():
            task.cancel()


@contextlib.asynccontextmanager
async def everybody(plant: Plant) -> AsyncIterator[Company]:
    async with contextlib.AsyncExitStack() as stack:
        joined = await asyncio.gather(*(stack.enter_async_context(plant.guest(name)) for name in NAMES))
        people = dict(zip(NAMES, joined, strict=True))
        link = (await people["Chair"].invite("observer")).links[0]
        people["Ivy"] = await stack.enter_async_context(plant.guest("Ivy", link))
        company = Company(people)
        stack.callback(company.leave)
        yield company


async def test_a_review_runs_from_the_agenda_to_the_verdict(plant: Plant, tmp_path: Path) -> None:
    async with everybody(plant) as company:
        items = await begin(company)
        await try_the_voice_of_the_driver(company)
        await turn_to_the_first_point(company, items[0])
        await look_behind_the_tank_and_come_back(company)
        topic = await write_an_issue_down(company, items[0])
        question = await let_an_observer_speak(company)
        await lose_the_server(company, plant, topic)
        await settle_disputes(company, items, question)
        pack, page = await close(company)
    check_pack(unzip(pack, tmp_path / "pack"), topic)
    for word in (topic.title, "Two actions.", "Ana", "Filler access", "Close the point?"):
        assert word in page


async def begin(company: Company) -> list[m.AgendaItem]:
    """Agenda, duties, and who is there."""
    chair = company.chair
    await asyncio.gather(chair.load_places(), company.scribe.load_places())
    views = [await chair.keep_view(title=title) for title in ("Filler", "Tanks")]
    items = [
        await chair.put_agenda_item(title, minutes=10, owner="Ana", viewpoints=(view.viewpoint,))
        for title, view in zip(("Filler access", "Tank farm"), views, strict=True)
    ]
    await chair.open_meeting("Filling line", stage="60 %")
    await chair.set_duty("driver", company.driver.id)
    await chair.set_duty("scribe", company.scribe.id)
    await company.all_see(lambda guest: len(guest.review.attendance) == 12 and len(guest.meeting.duties) == 2)
    return items


async def try_the_voice_of_the_driver(company: Company) -> None:
    """The driver speaks, and for each of the others it is known that the words were sent to them."""
    for guest in company.people.values():
        guest.tune(ears=True)
        guest.move_to(AT_TANK)
    driver = company.driver.id
    await company.all_see(lambda guest: all(person.ears for person in guest.people.values()))
    others = [guest for guest in company.people.values() if guest.id != driver]
    await company.driver.wait_for(lambda: all(near(company.driver, one, AT_TANK) for one in others))
    await company.driver.speak(0.1 * np.sin(2 * np.pi * 220 * np.arange(9600) / 48_000))
    pairs = await company.chair.voice_health()
    heard = {pair.listener for pair in pairs if pair.speaker == driver and pair.sent}
    assert heard == {guest.id for guest in others}


async def turn_to_the_first_point(company: Company, item: m.AgendaItem) -> None:
    """The driver turns to it and calls everybody; a ray and a ping show what is meant; two follow."""
    driver, chair, ana, bo = company.driver, company.chair, company.ana, company.bo
    await driver.step_agenda(item.item)
    driver.move_to(AT_FILLER)
    driver.share_view(driver.view_here())
    driver.gather()
    await company.all_see(lambda guest: guest.world.together.gathered and guest.meeting.item == item.item)
    driver.point_at(MEANT, thing="L1.FIL")
    driver.ping(MEANT, thing="L1.FIL")
    together = ana.world.together
    await ana.wait_for(lambda: bool(together.pointing.get(driver.id) and together.pings))
    assert together.pointing[driver.id].point == MEANT
    assert together.views[driver.id].view is not None
    company.follow_driver(ana)
    company.follow_driver(bo)
    await chair.wait_for(lambda: all(chair.people[one.id].following == driver.id for one in (ana, bo)))
    await chair.wait_for(lambda: near(chair, ana, AT_FILLER))


async def look_behind_the_tank_and_come_back(company: Company) -> None:
    """Somebody leaves the group to look alone, which everybody sees, and comes back."""
    chair, bo = company.chair, company.bo
    company.following[bo].cancel()
    bo.attend(following=0, private=True)
    bo.move_to(AT_TANK)
    await chair.wait_for(lambda: chair.people[bo.id].private and near(chair, bo, AT_TANK))
    bo.attend(private=False)
    company.follow_driver(bo)
    await chair.wait_for(lambda: chair.people[bo.id].following != 0 and near(chair, bo, AT_FILLER))


async def write_an_issue_down(company: Company, item: m.AgendaItem) -> m.Topic:
    """One call makes an issue with view and evidence; owner and due date follow, the owner accepts."""
    scribe, ana = company.scribe, company.ana
    topic = await scribe.put_topic(
        "The valve cannot be reached",
        things=["L1.FIL"],
        item=item.item,
        speaker="Bo",
        priority="High",
        view=True,
    )
    assert topic.index == 1
    owner = scribe.people[ana.id]
    await scribe.edit_topic(topic.topic, assigned="Ana", assigned_id=owner.author, due="2026-12-01")
    await ana.wait_for(lambda: topic.topic in ana.topics and ana.topics[topic.topic].due == "2026-12-01")
    await ana.accept(topic.topic)
    await scribe.wait_for(lambda: scribe.topics[topic.topic].evidence.file is not None)
    assert scribe.topics[topic.topic].evidence.state == "waiting"
    return topic


async def let_an_observer_speak(company: Company) -> m.Topic:
    """An observer may look and write, raises a hand, and is promoted."""
    chair, ivy = company.chair, company.ivy
    with pytest.raises(Refused):
        await ivy.put_topic("May I?")
    ivy.raise_hand()
    await chair.wait_for(lambda: chair.people[ivy.id].hand)
    await chair.set_role(ivy.id, "participant")
    await ivy.wait_for(lambda: ivy.role == "participant")
    return await ivy.put_topic("Is the platform wide enough?", things=["L1.FIL"])


async def lose_the_server(company: Company, plant: Plant, topic: m.Topic) -> None:
    """What was acknowledged stands, and what is said meanwhile is sent when the server is back."""
    ana, chair = company.ana, company.chair
    await plant.kill()
    draft = asyncio.create_task(ana.comment(topic.topic, "300 mm lower will do."))
    await ana.wait_for(lambda: not ana.connected)
    await plant.start()
    await draft
    await company.all_see(lambda guest: guest.connected and len(guest.topics) == 2 and guest.meeting.on)
    assert ana.topics[topic.topic].accepted
    assert ana.topics[topic.topic].evidence.state == "waiting", "the minute has not passed"
    await chair.wait_for(lambda: bool(chair.review.comments_on(topic.topic)))
    assert [c.text for c in chair.review.comments_on(topic.topic)] == ["300 mm lower will do."]


async def settle_disputes(company: Company, items: list[m.AgendaItem], question: m.Topic) -> None:
    """One is parked, another is voted on; everybody can write."""
    chair, ana, ivy = company.chair, company.ana, company.ivy
    await company.scribe.edit_topic(question.topic, parked=True)
    vote = await chair.call_vote("Close the point?", item=items[0].item)
    await company.all_see(lambda guest: vote.vote in guest.review.votes)
    await asyncio.gather(*(guest.cast_vote(vote.vote, 0) for guest in company.people.values()))
    assert len((await chair.end_vote(vote.vote)).ballots) == 12
    with pytest.raises(Refused):
        await ana.cast_vote(vote.vote, 1)
    await ivy.write("See {0}", links=[f"topic:{question.topic}"])
    await company.driver.step_agenda(items[1].item)
    await company.all_see(lambda guest: guest.review.agenda[items[0].item].done)


async def close(company: Company) -> tuple[bytes, str]:
    """The verdict stands with name, role and time; the results are taken along before the window closes."""
    chair = company.chair
    verdict = await chair.give_verdict("approved_with_actions", "Two actions.")
    assert (verdict.author, verdict.role) == ("Chair", "admin")
    assert verdict.time_ns > chair.meeting.began_ns > 0
    await chair.close_meeting()
    there = chair.review.attendance.values()
    assert sorted(one.name for one in there) == sorted([*NAMES, "Ivy"])
    assert all(span[1] for one in there for span in one.spans), "with its end, all have gone"
    _name, pack = await chair.export("pack")
    _name, page = await chair.export("html")
    return pack, page.decode()


def check_pack(pack: Path, topic: m.Topic) -> None:
    """What was decided stands in the pack, as text and as BCF, with its evidence."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(pack.rglob("*.md")))
    for word in (topic.title, "300 mm lower will do.", "Two actions.", "Is the platform wide enough?"):
        assert word in text
    kept = [json.loads(path.read_text("utf-8")) for path in pack.rglob("evidence/*.json")]
    (evidence,) = [one for one in kept if topic.topic in json.dumps(one)]
    assert "L1.FIL.speed" in json.dumps(evidence)
    assert list(pack.rglob("*.bcf"))


def bool_of(holds: Callable[[Guest], object], guest: Guest) -> bool:
    return bool(holds(guest))


def near(guest: Guest, other: Guest, place: tuple[float, float]) -> bool:
    there = guest.position_of(other.id)
    return there is not None and float(np.linalg.norm(there[:2] - place)) < 2.5
