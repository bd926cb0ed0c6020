"""The server's log: one line for each event, for people or as JSON, with session, person and address.

Everybody logs with Python's own ``logging``; what belongs to an event goes into ``extra``, see :func:`about`.
Nothing that lets anyone in is ever given to a log: no secret, no link, no head of a request.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor

from walkdown.i18n import plain
from walkdown.settings import ServerSettings

Form = Literal["text", "json"]

_FIRST = ("timestamp", "level", "logger", "event")
_SHARED: tuple[Processor, ...] = (
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)


def about(
    *, session: str = "", person: int = 0, who: str = "", address: str = "", **more: str | float
) -> dict[str, str | float]:
    """Return the ``extra`` of an event; what is empty is left out.

    Args:
        person: their number. who: their name.
    """
    known: dict[str, str | float] = {"session": session, "person": person, "who": who, "address": address}
    return {key: value for key, value in (known | more).items() if value != "" and value != 0}


def begin_log(form: Form, *, debug: bool, stream: Any = None) -> None:
    """Have everything that is logged in this process written as lines of a form, to standard error.

    As text only warnings are written, or with ``debug`` everything; as JSON also who comes and goes.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter(form))
    root = logging.getLogger()
    for old in tuple(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if debug else logging.WARNING)
    logging.getLogger("websockets").setLevel(logging.WARNING)  # it logs every connection and frame
    logging.getLogger("walkdown_server").setLevel(
        logging.DEBUG if debug else logging.INFO if form == "json" else logging.NOTSET
    )


def is_debugging(settings: ServerSettings) -> bool:
    """Tell whether details are wanted, also when that was said before the command's name."""
    return settings.debug or os.environ.get("WALKDOWN_DEBUG", "").lower() in ("1", "true", "yes")


def formatter(form: Form) -> logging.Formatter:
    """Return what makes lines of log records."""
    render: Processor = _as_text
    if form == "json":
        render = structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )


def _as_text(_logger: object, _method: str, event: EventDict) -> str:
    """Return time, level, logger, sentence, and then what belongs to the event."""
    exception = event.pop("exception", "")
    further = " ".join(f"{key}={_shown(value)}" for key, value in event.items() if key not in _FIRST)
    head = "{timestamp} {level} {logger}: {event}".format(**_upper(event))
    line = plain(head + (f" [{further}]" if further else ""))
    return line + (f"\n{exception}" if exception else "")


def _upper(event: Mapping[str, Any]) -> dict[str, Any]:
    return {**event, "level": str(event["level"]).upper()}


def _shown(value: object) -> str:
    text = str(value)
    return repr(text) if " " in text or not text else text
