"""All loops by name: made when they are first needed, no file among them."""

from __future__ import annotations

from functools import lru_cache

from walkdown_client.audio import loops_faults, loops_turning, loops_working
from walkdown_client.audio.synthesis import F32, Recipe, compose

RECIPES: dict[str, Recipe] = {**loops_turning.LOOPS, **loops_working.LOOPS, **loops_faults.LOOPS}
NAMES: tuple[str, ...] = tuple(RECIPES)
"""What a ``Sounds`` order counts from 0."""

INDEX = {name: number for number, name in enumerate(NAMES)}


@lru_cache(maxsize=len(NAMES))
def make(name: str) -> F32:
    """Return one period of a loop: float32 at 48 kHz, seamless, ``synthesis.LOOP_DBFS`` loud.

    Raises:
        KeyError: there is none of that name.
    """
    samples = compose(name, RECIPES[name])
    samples.flags.writeable = False
    return samples
