"""Which model of a session a topic of a BCF file belongs to, and so where its coordinates are. Pure.

A BCF view is in the coordinates of an IFC file: metres, Z up, as the file itself counts. Which file that is,
is told by the header of the topic (name of the file, GUID of its project), else by the components of its
views, else because there is no other. Where nothing tells, its coordinates are those of the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from walkdown.messages import Viewpoint
from walkdown_server.exchange.incoming import HeaderFile, IncomingTopic, ifc_guid
from walkdown_server.exchange.similarity import IN_PLACE, Similarity

_ENDING = re.compile(r"\.(?:ifc|ifczip|ifcxml|zip)$")


class SourceFile(msgspec.Struct, frozen=True):
    """An IFC file that a model of the session was made of.

    Attributes:
        model, file: id of the model, name of the file. project: GUID of its IfcProject, "" if not known.
        site_from_file: where its own coordinates lie.
    """

    model: str
    file: str
    project: str = ""
    site_from_file: Similarity = IN_PLACE

    def is_named(self, by: HeaderFile) -> int:
        """Return how well a header names this file: 3 by both, 2 by its project, 1 by its name, 0 not."""
        stem = _stem(self.file)
        return 2 * bool(by.project and by.project == self.project) + bool(stem and stem == _stem(by.name))


class ModelFrames(msgspec.Struct, frozen=True):
    """The IFC files that the models of a session were made of, as they stand now.

    Attributes:
        owners: by IFC GUID the places in ``sources`` of the files that have it; of those that were asked for.
    """

    sources: tuple[SourceFile, ...] = ()
    owners: dict[str, tuple[int, ...]] = {}

    @property
    def in_place(self) -> bool:
        """Whether all coordinates are those of the site."""
        return all(one.site_from_file.in_place for one in self.sources)

    def source_of(self, files: Sequence[HeaderFile], views: Iterable[Viewpoint]) -> SourceFile | None:
        """Return the file whose coordinates a topic has, None where nothing tells.

        Args:
            files: of the topic's header. views: of the topic, in any frame.
        """
        named = self._named(files)
        left = named or tuple(range(len(self.sources)))
        if len(left) > 1:
            counts = self._counts(views)
            best = max(left, key=lambda place: counts[place])  # the first of several
            left = (best,) if counts[best] else named
        return self.sources[left[0]] if left else None

    def frame_of(self, files: Sequence[HeaderFile], views: Sequence[Viewpoint]) -> Similarity:
        """Return the way from the coordinates of a topic to those of the site."""
        frames = {one.site_from_file for one in self.sources}
        if len(frames) < 2:  # whichever it is
            return frames.pop() if frames else IN_PLACE
        source = self.source_of(files, views)
        return source.site_from_file if source is not None else IN_PLACE

    def is_lost(self, each: IncomingTopic) -> bool:
        """Return whether a topic of a file has coordinates of which nobody knows where they are."""
        if not each.local or len({one.site_from_file for one in self.sources}) < 2:
            return False
        has_places = any(view.camera or view.planes or view.lines for view in each.viewpoints)
        return has_places and self.source_of(each.files, each.viewpoints) is None

    def in_site(self, each: IncomingTopic) -> IncomingTopic:
        """Return a topic of a file with views and pin in the frame of the site."""
        if not each.local or self.in_place:
            return each
        frame = self.frame_of(each.files, each.viewpoints)
        views = tuple(map(frame.view, each.viewpoints))
        topic = frame.topic(each.topic, each.viewpoints, views)
        return replace(each, topic=topic, viewpoints=views, local=False)

    def _named(self, files: Sequence[HeaderFile]) -> tuple[int, ...]:
        """Return the places of those that a header names, only the best named ones, in its order."""
        scores = [(one.is_named(by), place) for by in files for place, one in enumerate(self.sources)]
        best = max(scores, default=(0, 0))[0]
        return tuple(dict.fromkeys(place for score, place in scores if score == best)) if best else ()

    def _counts(self, views: Iterable[Viewpoint]) -> list[int]:
        """Return how many components of some views each file has."""
        counts = [0] * len(self.sources)
        for guid in guids_of(views):
            for place in self.owners.get(guid, ()):
                counts[place] += 1
        return counts


NO_MODELS = ModelFrames()


def guids_of(views: Iterable[Viewpoint]) -> frozenset[str]:
    """Return the IFC GUIDs of all components of some views."""
    found: set[str] = set()
    for view in views:
        for things in (view.selection, view.exceptions, view.ghosted, *(one.things for one in view.painted)):
            found.update(map(ifc_guid, things))
    return frozenset(found - {""})


def _stem(name: str) -> str:
    """Return the name of a file without folders and ending, in small letters."""
    return _ENDING.sub("", re.split(r"[\\/]", name)[-1].strip().casefold())
