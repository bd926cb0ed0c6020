"""The example holds a small review of the demo plant and leaves its files."""

from __future__ import annotations

import runpy
import zipfile
from pathlib import Path

import pytest

from tests.review.conftest import Plant

EXAMPLE = Path(__file__).parents[2] / "examples" / "review.py"


async def test_the_example_leaves_bcf_report_and_pack(
    plant: Plant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await runpy.run_path(str(EXAMPLE))["review"](plant.url, tmp_path)
    assert "no_agenda: 1" in capsys.readouterr().out
    check_files(tmp_path)


def check_files(folder: Path) -> None:
    (bcf,), (page,), (pack,) = (list(folder.glob(f"*.{ending}")) for ending in ("bcf", "html", "zip"))
    assert "bcf.version" in zipfile.ZipFile(bcf).namelist()
    assert "The valve is too high to reach" in page.read_text("utf-8")
    assert any(name.endswith("minutes.md") for name in zipfile.ZipFile(pack).namelist())
