"""The materials of the demo plant: colour, roughness, metalness and the shader's pattern.

Tonal plan: mid grey floor, enclosures near white, blue-grey structure; colour only where it means
something (safety, media, crates, states).
"""

from __future__ import annotations

from walkdown.package.model import Material

# name, sRGB, roughness, metallic, pattern
_OPAQUE: tuple[tuple[str, str, float, float, str], ...] = (
    ("floor", "8C8983", 0.22, 0.0, "concrete"),
    ("wall", "C9C4BB", 0.75, 0.0, "panel"),
    ("steel", "8E979E", 0.55, 0.0, "plain"),
    ("white", "EDEAE3", 0.38, 0.0, "plain"),
    ("cover", "E3E4E2", 0.34, 0.0, "plain"),
    ("stainless", "DCDEDF", 0.26, 0.88, "brushed"),
    ("polished", "E4E6E7", 0.14, 0.92, "plain"),
    ("zinc", "C0C5C8", 0.42, 0.80, "plain"),
    ("black", "2A2D30", 0.60, 0.0, "plain"),
    ("rubber", "34373A", 0.85, 0.0, "plain"),
    ("dark", "4A5157", 0.50, 0.0, "plain"),
    ("grey", "B4B7B8", 0.50, 0.0, "plain"),
    ("yellow", "E2B32C", 0.50, 0.0, "plain"),
    ("hazard", "E2B32C", 0.50, 0.0, "hazard"),
    ("robot", "D8662A", 0.42, 0.0, "plain"),
    ("blue", "4F7FA8", 0.45, 0.0, "plain"),
    ("navy", "2F5577", 0.45, 0.0, "plain"),
    ("teal", "4C8C8C", 0.45, 0.0, "plain"),
    ("red", "C0453A", 0.50, 0.0, "plain"),
    ("sign_green", "2F8A5B", 0.50, 0.0, "plain"),
    ("brass", "B99A55", 0.35, 0.75, "plain"),
    ("copper", "B27A56", 0.35, 0.75, "plain"),
    ("wood", "B99B70", 0.85, 0.0, "plain"),
    ("carton", "C3A67E", 0.80, 0.0, "plain"),
    ("paper", "EFEBE2", 0.80, 0.0, "plain"),
    ("crate", "3F7F86", 0.50, 0.0, "crate"),
    ("crate_red", "B5483E", 0.50, 0.0, "crate"),
    ("bottle", "4E8A62", 0.12, 0.0, "plain"),
    ("bottle_brown", "7A4E2E", 0.12, 0.0, "plain"),
    ("cap_gold", "C9A544", 0.35, 0.5, "plain"),
    ("label_blue", "3D6FA5", 0.60, 0.0, "plain"),
    ("label_cream", "E8DDBF", 0.60, 0.0, "plain"),
    ("water", "5E9C7C", 0.45, 0.0, "plain"),
    ("air", "7FA3BF", 0.45, 0.0, "plain"),
    ("steam", "B5645A", 0.45, 0.0, "plain"),
    ("insulation", "D3D6D6", 0.38, 0.55, "plain"),
    ("rack", "4C6A8A", 0.50, 0.0, "plain"),
    ("beam", "CF7F45", 0.50, 0.0, "plain"),
    ("belt", "6E7377", 0.70, 0.0, "belt"),
    ("roller", "A9AEB2", 0.40, 0.70, "plain"),
    ("mark_white", "E8E6E0", 0.60, 0.0, "concrete"),
    ("mark_yellow", "E0B63A", 0.60, 0.0, "concrete"),
    ("walkway", "6F947F", 0.55, 0.0, "concrete"),
    ("pad", "6C6B68", 0.75, 0.0, "concrete"),
    ("roof", "BDBAB4", 0.70, 0.0, "roof"),
    ("ground", "55585A", 0.90, 0.0, "ground"),
    ("pave", "74767A", 0.85, 0.0, "ground"),
    ("road", "5D6063", 0.90, 0.0, "road"),
    ("grass", "71875F", 0.95, 0.0, "leaf"),
    ("leaf", "6E9158", 0.90, 0.0, "leaf"),
    ("room", "C8C4BB", 0.70, 0.0, "plain"),
    ("carpet", "8D969C", 0.95, 0.0, "plain"),
    ("fabric", "3E5566", 0.95, 0.0, "plain"),
)

# name, sRGB, pattern, strength of the light
_EMISSIVE: tuple[tuple[str, str, str, float], ...] = (
    ("lamp", "FFF4E0", "glow", 2.4),
    ("sky", "F4FAFF", "glow", 2.4),
    ("green", "3E9A6C", "glow", 1.25),
    ("amber", "E0A030", "glow", 1.25),
    ("red_lamp", "C0453A", "glow", 1.1),
    ("screen", "7FC8FF", "screen", 0.35),
)

# name, sRGB, alpha, pattern
_SEE_THROUGH: tuple[tuple[str, str, float, str], ...] = (
    ("glass", "BFD4D8", 0.22, "glass"),
    ("glass_tinted", "9DB9BE", 0.30, "glass"),
    ("mesh", "5A6065", 0.90, "mesh"),
)


def linear_rgb(srgb_hex: str) -> tuple[float, float, float]:
    """Linear RGB of an sRGB colour written as six hexadecimal digits."""
    red, green, blue = (_linear(int(srgb_hex[i : i + 2], 16) / 255) for i in (0, 2, 4))
    return red, green, blue


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def _opaque() -> list[Material]:
    return [
        Material(name, (*linear_rgb(srgb), 1.0), rough, metallic, pattern=pattern)
        for name, srgb, rough, metallic, pattern in _OPAQUE
    ]


def _emissive() -> list[Material]:
    out = []
    for name, srgb, pattern, strength in _EMISSIVE:
        red, green, blue = linear_rgb(srgb)
        light = (red * strength, green * strength, blue * strength)
        out.append(Material(name, (red, green, blue, 1.0), 0.3, emissive=light, pattern=pattern))
    return out


def _see_through() -> list[Material]:
    return [
        Material(
            name,
            (*linear_rgb(srgb), alpha),
            roughness=0.08 if pattern == "glass" else 0.6,
            pattern=pattern,
            double_sided=pattern in ("mesh", "glass"),
        )
        for name, srgb, alpha, pattern in _SEE_THROUGH
    ]


MATERIALS: tuple[Material, ...] = (*_opaque(), *_emissive(), *_see_through())
"""The rows that ``Surface.materials`` names."""

MATERIAL_ROW = {material.name: row for row, material in enumerate(MATERIALS)}
