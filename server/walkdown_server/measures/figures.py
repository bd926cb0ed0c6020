"""What a page of metrics says, and what has changed between two looks at it.

Pure. Rates and percentiles are those between the looks; of the first one, since the server was started.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from walkdown.errors import Refused
from walkdown.i18n import _

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the page.

    Attributes:
        secs: monotonic. values: by name of the sample and its labels.
    """

    secs: float
    values: Mapping[tuple[str, Labels], float]

    def value(self, name: str, **labels: str) -> float:
        """Return a sample, NaN when there is none."""
        return self.values.get((f"walkdown_{name}", frozenset(labels.items())), math.nan)

    def total(self, name: str) -> float:
        """Return the sum of all samples of a name, NaN when there is none."""
        found = [value for (sample, _labels), value in self.values.items() if sample == f"walkdown_{name}"]
        return sum(found) if found else math.nan

    def sessions(self) -> list[str]:
        """Return the names of all sessions."""
        named = (dict(labels) for (name, labels) in self.values if name == "walkdown_people")
        return sorted({labels["session"] for labels in named})

    def buckets(self, name: str, session: str) -> list[tuple[float, float]]:
        """Return bounds and how many values are not above each."""
        wanted = f"walkdown_{name}_bucket"
        found = []
        for (sample, labels), value in self.values.items():
            known = dict(labels)
            if sample == wanted and known.get("session") == session:
                found.append((float(known["le"]), value))
        return sorted(found)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened between two readings; the first one counts from the start of the server."""

    before: Reading | None
    now: Reading

    def rate(self, name: str, session: str) -> float:
        """Return a counter's growth a second, NaN when it is not known."""
        if self.before is None:
            return math.nan
        grown = self.now.value(name, session=session) - self.before.value(name, session=session)
        return max(0.0, grown) / max(self.now.secs - self.before.secs, 1e-3)

    def percentile(self, name: str, session: str, share: float) -> float:
        """Return below which bound so great a share of the new values lies, NaN when there are none."""
        now = self.now.buckets(name, session)
        before = dict(self.before.buckets(name, session)) if self.before is not None else {}
        counts = [(bound, count - before.get(bound, 0.0)) for bound, count in now]
        if not counts or counts[-1][1] <= 0:
            return math.nan
        wanted, low, below = share * counts[-1][1], 0.0, 0.0
        for bound, count in counts:
            if count >= wanted and count > below:
                part = (wanted - below) / (count - below)
                return low if math.isinf(bound) else low + part * (bound - low)
            low, below = bound, count
        return low


def read_page(page: str, *, secs: float) -> Reading:
    """Return what a page of metrics says.

    Raises:
        Refused: it is none.
    """
    try:
        families: list[Metric] = list(text_string_to_metric_families(page))
    except ValueError as error:
        raise Refused("metrics", _("What answers there is not a Walkdown server.")) from error
    values = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }
    if not any(name.startswith("walkdown_") for name, _labels in values):
        raise Refused("metrics", _("What answers there is not a Walkdown server."))
    return Reading(secs, values)
