"""A chair prepares a review: next revision, what is missing, agenda, and a pack for all that git reads."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from tests.review.conftest import Plant, git, unzip
from walkdown import messages as m
from walkdown.package import Element, Material, Model, Surface, write_package
from walkdown_client.guest import Guest


async def test_a_chair_prepares_a_review_and_hands_out_what_git_can_read(
    plant: Plant, tmp_path: Path
) -> None:
    async with plant.guest("Chair") as chair:
        old = await bring_the_next_revision(chair, tmp_path)
        await learn_what_is_missing(chair, old)
        item = await write_the_agenda(chair)
        pack = await hand_out_the_pack(chair, plant, tmp_path)
        await change_a_line_or_two(chair, old, item, pack=pack)


async def bring_the_next_revision(chair: Guest, folder: Path) -> m.Topic:
    """The model of last time, a topic on a part of it, and the revision in which that part is gone."""
    skid = await chair.send_model(revision(folder / "a.wdp", "Pump", "Valve"))
    valve = next(thing.id for thing in chair.things.values() if thing.name == "Valve")
    old = await chair.put_topic("The valve leaks", things=[valve], point=(2.5, 0.5, 0.0))
    await chair.send_model(revision(folder / "b.wdp", "Pump"), model=skid.model)
    await chair.wait_for(lambda: valve not in chair.things)
    return old


async def learn_what_is_missing(chair: Guest, old: m.Topic) -> None:
    found = await chair.readiness()
    assert not found.ready
    assert found.check("no_agenda").found == 1
    assert found.check("orphaned").ids == (old.topic,)
    assert found.check("open").found == 1


async def write_the_agenda(chair: Guest) -> m.AgendaItem:
    """Views with minutes and owners; then nothing stands against beginning."""
    filler = await chair.keep_view(title="Filler from the aisle")
    pump = await chair.keep_view(title="Pump on the skid")
    await chair.put_agenda_item("Open items", minutes=10, owner="Chair", viewpoints=(pump.viewpoint,))
    item = await chair.put_agenda_item(
        "Access to the filler", minutes=20, owner="Ana", viewpoints=(filler.viewpoint,)
    )
    found = await chair.readiness()
    assert found.ready
    assert found.check("agenda_unseen").found == found.check("agenda_unowned").found == 0
    return item


async def hand_out_the_pack(chair: Guest, plant: Plant, folder: Path) -> Path:
    """Everybody gets it, to be read without a server; it is text in git."""
    invitation = await chair.invite("observer")
    async with plant.guest("Ana", invitation.links[0]) as ana:
        assert ana.role == "observer"
        _name, data = await ana.export("pack")
    pack = unzip(data, folder / "pack")
    git(pack, "init", "-q")
    git(pack, "add", ".")
    git(pack, "commit", "-qm", "Before the review")
    assert any(name.startswith("topics/") for name in git(pack, "ls-files").split("\n"))
    text = "\n".join(path.read_text("utf-8") for path in sorted(pack.rglob("*.md")))
    for words in ("The valve leaks", "Access to the filler", "Filler from the aisle"):
        assert words in text
    return pack


async def change_a_line_or_two(chair: Guest, old: m.Topic, item: m.AgendaItem, *, pack: Path) -> None:
    """What is changed in the session changes as little in the text."""
    await chair.edit_topic(old.topic, assigned="Ana")
    await chair.put_agenda_item("Access to the filler", minutes=15, owner="Ana", item=item.item)
    _name, data = await chair.export("pack")
    unzip(data, pack)
    diff = git(pack, "diff", "-U0", "--", "topics", "agenda.md").splitlines()
    changed = [line for line in diff if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert any(line.startswith("+") and "Ana" in line for line in changed)
    assert len(changed) <= 10, changed


def revision(path: Path, *names: str) -> Path:
    """A model with one plate for each name."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    up, triangles = (
        np.tile(np.array([0, 0, 1], np.float32), (4, 1)),
        np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
    )
    surfaces = []
    for row in range(len(names)):
        place = corners + np.array([2 * row, 0, 0], np.float32)
        surfaces.append(Surface(place, up, np.full(4, row, np.uint32), np.zeros(4, np.uint32), triangles))
    elements = [Element(f"gltf:/{name}", name) for name in names]
    model = Model("Skid", elements=elements, materials=[Material("steel")], surfaces=surfaces)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in write_package(model).items():
            archive.writestr(name, data)
    return path
