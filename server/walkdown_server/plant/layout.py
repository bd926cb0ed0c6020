"""Where things stand: the main dimensions of the hall and of the two lines, in metres.

The site frame has x to the east and y to the north; the hall's south-west corner is the origin.
"""

from __future__ import annotations

HALL_LENGTH = 120.0
HALL_WIDTH = 60.0
EAVE_HEIGHT = 9.0
ROOF_HEIGHT = 10.8
COLUMN_ROW = 32.55
"""y of the middle columns; the main aisle south of it is free."""

BAY = 12.0
"""Distance of the main columns along x."""

SKYLIGHT_XS = tuple(BAY * i + BAY / 2 for i in range(10))
SKYLIGHT_WIDTH = 2.6
SKYLIGHT_YS = ((2.5, 27.5), (32.5, 57.5))
"""The strips run along y in the middle of each bay, in two pieces."""

WINDOW_BAND = (6.0, 7.6)
"""Lower and upper edge of the windows in the long walls."""

LINE_YS = (10.0, 21.0)
"""Axis of filling line 1 and 2."""

BOTTLE_LANE = -2.0
"""The bottle conveyors lie this far from the axis of their line."""

TRAY_LANE, TRAY_HEIGHT = 4.1, 4.3
"""The cable tray of a line: distance from its axis, height."""

BELT_HEIGHT = 1.0
STAR_RADIUS = 0.4625
BOTTLE_PITCH = 0.13

DOCK_YS = (6.0, 12.0, 18.0, 24.0)
"""Dock doors 1 to 4 in the east wall."""

AGV_PARKING = {"AGV-1": (56.0, 30.9, 0.0), "AGV-2": (80.0, 29.1, 180.0), "AGV-3": (88.6, 38.6, -90.0)}
"""x, y and heading (degrees) of each vehicle when its joints stand at 0."""
