"""What is sent is by the server's clock, what is read by ours."""

from __future__ import annotations

import msgspec
import pytest

from tests.store.conformance.story import NOW, SECOND, created, ended, line, started, state
from tidemill.api.remote.clocks import Clocks, moved, moved_entries
from tidemill.domain.entries import ENTRY_TYPES, FlowRunCreated, encode
from tidemill.domain.runs import RunState
from tidemill.domain.states import StateType, from_us
from tidemill.system.clock import JumpingClock

HOUR = 3600 * SECOND


@pytest.fixture
def clock():
    return JumpingClock(NOW)


@pytest.fixture
def clocks(clock):
    return Clocks(clock)


@pytest.mark.parametrize(
    ("shown", "ahead"),
    [
        (NOW + HOUR, HOUR),
        (NOW - HOUR, -HOUR),
        (NOW + SECOND, 0),  # who could tell that from the way there and back
        (None, 0),
    ],
)
def test_clocks_are_apart_by_what_the_server_s_shows_beyond_doubt(clocks, shown, ahead):
    clocks.compare(NOW, NOW, None if shown is None else str(shown))

    assert clocks.ahead_us == ahead


def test_a_slow_answer_leaves_doubt(clocks):
    clocks.compare(NOW, NOW + 20 * SECOND, str(NOW + 20 * SECOND))

    assert clocks.ahead_us == 0


def test_what_was_found_stays_within_the_doubt(clocks):
    for shown in (NOW + HOUR, NOW + HOUR + SECOND // 2):
        clocks.compare(NOW, NOW, str(shown))

    assert clocks.ahead_us == HOUR


def test_a_clock_that_was_set_is_compared_again():
    class Settable(JumpingClock):
        def monotonic(self):
            return 5.0

    clock = Settable(NOW)
    clocks = Clocks(clock)
    assert clocks.must_compare

    clocks.compare(NOW, NOW, str(NOW))
    assert not clocks.must_compare
    clock.us += 2 * SECOND  # set, since the other clock did not go on
    assert clocks.must_compare


def test_entries_keep_all_but_their_moments():
    run = created("run").id
    entries = [
        started(run),
        ended(run),
        line(run, "said"),
        state(
            run, "RUNNING", details={"scheduled_us": NOW, "scheduled_time": "2023-11-14T22:13:20Z", "cache_key": "1"}
        ),
    ]
    creation = b'["r","i","f","n","n",null,{"end_us":1,"big":123456789012345678901234567890},[],%d]' % NOW
    payloads = [*((one.kind, encode(one)) for one in entries), (FlowRunCreated.kind, creation)]

    sent = moved_entries(payloads, HOUR)

    assert moved_entries(sent, -HOUR) == payloads
    assert [kind for kind, _ in sent] == [kind for kind, _ in payloads]
    told = {kind: msgspec.json.decode(entry, type=ENTRY_TYPES[kind]) for kind, entry in sent[:-1]}
    assert {one.timestamp_us for one in told.values() if hasattr(one, "timestamp_us")} == {NOW + HOUR}
    assert told[3].details == {
        "scheduled_us": NOW + HOUR,
        "scheduled_time": "2023-11-14T23:13:20Z",
        "cache_key": "1",
    }
    assert told[6].run_time_us == ended(run).run_time_us
    assert b'{"end_us":1,"big":123456789012345678901234567890}' in sent[-1][1]


def test_what_is_read_is_by_our_clock():
    read = RunState(
        id="s",
        type=StateType.PAUSED,
        name="Paused",
        timestamp=from_us(NOW),
        state_details={"pause_timeout": "2023-11-14T22:13:20Z", "pause_key": "k"},
    )

    ours = moved([read], HOUR)[0]

    assert ours.timestamp == from_us(NOW + HOUR)
    assert ours.state_details == {"pause_timeout": "2023-11-14T23:13:20Z", "pause_key": "k"}
    assert moved(read, 0) is read
