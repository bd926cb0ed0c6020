"""Which signals each type of equipment of the demo plant has."""

from __future__ import annotations

from walkdown_server.plant.line_signals import LINE_SPECS
from walkdown_server.plant.signal_specs import Spec
from walkdown_server.plant.utility_signals import UTILITY_SPECS

SPECS: dict[str, tuple[Spec, ...]] = {**LINE_SPECS, **UTILITY_SPECS}
"""By type; a type that is not listed has none."""
