"""The sessions of a server as its operator names them: one table of the settings file each, or one flag.

``[sessions."Hall 3"]`` in the file, or ``--session "Hall 3=hall3.wdp"``. A flag wins over the table of the
same name. Every value is checked where it comes from, as all settings are.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from msgspec import Meta

from walkdown.errors import SettingsError
from walkdown.i18n import _
from walkdown.listing import SESSION_NAME_MAX
from walkdown.settings import SESSIONS, Count, checked, default_file, read_toml, refuse_name


@dataclasses.dataclass(frozen=True, kw_only=True)
class SessionSettings:
    """One session beside others. Without a package it shows the demo plant.

    Attributes:
        package, packages: what it shows, one or several: packages, model files or a scene file.
        bindings: TOML file that binds MQTT topics to things. demo: show the demo plant. seed: of that.
        max_people: who may be in it at once; None is what holds for the server.
    """

    package: Path | None = None
    packages: tuple[Path, ...] = ()
    bindings: Path | None = None
    demo: bool = False
    seed: Count = 1
    max_people: Annotated[int, Meta(ge=1, le=2000)] | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Everything that it shows; nothing is the demo plant."""
        return (*((self.package,) if self.package else ()), *self.packages)


def load_sessions(flags: Sequence[str] = (), *, file: Path | None = None) -> dict[str, SessionSettings]:
    """Return the sessions that file and flags name, in their order, by name.

    Args:
        flags: ``NAME=PATH`` each, or ``NAME`` for the demo plant; several of one name are several packages.
        file: a TOML file that has to exist; without one, the default file if that exists.

    Raises:
        SettingsError: a name or value is not what it should be; names the place and both.
    """
    sessions = _in_file(file) | _in_flags(flags)
    for name, session in sessions.items():
        if session.demo and session.paths:
            text = _("[sessions.{name}] should have demo or packages, not both: leave one of them out.")
            raise SettingsError(text.format(name=json.dumps(name, ensure_ascii=False)))
    return sessions


def sessions_as_toml(sessions: Mapping[str, SessionSettings]) -> str:
    """Return sessions as tables of a TOML file; what is not set is left out."""
    return "".join(_table(name, session) for name, session in sessions.items())


def _table(name: str, session: SessionSettings) -> str:
    values = {field.name: getattr(session, field.name) for field in dataclasses.fields(session)}
    lines = [f"\n[{SESSIONS}.{_toml(name)}]"]
    lines += [f"{key} = {_toml(value)}" for key, value in values.items() if value not in (None, (), False)]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


def _in_file(file: Path | None) -> dict[str, SessionSettings]:
    path = file or default_file()
    if file is None and not path.exists():
        return {}
    tables = read_toml(path).get(SESSIONS, {})
    if not isinstance(tables, dict):
        return {}  # said already: a key at the top is no setting
    return {name: _session(name, table, path) for name, table in tables.items()}


def _session(name: str, table: object, path: Path) -> SessionSettings:
    where = f"{path}: [{SESSIONS}.{_toml(name)}]"
    _check_name(name, where)
    types = get_type_hints(SessionSettings, include_extras=True)
    if not isinstance(table, dict):
        raise SettingsError(
            _('{where} should be a table, for instance [sessions.hall] with package = "hall.wdp".').format(
                where=where
            )
        )
    values: dict[str, Any] = {}
    for key, value in table.items():
        refuse_name(key, set(types), f"{where} {key}")
        values[key] = checked(types[key], value, f"{where} {key}")
    return SessionSettings(**values)


def _in_flags(flags: Sequence[str]) -> dict[str, SessionSettings]:
    named: dict[str, list[Path]] = {}
    for flag in flags:
        name, _equals, path = flag.partition("=")
        _check_name(name, f"--session {flag}")
        named.setdefault(name, []).extend([Path(path)] if path else [])
    return {name: SessionSettings(packages=tuple(paths)) for name, paths in named.items()}


def _check_name(name: str, where: str) -> None:
    if not name.strip() or len(name) > SESSION_NAME_MAX or not name.isprintable():
        text = _("{where}: a session has a name of 1 to {most} characters, {count} came.")
        raise SettingsError(text.format(where=where, most=SESSION_NAME_MAX, count=len(name)))
