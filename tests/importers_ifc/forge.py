"""Makes small IFC files: boxes in storeys, with types, sets, systems, ports and a place on a map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.guid

Point = Sequence[float]
UNITS = {
    "m": (None, "METRE", 1.0),
    "mm": ("MILLI", "METRE", 0.001),
    "ft": (None, "FOOT", 0.3048),
    "in": (None, "INCH", 0.0254),
}


class Forge:
    """One file with a project, a site, a building and two storeys; lengths are given in metres.

    Attributes:
        graph: the file.
        metres: metres in its unit of length.
        storeys: the ground floor and the one above, 3 m higher.
    """

    def __init__(self, schema: str = "IFC4", *, unit: str = "mm") -> None:
        make: Any = ifcopenshell.file  # its annotations know fewer names than it does
        self.graph: Any = make(schema=schema)
        self.history = self._history() if schema == "IFC2X3" else None
        self.metres = UNITS[unit][2]
        self.context = self._context()
        self.project = self.root("IfcProject", Name="Project", RepresentationContexts=[self.context])
        self.project.UnitsInContext = self.graph.createIfcUnitAssignment(self._units(unit))
        self.site = self.root("IfcSite", Name="Site", ObjectPlacement=self.placement((0, 0, 0)))
        self.building = self.root("IfcBuilding", Name="House")
        self.storeys = [
            self.root("IfcBuildingStorey", Name=name, Elevation=height / self.metres)
            for name, height in (("Ground floor", 0.0), ("First floor", 3.0))
        ]
        self.aggregate(self.project, self.site)
        self.aggregate(self.site, self.building)
        self.aggregate(self.building, *self.storeys)

    def save(self, path: Path) -> Path:
        self.graph.write(str(path))
        return path

    # -- entities -------------------------------------------------------------------------------------------

    def root(self, kind: str, **attributes: Any) -> Any:
        """Add an entity with a GlobalId of its own, the same in every run."""
        number = len(list(self.graph))
        guid = ifcopenshell.guid.compress(f"{number:032x}")
        return self.graph.create_entity(kind, GlobalId=guid, OwnerHistory=self.history, **attributes)

    def box(
        self,
        kind: str,
        name: str | None,
        *,
        at: Point = (0, 0, 0),
        size: Point = (1, 1, 1),
        **attributes: Any,
    ) -> Any:
        """Add a product that is a box, with a corner at ``at``; ``at`` None leaves it without a shape."""
        return self.root(
            kind,
            Name=name,
            ObjectPlacement=self.placement(at),
            Representation=self.definition([self.solid(size)]),
            **attributes,
        )

    def solid(self, size: Point, corner: Point = (0, 0, 0)) -> Any:
        x, y, z = (part / self.metres for part in size)
        graph = self.graph
        middle = graph.createIfcAxis2Placement2D(graph.createIfcCartesianPoint((x / 2, y / 2)))
        profile = graph.createIfcRectangleProfileDef("AREA", None, middle, x, y)
        up = graph.createIfcDirection((0.0, 0.0, 1.0))
        return graph.createIfcExtrudedAreaSolid(profile, self.axes(corner), up, z)

    def faces(self, corners: Sequence[Point], triangles: Sequence[Sequence[int]]) -> Any:
        """Add a set of triangles; corners in metres, counted from 0."""
        points = [tuple(float(part) / self.metres for part in corner) for corner in corners]
        coordinates = self.graph.createIfcCartesianPointList3D(points)
        numbers = [[corner + 1 for corner in triangle] for triangle in triangles]
        return self.graph.createIfcTriangulatedFaceSet(coordinates, None, None, numbers)

    def definition(self, items: Sequence[Any], *, kind: str = "SweptSolid", use: str = "Body") -> Any:
        shape = self.graph.createIfcShapeRepresentation(self.context, use, kind, items)
        return self.graph.createIfcProductDefinitionShape(None, None, [shape])

    def copies(self, kind: str, item: Any, places: Sequence[Point]) -> list[Any]:
        """Add products that share one shape through a map."""
        graph = self.graph
        shape = graph.createIfcShapeRepresentation(self.context, "Body", "Tessellation", [item])
        source = graph.createIfcRepresentationMap(self.axes((0, 0, 0)), shape)
        origin = graph.createIfcCartesianPoint((0.0, 0.0, 0.0))
        found = []
        for number, place in enumerate(places):
            target = graph.createIfcCartesianTransformationOperator3D(None, None, origin, 1.0, None)
            mapped = graph.createIfcMappedItem(source, target)
            found.append(
                self.root(
                    kind,
                    Name=f"{kind} {number}",
                    ObjectPlacement=self.placement(place),
                    Representation=self.definition([mapped], kind="MappedRepresentation"),
                )
            )
        return found

    def axes(self, at: Point, *, x: Point = (1, 0, 0)) -> Any:
        graph = self.graph
        point = graph.createIfcCartesianPoint(tuple(float(part) / self.metres for part in at))
        up = graph.createIfcDirection((0.0, 0.0, 1.0))
        return graph.createIfcAxis2Placement3D(point, up, graph.createIfcDirection(tuple(map(float, x))))

    def placement(self, at: Point, *, x: Point = (1, 0, 0)) -> Any:
        return self.graph.createIfcLocalPlacement(None, self.axes(at, x=x))

    # -- relations ------------------------------------------------------------------------------------------

    def aggregate(self, whole: Any, *parts: Any) -> None:
        self.root("IfcRelAggregates", RelatingObject=whole, RelatedObjects=parts)

    def contain(self, storey: Any, *things: Any) -> None:
        self.root("IfcRelContainedInSpatialStructure", RelatingStructure=storey, RelatedElements=things)

    def properties(self, thing: Any, name: str, *properties: Any) -> None:
        told = self.root("IfcPropertySet", Name=name, HasProperties=properties)
        self.root("IfcRelDefinesByProperties", RelatedObjects=[thing], RelatingPropertyDefinition=told)

    def single(self, name: str, kind: str, value: Any, unit: Any = None) -> Any:
        return self.graph.createIfcPropertySingleValue(
            name, None, self.graph.create_entity(kind, value), unit
        )

    def colour(self, item: Any, rgb: Point, *, transparency: float = 0.0, name: str = "Paint") -> None:
        self.graph.createIfcStyledItem(item, [self._wrapped(self.style(rgb, transparency, name))], None)

    def style(self, rgb: Point, transparency: float = 0.0, name: str = "Paint") -> Any:
        graph = self.graph
        colour = graph.createIfcColourRgb(None, *map(float, rgb))
        look = graph.create_entity("IfcSurfaceStyleRendering", SurfaceColour=colour, ReflectanceMethod="FLAT")
        look.Transparency = transparency
        return graph.createIfcSurfaceStyle(name, "BOTH", [look])

    def port(self, thing: Any, direction: str | None = None) -> Any:
        port = self.root("IfcDistributionPort", Name="port", FlowDirection=direction)
        if self.graph.schema == "IFC2X3":
            self.root("IfcRelConnectsPortToElement", RelatingPort=port, RelatedElement=thing)
        else:
            self.root("IfcRelNests", RelatingObject=thing, RelatedObjects=[port])
        return port

    def connect(self, one: Any, other: Any) -> None:
        self.root("IfcRelConnectsPorts", RelatingPort=one, RelatedPort=other)

    def group(self, kind: str, name: str, *members: Any) -> Any:
        group = self.root(kind, Name=name)
        self.root("IfcRelAssignsToGroup", RelatedObjects=members, RelatingGroup=group)
        return group

    # -- what every file needs ------------------------------------------------------------------------------

    def _context(self) -> Any:
        graph = self.graph
        zero = graph.createIfcCartesianPoint((0.0, 0.0, 0.0))
        axes = graph.createIfcAxis2Placement3D(zero)
        return graph.createIfcGeometricRepresentationContext(None, "Model", 3, 1e-5, axes, None)

    def _units(self, unit: str) -> list[Any]:
        graph = self.graph
        prefix, name, size = UNITS[unit]
        length = graph.createIfcSIUnit(None, "LENGTHUNIT", prefix, "METRE")
        if name != "METRE":
            measure = graph.createIfcMeasureWithUnit(graph.createIfcLengthMeasure(size), length)
            exponents = graph.createIfcDimensionalExponents(1, 0, 0, 0, 0, 0, 0)
            length = graph.createIfcConversionBasedUnit(exponents, "LENGTHUNIT", name, measure)
        area = graph.createIfcSIUnit(None, "AREAUNIT", None, "SQUARE_METRE")
        pressure = graph.createIfcSIUnit(None, "PRESSUREUNIT", "KILO", "PASCAL")
        angle = graph.createIfcSIUnit(None, "PLANEANGLEUNIT", None, "RADIAN")
        return [length, area, pressure, angle, self._flow()]

    def _flow(self) -> Any:
        graph = self.graph
        volume = graph.createIfcSIUnit(None, "VOLUMEUNIT", None, "CUBIC_METRE")
        time = graph.createIfcSIUnit(None, "TIMEUNIT", None, "SECOND")
        parts = [graph.createIfcDerivedUnitElement(volume, 1), graph.createIfcDerivedUnitElement(time, -1)]
        return graph.createIfcDerivedUnit(parts, "VOLUMETRICFLOWRATEUNIT", None)

    def _wrapped(self, style: Any) -> Any:
        if self.graph.schema == "IFC2X3":
            return self.graph.createIfcPresentationStyleAssignment([style])
        return style

    def _history(self) -> Any:
        graph = self.graph
        person = graph.createIfcPersonAndOrganization(
            graph.createIfcPerson(None, "Nobody"), graph.createIfcOrganization(None, "Nobody")
        )
        program = graph.createIfcApplication(person.TheOrganization, "1", "Forge", "Forge")
        return graph.createIfcOwnerHistory(person, program, None, "ADDED", None, None, None, 0)
