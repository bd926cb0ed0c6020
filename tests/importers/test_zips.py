"""A zip of one model and what it refers to; what is no such thing is refused before anything is unpacked."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.importers.wedge import POINTS, binary_stl, dae, obj, picture, write, zipped
from walkdown.errors import ImportFailed
from walkdown.messages import ImportOptions
from walkdown.package import parse_manifest, read_elements
from walkdown_server.importers import Input, import_models
from walkdown_server.importers import zips as zips_module

METRES = ImportOptions(unit=1.0)
TEXTURED = {
    "house/w.obj": b"mtllib w.mtl\nusemtl m\nvt 0 0\n" + obj().replace(b"f 1 3 2", b"f 1/1 3/1 2/1"),
    "house/w.mtl": b"newmtl m\nmap_Kd ../pictures/skin.png\n",
    "pictures/skin.png": picture(),
}


def keys_of(folder: Path) -> list[str]:
    manifest = parse_manifest((folder / "manifest.json").read_bytes())
    return read_elements(manifest, lambda path: (folder / path).read_bytes()).keys


def test_a_zip_of_a_model_with_its_textures_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "house.zip", zipped(TEXTURED | {"__MACOSX/house/._w.obj": b"x", "readme.txt": b"hi"})
    )
    report = import_models([Input(path, METRES)], tmp_path / "out")
    assert (report.triangles, report.textures) == (4, 1)
    assert keys_of(tmp_path / "out") == ["obj:/"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["house.zip", "out"]


def test_the_model_is_named_where_a_zip_has_several(tmp_path: Path) -> None:
    path = write(tmp_path / "two.zip", zipped({"a.stl": binary_stl(), "b.stl": binary_stl(POINTS * 3)}))
    with pytest.raises(
        ImportFailed, match=r"several models .a\.stl, b\.stl.: name one, for instance --main a\.stl"
    ):
        import_models([Input(path, METRES)], tmp_path / "out")
    import_models([Input(path, METRES, main="b.stl")], tmp_path / "out")
    with pytest.raises(ImportFailed, match=r"does not hold 'c\.stl'"):
        import_models([Input(path, METRES, main="c.stl")], tmp_path / "out")


def test_a_world_wins_over_the_models_that_it_places(tmp_path: Path) -> None:
    mesh = "<mesh><uri>model://wedge/w.stl</uri></mesh>"
    body = f'<link name="l"><visual name="v"><geometry>{mesh}</geometry></visual></link>'
    world = '<sdf version="1.9"><world name="w"><include><uri>model://wedge</uri></include></world></sdf>'
    files = {
        "site/worlds/w.world": world.encode(),
        "site/models/wedge/model.sdf": f'<sdf><model name="wedge">{body}</model></sdf>'.encode(),
        "site/models/wedge/w.stl": binary_stl(),
    }
    import_models([write(tmp_path / "site.zip", zipped(files))], tmp_path / "out")
    assert keys_of(tmp_path / "out") == ["sdf:/", "sdf:/wedge", "sdf:/wedge/l"]


def test_a_zae_is_a_zip_of_collada(tmp_path: Path) -> None:
    path = write(tmp_path / "w.zae", zipped({"manifest.xml": b"<dae_root>w.dae</dae_root>", "w.dae": dae()}))
    import_models([path], tmp_path / "out")
    assert keys_of(tmp_path / "out") == ["dae:/", "dae:/one"]


def linked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("w.obj")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def encrypted() -> bytes:
    data = bytearray(zipped({"w.obj": obj()}))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def twice() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("w.obj", obj())
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("w.obj", obj())
    return out.getvalue()


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda: b"PK\x03\x04 no zip", "the zip file is damaged"),
        (lambda: zipped({"../w.obj": obj()}), r"holds '\.\./w\.obj', which leads out of it"),
        (lambda: zipped({"/etc/w.obj": obj()}), "holds '/etc/w.obj', which leads out"),
        (lambda: zipped({"C:\\w.obj": obj()}), "which leads out"),
        (lambda: zipped({"a\\..\\..\\w.obj": obj()}), "which leads out"),
        (lambda: linked(), "holds 'w.obj', which is a link"),
        (lambda: encrypted(), "is encrypted"),
        (lambda: twice(), "holds 'w.obj' twice"),
        (lambda: zipped({"a.txt": b"hi"}), "holds no model that can be imported"),
        (
            lambda: zipped({"inner.zip": zipped({"w.obj": obj()})}),
            "holds 'inner.zip', but a zip in a zip is not opened",
        ),
        (
            lambda: zipped({"w.obj": bytes(200 << 20)}),
            "would unpack to 209715200; 67108864 are allowed: it is a bomb",
        ),
        (
            lambda: zipped({f"{n}.txt": b"" for n in range(20_001)}),
            "may hold 20000 files, but this one holds 20001",
        ),
        (lambda: zipped({"w.obj": obj()})[:-30], "the zip file is damaged"),
    ],
    ids=range(13),
)
def test_a_bad_zip_is_named_and_nothing_is_left(
    tmp_path: Path, made: Callable[[], bytes], sentence: str
) -> None:
    path = write(tmp_path / "w.zip", made())
    with pytest.raises(ImportFailed, match=sentence):
        zips_module.choose_model(zips_module.unpack(path, tmp_path / "scratch"), tmp_path / "scratch", "")
    assert not (tmp_path / "etc").exists()
    assert not (tmp_path / "w.obj").exists()


def test_an_entry_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    data = zipped({"w.obj": obj() * 100})
    size = len(obj() * 100)
    lying = data.replace(size.to_bytes(4, "little"), (size - 50).to_bytes(4, "little"))
    assert lying != data
    with pytest.raises(ImportFailed, match=r"another size than it says|damaged"):
        zips_module.unpack(write(tmp_path / "w.zip", lying), tmp_path / "scratch")
