"""What people write of a model file's unit, axis, coordinates and place, read into numbers."""

from __future__ import annotations

import dataclasses
import math

from walkdown.errors import BadInput
from walkdown.i18n import _, mark
from walkdown.messages import ImportOptions, Point

UNITS: dict[str, float] = {
    "m": 1.0,
    "dm": 0.1,
    "cm": 0.01,
    "mm": 0.001,
    "um": 1e-6,
    "km": 1000.0,
    "in": 0.0254,
    "ft": 0.3048,
    "us-ft": 1200 / 3937,
    "yd": 0.9144,
}
"""Metres in one unit, by its name."""

AXES = ("Y", "Z")
DEFAULT_GIGABYTES = 6.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelFlags:
    """What a command line says about model files, as it was typed; each field is a flag."""

    unit: str = dataclasses.field(
        default="", metadata={"help": mark("Unit of the files: m, mm, in … or metres in one")}
    )
    up: str = dataclasses.field(
        default="", metadata={"help": mark("Axis of the files that points up: Y or Z")}
    )
    scale: float = dataclasses.field(default=1.0, metadata={"help": mark("Made so many times larger")})
    crs: str = dataclasses.field(
        default="", metadata={"help": mark("Reference system of the files' coordinates: EPSG:7415")}
    )
    origin: str = dataclasses.field(
        default="", metadata={"help": mark("Point of the reference system that becomes zero: X,Y,Z")}
    )
    main: str = dataclasses.field(
        default="", metadata={"help": mark("Which file of a zip is the model, by its path in there")}
    )
    memory: float = dataclasses.field(
        default=DEFAULT_GIGABYTES, metadata={"help": mark("Gigabytes of memory that reading may take")}
    )
    time: int = dataclasses.field(
        default=0, metadata={"help": mark("Seconds that reading may take; 0 means by the size of the files")}
    )

    def options(self) -> ImportOptions:
        """Return them as numbers.

        Raises:
            BadInput: names what cannot be read.
        """
        return read_options(unit=self.unit, up=self.up, scale=self.scale, crs=self.crs, origin=self.origin)

    def arguments(self) -> list[str]:
        """Return what was said as arguments for another program of ours."""
        said = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        given = {f.name: said[f.name] for f in dataclasses.fields(self) if said[f.name] != f.default}
        return [f"--{name}={value}" for name, value in given.items()]


def parse_unit(text: str) -> float | None:
    """Return metres in one unit, None for "".

    Raises:
        BadInput: it is neither a unit's name nor a positive number.
    """
    word = text.strip().lower()
    if not word:
        return None
    metres = UNITS.get(word) or _number(word)
    if metres is None or not 0 < metres <= 1e6:
        raise BadInput(
            _("expected a unit such as {names}, or its length in metres, got {text!r}").format(
                names=", ".join(UNITS), text=text
            )
        )
    return metres


def parse_epsg(text: str) -> int | None:
    """Return the number of a reference system, written ``7415`` or ``EPSG:7415``; None for "".

    Raises:
        BadInput: it is none.
    """
    word = text.strip().upper().removeprefix("EPSG:").strip()
    if not word:
        return None
    if not word.isdecimal() or not 1024 <= int(word) <= 32767:
        raise BadInput(_("expected a reference system such as EPSG:7415, got {text!r}").format(text=text))
    return int(word)


def parse_point(text: str, flag: str) -> Point | None:
    """Return a point written ``X,Y,Z``, metres; Z may be left out, None for "".

    Args:
        flag: what it was given as, for the error.

    Raises:
        BadInput: it is no point.
    """
    if not text.strip():
        return None
    numbers = [_number(part) for part in text.replace(";", ",").split(",")]
    known = [number for number in numbers if number is not None]
    if len(known) != len(numbers) or len(known) not in (2, 3):
        raise BadInput(
            _("expected {flag} X,Y,Z in metres, such as 12,4.5,0, got {text!r}").format(flag=flag, text=text)
        )
    x, y, *rest = known
    return x, y, rest[0] if rest else 0.0


def parse_axis(text: str) -> str | None:
    """Return ``Y`` or ``Z``, None for "".

    Raises:
        BadInput: it is neither.
    """
    word = text.strip().upper()
    if word and word not in AXES:
        raise BadInput(_("expected Y or Z as the axis that points up, got {text!r}").format(text=text))
    return word or None


def read_options(
    *, unit: str = "", up: str = "", scale: float = 1.0, crs: str = "", origin: str = ""
) -> ImportOptions:
    """Return what people wrote as the options of an import.

    Raises:
        BadInput: names what cannot be read.
    """
    if not (math.isfinite(scale) and 0 < scale <= 1e6):
        raise BadInput(_("expected a scale above 0, got {scale}").format(scale=scale))
    axis = parse_axis(up)
    return ImportOptions(
        unit=parse_unit(unit),
        up="Y" if axis == "Y" else "Z" if axis == "Z" else None,
        scale=scale,
        epsg=parse_epsg(crs),
        origin=parse_point(origin, "--origin"),
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
