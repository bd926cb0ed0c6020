"""Ten million triangles from the manifest on disk to geometry that is ready to attach, against other loaders.

Ours is the client's own way: manifest, tables and tiles out of the disk cache, the SHA-256 of every file
checked, element ids mapped, bounds set, vertex tables filled. The others load the same triangles as one
GLB without ids, and check nothing. Every run has a process of its own; the time does not hold its imports,
and the files lie in the memory of the operating system, for everybody alike.
"""

from __future__ import annotations

import hashlib
import json
import re
import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from panda3d.core import Filename, GeomNode, NodePath

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._harness import Goal, machine, read_options, report
from benchmarks._machinery import make_machinery, whole_mesh
from walkdown.messages import Blob, PackageRef
from walkdown.package import MANIFEST_PATH, Model, parse_manifest, write_package
from walkdown_client.address import parse_address
from walkdown_client.blob_cache import BlobCache
from walkdown_client.packages import LoadFailed, PackageComplete, PackageLoader, PackageOpened, TileLoaded
from walkdown_client.scene.model_scene import ModelScene, PreparedTile
from walkdown_client.tuning import tune_process

MANY, FEW = 10_000_000, 1_000_000
RUNS = 5
AHEAD = 4
"""Tiles that are being cut while the main thread fills tables."""

CACHE_BYTES = 16 << 30

Measured = dict[str, float]


# ---- what is loaded -----------------------------------------------------------------------------------


def write_inputs(folder: Path, triangles: int) -> None:
    """Write a package as the client's cache holds it, and the same triangles as one GLB."""
    model = make_machinery(triangles)
    files = write_package(model)
    cache = BlobCache(folder / "blobs", size_max_bytes=CACHE_BYTES)
    for data in files.values():
        cache.put(hashlib.sha256(data).hexdigest(), data)
    (folder / MANIFEST_PATH).write_bytes(files[MANIFEST_PATH])
    (folder / "whole.glb").write_bytes(_as_glb(model))


def _as_glb(model: Model) -> bytes:
    """Return positions, normals and triangles of a model as one mesh, with neither ids nor materials."""
    positions, normals, triangles = whole_mesh(model)
    kinds = [
        (positions, 5126, "VEC3", 34962),
        (normals, 5126, "VEC3", 34962),
        (triangles, 5125, "SCALAR", 34963),
    ]
    views, accessors, offset = [], [], 0
    for number, (array, component, kind, target) in enumerate(kinds):
        views.append({"buffer": 0, "byteOffset": offset, "byteLength": array.nbytes, "target": target})
        count = array.size if kind == "SCALAR" else len(array)
        accessors.append({"bufferView": number, "componentType": component, "count": count, "type": kind})
        offset += array.nbytes
    accessors[0] |= {"min": positions.min(0).tolist(), "max": positions.max(0).tolist()}
    primitive = {"attributes": {"POSITION": 0, "NORMAL": 1}, "indices": 2}
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [primitive]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": offset}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + offset
    head = struct.pack("<4sIIII", b"glTF", 2, total, len(text), 0x4E4F534A) + text
    return b"".join([head, struct.pack("<II", offset, 0x004E4942), *(array.tobytes() for array, *_ in kinds)])


# ---- who loads it, each in a process of its own -------------------------------------------------------


def load_ours(folder: Path) -> Measured:
    """Do what the client does: two threads read, one cuts, the main thread fills the engine's tables."""
    before, start = _peak_bytes(), time.perf_counter()
    manifest = (folder / MANIFEST_PATH).read_bytes()
    about = parse_manifest(manifest)
    blob = Blob(hashlib.sha256(manifest).hexdigest(), len(manifest))
    ref = PackageRef(about.id, "machinery", manifest=blob, base=0, count=about.element_count, joint_count=0)
    cache = BlobCache(folder / "blobs", size_max_bytes=CACHE_BYTES)
    address = parse_address("ws://127.0.0.1:1/nobody")  # everything is in the cache; nobody is asked
    loader = PackageLoader(address, [ref], cache=cache)
    nodes = _build_all(loader)
    secs, growth = time.perf_counter() - start, _peak_bytes() - before
    loader.close()
    return {
        "secs": secs,
        "peak_ratio": growth / about.size_bytes,
        "package_mb": about.size_bytes / 1e6,
        "tiles": loader.progress.tiles_total,
        "chunks": len(nodes),
        "elements": about.element_count,
        "triangles": sum(node.get_geom(0).get_primitive(0).get_num_primitives() for node in nodes),
    }


def _build_all(loader: PackageLoader) -> list[GeomNode]:
    """Take what is loaded, as :class:`ModelsLoading` does from frame to frame, but attach nothing."""
    scene, number, whole = ModelScene(NodePath("scene"), None), 0, False
    nodes: list[GeomNode] = []
    cutting: deque[Future[PreparedTile]] = deque()
    with ThreadPoolExecutor(1) as cutter:
        while cutting or not whole:
            for loaded in loader.poll(max(AHEAD - len(cutting), 0)):
                if isinstance(loaded, PackageOpened):
                    number = scene.add_package(0, loaded.elements, loaded.joints)
                elif isinstance(loaded, TileLoaded):
                    cutting.append(cutter.submit(scene.prepare_tile, number, loaded.tile))
                elif isinstance(loaded, LoadFailed):
                    raise SystemExit(loaded.text)
                whole = whole or isinstance(loaded, PackageComplete)
            if cutting:
                nodes += [chunk.surface for chunk in scene.build(cutting.popleft().result())]
            else:
                time.sleep(0.0005)
    return nodes


def load_with_trimesh(folder: Path) -> Measured:
    """Read the plain GLB with trimesh, which leaves the vertices as they are."""
    import trimesh

    start = time.perf_counter()
    scene = trimesh.load_scene(folder / "whole.glb", process=False)
    secs = time.perf_counter() - start
    return {"secs": secs, "triangles": sum(len(mesh.faces) for mesh in scene.geometry.values())}


def load_with_panda3d_gltf(folder: Path) -> Measured:
    """Read the plain GLB with panda3d-gltf, the engine's usual loader."""
    import gltf  # type: ignore[import-untyped]

    start = time.perf_counter()
    root = NodePath(gltf.load_model(Filename.from_os_specific(str(folder / "whole.glb"))))
    secs = time.perf_counter() - start
    found = 0
    for path in root.find_all_matches("**/+GeomNode"):
        node = path.node()
        assert isinstance(node, GeomNode)
        found += sum(geom.get_primitive(0).get_num_primitives() for geom in node.get_geoms())
    return {"secs": secs, "triangles": found}


def _peak_bytes() -> int:
    """Return the most memory that this process has held so far, without what it was started from."""
    status = Path("/proc/self/status")
    if status.is_file():
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(encoding="ascii"), re.MULTILINE)
        if found is not None:
            return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


LOADERS: dict[str, Callable[[Path], Measured]] = {
    "ours": load_ours,
    "trimesh": load_with_trimesh,
    "panda3d_gltf": load_with_panda3d_gltf,
}


def measure(loader: str, folder: Path, *, runs: int) -> Measured:
    """Return the median of some runs, by time."""
    command = [sys.executable, __file__, "--only", loader, str(folder)]
    found: list[Measured] = []
    for _run in range(runs):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{loader} failed: {done.stderr.strip()[-2000:]}")
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return sorted(found, key=lambda one: one["secs"])[len(found) // 2]


# ---- the report ---------------------------------------------------------------------------------------


def main() -> int:
    """Write the inputs, let everybody load them, and report."""
    if sys.argv[1:2] == ["--only"]:
        tune_process()
        print(json.dumps(LOADERS[sys.argv[2]](Path(sys.argv[3]))))
        return 0
    options = read_options(__doc__ or "")
    with tempfile.TemporaryDirectory(prefix="walkdown-loading-") as temporary:
        many, few = Path(temporary) / "many", Path(temporary) / "few"
        write_inputs(few, FEW)
        write_inputs(many, MANY)
        ours = measure("ours", many, runs=3 if options.quick else RUNS)
        small = measure("ours", few, runs=RUNS)
        trimesh = measure("trimesh", many, runs=1 if options.quick else 3)
        slow_few = measure("panda3d_gltf", few, runs=1)
        slow_many = None if options.quick else measure("panda3d_gltf", many, runs=1)
    at_one_million = slow_few["secs"] / small["secs"]
    ratio = None if slow_many is None else slow_many["secs"] / ours["secs"]
    why_not = f"panda3d-gltf takes most of a minute for it; at 1 M it is {at_one_million:.0f} times"
    figures = {
        **{name: int(ours[name]) for name in ("triangles", "elements", "tiles", "chunks")},
        "package_mb": ours["package_mb"],
        "trimesh_10m_s": trimesh["secs"],
        "panda3d_gltf_1m_s": slow_few["secs"],
        "vs_panda3d_gltf_1m": at_one_million,
    }
    if slow_many is not None:
        figures["panda3d_gltf_10m_s"] = slow_many["secs"]
    goals = [
        Goal(name="load_10m_s", value=ours["secs"], goal=1.0, unit="s"),
        Goal(name="load_1m_s", value=small["secs"], goal=0.1, unit="s"),
        Goal(name="vs_panda3d_gltf", value=ratio, goal=50.0, unit="times", at_least=True, reason=why_not),
        Goal(name="vs_trimesh", value=trimesh["secs"] / ours["secs"], goal=2.0, unit="times", at_least=True),
        Goal(name="peak_ratio", value=ours["peak_ratio"], goal=2.2, unit="times"),
    ]
    where = machine(numpy=np.__version__)
    return report("loading", options=options, figures=figures, goals=goals, where=where)


if __name__ == "__main__":
    sys.exit(main())
