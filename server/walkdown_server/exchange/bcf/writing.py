"""BCF 2.1 and 3.0 out: topics of a session as a file for other tools, valid against the schemas.

A topic that came from a file starts from its folder there, converted where the version differs, and only
what people have changed since is written into it: whatever we do not understand stays. Every topic gets a
link of ours, with which the session knows it again (see ``extras``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import IO, Literal

from lxml import etree
from msgspec.structs import replace

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown.messages import Topic, Viewpoint, Vocabulary
from walkdown.review import ReviewState
from walkdown_server.exchange.bcf.archive import VERSIONS, Archive, Folder
from walkdown_server.exchange.bcf.converting import convert_markup
from walkdown_server.exchange.bcf.documents import Documents
from walkdown_server.exchange.bcf.header import header_files
from walkdown_server.exchange.bcf.markup import Markup
from walkdown_server.exchange.bcf.originals import Original, Part, Supply, opened, rename_references
from walkdown_server.exchange.bcf.output import Output
from walkdown_server.exchange.bcf.spelling import spell_attributes
from walkdown_server.exchange.bcf.topic_writing import TopicWriting
from walkdown_server.exchange.bcf.trees import (
    Node,
    add,
    attribute,
    child,
    comment_nodes,
    instant,
    put_text,
    text,
    to_bytes,
    view_nodes,
)
from walkdown_server.exchange.bcf.words import words_tree
from walkdown_server.exchange.incoming import derived, guid_of

__all__ = ["Supply", "Version", "write"]

Version = Literal["2.1", "3.0"]


def write(
    out: IO[bytes],
    review: ReviewState,
    supply: Supply,
    *,
    version: Version = "3.0",
    topics: Collection[str] = (),
) -> tuple[str, ...]:
    """Write topics of a review as a BCF file.

    Args:
        out: a file, open for writing, that can seek.
        topics: ids, all when empty.

    Returns:
        What was left out or filled, English sentences.

    Raises:
        BadInput: the version is none that is written.
    """
    if version not in VERSIONS:
        known = " and ".join(VERSIONS)
        raise BadInput(
            _("BCF is written as {known}, but not as {version!r}").format(known=known, version=version)
        )
    chosen = [one for one in review.topics.values() if not topics or one.topic in topics]
    with (
        Output(out) as output,
        contextlib.closing(_Writer(output, review, supply, version=version)) as writer,
    ):
        return writer.write(chosen)


class _Writer:
    """Writes one file."""

    def __init__(self, out: Output, review: ReviewState, supply: Supply, *, version: Version) -> None:
        self._out, self._review, self._supply, self._version = out, review, supply, version
        self._documents = Documents(out, version, supply.blobs)
        self._originals: list[Original] = []
        self._notes: list[str] = []

    def write(self, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Write everything; returns what was left out or filled."""
        by_origin: dict[str, dict[str, Topic]] = {}
        for topic in topics:
            by_origin.setdefault(topic.origin, {})[guid_of(topic.topic)] = topic
        fresh = list(by_origin.pop("", {}).values())
        for sha256, wanted in by_origin.items():
            fresh += self._from_original(sha256, wanted)
        for topic in sorted(fresh, key=lambda one: one.index):
            guid = guid_of(topic.topic)
            self._topic(topic, Markup.blank(guid, self._version), None)
        self._documents.finish(self._originals)
        self._root_files()
        self._whole(topics)
        return tuple(dict.fromkeys((*self._notes, *self._documents.notes)))

    def close(self) -> None:
        """Let go of the originals."""
        for original in self._originals:
            original.archive.container.close()

    # ---- topics -------------------------------------------------------------------------------------------

    def _from_original(self, sha256: str, wanted: dict[str, Topic]) -> list[Topic]:
        """Write the topics of one original; returns those that it does not hold."""
        original = opened(sha256, self._supply.blobs, self._notes)
        if original is None:
            return list(wanted.values())
        self._name_root_files(original)
        self._originals.append(original)
        self._documents.take_along(original)
        left = dict(wanted)
        for part in original.parts(wanted, lambda folder, root: self._is_untouched(folder, root, wanted)):
            topic = left.pop(part.folder.guid)
            self._topic(topic, self._converted(part), part)
        return list(left.values())

    def _is_untouched(self, folder: Folder, root: Node, wanted: Mapping[str, Topic]) -> bool:
        """Return whether a topic is as it came in: all of it in one record, of which nothing is gone."""
        topic = wanted[folder.guid]
        comments, views = self._review.comments_on(topic.topic), self._review.views_of(topic.topic)
        node, nodes = child(root, "Topic"), view_nodes(root)
        if topic.documents or topic.evidence.file or folder.spelt or not topic.number:
            return False
        stamp = (instant(text(node, "ModifiedDate"))[0], text(node, "ModifiedAuthor"))
        if stamp != (topic.changed_ns, topic.changed):
            return False
        numbers = {*(each.number for each in comments), *(each.number for each in views)}
        if (len(comments), len(views)) != (len(comment_nodes(root)), len(nodes)) or numbers - {topic.number}:
            return False
        files = [file for each in nodes if (file := text(each, "Viewpoint"))]
        spelt = all(self._originals[-1].is_spelt(folder, file) for file in files)
        return spelt and self._stands_still(folder, root, views)

    def _stands_still(self, folder: Folder, root: Node, views: Sequence[Viewpoint]) -> bool:
        """Return whether the views are where they were to the model when they came in: it may have moved."""
        original, frame = self._originals[-1], self._supply.frames.frame_of(header_files(root), views)
        known = {guid_of(view.viewpoint): view for view in views}
        for node in view_nodes(root):
            file, view = text(node, "Viewpoint"), known.get(guid_of(attribute(node, "Guid")))
            if view is None:
                return False
            if view.camera is None:
                if view.planes or view.lines:
                    return False
                continue
            eye = original.eye_of(folder, file)
            if eye is None or frame.points([eye]) != [view.camera.position]:
                return False
        return True

    def _topic(self, topic: Topic, markup: Markup, part: Part | None) -> None:
        def note(sentence: str) -> None:
            self._notes.append(f"Topic {topic.title[:60]!r}: {sentence}")

        writing = TopicWriting(
            self._out,
            self._documents,
            self._supply,
            topic=topic,
            markup=markup,
            part=part,
            views=self._review.views_of(topic.topic),
            note=note,
        )
        writing.write(self._review.comments_on(topic.topic))

    def _converted(self, part: Part) -> Markup:
        """Return the markup of an original in the version that is written."""
        changed = spell_attributes(part.root) or part.folder.spelt
        changed = rename_references(part.root, part.original.renamed) or changed
        changed = part.name_parts(self._version) or changed
        old = part.original.archive.version
        if old != self._version:
            convert_markup(part.root, old, self._version, move=lambda name: self._documents.move(name, part))
            changed = True
        markup = Markup(part.root, self._version)
        markup.changed = changed
        return markup

    # ---- what belongs to the whole ------------------------------------------------------------------------

    def _name_root_files(self, original: Original) -> None:
        """Find names for the files at the root of an original that those of another one do not have."""
        taken = {new.lower() for one in self._originals for new in one.root_names().values()}
        for name in original.root_files():
            count, new = 1, name
            while new.lower() in taken:
                count += 1
                new = f"{count}-{name}"
            if new != name:
                original.renamed[name] = new

    def _root_files(self) -> None:
        for original in self._originals:
            for path, name in original.root_names().items():
                if (id(original), path) not in self._documents.moved:
                    fault = self._out.copy(original.archive.container, path, self._out.free(name))
                    self._notes += [fault] if fault else []

    def _whole(self, topics: Sequence[Topic]) -> None:
        """Write the lists of words, the project and the version."""
        first = self._originals[0].archive if self._originals else None
        root = first.known(first.words_path) if first is not None else None
        words = _with_used(self._review.vocabulary, topics)
        name = "extensions.xml" if self._version == "3.0" else "extensions.xsd"
        self._out.put(name, to_bytes(words_tree(root, words, self._version)))
        self._project(first)
        self._version_file(first)

    def _version_file(self, first: Archive | None) -> None:
        path = first.container.find("bcf.version") if first is not None else None
        if first is not None and path is not None and first.version == self._version:
            self._out.put("bcf.version", first.container.read(path))
            return
        root = etree.Element("Version", VersionId=self._version)
        if self._version != "3.0":
            add(root, "DetailedVersion", self._version)
        self._out.put("bcf.version", to_bytes(root))

    def _project(self, first: Archive | None) -> None:
        """Write the project; BCF 2.1 needs the file to name its lists, even without a project."""
        root = None
        if first is not None and first.project_path and (first.version == "3.0") == (self._version == "3.0"):
            root = first.known(first.project_path)
        if root is None:
            root = etree.Element("ProjectInfo" if self._version == "3.0" else "ProjectExtension")
            known = first.project if first is not None else ("", "")
            project, name = known if any(known) else self._supply.project
            if project or name:
                node = add(root, "Project", ProjectId=project or derived("project", name))
                put_text(node, "Name", name.strip(), order=("Name",))
        if self._version != "3.0":
            put_text(root, "ExtensionSchema", "extensions.xsd", order=("Project", "ExtensionSchema"))
        if len(root):
            self._out.put("project.bcfp", to_bytes(root))


def _with_used(words: Vocabulary, topics: Iterable[Topic]) -> Vocabulary:
    """Return the words of the session and those that topics use beside them."""
    fields = {"type": "types", "status": "statuses", "priority": "priorities", "stage": "stages"}
    fields |= {"discipline": "disciplines", "assigned": "users"}
    used: dict[str, dict[str, None]] = {name: {} for name in (*fields.values(), "labels")}
    for topic in topics:
        for one, many in fields.items():
            used[many][getattr(topic, one)] = None
        used["labels"].update(dict.fromkeys(topic.labels))
    return replace(
        words,
        **{
            name: tuple(dict.fromkeys((*getattr(words, name), *filter(None, found))))
            for name, found in used.items()
        },
    )
