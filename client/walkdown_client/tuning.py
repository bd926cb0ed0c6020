"""How threads of a client share the interpreter and memory: two settings of the process, made once."""

from __future__ import annotations

import ctypes
import sys

SWITCH_SECS = 0.0005
"""A thread that waits for the interpreter gets it within this time: a frame never waits for a loader."""

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Names of glibc's ``mallopt``, see malloc.h."""

KEPT_BYTES = 256 << 20
LARGEST_KEPT_BYTES = 32 << 20


def tune_process() -> None:
    """Let threads take turns often, and keep freed memory for the arrays of the next tile.

    The arrays of a tile are freed a moment before the next tile needs as many; given back to the system in
    between they are cleared page by page, which costs a tenth of all loading. Only glibc is told so.
    """
    sys.setswitchinterval(SWITCH_SECS)
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(MMAP_THRESHOLD, LARGEST_KEPT_BYTES)
