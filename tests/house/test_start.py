"""``run.py`` starts everything from a fresh checkout; what can be told without installing is told here."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Returns run.py as a module whose .venv and .sysroot are folders of the test's."""
    spec = importlib.util.spec_from_file_location("run", ROOT / "run.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "python")
    monkeypatch.setattr(module, "SYSROOT", tmp_path / ".sysroot")
    for name in ("install", "install_extra"):
        monkeypatch.setattr(module, name, lambda _name: pytest.fail("would have installed something"))
    return module


def test_it_needs_the_standard_library_alone() -> None:
    tree = ast.parse((ROOT / "run.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_an_older_python_can_read_it_far_enough_to_say_that_it_is_too_old() -> None:
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 8))


def test_an_old_python_is_refused_in_one_sentence(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 2))
    assert start.main(["demo"]) == 2
    assert "needs Python 3.11 or newer" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_it_explains_itself(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, ROOT / "run.py", *arguments], capture_output=True, text=True)
    assert done.returncode == 0
    assert "run.py demo" in done.stdout


def test_an_unknown_benchmark_is_refused_with_those_there_are(
    start: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start.main(["bench", "no_such_benchmark"]) == 2
    assert "Expected a benchmark" in capsys.readouterr().err


def test_every_long_suite_is_a_folder_of_tests(start: ModuleType) -> None:
    for suite in start.LONG_SUITES:
        assert list((ROOT / "tests" / suite[2:]).glob("test_*.py")), suite


def test_an_installed_profile_is_told_by_its_stamp_until_the_lock_changes(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not start.installed("demo")
    start.VENV.mkdir()
    start.PYTHON.touch()
    assert not start.installed("demo")
    start.stamp("demo").write_text(start.fingerprint("demo"), encoding="utf-8")
    assert start.installed("demo")
    assert not start.installed("test")
    monkeypatch.setattr(start, "fingerprint", lambda _profile: "another lock")
    assert not start.installed("demo")


def test_what_holds_everything_holds_the_demo(start: ModuleType) -> None:
    start.VENV.mkdir()
    start.PYTHON.touch()
    start.stamp("test").write_text(start.fingerprint("test"), encoding="utf-8")
    assert start.installed("demo")


def test_root_is_asked_before_anything_is_installed(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    installed: list[list[str]] = []
    monkeypatch.setattr(start, "apt_install", installed.append)

    def answer(question: str) -> str:
        asked.append(question)
        return "n"

    monkeypatch.setattr("builtins.input", answer)
    assert start.add_as_root(["libgl1"], yes=False) == ["libgl1"]
    assert "libgl1" in asked[0]
    assert installed == []
    assert start.add_as_root(["libgl1"], yes=True) == []
    assert len(asked) == 1
    assert installed == [["libgl1"]]


def test_what_needs_root_is_left_out_without_root(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[list[str]] = []
    monkeypatch.setattr(start, "unpack_debian", lambda packages, _folder, **_how: unpacked.append(packages))
    assert start.add_to_sysroot(["libgl1", "xvfb"]) == ["xvfb"]
    assert unpacked == [["libgl1"]]


def test_what_lies_in_the_sysroot_is_found_by_what_is_started(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start.sysconfig, "get_config_var", lambda _name: "x86_64-linux-gnu")
    libraries = start.SYSROOT / "usr/lib/x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    (libraries / "libOfTheTest.so.1").touch()
    for name in ("LD_LIBRARY_PATH", "LIBGL_DRIVERS_PATH", "__EGL_VENDOR_LIBRARY_DIRS"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PATH", "/bin")
    start.use_sysroot()
    start.use_sysroot()
    assert os.environ["LD_LIBRARY_PATH"] == str(libraries)
    assert os.environ["LIBGL_DRIVERS_PATH"] == str(libraries / "dri")
    assert os.environ["PATH"].split(os.pathsep)[0] == "/bin"
    assert start.loads("libOfTheTest.so.1")
    assert not start.loads("libOfNobody.so.1")


def test_a_failed_system_package_is_left_out_in_one_sentence(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_packages: object, **_how: object) -> None:
        raise subprocess.CalledProcessError(100, ["apt-get"])

    monkeypatch.setattr(start, "add_as_root", broken)
    monkeypatch.setattr(start, "add_to_sysroot", broken)
    monkeypatch.setattr(start.shutil, "which", lambda _name: "/usr/bin/apt-get")
    start.add_system_packages(["libgl1"], yes=True)
    assert capsys.readouterr().out.startswith("== Left out: libgl1.")


def test_paths_that_are_given_count_from_where_one_is(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[tuple[str, Path]] = []
    monkeypatch.setattr(start, "installed", lambda _profile: True)

    def hand_over(command: list[str]) -> int:
        seen.append((command[-1], Path.cwd()))
        return 0

    monkeypatch.setattr(start, "hand_over", hand_over)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    assert start.main(["import", "hall.glb"]) == 0
    assert seen == [("hall.glb", tmp_path)]


@pytest.fixture
def added(start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns what is added; the demo and some files are there, and what is started does nothing."""
    for name in ("House.IFC", "house.ifc", "other.ifczip"):
        (tmp_path / name).write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    found: list[str] = []
    monkeypatch.setattr(start, "installed", lambda profile: profile == "demo" or profile in found)
    monkeypatch.setattr(start, "install_extra", found.append)
    monkeypatch.setattr(start, "hand_over", lambda _command: 0)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    return found


def test_a_file_that_needs_more_than_the_demo_adds_it_once(start: ModuleType, added: list[str]) -> None:
    assert start.main(["open", "hall.glb", "--yes"]) == 0
    assert added == []
    assert start.main(["open", "House.IFC", "other.ifczip", "--yes"]) == 0
    assert start.main(["open", "House.IFC", "--yes"]) == 0
    assert added == ["ifc"]


def test_nothing_is_added_for_a_file_that_is_not_there(start: ModuleType, added: list[str]) -> None:
    assert start.main(["open", "typo.ifc", "--yes"]) == 0
    assert added == []


def test_nothing_is_added_against_the_word_of_who_sits_at_the_terminal(
    start: ModuleType, added: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: "n")
    start.offer_extras(["house.ifc"], yes=False)
    assert added == []


def test_what_can_be_added_is_named_and_nothing_else_is(
    start: ModuleType, added: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert start.main(["add", "ifc", "echo", "captions"]) == 0
    assert added == ["ifc", "echo", "captions"]
    assert start.main(["add", "everything"]) == 2
    assert "one of ifc" in capsys.readouterr().err


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_names_versions_and_hashes_and_no_place(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"file:|https?:|^-", text, flags=re.MULTILINE)
    entries = re.split(r"\n(?=\S)", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    assert len(entries) > (0 if lock.stem == "uv" else 20)
    assert all(re.match(r"[\w.-]+==\S+", entry) and "--hash=sha256:" in entry for entry in entries)


def test_the_locks_satisfy_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    demo = [*project["dependencies"], *(line for name in DEMO_EXTRAS for line in extras[name])]
    everything = [*project["dependencies"], *(line for lines in extras.values() for line in lines)]
    assert unsatisfied(demo, "demo") == []
    assert unsatisfied(everything, "test") == []
    for name in ("ifc", "echo", "captions", "report"):
        assert unsatisfied([*project["dependencies"], *extras[name]], name) == []


DEMO_EXTRAS = ("client", "server", "ui", "audio", "mqtt", "build")


def unsatisfied(requirements: list[str], profile: str) -> list[str]:
    """Returns the requirements that no version in the profile's lock satisfies."""
    text = (ROOT / "requirements" / f"{profile}.txt").read_text(encoding="utf-8")
    locked = re.findall(r"^([\w.-]+)==(\S+)", text, flags=re.MULTILINE)
    wanted = [Requirement(line) for line in requirements]
    return [
        str(need)
        for need in wanted
        if not any(name == need.name.lower() and need.specifier.contains(version) for name, version in locked)
    ]


@pytest.fixture
def judges(start: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """Returns the commands that would have been run, where Node is there and nothing is installed yet."""
    (tmp_path / "package-lock.json").write_text("{}", encoding="utf-8")
    ran: list[list[str]] = []
    monkeypatch.setattr(start, "JUDGES", tmp_path)
    monkeypatch.setattr(start.shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(start.subprocess, "run", lambda command, **_options: ran.append(command))
    return ran


def test_judges_are_installed_from_their_lock_once(
    start: ModuleType, judges: list[list[str]], tmp_path: Path
) -> None:
    start.fetch_judges()
    assert [command[:3] for command in judges] == [["/usr/bin/npm", "ci", "--ignore-scripts"]]
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / ".package-lock.json").write_text("{}", encoding="utf-8")
    start.fetch_judges()
    assert len(judges) == 1


def test_without_node_or_a_network_the_tests_go_on_without_judges(
    start: ModuleType,
    judges: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(start.shutil, "which", lambda program: None if program == "node" else program)
    start.fetch_judges()
    assert judges == []
    monkeypatch.setattr(start.shutil, "which", lambda program: program)

    def fail(command: list[str], **_options: object) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(start.subprocess, "run", fail)
    start.fetch_judges()
    assert "its tests are skipped" in "".join(capsys.readouterr())
