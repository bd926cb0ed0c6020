"""Marks between two clients and a real server: a line that breaks, undo, photos, and what is measured."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import pytest

from tests.app.test_topics_live import png
from tests.client.conftest import (  # noqa: F401  fixtures
    Client,
    Relay,
    ServerProcess,
    client,
    house,
    relay,
    server_process,
)
from walkdown_client.app.marks import MarkDesk, Place
from walkdown_client.app.models import Models
from walkdown_client.app.store_files import StoreFiles
from walkdown_client.app.topic_desk import Store, Topics
from walkdown_client.app.view_wishes import Views
from walkdown_client.app.wishes import Program, Wishes
from walkdown_client.guest import Guest
from walkdown_client.input import camera
from walkdown_client.packages import PackageLoader, PackageOpened
from walkdown_client.placements import placed
from walkdown_client.scene.marks import Marks, MarkView
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools.snapping import Shape
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui.pictures import Pictures

LINE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0]], np.float64)


class Layer:
    """Stands in for the scene."""

    def __init__(self) -> None:
        self.shown: list[MarkView] = []

    def show(self, views: Any) -> None:
        self.shown = list(views)


class Scene:
    def __init__(self) -> None:
        self.kept, self.live = Layer(), Layer()


class Desk:
    """A client without a window that has all of an app that is about marks."""

    def __init__(self, made: Client) -> None:
        self.client, self.world, self.view, self.models = made, made.world, ViewState(), Models()
        self.files, self.scene = StoreFiles(made.link.address), Scene()
        self.wishes = Wishes(
            self.world, self.view, self.models, rig=camera.Rig(), link=made.link, program=Program()
        )
        store = Store(self.files, cast(Pictures, self), shown=False)
        self.topics = Topics(
            self.world, self.view, self.models, wishes=self.wishes, views=cast(Views, None), store=store
        )
        place = Place(cast(Marks, self.scene), self.topics.send, None, shown=False)
        self.marks = MarkDesk(self.world, self.view, self.models, wishes=self.wishes, place=place)
        self.wishes.add(self.marks.rules())

    small = large = None

    def close(self) -> None:
        """As pictures are closed."""

    def end(self) -> None:
        self.marks.close()
        self.topics.close()

    def do(self, *intents: Any) -> None:
        for intent in intents:
            self.wishes.carry_out(intent)

    def frame(self) -> None:
        """Live for a frame as an app does."""
        for event in self.client.link.drain():
            self.world.apply(event)
            self.topics.hear(event)
        for refusal in self.world.refusals:
            self.marks.hear_refusal(refusal)
        self.world.refusals.clear()
        self.topics.step(time.monotonic(), ())
        self.marks.step()

    async def until(self, holds: Callable[[], object], *others: Desk) -> None:
        """Live, frame after frame, until something holds; and others with one."""
        async with asyncio.timeout(30):
            while not holds():
                for desk in (self, *others):
                    desk.frame()
                await asyncio.sleep(0.005)

    @property
    def errors(self) -> list[str]:
        return [f"{toast.title}: {toast.text}" for toast in self.view.toasts if toast.is_error]


async def test_a_sketch_in_whose_middle_the_line_broke_is_placed_once_and_can_be_undone(
    relay: Relay,  # noqa: F811
) -> None:
    async with client(relay.url) as one, client(relay.url, "Jörg") as other:
        ada, joerg = Desk(one), Desk(other)
        await ada.until(lambda: ada.world.me in ada.world.people)
        await joerg.until(lambda: joerg.world.me in joerg.world.people)
        ada.do(marks.TakeTool("sketch"))
        ada.view.marking.drawn().strokes.append(LINE)
        relay.stall()
        relay.cut()
        await ada.until(lambda: ada.world.link_state != "live")
        ada.view.marking.drawn().strokes.append(LINE + np.array([0, 0, 1.0]))
        ada.do(marks.FinishMark())
        assert ada.view.marking.draft is None
        assert ada.client.link.pending == 1
        relay.flow()
        await ada.until(lambda: ada.scene.kept.shown)
        await joerg.until(lambda: joerg.scene.kept.shown)
        for desk in (ada, joerg):
            (mark,) = desk.world.review.marks.values()
            assert (mark.author, mark.strokes) == ("Ada", (3, 3))
        ada.do(wish.Undo())
        await joerg.until(lambda: not joerg.scene.kept.shown)
        ada.do(wish.Redo())
        await joerg.until(lambda: joerg.scene.kept.shown)
        await ada.until(lambda: ada.scene.kept.shown)
        joerg.do(marks.RemoveMark(mark.mark))
        await ada.until(lambda: not ada.scene.kept.shown)
        assert [(t.title, t.text) for t in ada.view.toasts] == [("Jörg removed your mark", "Sketch")]
        assert joerg.view.toasts == []
        for desk in (ada, joerg):
            desk.end()


async def test_a_photo_hangs_at_its_place_for_everybody_and_one_too_large_is_refused_with_a_sentence(
    relay: Relay,  # noqa: F811
    tmp_path: Path,
) -> None:
    photo, huge = tmp_path / "valve.png", tmp_path / "huge.png"
    photo.write_bytes(png())
    head = struct.pack(">II", 9000, 9000)
    huge.write_bytes(png()[:16] + head + png()[24:])
    async with client(relay.url) as one, client(relay.url, "Jörg") as other:
        ada, joerg = Desk(one), Desk(other)
        await ada.until(lambda: ada.world.me in ada.world.people)
        ada.do(marks.AttachHere(str(photo), (1.0, 2.0, 3.0)))
        await joerg.until(lambda: joerg.scene.kept.shown, ada)
        (mark,) = joerg.world.review.marks.values()
        assert (mark.kind, mark.anchor) == ("photo", (1.0, 2.0, 3.0))
        assert mark.file is not None
        file = mark.file
        await joerg.until(lambda: joerg.files.get(file.sha256, file.size) == png())
        ada.do(marks.AttachHere(str(huge), (1.0, 2.0, 3.0)))
        await ada.until(lambda: ada.errors)
        assert "huge.png was not attached" in ada.errors[0]
        assert "at most 40 million are taken" in ada.errors[0]
        for desk in (ada, joerg):
            desk.end()


async def test_a_program_marks_as_people_do_and_what_it_leaves_out_is_measured(
    relay: Relay,  # noqa: F811
) -> None:
    async with Guest.join(relay.url, name="Robot") as guest, client(relay.url) as made:
        desk = Desk(made)
        corners = [[0, 0, 0], [2, 0, 0], [2, 3, 0], [0, 3, 0]]
        area = await guest.put_mark("area", corners, text="hatch")
        assert (area.value, area.unit, area.author) == (6.0, "m2", "Robot")
        said = await guest.put_mark("dimension", corners[:2], value=1.5, unit="m")
        assert said.value == 1.5, "what is said counts"
        await desk.until(lambda: len(desk.scene.kept.shown) == 2)
        assert {view.label for view in desk.scene.kept.shown} == {"6.000 m²", "1.500 m"}
        await guest.remove_mark(said.mark)
        await desk.until(lambda: len(desk.scene.kept.shown) == 1)
        desk.end()


async def test_the_triangles_of_single_elements_are_read_as_they_stand_and_measured(
    server_process: ServerProcess,  # noqa: F811
) -> None:
    async with client(server_process.url) as made:
        desk = Desk(made)
        await desk.until(lambda: desk.world.packages and desk.world.me in desk.world.people)
        loader = PackageLoader(made.link.address, desk.world.packages)
        await asyncio.to_thread(loader.wait, timeout_secs=30)
        opened = next(loaded for loaded in loader.poll() if isinstance(loaded, PackageOpened))
        loader.close()
        package = desk.models.open(opened, 0, desk.world.twin)
        key = package.elements.keys[3]
        found: list[Shape] = []
        await desk.until(lambda: _take(desk.marks.shapes.of(key), found))
        corners = found[0].corners.reshape(-1, 3) + found[0].origin
        assert corners.min(0).tolist() == [9000, 0, 0]
        assert corners.max(0).tolist() == [9004, 4, 0]
        assert len(found[0].vertices) == 4
        desk.view.elements = (package.elements.keys[1], package.elements.keys[2])
        desk.do(marks.MeasureSelection())
        await desk.until(lambda: desk.world.review.marks)
        (mark,) = desk.world.review.marks.values()
        assert mark.value == pytest.approx(2996.0, abs=1e-3)
        turned = placed((0.0, 0, 5.0))
        moved = msgspec.structs.replace(package.ref, placement=turned)
        desk.models.place(package, moved)
        await desk.until(lambda: _take(desk.marks.shapes.of(key), found))
        assert (found[-1].corners[..., 2] + found[-1].origin[2] == 5.0).all()
        assert desk.marks.shapes.of("no such thing") == ""
        desk.end()


def _take(shape: Shape | str | None, found: list[Shape]) -> bool:
    """Keep a shape that has come."""
    if isinstance(shape, Shape):
        found.append(shape)
    return isinstance(shape, Shape)
