"""Walking on models, as pure geometry: what is solid, where one can stand, and one person on foot.

The window uses it, and so can a guest or a test that has no window::

    obstacles = Obstacles()
    obstacles.put("hall", make_grid(soup_of(tile.surfaces, tile.repeats, within=Within(lo, hi))))
    feet = nearest_standing(obstacles, np.array([4.0, 2.0, 3.0]))
    walker = Walker(obstacles, feet)
    walker.step(1 / 60, (1.4, 0.0))  # seconds, and x and y of the velocity that is wished
    guest.move_to(walker.eye)

Tiles of a session come with ``walkdown_client.ground.Ground``, which keeps those near a place.
"""

from __future__ import annotations

from walkdown_client.walk.grid import make_grid
from walkdown_client.walk.obstacles import Obstacles
from walkdown_client.walk.soup import Soup, Within, soup_of
from walkdown_client.walk.standing import nearest_standing, standing_below
from walkdown_client.walk.walker import Walker

__all__ = [
    "Obstacles",
    "Soup",
    "Walker",
    "Within",
    "make_grid",
    "nearest_standing",
    "soup_of",
    "standing_below",
]
