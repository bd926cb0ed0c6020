"""Which camera sees what: one bit for each kind of pass."""

from __future__ import annotations

from panda3d.core import BitMask32

MAIN = BitMask32.bit(0)
SUN = BitMask32.bit(5)
MASK = BitMask32.bit(6)
PICK = BitMask32.bit(7)
PICK_THROUGH_GLASS = BitMask32.bit(8)
ONLY_MAIN = SUN | MASK | PICK | PICK_THROUGH_GLASS
"""Hide from these, and only the picture shows it."""
