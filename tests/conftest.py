"""What holds for every test: English text, settings of nobody, no skip without a listed reason."""

from __future__ import annotations

import asyncio
import functools
import gc
import importlib
import inspect
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import coverage
import hypothesis
import pytest

from tests.ports import free_port
from walkdown.i18n import use_language

ROOT = Path(__file__).parents[1]
SKIPS = Path(__file__).with_name("skips.txt")
NO_GRAPHICS = "no OpenGL driver opens; `walkdown doctor` says what to install"

UNMEASURED = frozenset(
    {
        "app",
        "audio",
        "chaos",
        "decoders",
        "door",
        "faults",
        "fuzz",
        "hostile",
        "house",
        "importers",
        "importers_city",
        "importers_ifc",
        "input",
        "plant",
        "render",
        "soak",
        "sources",
        "tools",
        "ui",
    }
)
"""Folders of tests of which none is meant for the modules whose coverage is measured."""

hypothesis.settings.register_profile("walkdown", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("walkdown")

# Else pytest-asyncio asks for a loop before there is one, gets a new one, and leaves it unclosed.
asyncio.set_event_loop(None)

_unlisted: dict[str, str] = {}
_MEASURING = pytest.StashKey[coverage.Coverage]()


@pytest.fixture(autouse=True)
def _plain_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Shows English, and hides what the person who runs the tests has set, their key and whom they know."""
    for name in [name for name in os.environ if name.startswith("WALKDOWN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WALKDOWN_CONFIG", str(Path(__file__).with_name("no-such-file.toml")))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path_factory.getbasetemp() / name.lower()))
    use_language("en")
    yield
    use_language("en")


@pytest.fixture
def unused_tcp_port() -> int:
    return free_port()


@pytest.fixture
def unused_udp_port() -> int:
    return free_port(socket.SOCK_DGRAM)


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Measures what importing runs, once and not in every process; then stops until a test is measured.

    Measuring makes a test up to three times as slow.
    """
    measuring = coverage.Coverage.current()
    if measuring is None:
        return
    if not hasattr(session.config, "workerinput"):
        for name in _measured_modules(measuring):
            importlib.import_module(name)
    measuring.stop()
    session.config.stash[_MEASURING] = measuring


def _measured_modules(measuring: coverage.Coverage) -> list[str]:
    """Returns the names of the modules that the configuration includes."""
    patterns = measuring.get_option("run:include")
    assert isinstance(patterns, list)
    paths = {path for pattern in patterns for path in ROOT.glob(pattern.replace("/*", "/**/*.py"))}
    parts = [path.relative_to(ROOT).with_suffix("").parts[1:] for path in sorted(paths)]
    return [".".join(part).removesuffix(".__init__") for part in parts if part[-1] != "__main__"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measures a test that calls the rules itself: not a coroutine, which has a server or a client do it."""
    measuring = item.config.stash.get(_MEASURING, None)
    measured = item.path.relative_to(ROOT).parts[1] not in UNMEASURED and not _is_coroutine(item)
    if measuring is None or not measured:
        return (yield)
    measuring.start()
    try:
        return (yield)
    finally:
        measuring.stop()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collects garbage neither while thousands of tests are collected, nor ever among these."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _is_coroutine(item: pytest.Item) -> bool:
    return inspect.iscoroutinefunction(getattr(item, "function", None))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what draws where nothing can be drawn."""
    if item.get_closest_marker("display") and not _can_draw():
        pytest.skip(NO_GRAPHICS)


@functools.cache
def _can_draw() -> bool:
    """Tells whether something can be drawn; probed once, in a child process."""
    from walkdown_client.doctor import probe

    return probe("p3headlessgl") is not None


def allowed_reasons() -> set[str]:
    """Returns the reasons that the list of skips gives."""
    lines = SKIPS.read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Notes a skip whose reason is not on the list."""
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason not in allowed_reasons():
            _unlisted[report.nodeid] = reason


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Notes a whole file that skips itself for a reason that is not on the list."""
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason not in allowed_reasons():
            _unlisted[report.nodeid] = reason


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails the run for an unlisted skip where every commit is proved."""
    if os.environ.get("CI") and _unlisted and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure() -> None:
    """Lets the closing line be the last: graphics contexts that end with the process complain of that."""
    if "panda3d.core" in sys.modules:
        from panda3d.core import Notify, NSFatal

        for category in (":display", ":display:egldisplay", ":display:gsg"):
            Notify.ptr().get_category(category).set_severity(NSFatal)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what besides the tests failed, so that the closing line is not read as all well."""
    if os.environ.get("CI") and _unlisted:
        terminalreporter.section("skips that tests/skips.txt does not list", red=True)
        for test, reason in _unlisted.items():
            terminalreporter.line(f"{test}: {reason}")
    file = Path(os.environ.get("WALKDOWN_FAILED_CHECKS") or "no such file")
    if file.is_file():
        terminalreporter.section("checks that failed beside the tests", red=True)
        terminalreporter.line(file.read_text(encoding="utf-8"))
