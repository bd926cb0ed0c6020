"""What a block looks like: its header, its flags, and where its parts begin."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

BLOCK_HEADER = np.dtype(
    [("epoch", "<u2"), ("block", "<u2"), ("encoding", "u1"), ("flags", "u1"), ("size", "<u2")]
)
"""``size``: bytes of the payload that follows."""

HEADER_SIZE = BLOCK_HEADER.itemsize
ENCODING_FULL, ENCODING_LIST, ENCODING_BITMAP = range(3)
FLAG_QUALITY, FLAG_AGES, FLAG_ZSTD = 1, 2, 4

AGE_STEP_SECS = 0.01
"""One step of a value's age."""

Ints = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]
Bits = npt.NDArray[np.bool_]


class Parts(NamedTuple):
    """Where the parts of each payload begin, and where it ends; all (k,)."""

    rows: Ints
    values: Ints
    quality: Ints
    ages: Ints
    end: Ints


class Shape(NamedTuple):
    """What decides how long payloads are; all (k,).

    Attributes:
        prefix: bytes that name the rows. counts: values. widths: bytes of a value. flags: of the header.
    """

    prefix: Ints
    counts: Ints
    widths: Ints
    flags: Ints

    def parts(self, begin: Ints) -> Parts:
        """Return where the parts of payloads are that begin there."""
        values = begin + self.prefix
        quality = values + self.counts * self.widths
        ages = quality + np.where(self.flags & FLAG_QUALITY, (self.counts + 3) // 4, 0)
        end = ages + np.where(self.flags & FLAG_AGES, 2 * self.counts, 0)
        return Parts(begin, values, quality, ages, end)
