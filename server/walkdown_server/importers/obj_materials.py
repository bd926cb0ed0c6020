"""Material libraries of OBJ files (.mtl): colours, gloss, transparency and textures."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from walkdown.i18n import mark
from walkdown.package.model import Material
from walkdown_server.importers.assembly import Assembly
from walkdown_server.importers.beside import find_file
from walkdown_server.importers.looks import Texture, Textures, linear_color
from walkdown_server.importers.obj_file import as_utf8
from walkdown_server.importers.report import Note

MAX_LIBRARY_BYTES = 64 << 20
NO_LIBRARY = mark("the material file {file} is not there; its materials are plain")
NO_MATERIAL = mark("the material {name} is used, but no material file has it")

OPTIONS = {
    "-blendu": 1,
    "-blendv": 1,
    "-cc": 1,
    "-clamp": 1,
    "-texres": 1,
    "-bm": 1,
    "-boost": 1,
    "-imfchan": 1,
    "-type": 1,
    "-mm": 2,
}
"""Options of a map and how many words follow; those of ``VECTORS`` take one to three numbers."""

VECTORS = ("-o", "-s", "-t")


@dataclass(frozen=True, slots=True)
class _Map:
    """A texture as a library names it."""

    file: str
    scale: tuple[float, float] = (1.0, 1.0)
    offset: tuple[float, float] = (0.0, 0.0)
    clamp: bool = False


@dataclass(slots=True)
class _Entry:
    """One ``newmtl`` as it stands; ``linear`` says that its colours are, as Blender writes them."""

    name: str
    folder: Path
    linear: bool = False
    words: dict[str, list[str]] = field(default_factory=dict)

    def numbers(self, word: str, default: list[float]) -> list[float]:
        """Return the numbers behind a word; a colour may be given by one number."""
        try:
            found = [float(part) for part in self.words.get(word, [])]
        except ValueError:
            return default
        if not found or not all(map(math.isfinite, found)):
            return default
        return found[: len(default)] if len(found) >= len(default) else [found[0]] * len(default)

    def map(self, word: str) -> _Map | None:
        """Return the texture behind a word."""
        return _parse_map(self.words[word]) if word in self.words else None


class ObjMaterials:
    """The materials of one file, each converted when it is first used."""

    def __init__(self, assembly: Assembly, libraries: list[str]) -> None:
        self._assembly = assembly
        self._textures = Textures(assembly)
        self._entries: dict[str, _Entry] = {}
        self._rows: dict[str, int] = {}
        self._maps: dict[int, _Map] = {}
        for library in libraries:
            self._read_library(library)
        if not self._entries:
            self._read_library_of_same_name()

    def row(self, name: str) -> int:
        """Return the row of a material of the model; a name that no library has is a plain one."""
        if name not in self._rows:
            entry = self._entries.get(name)
            if entry is None and name:
                self._assembly.task.report.note(Note(NO_MATERIAL, {"name": name[:100]}))
            material, texture = self._convert(entry or _Entry(name, Path()))
            self._rows[name] = self._assembly.add_material(material)
            if texture is not None:
                self._maps[self._rows[name]] = texture
        return self._rows[name]

    def textured(self, row: int) -> bool:
        """Return whether a material has a texture."""
        return row in self._maps

    def uvs(self, uvs: np.ndarray, row: int) -> np.ndarray:
        """Return (n, 2) coordinates, origin at the top left, of those of the file for one material."""
        texture = self._maps.get(row, _Map(""))
        moved = uvs * np.array(texture.scale) + np.array(texture.offset)
        return np.stack([moved[:, 0], 1 - moved[:, 1]], 1)

    def _read_library(self, name: str) -> None:
        task = self._assembly.task
        found = find_file(name, task.path.parent, task.folders)
        if found is None and " " in name:
            for part in name.split():
                self._read_library(part)
            return
        if found is None or found.stat().st_size > MAX_LIBRARY_BYTES:
            task.report.note(Note(NO_LIBRARY, {"file": name[-100:]}))
            return
        self._parse(found.read_bytes(), found.parent)

    def _read_library_of_same_name(self) -> None:
        """Read the material file that is called like the model, which people rename together."""
        path = self._assembly.task.path
        found = find_file(f"{path.stem}.mtl", path.parent)
        if found is not None and found.stat().st_size <= MAX_LIBRARY_BYTES:
            self._parse(found.read_bytes(), found.parent)

    def _parse(self, data: bytes, folder: Path) -> None:
        entry: _Entry | None = None
        data = as_utf8(data)
        linear = data.lstrip().startswith(b"# Blender")
        text = data.replace(b"\\\n", b" ").decode("utf-8", "replace")
        for line in text.splitlines():
            word, *rest = line.strip().split()[:1] or [""]
            rest = line.strip()[len(word) :].split()
            if word == "newmtl":
                name = " ".join(rest)
                entry = self._entries.setdefault(name, _Entry(name, folder, linear))
            elif entry is not None and word and not word.startswith("#"):
                entry.words.setdefault(word, rest)

    def _convert(self, entry: _Entry) -> tuple[Material, _Map | None]:
        image = self._texture(entry)
        diffuse = entry.numbers("Kd", [0.8, 0.8, 0.8])
        if image is not None and min(diffuse) == max(diffuse):
            diffuse = [1.0, 1.0, 1.0]  # a grey beside a texture is what a program had before it
        alpha = entry.numbers("d", [1.0 - entry.numbers("Tr", [0.0])[0]])[0]
        red, green, blue, _alpha = linear_color(entry.numbers("Ke", [0.0, 0.0, 0.0]), already=entry.linear)
        material = Material(
            name=entry.name[:200],
            base_color=linear_color(diffuse, alpha, already=entry.linear),
            roughness=_roughness(entry),
            metallic=min(max(entry.numbers("Pm", [0.0])[0], 0.0), 1.0),
            emissive=(red, green, blue),
            double_sided=True,
            texture=None if image is None else image.row,
            alpha_mode="opaque" if image is None else image.alpha,
            wrap=("clamp", "clamp") if (m := entry.map("map_Kd")) and m.clamp else ("repeat", "repeat"),
        )
        return material, entry.map("map_Kd") if image is not None else None

    def _texture(self, entry: _Entry) -> Texture | None:
        image = entry.map("map_Kd")
        if image is None or not image.file:
            return None
        mask = entry.map("map_d") or entry.map("map_opacity")
        return self._textures.load(image.file, alpha=mask.file if mask else "", folder=entry.folder)


def _roughness(entry: _Entry) -> float:
    """Return the roughness, from the exponent of a highlight where there is no better word."""
    if "Pr" in entry.words:
        return min(max(entry.numbers("Pr", [0.8])[0], 0.0), 1.0)
    exponent = max(entry.numbers("Ns", [1.0])[0], 0.0)
    return round(min(max(math.sqrt(2 / (exponent + 2)), 0.1), 0.9), 6)


def _parse_map(words: list[str]) -> _Map:
    """Return a texture of the words behind ``map_Kd``: options, then a file name that may have spaces."""
    scale, offset, clamp = (1.0, 1.0), (0.0, 0.0), False
    left = list(words)
    while left and left[0].lower() in (*OPTIONS, *VECTORS) and len(left) > 1:
        option = left.pop(0).lower()
        if option in VECTORS:
            numbers: list[float] = []
            while len(left) > 1 and len(numbers) < 3 and _is_number(left[0]):
                numbers.append(float(left.pop(0)))
            pair = (numbers[0], numbers[1] if len(numbers) > 1 else numbers[0]) if numbers else (1.0, 1.0)
            scale, offset = (pair if option == "-s" else scale), (pair if option == "-o" else offset)
        else:
            clamp = clamp or (option == "-clamp" and left[0].lower() == "on")
            del left[: OPTIONS[option]]
    return _Map(" ".join(left), scale, offset, clamp)


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False
