"""Other people's tools read our tiles."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.package.sample import sample_model
from walkdown.package import write_package

NO_VALIDATOR = "the Khronos glTF validator is not installed (npm install gltf-validator)"

SCRIPT = """
const {validateBytes} = require('gltf-validator'), fs = require('fs'), path = require('path');
const read = (f) => new Uint8Array(fs.readFileSync(f));
(async () => {
  const reports = [];
  for (const file of process.argv.slice(1)) {
    const near = (uri) => Promise.resolve(read(path.resolve(path.dirname(file), uri)));
    reports.push((await validateBytes(read(file), {uri: file, externalResourceFunction: near})).issues);
  }
  console.log(JSON.stringify(reports));
})();
"""


def _node(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", "-e", *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_the_khronos_validator_finds_nothing_wrong(tmp_path: Path) -> None:
    if not shutil.which("node") or _node("require('gltf-validator')").returncode:
        pytest.skip(NO_VALIDATOR)
    paths = []
    for name, data in write_package(sample_model()).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
        paths += [str(tmp_path / name)] if name.endswith(".glb") else []
    reports = json.loads(_node(SCRIPT, *paths).stdout)
    assert len(reports) == len(paths) > 3
    assert [issue for r in reports for issue in r["messages"] if issue["severity"] < 2] == []
