"""Tickets for uploads: each lets one file of a known size and hash come in once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from walkdown_server.http import BadRequest
from walkdown_server.models.upload import Upload, sentence_of


@dataclass(frozen=True, slots=True)
class Expected:
    """What a ticket is for.

    Attributes:
        place: asked where the bytes go when they come; what it names does not exist yet.
        on_part: is told how many bytes are there. on_end: is told "" when all is well, else one sentence.
        on_begin: is given the upload, so that it can be stopped.
    """

    size: int
    sha256: str
    place: Callable[[], Path]
    on_begin: Callable[[Upload], None]
    on_part: Callable[[int], None]
    on_end: Callable[[str], None]


class UploadDesk(Protocol):
    """Who takes uploads."""

    @property
    def pool(self) -> Executor:
        """Threads that write them."""

    def expects(self, ticket: str) -> bool:
        """Tell whether a ticket is one of theirs that was not used yet."""

    def claim(self, ticket: str, size: int) -> Upload:
        """Return where the bytes of a ticket go; it is used up then.

        Raises:
            BadRequest: there is no such ticket, another size was offered, or the disk does not take it.
        """


class Tickets:
    """The tickets of one desk."""

    def __init__(self) -> None:
        self._expected: dict[str, Expected] = {}

    def issue(self, expected: Expected) -> str:
        """Return a new ticket."""
        ticket = secrets.token_urlsafe(24)
        self._expected[ticket] = expected
        return ticket

    def withdraw(self, ticket: str) -> None:
        """Let a ticket be good for nothing."""
        self._expected.pop(ticket, None)

    def expects(self, ticket: str) -> bool:
        """Tell whether a ticket is one of ours that was not used yet."""
        return ticket in self._expected

    def claim(self, ticket: str, size: int) -> Upload:
        """Return where the bytes of a ticket go; it is used up then.

        Raises:
            BadRequest: there is no such ticket, another size was offered, or the disk does not take it.
        """
        expected = self._expected.pop(ticket, None)
        if expected is None:
            text = "This is no ticket, or it was used already; offer the file again."
            raise BadRequest(HTTPStatus.NOT_FOUND, text)
        if size != expected.size:
            text = f"{expected.size} bytes were offered, {size} are announced; offer the file again."
            expected.on_end(text)
            raise BadRequest(HTTPStatus.BAD_REQUEST, text)
        try:
            place = expected.place()
        except OSError as error:
            text = sentence_of(error)
            expected.on_end(text)
            raise BadRequest(HTTPStatus.INSUFFICIENT_STORAGE, text) from error
        upload = Upload(
            place,
            size=size,
            sha256=expected.sha256,
            on_part=expected.on_part,
            on_end=expected.on_end,
        )
        expected.on_begin(upload)
        return upload
