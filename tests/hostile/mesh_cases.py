"""Hostile OBJ, STL and PLY: counts that lie, endless lines, indices that lead nowhere, huge polygons."""

from __future__ import annotations

import math
import struct

from tests.hostile.cases import METRES, Case, Content, Files, case
from tests.hostile.samples import CUBE, MTL, obj, ply, stl_binary, stl_text
from walkdown.messages import ImportOptions


def _obj(
    name: str, text: Content, *, beside: Files | None = None, slow: bool = False, main: str = "model.obj"
) -> Case:
    return case(
        f"obj/{name}", main, text, beside=beside or {"model.mtl": MTL.encode()}, options=METRES, slow=slow
    )


def _points(count: int) -> str:
    """Returns a star of many corners: no ear of it is found soon."""
    turn = [(math.cos(n * 2.399963), math.sin(n * 2.399963), 1 + n % 7) for n in range(count)]
    return "".join(f"v {x * r} {y * r} 0\n" for x, y, r in turn)


def _polygon(count: int) -> str:
    return _points(count) + "f " + " ".join(map(str, range(1, count + 1))) + "\n"


OBJ = [
    _obj("empty of faces", "v 0 0 0\nv 1 0 0\n"),
    _obj("face beyond the vertices", obj(tail="f 1 2 999999\n")),
    _obj("face of vertex zero", obj(tail="f 0 1 2\n")),
    _obj("face far before the start", obj(tail="f -1 -2 -999999\n")),
    _obj("face of numbers beyond integers", obj(tail=f"f {10**30} 1 2\n")),
    _obj("face of words", obj(tail="f one two three\n")),
    _obj("coordinates that are no numbers", "v nan nan nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"),
    _obj("infinite coordinates", "v inf 0 0\nv 1e400 0 0\nv 0 1 0\nf 1 2 3\n"),
    _obj("coordinates of 1e300", "v 1e300 0 0\nv -1e300 0 0\nv 0 1e300 0\nf 1 2 3\n"),
    _obj("vertices of one number", "v 0\nv 1\nv 2\nf 1 2 3\n"),
    _obj("polygon of 100,000 crossing corners", lambda: _polygon(100_000), slow=True),
    _obj("polygon of 5,000 crossing corners", lambda: _polygon(5000)),
    _obj("a million groups", lambda: "".join(f"g {n}\n" for n in range(1_000_000)) + obj(), slow=True),
    _obj(
        "100,000 materials",
        lambda: obj(tail="".join(f"usemtl m{n}\nf 1 2 3\n" for n in range(100_000))),
        slow=True,
    ),
    _obj("one line of 30 MB", lambda: "v " + "1 " * 15_000_000, slow=True),
    _obj("30 MB without a line", lambda: "x" * 30_000_000),
    _obj(
        "library by a parent path",
        obj().replace("model.mtl", "../secret.mtl"),
        beside={"secret.mtl": b"newmtl secret\n"},
        main="in/model.obj",
    ),
    _obj("library by an absolute path", obj().replace("model.mtl", "/etc/passwd")),
    _obj("library that is missing", obj(), beside={"other.mtl": b""}),
    _obj("library that is binary", obj(), beside={"model.mtl": bytes(range(256)) * 100}),
    _obj("texture by an absolute path", obj(), beside={"model.mtl": (MTL + "map_Kd /etc/passwd\n").encode()}),
    _obj(
        "texture by a parent path",
        obj(),
        beside={"model.mtl": (MTL + "map_Kd ../../../../etc/passwd\n").encode()},
    ),
    _obj(
        "texture that is missing", obj(), beside={"model.mtl": (MTL + "map_Kd -s 1e400 gone.png\n").encode()}
    ),
    _obj(
        "texture that is no image",
        obj(),
        beside={"model.mtl": (MTL + "map_Kd x.png\n").encode(), "x.png": b"GIF89a" + bytes(50)},
    ),
    _obj("colours of 1e400", obj(), beside={"model.mtl": b"newmtl red\nKd 1e400 nan -5\nd 1e400\nNs nan\n"}),
    _obj("commands of a shell", obj(tail="call `touch /tmp/x`\ncsh touch /tmp/x\n")),
    _obj(
        "curves and surfaces",
        obj(tail="cstype bspline\ndeg 3\ncurv 0 1 1 2 3 4\nsurf 0 1 0 1 1 2 3 4\nend\n"),
    ),
    _obj("names that are not UTF-8", obj()),
    _obj("continued lines without an end", obj(tail="f 1 2 \\\n" * 10_000)),
    case("obj/without a unit", "model.obj", obj(), beside={"model.mtl": MTL.encode()}),
    case("obj/unit of 1e6 metres", "model.obj", obj(), options=ImportOptions(unit=1e6, scale=1e6)),
    case("obj/unit of 1e-30 metres", "model.obj", obj(), options=ImportOptions(unit=1e-30)),
    case("obj/UTF-16", "model.obj", obj().encode("utf-16"), options=METRES),
    case(
        "obj/names in Latin-1",
        "model.obj",
        "o Geb\xe4ude\n".encode("latin-1") + obj().encode(),
        options=METRES,
    ),
]


def _stl(name: str, data: Content, *, slow: bool = False) -> Case:
    return case(f"stl/{name}", "model.stl", data, options=METRES, slow=slow)


def _facet(*numbers: float) -> bytes:
    return b"x".ljust(80) + struct.pack("<I12fH", 1, 0, 0, 0, *numbers, 0)


STL = [
    _stl("header claims four thousand million facets", stl_binary(2**32 - 1)),
    _stl("header claims no facet", stl_binary(0)),
    _stl("header claims one facet more", stl_binary(13)),
    _stl("coordinates that are no numbers", _facet(*[math.nan] * 9)),
    _stl("infinite coordinates", _facet(*[math.inf] * 9)),
    _stl("coordinates of 1e38", _facet(1e38, 0, 0, 0, 1e38, 0, 0, 0, -1e38)),
    _stl("one point", _facet(*[1.0] * 9)),
    _stl(
        "text that never ends",
        stl_text().replace("endsolid cube", "facet normal 0 0 0\nouter loop\n" * 50_000),
    ),
    _stl("text with words for numbers", stl_text().replace("vertex 1.0", "vertex one")),
    _stl("text with two corners", stl_text().replace("vertex 1.0 1.0 1.0\n", "")),
    _stl("bytes that start like text", b"solid" + stl_binary()[5:]),
    _stl("text that starts like bytes", b"\x00" + stl_text().encode()),
    _stl("no facets in text", "solid nothing\nendsolid nothing\n"),
    case("stl/without a unit", "model.stl", stl_binary()),
]


def _ply(name: str, data: Content, *, slow: bool = False) -> Case:
    return case(f"ply/{name}", "model.ply", data, options=METRES, slow=slow)


_LIST = b"property list uchar int vertex_indices"


def _face_row(count: int, numbers: bytes) -> bytes:
    return ply(binary=True, faces=1)[: -12 * 13] + struct.pack("<B", count) + numbers


PLY = [
    _ply("text claims 4,000,000,000 vertices", ply(binary=False, vertices=4_000_000_000)),
    _ply("bytes claim 4,000,000,000 vertices", ply(binary=True, vertices=4_000_000_000)),
    _ply("bytes claim 10^30 faces", ply(binary=True, faces=10**30)),
    _ply("negative counts", ply(binary=False, vertices=-8)),
    _ply("counts that are words", ply(binary=False, vertices="many")),
    _ply("header without an end", ply(binary=False).partition(b"end_header")[0] + b"comment x\n" * 200_000),
    _ply("100,000 properties", ply(binary=False, head="property float q\n" * 100_000)),
    _ply("faces before a list longer than the file", _face_row(255, struct.pack("<3i", 0, 1, 2))),
    _ply("face far beyond the vertices", _face_row(3, struct.pack("<3i", 0, 1, 2**31 - 1))),
    _ply("face of negative vertices", _face_row(3, struct.pack("<3i", 0, 1, -5))),
    _ply(
        "list counted by 4-byte numbers",
        ply(binary=True).replace(_LIST, b"property list int int vertex_indices"),
    ),
    _ply(
        "list counted by fractions",
        ply(binary=True).replace(_LIST, b"property list float double vertex_indices"),
    ),
    _ply("types that do not exist", ply(binary=False).replace(b"property float x", b"property quaternion x")),
    _ply("no coordinates", ply(binary=False).replace(b"float x", b"float a")),
    _ply("a form that does not exist", ply(binary=False).replace(b"ascii", b"base64")),
    _ply("version 9", ply(binary=False).replace(b"ascii 1.0", b"ascii 9.0")),
    _ply("vertices that are no numbers", ply(binary=False).replace(b"1.0 1.0 1.0", b"nan inf -inf")),
    _ply("words for numbers", ply(binary=False).replace(b"1.0 1.0 1.0", b"one two three")),
    _ply("points without faces", ply(binary=False, faces=0)),
    _ply("a texture by a parent path", ply(binary=False, head="comment TextureFile ../../../etc/passwd\n")),
    _ply("big-endian that is little", ply(binary=True).replace(b"little", b"big")),
    _ply("cube of one point", ply(binary=True).replace(CUBE.tobytes(), bytes(CUBE.nbytes))),
]

CASES: list[Case] = [*OBJ, *STL, *PLY]
