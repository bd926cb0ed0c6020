"""What a guest can know of the sound of a place: walls and rooms around, and how loud it is there now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from walkdown_client.address import Address
from walkdown_client.blob_cache import BlobCache
from walkdown_client.guest_base import GuestBase

if TYPE_CHECKING:
    from walkdown_client.audio.building import Building
    from walkdown_client.audio.noise_sources import NoiseMakers

F64 = npt.NDArray[np.float64]


class WithNoise(GuestBase):
    """The part of a :class:`walkdown_client.guest.Guest` that is about the sound of places."""

    _address: Address
    _cache: BlobCache | None
    _position: F64

    def __init__(self) -> None:
        super().__init__()
        self._building: Building | None = None
        self._building_of = -1
        self._noise_makers: NoiseMakers | None = None

    async def load_acoustics(self) -> Building:
        """Return the walls and rooms of all models as they stand now; the first call reads the models.

        Ears that are opened afterwards hear with them.

        Raises:
            PackageError: a model is damaged.
        """
        from walkdown_client.audio.building import read_building  # who only walks need not wait for it

        world = self.world
        if self._building is None or self._building_of != world.packages_revision:
            self._building_of = world.packages_revision
            self._close_acoustics()
            self._building = await asyncio.to_thread(
                read_building, self._address, world.packages, world.twin, cache=self._cache
            )
        return self._building

    async def noise_at(self, point: npt.ArrayLike | None = None) -> float:
        """Return the level at a place in dB(A), as machines run now; -inf where nothing is heard.

        From the sound powers of machines, distance, walls and the rooms' own sound; see the user guide for
        what it is not.

        Args:
            point: (3,) metres, site frame, at the height of the ears; without one, where the guest stands.
        """
        from walkdown_client.audio.noise import noise_at
        from walkdown_client.audio.noise_sources import NoiseMakers

        building = await self.load_acoustics()
        makers = self._noise_makers = self._noise_makers or NoiseMakers()
        sources = makers.look(self.world, building.packages, revision=building.revision)
        return noise_at(self._position if point is None else point, sources, building.space)

    def _close_acoustics(self) -> None:
        """Let the walls go."""
        if self._building is not None:
            self._building.close()
            self._building = None
