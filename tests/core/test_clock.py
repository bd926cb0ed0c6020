"""The session clock never jumps, and a client's estimate of it trusts the fastest round trip."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from walkdown.clock import NS, ClockEstimate, SessionClock


class Clocks:
    """The system's clock and the monotonic one, both set by hand."""

    def __init__(self, utc_ns: int, monotonic_ns: int) -> None:
        self.utc_ns, self.monotonic_ns = utc_ns, monotonic_ns

    def session(self, **options: int) -> SessionClock:
        return SessionClock(lambda: self.utc_ns, lambda: self.monotonic_ns, **options)


def test_session_time_is_utc_at_the_start_and_then_monotonic() -> None:
    clocks = Clocks(1000 * NS, 5 * NS)
    session = clocks.session()
    clocks.utc_ns, clocks.monotonic_ns = 0, 7 * NS
    assert session.now_ns() == 1002 * NS


def test_session_time_is_never_before_what_the_journal_knows() -> None:
    assert Clocks(1000, 5).session(not_before_ns=2000).now_ns() == 2000


def test_a_jump_of_the_system_clock_is_reported_and_a_drift_is_not() -> None:
    clocks = Clocks(1000 * NS, 0)
    session = clocks.session()
    clocks.utc_ns += NS // 4
    assert session.jump_ns() == 0
    clocks.utc_ns += 3 * NS
    assert session.jump_ns() == 3 * NS + NS // 4


@given(
    st.integers(-(10**18), 10**18),
    st.lists(st.tuples(st.integers(0, NS), st.integers(0, NS)), min_size=1, max_size=16),
)
def test_the_estimate_is_off_by_at_most_half_the_fastest_round_trip(
    offset_ns: int, delays: list[tuple[int, int]]
) -> None:
    estimate = ClockEstimate()
    local_ns = 0
    for there_ns, back_ns in delays:
        answered_ns = local_ns + there_ns
        received_ns = answered_ns + back_ns
        estimate.add(sent_ns=local_ns, session_ns=answered_ns + offset_ns, received_ns=received_ns)
        local_ns = received_ns + NS
    fastest_ns = min(there + back for there, back in delays)
    assert estimate.round_trip_ns == fastest_ns
    assert abs(estimate.session_ns(0) - offset_ns) <= fastest_ns // 2 + 1


def test_the_welcome_sets_the_clock_until_a_round_trip_is_measured() -> None:
    estimate = ClockEstimate()
    estimate.first(session_ns=500, local_ns=100)
    assert estimate.session_ns(200) == 600
    estimate.add(sent_ns=200, session_ns=710, received_ns=220)
    estimate.first(session_ns=0, local_ns=0)
    assert estimate.session_ns(210) == 710


def test_an_answer_from_before_its_question_is_no_measurement() -> None:
    estimate = ClockEstimate()
    estimate.add(sent_ns=10, session_ns=0, received_ns=5)
    assert (estimate.offset_ns, estimate.round_trip_ns) == (0, 0)
