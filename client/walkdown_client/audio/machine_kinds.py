"""Which thing sounds how: kinds of machines by the words of their type, in the plant's own language or IFC's.

The last known word decides, as it does in English, German and Chinese: a *pump room* is a room, a
*Kreiselpumpe* a pump, a *pump housing* nothing that sounds. Types that say nothing (``thing``, a proxy of
IFC) leave it to the name. What is not known is silent.

Sound powers are those of usual machines of the stated rating and grow with 10 lg of the rated power, as
engineering estimates do (D. A. Bies, C. H. Hansen, Engineering Noise Control, chapter 10); they may be 10 dB
off for any one machine, which is why its own property counts first, see ``levels.sound_power_db``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

Drive = Literal["turns", "goods", "flow", "load", "steady"]
"""What its pitch and level follow: a shaft, goods or a belt, a flow, its load, or nothing."""

DRIVES: tuple[Drive, ...] = get_args(Drive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How machines of a kind sound.

    Attributes:
        words: of their types. loop: while they run. faulty: when they vibrate. troubled: when they run
            although their state is attention or alarm, "" for nothing.
        power_db: A-weighted sound power level, dB re 1 pW, at rated speed and load; of ``rated_kw`` when that
            is not 0. troubled_db: the same of ``troubled``.
        speed_db: how much it gets louder with ten times the speed (fan laws: 50). load_db: from none to full.
        runs: words of states in which it runs; without any, all states that do not say that it stands.
        weight: what has more is heard first.
    """

    words: tuple[str, ...]
    loop: str
    power_db: float
    drive: Drive = "turns"
    rated_kw: float = 0.0
    speed_db: float = 30.0
    load_db: float = 3.0
    faulty: str = "bearing outer ring"
    troubled: str = ""
    troubled_db: float = 0.0
    runs: tuple[str, ...] = ()
    weight: float = 1.0


def _line(words: str, loop: str, power_db: float, *, weight: float = 1.5) -> Kind:
    """Return a machine of a packaging line."""
    return Kind(
        words=tuple(words.split("|")),
        loop=loop,
        power_db=power_db,
        drive="goods",
        speed_db=25.0,
        faulty="rattle",
        troubled="gear damage",
        troubled_db=power_db + 2,
        weight=weight,
    )


KINDS: tuple[Kind, ...] = (
    Kind(
        words=("motor", "electric motor", "drive", "antrieb", "电机", "马达", "电动机"),
        loop="motor 4 poles",
        power_db=78.0,
        rated_kw=11.0,
        speed_db=50.0,
        load_db=4.0,
        troubled="buzz",
        troubled_db=76.0,
        weight=0.7,
    ),
    Kind(
        words=("pump", "pumpe", "泵", "flow moving device"),
        loop="pump",
        power_db=85.0,
        rated_kw=7.5,
        troubled="cavitation",
        troubled_db=90.0,
    ),
    Kind(
        words=("piston pump", "kolbenpumpe", "dosing pump"), loop="piston pump", power_db=84.0, rated_kw=3.0
    ),
    Kind(
        words=(
            "cooling tower",
            "kühlturm",
            "冷却塔",
            "axial fan",
            "evaporative cooler",
            "dry cooler",
            "rückkühler",
        ),
        loop="axial fan",
        power_db=90.0,
        rated_kw=5.5,
        speed_db=50.0,
        faulty="beating",
        troubled="unbalance",
        troubled_db=86.0,
    ),
    Kind(
        words=(
            "fan",
            "blower",
            "ventilator",
            "lüfter",
            "gebläse",
            "风机",
            "风扇",
            "air handling unit",
            "unitary equipment",
            "ahu",
            "roof unit",
            "air conditioner",
            "air to air heat recovery",
            "lüftungsgerät",
            "空调",
        ),
        loop="blower",
        power_db=80.0,
        rated_kw=4.0,
        speed_db=50.0,
        faulty="beating",
        troubled="unbalance",
        troubled_db=80.0,
    ),
    Kind(
        words=("compressor", "kompressor", "verdichter", "压缩机", "空压机", "air compressor"),
        loop="screw compressor",
        power_db=88.0,
        rated_kw=45.0,
        load_db=5.0,
        faulty="bearing inner ring",
        troubled="rattle",
        troubled_db=84.0,
        weight=1.3,
    ),
    Kind(
        words=("piston compressor", "kolbenkompressor"),
        loop="piston compressor",
        power_db=88.0,
        rated_kw=15.0,
    ),
    Kind(
        words=("chiller", "kältemaschine", "kaltwassersatz", "heat pump", "wärmepumpe", "冷水机", "冷水机组"),
        loop="chiller",
        power_db=90.0,
        rated_kw=50.0,
        drive="load",
        load_db=6.0,
    ),
    Kind(
        words=("air dryer", "dryer", "trockner", "干燥机"),
        loop="small fan",
        power_db=70.0,
        drive="load",
    ),
    Kind(words=("turbine", "turbo compressor"), loop="turbine", power_db=98.0, rated_kw=500.0),
    Kind(
        words=("engine", "generator", "electric generator", "genset", "发电机", "motorgenerator"),
        loop="engine",
        power_db=100.0,
        rated_kw=100.0,
    ),
    Kind(
        words=("gearbox", "gear unit", "getriebe", "减速机", "agitator", "mixer", "rührwerk", "搅拌机"),
        loop="gear",
        power_db=80.0,
        rated_kw=5.5,
        troubled="gear damage",
        troubled_db=82.0,
    ),
    Kind(
        words=(
            "centrifuge",
            "separator",
            "decanter",
            "zentrifuge",
            "milling machine",
            "lathe",
            "cnc machine",
            "spindle",
        ),
        loop="spindle",
        power_db=84.0,
    ),
    Kind(
        words=("robot", "roboter", "机器人", "manipulator", "gantry", "portal"),
        loop="servo",
        power_db=74.0,
        drive="load",
        load_db=8.0,
        faulty="gear damage",
        troubled="gear damage",
        troubled_db=76.0,
        weight=1.3,
    ),
    Kind(
        words=(
            "conveyor",
            "conveyor belt",
            "belt",
            "belt conveyor",
            "förderer",
            "förderband",
            "transportband",
            "输送机",
            "输送带",
            "transporter",
        ),
        loop="conveyor",
        power_db=74.0,
        drive="goods",
        faulty="rattle",
        troubled="belt squeal",
        troubled_db=78.0,
    ),
    Kind(
        words=("roller conveyor", "pallet rollers", "rollenbahn", "rollers", "辊道"),
        loop="rollers",
        power_db=74.0,
        drive="goods",
        troubled="belt squeal",
        troubled_db=78.0,
    ),
    _line("filler|füller|灌装机|filling machine", "filler", 84.0),
    _line("capper|closer|verschließer|旋盖机", "capper", 83.0),
    _line("rinser|spüler|冲瓶机|washer|waschmaschine", "rinser", 82.0),
    _line("labeller|labeler|etikettierer|etikettiermaschine|贴标机", "labeller", 79.0),
    _line("packer|packing machine|case packer|wrapper|shrink wrapper|einpacker|装箱机", "packer", 80.0),
    _line("depalletiser|depalletizer|abschieber|entpalettierer|hoist|crane|kran|起重机", "hoist", 78.0),
    _line("palletiser|palletizer|palettierer|码垛机", "packer", 72.0),
    _line("inspector|inspection machine|inspektor|验瓶机", "inspector", 70.0),
    _line("press|punch|presse|stanze|冲床|moulding machine|spritzgießmaschine|注塑机", "press", 92.0),
    _line("machine|maschine|machine tool|机床", "machine", 80.0),
    _line("accumulation table|bottle table|bottle conveyor", "bottles", 82.0),
    Kind(
        words=("agv", "agv vehicle", "vehicle", "forklift", "fahrzeug", "stapler", "叉车", "小车", "shuttle"),
        loop="vehicle",
        power_db=68.0,
        drive="goods",
        weight=1.6,
    ),
    Kind(words=("train", "tram", "zug", "列车"), loop="train", power_db=95.0, drive="goods"),
    Kind(
        words=(
            "door",
            "dock door",
            "roller door",
            "gate",
            "tor",
            "elevator",
            "lift",
            "aufzug",
            "transport element",
        ),
        loop="servo",
        power_db=72.0,
        drive="steady",
        runs=("opening", "closing", "moving", "up", "down", "öffnet", "schließt"),
    ),
    Kind(
        words=("valve", "ventil", "阀", "control valve", "damper", "klappe"),
        loop="flow",
        power_db=58.0,
        drive="flow",
        faulty="",
        troubled="leak",
        troubled_db=74.0,
        weight=0.6,
    ),
    Kind(
        words=(
            "header",
            "pipe",
            "pipeline",
            "manifold",
            "leitung",
            "verteiler",
            "管道",
            "heat exchanger",
        ),
        loop="flow",
        power_db=64.0,
        drive="flow",
        speed_db=25.0,
        faulty="",
        troubled="leak",
        troubled_db=92.0,
        weight=0.8,
    ),
    Kind(
        words=("filter", "strainer", "sieve", "sieb", "过滤器"),
        loop="flow",
        power_db=64.0,
        drive="flow",
        speed_db=25.0,
        faulty="",
        troubled="cavitation",
        troubled_db=84.0,
    ),
    Kind(
        words=("steam header", "steam trap", "autoclave", "steriliser"),
        loop="steam",
        power_db=72.0,
        drive="flow",
        faulty="",
        troubled="leak",
        troubled_db=94.0,
    ),
    Kind(
        words=("tank", "vessel", "silo", "behälter", "罐", "basin", "fountain", "cip skid", "skid"),
        loop="water",
        power_db=64.0,
        drive="flow",
        faulty="",
        troubled="drip",
        troubled_db=64.0,
        runs=("filling", "draining", "cleaning", "rinse", "caustic", "acid", "pre-rinse", "final rinse"),
        weight=0.7,
    ),
    Kind(
        words=("boiler", "burner", "furnace", "oven", "kiln", "kessel", "brenner", "ofen", "锅炉"),
        loop="burner",
        power_db=84.0,
        drive="load",
        faulty="",
    ),
    Kind(
        words=(
            "transformer",
            "switchgear",
            "substation",
            "transformator",
            "umspannwerk",
            "变压器",
            "inverter",
        ),
        loop="hum",
        power_db=66.0,
        drive="load",
        faulty="",
        troubled="buzz",
        troubled_db=72.0,
    ),
    Kind(
        words=("cabinet", "control cabinet", "server rack", "schaltschrank", "机柜"),
        loop="small fan",
        power_db=54.0,
        drive="steady",
        weight=0.4,
    ),
    Kind(
        words=("room", "space", "office", "control room", "raum", "büro", "房间", "air terminal"),
        loop="ventilation",
        power_db=46.0,
        drive="steady",
        faulty="",
        weight=0.4,
    ),
)

SILENT = frozenset(
    "axis fence curtain sensor panel tower meter housing base frame foundation support pipework head gripper "
    "handle cover stand insulation flange elbow fitting segment hall mezzanine wall window slab roof rack "
    "floor line area zone storey building site support leg guide plate label sign controller control "
    "actuator 传感器 fühler messgerät "
    "gehäuse fundament".split()
)
"""Words after which a type is not looked at any further; a hand valve is one more."""

_SILENT_PHRASES = frozenset({"hand valve", "absperrventil", "flow segment", "light curtain", "room zone"})
_SAYS_NOTHING = frozenset(
    {"", "thing", "node", "mesh", "element", "object", "part", "building element proxy", "proxy"}
)
_WORD = re.compile(r"[A-ZÄÖÜ]+(?![a-zäöüß])|[A-ZÄÖÜ]?[a-zäöüß]+|[\u4e00-\u9fff]+")
_COMPOUND_LENGTH_MIN = 4

_BY_WORDS: dict[str, Kind] = {word: kind for kind in KINDS for word in kind.words}
_ENDINGS = tuple(
    word
    for word in sorted(_BY_WORDS, key=len, reverse=True)
    if " " not in word and len(word) >= _COMPOUND_LENGTH_MIN
)
_CHINESE = tuple(word for word in sorted(_BY_WORDS, key=len, reverse=True) if word >= "\u4e00")


@lru_cache(maxsize=4096)
def kind_of(thing_type: str, name: str = "") -> Kind | None:
    """Return how a thing sounds by its type, else by its name where the type says nothing; None: silent."""
    words = _words(thing_type)
    return _kind(_words(name) if " ".join(words) in _SAYS_NOTHING else words)


def _words(text: str) -> list[str]:
    found = [word.casefold() for word in _WORD.findall(text)]
    return found[1:] if found[:1] == ["ifc"] else found


def _kind(words: list[str]) -> Kind | None:
    for end in range(len(words), 0, -1):
        for start in range(end):
            phrase = " ".join(words[start:end])
            if phrase in _SILENT_PHRASES:
                return None
            if phrase in _BY_WORDS:
                return _BY_WORDS[phrase]
        if words[end - 1] in SILENT:
            return None
        if (kind := _by_ending(words[end - 1])) is not None:
            return kind
    return None


def _by_ending(word: str) -> Kind | None:
    """Return the kind of a compound, or of a plural."""
    single = word.removesuffix("s")
    if single in _BY_WORDS:
        return _BY_WORDS[single]
    if "\u4e00" <= word[0]:
        return next((_BY_WORDS[end] for end in _CHINESE if word.endswith(end)), None)
    return next((_BY_WORDS[end] for end in _ENDINGS if word.endswith(end)), None)
