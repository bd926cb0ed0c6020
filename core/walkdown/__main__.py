"""Makes ``python -m walkdown`` the same as ``walkdown``; a child process ends with its parent."""

from __future__ import annotations

import os
import signal
import threading

from walkdown.cli import main

PARENT_PIPE = "WALKDOWN_PARENT_PIPE"
"""Set in the environment of a child whose standard input is a pipe that its parent never writes to."""


def end_with_parent() -> None:
    """End this process in order when the parent's end of the pipe closes, however the parent ended."""

    def wait() -> None:
        while os.read(0, 4096):  # not sys.stdin, whose lock a leaving interpreter would wait for
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    if os.environ.pop(PARENT_PIPE, ""):
        end_with_parent()
    main()
