"""From the journal to the store: in order, each entry once, whatever the store does meanwhile."""

from __future__ import annotations

import os
from threading import Event, Thread

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidemill.domain.entries import FlowRunStateSet, LogWritten, RootHeld, encode
from tidemill.journal.applier import Applier, retry_wait
from tidemill.journal.errors import ApplyStoppedError, JournalBrokenError, TransientApplyError
from tidemill.journal.feed import Feed, drain
from tidemill.journal.reading import JournalReader
from tidemill.journal.record import START
from tidemill.system.clock import JumpingClock
from tidemill.system.locks import file_lock


class Store:
    """A small real store of batches: applies what follows on what it has, once."""

    def __init__(self, *troubles):
        self.batches = []
        self.entries = []
        self.epochs = []
        self.troubles = list(troubles)

    def apply(self, batch):
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            raise trouble
        assert batch.last_seq - batch.first_seq + 1 == len(batch.payloads)
        assert batch.first_seq <= len(self.entries) + 1, "a gap"
        self.batches.append(batch)
        self.entries += batch.payloads[len(self.entries) + 1 - batch.first_seq :]
        return len(self.entries)


def log(root, text="x"):
    return LogWritten.kind, encode(LogWritten(root, None, None, "l", 20, 1, text))


def held(root, epoch):
    return RootHeld.kind, encode(RootHeld(root, epoch))


def fill(journal, written):
    for kind, payload in written:
        journal.append(kind, payload)
    return written


def at_once(_failures):
    return 0.0


@pytest.fixture
def reports():
    return []


@pytest.fixture
def start(journal, reports):
    """Starts an applier on the journal and closes it at the end."""
    started = []

    def start(apply, **options):
        started.append(Applier(journal, apply, report=reports.append, wait_after=at_once, **options).start())
        return started[-1]

    yield start
    for applier in started:
        applier.close()


def test_everything_reaches_the_store_in_order(journal, start):
    store = Store()
    applier = start(store.apply, max_records=7)
    written = fill(journal, [log("r", str(i)) for i in range(1000)])

    assert applier.wait_applied(1000)

    assert store.entries == written
    assert max(len(batch.payloads) for batch in store.batches) <= 7


def test_an_entry_is_synced_before_it_is_applied(journal, start):
    seen = []
    applier = start(lambda batch: seen.append(journal.synced_seq >= batch.first_seq) or batch.last_seq)
    for i in range(50):
        assert applier.wait_applied(journal.append(*log("r", str(i))))

    assert all(seen)


def test_close_applies_what_is_left_and_sets_the_journal_aside(journal, start):
    store = Store()
    applier = start(store.apply, max_records=3)
    written = fill(journal, [log("r")] * 100)

    assert applier.close()

    assert store.entries == written
    assert not journal.path.exists()
    assert journal.path.with_suffix(".applied").exists()


def test_an_applier_that_was_never_started_closes_its_journal(journal):
    journal.append(*log("r"))

    assert Applier(journal, Store().apply).close() is False
    assert file_lock(journal.path).acquire()


def test_trouble_that_passes_is_reported_once_and_lived_through(journal, start, reports):
    first = TransientApplyError("locked")
    store = Store(
        first, TransientApplyError("locked"), TransientApplyError("locked"), None, TransientApplyError("away")
    )
    applier = start(store.apply, max_records=5)
    written = fill(journal, [log("r", str(i)) for i in range(20)])

    assert applier.wait_applied(20)

    assert store.entries == written
    assert reports[0] is first
    assert [str(report) for report in reports] == ["locked", "away"]
    assert applier.failed is None


def test_waits_grow_and_stay_bearable():
    waits = [retry_wait(failures) for failures in range(1, 2000)]

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.02, 5.0)


def test_other_errors_stop_the_applier_and_reach_every_waiter(journal, start, reports):
    cause = ValueError("no such table")
    applier = start(Store(cause).apply)
    seq = journal.append(*log("r"))

    for _ in range(2):
        with pytest.raises(ApplyStoppedError, match="entry 1 is safe in") as caught:
            applier.wait_applied(seq)
        assert caught.value.__cause__ is cause

    assert applier.failed is cause
    assert reports == [cause]
    assert journal.append(*log("r")) == 2
    applier.durable(2)
    assert applier.close() is False
    assert drain(journal.path, Store().apply) == 2


def test_a_waiter_gives_up_after_its_time(journal, start):
    gate = Event()
    applier = start(lambda batch: gate.wait() and batch.last_seq)
    seq = journal.append(*log("r"))

    assert applier.wait_applied(seq, timeout=0) is False

    gate.set()
    assert applier.wait_applied(seq)


def test_a_store_that_stays_away_does_not_hold_up_close(journal, start):
    """The rest stays in the file, and its lock becomes free for whoever drains it."""
    asked = Event()

    def away(_batch):
        asked.set()
        raise TransientApplyError("away")

    applier = start(away)
    journal.append(*log("r"))
    asked.wait()

    assert applier.close(timeout=0) is False

    lock = file_lock(journal.path)
    assert lock.acquire(timeout=30)
    lock.release()
    assert drain(journal.path, Store().apply) == 1


def test_a_store_that_never_comes_back_does_not_keep_a_process_from_ending(journal):
    """A full disk, say: the file keeps what came, and whoever opens the home next applies it."""

    def away(_batch):
        raise TransientApplyError("no room")

    applier = Applier(journal, away, report=lambda _: None, wait_after=lambda _: 0).start()
    journal.append(*log("r"))

    assert applier.close() is False

    assert drain(journal.path, Store().apply) == 1


def test_a_store_that_takes_half_a_minute_to_refuse_is_not_asked_ten_times_by_a_process_that_ends(journal):
    """A database that somebody keeps locked, say."""
    clock, asked, times = JumpingClock(), Event(), []

    def locked(_batch):
        times.append(clock.now_us())
        asked.set()
        clock.sleep(30)
        raise TransientApplyError("locked")

    applier = Applier(journal, locked, report=lambda _: None, wait_after=lambda _: 0.2, clock=clock).start()
    journal.append(*log("r"))
    asked.wait()

    assert applier.close() is False

    assert len(times) < 10
    assert drain(journal.path, Store().apply) == 1


def test_a_failed_sync_stops_the_applier(journal, start, fail):
    fail("journal.before_sync:1:raise")
    store = Store()
    applier = start(store.apply)
    seq = journal.append(*log("r"))

    with pytest.raises(ApplyStoppedError) as caught:
        applier.wait_applied(seq)

    assert isinstance(caught.value.__cause__, JournalBrokenError)
    assert store.entries == []


def test_durable_does_not_wait_for_the_store(journal, start):
    gate = Event()
    applier = start(lambda batch: gate.wait() and batch.last_seq)
    seq = journal.append(*log("r"))

    applier.durable(seq)

    assert journal.synced_seq >= seq
    assert applier.applied_seq == 0
    gate.set()


def test_threads_append_while_the_store_takes(journal, start):
    store = Store()
    applier = start(store.apply, max_records=50)
    threads = [Thread(target=fill, args=(journal, [log("r", str(i)) for i in range(300)])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert applier.wait_applied(2400)
    assert len(store.entries) == 2400


def test_a_batch_names_the_roots_that_occur_and_their_epochs(journal):
    store = Store()
    fill(journal, [held("root-a", 1), held("root-b", 4), log("root-a")])
    feed = Feed(journal, journal.producer, store.apply)
    feed.step()

    fill(journal, [log("root-b"), log(""), log("unheld")])
    feed.step()

    assert [batch.roots for batch in store.batches] == [{"root-a": 1, "root-b": 4}, {"root-b": 4}]


def test_a_batch_never_spans_two_epochs_of_a_root(journal):
    """I4: what was written under an old epoch is not passed off as the new one's."""
    store = Store()
    fill(journal, [held("a", 1), log("a"), held("b", 1), held("a", 1), log("a"), held("a", 2), log("a"), log("b")])
    feed = Feed(journal, journal.producer, store.apply)
    while feed.step():
        pass

    assert [(batch.first_seq, batch.last_seq, batch.roots) for batch in store.batches] == [
        (1, 5, {"a": 1, "b": 1}),
        (6, 8, {"a": 2, "b": 1}),
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["", "a", "b", "ünï"]), st.integers(1, 3), st.booleans()), max_size=25),
    st.integers(1, 9),
)
def test_each_entry_is_applied_under_the_epoch_it_was_written_under(new_journal, story, max_records):
    journal, epochs, expected = new_journal(), {}, []
    for root, epoch, claims in story:
        if claims:
            epochs[root] = epoch
        journal.append(*(held(root, epoch) if claims else log(root)))
        expected.append(epochs.get(root))
    store = Store()

    feed = Feed(journal, journal.producer, store.apply, max_records=max_records)
    while feed.step():
        pass

    applied = [
        batch.roots.get(msgspec.json.decode(payload)[0]) for batch in store.batches for _, payload in batch.payloads
    ]
    assert all(under == epoch for under, epoch in zip(applied, expected, strict=True) if epoch is not None)
    for batch in store.batches:
        assert set(batch.roots) <= {msgspec.json.decode(payload)[0] for _, payload in batch.payloads}


def test_a_store_that_lost_its_tail_gets_it_again(journal):
    store = Store()
    written = fill(journal, [held("r", 1)] + [log("r", str(i)) for i in range(30)])
    feed = Feed(journal, journal.producer, store.apply, max_records=10)
    feed.step()
    feed.step()
    del store.entries[5:]
    lossy, store.apply = store.apply, None
    replies = iter([5])
    feed._apply = lambda batch: next(replies, None) or lossy(batch)

    while feed.step():
        pass

    assert store.entries == written
    assert feed.applied_seq == 31


def test_a_store_that_makes_no_progress_is_an_error_not_a_loop(journal):
    fill(journal, [log("r")])

    with pytest.raises(ApplyStoppedError, match="took nothing of entries 1-1"):
        Feed(journal, journal.producer, lambda _: 0).step()


def test_a_store_may_take_a_part_and_get_the_rest(journal):
    fill(journal, [log("r")] * 10)
    offered = []

    def by_fours(batch):
        offered.append(batch.first_seq)
        return min(4 * len(offered), batch.last_seq)

    feed = Feed(journal, journal.producer, by_fours)
    while feed.step():
        pass

    assert (feed.applied_seq, offered) == (10, [1, 1, 1])


def test_draining_offers_only_what_the_store_lacks(journal):
    fill(journal, [log("r")] * 10)
    journal.close()
    first_seqs = []

    with JournalReader(journal.path) as reader:
        feed = Feed(
            reader,
            journal.producer,
            lambda batch: first_seqs.append(batch.first_seq) or batch.last_seq,
            applied_seq=6,
            max_records=3,
        )
        while feed.step():
            pass

    assert first_seqs == [7, 10]


def test_state_entries_are_recognised_by_their_root(journal):
    store = Store()
    fill(journal, [held("r1", 2), (3, encode(FlowRunStateSet("r1", "r1", 0, "s", "RUNNING", "Running", None, 1, 1)))])
    Feed(journal, journal.producer, store.apply).step()

    assert store.batches[0].roots == {"r1": 2}


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_has_no_applier_and_says_so(journal, start):
    """F10."""
    store = Store()
    applier = start(store.apply)
    assert applier.wait_applied(journal.append(*log("r")))

    pid = os.fork()
    if pid == 0:
        try:
            with pytest.raises(ApplyStoppedError):
                applier.wait_applied(5, timeout=None)
            applier.close()
            applier.abandon()
        except BaseException:
            os._exit(1)
        os._exit(0)

    assert os.waitpid(pid, 0)[1] == 0
    assert applier.wait_applied(journal.append(*log("r")))
    assert journal.read_batch(START).records == store.entries
