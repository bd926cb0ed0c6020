"""What the plant says in words: orders, recipes, messages, tasks, in the order of the text signals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from walkdown.twin import Catalogue
from walkdown_server.plant.machines_table import LINE_DATA
from walkdown_server.plant.process import PlantProcess
from walkdown_server.plant.product_process import DRAINING
from walkdown_server.plant.robot_motion import program_step
from walkdown_server.plant.signal_specs import BLOCKED, FAULT, HELD, RUNNING, STARVED

_MESSAGES = {
    0: "No message",
    HELD: "Short stop cleared by the operator",
    BLOCKED: "Waited: no room behind the machine",
    STARVED: "Waited: no bottles before the machine",
    FAULT: "Stopped: closing torque above 2.9 N·m",
}
_NO_AIR = "Held: compressed air below 5 bar"
_STATION_TYPES = (
    "depalletiser",
    "rinser",
    "filler",
    "capper",
    "inspector",
    "labeller",
    "packer",
    "palletiser",
)
_CIP_TARGETS = ("Filler 1", "Filler 2", "Tanks T-101 to T-104", "Tanks T-105 to T-108")
_PAGES = ("Overview", "Waiting", "Alarms")


class Texts:
    """Reads the text signals of a process.

    Attributes:
        first: catalogue index of the first text signal.
    """

    def __init__(self, catalogue: Catalogue, process: PlantProcess) -> None:
        self._process = process
        texts = [signal for signal in catalogue.signals if signal.kind == "text"]
        self.first = len(catalogue.signals) - len(texts)
        types = {thing.id: thing.type for thing in catalogue.things}
        self._keys: list[tuple[str, int]] = []
        seen: dict[str, int] = {}
        for signal in texts:
            key = f"{types[signal.thing]}.{signal.id.rpartition('.')[2]}"
            self._keys.append((key, seen.get(key, 0)))
            seen[key] = seen.get(key, 0) + 1

    def read(self) -> list[str]:
        """Return all texts, in catalogue order."""
        lists = {key: read(self._process) for key, read in _READERS.items()}
        return [lists[key][number] for key, number in self._keys]


def _stations(process: PlantProcess, *, column: int) -> list[str]:
    return [_message(process, int(code)) for code in process.lines.last_stop[:, column]]


def _message(process: PlantProcess, code: int) -> str:
    return _NO_AIR if code == HELD and process.air.short else _MESSAGES[code]


def _lines(process: PlantProcess) -> list[str]:
    """The worst thing that a machine of the line says now, else that it runs."""
    shown = []
    for states in process.lines.state:
        worst = next((code for code in (FAULT, HELD, BLOCKED, STARVED) if (states == code).any()), RUNNING)
        shown.append("Line runs" if worst == RUNNING else _message(process, worst))
    return shown


def _pages(process: PlantProcess) -> list[str]:
    states = np.insert(process.lines.state, 6, RUNNING, axis=1).ravel()
    return [_PAGES[2 if state == FAULT else 1 if state > RUNNING else 0] for state in states]


def _cleaning(process: PlantProcess) -> list[str]:
    steps = process.cleaning.step_no
    return [
        f"Clean {name}" if step else "No programme" for name, step in zip(_CIP_TARGETS, steps, strict=True)
    ]


def _products(process: PlantProcess) -> list[str]:
    """Tanks of pump 1 and 2 hold the first line's product."""
    names = [LINE_DATA[0].product, LINE_DATA[0].product, LINE_DATA[1].product, LINE_DATA[1].product] * 2
    in_use = process.product.mode >= DRAINING
    return [
        name.capitalize() + (", in use" if used else "") for name, used in zip(names, in_use, strict=True)
    ]


def _robots(process: PlantProcess) -> list[str]:
    return [
        program_step(float(cycles)) if moving else "Wait for crates"
        for cycles, moving in zip(process.robots.cycles, process.robots.moving, strict=True)
    ]


_READERS: dict[str, Callable[[PlantProcess], list[str]]] = {
    "line.order": lambda _: [line.order for line in LINE_DATA],
    "line.recipe": lambda _: [line.recipe for line in LINE_DATA],
    "line.message": _lines,
    "filler.recipe": lambda _: [line.recipe for line in LINE_DATA],
    **{f"{kind}.message": partial(_stations, column=column) for column, kind in enumerate(_STATION_TYPES)},
    "accumulation table.message": lambda process: [_MESSAGES[0]] * len(LINE_DATA),
    "robot.program": _robots,
    "tank.product": _products,
    "cip skid.programme": _cleaning,
    "agv.task": lambda process: [vehicle.stop.task for vehicle in process.vehicles.vehicles],
    "operator panel.page": _pages,
}
