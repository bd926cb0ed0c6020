"""One wheel brings three packages with everything that they find beside themselves."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from walkdown.i18n import LANGUAGES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Returns the names in a wheel that is built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return set(wheel.namelist())


def test_every_file_of_the_packages_is_in_the_wheel(names: set[str]) -> None:
    roots = [ROOT / "core", ROOT / "server", ROOT / "client"]
    written = {
        path.relative_to(root).as_posix() for root in roots for path in root.rglob("*") if path.is_file()
    }
    assert {name for name in written if "__pycache__" not in name} <= names


def test_shaders_fonts_and_catalogues_travel_along(names: set[str]) -> None:
    for top in ("shaders", "assets"):
        files = [path.relative_to(ROOT).as_posix() for path in (ROOT / top).rglob("*") if path.is_file()]
        assert {f"walkdown_client/{name}" for name in files} <= names
    assert {f"walkdown/locale/{code}/LC_MESSAGES/walkdown.mo" for code in LANGUAGES} <= names


def test_the_wheel_holds_nothing_else_at_its_top(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "walkdown",
        "walkdown_server",
        "walkdown_client",
    }


def test_licences_travel_along(names: set[str]) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("OFL-LICENSE.txt") for name in names)
