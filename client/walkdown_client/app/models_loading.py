"""Brings the models of a session into the scene and takes them out: loads, prepares, attaches tile by tile.

Each list of models starts a loader for what is new in it; loaders that run are left alone. A model that is
moved keeps its tables: its tiles are read again from the disk cache and take the place of what they showed.
A model that has a new revision stays until the first tile of the new one is there.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy.typing as npt

from walkdown.messages import PackageRef
from walkdown_client.address import Address
from walkdown_client.app.models import Models, OpenPackage, key_of
from walkdown_client.blob_cache import BlobCache
from walkdown_client.packages import (
    Loaded,
    LoadFailed,
    PackageComplete,
    PackageLoader,
    PackageOpened,
    TileLoaded,
)
from walkdown_client.scene.model_scene import PreparedTile
from walkdown_client.scene.view import SceneView
from walkdown_client.ui.facts import Loading
from walkdown_client.world import World

Key = tuple[str, str, int]

READY_MOST = 32
"""Tiles that are being cut, or are cut and wait to be attached."""


class ModelsLoading:
    """Loads what the world says the session shows.

    Args:
        say_failed: is told one sentence when something cannot be loaded. on_loaded: is told all that comes.
    """

    def __init__(
        self,
        address: Address,
        scene: SceneView,
        models: Models,
        *,
        cache: BlobCache | None,
        say_failed: Callable[[str], None],
        on_loaded: Callable[[Loaded], None],
    ) -> None:
        self._address, self._scene, self._models = address, scene, models
        self._cache, self._say_failed, self._on_loaded = cache, say_failed, on_loaded
        self._loaders: list[PackageLoader] = []
        self._again: list[PackageLoader] = []
        self._workers = ThreadPoolExecutor(1, thread_name_prefix="walkdown-tiles")
        self._ready: deque[Future[PreparedTile] | PackageComplete] = deque()
        self._wanted: dict[Key, PackageRef] = {}
        self._revision = 0
        self._began_secs = 0.0

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for is in the scene."""
        running = any(loader.running for loader in (*self._loaders, *self._again))
        return self._revision > 0 and not running and not self._ready

    def step(self, world: World, eye: npt.ArrayLike, *, budget_secs: float = 0.0) -> None:
        """Take what was loaded since the last frame.

        Args:
            eye: (3,) site frame, metres: what is near to it comes first.
            budget_secs: how long tiles may be attached; one always is.
        """
        if world.packages_revision != self._revision:
            self._revision = world.packages_revision
            self._follow(world.packages)
        self._models.bind(world.twin)
        for loader in (*self._loaders, *self._again):
            loader.look_from(eye)
            for loaded in loader.poll(max(READY_MOST - len(self._ready), 0)):
                self._take(loaded, world)
                self._on_loaded(loaded)
        for loader in [loader for loader in self._again if not loader.running]:
            self._again.remove(loader)
            loader.close()
        self._attach(time.monotonic() + budget_secs)

    def progress(self) -> Loading | None:
        """Return how far the models are, None when there is nothing to wait for."""
        running = [loader.progress for loader in self._loaders if loader.running]
        if not running:
            return None
        done, total = sum(p.bytes_done for p in running), sum(p.bytes_total for p in running)
        elements = sum(p.elements for p in running)
        fraction = min(done / total, 1.0) if total else 0.0
        elapsed = time.monotonic() - self._began_secs
        remaining = elapsed * (1 - fraction) / fraction if fraction > 0.05 else float("nan")
        return Loading(done, total, round(elements * fraction), elements, remaining)

    def cancel(self) -> None:
        """Stop loading; what has arrived stays."""
        for loader in (*self._loaders, *self._again):
            loader.close()

    def close(self) -> None:
        """End the threads."""
        self.cancel()
        self._workers.shutdown(cancel_futures=True)

    # ---- what comes, moves and goes -----------------------------------------------------------------

    def _follow(self, packages: Sequence[PackageRef]) -> None:
        known, self._wanted = self._wanted, {key_of(ref): ref for ref in packages}
        renewed = {ref.model for key, ref in self._wanted.items() if key not in known and ref.model}
        for key in known.keys() - self._wanted.keys():
            package = self._models.package_of(known[key])
            if package is not None and package.ref.model not in renewed:
                self._remove(package)
        moved = [ref for key, ref in self._wanted.items() if key in known and self._is_moved(known[key], ref)]
        self._load([ref for key, ref in self._wanted.items() if key not in known])
        if moved:
            self._again.append(PackageLoader(self._address, moved, cache=self._cache))
        self._stop_unwanted()

    def _is_moved(self, before: PackageRef, ref: PackageRef) -> bool:
        """Let a package stand where it is now, and tell whether its tiles have to be cut again."""
        package = self._models.package_of(ref)
        if package is None or before.placement == ref.placement:
            return False
        self._scene.place_package(package.scene, ref.placement)
        self._models.place(package, ref)
        return True

    def _load(self, refs: list[PackageRef]) -> None:
        if refs:
            if all(not loader.running for loader in self._loaders):
                self._began_secs = time.monotonic()
            self._loaders.append(PackageLoader(self._address, refs, cache=self._cache))

    def _stop_unwanted(self) -> None:
        """End loaders all of whose packages are gone, without making the frame wait for their threads."""
        for loader in tuple(self._loaders):
            if not any(key_of(ref) in self._wanted for ref in loader.packages):
                self._loaders.remove(loader)
                threading.Thread(target=loader.close, name="walkdown-loader-end", daemon=True).start()

    def _remove(self, package: OpenPackage) -> None:
        self._scene.remove_package(package.scene)
        self._models.close(package)

    def _remove_older(self, ref: PackageRef) -> None:
        """Take out older revisions of a model."""
        older = [p for p in self._models.packages if p.ref.model and p.ref.model == ref.model]
        for package in older:
            if key_of(package.ref) not in self._wanted:
                self._remove(package)

    # ---- what was loaded ----------------------------------------------------------------------------

    def _take(self, loaded: Loaded, world: World) -> None:
        ref = self._wanted.get(key_of(loaded.ref))
        if ref is None:
            return
        package = self._models.package_of(ref)
        if isinstance(loaded, LoadFailed):
            self._say_failed(loaded.text)
        elif isinstance(loaded, PackageOpened):
            if package is None:
                self._open(replace(loaded, ref=ref), world)
        elif isinstance(loaded, PackageComplete):
            self._ready.append(loaded)
        elif package is not None:
            self._prepare(package, loaded)

    def _open(self, opened: PackageOpened, world: World) -> None:
        number = self._scene.add_package(
            opened.ref.base,
            opened.elements,
            opened.joints,
            model_id=opened.manifest.id,
            placement=opened.ref.placement,
        )
        self._models.open(opened, number, world.twin)
        if opened.ref.joint_count:
            world.set_joints(opened.ref, opened.joints)

    def _prepare(self, package: OpenPackage, loaded: TileLoaded) -> None:
        name = loaded.tile_ref.path
        self._ready.append(
            self._workers.submit(self._scene.prepare_tile, package.scene, loaded.tile, name=name)
        )

    def _attach(self, until_secs: float) -> None:
        """Attach one tile that is ready, and more while there is time."""
        attached = 0
        while self._ready and (not attached or time.monotonic() < until_secs):
            first = self._ready[0]
            if isinstance(first, PackageComplete):
                self._ready.popleft()
                self._finish(first.ref)
                continue
            if not first.done():
                return
            self._ready.popleft()
            attached += 1
            prepared = first.result()
            shown = next((p for p in self._models.packages if p.scene == prepared.package), None)
            if shown is not None:
                self._remove_older(shown.ref)
                self._scene.attach(prepared)

    def _finish(self, ref: PackageRef) -> None:
        package = self._models.package_of(ref)
        if package is not None and key_of(ref) in self._wanted:
            self._remove_older(ref)
            self._scene.finish_package(package.scene)
