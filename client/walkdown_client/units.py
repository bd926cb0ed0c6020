"""Units as people and models write them, so that 400 kPa and 4 bar are the same.

Each unit is a factor to the SI unit of its dimension, temperatures with an offset. Sources: SI brochure (9th
edition), NIST SP 811 appendix B for inch, foot, pound, psi and horsepower.
"""

from __future__ import annotations

from collections.abc import Iterator

Unit = tuple[str, float, float]
"""Dimension, factor and offset: si = factor · (value + offset)."""

_TABLE: dict[str, str] = {
    "length": "m=1 mm=1e-3 cm=1e-2 dm=0.1 km=1e3 um=1e-6 µm=1e-6 in=0.0254 ft=0.3048",
    "area": "m2=1 m²=1 m^2=1 mm2=1e-6 mm²=1e-6 cm2=1e-4 cm²=1e-4 km2=1e6 km²=1e6 ha=1e4 ft2=0.09290304 "
    "ft²=0.09290304",
    "volume": "m3=1 m³=1 m^3=1 l=1e-3 L=1e-3 ml=1e-6 mL=1e-6 hl=0.1 hL=0.1 cm3=1e-6 cm³=1e-6 dm3=1e-3 "
    "dm³=1e-3 ft3=0.028316846592 ft³=0.028316846592",
    "mass": "kg=1 g=1e-3 mg=1e-6 t=1e3 lb=0.45359237",
    "time": "s=1 ms=1e-3 us=1e-6 µs=1e-6 min=60 h=3600 d=86400",
    "pressure": "Pa=1 hPa=1e2 kPa=1e3 MPa=1e6 bar=1e5 mbar=1e2 psi=6894.757293168 N/mm2=1e6 N/mm²=1e6",
    "power": "W=1 mW=1e-3 kW=1e3 MW=1e6 GW=1e9 hp=745.6998715823",
    "energy": "J=1 kJ=1e3 MJ=1e6 Wh=3600 kWh=3.6e6 MWh=3.6e9 kW.h=3.6e6 W.h=3600",
    "apparent power": "VA=1 V.A=1 kVA=1e3 kV.A=1e3 MVA=1e6",
    "volume flow": "m3/s=1 m³/s=1 m3/h=2.777777777777778e-4 m³/h=2.777777777777778e-4 "
    "m3/min=0.016666666666666666 l/s=1e-3 L/s=1e-3 l/min=1.6666666666666667e-5 L/min=1.6666666666666667e-5 "
    "l/h=2.7777777777777776e-7 L/h=2.7777777777777776e-7",
    "mass flow": "kg/s=1 kg/h=2.777777777777778e-4 t/h=0.2777777777777778 g/s=1e-3",
    "speed": "m/s=1 mm/s=1e-3 m/min=0.016666666666666666 km/h=0.2777777777777778",
    "rotation": "rpm=1 {rpm}=1 {rev}/min=1 /min=1 1/min=1 min-1=1",
    "frequency": "Hz=1 kHz=1e3 MHz=1e6",
    "voltage": "V=1 mV=1e-3 kV=1e3",
    "current": "A=1 mA=1e-3 kA=1e3",
    "force": "N=1 kN=1e3 MN=1e6",
    "torque": "N.m=1 Nm=1 N·m=1 kNm=1e3 kN.m=1e3",
    "angle": "rad=1 deg=0.017453292519943295 °=0.017453292519943295",
    "share": "%=0.01 ‰=1e-3 ppm=1e-6",
    "temperature": "K=1",
}

_CELSIUS: Unit = ("temperature", 1.0, 273.15)
_FAHRENHEIT: Unit = ("temperature", 5 / 9, 459.67)


def _spelled() -> Iterator[tuple[str, Unit]]:
    for dimension, spellings in _TABLE.items():
        for pair in spellings.split():
            spelling, _equals, factor = pair.partition("=")
            yield spelling, (dimension, float(factor), 0.0)
    yield from ((spelling, _CELSIUS) for spelling in ("Cel", "°C", "℃", "degC", "C"))
    yield from ((spelling, _FAHRENHEIT) for spelling in ("degF", "[degF]", "°F", "F"))


UNITS: dict[str, Unit] = dict(_spelled())
"""By spelling."""


def converted(value: float, *, unit: str, to: str) -> float | None:
    """Return a value in another unit, None when the two measure different things.

    What cannot be converted because one of the units is not known, or not given, stays as it is.

    >>> converted(400, unit="kPa", to="bar"), converted(80, unit="°F", to="m")
    (4.0, None)
    >>> converted(3, unit="apples", to="m")
    3
    """
    if not unit or not to or unit == to or unit not in UNITS or to not in UNITS:
        return value
    (dimension, factor, offset), (wanted, divisor, shift) = UNITS[unit], UNITS[to]
    if dimension != wanted:
        return None
    return (value + offset) * factor / divisor - shift
