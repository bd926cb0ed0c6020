"""All rules of a review: what becomes of each operation, and of the topics that a file brings.

Pure. A rule sees what stands and what waits, returns a draft or refuses with a sentence, and changes nothing.
"""

from __future__ import annotations

from walkdown_server.review.rules_imports import IMPORT_RULES, ChangeImported, ImportTopic
from walkdown_server.review.rules_meeting import MEETING_RULES, GiveDuty
from walkdown_server.review.rules_topics import TOPIC_RULES
from walkdown_server.review.rules_views import VIEW_RULES
from walkdown_server.ruling import Rules

REVIEW_RULES: Rules = {**TOPIC_RULES, **VIEW_RULES, **MEETING_RULES, **IMPORT_RULES}

__all__ = ["REVIEW_RULES", "ChangeImported", "GiveDuty", "ImportTopic"]
