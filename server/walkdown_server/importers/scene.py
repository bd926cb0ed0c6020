"""Scene files: several models with their places, units and reference systems become one site."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from walkdown.errors import BadInput, ImportFailed
from walkdown.i18n import _
from walkdown.messages import ImportOptions, Placement
from walkdown.model_options import parse_axis, parse_epsg, parse_unit
from walkdown_server.importers.dae_file import axis_rotation
from walkdown_server.importers.formats import is_model_folder
from walkdown_server.importers.job import OF_THE_MODELS, Input, SiteFrame

SUFFIX = ".toml"
MAX_MODELS = 1000
MAX_BYTES = 4 << 20
MAX_DOTS = 500
"""In one line: the parser takes the square of the depth of a dotted key."""
MAX_METRES = 1e9

Triple = tuple[float, float, float]
Check = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """A site as a scene file describes it.

    Attributes:
        name: of the site. inputs: its models. frame: reference system and zero of the whole.
        bindings: file that binds live values, or None.
    """

    name: str
    inputs: tuple[Input, ...]
    frame: SiteFrame = OF_THE_MODELS
    bindings: Path | None = None


def read_scene(path: Path) -> Scene:
    """Read a scene file.

    Raises:
        ImportFailed: names the table and the key that is wrong.
    """
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            raise ImportFailed(
                _("{path} should be a text file of at most {limit} bytes").format(path=path, limit=MAX_BYTES)
            )
        text = path.read_text(encoding="utf-8")
        if max(map(_dots, text.splitlines()), default=0) > MAX_DOTS:
            raise ImportFailed(_("{path} is nested too deeply").format(path=path))
        document = tomllib.loads(text)
    except OSError as error:
        raise ImportFailed(
            _("{path} cannot be read: {reason}").format(path=path, reason=error.strerror)
        ) from None
    except RecursionError:
        raise ImportFailed(_("{path} is nested too deeply").format(path=path)) from None
    except ValueError as error:  # no TOML, no UTF-8, or a number of too many digits
        raise ImportFailed(
            _("{path} is not a TOML file: {reason}").format(path=path, reason=str(error).partition(";")[0])
        ) from None
    site = _checked(document, SITE_KEYS, path.name)
    tables = site.get("model", [])
    if not 0 < len(tables) <= MAX_MODELS:
        raise ImportFailed(
            _("{file} should have 1 to {limit} [[model]] tables, but has {count}").format(
                file=path.name, limit=MAX_MODELS, count=len(tables)
            )
        )
    inputs = [
        _input(table, f"{path.name}: [[model]] {number}", path.parent)
        for number, table in enumerate(tables, 1)
    ]
    bindings = site.get("bindings")
    return Scene(
        name=site.get("name", path.stem),
        inputs=tuple(inputs),
        frame=SiteFrame(site.get("crs"), site.get("origin")),
        bindings=None if bindings is None else _there(path.parent / bindings, f"{path.name}: bindings"),
    )


def _dots(line: str) -> int:
    return line.count(".")


def _input(table: Any, where: str, folder: Path) -> Input:
    if not isinstance(table, dict):
        raise ImportFailed(_("{where} should be a table").format(where=where))
    said = _checked(table, MODEL_KEYS, where)
    if "file" not in said:
        raise ImportFailed(_("{where} needs the key 'file'").format(where=where))
    path = _there(folder / said["file"], f"{where}: file")
    placed = "position" in said or "rotation_deg" in said
    options = ImportOptions(
        unit=said.get("unit"),
        up=said.get("up"),
        scale=said.get("scale", 1.0),
        epsg=said.get("crs"),
        origin=said.get("origin"),
    )
    return Input(
        path=path,
        options=options,
        placement=_placement(said.get("position", (0.0, 0.0, 0.0)), said.get("rotation_deg", 0.0))
        if placed
        else None,
        label=said.get("name", ""),
        main=said.get("main", ""),
    )


def _there(path: Path, where: str) -> Path:
    if not path.is_file() and not is_model_folder(path):
        raise ImportFailed(_("{where}: there is no file {path}").format(where=where, path=path))
    return path


def _placement(position: Triple, rotation: float | Triple) -> Placement:
    """Return site_from_model: turned about X, then Y, then Z, all standing still, then moved."""
    angles = (0.0, 0.0, rotation) if isinstance(rotation, float) else rotation
    turn = np.eye(3)
    for axis, degrees in zip(np.eye(3), angles, strict=True):
        turn = axis_rotation(axis, math.radians(degrees)) @ turn
    return tuple(np.column_stack([turn, position]).reshape(-1).tolist())


# ---- keys -------------------------------------------------------------------------------------------


def _checked(table: Mapping[str, Any], keys: Mapping[str, tuple[str, Check]], where: str) -> dict[str, Any]:
    """Return the values of a table as what their keys take."""
    found = {}
    for key, value in table.items():
        if key not in keys:
            near = difflib.get_close_matches(key, keys, n=1) or [", ".join(keys)]
            raise ImportFailed(
                _("{where}: the key {key!r} is not known; expected for instance {known}").format(
                    where=where, key=key[:50], known=near[0]
                )
            )
        words, check = keys[key]
        try:
            found[key] = check(value)
        except (TypeError, ValueError, BadInput):
            raise ImportFailed(
                _("{where}: {key} should be {expected}, but is {found!r}").format(
                    where=where, key=key, expected=words, found=str(value)[:80]
                )
            ) from None
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 1000:
        raise TypeError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_METRES:
        raise TypeError
    return float(value)


def _positive(value: Any) -> float:
    if not 0 < _number(value) <= 1e6:
        raise ValueError
    return float(value)


def _triple(value: Any) -> Triple:
    if not isinstance(value, list) or len(value) not in (2, 3):
        raise TypeError
    x, y, *rest = map(_number, value)
    return (x, y, rest[0] if rest else 0.0)


def _turn(value: Any) -> float | Triple:
    if isinstance(value, list):
        x, y, z = map(_number, value)
        return (x, y, z)
    return _number(value)


def _unit(value: Any) -> float:
    metres = parse_unit(value) if isinstance(value, str) else _positive(value)
    if metres is None:
        raise ValueError
    return metres


def _crs(value: Any) -> int:
    number = parse_epsg(value if isinstance(value, str) else str(int(_number(value))))
    if number is None:
        raise ValueError
    return number


def _up(value: Any) -> str:
    axis = parse_axis(_text(value))
    if axis is None:
        raise ValueError
    return axis


def _tables(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


METRES = "[x, y, z] in metres"
SYSTEM = "a reference system such as 'EPSG:7415'"

SITE_KEYS: dict[str, tuple[str, Check]] = {
    "name": ("text", _text),
    "crs": (SYSTEM, _crs),
    "origin": (METRES, _triple),
    "bindings": ("a path", _text),
    "model": ("[[model]] tables", _tables),
}
MODEL_KEYS: dict[str, tuple[str, Check]] = {
    "file": ("a path", _text),
    "name": ("text", _text),
    "main": ("a path in the zip", _text),
    "position": (METRES, _triple),
    "rotation_deg": ("degrees about the vertical, or [x, y, z]", _turn),
    "scale": ("a number above 0", _positive),
    "unit": ("a unit such as 'mm', or metres in one", _unit),
    "up": ("'Y' or 'Z'", _up),
    "crs": (SYSTEM, _crs),
    "origin": (METRES, _triple),
}
