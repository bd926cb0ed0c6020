"""Walkdown's core: what the server and the client both speak and know."""

from __future__ import annotations

__version__ = "0.1.0"
