"""Runs the bake of a package in a thread and remembers the result on disk by the model's hash."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from walkdown_client.scene.bake import Occupancy, bake_irradiance, bake_occlusion
from walkdown_client.scene.hall import Hall
from walkdown_client.scene.light import Volume

_log = logging.getLogger(__name__)

_METHOD = "2"
"""Part of the cache key: change it when a bake would come out different."""

_KEPT = 8
"""Bakes on disk; 13 MB each for a hall."""


@dataclass(frozen=True)
class Bake:
    """What was baked; ``irradiance`` only for a hall."""

    occlusion: Volume
    irradiance: Volume | None


class BakeCache:
    """Bakes on disk, one file each; a file that cannot be read counts as missing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, model_id: str) -> Bake | None:
        """Return the bake of a model, or None."""
        path = self._path(model_id)
        if path is None or not path.is_file():
            return None
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = dict(stored)
            inside = _unpack(arrays, "irradiance") if "irradiance_values" in arrays else None
            return Bake(_unpack(arrays, "occlusion"), inside)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as cause:
            _log.warning("the baked light in %s cannot be read and is made again: %s", path, cause)
            return None

    def put(self, model_id: str, bake: Bake) -> None:
        """Keep a bake; a full disk only costs the next start some seconds."""
        path = self._path(model_id)
        if path is None:
            return
        arrays = _pack("occlusion", bake.occlusion)
        if bake.irradiance is not None:
            arrays |= _pack("irradiance", bake.irradiance)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".part.npz")
            np.savez(fresh, **arrays)  # type: ignore[arg-type]
            fresh.replace(path)
            self._forget_old(path.parent)
        except OSError as cause:
            _log.warning("the baked light could not be kept in %s: %s", path, cause)

    def _forget_old(self, folder: Path) -> None:
        newest_first = sorted(folder.glob("*.npz"), key=lambda kept: kept.stat().st_mtime, reverse=True)
        for old in newest_first[_KEPT:]:
            old.unlink(missing_ok=True)

    def _path(self, model_id: str) -> Path | None:
        if self._folder is None or not model_id:
            return None
        name = hashlib.sha256(f"{_METHOD} {model_id}".encode()).hexdigest()[:32]
        return self._folder / f"{name}.npz"


class Baker:
    """One bake in the background; ask :meth:`poll` once a frame."""

    def __init__(self, work: Callable[[], Bake]) -> None:
        self._result: Bake | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), name="bake", daemon=True)
        self._thread.start()

    def poll(self) -> Bake | None:
        """Return the result once it is there."""
        return self._result

    def wait(self) -> Bake | None:
        """Wait for the result."""
        self._thread.join()
        return self._result

    @property
    def pending(self) -> bool:
        """Whether a result is still to be expected or to be taken."""
        return self._thread.is_alive() or self._result is not None

    def _run(self, work: Callable[[], Bake]) -> None:
        try:
            self._result = work()
        except (ValueError, MemoryError):
            _log.exception("the light could not be baked; the scene goes on without")


def bake_model(grid: Occupancy, hall: Hall | None, to_sun: tuple[float, float, float]) -> Bake:
    """Bake everything that a model needs; seconds."""
    inside = bake_irradiance(grid, hall, to_sun) if hall is not None else None
    return Bake(bake_occlusion(grid), inside)


def _pack(name: str, volume: Volume) -> dict[str, object]:
    box = np.concatenate([volume.lo, volume.size, [volume.cell]]).astype(np.float32)
    return {f"{name}_values": volume.values, f"{name}_box": box}


def _unpack(arrays: dict[str, npt.NDArray[np.generic]], name: str) -> Volume:
    values = np.asarray(arrays[f"{name}_values"], np.uint8)
    box = np.asarray(arrays[f"{name}_box"], np.float32)
    if values.ndim != 4 or box.shape != (7,):
        raise ValueError(f"expected a grid of four dimensions and a box of 7 numbers for {name}")
    return Volume(values, box[:3], box[3:6], float(box[6]))
