"""The parts of the demo plant's process side by side, for those that look at several of them."""

from __future__ import annotations

import numpy as np

from walkdown.twin import Catalogue
from walkdown_server.plant.building_process import HallProcess, StoreProcess
from walkdown_server.plant.drive_process import DriveProcess
from walkdown_server.plant.head_process import HeadProcess
from walkdown_server.plant.line_process import LineProcess
from walkdown_server.plant.product_process import ProductProcess
from walkdown_server.plant.robot_process import RobotProcess
from walkdown_server.plant.utilities_process import AirProcess, CleaningProcess, CoolingProcess
from walkdown_server.plant.vehicle_motion import VehicleMotion


class PlantParts:
    """All parts; each knows nothing of the others.

    Attributes:
        lines, heads, robots, product, air, cooling, cleaning, drives, hall, store, vehicles: the parts.
        torque_drift: (2,) extra closing torque of each line's capper, N·m.
    """

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        self.lines, self.heads, self.robots = LineProcess(seed), HeadProcess(seed), RobotProcess()
        self.product, self.air = ProductProcess(seed), AirProcess()
        self.cooling, self.cleaning = CoolingProcess(), CleaningProcess(seed)
        self.drives = DriveProcess([thing for thing in catalogue.things if thing.type == "motor"], seed)
        self.hall, self.store = HallProcess(seed), StoreProcess(seed)
        self.vehicles = VehicleMotion(seed)
        self.torque_drift = np.zeros(2)

    @property
    def activity(self) -> float:
        """Share of the stations' nominal flow that is running, 0 to about 1."""
        return float((self.lines.flow / self.lines.nominal).mean())
