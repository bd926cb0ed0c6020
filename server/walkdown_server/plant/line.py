"""One filling line from the depalletiser to the palletising cell, in the order of the bottles."""

from __future__ import annotations

from walkdown_server.plant.builder import Builder
from walkdown_server.plant.capper import add_capper
from walkdown_server.plant.cell import add_cell
from walkdown_server.plant.conveyors import Belt, add_conveyor, conveyor
from walkdown_server.plant.depalletiser import add_depalletiser
from walkdown_server.plant.filler import add_filler
from walkdown_server.plant.fittings import cabinet, operator_panel, signal_tower
from walkdown_server.plant.goods import LINE_BOTTLE, LINE_CRATE, LINE_LABEL, bottle, crate
from walkdown_server.plant.inspector import add_inspector
from walkdown_server.plant.labeller import add_labeller
from walkdown_server.plant.layout import BOTTLE_LANE, BOTTLE_PITCH
from walkdown_server.plant.packer import add_packer
from walkdown_server.plant.rinser import add_rinser
from walkdown_server.plant.rotary import Carousel

_ACC_LANES = tuple(-0.95 + 0.38 * k for k in range(6))


def add_line(b: Builder, line: int, y: float) -> None:
    """Everything under ``plant:/L1`` or ``plant:/L2``; ``y`` is the line's axis."""
    rinser = Carousel(x=28.0, line_y=y, radius=1.25, reach=0.95, heads=24)
    filler = Carousel(x=37.0, line_y=y, radius=1.9, reach=1.3, heads=42)
    capper = Carousel(x=42.0, line_y=y, radius=0.85, reach=0.925, heads=16)
    labeller = Carousel(x=51.5, line_y=y, radius=1.1, reach=0.9, heads=20)
    with b.group(f"L{line}", f"Filling line {line}", "line"):
        add_depalletiser(b, line, 11.0, y=y)
        add_rinser(b, line, rinser)
        add_filler(b, line, filler)
        add_capper(b, line, capper)
        add_inspector(b, line, 46.6, y=y + BOTTLE_LANE)
        add_labeller(b, line, labeller)
        _bottle_conveyors(b, line, y + BOTTLE_LANE, machines=(rinser, filler, capper, labeller))
        _accumulation(b, line, y + BOTTLE_LANE)
        add_packer(b, line, 69.0, y=y - 1.0)
        _crate_conveyors(b, line, y)
        add_cell(b, line, 92.6, y=y - 0.5)


def _bottle_conveyors(b: Builder, line: int, y: float, *, machines: tuple[Carousel, ...]) -> None:
    rinser, filler, capper, labeller = machines
    empty = bottle(LINE_BOTTLE[line])
    capped = bottle(LINE_BOTTLE[line], cap="cap_gold")
    labelled = bottle(LINE_BOTTLE[line], cap="cap_gold", label=LINE_LABEL[line])
    runs = (
        ("C0", "Infeed conveyor", 12.6, rinser.x - rinser.reach, empty),
        ("C1", "Conveyor 1", rinser.x + rinser.reach, filler.x - filler.reach, empty),
        ("C2", "Conveyor 2", capper.x + capper.reach, labeller.x - labeller.reach, capped),
        ("C3", "Conveyor 3", labeller.x + labeller.reach, 57.4, labelled),
    )
    for segment, name, start, end, goods in runs:
        belt = Belt(start=start, end=end, y=y, goods=goods, pitch=BOTTLE_PITCH)
        add_conveyor(b, segment, f"{name}, line {line}", belt=belt)


def _accumulation(b: Builder, line: int, y: float) -> None:
    goods = bottle(LINE_BOTTLE[line], cap="cap_gold", label=LINE_LABEL[line])
    table = Belt(start=57.4, end=65.0, y=y + 1.0, width=2.4, goods=goods, lanes=_ACC_LANES, stagger=True)
    with conveyor(b, "ACC", f"Accumulation table {line}", belt=table, kind="accumulation_table"):
        operator_panel(b, (58.2, y - 0.9, 0), rz=8)
        signal_tower(b, (57.7, y + 2.35, 1.1))
        cabinet(b, (60.6, y + 3.0, 0), (1.5, 0.45, 1.8), rz=180, color="white")
    feed = Belt(start=65.0, end=68.3, y=y + 1.0, width=1.2, goods=goods, lanes=(-0.42, -0.14, 0.14, 0.42))
    add_conveyor(b, "C4", f"Conveyor 4, line {line}", belt=feed)


def _crate_conveyors(b: Builder, line: int, y: float) -> None:
    full, empty = crate(LINE_CRATE[line], cap="cap_gold"), crate(LINE_CRATE[line])
    long = Belt(start=69.2, end=89.6, y=y - 1.0, width=0.46, goods=full, pitch=0.6, surface="rollers")
    add_conveyor(b, "CRT", f"Crate conveyor, line {line}", belt=long)
    back = Belt(start=85.6, end=72.0, y=y + 2.3, width=0.46, goods=empty, pitch=0.8, surface="rollers")
    add_conveyor(b, "EMP", f"Empties conveyor, line {line}", belt=back)
