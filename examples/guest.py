"""A guest in twenty lines: walks through the demo plant, reads the fillers and leaves a note.

Start a plant with ``walkdown serve``, then run ``python examples/guest.py``.
"""

from __future__ import annotations

import asyncio
import sys

from walkdown_client.guest import Guest


async def visit(url: str) -> None:
    """Walk along both lines and write down what their fillers do."""
    async with Guest.join(url, name="Visitor") as guest:
        print(f"{len(guest.people)} people, {len(guest.things)} things, {len(guest.signals)} signals")
        guest.move_to((40.0, 2.9))
        await guest.walk([(42.0, 2.9)])
        for filler in ("L1.FIL", "L2.FIL"):
            guest.select(filler)
            speed = guest.value(f"{filler}.speed")
            print(f"{filler} is {guest.state(filler)} and fills {speed:.0f} bottles an hour")
        await guest.put_note("I was here and read the fillers.", thing="L1.FIL")


if __name__ == "__main__":
    asyncio.run(visit(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8765"))
