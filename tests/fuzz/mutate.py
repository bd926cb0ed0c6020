"""Bytes that nearly are what a decoder expects, and the count of how it took them."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.fuzz.decoders import Decoder

TELLING = (0, 1, 2, 0x7E, 0x7F, 0x80, 0x81, 0xC0, 0xC1, 0xDD, 0xDF, 0xFE, 0xFF)
"""Bytes on which lengths, signs and kinds turn."""

LONGEST = 1 << 16


def mutant(samples: Sequence[bytes], chance: random.Random) -> bytes:
    """Return a sample with up to four changes."""
    data = bytearray(chance.choice(samples))
    for _change in range(chance.randint(1, 4)):
        _change_once(data, samples, chance)
    return bytes(data[:LONGEST])


def _change_once(data: bytearray, samples: Sequence[bytes], chance: random.Random) -> None:
    place = chance.randint(0, len(data))
    end = min(len(data), place + chance.randint(1, 12))
    kind = chance.randrange(8)
    if kind == 0:
        del data[place:]
    elif kind == 1:
        del data[place:end]
    elif kind == 2:
        data[place:place] = chance.randbytes(chance.randint(1, 8))
    elif kind == 3:
        data[place:place] = data[place:end] * chance.randint(1, 20)
    elif kind == 4:
        other = chance.choice(samples)
        begin = chance.randint(0, len(other))
        data[place:end] = other[begin : begin + chance.randint(0, 40)]
    elif place < len(data):
        data[place] = (
            chance.choice(TELLING)
            if kind == 5
            else data[place] ^ (1 << chance.randrange(8))
            if kind == 6
            else chance.randrange(256)
        )


def run(decoder: Decoder, *, count: int, seed: int) -> tuple[int, int]:
    """Give a decoder so many mutants; returns how many it took and how many it refused.

    Raises:
        AssertionError: it raised something that it may not; names the bytes.
    """
    chance = random.Random(seed)
    taken = 0
    for _turn in range(count):
        data = mutant(decoder.samples, chance)
        try:
            decoder.decode(data)
            taken += 1
        except decoder.errors:
            pass
        except Exception as error:
            raise AssertionError(f"{decoder.name} raised {error!r} for {data.hex()}") from error
    return taken, count - taken
