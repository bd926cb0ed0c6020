"""What a session decides about its review, whom it tells for a moment, and what it keeps as evidence."""

from __future__ import annotations
