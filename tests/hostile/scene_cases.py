"""Hostile scene files: models that are not there, places that make no sense, tables without end."""

from __future__ import annotations

from tests.hostile.cases import Case, Content, case
from tests.hostile.samples import scene, small_glb

GLB = {"model.glb": small_glb()}


def _scene(name: str, text: Content, *, slow: bool = False, links: dict[str, str] | None = None) -> Case:
    return case(f"scene/{name}", "site.toml", text, beside=GLB, slow=slow, links=links)


def _model(file: str) -> str:
    return f'[[model]]\nfile = "{file}"\n'


CASES: list[Case] = [
    _scene("no models", 'name = "Site"\n'),
    _scene("a model that is missing", _model("gone.glb")),
    _scene("a model that is itself", _model("site.toml")),
    _scene("a model that is a folder", _model(".")),
    _scene("a model that is a device", _model("/dev/zero")),
    _scene("a model that is the machine's own file", _model("/etc/passwd")),
    _scene("a model by an address", _model("http://127.0.0.1:9/model.glb")),
    _scene("a name that is a number", scene("name = 5\n")),
    _scene("a key that is not known", scene('colour = "red"\n')),
    _scene("a position that is no number", scene("position = [nan, 0, 0]\n")),
    _scene("a position that is infinite", scene("position = [inf, 0, 0]\n")),
    _scene("a position of 1e300", scene("position = [1e300, 0, 0]\n")),
    _scene("a position 1e8 metres away", scene("position = [1e8, 0, 0]\n")),
    _scene("a position of two words", scene('position = ["here", "there"]\n')),
    _scene("a rotation of a word", scene('rotation_deg = "round"\n')),
    _scene("a rotation of 1e300", scene("rotation_deg = 1e300\n")),
    *(
        _scene(f"a unit of {unit}", scene(f"unit = {unit}\n"))
        for unit in ("0", "-1", "1e30", "nan", '"parsec"', "true")
    ),
    _scene("a scale of zero", scene("scale = 0\n")),
    _scene("a reference system of a word", scene('crs = "the moon"\n')),
    _scene("a reference system of degrees", scene('crs = "EPSG:99999999"\n')),
    _scene(
        "two models of different systems",
        scene('crs = "EPSG:28992"\n') + _model("model.glb") + 'crs = "EPSG:25832"\n',
    ),
    _scene("100,000 models", lambda: _model("model.glb") * 100_000),
    _scene("one model 500 times", lambda: _model("model.glb") * 500, slow=True),
    _scene("lists nested 100,000 deep", "x = " + "[" * 100_000),
    _scene("tables nested 100,000 deep", "[" + "a." * 100_000 + "b]\n"),
    _scene("a key twice", "name = 'a'\nname = 'b'\n"),
    _scene("a key of ten megabytes", lambda: "x" * 10_000_000 + " = 1\n"),
    _scene("bytes that are not UTF-8", b'name = "\xff\xfe"\n'),
    _scene("a number of 100,000 digits", "origin = [" + "9" * 100_000 + ", 0, 0]\n"),
    _scene("names of control characters", scene('name = "\\u001b[2J\\u202e"\n')),
    _scene("a link to a device", "", links={"site.toml": "/dev/zero"}),
    _scene("a link to itself", "", links={"site.toml": "site.toml"}),
    _scene("random bytes", bytes(range(256)) * 40),
    _scene("empty", b""),
]
