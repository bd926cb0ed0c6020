"""What can be set: typed, validated, from flags, the environment or one TOML file, under the same names.

A field of a dataclass below is a flag (``--max-people``), an environment variable (``WALKDOWN_MAX_PEOPLE``)
and a key of the file (``max_people``), and stands here once. A flag wins over the environment, the
environment over the file, the file over the default. A key in the file's table ``[server]`` or ``[client]``
wins over the same key at its top, which holds for both. Each value is checked where it comes from, so that
an error can say where that is.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import platformdirs
from msgspec import Meta

from walkdown.errors import SettingsError
from walkdown.i18n import _, mark

T = TypeVar("T")
S = TypeVar("S", bound="Settings")

Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=0)]
Secs = Annotated[float, Meta(ge=0)]
Language = Literal["en", "zh_CN", "de"]
Loop = Literal["auto", "asyncio", "uvloop", "aiofastnet"]


def setting(default: T, text: str) -> T:
    """Returns a dataclass field with this default and this text in ``--help``."""
    field: T = dataclasses.field(default=default, metadata={"help": text})
    return field


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What every command understands."""

    table: ClassVar[str] = ""

    lang: Language | None = setting(None, mark("Language of all text; otherwise the system's"))
    debug: bool = setting(False, mark("Log details, and show tracebacks"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServerSettings(Settings):
    """One session server. Without a package it serves the demo plant; port 0 means any free one."""

    table: ClassVar[str] = "server"

    host: str = setting("127.0.0.1", mark("Address to listen on"))
    port: Port = setting(8765, mark("TCP port to listen on; 0 means any free one"))
    insecure_lan: bool = setting(
        False, mark("Listen beyond this computer without encryption, to anybody who gets there")
    )
    tls_cert: Path | None = setting(
        None, mark("Certificate to show, PEM, its chain after it; without one, the server's own")
    )
    tls_key: Path | None = setting(None, mark("Private key of --tls-cert, PEM, without a password"))
    share_port: Port = setting(
        0, mark("TCP port for people who were invited to a server on loopback; 0 means the next free one")
    )
    share_host: str = setting(
        "", mark("Name or address in links that invite; without one, this computer's addresses")
    )
    media: Literal["datagrams", "websocket"] = setting(
        "datagrams", mark("How voice travels: in datagrams where they pass, or through the WebSocket alone")
    )
    media_port: Port = setting(
        0, mark("UDP port for voice; 0 means the number of the TCP port, or any when that is in use")
    )
    lock_loopback: bool = setting(
        False, mark("Ask people on this computer for an invitation too, as behind a reverse proxy")
    )
    origins: str = setting(
        "", mark("Web pages that may join beside the server's own, such as https://twin.example, by commas")
    )
    name: str = setting("", mark("Name of the session; without one, the first model's"))
    data: Path | None = setting(None, mark("Folder for the journal and caches"))
    package: Path | None = setting(None, mark("Package to serve; without one, the demo plant"))
    bindings: Path | None = setting(None, mark("TOML file that binds MQTT topics to things"))
    seed: Count = setting(1, mark("Seed of the demo plant and its process"))
    max_people: Annotated[int, Meta(ge=1, le=2000)] = setting(
        300, mark("How many may be in the session at once")
    )
    loop: Loop = setting("auto", mark("Event loop; auto is Python's own"))
    processes: Annotated[int, Meta(ge=1, le=64)] = setting(
        1, mark("How many processes share the port; the sessions are spread over them")
    )
    max_model_mb: Annotated[int, Meta(ge=1, le=4294)] = setting(
        2048, mark("Largest model file that people may bring into the session, in MB")
    )
    max_file_mb: Annotated[int, Meta(ge=1, le=4294)] = setting(
        64,
        mark(
            "Largest photo or document that people may attach, in MB; a file of topics may have 8 times that"
        ),
    )
    files_mb: Annotated[int, Meta(ge=1, le=1_000_000)] = setting(
        4096, mark("How much all photos, documents and evidence of a session may have, in MB")
    )
    log: Literal["text", "json"] = setting(
        "text",
        mark("How the log is written: as text, or as JSON with a line for everyone who comes and goes"),
    )
    metrics_open: bool = setting(False, mark("Show /metrics to other computers too, not only to this one"))
    history_mb: Annotated[int, Meta(ge=0, le=1_000_000)] = setting(
        512, mark("How much of the past is kept of a session, in MB; 0 keeps none")
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClientSettings(Settings):
    """One person's client, in a window or headless."""

    table: ClassVar[str] = "client"

    name: str = setting("", mark("Your name; without one, your account's"))
    preset: Literal["cad", "blender", "game"] | None = setting(
        None, mark("Which program's mouse and keys to follow; otherwise those used last")
    )
    headless: bool = setting(False, mark("Draw without a window"))
    seconds: Secs = setting(0.0, mark("Leave after this many seconds; 0 means stay"))
    screenshot: Path | None = setting(
        None, mark("Write a picture here before leaving, and what it shows beside it")
    )
    width: Annotated[int, Meta(ge=320, le=16384)] = setting(1600, mark("Width of the picture in pixels"))
    height: Annotated[int, Meta(ge=240, le=16384)] = setting(900, mark("Height of the picture in pixels"))
    ui_scale: Annotated[float, Meta(ge=0.75, le=3)] | None = setting(
        None, mark("Size of text and panels; otherwise the one used last")
    )
    quality: Literal["low", "medium", "high"] | None = setting(
        None, mark("How much to draw at best; otherwise as used last")
    )
    cache: Path | None = setting(None, mark("Folder for downloaded models"))
    sound: bool | None = setting(None, mark("Hear and be heard; without a window only when asked for"))
    sound_mode: Literal["headphones", "speakers", "mono", "left", "right"] | None = setting(
        None, mark("How you listen; otherwise as last time")
    )
    sound_output: str | None = setting(None, mark("Device to hear with; otherwise the one used last"))
    sound_input: str | None = setting(None, mark("Device to speak into; otherwise the one used last"))


KINDS = (ServerSettings, ClientSettings)
"""Each has a table of the file."""

SESSIONS = "sessions"
"""The table of the file that has one table for each session."""


def load(kind: type[S], flags: Mapping[str, object] | None = None, *, file: Path | None = None) -> S:
    """Returns the settings of one kind from all four places.

    Args:
        kind: the dataclass to fill.
        flags: values by field name; None means that the flag was not given.
        file: a TOML file that has to exist; without one, :func:`default_file` if that exists.

    Raises:
        SettingsError: a name is unknown or a value is not what it should be; names the place and both.
    """
    types = get_type_hints(kind, include_extras=True)
    values: dict[str, Any] = {}
    for place in (_in_file(kind, file), _in_environment(kind), _in_flags(flags or {})):
        values |= {name: checked(types[name], value, where) for name, value, where in place}
    return kind(**values)


def default_file() -> Path:
    """Returns the file that is read when none is named: WALKDOWN_CONFIG, else the user's own."""
    named = os.environ.get("WALKDOWN_CONFIG")
    own = platformdirs.user_config_path("walkdown", appauthor=False) / "walkdown.toml"
    return Path(named) if named else own


def as_toml(settings: Settings) -> str:
    """Returns the settings as the table of a TOML file; what is not set is a comment."""
    lines = [f"[{settings.table}]"] if settings.table else []
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        lines.append(f"# {field.name} =" if value is None else f"{field.name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)


# -- the three places: each gives (field name, value, where it stands) --------------------------------

_Found = Iterator[tuple[str, object, str]]


def _in_flags(flags: Mapping[str, object]) -> _Found:
    for name, value in flags.items():
        if value is not None:
            yield name, value, "--" + name.replace("_", "-")


def _in_environment(kind: type[Settings]) -> _Found:
    for field in dataclasses.fields(kind):
        variable = "WALKDOWN_" + field.name.upper()
        if os.environ.get(variable):
            yield field.name, os.environ[variable], variable


def _in_file(kind: type[Settings], file: Path | None) -> _Found:
    path = file or default_file()
    if file is None and not path.exists():
        return
    content = read_toml(path)
    _refuse_unknown(content, path)
    own = {field.name for field in dataclasses.fields(kind)}
    for key, value in content.items():
        if key in own:
            yield key, value, f"{path}: {key}"
    for key, value in content.get(kind.table, {}).items():
        yield key, value, f"{path}: [{kind.table}] {key}"


def read_toml(path: Path) -> dict[str, Any]:
    """Returns what a TOML file says.

    Raises:
        SettingsError: it cannot be read, or is none.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            _("The settings file {path} cannot be read: {reason}.").format(path=path, reason=error.strerror)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            _("{path} is not a TOML file: {reason}.").format(path=path, reason=error)
        ) from error


def _refuse_unknown(content: Mapping[str, Any], path: Path) -> None:
    kinds = {kind.table: {field.name for field in dataclasses.fields(kind)} for kind in KINDS}
    top = set[str]().union(*kinds.values())
    for key, value in content.items():
        if not isinstance(value, dict):
            refuse_name(key, top, f"{path}: {key}")
        elif key == SESSIONS:
            continue  # read by ``session_tables``
        elif key not in kinds:
            refuse_name(key, {*kinds, SESSIONS}, f"{path}: [{key}]")
        else:
            for name in value:
                refuse_name(name, kinds[key], f"{path}: [{key}] {name}")


def refuse_name(name: str, known: set[str], where: str) -> None:
    """Raises SettingsError for a name that is not known, with the nearest that are."""
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or sorted(known)
        text = _("{where} is not a setting; expected for instance {known}.")
        raise SettingsError(text.format(where=where, known=", ".join(near)))


def checked(kind: Any, value: object, where: str) -> Any:
    """Returns ``value`` as the type of its field; text (from the environment) may stand for a number.

    Raises:
        SettingsError: it cannot be one; says what was expected.
    """
    try:
        number = msgspec.convert(
            value, kind, strict=not where.startswith("WALKDOWN_"), dec_hook=lambda _kind, text: Path(text)
        )
    except (msgspec.ValidationError, TypeError) as error:
        raise _wrong(where, _expected(kind, error), value) from error
    if isinstance(number, float) and not math.isfinite(number):
        raise _wrong(where, _("a finite number"), str(number))
    return number


def _wrong(where: str, expected: str, value: object) -> SettingsError:
    came = json.dumps(value, default=str, ensure_ascii=False)
    text = _("{where} should be {expected}, but is {came}.")
    return SettingsError(text.format(where=where, expected=expected, came=came))


def _expected(kind: Any, error: Exception) -> str:
    """Says in words what a field of type ``kind`` takes."""
    choices = next((get_args(part) for part in (kind, *get_args(kind)) if get_origin(part) is Literal), ())
    if choices:
        return _("one of {choices}").format(choices=", ".join(map(str, choices)))
    if kind is bool:
        return _("true or false")
    if get_origin(kind) is tuple:
        return _("a list of paths")
    if Path in (kind, *get_args(kind)):
        return _("a path")
    words = str(error).removeprefix("Expected ").split(", got ")[0]
    for code, plain in {"int": _("a whole number"), "float": _("a number"), "str": _("text")}.items():
        words = words.replace(f"`{code}`", plain).replace(f"`{code} | null`", plain)
    return words
