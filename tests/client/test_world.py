"""The world is what the events said, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from walkdown.blocks import SignalValues
from walkdown.codec import PoseFlag, Poses
from walkdown.messages import (
    IN_PLACE,
    Blob,
    Gone,
    ModelTask,
    Note,
    PackageRef,
    Person,
    Record,
    Reply,
    ServerStatus,
    Snapshot,
    SourceStatus,
    TextValue,
    UploadTicket,
    Welcome,
)
from walkdown.package import Joint
from walkdown.twin import BAD, GOOD, STATE_ALARM, Catalogue, ModelThings, Signal, Thing, make_catalogue
from walkdown_client.events import Event, Heard, Joined, LinkChanged, ModelsListed, Recorded, RoundTrip, Tick
from walkdown_client.placements import placed
from walkdown_client.world import World

SECS = 1_000_000_000
NOW_NS = 1_800_000_000 * SECS
PACKAGE = PackageRef("a" * 64, "hall", Blob("b" * 64, 9), 0, 5, joint_base=2, joint_count=2)
CATALOGUE = make_catalogue(
    3,
    things=[Thing("FIL", "Filler"), Thing("P-1", "Pump")],
    signals=[
        Signal("fil.speed", "FIL", "speed"),
        Signal("fil.temp", "FIL", "temperature"),
        Signal("p.mode", "P-1", "mode", kind="text"),
    ],
)
FIL_NOTE = Note("n1", "leaks", (1.0, 2.0, 3.0), "Ada", "ada", 5, "FIL", number=1)


def welcome(**changes: object) -> Welcome:
    fields: dict[str, object] = {"snapshot": Blob("d" * 64, 1), "time_ns": NOW_NS} | changes
    return Welcome(
        person=1,
        secret="s",
        session="Test",
        resumed=False,
        tick_ms=50,
        epoch=3,
        catalogue=Blob("c" * 64, 1),
        packages=(PACKAGE,),
        number=1,
        **fields,  # type: ignore[arg-type]
    )


def joined(catalogue: Catalogue = CATALOGUE) -> Joined:
    return Joined(welcome(), catalogue, Snapshot(1, (FIL_NOTE,), ("leak",)), local_ns=0)


def world_with(*events: Event) -> World:
    world = World()
    for event in (joined(), *events):
        world.apply(event)
    return world


def values(
    rows: list[int], numbers: list[float], *, ages: list[float] | None, quality: int = GOOD
) -> SignalValues:
    return SignalValues(
        "f32",
        np.array(rows, np.intp),
        np.array(numbers, "<f4"),
        np.full(len(rows), quality, np.uint8),
        np.zeros(len(rows)) if ages is None else np.array(ages),
    )


def tick(number: int, *signals: SignalValues, **sections: object) -> Tick:
    return Tick(number, NOW_NS + number * SECS // 20, signals=signals, **sections)  # type: ignore[arg-type]


def pose(person: int, x: float, flags: int = 0) -> Poses:
    return Poses(
        np.array([person], np.uint16),
        np.array([flags], np.uint16),
        np.array([[x, 0.0, 1.7]]),
        np.array([[1.0, 0.0, 0.0, 0.0]]),
        np.zeros(1),
    )


def test_a_new_world_knows_nothing_and_can_be_asked() -> None:
    world = World()
    world.advance(5)
    world.note_drawn(5)
    assert (world.me, world.people, world.packages, world.link_state) == (0, {}, (), "connecting")
    assert np.isnan(world.latency.signal_p50)


def test_joining_brings_the_catalogue_the_notes_and_the_models() -> None:
    world = world_with(LinkChanged("live"))
    assert world.me == 1
    assert world.catalogue is CATALOGUE
    assert world.notes == {"n1": FIL_NOTE}
    assert world.disturbances == {"leak"}
    assert world.packages == (PACKAGE,)
    assert world.link_state == "live"


def test_values_states_and_texts_are_where_panels_look() -> None:
    world = world_with(
        tick(
            1,
            values([1], [7.5], ages=[0.0], quality=BAD),
            things=np.array([0]),
            states=np.array([STATE_ALARM]),
        ),
        Heard(TextValue(2, "run", GOOD, NOW_NS)),
    )
    assert (world.value("fil.temp"), world.quality("fil.temp")) == (7.5, BAD)
    assert world.value("p.mode") == "run"
    assert (world.state("FIL"), world.state("P-1")) == ("alarm", "none")


def test_what_a_frame_names_beyond_the_catalogue_is_passed_over() -> None:
    world = world_with(
        tick(1, things=np.array([9, 1]), states=np.array([3, 2], np.uint8)), Heard(TextValue(77, "ghost"))
    )
    assert world.thing_states.tolist() == [0, 2]


def test_each_topic_counts_its_own_changes() -> None:
    world = world_with()
    revisions = [world.signals_revision, world.states_revision, world.notes_revision, world.people_revision]
    world.apply(tick(1, values([0], [1.0], ages=None)))
    world.apply(Heard(Person(2, "Bob")))
    assert world.signals_revision == revisions[0] + 1
    assert world.people_revision == revisions[3] + 1
    assert [world.states_revision, world.notes_revision] == revisions[1:3]


def test_records_change_notes_and_disturbances() -> None:
    second = Note("n2", "dirty", (0.0, 0.0, 0.0), "Bob", "bob", 6, number=2)
    world = world_with(
        Recorded(Record(2, 6, "Bob", "bob", "note", {}), second),
        Recorded(Record(3, 7, "Ada", "ada", "note_removed", {"note": "n1"})),
        Recorded(Record(4, 8, "Ada", "ada", "disturbance", {"disturbance": "clog", "active": True})),
        Recorded(Record(5, 9, "Ada", "ada", "disturbance", {"disturbance": "leak", "active": False})),
    )
    assert world.notes == {"n2": second}
    assert world.disturbances == {"clog"}


def test_resuming_keeps_the_notes_and_forgets_the_people_until_they_are_told_again() -> None:
    world = world_with(Heard(Person(2, "Bob")), tick(1, poses=(pose(2, 1.0),)))
    world.apply(Joined(welcome(snapshot=None), CATALOGUE, None, 0))
    assert world.notes == {"n1": FIL_NOTE}
    assert world.people == {}
    world.advance(NOW_NS)
    assert not len(world.people_ids)


def test_a_catalogue_that_is_the_same_keeps_its_values_and_a_new_one_starts_empty() -> None:
    world = world_with(tick(1, values([0], [5.0], ages=None)))
    world.apply(joined())
    assert world.value("fil.speed") == 5.0
    world.apply(joined(make_catalogue(4, things=CATALOGUE.things, signals=CATALOGUE.signals)))
    assert np.isnan(world.value("fil.speed"))


def test_a_server_whose_clock_is_behind_is_followed_at_once() -> None:
    world = world_with(
        RoundTrip(0, NOW_NS, 0),
        tick(1, values([0], [1.0], ages=None), joints=np.array([0], np.uint16), joint_values=np.array([1.0])),
    )
    earlier_ns = NOW_NS - 3600 * SECS
    world.apply(Joined(welcome(time_ns=earlier_ns), CATALOGUE, None, local_ns=0))
    world.apply(
        Tick(
            1,
            earlier_ns,
            signals=(values([0], [2.0], ages=None),),
            joints=np.array([0], np.uint16),
            joint_values=np.array([3.0]),
        )
    )
    assert world.clock.session_ns(0) == earlier_ns
    world.advance(earlier_ns + SECS)
    assert world.joint_values.tolist() == [3.0]
    assert world.history(0)[1].tolist() == [2.0]


def test_people_come_select_lose_their_connection_and_go() -> None:
    world = world_with(
        Heard(Person(2, "Bob", colour=3)), Heard(Person(2, "Bob", selected="P-1", connected=False))
    )
    assert (world.people[2].selected, world.people[2].connected) == ("P-1", False)
    world.apply(Heard(Gone(2)))
    assert world.people == {}


def test_ones_own_pose_is_not_among_the_others() -> None:
    world = world_with(tick(1, poses=(pose(1, 5.0), pose(2, 6.0, PoseFlag.SPEAKING))))
    world.advance(NOW_NS + SECS)
    assert world.people_ids.tolist() == [2]
    assert world.people_positions[0].tolist() == [6.0, 0.0, 1.7]
    assert world.people_flags.tolist() == [PoseFlag.SPEAKING]


def test_joints_wait_for_their_period_at_the_base_of_their_package() -> None:
    world = world_with()
    world.set_joints(
        PACKAGE,
        [
            Joint("a", "revolute", (0, 0, 0), (0, 0, 1), period=1.0),
            Joint("b", "prismatic", (0, 0, 0), (1, 0, 0)),
        ],
    )
    for number, value in ((1, 0.9), (2, 0.1)):
        world.apply(tick(number, joints=np.array([2, 3], np.uint16), joint_values=np.array([value, value])))
    world.advance(NOW_NS + 3 * SECS // 40 + SECS // 10)
    assert world.joint_values == pytest.approx([0, 0, 1.0, 0.5])


def test_the_latency_of_a_value_is_from_its_source_to_the_frame_that_shows_it() -> None:
    world = world_with()
    world.apply(RoundTrip(0, NOW_NS, 0))
    world.apply(tick(1, values([0], [1.0], ages=[0.03])))
    world.note_drawn(SECS // 20 + SECS // 50)
    assert np.isnan(world.latency.signal_p50)  # the first value after joining may be old news
    world.apply(tick(2, values([0], [2.0], ages=[0.03])))
    world.note_drawn(SECS // 10 + SECS // 50)
    assert world.latency.signal_p50 == pytest.approx(0.05)


def test_a_value_that_is_only_sent_again_is_not_measured() -> None:
    world = world_with()
    world.apply(RoundTrip(0, NOW_NS, 0))
    world.apply(tick(1, values([0, 1], [1.0, 1.0], ages=[0.0, 0.0])))
    world.apply(tick(40, values([0, 1], [1.0, 2.0], ages=[1.95, 0.0])))
    world.note_drawn(2 * SECS + SECS // 10)
    assert world.latency.signal_p95 == pytest.approx(0.1)


def test_the_latency_of_a_pose_includes_the_delay_of_smoothing() -> None:
    world = world_with()
    world.apply(RoundTrip(0, NOW_NS, 0))
    for number in range(20):
        world.apply(tick(number, poses=(pose(2, number * 0.1),)))
        world.advance(NOW_NS + number * SECS // 20)
    world.note_drawn(19 * SECS // 20)
    assert world.latency.pose_p50 == pytest.approx(0.1)


def test_history_is_seconds_before_now() -> None:
    world = world_with(*(tick(n, values([0], [float(n)], ages=None)) for n in (0, 20, 40)))
    world.advance(NOW_NS + 3 * SECS)
    times, numbers = world.history(0)
    assert times.tolist() == [-3.0, -2.0, -1.0]
    assert numbers.tolist() == [0.0, 20.0, 40.0]
    assert [len(part) for part in world.history(2)] == [0, 0]


def test_refusals_sources_and_the_servers_state_are_kept_for_panels() -> None:
    world = world_with(
        Heard(Reply(1, 5)),
        Heard(Reply(2, 0, "not-yours", "no")),
        Heard(SourceStatus("mqtt", "down", "no broker")),
        Heard(ServerStatus(writable=False, text="disk full")),
        LinkChanged("reconnecting", "lost"),
    )
    assert [reply.op for reply in world.refusals] == [2]
    assert world.sources["mqtt"].state == "down"
    assert not world.server_status.writable
    assert (world.link_state, world.link_text) == ("reconnecting", "lost")


def test_three_hundred_people_and_a_frame_that_was_skipped() -> None:
    world = world_with()
    ids = np.arange(1, 301, dtype=np.uint16)
    for number in (0, 1, 2, 5, 6):
        positions = np.stack([ids * 1.0, np.full(300, number * 0.05), np.ones(300)], 1)
        everyone = Poses(
            ids, np.zeros(300, np.uint16), positions, np.tile([1.0, 0, 0, 0], (300, 1)), np.zeros(300)
        )
        world.apply(tick(number, poses=(everyone,)))
    world.advance(NOW_NS + 6 * SECS // 20 + SECS // 20)
    assert len(world.people_ids) == 299
    assert world.people_positions[:, 1] == pytest.approx(np.full(299, 0.25))


# ---- models that come into a running session ------------------------------------------------------------

DUPLEX = PackageRef("e" * 64, "Duplex_A", Blob("f" * 64, 9), 5, 215, model="m1", author="Ada")
WALLS = ModelThings((Thing("ifc:wall", "Wall", "IfcWall", element="ifc:wall"),))


def model_record(kind: str, number: int, **body: object) -> Recorded:
    return Recorded(Record(number, NOW_NS, "Ada", "ada", kind, {"model": "m1", **body}))


def test_a_list_of_models_replaces_what_the_welcome_said() -> None:
    world = world_with()
    before = world.packages_revision
    world.apply(ModelsListed((PACKAGE, DUPLEX), {"m1": WALLS}))
    assert world.packages == (PACKAGE, DUPLEX)
    assert world.packages_revision == before + 1
    world.apply(ModelsListed((PACKAGE, DUPLEX), {"m1": WALLS}))
    assert world.packages_revision == before + 1


def test_the_things_of_a_model_come_and_go_with_it_and_states_stay() -> None:
    world = world_with(tick(1, things=np.array([1]), states=np.array([STATE_ALARM], np.uint8)))
    world.apply(ModelsListed((PACKAGE, DUPLEX), {"m1": WALLS}))
    assert world.twin.model_of("ifc:wall") == "m1"
    assert (world.state("P-1"), world.state("ifc:wall")) == ("alarm", "none")
    world.apply(ModelsListed((PACKAGE,)))
    assert not world.twin.has_thing("ifc:wall")
    assert world.state("P-1") == "alarm"
    assert world.catalogue is CATALOGUE


def test_a_state_for_a_thing_that_the_wire_does_not_number_is_passed_over() -> None:
    world = world_with()
    world.apply(ModelsListed((PACKAGE, DUPLEX), {"m1": WALLS}))
    world.apply(tick(2, things=np.array([2, 0]), states=np.array([STATE_ALARM, STATE_ALARM], np.uint8)))
    assert (world.state("FIL"), world.state("ifc:wall")) == ("alarm", "none")


def test_a_note_on_a_model_is_where_the_model_is() -> None:
    world = world_with()
    note = Note("n2", "here", (1.0, 0.0, 0.0), "Ada", "ada", 6, model="m1")
    assert world.note_position(note) == (1.0, 0.0, 0.0)
    there = placed((10, 20, 0), heading_rad=np.pi / 2)
    world.apply(ModelsListed((replace(DUPLEX, placement=there),)))
    assert np.allclose(world.note_position(note), (10, 21, 0))
    assert world.note_position(FIL_NOTE) == FIL_NOTE.point
    assert world.placement("unheard of") == IN_PLACE
    assert [world.is_standing(each) for each in (note, FIL_NOTE)] == [True, True]
    world.apply(ModelsListed((PACKAGE,)))
    assert [world.is_standing(each) for each in (note, FIL_NOTE)] == [False, True]


def test_tasks_are_kept_by_model_until_one_joins_again() -> None:
    world = world_with(Heard(ModelTask("m1", "Duplex_A.ifc", 2, "upload", 0.5)))
    world.apply(Heard(UploadTicket("m1", "/upload/1")))
    world.apply(Heard(ModelTask("m1", "Duplex_A.ifc", 2, "failed", text="no unit")))
    assert [(task.phase, task.text) for task in world.model_tasks.values()] == [("failed", "no unit")]
    world.apply(joined())
    assert world.model_tasks == {}


def test_what_happens_to_models_is_news_in_order() -> None:
    world = world_with(
        model_record("model", 2, name="Duplex_A"),
        model_record("model_placed", 3),
        model_record("model_removed", 4),
    )
    assert [record.kind for record in world.model_news] == ["model", "model_placed", "model_removed"]
