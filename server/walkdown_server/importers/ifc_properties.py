"""What an IFC file tells about each object, as flat properties: sets, quantities, materials, classes.

A property is named ``Pset_WallCommon.ThermalTransmittance [W/m²K]``: set, name, and the unit of the number in
square brackets. A number stays a number, so that it can be compared; lists become text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from walkdown.package.model import Scalar
from walkdown_server.importers.ifc_units import NO_UNIT, Unit, Units

MAX_PROPERTIES = 1000
MAX_TEXT = 1000
MAX_NAME = 200
MAX_LIST = 50
MAX_DEPTH = 8

QUANTITIES = {
    "IfcQuantityLength": "IfcLengthMeasure",
    "IfcQuantityArea": "IfcAreaMeasure",
    "IfcQuantityVolume": "IfcVolumeMeasure",
    "IfcQuantityWeight": "IfcMassMeasure",
    "IfcQuantityTime": "IfcTimeMeasure",
    "IfcQuantityCount": "IfcCountMeasure",
    "IfcQuantityNumber": "IfcNumericMeasure",
}
UNTOLD = {
    "GlobalId",
    "OwnerHistory",
    "Name",
    "ObjectPlacement",
    "Representation",
    "UnitsInContext",
    "CompositionType",
    "ApplicableOccurrence",
}
"""Attributes that are said elsewhere, or to nobody."""

VALUES = {"IfcPropertySingleValue", "IfcPropertyEnumeratedValue", "IfcPropertyListValue"}
"""Kinds of properties whose attributes are name, description, value or values, and unit or enumeration.

They are by far the most, so their attributes are taken by number: by name, ifcopenshell takes three times
as long.
"""

UNTOLD_OF_TYPES = UNTOLD | {"Tag", "Description", "ElementType"}

BOUNDS = ("LowerBoundValue", "SetPointValue", "UpperBoundValue")

Pairs = Iterable[tuple[str, Scalar]]


class Properties:
    """All that is told about the objects of one file, each set read once however many share it.

    Attributes:
        unreadable: how often something could not be told, because it leads to things of a wrong kind.
    """

    def __init__(self, graph: Any, units: Units) -> None:
        self._units = units
        self._sets: dict[int, list[tuple[str, Scalar]]] = {}
        self._types = _types_of(graph)
        self._definitions = _related(graph, "IfcRelDefinesByProperties", "RelatingPropertyDefinition")
        self._materials = _related(graph, "IfcRelAssociatesMaterial", "RelatingMaterial")
        self._classes = _related(graph, "IfcRelAssociatesClassification", "RelatingClassification")
        self._measures: dict[str, list[tuple[int, str, str]]] = {}
        self.unreadable = 0

    def type_of(self, thing: Any) -> Any | None:
        """Return the object's type, where the file names one."""
        return self._types.get(thing.id())

    def of(self, thing: Any) -> dict[str, Scalar]:
        """Return at most ``MAX_PROPERTIES`` of one object; its own word wins over its type's."""
        kind = self.type_of(thing)
        found = dict(self._sound(self._attributes(thing, skip=UNTOLD)))
        if kind is not None:
            found = dict(self._sound(self._of_type(kind))) | found
        for definition in self._definitions.get(thing.id(), ()):
            for one in _unpacked(definition):
                found.update(self._set(one))
        found.update(self._sound(self._material(thing, kind)))
        found.update(self._sound(self._class(thing, kind)))
        kept = ((name, value) for name, value in found.items() if name and value != "")
        return dict(pair for pair, _n in zip(kept, range(MAX_PROPERTIES), strict=False))

    def _of_type(self, kind: Any) -> Pairs:
        yield "Type", _text(kind.Name)
        yield from self._attributes(kind, skip=UNTOLD_OF_TYPES)
        for one in kind.HasPropertySets or ():
            yield from self._set(one)

    def _sound(self, pairs: Pairs) -> list[tuple[str, Scalar]]:
        """Return what can be told, up to what leads to a thing of a wrong kind."""
        found: list[tuple[str, Scalar]] = []
        try:
            found.extend(pairs)
        except (AttributeError, IndexError, RuntimeError, TypeError):
            self.unreadable += 1
        return found

    # -- attributes ----------------------------------------------------------------------------------------

    def _attributes(self, thing: Any, *, skip: set[str]) -> Pairs:
        """Yield those attributes of an entity that are plain values."""
        kind = thing.is_a()
        if kind not in self._measures:
            self._measures[kind] = _measures_of(thing)
        for number, name, measure in self._measures[kind]:
            value = None if name in skip else thing[number]
            if value is not None and value != "NOTDEFINED":
                yield from self._pair(name, value, self._units.of_measure(measure))

    # -- sets ----------------------------------------------------------------------------------------------

    def _set(self, definition: Any) -> Pairs:
        if definition.id() not in self._sets:
            self._sets[definition.id()] = self._sound(self._read_set(definition))
        return self._sets[definition.id()]

    def _read_set(self, definition: Any) -> Pairs:
        prefix = _text(definition.Name)[:MAX_NAME] or definition.is_a()
        if definition.is_a("IfcPropertySet"):
            for one in definition.HasProperties or ():
                yield from self._property(one, prefix)
        elif definition.is_a("IfcElementQuantity"):
            for one in definition.Quantities or ():
                yield from self._quantity(one, prefix)
        else:  # one of IFC's own, whose attributes are the properties
            for name, value in self._attributes(definition, skip=UNTOLD | {"Description"}):
                yield f"{prefix}.{name}", value

    def _property(self, one: Any, prefix: str, depth: int = 0) -> Pairs:
        name = f"{prefix}.{_text(one[0])[:MAX_NAME]}"
        kind = one.is_a()
        if kind in VALUES:
            unit = one[3]
            if unit is not None and kind == "IfcPropertyEnumeratedValue":
                unit = unit.Unit
            yield from self._value(name, one[2], unit)
        elif kind == "IfcPropertyBoundedValue":
            for bound in BOUNDS:
                value = getattr(one, bound, None)
                yield from self._value(f"{name}.{bound.removesuffix('Value')}", value, one.Unit)
        elif kind == "IfcPropertyTableValue":
            yield from self._table(name, one)
        elif kind == "IfcComplexProperty" and depth < MAX_DEPTH:
            for inner in one.HasProperties or ():
                yield from self._property(inner, name, depth + 1)

    def _table(self, name: str, one: Any) -> Pairs:
        pairs = zip(one.DefiningValues or (), one.DefinedValues or (), strict=False)
        text = "; ".join(
            f"{_text(a.wrappedValue)} → {_text(b.wrappedValue)}" for a, b in list(pairs)[:MAX_LIST]
        )
        yield name, text[:MAX_TEXT]

    def _quantity(self, one: Any, prefix: str, depth: int = 0) -> Pairs:
        name = f"{prefix}.{_text(one.Name)[:MAX_NAME]}"
        if one.is_a("IfcPhysicalComplexQuantity"):
            for inner in (one.HasQuantities or ()) if depth < MAX_DEPTH else ():
                yield from self._quantity(inner, name, depth + 1)
            return
        measure = QUANTITIES.get(one.is_a(), "")
        unit = self._units.explicit(one.Unit) if one.Unit else self._units.of_measure(measure)
        yield from self._pair(name, one[3], unit)

    def _value(self, name: str, value: Any, unit: Any) -> Pairs:
        """Yield a property whose value is wrapped in its type, or is a list of such."""
        if value is None or value == ():
            return
        first = value[0] if isinstance(value, tuple) else value
        measured = self._units.explicit(unit) if unit else self._units.of_measure(first.is_a())
        plain = tuple(v[0] for v in value) if isinstance(value, tuple) else value[0]
        yield from self._pair(name, plain, measured)

    def _pair(self, name: str, value: Any, unit: Unit) -> Iterator[tuple[str, Scalar]]:
        if isinstance(value, tuple) and len(value) == 1:
            value = value[0]
        found = _scalar(value, unit)
        if found is not None:
            named = unit if _numeric(value) else NO_UNIT
            yield named.label(name), found

    # -- what other relations tell -------------------------------------------------------------------------

    def _material(self, thing: Any, kind: Any | None) -> Pairs:
        owners = [thing, *([kind] if kind is not None else [])]
        material = next((m for owner in owners for m in self._materials.get(owner.id(), ())), None)
        if material is None:
            return
        layers = list(_layers(material))
        metres = self._units.of_measure("IfcLengthMeasure")
        words = [
            name if thickness is None else f"{name} {thickness * metres.factor:.4g} {metres.symbol}".strip()
            for name, thickness in layers
        ]
        yield "Material", "; ".join(filter(None, words))[:MAX_TEXT]
        thicknesses = [thickness for _name, thickness in layers if thickness is not None]
        if thicknesses:
            yield from self._pair("Material thickness", sum(thicknesses), metres)

    def _class(self, thing: Any, kind: Any | None) -> Pairs:
        owners = [*([kind] if kind is not None else []), thing]
        for reference in (r for owner in owners for r in self._classes.get(owner.id(), ())):
            code = getattr(reference, "Identification", None) or getattr(reference, "ItemReference", None)
            source = getattr(reference, "ReferencedSource", None)
            system = _text(getattr(source, "Name", None))[:MAX_NAME]
            words = [_text(word) for word in (code, reference.Name) if word]
            yield f"Classification.{system}" if system else "Classification", ": ".join(words)[:MAX_TEXT]


def _types_of(graph: Any) -> dict[int, Any]:
    return {
        thing.id(): relation.RelatingType
        for relation in graph.by_type("IfcRelDefinesByType")
        for thing in relation.RelatedObjects or ()
        if relation.RelatingType is not None
    }


def _related(graph: Any, relation_kind: str, attribute: str) -> dict[int, list[Any]]:
    """Return what a relation says of each object, by the object's number."""
    found: dict[int, list[Any]] = {}
    for relation in graph.by_type(relation_kind):
        told = getattr(relation, attribute)
        for thing in (relation.RelatedObjects or ()) if told is not None else ():
            found.setdefault(thing.id(), []).append(told)
    return found


def _unpacked(definition: Any) -> tuple[Any, ...]:
    """Return the sets of a definition; IFC4 may wrap several into one value."""
    return tuple(definition.wrappedValue) if definition.is_a("IfcPropertySetDefinitionSet") else (definition,)


def _measures_of(thing: Any) -> list[tuple[int, str, str]]:
    """Return number, name and measure of those attributes of an entity that are plain values."""
    found = []
    for number in range(len(thing)):
        kind = thing.attribute_type(number)
        if kind in ("ENTITY INSTANCE", "AGGREGATE OF ENTITY INSTANCE", "DERIVED"):
            continue
        declared = thing.declaration.as_entity().attribute_by_index(number).type_of_attribute()
        named = declared.as_named_type()
        measure = named.declared_type().name() if named else ""
        found.append((number, thing.attribute_name(number), measure))
    return found


def _layers(material: Any) -> Iterator[tuple[str, float | None]]:
    """Yield the name and thickness, in file units, of each part of a material."""
    if material.is_a("IfcMaterialLayerSetUsage"):
        material = material.ForLayerSet
    if material.is_a("IfcMaterialProfileSetUsage"):
        material = material.ForProfileSet
    if material.is_a("IfcMaterialLayerSet"):
        for layer in material.MaterialLayers or ():
            yield _text(layer.Material.Name if layer.Material else ""), layer.LayerThickness
        return
    parts = (
        getattr(material, "Materials", None)
        or getattr(material, "MaterialConstituents", None)
        or getattr(material, "MaterialProfiles", None)
        or (material,)
    )
    for part in parts:
        inner = getattr(part, "Material", None)
        yield _text(inner.Name if inner is not None else getattr(part, "Name", None)), None


def _numeric(value: Any) -> bool:
    values = value if isinstance(value, tuple) else (value,)
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _scalar(value: Any, unit: Unit) -> Scalar | None:
    """Return a value as it is stored: converted, cut, or None where there is nothing to tell."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value if unit.factor == 1 else _rounded(value * unit.factor)
    if isinstance(value, float):
        return _rounded(value * unit.factor)
    if isinstance(value, tuple):
        parts = [_scalar(part, unit) for part in value[:MAX_LIST]]
        return ", ".join(str(part) for part in parts if part is not None)[:MAX_TEXT] or None
    return _text(value)[:MAX_TEXT] or None


def _rounded(value: float) -> float | None:
    """Return a number without the digits that the change of unit made up; nothing for what is none."""
    return float(f"{value:.12g}") if math.isfinite(value) else None


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
