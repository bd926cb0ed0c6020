"""Says of a message whether the server would understand it, before it is sent again and again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.messages import Operation


def check_sendable(message: Operation) -> None:
    """Refuse a message that no server takes: it would end the connection, each time anew.

    Raises:
        BadInput: a number is not finite, or a field does not fit.
    """
    said = msgspec.to_builtins(message, builtin_types=(bytes,))
    check_finite(said)
    try:
        msgspec.convert(said, type(message), builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise BadInput(_("a field does not fit: {reason}").format(reason=error)) from None


def check_finite(said: Any) -> None:
    """Refuse numbers that are none.

    Raises:
        BadInput: one of them is infinite or not a number.
    """
    wrong = next((number for number in _numbers(said) if not math.isfinite(number)), None)
    if wrong is not None:
        raise BadInput(_("numbers must be finite, but {number} came").format(number=wrong))


def _numbers(said: Any) -> Iterator[float]:
    if isinstance(said, float):
        yield said
    elif isinstance(said, dict):
        for value in said.values():
            yield from _numbers(value)
    elif isinstance(said, list | tuple):
        for value in said:
            yield from _numbers(value)
