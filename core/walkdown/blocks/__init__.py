"""Signal blocks as bytes, many at once: each step is one numpy call for all blocks of a tick.

The wire format is that of one block after the other, see ``docs/protocol.md``; what is done at once is the
reckoning. Where each part of each block begins follows from the counts alone, so that all rows, values,
qualities and ages are scattered into one array of bytes, and gathered from it at the other end.
"""

from __future__ import annotations

from walkdown.blocks.packing import NO_BLOCKS, PackedBlocks, pack_blocks
from walkdown.blocks.shape import AGE_STEP_SECS
from walkdown.blocks.unpacking import SignalValues, unpack_blocks

__all__ = ["AGE_STEP_SECS", "NO_BLOCKS", "PackedBlocks", "SignalValues", "pack_blocks", "unpack_blocks"]
