"""Draws the world: the model with the state of the twin on it, people, labels, relations, light."""

from __future__ import annotations
