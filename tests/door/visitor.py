"""A guest on the other machine: reads from standard input where to go, and says as JSON what it found.

Run as ``python -m tests.door.visitor``; the input is a link, or ``code`` and a short code.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from walkdown.errors import WalkdownError
from walkdown_client.guest import JOIN_SECS, Guest
from walkdown_client.pair import address_for_code

SIGNAL = "L1.FIL.speed"


async def visit(where: str) -> dict[str, Any]:
    """Join, look at a value, write a note, and leave."""
    kind, _space, code = where.partition(" ")
    address = await asyncio.to_thread(address_for_code, code) if kind == "code" else where
    patience_secs = 3.0 if where.startswith("ws://") else JOIN_SECS  # there nobody is expected to answer
    async with Guest.join(address, name="Far", kind="person", within_secs=patience_secs) as guest:
        await guest.wait_for(lambda: guest.value(SIGNAL) != 0)
        note = await guest.put_note("Seen from the other machine", point=(3.0, 4.0, 0.0))
        return {
            "role": guest.role,
            "people": sorted(person.name for person in guest.people.values()),
            "value": guest.value(SIGNAL),
            "note": guest.notes[note].text,
        }


def main() -> None:
    try:
        found = asyncio.run(visit(sys.stdin.readline().strip()))
    except WalkdownError as error:
        found = {"error": type(error).__name__, "text": str(error)}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
