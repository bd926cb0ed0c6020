"""Imports one file in the sandboxed worker; prints how long it took and the memory of the worker, as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from walkdown_server.importers import import_models


def main() -> None:
    """Import ``argv[1]`` into the folder ``argv[2]``."""
    start = time.perf_counter()
    import_models([Path(sys.argv[1])], Path(sys.argv[2]))
    secs = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"secs": secs, "peak_mib": peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)}))


if __name__ == "__main__":
    main()
