"""Our binding to OpenAL Soft: found, held to our settings, checked; what is wrong is said."""

from __future__ import annotations

import ctypes.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from walkdown.errors import Missing
from walkdown_client.audio import openal_files
from walkdown_client.audio.device import open_loopback
from walkdown_client.audio.openal import OpenAL, load
from walkdown_client.audio.output import _hrtf_text
from walkdown_client.files import assets_dir

SAY_HRTF = (
    "from walkdown_client.audio.ears import VirtualEars\nwith VirtualEars() as ears: print(ears.hrtf)\n"
)


def in_a_process(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_library_is_found_without_importing_what_brings_it() -> None:
    code = (
        "import sys\nfrom walkdown_client.audio.openal import load\n"
        "print(load().path, {'cyal', 'pyalsoft', 'panda3d', 'sounddevice'} & set(sys.modules))"
    )
    path, modules = in_a_process(code).rsplit(" ", 1)
    assert "openal" in path.lower()
    assert modules == "set()" or modules.endswith("set()")


def test_settings_of_this_computer_change_nothing(tmp_path: Path) -> None:
    theirs = "[general]\nhrtf = false\nhrtf-paths = /nowhere\nfrequency = 44100\ndefault-hrtf = other\n"
    (tmp_path / "alsoft.conf").write_text(theirs, encoding="utf-8")
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "ALSOFT_CONF": str(tmp_path / "alsoft.conf")}
    assert in_a_process(SAY_HRTF, **environment) == "on"


def test_a_refused_hrtf_set_is_noticed_and_said() -> None:
    lose_it = (
        "from walkdown_client.audio.openal_files import pin_settings\n"
        "(pin_settings() / 'walkdown.mhr').unlink()\n"
    )
    assert in_a_process(lose_it + SAY_HRTF) not in {"on", "off"}


def test_another_hrtf_set_than_ours_is_noticed() -> None:
    rename_it = (
        "from walkdown_client.audio.openal_files import pin_settings\n"
        "ours = pin_settings() / 'walkdown.mhr'\nours.rename(ours.with_name('theirs.mhr'))\n"
    )
    assert in_a_process(rename_it + SAY_HRTF) == "other"


def test_the_sentence_for_a_refused_set_says_what_openal_said() -> None:
    device = open_loopback(mode="headphones")
    device.hrtf = "denied"
    assert "denied" in _hrtf_text(device)
    device.hrtf = "rate"
    assert "48 kHz" in _hrtf_text(device)
    device.hrtf = "on"
    assert _hrtf_text(device) == ""
    device.close()


def test_a_damaged_hrtf_set_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "audio").mkdir()
    data = bytearray((assets_dir() / "audio" / "walkdown.mhr").read_bytes())
    data[5000] ^= 1
    (tmp_path / "audio" / "walkdown.mhr").write_bytes(data)
    monkeypatch.setattr(openal_files, "assets_dir", lambda: tmp_path)
    with pytest.raises(Missing, match="not as we made it"):
        openal_files.pin_settings.__wrapped__()


def test_without_openal_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openal_files, "_DISTRIBUTIONS", ("no-such-distribution",))
    monkeypatch.setattr(ctypes.util, "find_library", lambda _name: None)
    with pytest.raises(Missing, match=r"walkdown\[audio\]"):
        openal_files.library_file()


def test_a_library_that_lacks_functions_is_named() -> None:
    mathematics = ctypes.util.find_library("m") or ctypes.util.find_library("msvcrt") or ""
    with pytest.raises(Missing, match=r"lacks alc\w+: OpenAL Soft 1\.20 or newer"):
        OpenAL(mathematics)


def test_a_library_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    (tmp_path / "libopenal.so.1").write_bytes(b"no library")
    with pytest.raises(Missing, match="could not be loaded"):
        OpenAL(tmp_path / "libopenal.so.1")


@pytest.mark.parametrize("version", [b"1.1 ALSOFT 1.19.1", b"1.1 Creative", None])
def test_an_old_library_is_named(version: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    openal = load()
    monkeypatch.setattr(openal.al, "alGetString", lambda _name: version)
    with pytest.raises(Missing, match=r"1\.20 or newer is needed"):
        openal.version()


def test_a_wrong_call_does_not_go_unnoticed() -> None:
    device = open_loopback(mode="headphones")
    device.openal.al.alSourcei(987_654, 0x1009, 0)
    with pytest.raises(RuntimeError, match="AL_INVALID_NAME while testing"):
        device.openal.check("testing")
    device.close()


def test_two_devices_are_told_apart() -> None:
    one, other = open_loopback(mode="headphones"), open_loopback(mode="speakers")
    assert (one.hrtf, other.hrtf) == ("on", "off")
    one.make_current()
    (source,) = one.openal.make("Sources", 1)
    other.make_current()
    other.openal.al.alSourcef(source + 5, 0x100A, 1.0)
    with pytest.raises(RuntimeError):
        other.openal.check("telling the other one")
    one.close()
    other.make_current()
    other.openal.make("Sources", 1)
    other.close()
