"""Foreign glTF materials, their base colour textures and what glows; images are decoded and encoded anew."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
import numpy as np
from PIL import Image, UnidentifiedImageError

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.model import F32, AlphaMode, Material, Wrap
from walkdown_server.importers import gltf_schema as schema
from walkdown_server.importers.gltf_file import GltfFile, pick
from walkdown_server.importers.gltf_meshes import DEFAULT_MATERIAL
from walkdown_server.importers.report import Note

FORMATS = ("PNG", "JPEG", "WEBP", "TGA", "BMP", "GIF", "TIFF", "DDS")
MAX_PIXELS = 8192 * 8192
MAX_SIDE = 4096
"""Larger textures are made smaller."""

_WRAPS: dict[int, Wrap] = {10497: "repeat", 33071: "clamp", 33648: "mirror"}
_ALPHA_MODES: dict[str, AlphaMode] = {"OPAQUE": "opaque", "MASK": "mask", "BLEND": "blend"}

JPEG_QUALITY = 92
OPAQUE = 250
"""An alpha from here on lets nothing through that could be seen."""

PNG_LEVEL = 3
"""Three times as fast as the usual 6, and hardly larger."""

P = TypeVar("P", bound=schema.Part)
_GLOSSY = "KHR_materials_pbrSpecularGlossiness"


class _Specular(schema.Part, kw_only=True):
    diffuse_factor: tuple[schema.Factor, schema.Factor, schema.Factor, schema.Factor] = (1.0, 1.0, 1.0, 1.0)
    glossiness_factor: schema.Factor = 1.0
    diffuse_texture: schema.TextureRef | None = None


class _Transform(schema.Part, kw_only=True):
    offset: tuple[float, float] = (0.0, 0.0)
    rotation: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    tex_coord: schema.Index | None = None


class _Strength(schema.Part, kw_only=True):
    emissive_strength: float = 1.0


class Unfit(ImportFailed):
    """An image cannot be used; its note says why, in any language."""

    def __init__(self, note: Note) -> None:
        super().__init__(note.say(_))
        self.note = note


@dataclass(slots=True)
class Palette:
    """Materials and images, each converted when it is first used.

    Attributes:
        materials: grows; its rows are what ``row`` returns.
        images: grows; PNG and JPEG files.
        notes: what could not be kept.
    """

    file: GltfFile
    materials: list[Material]
    images: list[bytes]
    notes: list[Note] = field(default_factory=list)
    _rows: dict[int, int] = field(default_factory=dict)
    _image_rows: dict[int, int | None] = field(default_factory=dict)
    _means: dict[int, tuple[float, float, float] | None] = field(default_factory=dict)

    def row(self, number: int) -> int:
        """Return the row of a document's material in ``materials``."""
        if number not in self._rows:
            self._rows[number] = len(self.materials)
            self.materials.append(self._convert(number))
        return self._rows[number]

    def texture_of(self, number: int) -> schema.TextureRef | None:
        """Return the base colour texture of a document's material."""
        if number == DEFAULT_MATERIAL:
            return None
        part = pick(self.file.document.materials, number, "material")
        glossy = _extension(part, _GLOSSY, _Specular)
        return glossy.diffuse_texture if glossy else part.pbr_metallic_roughness.base_color_texture

    def _convert(self, number: int) -> Material:
        if number == DEFAULT_MATERIAL:
            return Material("default")
        part = pick(self.file.document.materials, number, "material")
        glossy, pbr = _extension(part, _GLOSSY, _Specular), part.pbr_metallic_roughness
        glow = _extension(part, "KHR_materials_emissive_strength", _Strength)
        strength = min(max(glow.emissive_strength, 0.0), 1e3) if glow else 1.0
        red, green, blue, alpha = glossy.diffuse_factor if glossy else pbr.base_color_factor
        usual = self._usual(pbr.metallic_roughness_texture)
        texture = self.texture_of(number)
        image, light = self._image_row(texture), self._image_row(part.emissive_texture)
        emissive = (
            part.emissive_factor if light is not None or part.emissive_texture is None else (0.0, 0.0, 0.0)
        )
        return Material(
            name=part.name[:200],
            base_color=(red, green, blue, alpha if part.alpha_mode == "BLEND" else 1.0),
            roughness=1 - glossy.glossiness_factor if glossy else pbr.roughness_factor * usual[0],
            metallic=0.0 if glossy else pbr.metallic_factor * usual[1],
            emissive=(strength * emissive[0], strength * emissive[1], strength * emissive[2]),
            double_sided=part.double_sided,
            texture=image,
            alpha_mode=self._alpha_mode(number, image) if alpha == 1 else _ALPHA_MODES[part.alpha_mode],
            alpha_cutoff=min(part.alpha_cutoff / max(alpha, 1e-3), 1.0),
            wrap=self._wrap(texture or part.emissive_texture),
            emissive_texture=light,
        )

    def _alpha_mode(self, number: int, image: int | None) -> AlphaMode:
        """Return what alpha means; many files say BLEND also where nothing can be seen through."""
        document = self.file.document
        mode = _ALPHA_MODES[document.materials[number].alpha_mode]
        if mode != "blend" or (image is not None and _fades(self.images[image])):
            return mode
        mine = (p for mesh in document.meshes for p in mesh.primitives if p.material == number)
        colors = (p.attributes["COLOR_0"] for p in mine if "COLOR_0" in p.attributes)
        faded = any(pick(document.accessors, color, "accessor").type == "VEC4" for color in colors)
        return "blend" if faded else "opaque"

    def is_textured(self, number: int) -> bool:
        """Whether a document's material came with a texture that can be shown."""
        material = self.materials[self.row(number)]
        return (material.texture, material.emissive_texture) != (None, None)

    def mapped_by(self, number: int) -> schema.TextureRef | None:
        """Return the texture whose coordinates a document's material uses: base colour, else what glows."""
        if number == DEFAULT_MATERIAL:
            return None
        part = pick(self.file.document.materials, number, "material")
        return self.texture_of(number) or part.emissive_texture

    def uv_set(self, number: int) -> str:
        """Return the attribute that holds the texture coordinates of a document's material."""
        texture = self.mapped_by(number)
        if texture is None:
            return "TEXCOORD_0"
        transform = _transform_of(texture)
        chosen = (
            texture.tex_coord if transform is None or transform.tex_coord is None else transform.tex_coord
        )
        return f"TEXCOORD_{chosen}"

    def _wrap(self, texture: schema.TextureRef | None) -> tuple[Wrap, Wrap]:
        part = None if texture is None else pick(self.file.document.textures, texture.index, "texture")
        if part is None or part.sampler is None:
            return "repeat", "repeat"
        sampler = pick(self.file.document.samplers, part.sampler, "sampler")
        return _WRAPS.get(sampler.wrap_s, "repeat"), _WRAPS.get(sampler.wrap_t, "repeat")

    def _usual(self, texture: schema.TextureRef | None) -> tuple[float, float]:
        """Return mean roughness and metallic of a texture of them, which is not kept; 1 without one."""
        source = None if texture is None else self._source(texture)
        if source is None:
            return 1.0, 1.0
        if source not in self._means:
            self._means[source] = mean_color(self.file.image(source))
        _red, roughness, metallic = self._means[source] or (1.0, 1.0, 1.0)
        return roughness, metallic

    def _source(self, texture: schema.TextureRef) -> int | None:
        """Return the number of the image that a texture shows."""
        part = pick(self.file.document.textures, texture.index, "texture")
        webp = part.extensions.get("EXT_texture_webp")
        source = webp.get("source") if isinstance(webp, dict) else part.source
        return source if isinstance(source, int) else None

    def _image_row(self, texture: schema.TextureRef | None) -> int | None:
        if texture is None:
            return None
        source = self._source(texture)
        if source is None:
            text = mark("texture {number} names no image that can be read; its material is plain")
            self.notes.append(Note(text, {"number": texture.index}))
            return None
        if source not in self._image_rows:
            self._image_rows[source] = self._load(source)
        return self._image_rows[source]

    def _load(self, source: int) -> int | None:
        data = self.file.image(source)
        try:
            image = reencode(data)
        except Unfit as error:
            text = mark("image {number} was left out: {reason}")
            self.notes.append(Note(text, {"number": source, "reason": error.note}))
            return None
        with Image.open(io.BytesIO(data), formats=FORMATS) as given:
            if max(given.size) > MAX_SIDE:
                text = mark(
                    "image {number} was made smaller: it has {width} × {height} pixels, at most {side} stay"
                )
                sizes = {"width": given.width, "height": given.height, "side": MAX_SIDE}
                self.notes.append(Note(text, {"number": source, **sizes}))
        if image not in self.images:
            self.images.append(image)
        return self.images.index(image)


def _extension(part: schema.Material, name: str, kind: type[P]) -> P | None:
    value: Any = part.extensions.get(name)
    try:
        return None if value is None else msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ImportFailed(
            _("the material {name!r} has a wrong {extension}: {reason}").format(
                name=part.name[:100], extension=name, reason=error
            )
        ) from None


def _transform_of(texture: schema.TextureRef) -> _Transform | None:
    value = texture.extensions.get("KHR_texture_transform")
    try:
        return None if value is None else msgspec.convert(value, _Transform)
    except msgspec.ValidationError as error:
        raise ImportFailed(
            _("the file has a wrong KHR_texture_transform: {reason}").format(reason=error)
        ) from None


def transform_uvs(uvs: F32, texture: schema.TextureRef) -> F32:
    """Return texture coordinates as KHR_texture_transform wants them."""
    transform = _transform_of(texture)
    if transform is None:
        return uvs
    cos, sin = np.cos(transform.rotation), np.sin(transform.rotation)
    turned = (uvs * np.asarray(transform.scale, np.float32)) @ np.array([[cos, -sin], [sin, cos]], np.float32)
    moved: F32 = (turned + np.asarray(transform.offset, np.float32)).clip(-1e5, 1e5).astype(np.float32)
    return moved


def reencode(data: bytes) -> bytes:
    """Decode a PNG, JPEG or WebP file and write it anew, at most ``MAX_SIDE`` pixels wide and high.

    Raises:
        Unfit: it is another format, damaged, or has too many pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            if image.width * image.height > MAX_PIXELS:
                text = mark("a texture may have {limit} pixels, but this one has {width} × {height}")
                raise Unfit(Note(text, {"limit": MAX_PIXELS, "width": image.width, "height": image.height}))
            return _encode(image)
    except Image.DecompressionBombError:
        text = mark("a texture may have {limit} pixels, but this one has far more")
        raise Unfit(Note(text, {"limit": MAX_PIXELS})) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        text = mark("a texture should be a PNG, JPEG or WebP file, but cannot be decoded: {reason}")
        # What Pillow says of unknown bytes holds a memory address, but equal input gives an equal report.
        reason = repr(data[:8]) if isinstance(error, UnidentifiedImageError) else str(error)
        raise Unfit(Note(text, {"reason": reason})) from None


def _fades(image: bytes) -> bool:
    """Return whether a picture can be seen through anywhere."""
    with Image.open(io.BytesIO(image)) as picture:
        return "A" in picture.getbands() and bool(np.asarray(picture.getchannel("A")).min() < OPAQUE)


def mean_color(data: bytes) -> tuple[float, float, float] | None:
    """Return the mean of red, green and blue of a picture, 0 to 1; None when it cannot be used."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            warnings.simplefilter("ignore")
            if image.width * image.height > MAX_PIXELS:
                return None
            one = np.asarray(image.convert("RGB").resize((1, 1), Image.Resampling.BOX), np.float64)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
    red, green, blue = (one[0, 0] / 255).tolist()
    return red, green, blue


def _encode(image: Image.Image) -> bytes:
    lossy, see_through = (
        image.format in {"JPEG", "WEBP"},
        "A" in image.getbands() or "transparency" in image.info,
    )
    plain = image.convert("RGBA" if see_through else "RGB")
    plain.thumbnail((MAX_SIDE, MAX_SIDE))
    out = io.BytesIO()
    if lossy and not see_through:
        plain.save(out, "JPEG", quality=JPEG_QUALITY)
    else:
        plain.save(out, "PNG", compress_level=PNG_LEVEL)
    return out.getvalue()
