"""Halls are recognised, light is baked, and bakes are remembered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.render.boxes import BoxModel, small_hall
from walkdown_client.scene.bake import bake_irradiance, bake_occlusion, box_blur, plan_occupancy
from walkdown_client.scene.baking import Bake, BakeCache
from walkdown_client.scene.cut_away import CutAway, is_outside
from walkdown_client.scene.element_state import GHOST, HIDDEN
from walkdown_client.scene.hall import Hall, ceiling_map, find_hall
from walkdown_client.scene.light import Volume


def hall_of(model: BoxModel) -> Hall:
    found = find_hall(model)
    assert found is not None
    return found


def test_a_hall_is_found_by_roof_walls_and_openings() -> None:
    hall = hall_of(small_hall())
    assert len(hall.skylights) == 1
    assert abs(hall.hi[2] - 4) < 0.2
    assert hall.lo[0] < 0.1


def test_a_model_without_a_roof_is_no_hall() -> None:
    model = small_hall()
    model.kinds = [kind.replace("roof", "beam").replace("skylight", "beam") for kind in model.kinds]
    assert find_hall(model) is None
    assert find_hall(BoxModel()) is None


def test_a_house_with_storeys_is_no_hall() -> None:
    model = small_hall()
    places = [
        n for n, kind in enumerate(model.kinds) if not any(w in kind for w in ("roof", "wall", "skylight"))
    ]
    model.kinds = ["IfcBuildingStorey" if n in places[:2] else kind for n, kind in enumerate(model.kinds)]
    assert find_hall(model) is None


class Grouped(BoxModel):
    """A model whose kinds say nothing, and whose parts are called by their groups alone."""

    def __init__(self, model: BoxModel, *, root: str) -> None:
        super().__init__(surfaces=model.surfaces, boxes=[*model.boxes])
        count = len(model.kinds)
        nowhere = np.full(3, np.nan, np.float32)
        self._names = ["link"] * count + [kind.title() for kind in model.kinds] + [root]
        self._parents = [count + row for row in range(count)] + [2 * count] * count + [-1]
        self._triangles = [12] * count + [0] * (count + 1)
        self.kinds = ["part"] * (2 * count + 1)
        self.layers_by_element = [0] * (2 * count + 1)
        self.joints_by_element = [-1] * (2 * count + 1)
        self.boxes += [(nowhere, nowhere)] * (count + 1)

    @property
    def names(self) -> list[str]:
        return self._names

    @property
    def parents(self) -> npt.NDArray[np.int32]:
        return np.array(self._parents, np.int32)

    @property
    def triangles(self) -> npt.NDArray[np.int64]:
        return np.array(self._triangles, np.int64)


def test_a_hall_is_told_by_the_names_of_the_groups_its_parts_are_in() -> None:
    hall, named = hall_of(small_hall()), hall_of(Grouped(small_hall(), root="Model"))
    np.testing.assert_array_equal(named.lo, hall.lo)
    assert len(named.skylights) == 1


def test_the_name_of_the_whole_model_makes_no_part_a_roof() -> None:
    model = small_hall()
    model.kinds = [kind.replace("roof", "beam").replace("skylight", "beam") for kind in model.kinds]
    assert find_hall(Grouped(model, root="Roof and wall catalogue")) is None


def test_the_ceiling_map_is_bright_where_the_skylight_is() -> None:
    plan = ceiling_map(hall_of(small_hall()))
    width = plan.shape[1]
    assert plan[8:-8, int(width * 0.72)].min() == 255
    assert plan[:, int(width * 0.3)].max() == 0


def test_it_is_darker_where_surfaces_meet_and_open_in_the_middle() -> None:
    model = small_hall()
    grid = plan_occupancy(model.lo.min(0), model.hi.max(0))
    for surface in model.surfaces:
        grid.mark(surface.positions, surface.triangles)
    volume = bake_occlusion(grid)

    def fullness(x: float, y: float, z: float) -> int:
        cell = ((np.array([x, y, z]) - volume.lo) / volume.cell).astype(int)
        return int(volume.values[cell[2], cell[1], cell[0], 0])

    assert fullness(0.2, 0.2, 0.2) > fullness(0.2, 4, 2) > fullness(8, 4, 2)


def test_a_skylight_lights_what_is_below_it_more_than_the_far_end() -> None:
    model = small_hall()
    hall = hall_of(model)
    grid = plan_occupancy(hall.lo, hall.hi)
    for surface in model.surfaces:
        grid.mark(surface.positions, surface.triangles)
    volume = bake_irradiance(grid, hall, (0, 0, 1))
    level = volume.values[..., 0].astype(float)
    below, far = level[1, 3:6, 8:10].mean(), level[1, 3:6, 1:3].mean()
    assert below > 1.25 * far
    up = volume.values[1, 4, 9, 3]
    assert up > 128, "the light comes from above"


def test_a_blur_keeps_the_sum_away_from_the_border() -> None:
    values = np.zeros((9, 9, 9), np.float32)
    values[4, 4, 4] = 27
    blurred = box_blur(values, 1)
    assert np.isclose(blurred.sum(), 27)
    assert np.isclose(blurred[4, 4, 5], 1)


def a_bake() -> Bake:
    rng = np.random.default_rng(2)
    corner, size = np.array([1, 2, 3], np.float32), np.array([4, 5, 6], np.float32)
    return Bake(
        Volume(rng.integers(0, 255, (2, 3, 4, 2), np.uint8), corner, size, 0.25),
        Volume(rng.integers(0, 255, (2, 3, 4, 4), np.uint8), corner, size, 1.0),
    )


def test_a_bake_is_remembered_by_the_model(tmp_path: Path) -> None:
    cache = BakeCache(tmp_path)
    made = a_bake()
    cache.put("model a", made)
    found = cache.get("model a")
    assert found is not None
    assert found.irradiance is not None
    assert (found.occlusion.values == made.occlusion.values).all()
    assert (found.occlusion.lo == made.occlusion.lo).all()
    assert found.irradiance.cell == 1.0
    assert cache.get("model b") is None


def test_a_damaged_bake_counts_as_missing(tmp_path: Path) -> None:
    cache = BakeCache(tmp_path)
    cache.put("model", a_bake())
    (file,) = tmp_path.iterdir()
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    assert cache.get("model") is None
    file.write_bytes(b"not a bake")
    assert cache.get("model") is None


def test_from_the_south_and_above_roof_and_near_walls_go() -> None:
    model = small_hall()
    cut = CutAway(model, hall_of(model))
    flags = cut.flags_for((6, -20, 15))
    assert flags is not None
    by_kind = dict(zip(model.kinds, flags.tolist(), strict=True))
    assert by_kind["roof"] == HIDDEN
    assert by_kind["skylight"] == HIDDEN
    assert by_kind["wall_s"] == GHOST
    assert by_kind["wall_n"] == 0
    assert by_kind["pump"] == 0
    assert cut.flags_for((6, -21, 15)) is None, "nothing changes while the same walls are in the way"
    closed = cut.flags_for(None)
    assert closed is not None
    assert not closed.any()


def test_the_door_step_does_not_flicker() -> None:
    hall = hall_of(small_hall())
    doorstep = np.array([6.0, hall.lo[1] - 0.2, 1.6])
    assert not is_outside(hall, doorstep, now_outside=False)
    assert is_outside(hall, doorstep, now_outside=True)
    assert is_outside(hall, np.array([6.0, -9.0, 1.6]), now_outside=False)
    assert not is_outside(hall, np.array([6.0, 4.0, 1.6]), now_outside=True)
