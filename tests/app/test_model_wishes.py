"""What a person wishes of models becomes a file on its way, a model in the hand, or a word to the server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.app.test_models import models
from tests.client.test_world import world_with
from walkdown import messages
from walkdown.messages import ModelTask, OfferModel, UploadTicket
from walkdown_client.address import parse_address
from walkdown_client.app.bringing import Bringing
from walkdown_client.app.file_dialog import FileDialog
from walkdown_client.app.in_motion import forget_what_is_gone
from walkdown_client.app.model_wishes import Hands, ModelWishes
from walkdown_client.app.models import Box, Models
from walkdown_client.events import Heard, LinkChanged, ModelsListed
from walkdown_client.input.x11_drop import FileDrop
from walkdown_client.placements import placed
from walkdown_client.tools import gizmo
from walkdown_client.tools import intents as wish
from walkdown_client.tools.view_state import ViewState


class Line:
    """Stands in for the link: notes what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: object) -> int:
        self.sent.append(message)
        return 0


class Desk:
    """Everything that the wishes need, without a window and without a server."""

    def __init__(self, opened: Models | None = None) -> None:
        self.line = Line()
        self.drop = FileDrop(0)
        self.said: list[tuple[str, str]] = []
        self.errors: list[tuple[str, str]] = []
        self.flown: list[Box | None] = []
        self.world, self.view = world_with(LinkChanged("live")), ViewState()
        self.models = opened or Models()
        if opened is not None:
            self.world.apply(ModelsListed(tuple(p.ref for p in opened.packages)))
        self.bringing = Bringing(parse_address("ws://127.0.0.1:9"), self.line)  # type: ignore[arg-type]
        self.wishes = ModelWishes(
            self.world,
            self.view,
            self.models,
            bringing=self.bringing,
            hands=Hands(FileDialog(shown=False), self.drop),
        )
        self.rules = self.wishes.rules(self)

    def do(self, intent: wish.Intent) -> None:
        self.rules[type(intent)](intent)

    def looked_at(self) -> wish.Point:
        return (3.0, 4.0, 0.0)

    def fly_to(self, box: Box | None) -> None:
        self.flown.append(box)

    def send(self, operation: messages.ClientMessage) -> bool:
        self.line.send(operation)
        return True

    def say(self, title: str, text: str = "", *, person: int | None = None) -> None:
        self.said.append((title, text))

    def say_error(self, title: str, text: str, details: str = "") -> None:
        self.errors.append((title, text))

    def offer(self) -> OfferModel:
        """Wait until the file has been offered."""
        for _path, sending in self.bringing._sendings.values():
            for _wait in range(200):
                if self.line.sent:
                    break
                sending._answered.wait(0.02)
        return next(message for message in self.line.sent if isinstance(message, OfferModel))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "part.stl"
    path.write_text("solid x", encoding="utf-8")
    return path


def with_model() -> Desk:
    opened = models()
    ref = msgspec.structs.replace(opened.packages[0].ref, model="m1", placement=placed((5, 0, 0)))
    opened.place(opened.packages[0], ref)
    return Desk(opened)


def test_a_file_is_offered_with_what_the_form_says(file: Path) -> None:
    desk = Desk()
    form = desk.view.bring
    form.path, form.unit, form.up, form.crs, form.scale = f"file://{file}", "mm", "Y", "7415", "2"
    desk.do(wish.BringModel())
    offer = desk.offer()
    assert (offer.file, offer.size) == ("part.stl", 7)
    assert offer.options == messages.ImportOptions(0.001, "Y", 2.0, 7415)
    assert form.path == ""
    assert [(t.file, t.mine) for t in desk.bringing.tasks(desk.world, frozenset())] == [("part.stl", True)]
    desk.do(wish.CancelModel(offer.model))
    assert messages.CancelModel(offer.model) in desk.line.sent


def test_a_new_model_is_put_where_the_person_looks_when_that_is_chosen(file: Path) -> None:
    desk = Desk()
    desk.view.bring.here = True
    desk.do(wish.BringModel(str(file)))
    assert desk.offer().placement == placed((3, 4, 0))


def test_files_that_are_dropped_are_brought_in(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    monkeypatch.setattr(desk.drop, "poll", lambda: [f"file://{file}\r\n"])
    desk.wishes.look()
    assert desk.offer().file == "part.stl"


@pytest.mark.parametrize(
    ("path", "unit", "words"),
    [("", "", "path of a model file"), ("/no/such.glb", "", "no file"), ("", "furlong", "path")],
)
def test_what_is_wrong_in_the_form_is_said_in_the_panel(path: str, unit: str, words: str) -> None:
    desk = Desk()
    desk.view.bring.path, desk.view.bring.unit = path, unit
    desk.do(wish.BringModel())
    assert words in desk.view.bring.error
    assert desk.view.panel == "models"
    assert desk.line.sent == []


def test_a_file_is_not_lost_while_the_server_is_away(file: Path) -> None:
    desk = Desk()
    desk.world.apply(LinkChanged("reconnecting"))
    desk.view.bring.path = str(file)
    desk.do(wish.BringModel())
    assert desk.view.bring.path == str(file)
    assert "cannot be reached" in desk.view.bring.error


def test_a_failure_comes_back_into_the_form_with_the_servers_sentence(file: Path) -> None:
    desk = Desk()
    desk.do(wish.BringModel(str(file)))
    model = desk.offer().model
    failed = ModelTask(model, "part.stl", 1, "failed", text="part.stl does not say its unit")
    for target in (desk.world.apply, desk.bringing.hear):
        target(Heard(failed))
    desk.bringing._sendings[model][1].join()
    desk.wishes.look()
    assert desk.errors == [("part.stl was not brought in", "part.stl does not say its unit")]
    assert (desk.view.bring.path, desk.view.bring.error) == (str(file), "part.stl does not say its unit")
    (row,) = desk.bringing.tasks(desk.world, frozenset())
    assert (row.failed, row.mine, row.text) == (True, True, "part.stl does not say its unit")
    assert desk.bringing.tasks(desk.world, frozenset({model})) == ()


def test_what_others_bring_is_listed_and_their_failures_are_not(file: Path) -> None:
    desk = Desk()
    desk.world.apply(Heard(ModelTask("t1", "hall.ifc", 7, "read", 0.4)))
    desk.world.apply(Heard(ModelTask("t2", "bad.ifc", 7, "failed", text="no")))
    assert [(t.file, t.part, t.mine) for t in desk.bringing.tasks(desk.world, frozenset())] == [
        ("hall.ifc", 0.4, False)
    ]


def test_a_file_of_the_name_of_a_model_becomes_its_next_revision(tmp_path: Path) -> None:
    desk = with_model()
    path = tmp_path / "small.stl"
    path.write_text("solid x", encoding="utf-8")
    desk.view.bring.here = True
    desk.do(wish.BringModel(str(path)))
    assert (desk.offer().model, desk.offer().placement) == ("m1", None), "it stands where it stood"


def test_the_model_that_a_file_replaces_can_be_chosen(file: Path) -> None:
    desk = with_model()
    desk.do(wish.ChooseModel("m1"))
    assert (desk.view.panel, desk.view.bring.replaces) == ("models", "m1")
    desk.do(wish.BringModel(str(file)))
    assert desk.offer().model == "m1"
    assert desk.view.bring.replaces == ""


def test_a_model_is_moved_on_ones_own_screen_and_sent_when_it_is_left() -> None:
    desk = with_model()
    desk.view.selection = ("FIL",)
    desk.do(wish.MoveModel())
    moving = desk.view.moving
    assert moving is not None
    assert (moving.model, moving.now) == ("m1", placed((5, 0, 0)))
    assert np.allclose([moving.low, moving.high], [[0, 0, 0], [11, 1, 1]], atol=0.01)
    desk.view.moving = replace(moving, now=gizmo.shifted(moving.now, (1, 0, 0)))
    assert desk.line.sent == []
    desk.do(wish.PlaceMoved())
    wished = messages.PlaceModel(op=1, model="m1", placement=placed((6, 0, 0)), base=1)
    assert desk.line.sent == [wished]
    assert desk.view.moving is None


def test_a_model_that_stands_where_it_stood_is_not_sent() -> None:
    desk = with_model()
    desk.do(wish.MoveModel("m1"))
    desk.do(wish.PlaceMoved())
    desk.do(wish.PlaceMoved())
    assert desk.line.sent == []


def test_moving_needs_a_model_and_ends_when_it_is_gone() -> None:
    desk = with_model()
    desk.do(wish.MoveModel())
    assert desk.view.moving is None
    assert "Select a part" in desk.said[0][0]
    desk.do(wish.MoveModel("m1"))
    desk.world.apply(ModelsListed(()))
    desk.wishes.look()
    assert desk.view.moving is None


def test_a_model_is_framed_where_it_stands_and_taken_out() -> None:
    desk = with_model()
    desk.do(wish.FrameModel("m1"))
    (box,) = desk.flown
    assert box is not None
    assert np.allclose(box, [[5, 0, 0], [16, 1, 1]], atol=0.01)
    desk.do(wish.RemoveModel("m1"))
    assert desk.line.sent == [messages.RemoveModel(op=1, model="m1", base=1)]


def test_what_is_gone_is_not_selected_any_more() -> None:
    desk = with_model()
    desk.view.selection = ("FIL", "gone")
    desk.view.element = crate = desk.models.element_at(103)
    assert crate is not None
    desk.view.elements = ("gone", crate.key)
    forget_what_is_gone(desk.view, desk.world, desk.models)
    assert list(desk.view.selection) == ["FIL"]
    assert [*desk.view.elements, desk.view.element] == [crate.key, crate]
    desk.models.close(desk.models.packages[0])
    forget_what_is_gone(desk.view, desk.world, desk.models)
    assert [*desk.view.elements, desk.view.element] == [None]


def test_tickets_for_others_are_passed_over(file: Path) -> None:
    desk = Desk()
    desk.do(wish.BringModel(str(file)))
    desk.offer()
    desk.bringing.hear(Heard(UploadTicket("another", "/upload/x")))
    (row,) = desk.bringing.tasks(desk.world, frozenset())
    assert row.phase == "offer"
    desk.bringing.close()
