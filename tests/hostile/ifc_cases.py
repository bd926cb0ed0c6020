"""Hostile IFC: circles of references, shapes that cost without end, units and numbers that make no sense."""

from __future__ import annotations

import math
from collections.abc import Callable

from tests.hostile.cases import Case, case
from tests.hostile.samples import IFC_HEAD, ifc, zipped

BASE = 1000
"""The first number of lines that a case adds."""


def _ifc(name: str, data: str | bytes | Callable[[], str | bytes], *, slow: bool = False) -> Case:
    return case(f"ifc/{name}", "model.ifc", data, slow=slow)


def _lines(lines: list[str]) -> str:
    return "".join(f"#{BASE + n}={line};\n" for n, line in enumerate(lines))


def _nested_booleans(depth: int) -> str:
    lines = [f"IFCBOOLEANRESULT(.DIFFERENCE.,#{14 if n == 0 else BASE + n - 1},#14)" for n in range(depth)]
    return ifc({15: f"IFCSHAPEREPRESENTATION(#7,'Body','CSG',(#{BASE + depth - 1}))"}, tail=_lines(lines))


def _doubled_booleans(depth: int) -> str:
    """Returns a tree of unions in which each is twice the one before."""
    lines = []
    for n in range(depth):
        inner = 14 if n == 0 else BASE + n - 1
        lines.append(f"IFCBOOLEANRESULT(.UNION.,#{inner},#{inner})")
    return ifc({15: f"IFCSHAPEREPRESENTATION(#7,'Body','CSG',(#{BASE + depth - 1}))"}, tail=_lines(lines))


def _profile(corners: int) -> str:
    """Returns a wall on a star of many corners that cross."""
    points = [
        (round(math.cos(n * 2.399963) * (1 + n % 5), 6), round(math.sin(n * 2.399963) * (1 + n % 5), 6))
        for n in range(corners)
    ]
    listed = ",".join(f"({x},{y})" for x, y in points)
    lines = [
        f"IFCCARTESIANPOINTLIST2D(({listed}))",
        f"IFCINDEXEDPOLYCURVE(#{BASE},$,$)",
    ]
    return ifc({10: f"IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#{BASE + 1})"}, tail=_lines(lines))


def _faces(numbers: str, points: str = "((0.,0.,0.),(1.,0.,0.),(0.,1.,0.))") -> str:
    lines = [f"IFCCARTESIANPOINTLIST3D({points})", f"IFCTRIANGULATEDFACESET(#{BASE},$,$,{numbers},$)"]
    shape = f"IFCSHAPEREPRESENTATION(#7,'Body','Tessellation',(#{BASE + 1}))"
    return ifc({15: shape}, tail=_lines(lines))


def _mapped_circle() -> str:
    lines = [
        "IFCREPRESENTATIONMAP(#6,#15)",
        "IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#5,$,$)",
        f"IFCMAPPEDITEM(#{BASE},#{BASE + 1})",
    ]
    shape = f"IFCSHAPEREPRESENTATION(#7,'Body','MappedRepresentation',(#{BASE + 2}))"
    return ifc({15: shape}, tail=_lines(lines))


def _unit(factor: str) -> str:
    lines = [
        "IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0)",
        f"IFCMEASUREWITHUNIT(IFCLENGTHMEASURE({factor}),#{BASE + 2})",
        "IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)",
    ]
    return ifc({3: f"IFCCONVERSIONBASEDUNIT(#{BASE},.LENGTHUNIT.,'ODD',#{BASE + 1})"}, tail=_lines(lines))


def _chain_of_placements(length: int) -> str:
    lines = [f"IFCLOCALPLACEMENT(#{8 if n == 0 else BASE + n - 1},#6)" for n in range(length)]
    changes = {17: f"IFCWALL('0000000000000000000002',$,'Wall',$,$,#{BASE + length - 1},#16,$,$)"}
    return ifc(changes, tail=_lines(lines))


def _many_walls(count: int) -> str:
    lines = [f"IFCWALL('{n:022d}',$,'Wall',$,$,#9,#16,$,$)" for n in range(100, 100 + count)]
    return ifc(tail=_lines(lines))


def _sets(count: int) -> str:
    values = [f"IFCPROPERTYSINGLEVALUE('p{n}',$,IFCTEXT('x'),$)" for n in range(count)]
    listed = ",".join(f"#{BASE + n}" for n in range(count))
    values += [
        f"IFCPROPERTYSET('0000000000000000000008',$,'Many',$,({listed}))",
        f"IFCRELDEFINESBYPROPERTIES('0000000000000000000009',$,$,$,(#17),#{BASE + count})",
    ]
    return ifc(tail=_lines(values))


def _storeys_deep(depth: int) -> str:
    lines = []
    for n in range(depth):
        guid = f"{2 * n + 100:022d}"
        above = 19 if n == 0 else BASE + 2 * (n - 1)
        lines.append(f"IFCBUILDINGELEMENTPROXY('{guid}',$,'P',$,$,#9,$,$,$)")
        lines.append(f"IFCRELAGGREGATES('{2 * n + 101:022d}',$,$,$,#{above},(#{BASE + 2 * n}))")
    return ifc(tail=_lines(lines))


_WALL_TWICE = {23: "IFCWALL('0000000000000000000002',$,'Twin',$,$,#9,#16,$,$)"}

CASES: list[Case] = [
    _ifc("header only", IFC_HEAD.format(schema="IFC4")),
    _ifc("schema that does not exist", ifc(schema="IFC99")),
    _ifc("schema that is a draft", ifc(schema="IFC4X3_RC2")),
    _ifc("schema of ten megabytes", ifc(schema="X" * 10_000_000)),
    _ifc("no data", IFC_HEAD.format(schema="IFC4") + "ENDSEC;\nEND-ISO-10303-21;\n"),
    _ifc("number beyond integers", ifc(tail="#99999999999999999999999=IFCWALL('x',$,$,$,$,$,$,$,$);\n")),
    _ifc("number zero", ifc(tail="#0=IFCWALL('0000000000000000000009',$,$,$,$,$,$,$,$);\n")),
    _ifc(
        "numbers that occur twice",
        ifc(tail="#17=IFCDOOR('0000000000000000000009',$,$,$,$,#9,#16,$,$,$,$,$,$);\n"),
    ),
    _ifc("references that lead nowhere", ifc({16: "IFCPRODUCTDEFINITIONSHAPE($,$,(#777777))"})),
    _ifc("entity that does not exist", ifc(tail="#50=IFCNONSENSE(1,2,3);\n")),
    _ifc("too few attributes", ifc({17: "IFCWALL('0000000000000000000002')"})),
    _ifc("words for numbers", ifc({5: "IFCCARTESIANPOINT(('a','b','c'))"})),
    _ifc("string without an end", ifc({17: "IFCWALL('0000000000000000000002',$,'Wall"})),
    _ifc(
        "string of 20 MB",
        lambda: ifc({17: f"IFCWALL('0000000000000000000002',$,'{'x' * 20_000_000}',$,$,#9,#16,$,$)"}),
        slow=True,
    ),
    _ifc(
        "lists nested 100,000 deep",
        ifc(tail="#50=IFCCARTESIANPOINT(" + "(" * 100_000 + ")" * 100_000 + ");\n"),
    ),
    _ifc("placement on itself", ifc({9: "IFCLOCALPLACEMENT(#9,#6)"})),
    _ifc("placements in a circle", ifc({8: "IFCLOCALPLACEMENT(#9,#6)"})),
    _ifc("placements in a chain of 50,000", lambda: _chain_of_placements(50_000), slow=True),
    _ifc(
        "storey that contains itself", ifc({21: "IFCRELAGGREGATES('0000000000000000000006',$,$,$,#19,(#19))"})
    ),
    _ifc(
        "house and storey in each other",
        ifc({20: "IFCRELAGGREGATES('0000000000000000000005',$,$,$,#19,(#18))"}),
    ),
    _ifc("parts 20,000 deep", lambda: _storeys_deep(20_000), slow=True),
    _ifc("shape that is a copy of itself", _mapped_circle()),
    _ifc("differences 300 deep", _nested_booleans(300), slow=True),
    _ifc("differences 20,000 deep", lambda: _nested_booleans(20_000), slow=True),
    _ifc("unions that double 30 times", _doubled_booleans(30), slow=True),
    _ifc("union of itself", ifc({14: "IFCBOOLEANRESULT(.UNION.,#14,#14)"})),
    _ifc("profile of 2,000 crossing corners", lambda: _profile(2000), slow=True),
    _ifc("profile of 100,000 crossing corners", lambda: _profile(100_000), slow=True),
    _ifc("profile without a size", ifc({10: "IFCRECTANGLEPROFILEDEF(.AREA.,$,#12,0.,0.)"})),
    _ifc("profile of negative size", ifc({10: "IFCRECTANGLEPROFILEDEF(.AREA.,$,#12,-4.,-1.)"})),
    _ifc("profile of 1e300 metres", ifc({10: "IFCRECTANGLEPROFILEDEF(.AREA.,$,#12,1.E300,1.E300)"})),
    _ifc("circle of 1e12 metres", ifc({10: "IFCCIRCLEPROFILEDEF(.AREA.,$,#12,1.E12)"})),
    _ifc("height of zero", ifc({14: "IFCEXTRUDEDAREASOLID(#10,#6,#13,0.)"})),
    _ifc("height of 1e400", ifc({14: "IFCEXTRUDEDAREASOLID(#10,#6,#13,1.E400)"})),
    _ifc("direction of zero", ifc({13: "IFCDIRECTION((0.,0.,0.))"})),
    _ifc("direction that lies in the profile", ifc({13: "IFCDIRECTION((1.,0.,0.))"})),
    _ifc("point 1e30 metres away", ifc({5: "IFCCARTESIANPOINT((1.E30,0.,0.))"})),
    _ifc("point of 50,000 numbers", ifc({5: "IFCCARTESIANPOINT((" + "0.," * 50_000 + "0.))"})),
    _ifc("triangle beyond its points", _faces("((1,2,999999))")),
    _ifc("triangle of point zero", _faces("((0,1,2))")),
    _ifc("triangle of negative points", _faces("((-1,-2,-3))")),
    _ifc("triangle of one point", _faces("((1,1,1))")),
    _ifc("triangles without points", _faces("((1,2,3))", "()")),
    _ifc("points that are no numbers", _faces("((1,2,3))", "((NAN,0.,0.),(1.,INF,0.),(0.,1.,0.))")),
    *(_ifc(f"unit of {factor} metres", _unit(factor)) for factor in ("0.", "-1.", "1.E30", "1.E-30")),
    _ifc("no units", ifc({1: "IFCPROJECT('0000000000000000000001',$,'Mini',$,$,$,$,(#7),$)"})),
    _ifc("no project", ifc({1: "IFCCARTESIANPOINT((0.,0.,0.))"})),
    _ifc("two walls of one GUID", ifc(_WALL_TWICE)),
    _ifc("GUID that is none", ifc({17: "IFCWALL('../../etc/passwd',$,'Wall',$,$,#9,#16,$,$)"})),
    _ifc("GUID that is missing", ifc({17: "IFCWALL($,$,'Wall',$,$,#9,#16,$,$)"})),
    _ifc(
        "names with control characters",
        ifc({17: "IFCWALL('0000000000000000000002',$,'\\X\\1B[2J\\X2\\0000D800\\X0\\',$,$,#9,#16,$,$)"}),
    ),
    _ifc("50,000 walls of one shape", lambda: _many_walls(50_000), slow=True),
    _ifc("100,000 properties of one wall", lambda: _sets(100_000), slow=True),
    _ifc("UTF-16", ifc().encode("utf-16")),
    _ifc("binary after the header", ifc().encode()[:400] + bytes(range(256)) * 2000),
    case("ifc/an XML file", "model.ifc", '<?xml version="1.0"?><ifcXML xmlns="x"/>'),
    case("ifczip/two models", "model.ifczip", zipped({"a.ifc": ifc(), "b.ifc": ifc()})),
    case("ifczip/no model", "model.ifczip", zipped({"readme.txt": "hello"})),
    case(
        "ifczip/a gigabyte of blanks", "model.ifczip", lambda: zipped({"a.ifc": " " * 400_000_000}), slow=True
    ),
    case("ifczip/a parent path", "model.ifczip", zipped({"../../a.ifc": ifc()})),
]
