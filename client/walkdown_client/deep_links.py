"""Links to what somebody sees: object, view, time and layers of a session, read strictly and within bounds.

::

    walkdown://host:port/session?thing=P-101&topic=…&view=…&t=2026-11-26T05:01:02Z
        &eye=12.5,3.25,1.7,0,1,0&fov=60&cut=0,0,2,0,0,1&layers=hide:roof;ghost:hall;colour:state

Before ``?`` stands an address as everywhere. ``eye`` is where the eye is and where it looks, site frame,
metres, and after these six numbers what is up unless that is Z; ``fov`` is in degrees, or ``height`` in
metres for an orthogonal one. ``cut`` is a section plane, by a point and its normal. A link never names a
file to load; what it says beyond these keys is passed over with a note. What stands after ``#`` lets people
in and is in no link that :func:`link_of` makes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote, unquote

import numpy as np

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.messages import Camera, Plane, Viewpoint
from walkdown_client.address import WRAPPING, Address, parse_address

QUERY_MAX, PAIRS_MAX, NAMES_MAX, NAME_MAX, PLANES_MAX = 8000, 64, 200, 1300, 16
LINK_MAX = 4000
"""So long is a link that is made; names that have no room are left out, and that is said."""

FURTHEST_M = 1e7
KEYS = ("thing", "topic", "view", "t", "eye", "fov", "height", "cut", "layers")
MANY = ("thing", "cut")
"""Keys that may stand there more than once."""

OTHERS = ("rev", "accepted", "parked", "speaker", "pin", "frame")
"""Keys of links in BCF files, which say nothing of how things are seen."""

MODES = ("none", "state", "noise", "signal")
LINKED = "link"
"""The id of the view that a link describes; it is kept nowhere."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z")
_ID = re.compile(r"[^\x00-\x20\x7f]{1,200}")


@dataclass(frozen=True, slots=True)
class DeepLink:
    """Where a link leads.

    Attributes:
        address: of the session, None for a link that names no server. things: to be selected, the first one
            also to be gone to. topic, view: ids of what the session keeps, "" for none.
        look: how things are seen, None when it says nothing of that; without a camera the eye goes elsewhere.
        time_ns: the moment that was seen, 0 for none. notes: what was passed over, sentences.
    """

    address: Address | None
    things: tuple[str, ...] = ()
    topic: str = ""
    view: str = ""
    look: Viewpoint | None = None
    time_ns: int = 0
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def is_deep(self) -> bool:
        """Whether it says more than which session."""
        return bool(self.things or self.topic or self.view or self.look or self.time_ns)


def is_deep(text: str) -> bool:
    """Tell whether a text is a link that says more than which session, so that it has to be asked about."""
    public = text.strip(WRAPPING).partition("#")[0]
    return "?" in public and ("://" in public or public.startswith("walkdown:"))


def parse_link(text: str) -> DeepLink:
    """Read a link or an address.

    Raises:
        BadInput: says what is wrong with it, and never what stands after ``#``.
    """
    whole = text.strip(WRAPPING)
    before, mark, after = whole.partition("?")
    query, hash_, secret = after.partition("#")
    if not mark:
        return DeepLink(parse_address(whole))
    if len(query) > QUERY_MAX:
        raise BadInput(
            _("the link has {count} letters after its ?, at most {most} are read").format(
                count=len(query), most=QUERY_MAX
            )
        )
    here = before.rstrip("/") in ("walkdown:", "walkdown://")
    address = None if here else parse_address(before + hash_ + secret)
    if address is not None and not f"{address.host}{address.session}".isprintable():
        raise BadInput(
            _("the link names a server or session that cannot be shown as it is; do not follow it")
        )
    return _Query(query).link(address)


def where_sentence(address: Address) -> str:
    """Return to where a link would connect, as a question is asked about it; gives nothing away."""
    if address.session:
        text = _("The link leads to the session {session} on {host}, port {port}. Your name is told there.")
    else:
        text = _("The link leads to {host}, port {port}. Your name is told there.")
    return text.format(session=address.session, host=_telling(address.host), port=address.port)


def _telling(host: str) -> str:
    """Return a host as it is looked up, in which letters that look like others do not."""
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ascii(host)[1:-1]


# ---- reading ------------------------------------------------------------------------------------------


class _Query:
    """What stands after ``?``."""

    def __init__(self, query: str) -> None:
        self.notes: list[str] = []
        self._said: dict[str, list[str]] = {}
        pairs = [pair for pair in query.split("&") if pair]
        if len(pairs) > PAIRS_MAX:
            text = _("the link says {count} things, at most {most} are read")
            raise BadInput(text.format(count=len(pairs), most=PAIRS_MAX))
        for pair in pairs:
            key, _equals, value = pair.partition("=")
            self._take(key, value)

    def _take(self, key: str, value: str) -> None:
        if key not in KEYS:
            if key not in OTHERS:
                text = _("{key} in the link means nothing here and was passed over.")
                self.notes.append(text.format(key=_shown(unquote(key))))
            return
        values = self._said.setdefault(key, [])
        if values and key not in MANY:
            self.notes.append(_("{key} stands in the link twice; the first one counts.").format(key=key))
        else:
            values.append(value)

    def link(self, address: Address | None) -> DeepLink:
        """Return what the link says."""
        things = tuple(_name(unquote(value), "thing") for value in self._said.get("thing", ()))
        moment = _("a time such as 2026-11-26T05:01:02Z")
        time_ns = _read("t", self._one("t"), _nanoseconds, expected=moment)
        return DeepLink(
            address,
            things,
            _id(unquote(self._one("topic")), "topic"),
            _id(unquote(self._one("view")), "view"),
            self._look(things, time_ns or 0),
            time_ns or 0,
            tuple(self.notes),
        )

    def _one(self, key: str) -> str:
        return next(iter(self._said.get(key, ())), "")

    def _look(self, things: tuple[str, ...], time_ns: int) -> Viewpoint | None:
        if not any(key in self._said for key in ("eye", "cut", "layers")):
            return None
        six = _("six numbers: a point and a direction")
        cuts = [_read("cut", value, _plane, expected=six) for value in self._said.get("cut", ())]
        if len(cuts) > PLANES_MAX:
            text = _("the link has {count} section planes, at most {most} are read")
            raise BadInput(text.format(count=len(cuts), most=PLANES_MAX))
        return Viewpoint(
            LINKED,
            self._camera(),
            planes=tuple(plane for plane in cuts if plane is not None),
            selection=things,
            time_ns=time_ns,
            **_layers(self._one("layers"), self.notes),
        )

    def _camera(self) -> Camera | None:
        numbers = _("six or nine numbers: a point, a direction, what is up")
        eye = _read("eye", self._one("eye"), _eye, expected=numbers)
        if eye is None:
            return None
        fov_deg = _read("fov", self._one("fov"), _between(1.0, 179.0), expected=_("degrees from 1 to 179"))
        height_m = _read("height", self._one("height"), _between(1e-3, 1e6), expected=_("metres above 0"))
        if height_m is not None:
            return Camera(*eye, fov_deg=0.0, height_m=height_m)
        return Camera(*eye, fov_deg=60.0 if fov_deg is None else fov_deg)


Three = tuple[float, float, float]
T = TypeVar("T")


def _read(key: str, value: str, read: Callable[[str], T], *, expected: str) -> T | None:
    """Return a value, None when it is not there.

    Raises:
        BadInput: it cannot be read.
    """
    if not value:
        return None
    try:
        return read(unquote(value))
    except (ValueError, OverflowError) as error:
        text = _("{key} in the link should be {expected}, but is {came}")
        raise BadInput(text.format(key=key, expected=expected, came=_shown(unquote(value)))) from error


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _numbers(value: str, counts: Sequence[int]) -> list[float]:
    numbers = [float(part) for part in value.split(",")]
    if len(numbers) not in counts or not all(
        math.isfinite(one) and abs(one) <= FURTHEST_M for one in numbers
    ):
        raise ValueError(value)
    return numbers


def _unit(vector: Sequence[float]) -> Three:
    length = math.hypot(*vector)
    if length < 1e-6:
        raise ValueError("a direction has no length")
    x, y, z = (one / length for one in vector)
    return x, y, z


def _plane(value: str) -> Plane:
    numbers = _numbers(value, (6,))
    return Plane((numbers[0], numbers[1], numbers[2]), _unit(numbers[3:6]))


def _eye(value: str) -> tuple[Three, Three, Three]:
    numbers = _numbers(value, (6, 9))
    ahead = _unit(numbers[3:6])
    up = _unit(numbers[6:9]) if len(numbers) == 9 else None
    return (numbers[0], numbers[1], numbers[2]), ahead, _upright(ahead, up)


def _upright(ahead: Three, up: Three | None) -> Three:
    """Return what is up, at a right angle to where one looks; Z unless one looks along it."""
    wanted = np.array(up or ((0.0, 1.0, 0.0) if abs(ahead[2]) > 0.9999 else (0.0, 0.0, 1.0)))
    square = wanted - np.dot(wanted, ahead) * np.array(ahead)
    return _unit(square.tolist())


def _between(low: float, high: float) -> Callable[[str], float]:
    def read(value: str) -> float:
        number = float(value)
        if not low <= number <= high:
            raise ValueError(value)
        return number

    return read


def _nanoseconds(value: str) -> int:
    if not _TIME.fullmatch(value):
        raise ValueError(value)
    whole, _dot, fraction = value.removesuffix("Z").partition(".")
    secs = (datetime.fromisoformat(f"{whole}+00:00") - _EPOCH) // timedelta(seconds=1)
    return secs * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


def _name(name: str, key: str) -> str:
    if not 0 < len(name) <= NAME_MAX:
        text = _("{key} in the link should be {expected}, but is {came}")
        expected = _("a name of at most {count} letters").format(count=NAME_MAX)
        raise BadInput(text.format(key=key, expected=expected, came=_shown(name)))
    return name


def _id(name: str, key: str) -> str:
    if name and not _ID.fullmatch(name):
        text = _("{key} in the link should be {expected}, but is {came}")
        raise BadInput(text.format(key=key, expected=_("an id"), came=_shown(name)))
    return name


def _layers(value: str, notes: list[str]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for part in filter(None, unquote(value).split(";")):
        kind, _colon, listed = part.partition(":")
        names = [_name(unquote(name), "layers") for name in listed.split(",") if name]
        if len(names) > NAMES_MAX:
            text = _("the link names {count} things in its layers, at most {most} are read")
            raise BadInput(text.format(count=len(names), most=NAMES_MAX))
        if kind == "hide":
            found |= {"exceptions": tuple(names), "shown": True}
        elif kind == "only":
            found |= {"exceptions": tuple(names), "shown": False}
        elif kind == "ghost":
            found["ghosted"] = tuple(names)
        elif kind == "colour" and names and names[0] in MODES:
            found |= dict(zip(("mode", "quantity", "unit"), names, strict=False))
        else:
            text = _("{key} in the link means nothing here and was passed over.")
            notes.append(text.format(key=_shown(part)))
    return found


# ---- making ------------------------------------------------------------------------------------------


def link_of(
    address: Address, look: Viewpoint | None = None, *, topic: str = "", view: str = ""
) -> tuple[str, int]:
    """Return a link without what lets people in, and how many names had no room in it.

    Args:
        look: how things are seen. topic, view: ids of what the session keeps.
    """
    said = [f"topic={_quoted(topic)}"] if topic else []
    said += [f"view={_quoted(view)}"] if view else []
    left = 0
    if look is not None:
        said += [f"thing={_quoted(name)}" for name in look.selection[:NAMES_MAX] if len(name) <= NAME_MAX][:8]
        said += _camera_said(look.camera)
        said += [f"cut={_said((*plane.point, *plane.normal))}" for plane in look.planes[:PLANES_MAX]]
        said += [f"t={_time_said(look.time_ns)}"] if look.time_ns else []
        base = sum(map(len, said)) + len(said) + len(address.name)
        layers, left = _layers_said(look, LINK_MAX - base)
        said += [f"layers={layers}"] if layers else []
    public = address.name.replace(" ", "%20")
    return public + ("?" + "&".join(said) if said else ""), left


def with_invitation(link: str, invitation: str) -> str:
    """Return a link to what somebody sees that also lets people in.

    Args:
        invitation: a link of Share, whose server and secret are taken.
    """
    public, _hash, secret = invitation.partition("#")
    query = link.partition("?")[2]
    return f"{public}?{query}#{secret}" if query else invitation


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _listed(name: str) -> str:
    """Return a name as it stands among others, in a value that is quoted as a whole."""
    inner = name.replace("%", "%25").replace(",", "%2C").replace(";", "%3B")
    return quote(inner, safe=":$@!*()/'")


def _said(numbers: Iterable[float], digits: int = 4) -> str:
    return ",".join(f"{round(number, digits) + 0.0:.{digits}f}".rstrip("0").rstrip(".") for number in numbers)


def _camera_said(camera: Camera | None) -> list[str]:
    if camera is None:
        return []
    numbers: tuple[float, ...] = (*camera.position, *camera.direction)
    upright = _upright(camera.direction, None)
    if math.dist(upright, camera.up) > 1e-3:
        numbers += camera.up
    size = f"fov={_said((camera.fov_deg,), 2)}" if camera.fov_deg else f"height={_said((camera.height_m,))}"
    return [f"eye={_said(numbers)}", size]


def _time_said(time_ns: int) -> str:
    secs, rest = divmod(time_ns, 1_000_000_000)
    millis = rest // 1_000_000
    fraction = f".{millis:03d}".rstrip("0") if millis else ""
    return f"{_EPOCH + timedelta(seconds=secs):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _layers_said(look: Viewpoint, room: int) -> tuple[str, int]:
    """Return the layers, as many names as have room, and how many have none."""
    parts, left = [], 0
    if look.mode in MODES:
        colour = [look.mode] + ([look.quantity, look.unit] if look.quantity else [])
        parts.append("colour:" + ",".join(_listed(word) for word in colour))
    groups = (("hide" if look.shown else "only", look.exceptions), ("ghost", look.ghosted))
    for kind, names in groups:
        kept: list[str] = []
        for name in names[:NAMES_MAX]:
            quoted = _listed(name)
            if sum(map(len, parts)) + sum(map(len, kept)) + len(kept) + len(quoted) + 16 <= room:
                kept.append(quoted)
        left += len(names) - len(kept)
        if kept:
            parts.append(f"{kind}:{','.join(kept)}")
    return ";".join(parts), left
