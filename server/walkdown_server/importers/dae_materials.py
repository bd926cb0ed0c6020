"""The materials of a COLLADA file: effects with colours, transparency and textures."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from walkdown.package.model import Material, Wrap
from walkdown_server.importers.assembly import Assembly
from walkdown_server.importers.dae_file import DaeFile, children
from walkdown_server.importers.looks import Texture, Textures, linear_color
from walkdown_server.importers.xml_file import Node, local, numbers

SHADERS = ("phong", "blinn", "lambert", "constant")
WRAPS: dict[str, Wrap] = {
    "WRAP": "repeat",
    "MIRROR": "mirror",
    "CLAMP": "clamp",
    "BORDER": "clamp",
    "NONE": "clamp",
}
PLAIN = Material("default", double_sided=True)


@dataclass(frozen=True, slots=True)
class Look:
    """A material of the model, and the name under which its texture coordinates are bound, "" for none."""

    row: int
    texcoord: str = ""


@dataclass(frozen=True, slots=True)
class _Image:
    """A texture as an effect names it."""

    file: str
    texcoord: str
    wrap: tuple[Wrap, Wrap]


@dataclass(slots=True)
class DaeMaterials:
    """The materials of one file, each converted when it is first used."""

    assembly: Assembly
    file: DaeFile
    textures: Textures
    _looks: dict[str, Look] = field(default_factory=dict)

    def look(self, target: str) -> Look:
        """Return what a material id stands for; a plain one for what is not there."""
        if target not in self._looks:
            self._looks[target] = self._convert(target)
        return self._looks[target]

    def _convert(self, target: str) -> Look:
        node = self.file.find(target)
        instance = None if node is None else next(children(node, "instance_effect"), None)
        effect = None if instance is None else self.file.find(instance.get("url", ""))
        if node is None or effect is None:
            return Look(self.assembly.add_material(PLAIN))
        name = (node.get("name") or node.get("id") or "")[:200]
        return _Effect(effect, self.file, self.textures).look(name, self.assembly)


@dataclass(slots=True)
class _Effect:
    """One effect on its way into a material."""

    effect: Node
    file: DaeFile
    textures: Textures

    def look(self, name: str, assembly: Assembly) -> Look:
        shader = self._shader()
        image = self._image(shader, "diffuse")
        texture = self._load(image, self._image(shader, "transparent"))
        textured = texture is not None
        color = self._color(shader, "diffuse", [1.0] * 4 if textured else [0.8, 0.8, 0.8, 1.0])
        already = self.file.linear
        glow = linear_color(self._color(shader, "emission", [0.0, 0.0, 0.0, 1.0])[:3], already=already)
        if shader is not None and local(shader) == "constant" and not textured:
            color = self._color(shader, "emission", color)
            glow = (0.0, 0.0, 0.0, 1.0)
        material = Material(
            name=name,
            base_color=linear_color(color[:3], self._alpha(shader), already=already),
            roughness=self._roughness(shader),
            emissive=glow[:3],
            double_sided=self._double_sided(),
            texture=texture.row if texture is not None else None,
            alpha_mode=texture.alpha if texture is not None else "opaque",
            wrap=image.wrap if image is not None else ("repeat", "repeat"),
        )
        return Look(assembly.add_material(material), image.texcoord if image is not None and textured else "")

    def _shader(self) -> Node | None:
        for technique in children(self.effect, "profile_COMMON", "technique"):
            for node in technique:
                if local(node) in SHADERS:
                    return node
        return None

    def _channel(self, shader: Node | None, name: str) -> Node | None:
        return None if shader is None else next(children(shader, name), None)

    def _color(self, shader: Node | None, name: str, default: list[float]) -> list[float]:
        channel = self._channel(shader, name)
        color = None if channel is None else next(children(channel, "color"), None)
        if channel is not None and color is None:
            for reference in children(channel, "param"):
                for param in self._params(reference.get("ref", "")):
                    color = next((c for c in param if local(c).startswith("float")), None)
        if color is None:
            return default
        found = [float(x) for x in numbers(color.text, [math.nan] * 4)]
        if math.isnan(found[0]):
            found = [*numbers(color.text, [math.nan] * 3), 1.0]
        return default if math.isnan(found[0]) else found

    def _number(self, shader: Node | None, name: str) -> float | None:
        channel = self._channel(shader, name)
        node = None if channel is None else next(children(channel, "float"), None)
        value = math.nan if node is None else numbers(node.text, [math.nan])[0]
        return None if math.isnan(value) else value

    def _alpha(self, shader: Node | None) -> float:
        """Return the opacity (COLLADA 1.5, chapter 7, "Determining Transparency").

        Programs that write 0 where they mean a solid surface are common, so nothing is quite invisible.
        """
        channel, factor = self._channel(shader, "transparent"), self._number(shader, "transparency")
        if channel is None and factor is None:
            return 1.0
        amount = 1.0 if factor is None else factor
        red, green, blue, alpha = self._color(shader, "transparent", [1.0] * 4)
        mode = "A_ONE" if channel is None else channel.get("opaque", "A_ONE")
        light = 0.212671 * red + 0.715160 * green + 0.072169 * blue
        opacity = {
            "A_ONE": alpha * amount,
            "A_ZERO": 1 - alpha * amount,
            "RGB_ONE": light * amount,
            "RGB_ZERO": 1 - light * amount,
        }.get(mode, 1.0)
        if channel is not None and next(children(channel, "texture"), None) is not None:
            opacity = 1.0
        return min(opacity, 1.0) if opacity > 0 else 1.0

    def _roughness(self, shader: Node | None) -> float:
        exponent = self._number(shader, "shininess")
        if exponent is None or exponent <= 0:
            return 0.8
        exponent = exponent * 128 if exponent <= 1 else exponent
        return round(min(max(math.sqrt(2 / (exponent + 2)), 0.1), 0.9), 6)

    def _double_sided(self) -> bool:
        flags = [node for node in self.effect.iter() if local(node) == "double_sided"]
        return any((node.text or "").strip() in ("1", "true") for node in flags)

    def _image(self, shader: Node | None, name: str) -> _Image | None:
        channel = self._channel(shader, name)
        texture = None if channel is None else next(children(channel, "texture"), None)
        if texture is None:
            return None
        file, wrap = self._follow(texture.get("texture", ""))
        return _Image(file, texture.get("texcoord", ""), wrap) if file else None

    def _follow(self, name: str) -> tuple[str, tuple[Wrap, Wrap]]:
        """Return the image file of a sampler, a surface or an image, and how it repeats."""
        wrap: tuple[Wrap, Wrap] = ("repeat", "repeat")
        for _step in range(4):
            for param in self._params(name):
                for inner in param:
                    kind = local(inner)
                    if kind == "sampler2D":
                        wrap = (_wrap(inner, "wrap_s"), _wrap(inner, "wrap_t"))
                    reference = _first_text(inner, "source") or _first_text(inner, "init_from")
                    for instance in children(inner, "instance_image"):
                        reference = instance.get("url", "").removeprefix("#")
                    name = reference or name
        image = self.file.by_id.get(name)
        if image is None or local(image) != "image":
            return "", wrap
        return _first_text(image, "init_from") or _first_text(image, "init_from", "ref"), wrap

    def _params(self, sid: str) -> list[Node]:
        return [node for node in self.effect.iter() if local(node) == "newparam" and node.get("sid") == sid]

    def _load(self, image: _Image | None, mask: _Image | None) -> Texture | None:
        if image is None:
            return None
        return self.textures.load(image.file, alpha=mask.file if mask is not None else "")


def _wrap(sampler: Node, name: str) -> Wrap:
    return WRAPS.get(_first_text(sampler, name), "repeat")


def _first_text(node: Node, *path: str) -> str:
    found = next(children(node, *path), None)
    return "" if found is None else (found.text or "").strip()
