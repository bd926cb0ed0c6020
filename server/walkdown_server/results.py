"""The subcommands that take the results of a review out of a session: its report, and its pack.

Both work without a server, from the folder of a session, its exported file or a session pack; and of a
running session, by its address, with the client that is installed beside.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from walkdown.errors import BadInput, Missing
from walkdown.i18n import LANGUAGES, _, language, ngettext, plain
from walkdown.review import ReviewState
from walkdown_server.exchange.about import About, Files, ModelLine

if TYPE_CHECKING:
    from walkdown_server.exchange.pack import Loaded
    from walkdown_server.exchange.pack.session_file import SessionFile
    from walkdown_server.journal.reading import Reading

Data = Annotated[Path | None, typer.Option("--data", help=_("Folder for the journal and caches"))]
Source = Annotated[
    str,
    typer.Argument(
        help=_("A link or address, or the name of a session, its folder, its exported file or its pack")
    ),
]
Form = Literal["html", "pdf", "pack"]
Fetch = Callable[..., bytes]
"""Called with an address and ``form``, ``language`` and ``topics``."""

COMMIT = 500
"""So many records are written at a time."""

REMOTE = "walkdown.exports"
"""The entry-point group in which the client says how a running session is asked."""


def report(
    session: Source,
    *,
    to_language: Annotated[
        str, typer.Option("--language", help=_("Language of the report: en, zh_CN, de"))
    ] = "",
    pdf: Annotated[bool, typer.Option("--pdf", help=_("A PDF, not HTML"))] = False,
    topic: Annotated[list[int] | None, typer.Option(help=_("Number of a topic; may be repeated"))] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help=_("File to write"))] = None,
    data: Data = None,
) -> None:
    """Write the report of a review: one HTML file, or a PDF."""
    wanted = to_language or language()
    if wanted not in LANGUAGES:
        text = _("--language should be one of {choices}, but is {came}.")
        raise BadInput(text.format(choices=", ".join(LANGUAGES), came=wanted))
    form: Literal["html", "pdf"] = "pdf" if pdf else "html"
    if "://" in session:
        if topic:
            raise BadInput(_("--topic is for sessions that are not running; leave it out."))
        made = _remote()(session, form=form, language=wanted)
        _write(out or Path(f"report.{form}"), made)
        return
    found = _found(session, data)
    from walkdown_server.exchange.report import make

    chosen = _numbered(found.state, topic or ())
    made = make(found.state, found.files, found.about, form=form, language=wanted, topics=chosen)
    _say(found.notes)
    _write(out or Path(f"{_file_name(found.about.session)}-report.{form}"), made)


def pack(
    session: Source,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help=_("Folder, or file that ends with .zip, to write"))
    ] = None,
    data: Data = None,
) -> None:
    """Write the results of a review as a folder of small text files, or as a zip of it."""
    from walkdown_server.exchange.pack.bcf_file import write_bcf
    from walkdown_server.exchange.pack.zipped import unzipped, zipped

    if "://" in session:
        name, made = "review", _remote()(session, form="pack", language=language())
    else:
        found = _found(session, data)
        _say(found.notes)
        name, made = (
            _file_name(found.about.session),
            zipped(found.state, found.about, found.files, bcf=write_bcf),
        )
    place = out or Path(f"{name}-pack")
    if place.suffix == ".zip":
        _write(place, made)
    else:
        count = unzipped(made, place)
        typer.echo(_("{count} files were written to {path}.").format(count=count, path=place))


def restore_pack(
    source: Annotated[
        Path, typer.Argument(metavar="PACK", help=_("Session pack, its folder or zip"), exists=True)
    ],
    *,
    name: Annotated[str, typer.Option(help=_("Name of the session; without one, as it was"))] = "",
    data: Data = None,
) -> None:
    """Make a session of a session pack; a server that is started with its name goes on with it."""
    from walkdown.settings import ServerSettings, load
    from walkdown_server.exchange.pack import load as load_pack
    from walkdown_server.hosting import data_folder, session_folder

    loaded = load_pack(source)
    _say(loaded.incoming.notes)
    name = name or loaded.session.session
    settings = load(ServerSettings, {"data": data, "name": name})
    folder = session_folder(settings)
    if not name or (folder / "heads").exists():
        text = _("There is a session {name} already, in {folder}: choose another --name.")
        raise BadInput(text.format(name=name, folder=folder))
    _make_session(folder, data_folder(settings), loaded)
    count = len(loaded.incoming.topics)
    text = ngettext("{name} is here with {count} topic.", "{name} is here with {count} topics.", count)
    typer.echo(text.format(name=name, count=count))


def _make_session(folder: Path, data: Path, loaded: Loaded) -> None:
    """Write the journal of a new session, and the files that it refers to."""
    import itertools

    from walkdown_server.exchange.pack.journaled import records_of
    from walkdown_server.journal import Store
    from walkdown_server.journal.kept import entry_of
    from walkdown_server.keys import ServerKey

    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    for sha256 in loaded.files:
        if (content := loaded.files.get(sha256)) is not None:
            (files / sha256).write_bytes(content)
    store = Store(folder, ServerKey.of_folder(data))
    try:
        entries = (entry_of(record) for record in records_of(loaded.review, now_ns=time.time_ns()))
        while some := list(itertools.islice(entries, COMMIT)):
            store.append(some)
    finally:
        store.close()


# ---- where it comes from ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """A review and what is said beside it; ``notes`` are sentences about what was odd."""

    state: ReviewState
    about: About
    files: Files
    notes: tuple[str, ...] = ()


def _remote() -> Fetch:
    found = next(iter(entry_points(group=REMOTE)), None)
    if found is None:
        raise Missing(_("A running session is asked by the client, which is not installed: walkdown[client]"))
    fetch: Fetch = found.load()
    return fetch


def _found(session: str, data: Path | None) -> _Found:
    """Return the review of a session or pack.

    Raises:
        BadInput: there is none of that name.
    """
    path = Path(session)
    if (path / "topics").is_dir():
        return _of_pack(path)
    if path.is_file():
        return _of_pack(path) if path.suffix.lower() == ".zip" else _of_exported(path)
    if (path / "heads").exists() or (path / "journal").exists():
        return _of_folder(path.resolve(), path.resolve().name)
    from walkdown.settings import ServerSettings, load
    from walkdown_server.hosting import session_folder

    folder = session_folder(load(ServerSettings, {"data": data, "name": session}))
    if not (folder / "heads").exists():
        text = _("There is no session or pack {name}: {folder} does not exist. Name its folder, or --data.")
        raise BadInput(text.format(name=session, folder=folder))
    return _of_folder(folder, session)


def _of_pack(path: Path) -> _Found:
    from walkdown_server.exchange.pack import load
    from walkdown_server.exchange.pack.session_file import about_of

    loaded = load(path)
    about = about_of(loaded.session, time.time_ns())
    return _Found(loaded.review, about, loaded.files.get, loaded.incoming.notes)


def _of_exported(path: Path) -> _Found:
    from walkdown.errors import JournalError
    from walkdown_server.journal.exported import unpack

    try:
        exported = unpack(path.read_bytes())
    except (JournalError, OSError) as error:
        text = _("{path} is neither an exported session nor the zip of a session pack: {reason}.")
        raise BadInput(text.format(path=path, reason=error)) from error
    name = exported.about.session if exported.about else path.stem
    found = _of_reading(exported.reading, name)
    return replace(found, files=_StoreFiles(path.with_suffix(".files")).read)


def _of_folder(folder: Path, name: str) -> _Found:
    from walkdown_server.journal.store import read_folder

    found = _of_reading(read_folder(folder), name)
    own = _own_pack(folder / "review" / "session.json")
    models = tuple(ModelLine(one.name, one.revision, one.package) for one in own.models)
    about = replace(found.about, names=own.names, models=models or found.about.models)
    return _Found(found.state, about, _StoreFiles(folder / "files").read, found.notes)


def _of_reading(reading: Reading, name: str) -> _Found:
    from walkdown_server.exchange.about import no_files
    from walkdown_server.journal.kept import record_of
    from walkdown_server.session import Session

    session = Session()
    for entry in reading.entries:
        session.apply(record_of(entry))
    models = tuple(ModelLine(one.name, one.revision, one.package) for one in session.models())
    faults = tuple(fault.text for fault in reading.faults)
    return _Found(session.review, About(name, time.time_ns(), models), no_files, faults)


def _own_pack(path: Path) -> SessionFile:
    """Return what the session's own pack knows of models and of the names of things."""
    from walkdown_server.exchange.pack.session_file import SessionFile, read_session

    try:
        return read_session(path.read_bytes())
    except (OSError, ValueError):
        return SessionFile()


class _StoreFiles:
    """The files of a session's store, only read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, sha256: str) -> bytes | None:
        """Return a file, None when it is not there or is another than its name says."""
        import hashlib

        try:
            data = (self._folder / sha256).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None


# ---- telling ----------------------------------------------------------------------------------------------


def _numbered(state: ReviewState, numbers: tuple[int, ...] | list[int]) -> list[str]:
    """Return the ids of topics with these numbers.

    Raises:
        BadInput: there is none of a number.
    """
    by_number = {topic.index: topic.topic for topic in state.topics.values()}
    for number in numbers:
        if number not in by_number:
            raise BadInput(_("There is no topic with the number {number}.").format(number=number))
    return [by_number[number] for number in numbers]


def _file_name(session: str) -> str:
    return (
        "".join(letter if letter.isalnum() or letter in "-_. " else "-" for letter in session).strip()
        or "session"
    )


def _say(notes: tuple[str, ...]) -> None:
    for note in notes:
        typer.echo(plain(note), err=True)


def _write(path: Path, data: bytes) -> None:
    """Write a file that appears as a whole, and say where it is."""
    new = path.with_name(path.name + ".new")
    try:
        new.write_bytes(data)
        new.replace(path)
    except OSError as error:
        text = _("{path} cannot be written: {reason}.")
        raise BadInput(text.format(path=path, reason=error.strerror)) from error
    typer.echo(_("Written to {path}.").format(path=path))
