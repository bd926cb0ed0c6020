"""Finds the data files that travel with the client: shaders and assets, in a checkout or in a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from walkdown.errors import Missing
from walkdown.i18n import _

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent


@cache
def shaders_dir() -> Path:
    """Return the folder of the GLSL files.

    Raises:
        Missing: the installation is incomplete.
    """
    return _find("shaders")


@cache
def assets_dir() -> Path:
    """Return the folder of fonts, sounds and other data.

    Raises:
        Missing: the installation is incomplete.
    """
    return _find("assets")


def _find(name: str) -> Path:
    for folder in (_PACKAGE / name, _CHECKOUT / name):
        if folder.is_dir():
            return folder
    raise Missing(
        _("the folder {name!r} was expected in {package} or {checkout}; install walkdown again").format(
            name=name, package=_PACKAGE, checkout=_CHECKOUT
        )
    )
