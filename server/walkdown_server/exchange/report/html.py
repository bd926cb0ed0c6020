"""Sets a report as one HTML file that needs nothing else: no script, no other file, no network."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from walkdown_server.exchange.report.model import Report

if TYPE_CHECKING:
    import jinja2

HERE = Path(__file__).parent


def html_of(report: Report, *, images: Mapping[str, bytes], plots: Mapping[str, str]) -> bytes:
    """Return the file, UTF-8.

    Args:
        images: JPEGs by the name that the report calls them. plots: SVGs, made by us, by name.
    """
    from markupsafe import Markup

    return (
        _template()
        .render(
            report=report,
            style=Markup((HERE / "report.css").read_text(encoding="utf-8")),  # noqa: S704 -- our own file
            images={name: _data_uri(data) for name, data in images.items()},
            plots={name: Markup(svg) for name, svg in plots.items()},  # noqa: S704 -- made and escaped by us
        )
        .encode()
    )


@cache
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("report.html.j2")


def _data_uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
