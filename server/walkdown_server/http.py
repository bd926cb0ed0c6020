"""Plain GET, HEAD and PUT, without input or output: a request's head in, a response's head out.

These paths can be read: ``/healthz``, ``/readyz``, ``/sessions`` and ``/<session>/blob/<sha256>``; a blob's
name is 64 hexadecimal digits and cannot be a path. One can be written to, once:
``/<session>/upload/<ticket>``. Every refusal is one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote

from walkdown_server.access import REQUEST_HEAD_SIZE

POST_PATHS = ("/pair", "/invite")
POST_SIZE_MAX = 16 * 1024
END_OF_HEAD = b"\r\n\r\n"
CONTINUE = "100-continue"
_REQUEST_LINE = re.compile(r"([A-Z]{1,16}) (\S{1,2000}) HTTP/1\.([01])")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*([^\r\n\0]*?)[ \t]*")
_PLACE = re.compile(
    r"(?:/([^/]{1,960}))?/?(?:(?<=/)(?:blob/([0-9a-f]{64})|upload/([0-9A-Za-z_-]{16,64})|invite))?"
)
_LENGTH = re.compile(r"[0-9]{1,15}")
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class BadRequest(Exception):
    """A request that is answered with a status and one sentence; then the connection is closed."""

    def __init__(self, status: HTTPStatus, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    keep_alive: bool

    @property
    def wants_websocket(self) -> bool:
        """Whether it asks to become a WebSocket."""
        return "websocket" in self.headers.get("upgrade", "").lower()

    @property
    def session(self) -> str | None:
        """The session it is about, "" for the first or any, None for a path that cannot name one."""
        return session_of_path(self.path)

    @property
    def blob(self) -> str | None:
        """The hash it asks for, None when it asks for something else."""
        found = _PLACE.fullmatch(self.path)
        return found[2] if found else None

    @property
    def ticket(self) -> str:
        """The ticket of an upload, "" when it is none."""
        found = _PLACE.fullmatch(self.path)
        return found[3] or "" if found else ""

    @property
    def length(self) -> int:
        """How many bytes follow the head."""
        return int(self.headers.get("content-length", "0"))


def session_of_path(path: str) -> str | None:
    """Return the session that a path names, "" when it leaves it open, None for any other path."""
    found = _PLACE.fullmatch(path)
    return unquote(found[1] or "") if found else None


def split_head(data: bytes | bytearray) -> int:
    """Return where the request's head ends, 0 when it is not complete.

    Raises:
        BadRequest: it is too long.
    """
    end = data.find(END_OF_HEAD, 0, REQUEST_HEAD_SIZE)
    if end < 0 and len(data) >= REQUEST_HEAD_SIZE:
        raise BadRequest(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"A request's head has at most {REQUEST_HEAD_SIZE} bytes.",
        )
    return end + len(END_OF_HEAD) if end >= 0 else 0


def parse_head(head: bytes) -> Request:
    """Read a whole head.

    Raises:
        BadRequest: it is no HTTP/1 request, not GET, HEAD or PUT, or has a body that it should not have.
    """
    lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    first = _REQUEST_LINE.fullmatch(lines[0])
    if not first:
        raise BadRequest(HTTPStatus.BAD_REQUEST, "Expected an HTTP/1.1 request, something else came.")
    headers = _headers(lines[1:])
    if first[1] == "PUT":
        _check_body(headers)
    elif first[1] == "POST" and first[2].endswith(POST_PATHS):
        _check_post(headers)
    else:
        _check_no_body(first[1], headers)
    wish = headers.get("connection", "").lower()
    keep_alive = "close" not in wish if first[3] == "1" else "keep-alive" in wish
    return Request(first[1], first[2].partition("?")[0], headers, keep_alive)


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        field = _HEADER.fullmatch(line)
        if not field:
            raise BadRequest(HTTPStatus.BAD_REQUEST, "A header line of the request cannot be read.")
        name = field[1].lower()
        if name == "content-length" and headers.get(name, field[2]) != field[2]:
            raise BadRequest(HTTPStatus.BAD_REQUEST, "A request has one length, this one announces two.")
        headers[name] = field[2]
    return headers


def _check_no_body(method: str, headers: Mapping[str, str]) -> None:
    if method not in ("GET", "HEAD"):
        raise BadRequest(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"Only GET, HEAD and PUT are answered here, not {method}.",
            Allow="GET, HEAD, PUT",
        )
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        raise BadRequest(HTTPStatus.BAD_REQUEST, "A request has no body here, this one announces one.")


def _check_body(headers: Mapping[str, str]) -> None:
    if "transfer-encoding" in headers or not _LENGTH.fullmatch(headers.get("content-length", "")):
        raise BadRequest(
            HTTPStatus.LENGTH_REQUIRED, "An upload announces its Content-Length and does not come in chunks."
        )
    if headers.get("expect", CONTINUE).lower() != CONTINUE:
        raise BadRequest(HTTPStatus.EXPECTATION_FAILED, f"Only {CONTINUE} can be expected here.")


def _check_post(headers: Mapping[str, str]) -> None:
    if "transfer-encoding" in headers or not _LENGTH.fullmatch(headers.get("content-length", "")):
        raise BadRequest(HTTPStatus.LENGTH_REQUIRED, "A body announces its Content-Length, not chunks.")
    if int(headers["content-length"]) > POST_SIZE_MAX:
        raise BadRequest(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {POST_SIZE_MAX} bytes can be posted here."
        )


def wanted_range(request: Request, *, size: int, etag: str) -> tuple[int, int] | None:
    """Return the start and stop that a request asks for, None for all of it.

    Raises:
        BadRequest: the range lies outside.
    """
    found = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if not found or found[0] == "bytes=-" or request.headers.get("if-range", etag) != etag:
        return None
    if found[1]:
        start, stop = int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)
    else:
        start, stop = max(0, size - int(found[2])), size
    if start >= stop:
        raise BadRequest(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"Bytes {found[0].removeprefix('bytes=')} were asked for, there are {size}.",
            Content_Range=f"bytes */{size}",
        )
    return start, stop


def response_head(status: HTTPStatus, headers: Mapping[str, str], *, keep_alive: bool) -> bytes:
    """Return the head of a response."""
    fields = {"Connection": "keep-alive" if keep_alive else "close", **headers}
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{k}: {v}" for k, v in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def text_response(
    status: HTTPStatus, text: str, *, keep_alive: bool, headers: Mapping[str, str] | None = None
) -> bytes:
    """Return a whole response with one line of text."""
    body = (text + "\n").encode()
    fields = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **(headers or {}),
    }
    return response_head(status, fields, keep_alive=keep_alive) + body
