"""Small sound files of every kind, from which hostile ones are made."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Mapping
from io import BytesIO

import numpy as np

from tests.importers.forge import TRIANGLE, glb, triangle
from tests.importers_city.forge import city, feature, sequence

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
FACES = np.concatenate([QUADS[:, [0, 1, 2]], QUADS[:, [0, 2, 3]]])


def gltf() -> dict[str, bytes]:
    """Returns a .gltf file and its buffer."""
    document = triangle(buffers=[{"byteLength": 36, "uri": "mesh.bin"}])
    return {"model.gltf": json.dumps(document).encode(), "mesh.bin": TRIANGLE.tobytes()}


def obj(head: str = "", tail: str = "") -> str:
    """Returns a cube with a material library."""
    points = "".join("v {} {} {}\n".format(*point) for point in CUBE.tolist())
    faces = "".join("f {} {} {} {}\n".format(*(quad + 1)) for quad in QUADS)
    return f"{head}mtllib model.mtl\no cube\n{points}usemtl red\n{faces}{tail}"


MTL = "newmtl red\nKd 0.8 0.1 0.1\n"


def stl_text() -> str:
    """Returns a cube as text."""
    facets = "".join(
        "facet normal 0 0 0\nouter loop\n"
        + "".join("vertex {} {} {}\n".format(*CUBE[corner].tolist()) for corner in face)
        + "endloop\nendfacet\n"
        for face in FACES
    )
    return f"solid cube\n{facets}endsolid cube\n"


def stl_binary(count: int | None = None) -> bytes:
    """Returns a cube in bytes; ``count`` is what its header claims."""
    facets = b"".join(struct.pack("<12fH", 0, 0, 0, *CUBE[face].reshape(-1), 0) for face in FACES)
    return b"cube".ljust(80) + struct.pack("<I", len(FACES) if count is None else count) + facets


def ply(*, binary: bool, vertices: int | str = 8, faces: int | str = 12, head: str = "") -> bytes:
    """Returns a cube; ``vertices`` and ``faces`` are what its header claims."""
    form = "binary_little_endian" if binary else "ascii"
    lines = [
        "ply",
        f"format {form} 1.0",
        f"element vertex {vertices}",
        *(f"property float {axis}" for axis in "xyz"),
        f"element face {faces}",
        "property list uchar int vertex_indices",
    ]
    header = "\n".join(lines) + f"\n{head}end_header\n"
    if binary:
        rows = b"".join(struct.pack("<B3i", 3, *face) for face in FACES.tolist())
        return header.encode() + CUBE.tobytes() + rows
    points = "".join("{} {} {}\n".format(*point) for point in CUBE.tolist())
    return (header + points + "".join("3 {} {} {}\n".format(*face) for face in FACES.tolist())).encode()


RELATIONS = (
    '<?xml version="1.0"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Target="/3D/3dmodel.model" Id="r0" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
CONTENT = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="model" '
    'ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)


def mesh_3mf(transform: str = "") -> str:
    """Returns the mesh of a cube for a 3MF model."""
    points = "".join('<vertex x="{}" y="{}" z="{}"/>'.format(*point) for point in CUBE.tolist())
    faces = "".join('<triangle v1="{}" v2="{}" v3="{}"/>'.format(*face) for face in FACES.tolist())
    return f"<mesh><vertices>{points}</vertices><triangles>{faces}</triangles></mesh>"


def model_3mf(
    resources: str = "", build: str = '<item objectid="1"/>', unit: str = "meter", head: str = ""
) -> str:
    """Returns a 3MF model file."""
    inner = resources or f'<object id="1" type="model">{mesh_3mf()}</object>'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<model unit="{unit}" '
        'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">'
        f"<resources>{inner}</resources><build>{build}</build></model>"
    )


def zipped(
    entries: Mapping[str, bytes | str] | Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """Returns a zip file; equal entries give equal bytes."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


def three_mf(model: str | None = None, **more: bytes | str) -> bytes:
    """Returns a 3MF file."""
    text = model_3mf() if model is None else model
    return zipped(
        {"[Content_Types].xml": CONTENT, "_rels/.rels": RELATIONS, "3D/3dmodel.model": text, **more}
    )


ONE_TRIANGLE = (
    '<triangles count="1"><input semantic="VERTEX" source="#v" offset="0"/><p>0 1 2</p></triangles>'
)


def dae(  # noqa: PLR0913 - every part may be replaced
    *,
    unit: str = "1",
    nodes: str = '<node id="n"><instance_geometry url="#g"/></node>',
    libraries: str = "",
    count: int = 9,
    floats: str = "0 0 0 1 0 0 0 1 0",
    faces: str = ONE_TRIANGLE,
    head: str = "",
) -> str:
    """Returns a COLLADA file of one triangle."""
    return f"""<?xml version="1.0" encoding="utf-8"?>{head}
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset><unit name="u" meter="{unit}"/><up_axis>Z_UP</up_axis></asset>
{libraries}
<library_geometries><geometry id="g"><mesh>
<source id="s"><float_array id="a" count="{count}">{floats}</float_array>
<technique_common><accessor source="#a" count="{count // 3}" stride="3">
<param name="X" type="float"/><param name="Y" type="float"/><param name="Z" type="float"/>
</accessor></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#s"/></vertices>
{faces}
</mesh></geometry></library_geometries>
<library_visual_scenes><visual_scene id="w">{nodes}</visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#w"/></scene></COLLADA>"""


BOX = "<geometry><box><size>1 1 1</size></box></geometry>"


def sdf(inner: str = "", *, pose: str = "0 0 0 0 0 0", geometry: str = BOX, head: str = "") -> str:
    """Returns a world of one model."""
    return (
        f'<?xml version="1.0"?>{head}<sdf version="1.6"><world name="w">{inner}'
        f'<model name="m"><pose>{pose}</pose>'
        f'<link name="l"><visual name="v">{geometry}</visual></link></model></world></sdf>'
    )


IFC_HEAD = (
    "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
    "FILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n"
)
IFC_LINES = {
    1: "IFCPROJECT('0000000000000000000001',$,'Mini',$,$,$,$,(#7),#2)",
    2: "IFCUNITASSIGNMENT((#3,#4))",
    3: "IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)",
    4: "IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.)",
    5: "IFCCARTESIANPOINT((0.,0.,0.))",
    6: "IFCAXIS2PLACEMENT3D(#5,$,$)",
    7: "IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#6,$)",
    8: "IFCLOCALPLACEMENT($,#6)",
    9: "IFCLOCALPLACEMENT(#8,#6)",
    10: "IFCRECTANGLEPROFILEDEF(.AREA.,$,#12,4.,0.3)",
    11: "IFCCARTESIANPOINT((0.,0.))",
    12: "IFCAXIS2PLACEMENT2D(#11,$)",
    13: "IFCDIRECTION((0.,0.,1.))",
    14: "IFCEXTRUDEDAREASOLID(#10,#6,#13,3.)",
    15: "IFCSHAPEREPRESENTATION(#7,'Body','SweptSolid',(#14))",
    16: "IFCPRODUCTDEFINITIONSHAPE($,$,(#15))",
    17: "IFCWALL('0000000000000000000002',$,'Wall',$,$,#9,#16,$,$)",
    18: "IFCBUILDING('0000000000000000000003',$,'House',$,$,#8,$,$,.ELEMENT.,$,$,$)",
    19: "IFCBUILDINGSTOREY('0000000000000000000004',$,'Ground',$,$,#8,$,$,.ELEMENT.,0.)",
    20: "IFCRELAGGREGATES('0000000000000000000005',$,$,$,#1,(#18))",
    21: "IFCRELAGGREGATES('0000000000000000000006',$,$,$,#18,(#19))",
    22: "IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000007',$,$,$,(#17),#19)",
}


def ifc(changes: dict[int, str] | None = None, *, schema: str = "IFC4", tail: str = "") -> str:
    """Returns a wall in a storey; ``changes`` replace lines by their numbers."""
    lines = {**IFC_LINES, **(changes or {})}
    data = "".join(f"#{number}={line};\n" for number, line in lines.items())
    return IFC_HEAD.format(schema=schema) + data + tail + "ENDSEC;\nEND-ISO-10303-21;\n"


def scene(text: str = "") -> str:
    """Returns a scene file that names ``model.glb``."""
    return f'[[model]]\nfile = "model.glb"\n{text}'


def small_glb() -> bytes:
    """Returns a GLB of one triangle."""
    return glb(triangle(), TRIANGLE.tobytes())


SOUND: dict[str, tuple[str, dict[str, bytes]]] = {
    "glb": ("model.glb", {"model.glb": small_glb()}),
    "gltf": ("model.gltf", gltf()),
    "obj": ("model.obj", {"model.obj": obj().encode(), "model.mtl": MTL.encode()}),
    "stl-text": ("model.stl", {"model.stl": stl_text().encode()}),
    "stl-binary": ("model.stl", {"model.stl": stl_binary()}),
    "ply-text": ("model.ply", {"model.ply": ply(binary=False)}),
    "ply-binary": ("model.ply", {"model.ply": ply(binary=True)}),
    "3mf": ("model.3mf", {"model.3mf": three_mf()}),
    "dae": ("model.dae", {"model.dae": dae().encode()}),
    "sdf": ("model.sdf", {"model.sdf": sdf().encode()}),
    "ifc": ("model.ifc", {"model.ifc": ifc().encode()}),
    "cityjson": ("town.city.json", {"town.city.json": json.dumps(city()).encode()}),
    "cityjsonseq": ("town.city.jsonl", {"town.city.jsonl": sequence(feature("a"), feature("b")).encode()}),
    "zip": ("model.zip", {"model.zip": zipped({"model.glb": small_glb()})}),
    "ifczip": ("model.ifczip", {"model.ifczip": zipped({"model.ifc": ifc()})}),
}
"""By kind: the file that is imported, and all files."""
