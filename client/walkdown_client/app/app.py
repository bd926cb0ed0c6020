"""One client with a picture: what happens in a frame, in this order and no other.

A frame drains the link into the world, reads keys and mouse, advances the world, brings the scene and the
interface up to date, draws, and says where one's own head is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from direct.showbase.ShowBase import ShowBase
from panda3d.core import GraphicsWindow, WindowProperties

from walkdown import __version__
from walkdown.i18n import _
from walkdown.messages import Hello
from walkdown_client.address import Address
from walkdown_client.app.bringing import Bringing
from walkdown_client.app.door_news import DoorNews
from walkdown_client.app.door_states import DoorStates
from walkdown_client.app.door_wishes import DoorWishes
from walkdown_client.app.file_dialog import FileDialog
from walkdown_client.app.in_motion import InMotion, forget_what_is_gone
from walkdown_client.app.indexing import Indexing
from walkdown_client.app.link_wishes import Ways
from walkdown_client.app.model_news import ModelNews
from walkdown_client.app.model_wishes import Hands, ModelWishes
from walkdown_client.app.models import Models
from walkdown_client.app.models_loading import ModelsLoading
from walkdown_client.app.newcomers import Newcomers
from walkdown_client.app.noise_showing import NoiseShowing
from walkdown_client.app.note_wishes import NoteWishes
from walkdown_client.app.remembering import Remembering
from walkdown_client.app.review import Review
from walkdown_client.app.server_news import ServerNews
from walkdown_client.app.showing import Showing
from walkdown_client.app.store_files import StoreFiles
from walkdown_client.app.topic_desk import Store
from walkdown_client.app.voices import Voices
from walkdown_client.app.walking import Walking
from walkdown_client.app.wishes import Program, Wishes
from walkdown_client.blob_cache import BlobCache
from walkdown_client.deep_links import DeepLink
from walkdown_client.directory import Neighbours
from walkdown_client.events import Joined
from walkdown_client.ground import Ground
from walkdown_client.identity import Identity
from walkdown_client.input import camera
from walkdown_client.input.controls import Controls, Picked
from walkdown_client.input.window import WindowEvents, window_id
from walkdown_client.input.x11_drop import FileDrop
from walkdown_client.known_people import KnownPeople
from walkdown_client.known_servers import Stay
from walkdown_client.link import Link
from walkdown_client.refusals import reply_sentence
from walkdown_client.render.engine import Driver, EngineSettings, driver_of, start_engine
from walkdown_client.render.notices import EngineNotices
from walkdown_client.scene.quality import PRESETS, Preset, Quality, QualityChooser
from walkdown_client.scene.view import SceneView
from walkdown_client.tools.intents import Intent
from walkdown_client.tools.link_intents import FollowLink
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui.events import ImGuiInput
from walkdown_client.ui.facts import BringTask, Facts, OpenModel
from walkdown_client.ui.interface import Interface
from walkdown_client.ui.layout import lay_out
from walkdown_client.ui.pictures import Pictures
from walkdown_client.ui.renderer import ImGuiPanda
from walkdown_client.world import World

FRAME_SMOOTHING = 0.1
SMOOTH_SECS = 0.1
ATTACH_SECS, ATTACH_SLOWLY_SECS = 0.006, 0.25
"""How long tiles are attached in a frame: while frames take less than the first, they stay so; a machine that
takes longer anyway gains by taking many at once."""


@dataclass(frozen=True, kw_only=True)
class AppSettings:
    """What an app needs to know.

    Attributes:
        start: eye and target (3,) at the beginning, metres, site frame; None frames everything.
        quality: fixed while given; None chooses by measured frame time.
        cache: where models and baked light are kept on disk, or None.
        send_pose: whether the others see oneself. sound: whether one hears and may be heard.
        identity: one's own key, or None. people: who was met before, or None. stay: what is remembered of
            this session, or None.
    """

    engine: EngineSettings
    start: tuple[npt.ArrayLike, npt.ArrayLike] | None = None
    quality: Quality | None = None
    cache: Path | None = None
    send_pose: bool = True
    sound: bool = False
    identity: Identity | None = None
    people: KnownPeople | None = None
    stay: Stay | None = None


class App:
    """A running client.

    Attributes:
        world: what is known. view: what this person sees. models: which element belongs to what.
        scene: what is drawn. interface: the panels. program: what was asked of the program.
    """

    def __init__(self, address: Address, hello: Hello, settings: AppSettings, *, view: ViewState) -> None:
        self.settings, self.view = settings, view
        known = settings.people.acquaintances if settings.people is not None else None
        self.world, self.models, self.program = World(known), Models(), Program()
        self.base: ShowBase
        self.notices: EngineNotices
        self.base, self.notices = start_engine(settings.engine)
        self.driver: Driver = driver_of(self.base)
        self._chosen_quality = view.preferences.quality
        self._chooser = self._new_chooser()
        quality = settings.quality or PRESETS[self._chooser.preset]
        self.scene = SceneView(
            self.base, quality, cache_dir=settings.cache / "light" if settings.cache else None
        )
        self._panel = ImGuiPanda(self.base.win)
        self.interface = Interface(display_scale=self._panel.display_scale)
        self._input = ImGuiInput(self._panel)
        self.rig = camera.Rig()
        if settings.start is not None:
            self.rig.take(camera.look_at(*settings.start))
        cache = BlobCache(settings.cache / "blobs") if settings.cache else None
        self._connect(address, hello, cache)
        self._watch_the_door()
        self._show_models(address, cache)
        self._events = WindowEvents(self.base)
        self._controls = Controls(self.rig, view, self._pick)
        self._let_models_move(address)
        self._let_people_review(address, cache)
        self._framing, self._first_view, self._framed_revision = settings.start is None, self.rig.pose, 0
        self.frame_secs, self._last_secs = float("nan"), time.monotonic()

    def _connect(self, address: Address, hello: Hello, cache: BlobCache | None) -> None:
        """Make the way to the server, what carries wishes out, and what people hear of each other."""
        self.voices = Voices(
            self.world,
            self.view,
            self.models,
            rig=self.rig,
            wanted=self.settings.sound,
            away=lambda: self.scene.state.away,
        )
        identity, hear = self.settings.identity, self.voices.hear
        self.link = Link(address, hello, cache=cache, identity=identity, on_voice=hear)
        self.wishes = Wishes(
            self.world, self.view, self.models, rig=self.rig, link=self.link, program=self.program
        )
        self.voices.open(self.link, self.wishes)

    def _show_models(self, address: Address, cache: BlobCache | None) -> None:
        """Make what loads models, shows them and lets one walk in them."""
        self.loading = ModelsLoading(
            address,
            self.scene,
            self.models,
            cache=cache,
            say_failed=self._say_model_failed,
            on_loaded=self.voices.hear_model,
        )
        self._showing = Showing(self.scene, self.models)
        self._noise = NoiseShowing(
            self.world, self.view, layer=self.scene.noise, building=self.voices.plant.building
        )
        self._indexing, self._remembering = Indexing(), Remembering(self.link.ask_past)
        self.walking = Walking(
            self.view,
            self.models,
            doors=DoorStates(
                self.world, self.models, undrawn=self.scene.undrawn, away=lambda: self.scene.state.away
            ),
            rig=self.rig,
            wishes=self.wishes,
            open_ground=lambda: Ground(address, cache=cache),
        )

    def _let_models_move(self, address: Address) -> None:
        """Make what brings models in, moves them and says that they came and went."""
        self.bringing = Bringing(address, self.link)
        self._neighbours = Neighbours(address)
        self._dialog = FileDialog(shown=not self.settings.engine.headless)
        self._drop = FileDrop(window_id(self.base.win))
        self._model_wishes = ModelWishes(
            self.world,
            self.view,
            self.models,
            bringing=self.bringing,
            hands=Hands(self._dialog, self._drop),
        )
        self.wishes.add(self._model_wishes.rules(self.wishes))
        self._note_wishes = NoteWishes(self.world, self.view, self.wishes)
        self.wishes.add(self._note_wishes.rules())
        self._model_news = ModelNews(self.wishes.say)
        self._in_motion = InMotion(self.scene, self.models)

    def _let_people_review(self, address: Address, cache: BlobCache | None) -> None:
        """Make what people do together: topics, views, marks and the meeting."""
        self._review = Review(
            self.world,
            self.view,
            self.models,
            scene=self.scene,
            rig=self.rig,
            wishes=self.wishes,
        )
        self._review.open(self._store(address, cache))
        self._review.follow_links(Ways(lambda: self.loading.complete, self._leave_for_link))
        self._door_wishes.follow = lambda text: self.wishes.carry_out(FollowLink(text))
        self.voices.sounding.sources.append(self._review.company.sounds)
        self._model_wishes.bring_topics = self._review.topics.bring
        self._model_wishes.attach = self._review.marks.dropped
        self._controls.marks.shape_at = self._review.marks.shapes.at
        self._controls.marks.mark_at = self.scene.mark_at
        self._controls.pin_at = self._review.pins.at

    def _watch_the_door(self) -> None:
        """Make what invites, sends away, and says what changes about people."""
        self._newcomers, self._door_news = Newcomers(self.wishes.say), DoorNews(self.wishes)
        self._server_news = ServerNews(self.wishes)
        self._door_wishes = DoorWishes(self.world, self.view, leave_for=self._leave_for)
        self.wishes.add(self._door_wishes.rules(self.wishes))

    def _store(self, address: Address, cache: BlobCache | None) -> Store:
        """Return the session's files, and their pictures for panels."""
        files = StoreFiles(address, cache=cache)
        return Store(
            files,
            Pictures(self._panel, files.get),
            shown=not self.settings.engine.headless,
            ahead=lambda: self._pick(self._panel.size[0] / 2, self._panel.size[1] / 2),
        )

    def go(self, link: DeepLink) -> None:
        """Go where a link leads within this session, as soon as it is there."""
        self._review.links.go(link)

    def _leave_for_link(self, link: DeepLink) -> None:
        if link.address is not None:
            self.program.next_link = link
            self._leave_for(link.address)

    def _leave_for(self, address: Address) -> None:
        self.program.next_address, self.program.quit = address, True

    # ---- the frame ----------------------------------------------------------------------------------

    def frame(self) -> None:
        """Do everything that a frame does, once."""
        now_secs = time.monotonic()
        delta_secs, self._last_secs = now_secs - self._last_secs, now_secs
        self._drain()
        wishes = self._read_input(now_secs, delta_secs)
        self.world.advance(self.world.clock.session_ns(time.monotonic_ns()))
        self.voices.step(now_secs)
        self._noise.step(now_secs, self.rig.pose)
        self._review.seen.handles = self._controls.sections.shapes()
        self._review.step(now_secs, self.voices.facts.speaking)
        wishes += self._show(now_secs, delta_secs)
        for wish in wishes:
            self.wishes.carry_out(wish)
        self._say_where_i_am()
        self._measure(delta_secs)

    def redraw(self) -> None:
        """Draw the moment of the last frame again, for a picture that may take its time."""
        self._show(self._last_secs, 0.0)

    def _show(self, now_secs: float, delta_secs: float) -> list[Intent]:
        self._bring_scene_up_to_date()
        wishes = self._draw_interface(now_secs, delta_secs)
        self._draw()
        return wishes

    def run(self, *, until_secs: float = float("inf")) -> None:
        """Draw frames until the person leaves, the server refuses, or the time is over."""
        while not self.program.quit and time.monotonic() < until_secs:
            self.frame()
            self._act_on_program()

    def close(self) -> None:
        """Leave the session and end all threads."""
        self._indexing.close()
        self._review.close()
        self.bringing.close()
        self._drop.close()
        self.walking.close()
        self._noise.close()
        self.voices.close()
        self.loading.close()
        self.link.close()
        self._events.close()
        self.base.destroy()

    def _drain(self) -> None:
        for event in self.link.drain():
            self.world.apply(event)
            self.bringing.hear(event)
            self._review.hear(event)
            if isinstance(event, Joined) and self.settings.stay is not None:
                self.settings.stay.keep(event.welcome.secret)
        self._newcomers.look(self.world)
        self._remembering.look(self.world, self.view)
        self._door_news.look(self.world)
        self._server_news.look(self.world)
        self._door_wishes.look()
        if self.settings.people is not None:
            self.settings.people.save()
        self._model_news.look(self.world)
        self._model_wishes.look()
        forget_what_is_gone(self.view, self.world, self.models)
        for refusal in self.world.refusals:
            if not (self._note_wishes.hear(refusal) or self._review.hear_refusal(refusal)):
                self.wishes.say_error(_("The server did not do it"), reply_sentence(refusal))
        self.world.refusals.clear()
        smooth = not self.frame_secs > SMOOTH_SECS
        self.loading.step(
            self.world, self.rig.pose.position, budget_secs=ATTACH_SECS if smooth else ATTACH_SLOWLY_SECS
        )

    def _read_input(self, now_secs: float, delta_secs: float) -> list[Intent]:
        events = self._events.drain()
        self._input.feed(events)
        for event in events:
            keys, mouse = not self._input.wants_keys, not self._input.wants_mouse
            for wish in self._controls.feed(event, now_secs=now_secs, keys=keys, mouse=mouse):
                self.wishes.carry_out(wish)  # at once: what is typed next may already be meant for a field
        wishes = self._controls.advance(delta_secs, now_secs=now_secs, size=self._panel.size)
        self.walking.advance(delta_secs, self._controls.steps)
        return wishes

    def _bring_scene_up_to_date(self) -> None:
        width, height = self._panel.size
        self.rig.lens = replace(self.rig.lens, aspect=width / height)
        if self._framing:
            self._frame_everything()
        pose = self.rig.pose
        self.scene.set_camera(
            pose.position,
            quaternion=pose.quaternion,
            fov_deg=float(np.degrees(self.rig.lens.fov_rad)),
            height_m=self.rig.lens.height_m,
        )
        self._keep_labels_off_panels()
        speaking = self.voices.facts.speaking
        self._showing.update(self.world, self.view, pose.position, speaking=speaking)
        self._in_motion.update(self.world, self.view, self._tasks(), handles=self._controls.gizmo.shapes())
        self.wishes.tell_selection()

    def _frame_everything(self) -> None:
        """Have all models in the picture until they are there, or until the person looks elsewhere."""
        untouched = self.rig.pose is self._first_view
        if self.models.revision != self._framed_revision and untouched:
            self._framed_revision = self.models.revision
            box = self.models.box_of_all()
            if box is None:
                return
            self._first_view = camera.first_view(self.rig.lens, box, into=self.scene.in_hall)
            self.rig.take(self._first_view)
            self.rig.speed_m_s = camera.speed_for(box)
        self._framing = self.rig.pose is self._first_view and not self.loading.complete

    def _tasks(self) -> tuple[BringTask, ...]:
        return self.bringing.tasks(self.world, self.view.closed_tasks)

    def _sessions(self, now_secs: float) -> tuple[tuple[str, int, str], ...]:
        """Return the other sessions of the server while the palette is open."""
        welcome = self.world.welcome
        if not self.view.palette_open or welcome is None:
            return ()
        near = self._neighbours
        near.look(now_secs, here=welcome.session, secret=welcome.secret)
        return tuple((line.name, line.people, near.where(line)) for line in near.lines)

    def _keep_labels_off_panels(self) -> None:
        (width, height), labels = self._panel.size, self.scene.labels
        labels.scale = self.view.preferences.ui_scale * self.interface.display_scale
        free = lay_out((width, height), labels.scale, self.view).scene
        below, beside = height - free.y - free.height, width - free.x - free.width
        labels.insets = (free.x, below, beside, free.y)

    def _draw_interface(self, now_secs: float, delta_secs: float) -> list[Intent]:
        facts = Facts(
            now_secs=now_secs,
            frame_secs=self.frame_secs,
            loading=self.loading.progress(),
            waiting_notes=self.link.pending,
            quality=self._quality_in_use(),
            version=__version__,
            holding=self.walking.holding,
            tasks=self._tasks(),
            has_dialog=self._dialog.available,
            opens_door=self.link.address.is_own_computer,
            sessions=self._sessions(now_secs),
            sound=self.voices.facts,
            zone=self.voices.zone,
            noise_db=self._noise.level_db,
            topics=self._review.topics.facts(),
            models=tuple(OpenModel(package.ref, package.elements) for package in self.models.packages),
            inventory=self._indexing.step(
                self.world.twin, self.models.packages, loaded=self.loading.complete
            ),
        )
        self._panel.begin(delta_secs)
        wishes = self.interface.draw(self.world, self.view, facts, size=self._panel.size)
        self._panel.end()
        return wishes

    def _draw(self) -> None:
        self.scene.frame()
        self.base.task_mgr.step()
        self.notices.poll()

    def _say_where_i_am(self) -> None:
        if self.settings.send_pose:
            pose = self.rig.pose
            self.link.send_pose(pose.position, pose.quaternion, flags=self.voices.pose_flags)

    def _measure(self, delta_secs: float) -> None:
        self.world.note_drawn(time.monotonic_ns())
        self.frame_secs = (
            delta_secs
            if np.isnan(self.frame_secs)
            else self.frame_secs + FRAME_SMOOTHING * (delta_secs - self.frame_secs)
        )
        if self.settings.quality is None:
            self._choose_quality(delta_secs)

    def _choose_quality(self, delta_secs: float) -> None:
        """Follow the person's choice, and step below it where frames take too long."""
        if self.view.preferences.quality != self._chosen_quality:
            self._chosen_quality = self.view.preferences.quality
            self._chooser = self._new_chooser()
            self.scene.set_quality(PRESETS[self._chooser.preset])
        elif self.loading.complete and (better := self._chooser.observe(delta_secs)) is not None:
            self.scene.set_quality(PRESETS[better])

    def _new_chooser(self) -> QualityChooser:
        best: Preset = next((name for name in PRESETS if name == self._chosen_quality), "high")
        return QualityChooser("low" if self.driver.software else best, best=best)

    def _quality_in_use(self) -> str:
        in_use = self._chooser.preset
        return "" if self.settings.quality or in_use == self._chosen_quality else in_use

    # ---- asked by others ----------------------------------------------------------------------------

    def _pick(self, x: float, y: float) -> Picked | None:
        hit = self.scene.pick(x, y)
        if hit is None:
            return None
        px, py, pz = hit.position.tolist()
        if hit.drawn_id is None:
            return Picked((px, py, pz))
        thing, package = self.models.thing_at(hit.drawn_id), self.models.package_at(hit.drawn_id)
        return Picked(
            (px, py, pz),
            thing,
            self.models.element_at(hit.drawn_id),
            package.ref.model if package else "",
            hit.drawn_id,
        )

    def _say_model_failed(self, sentence: str) -> None:
        self.wishes.say_error(_("A model could not be loaded"), sentence)

    def _act_on_program(self) -> None:
        program = self.program
        if program.cancel_loading:
            program.cancel_loading = False
            self.loading.cancel()
        if program.toggle_full_screen:
            program.toggle_full_screen = False
            self._toggle_full_screen()
        while program.screenshots:
            path = program.screenshots.pop()
            self.scene.screenshot(path)
            self.wishes.say(_("Picture saved"), str(path))
        window = self.base.win
        if isinstance(window, GraphicsWindow) and window.is_closed():
            program.quit = True

    def _toggle_full_screen(self) -> None:
        window = self.base.win
        if isinstance(window, GraphicsWindow):
            wanted = WindowProperties()
            wanted.set_fullscreen(not window.get_properties().get_fullscreen())
            window.request_properties(wanted)
