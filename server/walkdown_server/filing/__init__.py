"""The files of a review: brought in, kept, handed out, and what was so when a topic was made.

``store`` is the folder where they stay, ``incoming`` takes offers and uploads, ``merging`` brings in topics
of elsewhere, ``exports`` makes files of what stands, ``desk`` is where people ask for all of it; ``facts``
and ``evidence`` write down what was so when a topic was made.
"""

from __future__ import annotations
