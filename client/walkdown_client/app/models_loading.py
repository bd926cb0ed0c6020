"""Brings the models of a session into the scene: loads, prepares in a thread, attaches one tile a frame."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy.typing as npt

from walkdown_client.address import Address
from walkdown_client.app.models import Models
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


class ModelsLoading:
    """Loads what the world says the session shows.

    Args:
        say_failed: is told one sentence when something cannot be loaded.
    """

    def __init__(
        self,
        address: Address,
        scene: SceneView,
        models: Models,
        *,
        cache: BlobCache | None,
        say_failed: Callable[[str], None],
    ) -> None:
        self._address, self._scene, self._models = address, scene, models
        self._cache, self._say_failed = cache, say_failed
        self._loader: PackageLoader | None = None
        self._workers = ThreadPoolExecutor(1, thread_name_prefix="walkdown-tiles")
        self._ready: deque[Future[PreparedTile] | PackageComplete] = deque()
        self._revision = 0
        self._began_secs = 0.0
        self._left = 0

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for is in the scene."""
        return self._loader is not None and not self._loader.running and not self._left and not self._ready

    def step(self, world: World, eye: npt.ArrayLike, *, tiles_at_most: int = 1) -> None:
        """Take what was loaded since the last frame."""
        if world.packages_revision != self._revision:
            self._revision = world.packages_revision
            self._start(world)
        if self._loader is None:
            return
        self._loader.look_from(eye)
        for loaded in self._loader.poll(8):
            self._take(loaded, world)
        self._attach(tiles_at_most)

    def progress(self) -> Loading | None:
        """Return how far the models are, None when there is nothing to wait for."""
        if self._loader is None or self.complete:
            return None
        now = self._loader.progress
        elapsed = time.monotonic() - self._began_secs
        remaining = elapsed * (1 - now.fraction) / now.fraction if now.fraction > 0.05 else float("nan")
        return Loading(
            now.bytes_done, now.bytes_total, round(now.elements * now.fraction), now.elements, remaining
        )

    def cancel(self) -> None:
        """Stop loading; what has arrived stays."""
        if self._loader is not None:
            self._loader.close()

    def close(self) -> None:
        """End the threads."""
        self.cancel()
        self._workers.shutdown(cancel_futures=True)

    def _start(self, world: World) -> None:
        known = {package.ref for package in self._models.packages}
        wanted = [ref for ref in world.packages if ref not in known]
        if wanted:
            self.cancel()
            self._began_secs = time.monotonic()
            self._loader = PackageLoader(self._address, wanted, cache=self._cache)

    def _take(self, loaded: Loaded, world: World) -> None:
        if isinstance(loaded, PackageOpened):
            number = self._scene.add_package(
                loaded.ref.base, loaded.elements, loaded.joints, model_id=loaded.manifest.id
            )
            self._models.open(loaded, number, world.twin)
            world.set_joints(loaded.ref, loaded.joints)
        elif isinstance(loaded, TileLoaded):
            package = self._models.package_of(loaded.ref)
            if package is not None:
                self._left += 1
                self._ready.append(self._workers.submit(self._scene.prepare_tile, package.scene, loaded.tile))
        elif isinstance(loaded, PackageComplete):
            self._ready.append(loaded)
        elif isinstance(loaded, LoadFailed):
            self._say_failed(loaded.text)

    def _attach(self, at_most: int) -> None:
        for _count in range(at_most):
            if not self._ready:
                return
            first = self._ready[0]
            if isinstance(first, PackageComplete):
                self._ready.popleft()
                package = self._models.package_of(first.ref)
                if package is not None:
                    self._scene.finish_package(package.scene)
                continue
            if not first.done():
                return
            self._ready.popleft()
            self._left -= 1
            self._scene.attach(first.result())
