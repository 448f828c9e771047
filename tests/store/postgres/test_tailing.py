"""Following a table across replicas: no row is passed over, whatever the order in which transactions end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.postgres import empty_database
from tidemill.store.asking import all_rows
from tidemill.store.postgres.address import address_of
from tidemill.store.postgres.connections import PostgresConnections
from tidemill.store.tailing import Tail

_WRITE = "INSERT INTO log (name, level, timestamp_us, message) VALUES ('', 0, 0, ?)"
_READ = "SELECT seq, message FROM log WHERE seq > ? AND seq <= ? ORDER BY seq"


class Follower:
    """Reads what is sure, as a live stream does."""

    def __init__(self, connections) -> None:
        self.connections = connections
        self.tail = Tail("log")
        self.after = 0
        self.seen: list[str] = []

    def look(self) -> list[str]:
        with self.connections.reading() as session:
            sure = self.tail.sure(session)
            found = [message for _, message in all_rows(session, _READ, (self.after, sure))]
        assert sure >= self.after
        self.after = sure
        self.seen += found
        return found

    def look_until(self, count: int) -> list[str]:
        """Tests in other databases of the server hold this one up for as long as their transactions take."""
        for _ in range(10_000):
            if len(self.seen) >= count:
                break
            self.look()
        return self.seen


@pytest.fixture(scope="module")
def connections():
    connections = PostgresConnections(address_of(empty_database()), writers=4)
    yield connections
    connections.close()


@pytest.fixture
def follower(connections):
    empty_database()
    return Follower(connections)


def test_a_row_that_comes_late_is_not_passed_over(connections, follower):
    slow = connections._transaction()
    slow.__enter__().execute(_WRITE, ("slow",))
    with connections.writing() as session:
        session.execute(_WRITE, ("quick",))

    assert follower.look() == []
    slow.__exit__(None, None, None)

    assert follower.look_until(2) == ["slow", "quick"]


def test_what_nobody_holds_up_is_seen_at_once(connections, follower):
    for number in (1, 2):
        with connections.writing() as session:
            session.execute(_WRITE, (str(number),))
        assert follower.look_until(number)[-1] == str(number)


def test_those_who_always_overlap_hold_nobody_up_for_ever(connections, follower):
    last = connections._transaction()
    last.__enter__().execute(_WRITE, ("0",))
    for number in range(1, 6):
        following = connections._transaction()
        following.__enter__().execute(_WRITE, (str(number),))
        last.__exit__(None, None, None)
        last = following
        follower.look()

    assert follower.look_until(1)[0] == "0"
    last.__exit__(None, None, None)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["write", "write", "commit", "undo", "look"])), max_size=30)
)
def test_all_that_is_committed_is_seen_once_and_in_order(connections, moves):
    empty_database()
    follower = Follower(connections)
    under_way: dict[int, tuple] = {}
    committed, count = [], 0
    for who, move in [*moves, *((who, "commit") for who in range(4))]:
        if move == "look":
            follower.look()
        elif move == "write":
            if who not in under_way:
                context = connections._transaction()
                under_way[who] = (context, context.__enter__(), [])
            under_way[who][1].execute(_WRITE, (str(count),))
            under_way[who][2].append(str(count))
            count += 1
        elif who in under_way:
            context, session, told = under_way.pop(who)
            if move == "undo":
                session.execute("ROLLBACK; BEGIN")
            else:
                committed += told
            context.__exit__(None, None, None)

    assert follower.look_until(len(committed)) == sorted(committed, key=int)
