"""Gives hostile files to the real worker, and judges what came of each."""

from __future__ import annotations

import os
import re
import resource
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.hostile.cases import Case
from walkdown.errors import ImportFailed
from walkdown_server.importers import Limits, import_models
from walkdown_server.importers.job import OF_THE_MODELS, Input, SiteFrame
from walkdown_server.importers.scene import SUFFIX, read_scene

LIMITS = Limits(time_secs=10, memory_bytes=3 << 30)
SLACK_SECS = 3.0
"""On top of the limit: the start of the worker on a busy machine."""

LONGEST_SENTENCE, FEWEST_WORDS = 600, 3
_TECHNICAL = re.compile(
    r"Traceback|\b[A-Z][a-zA-Z]+(?:Error|Exception|Warning)\b|<[a-z_.]+ object at|\b0x[0-9a-f]{9,}|errno",
    re.I,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x9b\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Verdict:
    """What came of one file.

    Attributes:
        sentences: why it was refused, or the report of what came in.
        faults: what should not have happened; empty when all is well.
    """

    case: Case
    refused: bool
    sentences: list[str]
    secs: float
    faults: list[str] = field(default_factory=list)


def judge_all(cases: Iterable[Case], folder: Path) -> Iterator[Verdict]:
    """Yields the verdict on each case; as many at once as there are cores."""
    with ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        yield from pool.map(lambda numbered: judge(numbered[1], folder / str(numbered[0])), enumerate(cases))


def judge(case: Case, folder: Path) -> Verdict:
    """Imports one case in a folder of its own."""
    _lay_out(case, folder / "files")
    before = _tree(folder)
    start = time.monotonic()
    refused, sentences = True, [""]
    try:
        inputs, frame = _inputs(case, folder / "files" / case.main)
        report = import_models(inputs, folder / "out" / "package", frame=frame, limits=LIMITS)
    except ImportFailed as error:
        sentences = [str(error)]
    except Exception as error:  # the judge must live to tell of it
        sentences = [f"{type(error).__name__}: {error}"]
    else:
        refused, sentences = False, report.sentences()
    secs = time.monotonic() - start
    outside = _tree(folder) - before
    faults = [*_bad_words(case, sentences, refused=refused), *_bad_traces(outside, refused=refused)]
    if secs > LIMITS.longest_secs + SLACK_SECS:
        faults.append(f"took {secs:.1f} s")
    return Verdict(case, refused, sentences, secs, faults)


def _inputs(case: Case, path: Path) -> tuple[list[Input], SiteFrame]:
    if path.suffix != SUFFIX:
        return [Input(path, case.options)], OF_THE_MODELS
    site = read_scene(path)
    return list(site.inputs), site.frame


def _lay_out(case: Case, folder: Path) -> None:
    for name, data in case.make().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for name, target in case.links.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)


def _tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def _bad_words(case: Case, sentences: list[str], *, refused: bool) -> Iterator[str]:
    name = Path(case.main).name
    for sentence in sentences:
        yield from plain_faults(sentence.replace(name, "model") if name.isprintable() else sentence)
    if refused and "makes no sense" in sentences[0]:
        yield f"the worker was lost: {sentences[0]}"


def plain_faults(sentence: str) -> Iterator[str]:
    """Yields what a sentence for people should not have."""
    if "\n" in sentence or _CONTROL.search(sentence):
        yield f"breaks the line or the terminal: {sentence!r}"
    if found := _TECHNICAL.search(sentence):
        yield f"speaks of {found.group()}: {sentence}"
    if len(sentence) > LONGEST_SENTENCE:
        yield f"has {len(sentence)} letters: {sentence[:200]}"
    if len(sentence.split()) < FEWEST_WORDS:
        yield f"says nothing: {sentence!r}"


def _bad_traces(traces: set[str], *, refused: bool) -> Iterator[str]:
    """Yields what was left behind elsewhere than in the package."""
    if refused and traces - {"out"}:
        yield f"left behind {sorted(traces)[:5]}"
    strangers = [trace for trace in traces if trace != "out" and not trace.startswith("out/package")]
    if strangers:
        yield f"wrote {sorted(strangers)[:5]}"


def largest_child_bytes() -> int:
    """Returns the peak memory of the largest worker that has ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def table(verdicts: Iterable[Verdict]) -> str:
    """Returns for people: by kind, each case with what was said of it."""
    lines: list[str] = []
    kind = ""
    for verdict in sorted(verdicts, key=lambda v: (v.case.kind, v.case.name)):
        if verdict.case.kind != kind:
            kind = verdict.case.kind
            lines.append(f"\n== {kind}")
        outcome = "refused" if verdict.refused else "read"
        lines.append(f"  {verdict.case.name.partition('/')[2]} ({outcome}, {verdict.secs:.1f} s)")
        lines += [f"      {sentence!r}"[:400] for sentence in verdict.sentences]
        lines += [f"    ! {fault}"[:400] for fault in verdict.faults]
    return "\n".join(lines)
