"""A review as rules: what stands after its records, on the server, in a client and in a file alike.

``state`` is what stands, ``plan`` what a file from elsewhere would change, ``progress`` how far a topic is,
``readiness`` whether a review can begin.
"""

from __future__ import annotations

from walkdown.review.plan import MergeConflict, MergePlan, PlannedTopic
from walkdown.review.state import CHAT_KEPT, Edit, Key, ReviewState

__all__ = ["CHAT_KEPT", "Edit", "Key", "MergeConflict", "MergePlan", "PlannedTopic", "ReviewState"]
