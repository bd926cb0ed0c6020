"""Settings come from four places, and a wrong one is named with its place."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from walkdown.errors import SettingsError
from walkdown.settings import KINDS, ClientSettings, ServerSettings, Settings, as_toml, default_file, load


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "walkdown.toml"
    path.write_text(
        'lang = "de"\nname = "both"\n[server]\nport = 1\nname = "hall"\nseed = 3\n', encoding="utf-8"
    )
    return path


def test_a_flag_wins_over_the_environment_and_that_over_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WALKDOWN_PORT", "2")
    monkeypatch.setenv("WALKDOWN_SEED", "4")
    settings = load(ServerSettings, {"port": 3, "seed": None, "host": None}, file=file)
    assert (settings.port, settings.seed, settings.name, settings.host) == (3, 4, "hall", "127.0.0.1")


def test_a_key_at_the_top_of_the_file_holds_for_both(file: Path) -> None:
    client, server = load(ClientSettings, file=file), load(ServerSettings, file=file)
    assert (client.lang, server.lang) == ("de", "de")
    assert (client.name, server.name) == ("both", "hall")


def test_the_file_that_the_environment_names_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALKDOWN_CONFIG", str(file))
    assert default_file() == file
    assert load(ServerSettings).port == 1


@pytest.mark.parametrize("kind", KINDS)
def test_printed_settings_are_read_back_equal(kind: type[Settings], tmp_path: Path) -> None:
    settings = load(kind, {"name": 'quote " and 灌装', "lang": "zh_CN"})
    path = tmp_path / "printed.toml"
    path.write_text(as_toml(settings), encoding="utf-8")
    assert load(kind, file=path) == settings
    assert tomllib.loads(as_toml(settings))[kind.table]["lang"] == "zh_CN"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[server]\nport = "many"', ["[server] port", "whole number", '"many"']),
        ("[server]\nport = 70000", ["[server] port", "65535", "70000"]),
        ("[client]\nui_scale = nan", ["[client] ui_scale", "a number >= 0.75", "NaN"]),
        ('lang = "fr"', ["lang", "en, zh_CN, de", '"fr"']),
        ("[server]\nprot = 1", ["[server] prot", "port"]),
        ("[sever]\nport = 1", ["[sever]", "server"]),
        ("porrt = 1", ["porrt", "port"]),
        ('[server]\ninsecure_lan = "yes"', ["[server] insecure_lan", "true or false"]),
        ("[server]\ndata = 5", ["[server] data", "a path", "5"]),
        ("port 1", ["not a TOML file", "line 1"]),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence_with_place_and_both_values(
    text: str, words: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_every_kind(path)
    assert all(word in str(caught.value) for word in [str(path), *words])


def load_every_kind(path: Path) -> None:
    for kind in KINDS:
        load(kind, file=path)


def test_a_file_that_was_named_has_to_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml cannot be read"):
        load(ServerSettings, file=tmp_path / "none.toml")


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALKDOWN_SECONDS", "soon")
    with pytest.raises(SettingsError, match=r'WALKDOWN_SECONDS should be a number.*"soon"'):
        load(ClientSettings)


def test_a_variable_may_say_yes_or_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALKDOWN_DEBUG", "false")
    monkeypatch.setenv("WALKDOWN_HEADLESS", "1")
    settings = load(ClientSettings)
    assert (settings.debug, settings.headless) == (False, True)


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_says_what_it_is_for(kind: type[Settings]) -> None:
    assert all(field.metadata["help"] for field in dataclasses.fields(kind))
