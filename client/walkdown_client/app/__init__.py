"""The program with a picture: one frame after another, in one visible order."""

from __future__ import annotations
