"""What everyone is told twenty times a second, and what is owed to whom."""

from __future__ import annotations
