"""The house keeps its shape: short files, short functions, each file saying what it is for."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOPS = ("core", "server", "client", "benchmarks", "examples")
CODE = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for top in TOPS
    for path in (ROOT / top).rglob("*.py")
}
MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 60


def test_a_file_is_read_in_one_sitting() -> None:
    assert [name for name, text in CODE.items() if len(text.splitlines()) > MAX_FILE_LINES] == []


def test_a_function_is_seen_at_once() -> None:
    long = [
        f"{name}: {function}"
        for name, text in CODE.items()
        for function, lines in functions(text)
        if lines > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_a_file_says_what_it_is_for() -> None:
    assert [name for name, text in CODE.items() if not ast.get_docstring(ast.parse(text))] == []


def test_the_independent_client_is_independent() -> None:
    """It proves that the protocol's page is enough, so it may not look at our code."""
    tree = ast.parse((ROOT / "tests" / "independent_client.py").read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    outside = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)
    assert outside <= {"msgpack", "zstandard"}


def functions(text: str) -> Iterator[tuple[str, int]]:
    """Yields every function's name and how many lines its statements take, its docstring left out."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            yield node.name, (node.end_lineno or 0) - first.lineno + 1
