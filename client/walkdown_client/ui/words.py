"""How numbers, units, ages and sizes are written for people."""

from __future__ import annotations

import math
import re

from walkdown.i18n import _, language, mark, ngettext
from walkdown.twin import Signal

UNKNOWN = "—"
_SEPARATORS = {"de": (".", ","), "en": (",", "."), "zh_CN": (",", ".")}
"""Between thousands, and before decimals."""

_UNITS = {
    "1": "",
    "Cel": "°C",
    "degF": "°F",
    "[degF]": "°F",
    "deg": "°",
    "Ohm": "Ω",
    "um": "µm",
    "us": "µs",
    "uS/cm": "µS/cm",
    "dB[SPL]": "dB",
    "kV.A": "kVA",
    "kW.h": "kWh",
    "{rev}/min": "rpm",
    "{rpm}": "rpm",
}
_YES_NO = (mark("No"), mark("Yes"))
_EXPONENTS = {"2": "²", "3": "³"}


def number(value: float, decimals: int = 0) -> str:
    """Return a number with the separators of the language in use, "—" when it is unknown."""
    if not math.isfinite(value):
        return UNKNOWN
    thousands, point = _SEPARATORS.get(language(), (",", "."))
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace(",", "\0").replace(".", point).replace("\0", thousands)


def unit(code: str) -> str:
    """Return a UCUM code as people write it.

    >>> unit("Cel"), unit("m3/h"), unit("{bottle}/h"), unit("1"), unit("/min")
    ('°C', 'm³/h', 'bottle/h', '', '1/min')
    """
    if code in _UNITS:
        return _UNITS[code]
    plain = re.sub(r"[{}\[\]]", "", code)
    plain = re.sub(r"(?<=[a-zA-Z])([23])\b", lambda match: _EXPONENTS[match[1]], plain)
    plain = plain.replace("Cel", "°C").replace(".", "·")
    return "1" + plain if plain.startswith("/") else plain


def decimals(signal: Signal) -> int:
    """Return how many decimals make sense for a signal's usual range."""
    if signal.kind not in ("f32", "f64"):
        return 0
    span = abs(signal.maximum - signal.minimum) or 1.0
    return min(max(3 - math.ceil(math.log10(span) - 1e-9), 0), 3) if math.isfinite(span) else 2


def value(signal: Signal, newest: float | int | str) -> str:
    """Return a value without its unit: words of an enum, Yes or No, text, or a number."""
    if signal.kind == "text":
        return str(newest) or UNKNOWN
    if signal.kind == "bool":
        labels = signal.labels if len(signal.labels) > 1 else tuple(map(_, _YES_NO))
        return labels[1 if newest else 0]
    if signal.kind == "enum":
        place = int(newest)
        return signal.labels[place] if 0 <= place < len(signal.labels) else str(place)
    return number(float(newest), decimals(signal))


def plain(fact: str | float | int | bool) -> str:
    """Return the value of a property: text as it is, numbers with as many decimals as they have."""
    if isinstance(fact, bool):
        return _(_YES_NO[fact])
    if isinstance(fact, float) and math.isfinite(fact):
        digits = len(f"{fact:.3f}".rstrip("0").partition(".")[2])
        return number(fact, digits)
    return str(fact)


def age(secs: float) -> str:
    """Return how long ago something was, in one word and a unit."""
    if not math.isfinite(secs):
        return UNKNOWN
    if secs < 2:
        return _("now")
    if secs < 120:
        return _("{count} s").format(count=int(secs))
    if secs < 7200:
        return _("{count} min").format(count=int(secs / 60))
    if secs < 172800:
        return _("{count} h").format(count=int(secs / 3600))
    return _("{count} d").format(count=int(secs / 86400))


def milliseconds(secs: float) -> str:
    """Return a short time, "—" when it is not known yet."""
    return f"{number(secs * 1000)} ms" if math.isfinite(secs) else UNKNOWN


def size(count_bytes: float) -> str:
    """Return a number of bytes in kB or MB."""
    if count_bytes < 1e6:
        return f"{number(count_bytes / 1e3)} kB"
    return f"{number(count_bytes / 1e6, 1)} MB"


def people(count: int) -> str:
    """Return how many people, in words."""
    return ngettext("{count} person", "{count} people", count).format(count=number(count))


def signals(count: int) -> str:
    """Return how many signals, in words."""
    return ngettext("{count} signal", "{count} signals", count).format(count=number(count))
