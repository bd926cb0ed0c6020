"""A chair prepares a review: next revision, what is missing, agenda, and a pack for everybody that git reads."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from tests.review.conftest import Plant, git, unzip
from walkdown.package import Element, Material, Model, Surface, write_package


def revision(path: Path, *names: str) -> Path:
    """A model with one plate for each name."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    up, triangles = np.tile(np.float32([0, 0, 1]), (4, 1)), np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    surfaces = [
        Surface(
            corners + np.float32([2 * row, 0, 0]),
            up,
            np.full(4, row, np.uint32),
            np.zeros(4, np.uint32),
            triangles,
        )
        for row in range(len(names))
    ]
    elements = [Element(f"gltf:/{name}", name) for name in names]
    model = Model("Skid", elements=elements, materials=[Material("steel")], surfaces=surfaces)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in write_package(model).items():
            archive.writestr(name, data)
    return path


async def test_a_chair_prepares_a_review_and_hands_out_what_git_can_read(
    plant: Plant, tmp_path: Path
) -> None:
    async with plant.guest("Chair") as chair:
        # the model of last time, an issue on it, and the next revision, in which that part is gone
        skid = await chair.send_model(revision(tmp_path / "a.wdp", "Pump", "Valve"))
        valve = next(thing.id for thing in chair.things.values() if thing.name == "Valve")
        old = await chair.put_topic("The valve leaks", things=[valve], point=(2.5, 0.5, 0.0))
        await chair.send_model(revision(tmp_path / "b.wdp", "Pump"), model=skid.model)
        await chair.wait_for(lambda: valve not in chair.things)

        # what is missing
        found = await chair.readiness()
        assert not found.ready
        assert found.check("no_agenda").found == 1
        assert found.check("orphaned").ids == (old.topic,)
        assert found.check("open").found == 1

        # the agenda: views with minutes and owners
        filler = await chair.keep_view(title="Filler from the aisle")
        pump = await chair.keep_view(title="Pump on the skid")
        await chair.put_agenda_item(
            "Open items of last time", minutes=10, owner="Chair", viewpoints=(pump.viewpoint,)
        )
        item = await chair.put_agenda_item(
            "Access to the filler", minutes=20, owner="Ana", viewpoints=(filler.viewpoint,)
        )
        found = await chair.readiness()
        assert found.ready
        assert found.check("agenda_unseen").found == found.check("agenda_unowned").found == 0

        # everybody gets it, to be read without a server
        invitation = await chair.invite("observer")
        async with plant.guest("Ana", invitation.links[0]) as ana:
            assert ana.role == "observer"
            _name, data = await ana.export("pack")
        pack = unzip(data, tmp_path / "pack")

        git(pack, "init", "-q")
        git(pack, "add", ".")
        git(pack, "commit", "-qm", "Before the review")
        listed = git(pack, "ls-files").split("\n")
        assert [name for name in listed if name.startswith("topics/")]
        text = "\n".join(path.read_text("utf-8") for path in sorted(pack.rglob("*.md")))
        assert "The valve leaks" in text
        assert "Access to the filler" in text
        assert "Filler from the aisle" in text

        # a change is a line or two
        await chair.edit_topic(old.topic, assigned="Ana")
        await chair.put_agenda_item("Access to the filler", minutes=15, owner="Ana", item=item.item)
        _name, data = await chair.export("pack")
        unzip(data, pack)
        changed = [
            line
            for line in git(pack, "diff", "-U0", "--", "topics", "agenda.md").splitlines()
            if line[:1] in "+-" and line[:3] not in ("+++", "---")
        ]
        assert any(line.startswith("+") and "Ana" in line for line in changed)
        assert len(changed) <= 10, changed
