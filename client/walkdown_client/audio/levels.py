"""How loud a thing is in truth, and how loud it is played: sound power, level at 1 m, level of a loop.

In truth: a source of sound power level L_W, dB re 1 pW, makes L_p = L_W + 10 lg(Q / 4πr²) at the distance r
in the free field, with Q = 2 on a floor (ISO 9613-2, 7.3 with D_Ω = 3 dB; D. A. Bies, C. H. Hansen,
Engineering Noise Control, chapter 5). Levels here are A-weighted.

Played: nobody wants 85 dB in headphones, and a voice must be understood beside the machine that it speaks
of. A voice of 60 dB at 1 m (ISO 9921, normal effort) is played as its recording is, about −26 dBFS; a machine
that is louder than :data:`KNEE_DB` at 1 m keeps a quarter of what it has more, so that 70, 85 and 100 dB
become 51, 55 and 59; and all machines together are taken back where they would make more than
:data:`TOGETHER_MAX_DB` at the listener's head, and 6 dB further while somebody near by speaks, quickly down
and slowly up, as the ear adapts. What is quieter than the knee keeps its true distance to a voice; nothing is
ever made louder than it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.synthesis import LOOP_DBFS

F64 = npt.NDArray[np.float64]

FLOOR_Q = 2.0
"""Directivity of what stands on a floor: it sends into half of the space."""

SPEECH_DB, SPEECH_DBFS = 60.0, -26.0
KNEE_DB, KEPT_SHARE = 45.0, 0.25
TOGETHER_MAX_DB = 52.0
"""A voice at 2 m is 54 dB: two more than all machines, which ISO 9921 calls fair for sentences."""

SPEECH_FIRST_DB = 6.0
"""How much less than that while somebody near by speaks, so that one at 4 m is understood too."""

DOWN_SECS, UP_SECS = 0.3, 4.0

SILENT_DB = -120.0
_NEAREST_M = 1.0
"""Nearer nothing gets louder: a machine is no point."""

_POWER_NAMES = (
    "sound power",
    "sound power level",
    "soundpowerlevel",
    "l wa",
    "lwa",
    "lw",
    "schallleistung",
    "schallleistungspegel",
    "声功率级",
)
_PRESSURE_NAMES = ("sound level", "sound pressure level", "noise level", "schalldruckpegel", "声压级")


def level_at_db(power_db: npt.ArrayLike, distance_m: npt.ArrayLike, *, q: float = FLOOR_Q) -> F64:
    """Return the level in dB(A) at a distance of a source in the free field."""
    away = np.maximum(np.asarray(distance_m, np.float64), 0.1)
    return np.asarray(np.asarray(power_db, np.float64) + 10 * np.log10(q / (4 * np.pi * away**2)))


def power_from_level_db(level_db: float, distance_m: float = 1.0) -> float:
    """Return the sound power level of what makes a level at a distance."""
    return level_db - float(level_at_db(0.0, distance_m))


def played_at_1_m_db(power_db: npt.ArrayLike) -> F64:
    """Return at which level a source is played at 1 m, on the scale where a voice has 60 dB."""
    true_db = level_at_db(power_db, 1.0)
    return np.asarray(np.minimum(true_db, KNEE_DB + KEPT_SHARE * (true_db - KNEE_DB)))


def loop_level_db(played_db: npt.ArrayLike) -> F64:
    """Return the level in a ``Sounds`` order, dB re the loop as made, of what is played so loud at 1 m."""
    return np.asarray(played_db) - SPEECH_DB + SPEECH_DBFS - LOOP_DBFS


def received_db(played_db: F64, distance_m: F64) -> F64:
    """Return how loud sources are at a listener, by distance alone; both (n,)."""
    return np.asarray(played_db - 20 * np.log10(np.maximum(distance_m, _NEAREST_M)))


def together_db(levels_db: F64) -> float:
    """Return the level of several sources together, ``SILENT_DB`` for none."""
    power = float(np.sum(10 ** (levels_db / 10)))
    return 10 * math.log10(power) if power > 0 else SILENT_DB


class Ease:
    """Takes all machines back where together they would drown voices.

    Attributes:
        gain_db: what is added to every machine's level, never above 0.
    """

    def __init__(self) -> None:
        self.gain_db = 0.0

    def step(self, together: float, dt_secs: float, *, speech: bool = False) -> float:
        """Return the gain after ``dt_secs`` beside machines that would make ``together`` dB.

        Args:
            speech: whether somebody near by speaks.
        """
        most = TOGETHER_MAX_DB - (SPEECH_FIRST_DB if speech else 0.0)
        wanted = min(0.0, most - together)
        time = DOWN_SECS if wanted < self.gain_db else UP_SECS
        self.gain_db += (wanted - self.gain_db) * -math.expm1(-dt_secs / time)
        return self.gain_db


def sound_power_db(properties: Mapping[str, object]) -> float | None:
    """Return the A-weighted sound power level that a thing's properties state, dB re 1 pW, None for none.

    ``sound_power_db`` is the name that we recommend; "Sound power level [dB]" and the like count too. A sound
    pressure level ("sound level, dB": 72) is taken to be that at 1 m on a floor, as data sheets have it.
    """
    stated = {_plain(name): value for name, value in properties.items()}
    for name in _POWER_NAMES:
        if (value := _number(stated.get(name))) is not None:
            return value
    for name in _PRESSURE_NAMES:
        if (value := _number(stated.get(name))) is not None:
            return power_from_level_db(value)
    return None


def _plain(name: str) -> str:
    """Return a property's name without set and unit: "Pset_X.SoundPowerLevel [dB]" is soundpowerlevel."""
    bare = name.rpartition(".")[2].partition("[")[0].partition("(")[0].partition(",")[0]
    return bare.replace("_", " ").casefold().strip().removesuffix(" db").removesuffix(" dba").strip()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= 200 else None
