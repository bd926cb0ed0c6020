"""The demo plant: a beverage filling and packing hall made by code."""

from __future__ import annotations

from walkdown_server.plant.equipment import catalogue
from walkdown_server.plant.plant import build_model

__all__ = ["build_model", "catalogue"]
