"""Makes ``python -m walkdown`` the same as ``walkdown``."""

from __future__ import annotations

from walkdown.cli import main

if __name__ == "__main__":
    main()
