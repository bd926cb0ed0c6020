"""The views of one topic into the file that is written: their XML and their snapshots."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from walkdown.errors import BadInput
from walkdown.messages import Viewpoint
from walkdown.review.contents import HEAD_BYTES, media_of, pixels_of
from walkdown_server.exchange.bcf.belongings import IMPLICIT_SNAPSHOT, IMPLICIT_VIEW
from walkdown_server.exchange.bcf.markup import Markup
from walkdown_server.exchange.bcf.originals import Part, Supply
from walkdown_server.exchange.bcf.output import SMALL, Output
from walkdown_server.exchange.bcf.spelling import spell_attributes
from walkdown_server.exchange.bcf.trees import Node, attribute, parse, text, to_bytes, view_nodes
from walkdown_server.exchange.bcf.view_writing import (
    blank_view,
    convert_view,
    differs,
    finish_view,
    write_view,
)
from walkdown_server.exchange.incoming import IncomingTopic, derived, guid_of
from walkdown_server.exchange.similarity import Similarity

ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg"}


class ViewFiles:
    """Writes the views of one topic.

    Args:
        topic: its id. place: its folder in the new file. part: where it came from, None for one of our own.
        frame: from the coordinates of its model, in which it is written, to those of the site.
        note: takes what was left out or filled.

    Attributes:
        gone: files of the original's folder that are not copied.
        guids: what views are called in the XML, by their ids here.
    """

    def __init__(  # noqa: PLR0913
        self,
        out: Output,
        supply: Supply,
        markup: Markup,
        *,
        topic: str,
        place: str,
        part: Part | None,
        frame: Similarity,
        note: Callable[[str], None],
    ) -> None:
        self._out, self._supply, self._markup, self._frame = out, supply, markup, frame
        self._topic, self._place, self._part, self._note = topic, place, part, note
        self._version = markup.shape.version
        self.gone: set[str] = set()
        self.guids: dict[str, str] = {}

    def write(self, base: IncomingTopic, views: Sequence[Viewpoint]) -> None:
        """Write the views that differ from those that were read, and take away those that are gone."""
        left = {guid_of(one.viewpoint): one for one in views}
        for before in base.viewpoints:
            now = left.pop(guid_of(before.viewpoint), None) or left.pop(
                derived(self._topic, before.viewpoint), None
            )
            node = self._part.nodes.get(before.viewpoint) if self._part else None
            if now is not None:
                self._view(node, now, before)
            elif node is not None:
                self.gone |= {self._place + text(node, "Viewpoint"), self._place + text(node, "Snapshot")}
                self._markup.remove(node)
        for one in left.values():
            self._view(None, one, None)

    def convert(self, views: Sequence[Viewpoint]) -> None:
        """Write the views of an untouched topic where it leaves in another version."""
        if self._part is None or self._part.original.archive.version == self._version:
            return
        known = {guid_of(view.viewpoint): view for view in views}
        for node in view_nodes(self._markup.root):
            guid, file = attribute(node, "Guid"), text(node, "Viewpoint")
            path = self._view_path(file)
            root = self._parsed_view(path)
            if root is None:
                continue
            view = known.get(guid_of(guid))
            aspect = 0.0
            if view is not None and self._version == "3.0":
                aspect = self._aspect(view, text(node, "Snapshot"))
            self._turn(root, guid, aspect=aspect)
            self._put(file, root)

    def _parsed_view(self, path: str | None) -> Node | None:
        if self._part is None or path is None:
            return None
        try:
            return parse(self._part.original.reader.held[path], path)
        except (BadInput, KeyError):
            return None

    def _view(self, node: Node | None, now: Viewpoint, before: Viewpoint | None) -> None:
        guid = attribute(node, "Guid") or guid_of(now.viewpoint)
        self.guids[now.viewpoint] = guid
        file, snapshot = text(node, "Viewpoint"), text(node, "Snapshot")
        if node is None and before is not None:  # it stood in the folder and not in the markup
            file, snapshot = IMPLICIT_VIEW, IMPLICIT_SNAPSHOT if before.snapshot else ""
        old = before or Viewpoint(now.viewpoint)
        now = self._frame.back(now, old)
        file = self._view_file(guid, file, now=now, old=old)
        if now.snapshot != old.snapshot:
            snapshot = self._snapshot(guid, snapshot, now.snapshot)
        index = now.order if before is None or now.order != before.order else None
        if (
            node is None
            or index is not None
            or (file, snapshot) != (text(node, "Viewpoint"), text(node, "Snapshot"))
        ):
            self._markup.put_view(node, guid, file=file, snapshot=snapshot, index=index)

    def _view_file(self, guid: str, file: str, *, now: Viewpoint, old: Viewpoint) -> str:
        """Write the XML of a view where it changed or has another version; returns the name of its file."""
        path = self._view_path(file)
        converts = self._part is not None and self._part.original.archive.version != self._version
        misspelt = self._part is not None and path in self._part.original.reader.misspelt
        if not (converts or misspelt or differs(now, old)):
            return file
        root = self._view_tree(path)
        if root is None and not differs(now, old):
            return file
        aspect = self._aspect(now) if self._version == "3.0" else 0.0
        if root is None:
            root = blank_view(guid.lower())
        elif converts:
            self._turn(root, guid, aspect=aspect)
        write_view(root, now, old, version=self._version, aspect=aspect)
        finish_view(root, self._version, self._note, aspect=aspect)
        file = file or self._out.free(f"{self._place}Viewpoint_{guid}.bcfv").rpartition("/")[2]
        self._put(file, root)
        return file

    def _turn(self, root: Node, guid: str, *, aspect: float) -> None:
        """Make the XML of a view one of the version that is written."""
        convert_view(root, self._version, self._note, aspect=aspect)
        finish_view(root, self._version, self._note, aspect=aspect)
        root.set("Guid", (attribute(root, "Guid") or guid).lower())

    def _put(self, file: str, root: Node) -> None:
        self.gone.add(self._place + file)
        self._out.put(self._place + file, to_bytes(root))

    def _view_path(self, file: str) -> str | None:
        """Return the path of a view in the original, None where it is not there."""
        if self._part is None or not file:
            return None
        return self._part.original.archive.container.find(self._part.folder.path + file)

    def _view_tree(self, path: str | None) -> Node | None:
        """Return the XML of a view in the original, None where it is not there or cannot be read."""
        root = self._part.original.reader.trees.get(path or "") if self._part is not None else None
        if root is not None:
            spell_attributes(root)
        return root

    def _aspect(self, view: Viewpoint, file: str = "") -> float:
        """Return width by height of a view's snapshot, ``file`` in the original; 0 when unknown."""
        if not view.snapshot:
            return 0.0
        found = pixels_of((self._held(file) or self._stored(view.snapshot))[:HEAD_BYTES])
        return found.width / found.height if found and found.height else 0.0

    def _held(self, file: str) -> bytes:
        """Return a small file of the original, held until it is copied; nothing where there is none."""
        path = self._view_path(file)
        if self._part is None or path is None or self._part.original.archive.container.size(path) > SMALL:
            return b""
        try:
            data = self._part.original.reader.held[path] = self._part.original.archive.container.read(path)
        except BadInput:
            return b""
        return data

    def _stored(self, sha256: str) -> bytes:
        """Return the head of a file of the session, nothing where it is not there."""
        data = self._supply.blobs(sha256)
        if data is None or isinstance(data, bytes):
            return data or b""
        with data.open("rb") as stream:
            return stream.read(HEAD_BYTES)

    def _snapshot(self, guid: str, old: str, sha256: str) -> str:
        """Write a snapshot that is new; returns the name of its file, "" for none."""
        if old:
            self.gone.add(self._place + old)
        data = self._supply.blobs(sha256) if sha256 else None
        if data is None:
            if sha256:
                self._note("the snapshot of a view is not there and was left out.")
            return ""
        if isinstance(data, bytes):
            head = data[:HEAD_BYTES]
        else:
            with data.open("rb") as stream:
                head = stream.read(HEAD_BYTES)
        ending = ENDINGS.get(media_of(head), ".png")
        name = self._out.free(f"{self._place}Snapshot_{guid}{ending}")
        self._out.put(name, data)
        return name.rpartition("/")[2]
