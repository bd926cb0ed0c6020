"""Which machines are told to the sound process, how loud each is played, and when it is worth telling again.

Levels and pitches glide to where they should be. Of all voices those are told that may be heard where one
stands, at most :data:`TOLD_MAX`, ten times a second anew; in between nothing is said unless something changed
audibly: the just noticeable difference of level is about 1 dB, of pitch about 5 cents (H. Fastl, E. Zwicker,
Psychoacoustics, chapter 7).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown_client.audio import loops
from walkdown_client.audio.ambience import WEIGHT as AROUND_WEIGHT
from walkdown_client.audio.ambience import Ambience
from walkdown_client.audio.budget import scores
from walkdown_client.audio.levels import (
    SILENT_DB,
    Ease,
    loop_level_db,
    played_at_1_m_db,
    received_db,
    together_db,
)
from walkdown_client.audio.machine_places import Whereabouts, spread_db
from walkdown_client.audio.machine_score import VENTILATION, VOICES, Score
from walkdown_client.audio.machines import Sounding
from walkdown_client.audio.orders import RoomBox, Sounds

F64 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

TOLD_MAX = 128
"""Four times what is rendered at once, so that walls and doors may change who is heard."""

HEARD_FROM_DB = 5.0
"""What is quieter at the head than this, where a voice at 1 m has 60 dB, is not told."""

AGAIN_SECS = 0.1
TELL_SECS = 0.04
"""Nothing changes more often than this; the sound process glides in between."""

GLIDE_SECS = 0.25
FADE_DB_PER_SEC, RETURN_DB_PER_SEC = 3.0, 40.0
"""How fast what nobody knows any more fades, and comes back."""

FADED_DB = -60.0
LEVEL_STEP_DB, PITCH_STEP, PLACE_STEP_M = 0.5, 0.001, 0.2
_STARTS_BELOW_DB = -20.0

AROUND_IDS = 1 << 31
"""Rooms and streets are numbered behind all voices of things."""

_FAULT_WEIGHT = 0.3


class Mix:
    """The voices of one twin on their way to what they should be.

    Attributes:
        powers_db: (3, m) as they should be, in truth.
        places: (m, 3) metres, site frame, NaN where unknown.
        together: level of all machines at the listener, by distance alone, before they are eased.
    """

    def __init__(self, score: Score, whereabouts: Whereabouts) -> None:
        self._score = score
        self.place(whereabouts)
        self.powers_db: F64 = np.full((VOICES, len(score)), SILENT_DB)
        self._wanted: F64 = np.full((VOICES, len(score)), SILENT_DB)
        self._levels: F64 = np.full((VOICES, len(score)), SILENT_DB)
        self._wanted_pitch: F64 = np.ones((VOICES, len(score)))
        self._pitches: F64 = np.ones((VOICES, len(score)))
        self._trust: F64 = np.full(len(score), np.nan)
        self._spread_db: F64 = np.zeros(len(score))
        self._known = np.zeros(len(score), bool)
        self._ease, self._speech = Ease(), False
        self._again_secs, self._passed_secs = 0.0, TELL_SECS
        self._chosen: Rows = np.zeros(0, np.intp)
        self._near: Rows = np.zeros(0, np.intp)
        self._ambience = Ambience()
        self._told: tuple[bytes, F64] | None = None
        self.together = SILENT_DB

    def place(self, whereabouts: Whereabouts) -> None:
        """Take where machines stand."""
        self.places = whereabouts.middles[self._score.rows]
        self._spread = whereabouts.spread(self._score.rows)
        self._again_secs = 0.0

    def surround(self, rooms: Sequence[RoomBox], roads: tuple[F64, F64]) -> None:
        """Let streets be heard, and rooms where no thing says how they are aired; see ``Ambience``."""
        airing = self._score.loops[0] == loops.INDEX[VENTILATION]
        self._ambience = Ambience(rooms, aired=self.places[airing], roads=roads)
        self._near, self._again_secs = np.zeros(0, np.intp), 0.0

    def follow(self, sounding: Sounding, *, linked: bool) -> None:
        """Take how all machines should sound; without a link nobody knows."""
        self.powers_db = sounding.powers_db
        silent = sounding.powers_db <= SILENT_DB
        self._wanted = np.where(silent, SILENT_DB, played_at_1_m_db(sounding.powers_db))
        self._wanted_pitch = sounding.pitches
        self._known = sounding.known & linked
        fresh = np.isnan(self._trust)
        self._trust[fresh] = np.where(self._known[fresh], 0.0, FADED_DB)
        moving = np.isfinite(sounding.east) & np.isfinite(sounding.north)
        self.places[moving, 0], self.places[moving, 1] = sounding.east[moving], sounding.north[moving]

    def step(self, ears: F64, dt_secs: float, *, speech: bool = False) -> Sounds | None:
        """Glide on by ``dt_secs`` and return what is to be told, None for nothing new.

        Args:
            ears: (3,) metres, site frame. speech: whether somebody near by speaks.
        """
        self._speech = speech
        self._passed_secs += dt_secs
        self._again_secs -= dt_secs
        if self._passed_secs < TELL_SECS:
            return None
        self._glide(self._passed_secs)
        self._passed_secs = 0.0
        if self._again_secs <= 0:
            self._choose(ears, AGAIN_SECS - self._again_secs)
            self._again_secs = AGAIN_SECS
        return self._tell()

    def _glide(self, dt_secs: float) -> None:
        """Move levels and pitches; what starts comes up from 20 dB below within half a second."""
        share = -math.expm1(-dt_secs / GLIDE_SECS)
        rising = (self._levels <= SILENT_DB + 1) & (self._wanted > SILENT_DB)
        self._levels[rising] = self._wanted[rising] + _STARTS_BELOW_DB
        self._pitches[rising] = self._wanted_pitch[rising]
        down = self._wanted <= SILENT_DB
        goal = np.where(down, self._levels - 40.0, self._wanted)
        self._levels += (goal - self._levels) * share
        self._levels[down & (self._levels < -20.0)] = SILENT_DB
        self._pitches += (self._wanted_pitch - self._pitches) * share
        change = np.where(self._known, RETURN_DB_PER_SEC, -FADE_DB_PER_SEC) * dt_secs
        self._trust = np.clip(self._trust + change, FADED_DB, 0.0)

    def _choose(self, ears: F64, dt_secs: float) -> None:
        """Find who may be heard from here, and how far all are eased."""
        spread = self._spread
        self.places[spread.places] = spread.nearest(ears)
        away = np.sqrt(((self.places - ears) ** 2).sum(1))
        self._spread_db[spread.places] = spread_db(spread.lengths, away[spread.places])
        heard = received_db(self._levels + self._trust + self._spread_db, away)
        audible = np.flatnonzero((heard > HEARD_FROM_DB).ravel())
        loudness = heard.ravel()[audible]
        self.together = together_db(loudness)
        self._ease.step(self.together, dt_secs, speech=self._speech)
        if len(audible) > TOLD_MAX:
            weights = np.tile(self._score.weights, VOICES)[audible]
            rank = scores(loudness.astype(np.float32), weights.astype(np.float32))
            audible = np.sort(audible[np.argpartition(-rank, TOLD_MAX)[:TOLD_MAX]])
        self._chosen, self._near = audible, self._ambience.near(ears)

    def _tell(self) -> Sounds | None:
        """Return all that is heard here, the surroundings behind machines; None when it was told already."""
        chosen, near, score, around = self._chosen, self._near, self._score, self._ambience
        rows = chosen % max(len(score), 1)
        levels = self._levels.ravel()[chosen] + self._trust[rows] + self._spread_db[rows]
        levels = np.append(levels, around.levels[near]) + self._ease.gain_db
        places = np.concatenate([self.places[rows], around.places[near]])
        pitches = np.append(self._pitches.ravel()[chosen], around.pitches[near])
        ids = np.append(score.ids.ravel()[chosen], near + AROUND_IDS).astype("<u4").tobytes()
        now = np.column_stack([places, levels, pitches])
        if self._told is not None and ids == self._told[0] and not _differs(now, self._told[1]):
            return None
        self._told = ids, now
        weights = score.weights[rows] + _FAULT_WEIGHT * (chosen >= len(score))
        return Sounds(
            ids,
            np.append(score.loops.ravel()[chosen], around.loops[near]).astype("<u2").tobytes(),
            places.astype("<f4").tobytes(),
            loop_level_db(levels).astype("<f4").tobytes(),
            pitches.astype("<f4").tobytes(),
            np.append(weights, np.full(len(near), AROUND_WEIGHT)).astype("<f4").tobytes(),
        )


def _differs(now: F64, told: F64) -> bool:
    """Tell whether somebody would hear the difference."""
    changes = np.abs(now - told)
    return bool(
        (changes[:, :3] > PLACE_STEP_M).any()
        or (changes[:, 3] > LEVEL_STEP_DB).any()
        or (changes[:, 4] > PITCH_STEP * told[:, 4]).any()
    )
