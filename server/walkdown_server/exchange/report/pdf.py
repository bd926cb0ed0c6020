"""Sets a report as PDF with Typst; what people wrote is data to it, never markup."""

from __future__ import annotations

import dataclasses
import json
import re
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown_server.exchange.report.model import Report

HERE = Path(__file__).parent
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"(?:\n[ \t]*){3,}")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile("([\u00ad\u061c\u200b-\u200f\ufeff])[\u00ad\u061c\u200b-\u200f\ufeff]+")
_ACCENT = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILES = re.compile(f"({_ACCENT}{{8}}){_ACCENT}+")


def pdf_of(report: Report, *, images: Mapping[str, bytes], plots: Mapping[str, str]) -> bytes:
    """Return the PDF.

    Args:
        images: JPEGs by the name that the report calls them. plots: SVGs by name.

    Raises:
        Missing: Typst is not installed.
    """
    pages = compiled(report, "pdf", images=images, plots=plots)
    return pages if isinstance(pages, bytes) else pages[0]


def compiled(
    report: Report, form: Literal["pdf", "png"], *, images: Mapping[str, bytes], plots: Mapping[str, str]
) -> bytes | list[bytes]:
    """Return the PDF, or a picture of each page.

    Raises:
        Missing: Typst is not installed.
    """
    try:
        import typst
    except ImportError as error:
        text = _("A PDF needs Typst, which is not installed: python3 run.py add report; HTML needs nothing.")
        raise Missing(text) from error
    with tempfile.TemporaryDirectory(prefix="walkdown-report-") as folder:
        lay_out(Path(folder), report, images=images, plots=plots)
        pages: Any = typst.compile(
            Path(folder) / "report.typ",
            root=Path(folder),
            font_paths=[fonts_dir()],
            ignore_system_fonts=True,
            format=form,
            ppi=100.0,
        )
    return pages  # type: ignore[no-any-return]


def fonts_dir() -> Path:
    """Return the folder of the fonts that travel with Walkdown, in a checkout or in a wheel.

    Raises:
        Missing: the installation is incomplete.
    """
    checkout = Path(__file__).resolve().parents[4] / "assets" / "fonts"
    client = find_spec("walkdown_client")
    wheel = (
        [Path(place) / "assets" / "fonts" for place in (client.submodule_search_locations or ())]
        if client
        else []
    )
    for folder in (checkout, *wheel):
        if folder.is_dir():
            return folder
    raise Missing(_("The fonts were expected in {folder}; install walkdown again.").format(folder=checkout))


def settable(value: Any) -> Any:
    """Return what is printed without what only takes time to set: thousands of blank lines, turns, accents.

    Turns of the direction of writing could also let a sentence read as another one.
    """
    if isinstance(value, str):
        lines = _BLANK_LINES.sub("\n\n", _LINE_ENDS.sub("\n", value))
        return _PILES.sub(r"\1", _UNSEEN.sub(r"\1", _TURNS.sub("", lines)))
    if isinstance(value, dict):
        return {key: settable(each) for key, each in value.items()}
    return [settable(each) for each in value] if isinstance(value, list | tuple) else value


def lay_out(folder: Path, report: Report, *, images: Mapping[str, bytes], plots: Mapping[str, str]) -> None:
    """Write all that Typst reads into a folder of its own: it can reach nothing else."""
    for name, jpeg in images.items():
        (folder / f"{name}.jpg").write_bytes(jpeg)
    for name, svg in plots.items():
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    content = settable(dataclasses.asdict(report)) | {"images": sorted(images), "drawn": sorted(plots)}
    (folder / "report.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    (folder / "report.typ").write_text((HERE / "report.typ").read_text(encoding="utf-8"), encoding="utf-8")
