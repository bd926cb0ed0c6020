"""What was measured by other means of the files in ../shared/data: their README's numbers, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from walkdown.package import Scalar

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

Box = tuple[tuple[float, float, float], tuple[float, float, float]]


@dataclass(frozen=True)
class RealFile:
    """One file and what its package must hold.

    Attributes:
        path: below ``DATA``.
        kinds: how many elements of each kind.
        drawn: elements with geometry of their own, or None where nothing says it.
        triangles: fewest and most; a range where the kernel or the version of a library decides.
        box: corners in the file's reference system, metres, Z up, or None.
        box_slack: metres.
        names: of elements that must be there.
        properties: by key of an element, some of what it must have.
        connections: edges that its ports make.
    """

    path: str
    triangles: tuple[int, int]
    kinds: Mapping[str, int] = field(default_factory=dict)
    drawn: int | None = None
    box: Box | None = None
    box_slack: float = 1e-3
    epsg: int | None = None
    names: tuple[str, ...] = ()
    properties: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    connections: int | None = None


FILES = (
    RealFile(
        "glb/CesiumMilkTruck.glb",
        triangles=(3624, 3624),
        box=((-2.431, -1.396, 0.001), (2.438, 1.396, 2.584)),
        names=("Cesium_Milk_Truck", "Wheels"),
    ),
    RealFile(
        "glb/nested.glb",
        triangles=(36, 36),
        drawn=3,
        box=((-1.167, -0.269, -2.337), (0.269, 0.269, 1.0)),
        names=("block01", "block02", "block03"),
    ),
    RealFile(
        "warehouse/small_warehouse.glb",
        triangles=(15003, 15003),
        kinds={"part": 54, "group": 26},
        drawn=54,
        box=((-6.99, -10.453, -0.09), (7.01, 10.468, 10.124)),
        names=("aws_robomaker_warehouse_RoofB_01_001",),
    ),
    RealFile(
        "warehouse/worlds/small_warehouse.world",
        triangles=(15003, 15003),
        drawn=26,
        box=((-6.99, -10.453, -0.09), (7.01, 10.468, 10.124)),
        names=("aws_robomaker_warehouse_RoofB_01_001", "aws_robomaker_warehouse_ShelfF_01_001"),
    ),
    RealFile(
        "ifc/Duplex_A.ifc",
        triangles=(20_000, 26_348),
        drawn=215,
        kinds={
            "IfcFurnishingElement": 61,
            "IfcWallStandardCase": 56,
            "IfcWindow": 24,
            "IfcSlab": 21,
            "IfcSpace": 21,
            "IfcDoor": 14,
            "IfcCovering": 13,
            "IfcBeam": 8,
            "IfcFooting": 7,
            "IfcMember": 4,
            "IfcRailing": 4,
            "IfcBuildingStorey": 4,
            "IfcStair": 2,
            "IfcStairFlight": 2,
            "IfcRoof": 1,
            "IfcWall": 1,
            "IfcBuilding": 1,
            "IfcSite": 1,
        },
        box=((-0.241, -22.183, -1.55), (9.041, 4.383, 6.635)),
        names=("Level 1", "Level 2", "T/FDN", "Roof"),
        properties={
            "ifc:2OrWItJ6zAwBNp0OUxK_l8": {"PSet_Revit_Analytical Model.Rigid Links": 0},
        },
    ),
    RealFile(
        "ifc/Duplex_Electrical.ifc",
        triangles=(20_000, 30_014),
        drawn=103,
        kinds={
            "IfcFlowTerminal": 82,
            "IfcFlowController": 8,
            "IfcBuildingElementProxy": 4,
            "IfcFlowMovingDevice": 4,
            "IfcDistributionControlElement": 3,
            "IfcBuildingStorey": 3,
            "IfcEnergyConversionDevice": 2,
            "IfcBuilding": 1,
            "IfcSite": 1,
            "IfcSpace": 1,
        },
        box=((-0.044, -17.529, 0.0), (8.437, -0.271, 6.757)),
        names=("Level 1", "Level 2", "Roof"),
    ),
    RealFile(
        "ifc/Architectural.ifc",
        triangles=(1500, 2072),
        drawn=75,
        kinds={
            "IfcMember": 25,
            "IfcCovering": 20,
            "IfcWallStandardCase": 14,
            "IfcPlate": 12,
            "IfcSpace": 2,
            "IfcBuildingElementProxy": 1,
            "IfcCurtainWall": 1,
            "IfcDoor": 1,
            "IfcSlab": 1,
            "IfcWindow": 1,
            "IfcBuilding": 1,
            "IfcBuildingStorey": 1,
        },
        box=((3.96, -20.19, 5.75), (15.898, -5.46, 9.5)),
        names=("3.Nadzemní podlaží",),
        properties={"ifc:0KkZ20so9BsO1d1hFcfLOl": {"Allplan Attributes.Object_name": "Schornstein"}},
    ),
    RealFile(
        "ifc/MEP.ifc",
        triangles=(5000, 6864),
        drawn=8,
        kinds={
            "IfcFlowSegment": 5,
            "IfcFlowFitting": 3,
            "IfcBuilding": 1,
            "IfcBuildingStorey": 1,
            "IfcSite": 1,
        },
        box=((10.696, -15.487, 7.9), (13.869, -7.897, 8.2)),
        names=("Bend", "Duct"),
        connections=6,
    ),
    RealFile(
        "city/3-20-DELFSHAVEN.city.json",
        # 281 of them have no area; earcut 1 fills one roof with a triangle less than earcut 2 does
        triangles=(37_797, 37_798),
        kinds={"Building": 853},
        drawn=853,
        box=((90409.32, 435440.44, 0.0), (91453.879, 436089.946, 41.158)),
        epsg=28992,
        properties={
            "gml:{10A31B7E-8FC2-45EE-836A-1DB9FEF06E04}": {
                "TerrainHeight": 1.37,
                "bron_tex": "UltraCAM-X 10cm juni 2008",
                "voll_tex": "complete",
                "bron_geo": "Lidar 15-30 punten - nov. 2008",
                "status": "1",
            }
        },
    ),
    RealFile(
        "city/rotterdam_subset.json",
        triangles=(622, 622),
        kinds={"Building": 16},
        drawn=16,
        box=((90454.189, 435614.88, 0.0), (91002.419, 436048.217, 18.29)),
        properties={"gml:{C9D4A5CF-094A-47DA-97E4-4A3BFD75D3AE}": {"TerrainHeight": 3.03, "status": "1"}},
    ),
    RealFile(
        "city/DH_01_subs.city.json",
        triangles=(148, 148),
        kinds={"BuildingPart": 8, "Building": 4},
        drawn=9,
        box=((78612.169, 457782.107, 3.451), (78695.679, 458154.974, 14.739)),
        properties={
            "gml:GUID_8CE54418-E2F7-49A7-9A8D-C3D172BA62C4_1": {
                "roofType": "1000",
                "RelativeEavesHeight": 9.419,
                "AbsoluteRidgeHeight": 12.871,
            }
        },
    ),
    RealFile(
        "city/lod2_buildings_as_CityJSON_features.jsonl",
        triangles=(1600, 1600),
        kinds={"Building": 100},
        drawn=100,
    ),
)
