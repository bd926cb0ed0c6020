"""Finds the OpenAL Soft library file, and holds its settings to ours whatever this computer has set.

OpenAL Soft reads ``/etc/openal/alsoft.conf``, the person's own file and then the file that ``ALSOFT_CONF``
names, once, when the first device is opened. What the last one says goes. ``/usr/share/openal/hrtf`` replaces
the set inside the library unless ``hrtf-paths`` says otherwise. So everything that changes how it sounds is
said by us, in a file of this process, before the library is loaded.
"""

from __future__ import annotations

import atexit
import ctypes.util
import hashlib
import importlib.metadata
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown_client.files import assets_dir

HRTF_NAME = "walkdown"
"""What OpenAL calls our set: its file's name."""

HRTF_SHA256 = "6cf2ba6cefc1d050c2a884b3f81f9cbda4bac14e445469e13a8b9f16a70f0781"
RATE_HZ = 48_000
PERIOD_SAMPLES = 480

HRTF_TAPS = 32
"""So many are used of each filter, as in OpenAL's own sets. By the judge of ``benchmarks/_hearing.py`` the
rest changes no direction, no time between the ears by more than 5 µs, and costs two fifths of rendering."""

_DISTRIBUTIONS = ("cyal", "pyalsoft")
_NAMES = {
    "linux": ("libopenal.so.1", "libopenal.so"),
    "darwin": ("libopenal.1.dylib", "libopenal.dylib"),
    "win32": ("OpenAL32.dll", "soft_oal.dll", "openal32.dll"),
}

_SETTINGS = """\
[general]
frequency = {rate}
period_size = {period}
periods = 2
channels =
sample-type = float32
stereo-mode =
stereo-encoding = panpot
ambi-format =
hrtf =
hrtf-mode = full
hrtf-size = {taps}
hrtf-paths = {folder}
default-hrtf = {hrtf}
cf_level = 0
resampler = linear
rt-prio = 1
sources = 256
slots = 4
sends = 2
front-stablizer = false
output-limiter = true
dither = false
volume-adjust = 0
excludefx =
default-reverb =
trap-al-error = false
trap-alc-error = false
{drivers}
[reverb]
boost = 0
"""


def library_file() -> Path | str:
    """Return the file of OpenAL Soft: from the cyal or pyalsoft distribution, else the system's.

    Raises:
        Missing: there is none.
    """
    for name in _DISTRIBUTIONS:
        found = _in_distribution(name)
        if found:
            return found
    system = ctypes.util.find_library("openal") or ctypes.util.find_library("OpenAL32")
    if system:
        return system
    raise Missing(_("there is no sound without OpenAL Soft: install it with pip install 'walkdown[audio]'"))


def _in_distribution(name: str) -> Path | None:
    """Return the library inside an installed distribution, without importing that."""
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    wanted = _NAMES.get(sys.platform, _NAMES["linux"])
    paths = {file.name: Path(str(file.locate())) for file in files}
    return next((paths[name] for name in wanted if name in paths and paths[name].is_file()), None)


@cache
def pin_settings() -> Path:
    """Write our settings and our HRTF set for this process, and tell OpenAL where they are.

    Has to be called before the library is loaded; a second call changes nothing.

    Returns:
        The folder of both, which goes with the process.

    Raises:
        Missing: our set is not there or is damaged.
    """
    folder = Path(tempfile.mkdtemp(prefix="walkdown-audio-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / f"{HRTF_NAME}.mhr").write_bytes(_checked_hrtf())
    drivers = os.environ.get("WALKDOWN_AUDIO_DRIVERS", "")
    settings = _SETTINGS.format(
        rate=RATE_HZ,
        period=PERIOD_SAMPLES,
        folder=str(folder).replace("$", "$$"),  # a name behind one dollar would be looked up
        hrtf=HRTF_NAME,
        taps=HRTF_TAPS,
        drivers=f"drivers = {drivers}" if drivers else "",
    )
    path = folder / "alsoft.conf"
    path.write_text(settings, encoding="utf-8")
    os.environ["ALSOFT_CONF"] = str(path)
    return folder


def remove_settings() -> None:
    """Remove the folder of settings now; for a process that ends without what is done at exit."""
    if pin_settings.cache_info().currsize:
        shutil.rmtree(pin_settings(), ignore_errors=True)


def _checked_hrtf() -> bytes:
    path = assets_dir() / "audio" / f"{HRTF_NAME}.mhr"
    if not path.is_file():
        raise Missing(_("{path} is not there: install walkdown again").format(path=path))
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != HRTF_SHA256:
        raise Missing(_("{path} is not as we made it: install walkdown again").format(path=path))
    return data
