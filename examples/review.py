"""A small review by a program: agenda, a topic with evidence, a vote, a verdict, and the files of it all.

Start a plant with ``walkdown serve``, then run ``python examples/review.py``. Who started the server leads.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from walkdown_client.guest import Guest


async def review(url: str, folder: Path) -> None:
    """Hold a review of the fillers and leave its results in a folder."""
    async with Guest.join(url, name="Reviewer") as guest:
        await guest.load_places()
        for check in (await guest.readiness()).checks:
            if check.found:
                print(f"{check.name}: {check.found}")
        item = await guest.put_agenda_item("Access to the fillers", minutes=10, owner="Reviewer")
        await guest.open_meeting("Filling lines", stage="60 %")
        await guest.step_agenda(item.item)

        topic = await guest.put_topic(
            "The valve is too high to reach", things=["L1.FIL"], priority="High", item=item.item, view=True
        )
        await guest.comment(topic.topic, "Lower it by 300 mm.")
        await guest.edit_topic(topic.topic, assigned="Reviewer", due="2026-12-01")
        vote = await guest.call_vote("Is that enough?", topic=topic.topic)
        await guest.cast_vote(vote.vote, 0)
        await guest.end_vote(vote.vote)
        await guest.give_verdict("approved_with_actions", "One action.")
        await guest.close_meeting()

        for name, data in [
            await guest.export("bcf-3.0"),
            await guest.export("html"),
            await guest.export("pack"),
        ]:
            (folder / name).write_bytes(data)
            print(f"{name}: {len(data)} bytes")


if __name__ == "__main__":
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else Path.cwd()
    asyncio.run(review(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8765", target))
