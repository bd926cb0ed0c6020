"""How work sounds while all is well: goods on their way, bottles, air, liquids, rooms, streets.

``at_hz`` of those that handle goods is goods per second, so that they click at the machine's true pace; of
those that only flow it stands for nothing and their pitch stays 1. Powers are choices of ours, measured
on no machine.
"""

from __future__ import annotations

from walkdown_client.audio.synthesis import Powers, Recipe, Strike

GLASS: Powers = {2350: -4, 3720: -2, 5480: -3, 7900: -8}
"""Modes of a half-litre bottle, Hz and dB."""

_AIR: Powers = {500: -16, 1000: -9, 2000: -4, 4000: -2, 8000: -4, 16000: -12}
_BODY: Powers = {125: -20, 250: -16, 500: -15, 1000: -17, 2000: -21, 4000: -28}


def _glass(order: float, *, level_db: float) -> Strike:
    return Strike(order=order, rings=GLASS, decay_secs=0.014, level_db=level_db, jitter=1.0, spread_db=5.0)


def _valve(order: float, *, level_db: float, decay_secs: float = 0.03) -> Strike:
    """A pneumatic valve that lets off air."""
    return Strike(
        order=order, hisses=_AIR, decay_secs=decay_secs, level_db=level_db, jitter=0.3, spread_db=2.0
    )


def _clack(order: float, *, low_hz: float, level_db: float, jitter: float = 0.05) -> Strike:
    """Steel against steel."""
    rings = {low_hz: -3.0, 2.3 * low_hz: -5.0, 4.1 * low_hz: -9.0, 7.3 * low_hz: -15.0}
    return Strike(order=order, rings=rings, decay_secs=0.008, level_db=level_db, jitter=jitter, spread_db=2.0)


LOOPS: dict[str, Recipe] = {
    "conveyor": Recipe(
        at_hz=12.5,
        secs=4.0,
        tones={2: -20, 8: -16, 33: -13, 66: -20},
        bands={125: -20, 250: -15, 500: -13, 1000: -14, 2000: -17, 4000: -23, 8000: -31},
        swells=((1.0, 0.15), (0.04, 0.15)),
        strikes=(_clack(1.0, low_hz=420, level_db=-10),),
    ),
    "rollers": Recipe(
        at_hz=6.0,
        secs=4.0,
        tones={4: -20, 17: -17},
        bands={63: -16, 125: -12, 250: -11, 500: -13, 1000: -16, 2000: -21, 4000: -28},
        swells=((1.0, 0.3),),
        strikes=(_clack(1.0, low_hz=180, level_db=-10, jitter=0.4),),
    ),
    "bottles": Recipe(
        at_hz=6.0, secs=5.0, bands=_BODY, strikes=(_glass(5.0, level_db=-4), _glass(1.0, level_db=-8))
    ),
    "filler": Recipe(
        at_hz=6.0,
        secs=5.0,
        tones={4: -20, 16: -18, 48: -20},
        bands=_BODY,
        swells=((1.0, 0.2),),
        strikes=(_valve(1.0, level_db=-8), _clack(1.0, low_hz=760, level_db=-12), _glass(1.5, level_db=-12)),
    ),
    "capper": Recipe(
        at_hz=6.0,
        secs=4.0,
        tones={12: -18, 36: -18, 110: -20},
        bands=_BODY,
        swells=((1.0, 0.25),),
        strikes=(_clack(1.0, low_hz=1250, level_db=-7), _clack(3.0, low_hz=2400, level_db=-14, jitter=1.0)),
    ),
    "rinser": Recipe(
        at_hz=6.0,
        secs=4.0,
        tones={4: -22},
        bands={250: -20, 500: -16, 1000: -11, 2000: -8, 4000: -8, 8000: -12, 16000: -22},
        swells=((1.0, 0.35),),
        strikes=(_glass(1.0, level_db=-15),),
    ),
    "labeller": Recipe(
        at_hz=6.0,
        secs=4.0,
        tones={10: -18, 60: -15, 120: -21},
        bands=_BODY,
        swells=((1.0, 0.2),),
        strikes=(
            Strike(order=1.0, hisses={1000: -8, 2000: -4, 4000: -6, 8000: -12}, decay_secs=0.02, level_db=-8),
            _glass(0.7, level_db=-15),
        ),
    ),
    "packer": Recipe(
        at_hz=0.5,
        secs=6.0,
        tones={100: -17, 240: -17, 480: -23},
        bands=_BODY,
        swells=((1.0, 0.4),),
        strikes=(
            _valve(2.0, level_db=-9, decay_secs=0.09),
            _clack(2.0, low_hz=240, level_db=-14, jitter=0.3),
            _glass(9.0, level_db=-9),
        ),
    ),
    "hoist": Recipe(
        at_hz=0.5,
        secs=6.0,
        tones={48: -17, 200: -9, 400: -13, 600: -18, 800: -21},
        bands=_BODY,
        swells=((1.0, 0.5),),
        strikes=(_clack(2.0, low_hz=240, level_db=-17, jitter=0.3), _glass(12.0, level_db=-13)),
    ),
    "inspector": Recipe(
        at_hz=6.0,
        secs=4.0,
        tones={8: -18, 75: -16},
        bands={250: -20, 500: -15, 1000: -13, 2000: -16, 4000: -23},
        strikes=(_valve(0.05, level_db=-16, decay_secs=0.05), _glass(0.5, level_db=-16)),
    ),
    "press": Recipe(
        at_hz=1.0,
        secs=4.0,
        tones={50: -14, 100: -11, 300: -12},
        bands=_BODY,
        strikes=(
            Strike(
                order=1.0,
                rings={55: 0, 130: -2, 410: -8, 1300: -14},
                hisses={500: -12, 1000: -14, 2000: -18},
                decay_secs=0.06,
                level_db=-8,
                jitter=0.01,
            ),
            _valve(1.0, level_db=-13, decay_secs=0.12),
        ),
    ),
    "machine": Recipe(
        at_hz=2.0,
        secs=4.0,
        tones={12: -16, 25: -13, 50: -12, 170: -17, 340: -22},
        bands=_BODY,
        swells=((1.0, 0.25),),
        strikes=(_clack(1.0, low_hz=320, level_db=-11), _valve(0.5, level_db=-16, decay_secs=0.06)),
    ),
    "flow": Recipe(
        secs=3.0,
        bands={125: -22, 250: -17, 500: -13, 1000: -11, 2000: -12, 4000: -16, 8000: -23},
        swells=((0.67, 0.1),),
    ),
    "steam": Recipe(
        secs=3.0,
        bands={500: -22, 1000: -15, 2000: -9, 4000: -7, 8000: -8, 16000: -15},
        swells=((1.0, 0.08), (2.33, 0.06)),
    ),
    "burner": Recipe(
        secs=4.0,
        bands={31.5: -10, 63: -6, 125: -6, 250: -9, 500: -14, 1000: -20, 2000: -27},
        swells=((2.25, 0.12), (5.5, 0.1), (0.5, 0.1)),
    ),
    "water": Recipe(
        secs=5.0,
        bands={250: -22, 500: -16, 1000: -13, 2000: -14, 4000: -17, 8000: -24},
        strikes=(
            Strike(order=55, rings={620: -4, 900: -3}, decay_secs=0.018, level_db=-9, jitter=1, spread_db=5),
            Strike(
                order=40, rings={1350: -3, 1900: -5}, decay_secs=0.01, level_db=-11, jitter=1, spread_db=5
            ),
        ),
    ),
    "ventilation": Recipe(
        secs=5.0,
        tones={24: -34, 290: -36},
        bands={63: -6, 125: -8, 250: -11, 500: -15, 1000: -20, 2000: -26, 4000: -34},
        swells=((0.2, 0.06), (0.6, 0.05)),
    ),
    "hum": Recipe(
        at_hz=50.0,
        tones={2: -4, 4: -9, 6: -12, 8: -17, 10: -18, 12: -22, 14: -25, 16: -28},
        bands={125: -36, 250: -36, 500: -38},
    ),
    "traffic": Recipe(
        secs=8.0,
        bands={63: -6, 125: -8, 250: -11, 500: -11, 1000: -9, 2000: -13, 4000: -21, 8000: -30},
        swells=((0.125, 0.35), (0.25, 0.25), (0.375, 0.2)),
    ),
}
"""By name, in the order of the wire."""
