"""What both sides of a session speak and know."""

from __future__ import annotations
