"""What a server remembers of signals, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class PastValues(NamedTuple):
    """Values of one signal as they came, oldest first; the first holds since before the interval began.

    Attributes:
        times: (n,) datetime64[ns], UTC, session time. values: (n,) float64, NaN where there was none.
        quality: (n,) uint8, see ``walkdown.twin.QUALITIES``.
    """

    times: npt.NDArray[np.datetime64]
    values: npt.NDArray[np.float64]
    quality: npt.NDArray[np.uint8]

    @property
    def times_ns(self) -> npt.NDArray[np.int64]:
        """(n,) int64, the same as nanoseconds."""
        return self.times.astype("datetime64[ns]").view(np.int64)


@dataclass(frozen=True, slots=True)
class PastTold:
    """The server has said what some signals were, all of it up to a moment.

    Attributes:
        epoch: of the catalogue. to_ns: session time; later values come as they happen.
        signals: by global index.
    """

    epoch: int
    to_ns: int
    signals: Mapping[int, PastValues]
