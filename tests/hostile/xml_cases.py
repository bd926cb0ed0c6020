"""Hostile 3MF, COLLADA and SDF: entities, circles, copies of copies, files from elsewhere."""

from __future__ import annotations

from tests.hostile.cases import Case, Content, Files, case
from tests.hostile.samples import BOX, dae, mesh_3mf, model_3mf, sdf, three_mf, zipped

DEEP = 50_000
MANY = 1_000_000


def laughs(root: str, levels: int = 12) -> str:
    """Returns a DOCTYPE whose last entity is ten to the ``levels`` times the first."""
    entities = ['<!ENTITY l0 "ha">']
    entities += ['<!ENTITY l{} "{}">'.format(n, f"&l{n - 1};" * 10) for n in range(1, levels)]
    return f"<!DOCTYPE {root} [{''.join(entities)}]>"


def outside(root: str) -> str:
    """Returns a DOCTYPE whose entity is a file of the machine."""
    return f'<!DOCTYPE {root} [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'


def _3mf(name: str, data: Content, *, slow: bool = False) -> Case:
    def make() -> bytes:
        made = data() if callable(data) else data
        return three_mf(made) if isinstance(made, str) else made

    return case(f"3mf/{name}", "model.3mf", make, slow=slow)


def _components(levels: int, copies: int) -> str:
    """Returns objects of which each is ``copies`` of the one before."""
    objects = [f'<object id="1" type="model">{mesh_3mf()}</object>']
    for n in range(2, levels + 2):
        inner = f'<component objectid="{n - 1}"/>' * copies
        objects.append(f'<object id="{n}" type="model"><components>{inner}</components></object>')
    return model_3mf("".join(objects), f'<item objectid="{levels + 1}"/>')


_CIRCLE = (
    '<object id="1" type="model"><components><component objectid="2"/></components></object>'
    '<object id="2" type="model"><components><component objectid="1"/></components></object>'
)

THREE_MF = [
    _3mf("billion laughs", model_3mf(head=laughs("model"), build="&l11;")),
    _3mf("entity of a file", model_3mf(head=outside("model"), build="&secret;")),
    _3mf("components in a circle", model_3mf(_CIRCLE)),
    _3mf(
        "component of itself",
        model_3mf('<object id="1"><components><component objectid="1"/></components></object>'),
    ),
    _3mf("ten copies of ten copies, nine times", _components(9, 10), slow=True),
    _3mf("components 2,000 deep", _components(2000, 1)),
    _3mf(
        "component that is not there",
        model_3mf('<object id="1"><components><component objectid="9"/></components></object>'),
    ),
    _3mf("item that is not there", model_3mf(build='<item objectid="77"/>')),
    _3mf("nothing to build", model_3mf(build=" ")),
    _3mf(
        "transform that is no number",
        model_3mf(build='<item objectid="1" transform="nan nan nan 0 1 0 0 0 1 inf 0 0"/>'),
    ),
    _3mf("transform of two numbers", model_3mf(build='<item objectid="1" transform="1 2"/>')),
    _3mf("unit that does not exist", model_3mf(unit="parsec")),
    _3mf("vertices that are no numbers", model_3mf().replace('x="1.0"', 'x="NaN"')),
    _3mf("vertices that are words", model_3mf().replace('x="1.0"', 'x="one"')),
    _3mf("triangle beyond the vertices", model_3mf().replace('v1="0"', 'v1="999999"')),
    _3mf("triangle of negative vertices", model_3mf().replace('v1="0"', 'v1="-1"')),
    _3mf("no model in it", zipped({"[Content_Types].xml": "x"})),
    _3mf(
        "relation to a parent path",
        zipped(
            {
                "_rels/.rels": '<Relationships><Relationship Target="../../etc/passwd" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
            }
        ),
    ),
    _3mf("model of a gigabyte of blanks", lambda: zipped({"3D/3dmodel.model": " " * 300_000_000}), slow=True),
    _3mf("XML nested 50,000 deep", model_3mf("<a>" * DEEP + "</a>" * DEEP)),
    _3mf("an XML attribute of 20 MB", lambda: model_3mf(unit="x" * 20_000_000)),
]


def _dae(name: str, text: Content, *, beside: Files | None = None, slow: bool = False) -> Case:
    return case(f"dae/{name}", "in/model.dae", text, beside=beside, slow=slow)


def _library(inner: str) -> str:
    return f"<library_nodes>{inner}</library_nodes>"


def _copies(levels: int, copies: int) -> str:
    """Returns nodes of which each is ``copies`` of the one before."""
    nodes = '<node id="k0"><instance_geometry url="#g"/></node>'
    for n in range(1, levels):
        copied = f'<instance_node url="#k{n - 1}"/>' * copies
        nodes += f'<node id="k{n}">{copied}</node>'
    return dae(libraries=_library(nodes), nodes=f'<node id="n"><instance_node url="#k{levels - 1}"/></node>')


def _image(path: str) -> str:
    effect = (
        f'<library_images><image id="i"><init_from>{path}</init_from></image></library_images>'
        '<library_effects><effect id="e"><profile_COMMON>'
        '<newparam sid="u"><surface type="2D"><init_from>i</init_from></surface></newparam>'
        '<newparam sid="t"><sampler2D><source>u</source></sampler2D></newparam>'
        '<technique sid="c"><lambert><diffuse><texture texture="t" texcoord="U"/></diffuse></lambert>'
        "</technique>"
        "</profile_COMMON></effect></library_effects>"
        '<library_materials><material id="m"><instance_effect url="#e"/></material></library_materials>'
    )
    bound = (
        '<node id="n"><instance_geometry url="#g"><bind_material><technique_common>'
        '<instance_material symbol="s" target="#m"/></technique_common></bind_material>'
        "</instance_geometry></node>"
    )
    faces = _faces("0 1 2").replace('count="1"', 'count="1" material="s"')
    return dae(libraries=effect, nodes=bound, faces=faces)


_NODE = '<node id="n"><{0}/><instance_geometry url="#g"/></node>'
_CIRCLE_OF_NODES = (
    '<node id="a"><instance_node url="#b"/></node><node id="b"><instance_node url="#a"/></node>'
)
_POLYGON = (
    '<polylist count="1"><input semantic="VERTEX" source="#v" offset="0"/>'
    "<vcount>{0}</vcount><p>{1}</p></polylist>"
)


def _faces(p: str) -> str:
    return f'<triangles count="1"><input semantic="VERTEX" source="#v" offset="0"/><p>{p}</p></triangles>'


DAE = [
    _dae("billion laughs", dae(head=laughs("COLLADA"), floats="&l11;")),
    _dae("entity of a file", dae(head=outside("COLLADA"), floats="&secret;")),
    _dae("entity from the network", dae(head='<!DOCTYPE COLLADA SYSTEM "http://127.0.0.1:9/x.dtd">')),
    *(_dae(f"unit of {unit} metres", dae(unit=unit)) for unit in ("0", "-1", "1e30", "nan", "many", "")),
    _dae(
        "nodes in a circle",
        dae(libraries=_library(_CIRCLE_OF_NODES), nodes='<node id="n"><instance_node url="#a"/></node>'),
    ),
    _dae(
        "node of itself",
        dae(nodes='<node id="n"><instance_node url="#n"/><instance_geometry url="#g"/></node>'),
    ),
    _dae("ten copies of ten copies, eight times", _copies(9, 10), slow=True),
    _dae("two copies of two copies, thirty times", _copies(30, 2), slow=True),
    _dae(
        "nodes 50,000 deep", dae(nodes="<node>" * DEEP + '<instance_geometry url="#g"/>' + "</node>" * DEEP)
    ),
    _dae("nodes 500 deep", dae(nodes="<node>" * 500 + '<instance_geometry url="#g"/>' + "</node>" * 500)),
    _dae(
        "200,000 nodes", lambda: dae(nodes='<node><instance_geometry url="#g"/></node>' * 200_000), slow=True
    ),
    _dae("array claims 10^12 numbers", dae(count=10**12)),
    _dae("array claims negative numbers", dae(count=-9)),
    _dae("coordinates that are no numbers", dae(floats="NaN NaN NaN 1 0 0 0 1 0")),
    _dae("infinite coordinates", dae(floats="INF 0 0 1 0 0 0 1e400 0")),
    _dae("words for coordinates", dae(floats="a b c d e f g h i")),
    _dae("triangle beyond the vertices", dae(faces=_faces("0 1 999999"))),
    _dae("triangle of negative vertices", dae(faces=_faces("0 1 -1"))),
    _dae("triangle of words", dae(faces=_faces("x y z"))),
    _dae("polygon that claims 10^9 corners", dae(faces=_POLYGON.format(10**9, "0 1 2"))),
    _dae("polygon of negative corners", dae(faces=_POLYGON.format(-3, "0 1 2"))),
    _dae("polygon of 50,000 corners", dae(faces=_POLYGON.format(50_000, "0 1 2 " * 16_667)), slow=True),
    _dae(
        "matrix that is no number",
        dae(nodes=_NODE.format("matrix>nan " + "0 " * 15 + "</matrix").replace("/>", ">", 1)),
    ),
    _dae("scale of zero", dae(nodes=_NODE.format("scale>0 0 0</scale").replace("/>", ">", 1))),
    _dae("scale of 1e30", dae(nodes=_NODE.format("scale>1e30 1 1</scale").replace("/>", ">", 1))),
    _dae("geometry that is not there", dae(nodes='<node id="n"><instance_geometry url="#gone"/></node>')),
    _dae(
        "geometry of another file",
        dae(nodes='<node id="n"><instance_geometry url="../secret.dae#g"/></node>'),
        beside={"secret.dae": dae().encode()},
    ),
    _dae("scene that is not there", dae().replace('url="#w"', 'url="#gone"')),
    _dae("texture by an absolute path", _image("/etc/passwd")),
    _dae("texture by a parent path", _image("../../../../../../etc/passwd")),
    _dae("texture by a file address", _image("file:///etc/passwd")),
    _dae("texture by an address", _image("http://127.0.0.1:9/x.png")),
    _dae("texture that is missing", _image("gone.png")),
    _dae("no COLLADA", "<html><body>hello</body></html>"),
    _dae("version 9", dae().replace("1.4.1", "9.9.9")),
]


def _sdf(name: str, text: Content, *, beside: Files | None = None, slow: bool = False) -> Case:
    return case(f"sdf/{name}", "in/world.sdf", text, beside=beside, slow=slow)


def _include(uri: str) -> str:
    return sdf(f"<include><uri>{uri}</uri></include>")


def _mesh(uri: str) -> str:
    return sdf(geometry=f"<geometry><mesh><uri>{uri}</uri></mesh></geometry>")


def _folder(name: str, inner: str) -> dict[str, bytes]:
    config = f'<model><name>{name}</name><sdf version="1.6">model.sdf</sdf></model>'
    model = f'<sdf version="1.6"><model name="{name}">{inner}</model></sdf>'
    return {f"in/{name}/model.config": config.encode(), f"in/{name}/model.sdf": model.encode()}


def _model(inner: str) -> str:
    return f'<link name="l"><visual name="v">{inner}</visual></link>'


_ENDLESS = {
    **_folder("a", "<include><uri>model://b</uri></include>"),
    **_folder("b", "<include><uri>model://a</uri></include>"),
}
_DOUBLING: dict[str, bytes] = {}
for _n in range(25):
    _inner = f"<include><uri>model://d{_n + 1}</uri></include>" * 2 if _n < 24 else _model(BOX)
    _DOUBLING |= _folder(f"d{_n}", _inner)

SDF = [
    _sdf("billion laughs", sdf(head=laughs("sdf"), pose="&l11;")),
    _sdf("entity of a file", sdf(head=outside("sdf"), pose="&secret;")),
    _sdf("includes in a circle", _include("model://a"), beside=_ENDLESS),
    _sdf("include of itself", _include("world.sdf")),
    _sdf("two includes of two includes, 24 times", _include("model://d0"), beside=_DOUBLING, slow=True),
    _sdf("include that is missing", _include("model://gone")),
    _sdf("include by a parent path", _include("../../../../etc/passwd")),
    _sdf("include by an absolute path", _include("/etc/passwd")),
    _sdf("include by a file address", _include("file:///etc/passwd")),
    _sdf("include by an address", _include("https://fuel.example.org/models/x")),
    _sdf(
        "include that leaves its folder",
        _include("model://../secret"),
        beside={"secret/model.config": b"<model/>"},
    ),
    _sdf("mesh by an absolute path", _mesh("/etc/passwd")),
    _sdf("mesh by a parent path", _mesh("../secret.dae"), beside={"secret.dae": dae().encode()}),
    _sdf("mesh by a file address", _mesh("file:///etc/passwd")),
    _sdf("mesh that is missing", _mesh("model://m/gone.dae")),
    _sdf("mesh that is a world", _mesh("world.sdf")),
    _sdf("mesh that is damaged", _mesh("mesh.dae"), beside={"in/mesh.dae": b"<COLLADA"}),
    _sdf("pose that is no number", sdf(pose="nan inf 0 0 0 0")),
    _sdf("pose of words", sdf(pose="here there 0 0 0 0")),
    _sdf("pose of two numbers", sdf(pose="1 2")),
    _sdf("pose 1e30 metres away", sdf(pose="1e30 0 0 0 0 0")),
    _sdf("box of no size", sdf(geometry="<geometry><box><size>0 0 0</size></box></geometry>")),
    _sdf("box of negative size", sdf(geometry="<geometry><box><size>-1 1 1</size></box></geometry>")),
    _sdf(
        "sphere of 1e30 metres", sdf(geometry="<geometry><sphere><radius>1e30</radius></sphere></geometry>")
    ),
    _sdf(
        "cylinder of words",
        sdf(geometry="<geometry><cylinder><radius>big</radius><length>x</length></cylinder></geometry>"),
    ),
    _sdf("models nested 50,000 deep", sdf('<model name="x">' * DEEP + "</model>" * DEEP)),
    _sdf(
        "links on each other's poses",
        sdf(
            '<model name="c"><link name="a"><pose relative_to="b"/></link>'
            '<link name="b"><pose relative_to="a"/></link></model>'
        ),
    ),
    _sdf(
        "200,000 models",
        lambda: sdf(
            f'<model name="x"><link name="l"><visual name="v">{BOX}</visual></link></model>' * 200_000
        ),
        slow=True,
    ),
    _sdf("nothing visible", '<sdf version="1.6"><world name="w"/></sdf>'),
    _sdf("no SDF", "<html/>"),
    _sdf("version 99", sdf().replace("1.6", "99.9")),
    _sdf("names with control characters", sdf().replace('name="m"', 'name="&#27;[2J"')),
]

CASES: list[Case] = [*THREE_MF, *DAE, *SDF]
