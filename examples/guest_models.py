"""Brings a model file into a session, puts it somewhere else, pins a note to it, and takes it out again.

Start a server with ``walkdown serve``, then run ``python examples/guest_models.py FILE``.
"""

from __future__ import annotations

import asyncio
import math
import sys

from walkdown_client.guest import Guest
from walkdown_client.placements import placed


async def show(url: str, path: str) -> None:
    """Bring the file in, turn it by a quarter, and say in a note what it is."""
    async with Guest.join(url, name="Modeller") as guest:
        sent = await guest.send_model(
            path,
            placement=placed((12.0, 4.0, 0.0)),
            on_progress=lambda phase, part: print(f"{phase} {part:.0%}"),
        )
        print(f"{sent.name} has {sent.elements} elements")
        print(sent.report)
        await guest.place_model(sent.model, placed((12.0, 4.0, 0.0), heading_rad=math.pi / 2))
        note = await guest.put_note("Just arrived", point=(12.0, 4.0, 1.0), model=sent.model)
        print(f"the note stands at {guest.world.note_position(guest.notes[note])}")
        await guest.remove_model(sent.model)


if __name__ == "__main__":
    asyncio.run(show(sys.argv[2] if len(sys.argv) > 2 else "ws://127.0.0.1:8765", sys.argv[1]))
