"""What can be told of an Opus packet without decoding it (RFC 6716)."""

from __future__ import annotations

LOOKAHEAD_SECS = 0.0065
"""What the codec itself delays: 2.5 ms of overlap and 4 ms of look-ahead (section 2)."""

SILENT_BYTES = 2
"""An encoder that has nothing to say makes packets of so many bytes at most."""

_CELT_FIRST = 16
"""Configurations from here on are CELT alone (table 2)."""

_FRAMES, _REPEATS = 0x03, 0x40


def carries_previous(payload: bytes) -> bool:
    """Tell whether a packet of one mono frame of 20 ms repeats the frame before it in short.

    That is the LBRR flag of SILK and hybrid frames (sections 3.1 and 4.2.3): the second bit after the byte
    that says what kind of packet this is.
    """
    if len(payload) <= SILENT_BYTES or payload[0] & _FRAMES:
        return False
    return payload[0] >> 3 < _CELT_FIRST and bool(payload[1] & _REPEATS)
