"""How foreign surfaces look: colours from sRGB, and texture files found, decoded and encoded anew."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from walkdown.i18n import mark
from walkdown.package.model import U8, AlphaMode
from walkdown_server.importers.assembly import Assembly
from walkdown_server.importers.beside import find_file
from walkdown_server.importers.gltf_materials import Unfit, reencode
from walkdown_server.importers.report import Note

MAX_TEXTURE_BYTES = 256 << 20
MISSING = mark("the texture {file} is not there; its material is plain")
UNUSABLE = mark("the texture {file} was left out: {reason}")
HARD_EDGED = 0.9
"""An alpha channel is a stencil when so much of it is nearly 0 or nearly 1."""


def linear(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return sRGB values from 0 to 1 as linear ones (IEC 61966-2-1)."""
    v = np.clip(np.nan_to_num(np.asarray(values, np.float64)), 0, 1)
    return np.asarray(np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4))


def linear_color(
    rgb: npt.ArrayLike, alpha: float = 1.0, *, already: bool = False
) -> tuple[float, float, float, float]:
    """Return a base colour of three sRGB values, or of such as are linear already."""
    values = np.clip(np.nan_to_num(np.asarray(rgb, np.float64)), 0, 1) if already else linear(rgb)
    red, green, blue = np.round(values, 6).tolist()
    return (red, green, blue, round(min(max(alpha, 0.0), 1.0), 6))


def linear_colors(rgba: npt.NDArray[Any]) -> U8:
    """Return (n, 4) linear vertex colours of (n, 3 or 4) sRGB ones in uint8."""
    out = np.full((len(rgba), 4), 255, np.uint8)
    table = np.rint(linear(np.arange(256) / 255) * 255).astype(np.uint8)
    out[:, :3] = table[rgba[:, :3]]
    if rgba.shape[1] > 3:
        out[:, 3] = rgba[:, 3]
    return out


@dataclass(frozen=True, slots=True)
class Texture:
    """One image of the model.

    Attributes:
        row: in ``Model.images``. alpha: what its alpha channel means; a file cannot say.
    """

    row: int
    alpha: AlphaMode = "opaque"


@dataclass(slots=True)
class Textures:
    """The texture files of one model, each loaded when it is first used."""

    assembly: Assembly
    _found: dict[tuple[str, str], Texture | None] = field(default_factory=dict)

    def load(self, reference: str, *, alpha: str = "", folder: Path | None = None) -> Texture | None:
        """Return the texture that a file refers to, None (and a note in the report) when it cannot be used.

        Args:
            reference: as it stands in the file. alpha: another image whose grey is its alpha.
            folder: from which references count; that of the file by default.
        """
        key = (reference, alpha)
        if key not in self._found:
            data = self._read(reference, folder)
            mask = self._read(alpha, folder) if alpha and alpha != reference else None
            self._found[key] = None if data is None else self._add(data, reference, mask)
        return self._found[key]

    def add(self, data: bytes, name: str) -> Texture | None:
        """Return the texture of an image that lies within the file."""
        key = (name, "")
        if key not in self._found:
            self._found[key] = self._add(data, name, None)
        return self._found[key]

    def _read(self, reference: str, folder: Path | None) -> bytes | None:
        task = self.assembly.task
        path = find_file(reference, folder or task.path.parent, task.folders)
        if path is None or path.stat().st_size > MAX_TEXTURE_BYTES:
            name = reference.replace("\\", "/").rsplit("/", 1)[-1][:100]
            task.report.note(Note(MISSING, {"file": name}))
            return None
        return path.read_bytes()

    def _add(self, data: bytes, name: str, mask: bytes | None) -> Texture | None:
        images = self.assembly.model.images
        try:
            image = reencode(data)
            if mask is not None:
                image = _with_alpha(image, reencode(mask))
        except Unfit as error:
            file = name.replace("\\", "/").rsplit("/", 1)[-1][:100]
            self.assembly.task.report.note(Note(UNUSABLE, {"file": file, "reason": error.note}))
            return None
        if image not in images:
            images.append(image)
        return Texture(images.index(image), _alpha_of(image))


def _with_alpha(image: bytes, mask: bytes) -> bytes:
    """Return an image with the alpha of a mask, or its grey where it has none."""
    with Image.open(io.BytesIO(image)) as picture, Image.open(io.BytesIO(mask)) as other:
        alpha = other.getchannel("A") if "A" in other.getbands() else other.convert("L")
        whole = picture.convert("RGB")
        whole.putalpha(alpha.resize(picture.size))
    out = io.BytesIO()
    whole.save(out, "PNG")
    return out.getvalue()


def _alpha_of(image: bytes) -> AlphaMode:
    with Image.open(io.BytesIO(image)) as picture:
        if "A" not in picture.getbands():
            return "opaque"
        alpha = np.asarray(picture.getchannel("A"))
    if alpha.min() >= 250:
        return "opaque"
    return "mask" if ((alpha < 32) | (alpha > 223)).mean() >= HARD_EDGED else "blend"
