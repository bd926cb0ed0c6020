"""The session server: sources in, one truth, blocks out."""

from __future__ import annotations
