"""Materials and textures of foreign glTF files look as the file says."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.importers.conftest import Read, only
from tests.importers.forge import TRIANGLE, Forge, Json
from walkdown.errors import ImportFailed
from walkdown.package import Model, write_package
from walkdown_server.importers.gltf_materials import reencode
from walkdown_server.importers.report import ImportReport


def picture(size: tuple[int, int] = (4, 4), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 10, 10)).save(out, kind)
    return out.getvalue()


def textured(read: Read, **material: Any) -> tuple[Model, ImportReport]:
    """Imports one triangle with a texture; ``material`` is what its material says besides."""
    forge = Forge()
    forge.document["materials"] = [material]
    uvs = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE, TEXCOORD_0=uvs, material=0))
    uri = "data:image/png;base64," + base64.b64encode(picture()).decode()
    return read(forge.glb(textures=[{"source": 0}], images=[{"uri": uri}]))


def test_a_texture_transform_applies_scale_turn_and_shift_in_order(read: Read) -> None:
    """The specification's sample: uv → scale → turn → shift, with v pointing down."""
    transform = {"offset": [0.5, 0.25], "rotation": float(np.pi / 2), "scale": [2, 3]}
    texture = {"index": 0, "extensions": {"KHR_texture_transform": transform}}
    surface = only(textured(read, pbrMetallicRoughness={"baseColorTexture": texture})[0])
    assert surface.uvs is not None
    np.testing.assert_allclose(surface.uvs, [[0.5, 0.25], [0.5, -1.75], [3.5, 0.25]], atol=1e-6)


def test_the_older_glossy_materials_are_read(read: Read) -> None:
    glossy = {"diffuseFactor": [0.5, 0.4, 0.3, 1], "glossinessFactor": 0.75, "diffuseTexture": {"index": 0}}
    model, _ = textured(read, extensions={"KHR_materials_pbrSpecularGlossiness": glossy})
    material = model.materials[0]
    assert material.base_color == (0.5, 0.4, 0.3, 1.0)
    assert (material.roughness, material.metallic, material.texture) == (0.25, 0.0, 0)


@pytest.mark.parametrize(
    "material",
    [
        {"extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": "bright"}}},
        {
            "pbrMetallicRoughness": {
                "baseColorTexture": {"index": 0, "extensions": {"KHR_texture_transform": {"scale": 2}}}
            }
        },
    ],
)
def test_a_wrong_material_extension_is_named(read: Read, material: Json) -> None:
    with pytest.raises(ImportFailed, match="has a wrong KHR_"):
        textured(read, **material)


def test_a_huge_texture_is_made_smaller(read: Read) -> None:
    forge = Forge()
    forge.document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    uvs = np.zeros((3, 2), np.float32)
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE, TEXCOORD_0=uvs, material=0))
    uri = "data:image/jpeg;base64," + base64.b64encode(picture((8192, 64), "JPEG")).decode()
    model, report = read(forge.glb(textures=[{"source": 0}], images=[{"uri": uri}]))
    image = Image.open(io.BytesIO(model.images[0]))
    assert (image.size, image.format) == ((4096, 32), "JPEG")
    assert any("made smaller: it has 8192 × 64 pixels" in note for note in report.notes)


def test_alpha_wrap_and_what_glows_are_as_the_file_says(read: Read) -> None:
    forge = Forge()
    texture = {"index": 0}
    forge.document["materials"] = [
        {
            "pbrMetallicRoughness": {"baseColorTexture": texture, "baseColorFactor": [1, 1, 1, 0.8]},
            "alphaMode": "MASK",
            "alphaCutoff": 0.4,
            "emissiveFactor": [1, 0.5, 0],
            "emissiveTexture": texture,
        },
        {"alphaMode": "BLEND", "pbrMetallicRoughness": {"baseColorFactor": [1, 1, 1, 0.5]}},
    ]
    uvs = np.zeros((3, 2), np.float32)
    for material in range(2):
        forge.node(mesh=forge.mesh(POSITION=TRIANGLE, TEXCOORD_0=uvs, material=material))
    uri = "data:image/png;base64," + base64.b64encode(picture()).decode()
    samplers = [{"wrapS": 33071, "wrapT": 33648}]
    model, _ = read(
        forge.glb(textures=[{"source": 0, "sampler": 0}], images=[{"uri": uri}], samplers=samplers)
    )
    masked, blended = model.materials
    assert (masked.alpha_mode, masked.alpha_cutoff, masked.base_color[3]) == ("mask", 0.5, 1.0)
    assert (masked.emissive, masked.emissive_texture) == ((1.0, 0.5, 0.0), 0)
    assert masked.wrap == ("clamp", "mirror")
    assert (blended.alpha_mode, blended.base_color[3], blended.texture) == ("blend", 0.5, None)
    write_package(model)


@pytest.mark.parametrize(
    ("picture_mode", "colors", "mode"),
    [("RGB", None, "opaque"), ("RGBA", None, "blend"), ("RGB", 4, "blend"), ("RGB", 3, "opaque")],
)
def test_blending_is_kept_where_something_can_be_seen_through(
    read: Read, picture_mode: str, colors: int | None, mode: str
) -> None:
    """Many exporters write BLEND for everything, which would draw a model inside out."""
    forge = Forge()
    texture = {"baseColorTexture": {"index": 0}}
    forge.document["materials"] = [{"alphaMode": "BLEND", "pbrMetallicRoughness": texture}]
    more: Json = {} if colors is None else {"COLOR_0": np.ones((3, colors), np.float32)}
    mesh = forge.mesh(POSITION=TRIANGLE, TEXCOORD_0=np.zeros((3, 2), np.float32), material=0, **more)
    forge.node(mesh=mesh)
    out = io.BytesIO()
    Image.new(picture_mode, (2, 2), (10, 20, 30, 90)[: len(picture_mode)]).save(out, "PNG")
    uri = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    model, _ = read(forge.glb(textures=[{"source": 0}], images=[{"uri": uri}]))
    assert [material.alpha_mode for material in model.materials] == [mode]


def test_of_a_texture_of_roughness_and_metal_the_mean_is_kept(read: Read) -> None:
    """A material that is metallic only where its texture says so is not a mirror all over."""
    forge = Forge()
    factors = {"metallicRoughnessTexture": {"index": 0}, "roughnessFactor": 0.5}
    forge.document["materials"] = [{"pbrMetallicRoughness": factors}]
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE, material=0))
    out = io.BytesIO()
    Image.fromarray(np.array([[[0, 255, 0], [0, 51, 0]]], np.uint8)).save(out, "PNG")
    uri = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    model, _ = read(forge.glb(textures=[{"source": 0}], images=[{"uri": uri}]))
    (material,) = model.materials
    assert material.metallic == 0
    assert material.roughness == pytest.approx(0.5 * 0.6, abs=0.01)
    assert model.images == []


def test_the_second_set_of_texture_coordinates_is_used_where_a_material_wants_it(read: Read) -> None:
    forge = Forge()
    forge.document["materials"] = [
        {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0, "texCoord": 1}}}
    ]
    first, second = np.zeros((3, 2), np.float32), np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    mesh = forge.mesh(POSITION=TRIANGLE, TEXCOORD_0=first, TEXCOORD_1=second, material=0)
    forge.node(mesh=mesh)
    uri = "data:image/png;base64," + base64.b64encode(picture()).decode()
    surface = only(read(forge.glb(textures=[{"source": 0}], images=[{"uri": uri}]))[0])
    assert surface.uvs is not None
    np.testing.assert_array_equal(surface.uvs, second)


def test_a_textured_material_on_a_mesh_without_coordinates_is_still_drawn(read: Read) -> None:
    forge = Forge()
    forge.document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE, material=0))
    uri = "data:image/png;base64," + base64.b64encode(picture()).decode()
    model, _ = read(forge.glb(textures=[{"source": 0}], images=[{"uri": uri}]))
    write_package(model)
    assert only(model).uvs is not None


def test_an_image_that_is_none_is_reported_and_left_out(read: Read) -> None:
    forge = Forge()
    forge.document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    uvs = np.zeros((3, 2), np.float32)
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE, TEXCOORD_0=uvs, material=0))
    uri = "data:image/png;base64," + base64.b64encode(b"GIF89a nonsense").decode()
    model, report = read(forge.glb(textures=[{"source": 0}], images=[{"uri": uri}]))
    assert model.images == []
    assert any("image 0 was left out" in note for note in report.notes)
    write_package(model)


def test_materials_keep_what_they_say(read: Read) -> None:
    forge = Forge()
    forge.document["materials"] = [
        {
            "name": "lamp",
            "pbrMetallicRoughness": {
                "baseColorFactor": [0.1, 0.2, 0.3, 0.4],
                "metallicFactor": 0.5,
                "roughnessFactor": 0.6,
            },
            "emissiveFactor": [1, 0.5, 0],
            "extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 4}},
            "alphaMode": "BLEND",
            "doubleSided": True,
        }
    ]
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE, material=0))
    model, _ = read(forge.glb())
    material = model.materials[0]
    assert (material.name, material.base_color, material.double_sided) == ("lamp", (0.1, 0.2, 0.3, 0.4), True)
    assert (material.metallic, material.roughness, material.emissive) == (0.5, 0.6, (4, 2, 0))
    assert model.elements[1].layer == "glass"


def test_alpha_counts_only_where_the_material_blends(read: Read) -> None:
    forge = Forge()
    forge.document["materials"] = [{"pbrMetallicRoughness": {"baseColorFactor": [1, 1, 1, 0.2]}}]
    forge.node(mesh=forge.mesh(POSITION=TRIANGLE, material=0))
    model, _ = read(forge.glb())
    assert model.materials[0].base_color[3] == 1.0


def test_an_undecodable_picture_is_reported_the_same_way_each_time() -> None:
    said = []
    for _run in range(2):
        with pytest.raises(ImportFailed) as caught:
            reencode(b"no picture at all")
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert "0x" not in said[0]


def test_colours_and_texture_coordinates_survive_every_component_type(read: Read) -> None:
    forge = Forge()
    colors = forge.array(np.array([[255, 0, 0], [0, 255, 0], [0, 0, 51]], np.uint8), normalized=True)
    uvs = forge.array(np.array([[0, 0], [65535, 0], [0, 13107]], np.uint16), normalized=True)
    forge.document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    mesh = forge.mesh(POSITION=TRIANGLE, COLOR_0=colors, TEXCOORD_0=uvs, material=0)
    forge.node(mesh=mesh)
    uri = "data:image/png;base64," + base64.b64encode(picture()).decode()
    surface = only(read(forge.glb(textures=[{"source": 0}], images=[{"uri": uri}]))[0])
    assert surface.colors is not None
    assert surface.uvs is not None
    assert surface.colors.tolist() == [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 51, 255]]
    np.testing.assert_allclose(surface.uvs, [[0.0, 0.0], [1.0, 0.0], [0.0, 0.2]], atol=1e-6)
