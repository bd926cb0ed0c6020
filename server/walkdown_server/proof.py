"""The subcommands that check, export and restore a session; none of them needs a server."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from walkdown.errors import BadInput, JournalError
from walkdown.i18n import _, ngettext
from walkdown.settings import ServerSettings, load
from walkdown_server.filing.carrying import carry, named_in, place_beside
from walkdown_server.filing.store import FOLDER as FILES
from walkdown_server.journal.exported import (
    About,
    Exported,
    good_part,
    key_of,
    pack,
    packages_of,
    promised_part,
    unpack,
)
from walkdown_server.journal.kept import record_of
from walkdown_server.journal.reading import Fault, Reading, read
from walkdown_server.journal.store import bytes_of_folder, read_folder, write_folder

Data = Annotated[Path | None, typer.Option("--data", help=_("Folder for the journal and caches"))]


def verify(
    path: Annotated[
        Path, typer.Argument(help=_("Folder of a session, or a file of export-session"), exists=True)
    ],
    *,
    key: Annotated[str, typer.Option(help=_("Public key that has to have signed the last commit"))] = "",
    json: Annotated[bool, typer.Option("--json", help=_("Print the result as JSON"))] = False,
) -> None:
    """Check every byte of a session: records, their chain, heads and signatures."""
    found = _read(path)
    faults = [*found.faults, *_unreadable(found), *_foreign(found, key)]
    if json:
        typer.echo(msgspec.json.encode(_result(found, faults)).decode())
    else:
        _say(path, found, faults)
    if faults:
        raise typer.Exit(1)


def export_session(
    session: Annotated[str, typer.Argument(help=_("Name of a session, or its folder"))],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help=_("File to write, NAME.wds"))],
    data: Data = None,
    good: Annotated[
        bool, typer.Option("--good-part", help=_("Of a damaged session, export what comes before the damage"))
    ] = False,
) -> None:
    """Write a session as one file that can be verified anywhere, and the files of its review beside it.

    Its server may be running.
    """
    name, folder = _session(session, data)
    journal, heads = bytes_of_folder(folder)
    found = read_folder(folder, all_signatures=True)
    if found.faults and not good:
        text = _("{path}: {what}; --good-part exports the {count} records before it")
        raise JournalError(text.format(path=folder, what=found.faults[0].text, count=found.at.number))
    parts = good_part(found, journal) if good else promised_part(read(journal, heads), journal, heads)
    kept = read(*parts)
    _write(out, pack(_about(name, kept), journal=parts[0], heads=parts[1]))
    count = len(kept.entries)
    text = ngettext("{count} record was written to {path}.", "{count} records were written to {path}.", count)
    typer.echo(text.format(count=count, path=out))
    _carry(named_in(kept.entries), folder / FILES, place_beside(out))


def restore_session(
    file: Annotated[Path, typer.Argument(help=_("File of export-session"), exists=True, dir_okay=False)],
    *,
    name: Annotated[str, typer.Option(help=_("Name of the session; without one, as it was"))] = "",
    data: Data = None,
) -> None:
    """Make a session of an exported file and the files beside it; a server of that name goes on with it."""
    from walkdown_server.hosting import data_folder, session_folder

    exported = _named(file, file.read_bytes())
    if exported.reading.faults:
        text = _("{path}: {what}; take another copy of the file")
        raise JournalError(text.format(path=file, what=exported.reading.faults[0].text))
    name = name or (exported.about.session if exported.about else "")
    settings = load(ServerSettings, {"data": data, "name": name})
    folder = session_folder(settings)
    try:
        write_folder(folder, exported.journal, exported.heads)
    except FileExistsError as error:
        text = _("There is a session {name} already, in {folder}: choose another --name.")
        raise BadInput(text.format(name=name, folder=folder)) from error
    _say_restored(name, exported.reading, data_folder(settings) / "models")
    _carry(named_in(exported.reading.entries), place_beside(file), folder / FILES)


# ---- reading -------------------------------------------------------------------------------------------


def _read(path: Path) -> Reading:
    if path.is_file():
        return _named(path, path.read_bytes()).reading
    if not (path / "journal").exists() and not (path / "heads").exists():
        raise BadInput(
            _("There is no session in {path}: it has neither journal nor heads.").format(path=path)
        )
    return read_folder(path, all_signatures=True)


def _named(path: Path, data: bytes) -> Exported:
    """Return what an exported file holds, with its name before what is wrong with it."""
    try:
        return unpack(data)
    except JournalError as error:
        text = _("{path}: {reason}; take another copy of the file")
        raise JournalError(text.format(path=path, reason=error)) from error


def _unreadable(found: Reading) -> Iterable[Fault]:
    """Yield the records that are as they were written and mean nothing."""
    for entry in found.entries:
        try:
            record_of(entry)
        except JournalError as error:
            yield Fault(entry.number, entry.number, "journal", 0, str(error))


def _foreign(found: Reading, key: str) -> Iterable[Fault]:
    signed_by = key_of(found.heads)
    if key and key.lower() != signed_by:
        text = _("the last commit should be signed by {expected}, it is by {found}")
        said = signed_by or _("nobody")
        yield Fault(1, found.promised, "heads", 0, text.format(expected=key.lower(), found=said))


def _session(session: str, data: Path | None) -> tuple[str, Path]:
    """Return name and folder of a session that is named by either."""
    from walkdown_server.hosting import session_folder

    if (Path(session) / "heads").exists():
        return Path(session).resolve().name, Path(session)
    folder = session_folder(load(ServerSettings, {"data": data, "name": session}))
    if not (folder / "heads").exists() and not (folder / "journal").exists():
        text = _("There is no session {name}: {folder} does not exist. Name its folder, or --data.")
        raise BadInput(text.format(name=session, folder=folder))
    return session, folder


def _about(name: str, kept: Reading) -> About:
    from importlib.metadata import version

    return About(
        session=name,
        walkdown=version("walkdown"),
        exported_ns=time.time_ns(),
        records=kept.at.number,
        key=key_of(kept.heads),
        packages=packages_of(kept.entries),
    )


# ---- telling -------------------------------------------------------------------------------------------


def _result(found: Reading, faults: list[Fault]) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    return {
        "ok": not faults,
        "records": len(found.entries),
        "acknowledged": found.promised,
        "commits": len(found.heads),
        "signed": sum(bool(head.key) for head in found.heads),
        "keys": sorted({head.key.hex() for head in found.heads if head.key}),
        "torn_bytes": found.torn,
        "packages": packages_of(found.entries),
        "faults": [msgspec.to_builtins(fault) for fault in faults],
    }


def _say(path: Path, found: Reading, faults: list[Fault]) -> None:
    after = 0 if faults else max(0, len(found.entries) - found.promised)
    count = len(found.entries) - after
    for fault in faults:
        where = f"{fault.file}: " if path.is_dir() else ""
        first = _("record {number}").format(number=fault.record) if fault.record else _("no record")
        typer.echo(_("{path}: damage; first concerned: {first}. {where}{text}").format(
            path=path, first=first, where=where, text=fault.text
        ))  # fmt: skip
    typer.echo(f"{path}: {_proved(count, damaged=bool(faults)).format(count=count)}")
    _say_keys(found)
    if after:
        text = ngettext(
            "{count} whole record after them was acknowledged to nobody.",
            "{count} whole records after them were acknowledged to nobody.",
            after,
        )
        typer.echo(text.format(count=after))
    if found.torn:
        text = ngettext(
            "{count} byte after them was acknowledged to nobody.",
            "{count} bytes after them were acknowledged to nobody.",
            found.torn,
        )
        typer.echo(text.format(count=found.torn))


def _proved(count: int, *, damaged: bool) -> str:
    if damaged:
        return ngettext(
            "{count} record can be proved all the same.", "{count} records can be proved all the same.", count
        )
    return ngettext(
        "{count} record is as it was acknowledged.", "{count} records are as they were acknowledged.", count
    )


def _say_keys(found: Reading) -> None:
    """Say by which keys how many commits are signed."""
    for key in dict.fromkeys(head.key for head in found.heads):
        text = (
            _("{part} of {all} commits are signed by {key}.")
            if key
            else _("{part} of {all} commits are not signed.")
        )
        part = sum(head.key == key for head in found.heads)
        typer.echo(text.format(part=part, all=len(found.heads), key=key.hex()))


def _say_restored(name: str, found: Reading, models: Path) -> None:
    count = len(found.entries)
    text = ngettext("{name} is back with {count} record.", "{name} is back with {count} records.", count)
    typer.echo(text.format(name=name, count=count))
    for package in packages_of(found.entries):
        if not (models / package).exists():
            typer.echo(_("Its package {package} is not in {folder}; copy it there.").format(
                package=package, folder=models
            ))  # fmt: skip


def _carry(names: list[str], source: Path, target: Path) -> None:
    """Copy the files of a review, and name those that are not there."""
    missing = carry(names, source, target)
    count = len(names) - len(missing)
    if count:
        text = ngettext(
            "{count} file of its review was copied to {path}.",
            "{count} files of its review were copied to {path}.",
            count,
        )
        typer.echo(text.format(count=count, path=target))
    for name in missing:
        text = _("The file {name} of its review is not in {folder}, or damaged; copy it to {path}.")
        typer.echo(text.format(name=name, folder=source, path=target))


def _write(out: Path, data: bytes) -> None:
    """Write a file that appears as a whole."""
    new = out.with_name(out.name + ".new")
    new.write_bytes(data)
    new.replace(out)
