"""How machines that turn sound while all is well: motors, pumps, fans, compressors, what is driven by them.

Orders are multiples of the shaft's speed. An induction motor hums at twice its supply's frequency, which is
its speed times its number of poles, and whines where its bars pass the slots, with that hum on both sides; a
fan or pump sounds where its blades or vanes pass (M. P. Norton, D. G. Karczub, Fundamentals of Noise and
Vibration Analysis for Engineers, chapter 8). The powers are choices of ours, measured on no machine; numbers
of bars, blades and teeth are those of usual ones.
"""

from __future__ import annotations

from walkdown_client.audio.synthesis import Powers, Recipe, Strike

SMALL_FAN: Powers = {125: -26, 250: -20, 500: -16, 1000: -15, 2000: -18, 4000: -24, 8000: -32}
"""The cooling fan on a motor's shaft: octave bands, dB."""


def motor(poles: int, at_hz: float, *, bars: int, blades: int) -> Recipe:
    """An induction motor with a fan on its shaft."""
    hum = float(poles)
    tones: dict[float, float] = {1.0: -26.0, 2.0: -24.0, hum: -9.0, 2 * hum: -16.0, 3 * hum: -24.0}
    tones |= {bars - hum: -17.0, float(bars): -14.0, bars + hum: -18.0, 2.0 * bars: -24.0}
    tones |= {float(blades): -13.0, 2.0 * blades: -20.0, 3.0 * blades: -26.0}
    return Recipe(at_hz=at_hz, tones=tones, bands=SMALL_FAN, swells=((1.0, 0.08),))


def bladed(at_hz: float, blades: int, bands: Powers, *, tone_db: float, depth: float) -> Recipe:
    """A fan or pump: its blades pass, with their harmonics, and the flow rushes between them."""
    tones = {float(k * blades): tone_db - 7.0 * (k - 1) for k in (1, 2, 3, 4)} | {1.0: tone_db - 14}
    return Recipe(at_hz=at_hz, tones=tones, bands=bands, swells=((float(blades), depth), (1.0, 0.06)))


LOOPS: dict[str, Recipe] = {
    "motor 2 poles": motor(2, 50.0, bars=28, blades=7),
    "motor 4 poles": motor(4, 25.0, bars=44, blades=9),
    "motor 6 poles": motor(6, 16.5, bars=56, blades=11),
    "motor 8 poles": motor(8, 12.5, bars=58, blades=11),
    "pump": bladed(
        50.0,
        6,
        {63: -22, 125: -16, 250: -12, 500: -11, 1000: -12, 2000: -16, 4000: -22, 8000: -30},
        tone_db=-10.0,
        depth=0.12,
    ),
    "piston pump": Recipe(
        at_hz=25.0,
        tones={3: -10, 6: -8, 9: -9, 12: -12, 15: -15, 18: -16, 27: -18, 36: -21},
        bands={250: -22, 500: -18, 1000: -17, 2000: -19, 4000: -25},
        swells=((3.0, 0.3),),
    ),
    "axial fan": bladed(
        6.0,
        6,
        {31.5: -12, 63: -9, 125: -8, 250: -9, 500: -11, 1000: -14, 2000: -18, 4000: -24, 8000: -32},
        tone_db=-14.0,
        depth=0.38,
    ),
    "blower": bladed(
        25.0,
        12,
        {63: -10, 125: -8, 250: -9, 500: -11, 1000: -13, 2000: -17, 4000: -23, 8000: -31},
        tone_db=-18.0,
        depth=0.05,
    ),
    "small fan": bladed(
        45.0,
        7,
        {250: -18, 500: -13, 1000: -12, 2000: -15, 4000: -21, 8000: -29},
        tone_db=-14.0,
        depth=0.06,
    ),
    "screw compressor": Recipe(
        at_hz=49.0,
        tones={1: -20, 4: -6, 8: -8, 12: -12, 16: -15, 20: -18, 24: -20, 6: -20, 2: -16},
        bands={63: -18, 125: -14, 250: -12, 500: -11, 1000: -12, 2000: -15, 4000: -20, 8000: -28},
        swells=((4.0, 0.15),),
    ),
    "piston compressor": Recipe(
        at_hz=12.5,
        tones={1: -16, 2: -8, 4: -10, 6: -13, 8: -15},
        bands={125: -22, 250: -19, 500: -18, 1000: -19, 2000: -22, 4000: -28},
        swells=((2.0, 0.5),),
        strikes=(
            Strike(order=2, rings={210: -4, 640: -8, 1900: -14}, decay_secs=0.012, level_db=-9, jitter=0.02),
        ),
    ),
    "chiller": Recipe(
        at_hz=49.0,
        tones={1: -18, 2: -15, 5: -8, 10: -11, 15: -15, 20: -19},
        bands={63: -12, 125: -9, 250: -9, 500: -11, 1000: -14, 2000: -18, 4000: -24, 8000: -32},
        swells=((0.04, 0.1),),
    ),
    "turbine": Recipe(
        at_hz=50.0,
        tones={1: -14, 2: -18, 31: -12, 62: -17, 93: -24},
        bands={125: -14, 250: -12, 500: -10, 1000: -9, 2000: -10, 4000: -13, 8000: -18},
    ),
    "engine": Recipe(
        at_hz=25.0,
        tones={0.5: -16, 1: -16, 1.5: -14, 3: -5, 4.5: -12, 6: -8, 9: -10, 12: -13, 15: -16, 18: -18},
        bands={63: -16, 125: -13, 250: -12, 500: -12, 1000: -14, 2000: -17, 4000: -23},
        swells=((3.0, 0.35), (0.5, 0.12)),
    ),
    "gear": Recipe(
        at_hz=24.0,
        secs=2.5,
        tones={4: -13, 16: -17, 17: -9, 18: -17, 34: -15, 33: -21, 35: -21, 51: -20, 2.5: -18},
        bands={125: -22, 250: -17, 500: -15, 1000: -16, 2000: -19, 4000: -26},
        swells=((1.0, 0.1), (0.1, 0.12)),
    ),
    "servo": Recipe(
        at_hz=25.0,
        tones={4: -18, 12: -14, 24: -8, 48: -12, 72: -18, 96: -22, 200: -26, 320: -24},
        bands={250: -26, 500: -21, 1000: -18, 2000: -19, 4000: -22, 8000: -26},
        swells=((2.0, 0.15), (0.1, 0.15)),
    ),
    "spindle": Recipe(
        at_hz=100.0,
        tones={1: -14, 2: -14, 4: -10, 8: -12, 12: -15, 24: -19, 36: -23},
        bands={500: -20, 1000: -15, 2000: -13, 4000: -15, 8000: -20},
        swells=((1.0, 0.1), (0.05, 0.2)),
    ),
    "vehicle": Recipe(
        at_hz=20.0,
        tones={2: -16, 6: -12, 18: -9, 36: -14, 54: -20},
        bands={63: -14, 125: -12, 250: -13, 500: -15, 1000: -18, 2000: -23, 4000: -29},
        swells=((0.3, 0.2), (0.1, 0.15)),
        strikes=(Strike(order=0.4, rings={90: 0, 160: -3}, decay_secs=0.03, level_db=-14, jitter=1.0),),
    ),
    "train": Recipe(
        at_hz=10.0,
        secs=4.0,
        tones={10: -16, 27: -18},
        bands={63: -10, 125: -8, 250: -9, 500: -9, 1000: -10, 2000: -13, 4000: -19},
        swells=((0.025, 0.3),),
        strikes=(
            Strike(order=0.2, rings={120: 0, 380: -5, 1150: -10}, decay_secs=0.02, level_db=-7, jitter=0.25),
        ),
    ),
}
"""By name, in the order of the wire."""
