"""The scene as the application sees it: add packages and tiles, set state, pose the camera, draw."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from direct.showbase.ShowBase import ShowBase
from panda3d.core import Filename, NodePath, Quat, Vec3

from walkdown.messages import IN_PLACE, Placement, Plane
from walkdown.package.model import Joint
from walkdown_client.render.lenses import Lenses
from walkdown_client.render.outline import Outline
from walkdown_client.render.picking import Picker, SlotBuffer, count_slots
from walkdown_client.render.target import SceneTarget
from walkdown_client.scene.adaptation import Adaptation
from walkdown_client.scene.baking import Bake
from walkdown_client.scene.batches import PLACEMENT_TAG
from walkdown_client.scene.cut_away import CutAway, is_outside
from walkdown_client.scene.element_state import HIDDEN, MARKED, ElementState, Ids
from walkdown_client.scene.gizmo import GizmoView, gizmo_records
from walkdown_client.scene.hall import Hall
from walkdown_client.scene.labels import Labels
from walkdown_client.scene.light import SceneLight
from walkdown_client.scene.look import INSIDE, OUTSIDE, OVERVIEW
from walkdown_client.scene.marks import Marks
from walkdown_client.scene.model_scene import ModelScene, PreparedTile
from walkdown_client.scene.noise_layer import NoiseLayer
from walkdown_client.scene.people import People
from walkdown_client.scene.pins import Pins
from walkdown_client.scene.placeholders import Placeholder, placeholder_records
from walkdown_client.scene.pointing import Pointers
from walkdown_client.scene.programs import CUT, placement_programs
from walkdown_client.scene.projection import Projection
from walkdown_client.scene.quads import QuadBatch
from walkdown_client.scene.quality import Quality
from walkdown_client.scene.relations import Relations
from walkdown_client.scene.sections import Sections
from walkdown_client.scene.shafts import make_shafts
from walkdown_client.scene.sky import make_sky
from walkdown_client.scene.tables import Elements, TileContent
from walkdown_client.scene.text_atlas import TextAtlas

_NEAR_M, _NEAR_MOST_M, _FAR_M = 0.15, 20.0, 2500.0
_NEAR_SHARE = 0.004
"""The near plane moves out with the distance to the model, because depth is only as fine as it is far."""
_SHADOW_MARGIN_M = 3.0
_LABELS_SORT, _PINS_SORT = 5, 6
_NO_PACKAGE = -1

CutMode = Literal["auto", "closed", "open"]


@dataclass(frozen=True)
class Hit:
    """What is under a pixel.

    Attributes:
        drawn_id: of the element, or None for the ground.
        position: (3,) float64, site frame, metres.
    """

    drawn_id: int | None
    position: npt.NDArray[np.float64]


class SceneView:
    """Draws packages with the state of the twin.

    Attributes:
        state: state, heat and flags of every element.
        light: look, shadows and baked volumes.
        people: avatars.
        sections: what is cut away. pins: of topics.
        labels: markers, cards, pins, names.
        relations: arcs between things.
        noise: how loud it is, over the floor.
        placeholders: of models that are being brought in.
        gizmo: handles of a model that is being moved, or None.
        pointers: where people point. marks: what is measured and drawn.
    """

    def __init__(self, base: ShowBase, quality: Quality, *, cache_dir: Path | None = None) -> None:
        self.base, self.quality = base, quality
        self._target = SceneTarget(base, samples=quality.samples, scale=quality.scale)
        self._model, self._adaptation = ModelScene(base.render, cache_dir), Adaptation()
        self.state: ElementState = self._model.state
        self.light = SceneLight(base, quality)
        make_sky(base.render)
        base.render.set_shader_inputs(materials=self._model.materials.texture, **self.state.textures)
        self.sections = Sections(base.render)
        self._picker = Picker(base, PLACEMENT_TAG, placement_programs("pick"))
        self._outline = Outline(base, self._target, PLACEMENT_TAG, placement_programs("mask"))
        self._atlas = TextAtlas()
        self.labels = Labels(self._atlas)
        self.people = People(base.render, self._model.materials)
        self.relations = Relations(base.render)
        self.noise = NoiseLayer(base.render)
        self.placeholders: Sequence[Placeholder] = ()
        self.gizmo: GizmoView | None = None
        self.pointers, self.marks = Pointers(), Marks(base, self._atlas)
        self._quads = QuadBatch(base.render2d, self._atlas.texture, sort=_LABELS_SORT)
        self.pins = Pins(base.render2d, self._atlas, sort=_PINS_SORT)
        self._hall: Hall | None = None
        self._cut: CutAway | None = None
        self._cut_mode: CutMode = "auto"
        self._hall_package = _NO_PACKAGE
        self._outside = self._heat = self._painted = False
        self._shafts: NodePath | None = None
        self._lenses = Lenses(base, self._outline.look_through)
        base.camLens.set_near_far(_NEAR_M, _FAR_M)
        self._use_quality()
        self._fit()

    # --- model ---

    def add_package(
        self,
        base: int,
        elements: Elements,
        joints: Sequence[Joint],
        *,
        model_id: str = "",
        placement: Placement = IN_PLACE,
    ) -> int:
        """Make room for a package; its tiles may follow.

        Args:
            base: drawn id of its first element.
            elements: its element table.
            joints: its joints.
            model_id: hash of the package, under which its baked light is remembered.
            placement: where it stands; elements, joints and tiles are in the package's own frame.

        Returns:
            The number by which tiles name it.
        """
        number = self._model.add_package(base, elements, joints, model_id=model_id, placement=placement)
        self._settle()
        return number

    def place_package(self, package: int, placement: Placement) -> None:
        """Let a package stand somewhere else; its tiles have to be prepared and attached again."""
        self._model.place_package(package, placement)
        if package == self._hall_package:
            self._leave_hall()
        self._settle()

    def remove_package(self, package: int) -> None:
        """Take a package out of the scene with all that was drawn of it."""
        if package == self._hall_package:
            self._leave_hall()
        self._model.remove_package(package)
        self._settle()
        self.light.refresh_shadows()

    def prepare_tile(self, package: int, tile: TileContent, *, name: str = "") -> PreparedTile:
        """Turn a tile into geometry; may be called in the loader's thread.

        Args:
            name: the tile that it replaces when it is attached again, "" for none.
        """
        return self._model.prepare_tile(package, tile, name=name)

    def attach(self, prepared: PreparedTile) -> None:
        """Show a prepared tile; main thread, at most one a frame."""
        self._model.attach(prepared)

    def add_tile(self, package: int, tile: TileContent) -> None:
        """Prepare and attach at once."""
        self.attach(self.prepare_tile(package, tile))

    def finish_package(self, package: int) -> None:
        """Say that all tiles are in: shadows are drawn and light is baked in the background."""
        self._model.finish_package(package, self.light.look.sun_direction)
        self.light.refresh_shadows()

    def set_joint_matrices(self, matrices: npt.NDArray[np.float32]) -> None:
        """Move all joints of all packages; (n, 3, 4) float32 in the order the packages were added."""
        self._model.set_joint_matrices(matrices)
        if self.quality.moving_shadows:
            self.light.refresh_shadows()

    @property
    def baking(self) -> bool:
        """Whether light is still being baked."""
        return self._model.baking

    # --- camera and look ---

    def set_camera(
        self,
        position: npt.ArrayLike,
        *,
        target: npt.ArrayLike | None = None,
        quaternion: npt.ArrayLike | None = None,
        fov_deg: float = 60.0,
        height_m: float = 0.0,
    ) -> None:
        """Pose the camera.

        Args:
            position: (3,) site frame, metres.
            target: (3,) the point to look at, or
            quaternion: (4,) (w, x, y, z) site_from_head; a head looks along its +Y.
            fov_deg: horizontal field of view.
            height_m: what an orthogonal camera sees from top to bottom; 0 for a perspective one.
        """
        camera, zero = self.base.cam, self._model.zero
        camera.set_pos(Vec3(*(np.asarray(position, float) - zero)))
        if quaternion is not None:
            camera.set_quat(Quat(*np.asarray(quaternion, float)))
        elif target is not None:
            camera.look_at(Vec3(*(np.asarray(target, float) - zero)))
        aspect = self.base.win.get_x_size() / max(1, self.base.win.get_y_size())
        self._lenses.use(aspect=aspect, fov_deg=fov_deg, height_m=height_m)

    @property
    def eye(self) -> npt.NDArray[np.float64]:
        """(3,) where the camera is, site frame."""
        return self._eye + self._model.zero

    @property
    def _eye(self) -> npt.NDArray[np.float64]:
        """(3,) where the camera is, measured from the scene's zero as all that is drawn."""
        return np.array(self.base.cam.get_pos(self.base.render), np.float64)

    @property
    def in_hall(self) -> bool:
        """Whether a hall is shown, which is opened when seen from outside."""
        return self._hall is not None

    def undrawn(self) -> npt.NDArray[np.bool_]:
        """(drawn ids,) what this person has hidden; what is cut away for the sake of the view is not."""
        return np.asarray((self.state.flags & HIDDEN) != 0)

    def set_cut_mode(self, mode: CutMode) -> None:
        """Open a hall when seen from outside (``auto``), always (``open``) or never (``closed``)."""
        self._cut_mode = mode

    def set_section(self, planes: Sequence[Plane]) -> None:
        """Cut away what lies beyond any of these planes, site frame; nothing when there is none."""
        was = self.sections.on
        self.sections.put(planes)
        if self.sections.on != was:
            self._use_quality()
            self._picker.use(placement_programs("pick", cut=not was))
            self._outline.use(placement_programs("mask", cut=not was))
            self.light.cut(not was)

    def paint(self, groups: Sequence[tuple[Ids, tuple[float, float, float]]]) -> None:
        """Give elements colours of their own, red, green and blue from 0 to 1; all others have none."""
        self.state.paint(groups)
        self._painted = bool(groups)
        self._use_quality()

    def show_heat(self, shown: bool, *, desaturation: float = 0.55) -> None:
        """Colour elements by the values of ``state.set_heat`` instead of by their state."""
        self.base.render.set_shader_input("desaturation", desaturation)
        self._heat = shown
        self._use_quality()

    def set_quality(self, quality: Quality) -> None:
        """Change how much is drawn."""
        self.quality = quality
        self._target.configure(samples=quality.samples, scale=quality.scale)
        self._fit()
        self.light.set_quality(quality)
        self._use_quality()

    def mark_at(self, x: float, y: float, before_m: float = np.inf) -> str:
        """Key of the mark under a pixel of the window from the top left, "" for none.

        Args:
            before_m: how far ahead the surface under the pixel is.
        """
        return self.marks.kept.at(x, y, Projection(self.base, self._model.zero), before_m=before_m)

    def person_at(self, x: float, y: float) -> int | None:
        """Number of the person under a pixel of the window, as in the last ``people.update``, or None."""
        return self.people.at(x, y, Projection(self.base, self._model.zero))

    # --- frame ---

    def frame(self) -> None:
        """Bring the scene up to date; call once before the engine draws."""
        if self._target.follow_window():
            self._fit()
        baked = self._model.poll_bake()
        if baked is not None:
            self._take_bake(*baked)
        self._open_or_close()
        self.light.set_brightness(self._adaptation.factor(self._eye, now_secs=time.monotonic()))
        self._fit_depth()
        if self.state.flags_changed:
            flags = self.state.take_flags()
            self._model.batches.apply_flags(flags)
            self._outline.set_active(bool((flags & MARKED).any()))
        self.state.upload()
        camera = Projection(self.base, self._model.zero)
        self._model.batches.cull(
            camera.eye,
            focal_px=camera.focal_px * self.quality.scale,
            smallest_px=self.quality.smallest_px,
            edges_far=self.quality.edges_far * self.light.look.edges_reach,
            orthogonal=camera.orthogonal,
            cuts=self.sections.equations if self.sections.on else None,
        )
        self._write(camera)

    def draw(self) -> None:
        """Bring the scene up to date and let the engine draw one frame."""
        self.frame()
        self.base.graphicsEngine.render_frame()

    def screenshot(self, path: Path) -> None:
        """Draw and write the window's picture, panels included, as PNG or JPEG by the file's ending.

        What moves casts its shadow here, at any quality.

        Raises:
            OSError: the file could not be written.
        """
        self._cast_moving(True)
        self.light.refresh_shadows()
        self.draw()
        self.draw()
        written = self.base.win.save_screenshot(Filename.from_os_specific(str(path)))
        if not self.quality.moving_shadows:
            self._cast_moving(False)
            self.light.refresh_shadows()
        if not written:
            raise OSError(f"expected to write a picture to {path}, but could not; is the folder there?")

    # --- asking ---

    def pick(self, x: float, y: float, *, through_glass: bool = True) -> Hit | None:
        """Return what is under a pixel of the window now; draws a frame of the pick pass alone."""
        self.request_pick(x, y, through_glass=through_glass)
        self._draw_without_picture()
        return self.poll_pick()

    def request_pick(self, x: float, y: float, *, through_glass: bool = True) -> None:
        """Ask for what is under a pixel; :meth:`poll_pick` answers after the next frame."""
        self._fit_depth()
        self._picker.request(x, y, through_glass=through_glass)

    def poll_pick(self) -> Hit | None:
        """Return the answer to :meth:`request_pick`."""
        found = self._picker.poll()
        if found is None:
            return None
        return Hit(found.slot - 1 if found.slot else None, found.position + self._model.zero)

    def visible_elements(self, *, scale: float = 1.0) -> dict[int, int]:
        """Count the pixels of each element in the present picture; draws an id pass.

        Args:
            scale: size of the pass relative to the window; counts are scaled back.
        """
        window = self.base.win
        width, height = window.get_x_size(), window.get_y_size()
        size = max(1, round(width * scale)), max(1, round(height * scale))
        programs = placement_programs("pick", cut=self.sections.on)
        buffer = SlotBuffer(self.base, PLACEMENT_TAG, programs, size=size)
        self._fit_depth()
        buffer.aim((0.0, 0.0), (1.0, 1.0))
        buffer.through_glass(False)
        buffer.set_active(True)
        self._draw_without_picture()
        found = buffer.read()
        buffer.close()
        if found is None:
            return {}
        slots, counts = count_slots(found)
        scaled = np.rint(counts * (width * height / (size[0] * size[1]))).astype(int)
        return dict(zip((slots - 1).tolist(), scaled.tolist(), strict=True))

    def close(self) -> None:
        """Take the scene down and release its buffers; the engine stays."""
        outputs = (self._outline, self._picker, self.light, self._target)
        for part in (self._lenses, self.marks, self.pins, self._quads, *outputs):
            part.close()
        self.base.render.get_children().detach()
        self.base.camera.reparent_to(self.base.render)
        self.base.render.clear_shader_input("scene_depth")

    # --- inside ---

    def draw_flat_alone(self) -> None:
        """Draw what lies flat on the picture once more, but no handles, for a buffer that looks at it."""
        held = self.sections.shown, self.gizmo
        self.sections.shown = self.gizmo = None
        self._write(Projection(self.base, self._model.zero))
        self._without_picture()
        self.sections.shown, self.gizmo = held

    def _draw_without_picture(self) -> None:
        self.frame()
        self._without_picture()

    def _without_picture(self) -> None:
        self._target.set_active(False)
        self.base.win.set_active(False)
        self.base.graphicsEngine.render_frame()
        self.base.win.set_active(True)
        self._target.set_active(True)

    def _fit(self) -> None:
        """Follow a window or a target of a new size."""
        self._outline.renew()
        self.relations.set_window(self._target.size)
        window = self.base.win.get_x_size(), self.base.win.get_y_size()
        self._quads.set_window(window, self._target.depth)
        self.pins.set_window(window, self._target.depth)
        self.marks.set_window(window, self._target.size, self._target.depth)

    def _write(self, camera: Projection) -> None:
        """Place labels."""
        self.labels.set_tags(self.people.tags)
        scale = self.labels.scale
        over = [self.noise.records(camera, self._atlas, scale=scale)]
        over += [placeholder_records(p, camera, self._atlas, scale=scale) for p in self.placeholders]
        if self.gizmo is not None:
            over.append(gizmo_records(self.gizmo, camera, self._atlas, scale=scale))
        over.append(self.sections.records(camera, scale=scale))
        self.pins.frame(camera, scale=scale)
        over.append(self.pointers.records(camera, self._atlas, scale=scale))
        self._quads.draw(np.concatenate([self.people.rings(camera), self.labels.records(camera), *over]))
        self.marks.frame(camera, scale=scale)
        self._atlas.upload()

    def _settle(self) -> None:
        """Follow packages that came, moved or went: look, light and shadows are those of the first hall."""
        self.people.zero = self._model.zero
        self.relations.measure_from(self._model.zero)
        self.noise.measure_from(self._model.zero)
        self.sections.measure_from(self._model.zero)
        self.pins.measure_from(self._model.zero)
        self.marks.measure_from(self._model.zero)
        if self._hall is None:
            self._enter_first_hall()
        main = next(iter(self._model.numbers), None) if self._hall is None else self._hall_package
        self._use_bake(self._model.known_bake(main) if main is not None else None)
        self._cover()

    def _enter_first_hall(self) -> None:
        for number in self._model.numbers:
            hall = self._model.hall(number)
            if hall is not None:
                self._hall, self._hall_package = hall, number
                self._cut = CutAway(self._model.elements(number), hall)
                self.light.set_hall(hall)
                self.light.set_look(INSIDE)
                self._shafts = make_shafts(self.base.render, hall, INSIDE.sun_direction)
                self._use_quality()
                return

    def _leave_hall(self) -> None:
        count = len(self._model.elements(self._hall_package).kinds)
        self.state.set_cut_away(np.zeros(count, np.uint8), base=self._model.base(self._hall_package))
        self._hall, self._hall_package, self._cut, self._outside = None, _NO_PACKAGE, None, False
        if self._shafts is not None:
            self._shafts.remove_node()
            self._shafts = None
        self.light.set_hall(None)
        self.light.set_look(OUTSIDE)
        self._use_quality()

    def _cover(self) -> None:
        if self._hall is not None:
            margin = np.array([_SHADOW_MARGIN_M, _SHADOW_MARGIN_M, 0.5], np.float32)
            self.light.cover(self._hall.lo, self._hall.hi, margin=margin)
        else:
            lo, hi = self._model.box()
            self.light.cover(lo, hi, margin=np.full(3, 0.05, np.float32) * (hi - lo))

    def _take_bake(self, number: int, bake: Bake) -> None:
        """Take new light, if it is that of the hall, or without one of the first package."""
        main = self._hall_package if self._hall is not None else next(iter(self._model.numbers))
        if number == main:
            self._use_bake(bake)

    def _use_bake(self, bake: Bake | None) -> None:
        """Light the scene by what was baked; a hall has a look of its own for who is inside."""
        self.light.set_occlusion(bake.occlusion if bake else None)
        self.light.set_irradiance(bake.irradiance if bake else None)
        self._adaptation.use(bake.occlusion if bake and self._hall is None else None)

    def _open_or_close(self) -> None:
        """Choose look and cut-away by where the eye is."""
        if self._hall is None or self._cut is None:
            return
        outside = self._cut_mode == "open" or (
            self._cut_mode == "auto" and is_outside(self._hall, self._eye, now_outside=self._outside)
        )
        flags = self._cut.flags_for(self._eye if outside else None)
        if flags is not None:
            self.state.set_cut_away(flags, base=self._model.base(self._hall_package))
        if outside != self._outside:
            self._outside = outside
            self.light.set_look(OVERVIEW if outside else INSIDE)
            self._use_quality()

    def _fit_depth(self) -> None:
        """Let the depth range hold all that can be seen from here, and no more."""
        lo, hi = self._model.box()
        away = float(np.linalg.norm(np.maximum(np.maximum(lo - self._eye, self._eye - hi), 0.0)))
        far = max(_FAR_M, self.light.look.sight_m, away + float(np.linalg.norm(hi - lo)))
        near = _NEAR_SHARE * self._model.batches.nearest_m(self._eye)
        self.base.camLens.set_near_far(float(np.clip(near, _NEAR_M, _NEAR_MOST_M)), far)

    def _cast_moving(self, casting: bool) -> None:
        self._model.batches.cast_moving(casting)
        self.people.cast(casting)

    def _use_quality(self) -> None:
        switches = dict(self.quality.defines)
        switches["HALL"] = int(self._hall is not None)
        switches["TABLE"] = int(self.light.look.on_table)
        switches["HEAT"] = int(self._heat)
        switches[CUT], switches["PAINTED"] = int(self.sections.on), int(self._painted)
        self._model.batches.use(switches)
        self.people.use(switches)
        self._cast_moving(self.quality.moving_shadows)
        if self._shafts is not None:
            shown = self.quality.shafts and self.light.look.shafts and not self.sections.on
            self._shafts.show() if shown else self._shafts.hide()
