"""A .glb or .gltf file with all that it refers to, checked: nothing beyond its folder is read."""

from __future__ import annotations

import base64
import binascii
import urllib.parse
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

import msgspec

from walkdown.errors import ImportFailed, PackageError
from walkdown.i18n import _
from walkdown.package.glb import MAGIC, split_glb
from walkdown_server.importers.gltf_schema import Document

MAX_FILE_BYTES = 2 << 30
MAX_JSON_BYTES = 256 << 20
READABLE_EXTENSIONS = frozenset(
    {
        "KHR_materials_emissive_strength",
        "KHR_materials_pbrSpecularGlossiness",
        "KHR_materials_unlit",
        "KHR_mesh_quantization",
        "KHR_texture_transform",
        "EXT_instance_features",
        "EXT_mesh_features",
        "EXT_mesh_gpu_instancing",
        "EXT_structural_metadata",
        "EXT_texture_webp",
    }
)
"""Extensions that a file may require."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class GltfFile:
    """An opened document: every buffer is loaded and every accessor lies within its buffer.

    Attributes:
        name: file name without suffix.
        buffers: the bytes of ``document.buffers``.
    """

    name: str
    document: Document
    buffers: list[bytes | memoryview]
    folder: Path

    def view(self, number: int) -> memoryview:
        """Return the bytes of a buffer view.

        Raises:
            ImportFailed: it does not exist or is longer than its buffer.
        """
        view = pick(self.document.buffer_views, number, "buffer view")
        data = memoryview(pick(self.buffers, view.buffer, "buffer"))
        end = view.byte_offset + view.byte_length
        if end > len(data):
            raise ImportFailed(
                _(
                    "buffer view {number} should end within the {size} bytes of its buffer, "
                    "but ends at {end}: the file is cut off or damaged"
                ).format(number=number, size=len(data), end=end)
            )
        return data[view.byte_offset : end]

    def image(self, number: int) -> bytes:
        """Return the bytes of an image file."""
        image = pick(self.document.images, number, "image")
        if image.buffer_view is not None:
            return bytes(self.view(image.buffer_view))
        if image.uri is None:
            raise ImportFailed(
                _("image {number} has neither a buffer view nor a file name").format(number=number)
            )
        return read_uri(image.uri, self.folder)


def pick(parts: list[T], number: int, noun: str) -> T:
    """Return ``parts[number]``.

    Raises:
        ImportFailed: there are not so many.
    """
    if number >= len(parts):
        raise ImportFailed(
            _("the file refers to {noun} {number}, but has {count}: it is damaged").format(
                noun=noun, number=number, count=len(parts)
            )
        )
    return parts[number]


def open_gltf(path: Path) -> GltfFile:
    """Read and check a file.

    Raises:
        ImportFailed: one sentence that says what was expected and what came.
    """
    data = _read_file(path)
    binary: memoryview | None = None
    text: bytes | memoryview = data
    if data[:4] == MAGIC:
        text, binary = _split(data)
    elif path.suffix.lower() == ".glb":
        raise ImportFailed(
            _("a GLB file starts with {expected!r}, but this one starts with {found!r}").format(
                expected=MAGIC, found=data[:4]
            )
        )
    document = _parse(text)
    folder = path.resolve().parent
    buffers = [
        _buffer(document, number, binary=binary, folder=folder) for number in range(len(document.buffers))
    ]
    return GltfFile(path.stem, document, buffers, folder)


def _read_file(path: Path) -> bytes:
    if not path.is_file():
        raise ImportFailed(_("there is no such file"))
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ImportFailed(
            _("a file may have {limit} bytes, but this one has {size}").format(
                limit=MAX_FILE_BYTES, size=size
            )
        )
    return path.read_bytes()


def _split(data: bytes) -> tuple[memoryview, memoryview]:
    try:
        return split_glb(data, json_bytes=MAX_JSON_BYTES)
    except PackageError as error:
        raise ImportFailed(_("the file is cut off or damaged: {reason}").format(reason=error)) from None


def _parse(text: bytes | memoryview) -> Document:
    if len(text) > MAX_JSON_BYTES:
        raise ImportFailed(
            _("the JSON of a file may have {limit} bytes, but this one has {size}").format(
                limit=MAX_JSON_BYTES, size=len(text)
            )
        )
    try:
        document = msgspec.json.decode(bytes(text).removeprefix(b"\xef\xbb\xbf"), type=Document)
    except RecursionError:
        raise ImportFailed(_("the JSON of the file is nested too deeply: it is damaged or hostile")) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ImportFailed(_("the file is not a glTF 2.0 document: {reason}").format(reason=error)) from None
    if not document.asset.version.startswith("2."):
        raise ImportFailed(
            _("only glTF 2.0 can be read, but this file has version {version!r}").format(
                version=document.asset.version
            )
        )
    unknown = sorted(set(document.extensions_required) - READABLE_EXTENSIONS)
    if unknown:
        raise ImportFailed(
            _(
                "the file requires {extensions}, which cannot be read: export it without compression "
                "and special extensions"
            ).format(extensions=", ".join(unknown))
        )
    return document


def _buffer(
    document: Document, number: int, *, binary: memoryview | None, folder: Path
) -> bytes | memoryview:
    buffer = document.buffers[number]
    if buffer.uri is not None:
        data: bytes | memoryview = read_uri(buffer.uri, folder)
    elif binary is not None and number == 0:
        data = binary
    else:
        raise ImportFailed(
            _("buffer {number} has no data in this file and names no other").format(number=number)
        )
    if len(data) < buffer.byte_length:
        raise ImportFailed(
            _("buffer {number} should have {expected} bytes, but has {found}: the file is cut off").format(
                number=number, expected=buffer.byte_length, found=len(data)
            )
        )
    return data


def read_uri(uri: str, folder: Path) -> bytes:
    """Return the bytes of a data URI or of a file in ``folder``.

    Raises:
        ImportFailed: it leads out of the folder or to a network, or the file is missing.
    """
    if uri.startswith("data:"):
        return _decode_data(uri)
    name = urllib.parse.unquote(uri)
    parts = PurePosixPath(name.replace("\\", "/"))
    if urllib.parse.urlparse(uri).scheme or parts.is_absolute() or ".." in parts.parts or "\0" in name:
        raise ImportFailed(
            _("the file refers to {uri!r}: only files in its own folder are read").format(uri=uri[:200])
        )
    path = folder.joinpath(*parts.parts)
    if not _resolved(path).is_relative_to(folder):
        raise ImportFailed(
            _("the file refers to {uri!r}, which lies outside its folder").format(uri=uri[:200])
        )
    if not path.is_file():
        raise ImportFailed(
            _("the file refers to {uri!r}, which is not there: put it beside the file").format(uri=uri[:200])
        )
    return _read_file(path)


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except RuntimeError:  # a link that leads to itself
        raise ImportFailed(
            _("the file refers to {uri!r}, which is a link to itself").format(uri=path.name)
        ) from None


def _decode_data(uri: str) -> bytes:
    head, _comma, body = uri.partition(",")
    if not head.endswith(";base64"):
        raise ImportFailed(
            _("the file holds a data URI that is not base64: {start!r}").format(start=head[:100])
        )
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImportFailed(_("the file holds a damaged data URI: {reason}").format(reason=error)) from None
