"""The command ``walkdown doctor``: what this computer has, what it lacks, and the command that mends it.

Graphics are probed in a child process, because a broken driver can end the process that loads it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console

from walkdown.errors import BadInput, Missing
from walkdown.i18n import _
from walkdown.settings import ServerSettings
from walkdown_client import identity
from walkdown_client.audio_doctor import examine_audio
from walkdown_client.checkup import Finding, as_table
from walkdown_client.files import assets_dir

EXTRAS = {
    "client": ("panda3d",),
    "server": ("PIL", "lxml", "mapbox_earcut", "networkx", "trimesh"),
    "ui": ("imgui_bundle", "pyperclip"),
    "mqtt": ("aiomqtt",),
    "ifc": ("ifcopenshell",),
    "audio": ("sounddevice",),
    "echo": ("livekit",),
    "captions": ("pocketsphinx",),
}
NEEDED_EXTRAS = ("client", "server", "ui")
ADDED = ("ifc", "echo", "captions")
"""What `run.py add` installs in a checkout."""

PROBE_SECS = 60

_PROBE = """
import json, os, sys
from panda3d.core import (FrameBufferProperties, GraphicsEngine, GraphicsPipe, GraphicsPipeSelection,
                          WindowProperties, load_prc_file_data)
load_prc_file_data("", "aux-display\\ngl-version 3 2\\nnotify-level fatal\\nload-display " + sys.argv[1])
pipe = GraphicsPipeSelection.get_global_ptr().make_default_pipe()
if pipe is None:
    sys.exit("no pipe")
engine = GraphicsEngine.get_global_ptr()
flags = GraphicsPipe.BF_refuse_window if sys.argv[1] == "p3headlessgl" else GraphicsPipe.BF_require_window
size = WindowProperties.size(8, 8)
output = engine.make_output(pipe, "probe", 0, FrameBufferProperties.get_default(), size, flags)
if output is None:
    sys.exit("no output")
engine.open_windows()
gsg = output.gsg
print(json.dumps([gsg.driver_version, gsg.driver_renderer]), flush=True)
engine.remove_all_windows()
os._exit(0)  # closing the X connection in a destructor aborts
"""


def doctor(
    address: Annotated[
        str, typer.Argument(metavar="[ADDRESS]", help=_("A session to try voice with, with --audio"))
    ] = "",
    *,
    audio: Annotated[bool, typer.Option("--audio", help=_("Try out ears, microphone and voice"))] = False,
) -> None:
    """Looks at this computer and says what is there, what is not, and what to do."""
    if address and not audio:
        raise BadInput(_("an address is for doctor --audio {address}").format(address=address))
    console = Console()
    findings = list(examine_audio(address, say=console.print) if audio else examine())
    console.print(as_table(findings))
    if not can_demo(findings):
        raise typer.Exit(1)


def examine() -> Iterator[Finding]:
    """Yields one finding after another; takes a few seconds because it opens the graphics driver twice."""
    yield _python()
    for extra, modules in EXTRAS.items():
        yield _extra(extra, modules)
    yield _headless_graphics()
    yield _window()
    yield _port(ServerSettings().port)
    yield _fonts()
    yield _key()
    yield _tool("mosquitto", _("MQTT broker for the tests"))
    if sys.platform == "linux":
        yield _tool("xclip", _("copy and paste under X11"))


def can_demo(findings: list[Finding]) -> bool:
    """Returns whether everything is there that the demo cannot do without."""
    return all(finding.well for finding in findings if finding.needed)


def probe(pipe: str) -> tuple[str, str] | None:
    """Returns version and renderer of a Panda3D graphics pipe, or None when it does not open."""
    command = [sys.executable, "-c", _PROBE, pipe]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PROBE_SECS, check=True, text=True)  # noqa: S603
        driver, renderer = json.loads(done.stdout.splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError):
        return None
    return driver, renderer


def _python() -> Finding:
    return Finding(
        name="Python",
        well=sys.version_info >= (3, 11),
        text=f"{platform.python_version()}, {platform.platform()}",
        needed=True,
        remedy=_("Install Python 3.11 or newer"),
    )


def _extra(extra: str, modules: tuple[str, ...]) -> Finding:
    absent = [module for module in modules if importlib.util.find_spec(module) is None]
    present = ", ".join(module for module in modules if module not in absent)
    added = f", python3 run.py add {extra}" if extra in ADDED else ""
    return Finding(
        name=f"walkdown[{extra}]",
        well=not absent,
        text=_("lacks {modules}").format(modules=", ".join(absent)) if absent else present,
        needed=extra in NEEDED_EXTRAS,
        remedy=f"pip install 'walkdown[{extra}]'{added}",
    )


def _headless_graphics() -> Finding:
    found = probe("p3headlessgl")
    return Finding(
        name=_("Graphics"),
        well=found is not None,
        text=", ".join(found) if found else _("no OpenGL 3.2 driver opens"),
        needed=True,
        remedy=_graphics_remedy(),
    )


def _window() -> Finding:
    name = _("Window")
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        return Finding(
            name=name,
            well=False,
            text=_("DISPLAY is not set, so the demo draws without a window"),
            remedy=_("Run it in a desktop session"),
        )
    found = probe("pandagl")
    text = ", ".join(found) if found else _("no window opens, so the demo draws without one")
    return Finding(name=name, well=found is not None, text=text, remedy=_graphics_remedy())


def _graphics_remedy() -> str:
    commands = {
        "apt-get": "apt-get install libgl1 libegl1",
        "dnf": "dnf install mesa-libGL mesa-libEGL",
        "pacman": "pacman -S mesa",
    }
    known = [command for tool, command in commands.items() if shutil.which(tool)]
    return f"sudo {known[0]}" if known else _("Install your graphics card's driver")


def _port(port: int) -> Finding:
    try:
        with socket.create_server(("127.0.0.1", port)):
            pass
    except OSError as error:
        return Finding(
            name=_("Port {port}").format(port=port),
            well=False,
            text=error.strerror or str(error),
            remedy=_("Choose another: walkdown serve --port 0"),
        )
    return Finding(name=_("Port {port}").format(port=port), well=True, text=_("free"))


def _fonts() -> Finding:
    try:
        text = ", ".join(sorted(path.name for path in (assets_dir() / "fonts").glob("*.[ot]tf")))
    except Missing:
        text = ""
    return Finding(
        name=_("Fonts"),
        well=bool(text),
        text=text or _("none found"),
        needed=True,
        remedy=_("Install Walkdown again"),
    )


def _key() -> Finding:
    """Say by which key others know this person, and where it lies; does not make one."""
    path = identity.default_file()
    name = _("Your key")
    try:
        shown = identity.shown_key(identity.load(path).key)
    except FileNotFoundError:
        text = _("none yet; it is made at {path} when you first join a session").format(path=path)
        return Finding(name=name, well=True, text=text)
    except (OSError, BadInput) as error:
        remedy = _("Bring it back from a backup, or move it away to be met as somebody new")
        return Finding(name=name, well=False, text=f"{path}: {error}", remedy=remedy)
    return Finding(name=name, well=True, text=f"{shown}, {path}")


def _tool(name: str, use: str) -> Finding:
    path = shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
    text = f"{path}" if path else _("not found ({use})").format(use=use)
    return Finding(name=name, well=path is not None, text=text, remedy=f"sudo apt-get install {name}")
