"""What a doctor finds, line by line, and how the lines are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report: what was looked at, whether it is well, and what to do if not."""

    name: str
    well: bool
    text: str
    needed: bool = False
    remedy: str = ""


def as_table(findings: Iterable[Finding]) -> Table:
    """Return the report as it is printed."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), title=f"walkdown {version('walkdown')}")
    for finding in findings:
        state = "[green]●[/]" if finding.well else "[red]✕[/]" if finding.needed else "[yellow]▲[/]"
        remedy = "\n→ " + finding.remedy if finding.remedy and not finding.well else ""
        name, text = finding.name.replace("[", r"\["), (finding.text + remedy).replace("[", r"\[")
        table.add_row(state, name, text)
    return table
