"""A model file is sent with what it names, and with nothing else."""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path

import pytest

from walkdown.errors import BadInput
from walkdown_client import bundling
from walkdown_client.bundling import Bundle, make_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "a" / "b" / "c" / "house"
    made.mkdir(parents=True)
    return made


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def names(bundle: Bundle) -> set[str]:
    with zipfile.ZipFile(bundle.source) as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        found = set(archive.namelist())
    bundle.close()
    assert not bundle.source.exists()
    return found


def test_a_file_that_names_no_other_is_sent_as_it_is(folder: Path) -> None:
    write(folder, {"part.stl": "solid x", "other.png": "no"})
    bundle = make_bundle(folder / "part.stl")
    assert (bundle.source, bundle.name, bundle.main) == (folder / "part.stl", "part.stl", "")
    bundle.close()
    assert (folder / "part.stl").exists(), "what was not made for the way stays"


def test_a_gltf_goes_with_its_buffers_and_pictures(folder: Path) -> None:
    document = {
        "buffers": [{"uri": "house%20parts.bin"}, {"uri": "data:application/octet-stream;base64,AAAA"}],
        "images": [{"uri": "pictures/wall.png"}, {"uri": "https://example.org/sky.png"}],
    }
    write(folder, {"house.gltf": json.dumps(document), "house parts.bin": "b", "pictures/wall.png": "p"})
    write(folder, {"private.png": "not named"})
    bundle = make_bundle(folder / "house.gltf")
    assert (bundle.name, bundle.main, bundle.missing) == ("house.zip", "house.gltf", [])
    assert names(bundle) == {"house.gltf", "house parts.bin", "pictures/wall.png"}


def test_an_obj_goes_with_its_library_and_the_pictures_that_this_names(folder: Path) -> None:
    write(
        folder,
        {
            "house.obj": "mtllib my house.mtl\nv 0 0 0\n",
            "my house.mtl": "newmtl a\nmap_Kd -s 1 1 1 tex\\brick wall.jpg\nmap_Bump gone.png\n",
            "tex/brick wall.jpg": "p",
        },
    )
    bundle = make_bundle(folder / "house.obj")
    assert bundle.missing == ["gone.png"]
    assert names(bundle) == {"house.obj", "my house.mtl", "tex/brick wall.jpg"}


def test_a_collada_file_finds_pictures_whose_paths_are_of_another_computer(folder: Path) -> None:
    text = "<init_from>file:///C:/Users/x/brick.jpg</init_from><init_from>brick-surface</init_from>"
    write(folder, {"house.dae": text, "brick.jpg": "p"})
    bundle = make_bundle(folder / "house.dae")
    assert bundle.missing == []
    assert names(bundle) == {"house.dae", "brick.jpg"}


def test_a_world_goes_with_the_models_beside_and_above_it(folder: Path) -> None:
    write(folder, {"hall.world": "<uri>model://shelf</uri><uri>model://crate/meshes/crate.dae</uri>"})
    write(
        folder.parent / "models",
        {
            "shelf/model.config": "<sdf>model.sdf</sdf>",
            "shelf/model.sdf": "<uri>model://shelf/meshes/shelf.dae</uri>",
            "shelf/meshes/shelf.dae": "<x/>",
            "crate/meshes/crate.dae": "<init_from>../materials/crate.png</init_from>",
            "crate/materials/crate.png": "p",
            "unused/model.sdf": "<x/>",
        },
    )
    bundle = make_bundle(folder / "hall.world")
    assert (bundle.main, bundle.missing) == ("house/hall.world", [])
    assert names(bundle) == {
        "house/hall.world",
        "models/shelf/model.config",
        "models/shelf/model.sdf",
        "models/shelf/meshes/shelf.dae",
        "models/crate/meshes/crate.dae",
        "models/crate/materials/crate.png",
    }


def test_a_scene_file_goes_with_the_files_that_it_lists_and_theirs(folder: Path) -> None:
    write(folder, {"site.toml": '[[model]]\nfile = "a/house.obj"\nname = "House"\n'})
    write(folder, {"a/house.obj": "mtllib house.mtl\n", "a/house.mtl": "newmtl a\n"})
    bundle = make_bundle(folder / "site.toml")
    assert names(bundle) == {"site.toml", "a/house.obj", "a/house.mtl"}


def test_a_model_cannot_send_private_files_along(folder: Path) -> None:
    write(folder.parent, {"id_rsa": "secret", "shared/brick.png": "p"})
    write(folder.parents[4], {"far.png": "too far up"})
    (folder / "link.png").symlink_to(folder.parent / "id_rsa")
    uris = ["../id_rsa", "../shared/brick.png", "../../../../far.png", "link.png", "/etc/passwd"]
    write(folder, {"house.gltf": json.dumps({"images": [{"uri": uri} for uri in uris]})})
    bundle = make_bundle(folder / "house.gltf")
    assert bundle.main == "house/house.gltf"
    assert bundle.missing == ["../../../../far.png", "link.png"]
    assert names(bundle) == {"house/house.gltf", "shared/brick.png"}


def test_a_simulators_model_folder_and_a_package_folder_are_sent_whole(folder: Path) -> None:
    write(folder, {"shelf/model.config": "<x/>", "shelf/model.sdf": "<x/>", "shelf/meshes/a.stl": "s"})
    write(folder, {"truck/manifest.json": "{}", "truck/t/0.glb": "g"})
    shelf = make_bundle(folder / "shelf")
    assert (shelf.name, shelf.main) == ("model.zip", "model.sdf")
    assert names(shelf) == {"model.config", "model.sdf", "meshes/a.stl"}
    package = make_bundle(folder / "truck")
    assert (package.name, package.main) == ("truck.wdp", "")
    assert names(package) == {"manifest.json", "t/0.glb"}


def test_equal_folders_make_equal_archives(folder: Path) -> None:
    write(folder, {"house.obj": "mtllib house.mtl\n", "house.mtl": "newmtl a\n"})
    first, second = make_bundle(folder / "house.obj"), make_bundle(folder / "house.obj")
    assert first.source.read_bytes() == second.source.read_bytes()
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("name", "words"),
    [("gone.obj", "there is none at"), ("empty.obj", "is empty"), (".", "is a folder")],
)
def test_what_cannot_be_sent_is_said_in_words(folder: Path, name: str, words: str) -> None:
    write(folder, {"empty.obj": ""})
    with pytest.raises(BadInput, match=words):
        make_bundle(folder / name)


def test_too_many_or_too_large_files_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, {"house.obj": "mtllib house.mtl\n", "house.mtl": "newmtl a\n"})
    monkeypatch.setattr(bundling, "SIZE_MAX_BYTES", 10)
    with pytest.raises(BadInput, match="at most 10 can be sent"):
        make_bundle(folder / "house.obj")
    monkeypatch.setattr(bundling, "FILES_MAX", 1)
    with pytest.raises(BadInput, match="more than 1 files"):
        make_bundle(folder / "house.obj")


def test_packing_can_be_stopped_and_leaves_nothing_behind(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, {"house.obj": "mtllib house.mtl\n", "house.mtl": "newmtl a\n"})
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def stop(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_bundle(folder / "house.obj", on_bytes=stop)
    assert list(tmp_path.glob("walkdown-*")) == []
