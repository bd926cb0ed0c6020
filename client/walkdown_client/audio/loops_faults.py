"""How machines sound that are not well: damaged bearings, cavitation, beating, squeal, leaks, loose parts.

Each plays beside the machine's own sound and at its speed. Sources:

* Bearings: the frequencies with which balls pass a damaged place of the outer and the inner ring, from
  R. B. Randall, J. Antoni, Rolling element bearing diagnostics, a tutorial, Mechanical Systems and Signal
  Processing 25 (2011). A damaged inner ring turns through the load, so its lines have the shaft's speed on
  both sides. Each passage rings the housing at a few kHz.
* Cavitation: vapour bubbles that collapse at random, broadband noise above some kHz that crackles like
  gravel (C. E. Brennen, Hydrodynamics of Pumps, chapter 6).
* Beating: two tones so close that their sum rises and falls with their difference.
* Squeal: a belt that sticks and slips. Leaks: gas through a small hole, the more treble the smaller it is.
"""

from __future__ import annotations

from walkdown_client.audio.synthesis import Powers, Recipe, Strike

SHAFT_HZ = 25.0
BALLS, BALL_MM, PITCH_MM = 9, 7.94, 39.04
"""The bearing 6205, whose measured data many diagnosis papers share; contact angle 0."""

BEAT_HZ = 2.5


def outer_ring_order(balls: int = BALLS, ball_mm: float = BALL_MM, pitch_mm: float = PITCH_MM) -> float:
    """Return how often a turn balls pass a place of the outer ring (BPFO)."""
    return balls / 2 * (1 - ball_mm / pitch_mm)


def inner_ring_order(balls: int = BALLS, ball_mm: float = BALL_MM, pitch_mm: float = PITCH_MM) -> float:
    """Return how often a turn balls pass a place of the inner ring (BPFI)."""
    return balls / 2 * (1 + ball_mm / pitch_mm)


_HOUSING: Powers = {1850: -4.0, 2900: 0.0, 4300: -5.0}
"""What rings in a bearing's housing, Hz and dB."""

_ROUGH: Powers = {1000: -26, 2000: -22, 4000: -24, 8000: -30}

LOOPS: dict[str, Recipe] = {
    "bearing outer ring": Recipe(
        at_hz=SHAFT_HZ,
        secs=4.0,
        bands=_ROUGH,
        strikes=(Strike(order=outer_ring_order(), rings=_HOUSING, decay_secs=0.0022),),
    ),
    "bearing inner ring": Recipe(
        at_hz=SHAFT_HZ,
        secs=4.0,
        bands=_ROUGH,
        strikes=(Strike(order=inner_ring_order(), rings=_HOUSING, decay_secs=0.0022, beat=1.0),),
    ),
    "cavitation": Recipe(
        secs=3.0,
        bands={500: -24, 1000: -17, 2000: -11, 4000: -7, 8000: -7, 16000: -12},
        swells=((3.0, 0.2), (7.0, 0.25)),
        strikes=(
            Strike(
                order=380, rings={3400: -3, 6100: -3}, decay_secs=0.0009, level_db=-2, jitter=1, spread_db=7
            ),
            Strike(order=60, rings={1500: 0, 2300: -2}, decay_secs=0.002, level_db=-7, jitter=1, spread_db=6),
        ),
    ),
    "beating": Recipe(
        at_hz=SHAFT_HZ,
        tones={4.8: -6, 4.8 + BEAT_HZ / SHAFT_HZ: -6, 9.6: -13, 9.6 + 2 * BEAT_HZ / SHAFT_HZ: -13, 14.4: -20},
        bands={125: -28, 250: -28, 500: -30},
    ),
    "belt squeal": Recipe(
        at_hz=SHAFT_HZ,
        tones={71: -5, 71.4: -9, 142: -9, 213: -14, 284: -20},
        bands={1000: -28, 2000: -22, 4000: -26},
        swells=((0.2, 0.6), (0.5, 0.3)),
    ),
    "leak": Recipe(
        secs=3.0,
        bands={1000: -26, 2000: -16, 4000: -8, 8000: -3, 16000: -5},
        swells=((4.0, 0.06), (9.0, 0.05)),
    ),
    "drip": Recipe(
        secs=6.0,
        bands={1000: -30, 2000: -28, 4000: -30},
        strikes=(
            Strike(order=4, rings={840: -2, 1260: 0}, decay_secs=0.022, level_db=-3, jitter=0.9, spread_db=3),
            Strike(order=9, rings={2250: 0}, decay_secs=0.009, level_db=-9, jitter=1, spread_db=4),
        ),
    ),
    "rattle": Recipe(
        at_hz=SHAFT_HZ,
        secs=4.0,
        strikes=(
            Strike(
                order=1.0,
                rings={740: -2, 1830: -3, 3150: -6, 5200: -11},
                decay_secs=0.01,
                jitter=0.35,
                spread_db=6,
            ),
        ),
    ),
    "unbalance": Recipe(
        at_hz=SHAFT_HZ,
        tones={1: -14, 2: -11, 4: -8, 8: -9, 12: -13},
        bands={125: -18, 250: -18, 500: -22},
        swells=((1.0, 0.7),),
    ),
    "gear damage": Recipe(
        at_hz=SHAFT_HZ,
        secs=4.0,
        tones={16: -14, 17: -9, 18: -14, 33: -18, 34: -14, 35: -18},
        strikes=(Strike(order=1.0, rings={520: -2, 1400: -3, 2700: -7}, decay_secs=0.012, level_db=-4),),
    ),
    "buzz": Recipe(
        at_hz=50.0,
        tones={2: -14, 4: -11, 6: -10, 8: -10, 10: -11, 14: -12, 18: -13, 22: -15, 30: -17, 42: -20, 58: -24},
        bands={1000: -24, 2000: -22, 4000: -24},
        swells=((2.0, 0.5), (0.08, 0.2)),
    ),
}
"""By name, in the order of the wire."""
