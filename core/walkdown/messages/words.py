"""What messages are made of: sizes, bounded types, and the root of all."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

SUBPROTOCOL = "walkdown.1"

SIZE_BEFORE_LOGIN = 4 * 1024
SIZE_POSE = 4 * 1024
SIZE_OPERATION = 64 * 1024
SIZE_BULK = 1024 * 1024

Guarantee = Literal["event", "state", "reply"]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
Id = Annotated[str, Meta(min_length=1, max_length=200)]
ThingId = Annotated[str, Meta(max_length=1300)]
"""Has room for the id of a model and the longest key of an element."""

Text = Annotated[str, Meta(max_length=4000)]
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
FileName = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^/\\\x00-\x1f]+$")]
Counter = Annotated[int, Meta(ge=1, lt=2**53)]
Stamp = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
PersonKind = Literal["person", "bot"]
Role = Literal["observer", "participant", "chair", "operator", "admin"]
Secret = Annotated[str, Meta(max_length=64, pattern="^[0-9A-Za-z_-]*$")]
PersonNumber = Annotated[int, Meta(ge=1, le=65535)]
Base = Annotated[int, Meta(ge=0, lt=2**53)]
"""Number of the record that the author of a change had seen of what they change, 0 to change it anyhow."""

Point = tuple[float, float, float]
Placement = Annotated[tuple[float, ...], Meta(min_length=12, max_length=12)]
"""site_from_package, row-major 3 × 4, metres: a rotation about any axis, one scale and a translation."""

IN_PLACE: Placement = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)


class Message(msgspec.Struct, frozen=True, tag_field="t", omit_defaults=True):
    """The root of all control messages; what lets somebody in does not show in their text."""

    guarantee: ClassVar[Guarantee] = "reply"
    secrets: ClassVar[frozenset[str]] = frozenset()
    """Fields that are left out of the text."""

    def __repr__(self) -> str:
        """Return the message without its secrets and without what has its default."""
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._shown())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return the same for rich."""
        return self._shown()

    def _shown(self) -> list[tuple[str, Any]]:
        values = [(field, getattr(self, field.name)) for field in msgspec.structs.fields(self)]
        told = [(field.name, value) for field, value in values if value != field.default]
        return [(name, "…" if name in self.secrets else value) for name, value in told]
