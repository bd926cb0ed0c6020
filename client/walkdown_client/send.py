"""The command ``walkdown send``: brings models and topics into a session and says what became of them."""

from __future__ import annotations

import asyncio
import getpass
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from walkdown.errors import BadInput, Refused
from walkdown.i18n import _, mark, ngettext
from walkdown.messages import ImportOptions, PackageRef, Placement
from walkdown.model_options import UNITS, parse_point, parse_unit, read_options
from walkdown_client.address import DEFAULT_PORT
from walkdown_client.bundling import check_there
from walkdown_client.guest import Guest
from walkdown_client.guest_models import SentModel
from walkdown_client.placements import placed
from walkdown_client.send_topics import has_topics, send_topics
from walkdown_client.sending import AS_THE_FILE_SAYS

HERE = f"ws://127.0.0.1:{DEFAULT_PORT}"
NAME_MAX = 80
PHASE_TEXT = {
    "collect": mark("collecting"),
    "offer": mark("offering"),
    "upload": mark("sending"),
    "read": mark("reading"),
    "write": mark("packing"),
}
_ASKS_FOR_UNIT = re.compile(r"\bunit\b|--unit")


@dataclass(frozen=True, slots=True)
class SendPlan:
    """What is sent and how.

    Attributes:
        revision_of: id or name of the model whose next revision the files are, "" for the one of their name.
        is_new: whether they are new models even where the session has models of their names.
        plan_only: only say what the topics of a file would change.
    """

    files: Sequence[Path]
    options: ImportOptions = AS_THE_FILE_SAYS
    placement: Placement | None = None
    revision_of: str = ""
    is_new: bool = False
    plan_only: bool = False


def send(  # noqa: PLR0913  one flag each
    files: Annotated[
        list[Path],
        typer.Argument(help=_("Model files, packages, a simulator's model folder, BCF files, session packs")),
    ],
    *,
    to: Annotated[str, typer.Option(help=_("A link, or where the session is"))] = HERE,
    name: Annotated[str, typer.Option(help=_("What others call you"))] = "",
    at: Annotated[str, typer.Option(help=_("Where the model's zero is put: X,Y,Z in metres"))] = "",
    heading: Annotated[
        float, typer.Option(help=_("Turned by so many degrees, counter-clockwise seen from above"))
    ] = 0.0,
    unit: Annotated[str, typer.Option(help=_("Unit of the file: m, mm, in … or metres in one"))] = "",
    up: Annotated[str, typer.Option(help=_("Axis of the file that points up: Y or Z"))] = "",
    scale: Annotated[float, typer.Option(help=_("Made so many times larger"))] = 1.0,
    crs: Annotated[str, typer.Option(help=_("Reference system of the file's coordinates: EPSG:7415"))] = "",
    origin: Annotated[
        str, typer.Option(help=_("Point of the reference system that becomes the model's zero: X,Y,Z"))
    ] = "",
    revision_of: Annotated[
        str, typer.Option("--as", help=_("Name or id of the model whose next revision it is"))
    ] = "",
    new: Annotated[
        bool, typer.Option("--new", help=_("A new model, even if the session has one of this name"))
    ] = False,
    plan_only: Annotated[
        bool, typer.Option("--plan", help=_("Only say what the topics of a file would change"))
    ] = False,
) -> None:
    """Bring model files, or topics of BCF files, into a running session."""
    plan = SendPlan(
        files,
        read_options(unit=unit, up=up, scale=scale, crs=crs, origin=origin),
        placement_from(at, heading),
        revision_of,
        new,
        plan_only,
    )
    asyncio.run(send_files(to, plan, name=(name or _account())[:NAME_MAX]))


def placement_from(at: str, heading_deg: float) -> Placement | None:
    """Return where a model is put, None when nothing was said about it.

    Raises:
        BadInput: ``at`` is no point.
    """
    point = parse_point(at, "--at")
    if point is None and not heading_deg:
        return None
    return placed(point or (0.0, 0.0, 0.0), heading_rad=math.radians(heading_deg))


async def send_files(address: str, plan: SendPlan, *, name: str) -> None:
    """Send one file after the other, with a bar for each, and write down what the import says.

    Raises:
        Refused: the server said no. Missing: it does not answer. BadInput: a file or a flag is wrong.
    """
    if plan.revision_of and len(plan.files) > 1:
        raise BadInput(_("--as names one model, but {count} files were given").format(count=len(plan.files)))
    for path in plan.files:
        check_there(path)
    async with Guest.join(address, name=name) as guest:
        for path in plan.files:
            if has_topics(path):
                await send_topics(guest, path, plan_only=plan.plan_only)
                continue
            model = model_for(path, plan, list(guest.models.values()))
            typer.echo(_report(await _send_one(guest, path, plan=plan, model=model)))


def model_for(path: Path, plan: SendPlan, models: Sequence[PackageRef]) -> str:
    """Return the id of the model whose next revision a file is, "" for a new one.

    Raises:
        BadInput: the session has no model that is called so.
    """
    if plan.is_new:
        return ""
    wanted = plan.revision_of or path.stem
    found = [ref.model for ref in models if wanted in (ref.model, ref.name)]
    if plan.revision_of and not found:
        names = ", ".join(sorted(ref.name for ref in models)) or "–"
        raise BadInput(
            _("the session has no model {wanted!r}; it has {names}").format(wanted=wanted, names=names)
        )
    if found:
        typer.echo(
            _("{name} becomes the next revision of the model of this name").format(name=path.name), err=True
        )
    return found[-1] if found else ""


async def _send_one(guest: Guest, path: Path, *, plan: SendPlan, model: str) -> SentModel:
    """Send a file; on a terminal, ask for the unit when the server cannot do without."""
    try:
        return await _send_with_bar(guest, path, plan=plan, model=model)
    except Refused as refusal:
        ask = sys.stdin.isatty() and plan.options.unit is None and _ASKS_FOR_UNIT.search(str(refusal))
        if not ask:
            raise
        typer.echo(str(refusal), err=True)
    question = _("One unit of {name} is ({names})").format(name=path.name, names=", ".join(UNITS))
    answer = await asyncio.to_thread(typer.prompt, question, default="m", err=True)
    options = msgspec.structs.replace(plan.options, unit=parse_unit(answer))
    return await _send_with_bar(guest, path, plan=replace(plan, options=options), model=model)


async def _send_with_bar(guest: Guest, path: Path, *, plan: SendPlan, model: str) -> SentModel:
    columns = (
        TextColumn("{task.fields[file]}"),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        row = bar.add_task("", total=1.0, file=path.name)

        def show(phase: str, part: float) -> None:
            bar.update(row, completed=part, description=_(PHASE_TEXT[phase]))

        return await guest.send_model(
            path, options=plan.options, placement=plan.placement, model=model, on_progress=show
        )


def _report(sent: SentModel) -> str:
    count = ngettext("{count} element", "{count} elements", sent.elements).format(count=sent.elements)
    lines = [
        _("{name}: {count}, revision {revision}, model {model}").format(
            name=sent.name, count=count, revision=sent.revision, model=sent.model
        )
    ]
    lines += [line for line in sent.report.splitlines() if line.strip()]
    lines += [
        _("{file} is named in the model, but not there: it was not sent").format(file=file)
        for file in sent.missing
    ]
    return "\n".join(lines)


def _account() -> str:
    try:
        return getpass.getuser() or _("Guest")
    except (OSError, KeyError):
        return _("Guest")
