"""The command line of the server: one sentence for what is wrong, one line when it can be joined."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.server.conftest import join, small_catalogue, write_package_to
from walkdown.cli import application
from walkdown.messages import SUBPROTOCOL, Hello
from walkdown.settings import ServerSettings
from walkdown_server.app import running_server
from walkdown_server.hosting import session_folder
from walkdown_server.importers.command import import_files
from walkdown_server.sites import DEMOS_KEPT, Site, _build_demo, demo_site, model_site
from walkdown_server.sources import Sink


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(application(), ["serve", *arguments])
    return result.exit_code, " ".join(result.output.split())


def test_a_certificate_and_no_encryption_contradict_each_other(tmp_path: Path) -> None:
    pair = ("--tls-cert", str(tmp_path / "c.pem"), "--tls-key", str(tmp_path / "k.pem"))
    code, said = run("--insecure-lan", *pair)
    assert (code, "leave out one of them" in said) == (2, True)
    code, said = run(*pair)
    assert (code, "c.pem cannot be used for TLS: No such file" in said) == (2, True)
    code, said = run(*pair[:2])
    assert (code, "belong together" in said) == (2, True)


def test_a_package_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, said = run(str(tmp_path / "nothing"))
    assert code == 2
    assert "nothing does not exist; give a package folder or a .wdp file" in said


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("file.wdp", b"no zip", "is not a package"),
        ("folder", None, "has no manifest.json"),
    ],
)
def test_what_is_no_package_is_named(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    path = tmp_path / name
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    code, text = run(str(path))
    assert code == 2
    assert said in text


def test_a_file_that_was_cut_is_named(tmp_path: Path) -> None:
    folder = write_package_to(tmp_path / "package")
    victim = next((folder / "c").iterdir())
    victim.write_bytes(victim.read_bytes()[:-1])
    code, said = run(str(folder))
    assert code == 2
    assert victim.name in said
    assert "import it again" in said


def test_a_link_out_of_the_package_is_not_followed(tmp_path: Path) -> None:
    folder = write_package_to(tmp_path / "package")
    victim = next((folder / "c").iterdir())
    victim.rename(tmp_path / "outside")
    victim.symlink_to(tmp_path / "outside")
    code, said = run(str(folder))
    assert code == 2
    assert "found nothing" in said


def test_the_demo_and_packages_at_once_are_refused(tmp_path: Path) -> None:
    code, said = run("--demo", str(tmp_path))
    assert code == 2
    assert "not both" in said


def test_a_damaged_journal_is_named_and_left_alone(tmp_path: Path) -> None:
    folder = session_folder(ServerSettings(data=tmp_path, name="small"))
    folder.mkdir(parents=True)
    (folder / "journal").write_bytes(b"nonsense")
    (folder / "heads").write_bytes(b"nonsense")
    code, said = run(str(write_package_to(tmp_path / "package")), "--data", str(tmp_path), "--port", "0")
    assert code == 2
    assert "from one backup of this folder" in said
    assert (folder / "journal").read_bytes() == b"nonsense"


async def test_a_session_without_a_name_is_called_like_its_model(tmp_path: Path) -> None:
    site = model_site([write_package_to(tmp_path / "package")])
    async with running_server(ServerSettings(port=0, data=tmp_path), site) as server:
        assert server.room.contents.name == "small"
    assert (tmp_path / "sessions" / "small").is_dir()


def test_a_session_name_is_no_path(tmp_path: Path) -> None:
    folders = {
        session_folder(ServerSettings(data=tmp_path, name=name)) for name in ("../../x", "x", "..", "x!")
    }
    assert len(folders) == 4
    assert {folder.parent for folder in folders} == {tmp_path / "sessions"}


def test_a_model_without_bindings_has_a_thing_for_each_element_that_draws(tmp_path: Path) -> None:
    site = model_site([write_package_to(tmp_path / "package")])
    things = {thing.id: thing for thing in site.catalogue.things}
    assert {key: (thing.name, thing.type, thing.parent) for key, thing in things.items()} == {
        "hall:/floor": ("Floor", "part", ""),
        "plant:/L1/FIL": ("Filler", "part", ""),
    }


def test_what_holds_the_parts_is_a_thing_too(tmp_path: Path) -> None:
    import_files([Path(__file__).parents[1] / "data" / "CesiumMilkTruck.glb"], tmp_path / "truck.wdp")
    things = {thing.id: thing for thing in model_site([tmp_path / "truck.wdp"]).catalogue.things}
    truck = things["gltf:/Cesium_Milk_Truck"]
    assert (truck.name, truck.type, truck.element) == ("Cesium_Milk_Truck", "part", truck.id)
    assert (things["gltf:/"].name, things["gltf:/"].type) == ("CesiumMilkTruck", "model")
    assert things["gltf:/Cesium_Milk_Truck/node3/Wheels"].parent == "gltf:/Cesium_Milk_Truck/node3"


def test_the_demo_plant_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = demo_site(1, cache=tmp_path)
    monkeypatch.setattr("walkdown_server.plant.build_model", None)
    second = demo_site(1, cache=tmp_path)
    assert first.packages[0].manifest == second.packages[0].manifest
    assert len(list(tmp_path.iterdir())) == 1
    assert len(first.catalogue.signals) >= 1500
    assert first.packages[0].manifest.element_count >= 2500


async def test_a_source_that_fails_is_shown_as_down_and_the_server_lives(tmp_path: Path) -> None:
    class Broken:
        name = "broken"

        async def run(self, sink: Sink) -> None:
            raise ValueError("a bug")

    settings = ServerSettings(port=0, data=tmp_path)
    async with running_server(settings, Site(small_catalogue(), (), (Broken(),))) as server:
        hello = Hello(version=SUBPROTOCOL, name="Ada")
        async with join(f"ws://127.0.0.1:{server.port}/", small_catalogue(), hello) as ada:
            assert (await ada.said("source", name="broken"))["state"] == "down"
        assert not server.ended.is_set()


def test_a_server_that_builds_the_demo_leaves_alone_what_others_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkdown_server.plant.build_model", lambda _seed: None)
    monkeypatch.setattr("walkdown.package.write_package", lambda _model: {"c/tile": b"mine"})
    same, other = tmp_path / "demo-same-1", tmp_path / "demo-other-1"
    for folder in (same, other):
        (folder / "c").mkdir(parents=True)
        (folder / "c" / "tile").write_bytes(b"theirs")
    _build_demo(1, same)
    assert (same / "c" / "tile").read_bytes() == b"theirs"
    assert (other / "c" / "tile").read_bytes() == b"theirs"


def test_only_a_few_demo_plants_stay_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("walkdown_server.plant.build_model", lambda _seed: None)
    monkeypatch.setattr("walkdown.package.write_package", lambda _model: {"c/tile": b"mine"})
    for seed in range(DEMOS_KEPT + 3):
        (tmp_path / f"demo-old-{seed}").mkdir()
        os.utime(tmp_path / f"demo-old-{seed}", (seed, seed))
    _build_demo(1, tmp_path / "demo-new-1")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["demo-new-1", *(f"demo-old-{seed}" for seed in range(4, DEMOS_KEPT + 3))]
