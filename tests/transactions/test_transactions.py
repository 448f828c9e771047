"""Transactions: staged together, committed together, undone together; sync and async alike."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

import tidemill
from tidemill.exceptions import ConfigurationError
from tidemill.filesystems import LocalFileSystem
from tidemill.results import ResultStore
from tidemill.transactions import (
    CommitMode,
    IsolationLevel,
    Transaction,
    TransactionState,
    get_transaction,
    transaction,
)


def test_without_a_key_a_transaction_needs_no_store(diary):
    with transaction() as txn:
        assert txn.is_active()
        assert (txn.key, txn.store, txn.commit_mode) == (None, None, CommitMode.LAZY)
        assert get_transaction() is txn
        txn.stage(1, on_commit_hooks=[diary.hook("c")])
        assert txn.is_staged()

    assert txn.is_committed()
    assert get_transaction() is None
    assert diary == ["c"]


def test_the_staged_value_is_written_under_the_key(store):
    with transaction(key="a") as txn:
        txn.stage([1])

    assert txn.store is store
    assert store.read("a").result == [1]


def test_a_key_that_has_a_record_opens_committed(store, diary):
    store.write("old", key="a")

    with transaction(key="a") as txn:
        assert txn.is_committed()
        assert txn.read().result == "old"
        txn.stage("new", on_commit_hooks=[diary.hook("c")])

    assert store.read("a").result == "old"
    assert diary == []


def test_overwrite_opens_it_again(store):
    store.write("old", key="a")

    with transaction(key="a", overwrite=True) as txn:
        assert txn.is_active()
        txn.stage("new")

    assert store.read("a").result == "new"


def test_a_record_can_be_staged_whole(store):
    with transaction(key="a") as txn:
        txn.stage(store.create_result_record("value", key="elsewhere"))

    assert store.read("elsewhere").result == "value"
    assert txn.read() is None


def test_without_write_on_commit_nothing_is_written(store):
    with transaction(key="a", write_on_commit=False) as txn:
        txn.stage(1)

    assert txn.is_committed()
    assert not store.exists("a")


def test_an_error_rolls_back_from_the_last_hook_to_the_first_and_goes_on(store, diary):
    with pytest.raises(ValueError, match="stop"), transaction(key="p") as txn:  # noqa: PT012 - the block is the point
        txn.stage(1, [diary.hook("r1"), diary.hook("r2")], [diary.hook("c")])
        with transaction(key="c1") as first:
            first.stage(2, [diary.hook("r1"), diary.hook("r2")], [diary.hook("c")])
        with transaction(key="c2") as second:
            second.stage(3, [diary.hook("r")], [diary.hook("c")])
        raise ValueError("stop")

    assert diary == ["p.r2", "p.r1", "c2.r", "c1.r2", "c1.r1"]
    assert all(each.is_rolled_back() for each in (txn, first, second))
    assert not any(map(store.exists, ("p", "c1", "c2")))


def test_children_commit_first_and_in_order(store, diary):
    with transaction(key="p") as txn:
        txn.stage(1, [], [diary.hook("c")])
        for key in ("c1", "c2"):
            with transaction(key=key) as child:
                assert child.get_parent() is txn
                child.stage(2, [], [diary.hook("c")])
            assert child.is_staged()

    assert diary == ["c1.c", "c2.c", "p.c"]
    assert txn.children[0].key == "c1"


def test_an_eager_child_is_committed_at_its_end_and_not_undone(store, diary):
    with pytest.raises(ValueError), transaction(key="p") as txn:  # noqa: PT012 - the block is the point
        txn.stage(1, [diary.hook("r")])
        with transaction(key="c", commit_mode=CommitMode.EAGER) as child:
            child.stage(2, [diary.hook("r")], [diary.hook("c")])
        assert child.is_committed()
        raise ValueError

    assert diary == ["c.c", "p.r"]
    assert store.exists("c")


def test_the_mode_comes_from_the_outer_transaction():
    with transaction(commit_mode=CommitMode.EAGER), transaction() as child:
        pass

    assert child.commit_mode is CommitMode.EAGER
    assert child.is_committed()


def test_off_rolls_back_what_nobody_committed(diary):
    with transaction(commit_mode=CommitMode.OFF) as txn:
        txn.stage(1, [diary.hook("r")], [diary.hook("c")])
    with transaction(commit_mode=CommitMode.OFF) as committed:
        committed.stage(1, [diary.hook("r")], [diary.hook("c")])
        assert committed.commit()

    assert diary == ["r", "c"]
    assert (txn.state, committed.state) == (TransactionState.ROLLED_BACK, TransactionState.COMMITTED)


def test_a_child_that_failed_takes_its_parent_with_it(diary):
    with transaction(key="p") as txn:
        txn.stage(1, [diary.hook("r")], [diary.hook("c")])
        try:
            with transaction(key="c") as child:
                child.stage(1, [diary.hook("r")])
                raise ValueError
        except ValueError:
            diary.append("caught")

    assert diary == ["c.r", "caught", "p.r"]
    assert txn.is_rolled_back()


def test_a_commit_hook_that_fails_is_logged_and_rolls_back(store, diary, caplog):
    with transaction(key="a") as txn:
        txn.stage(1, [diary.hook("r1"), diary.hook("r2")], [diary.hook("c1"), diary.failing("bad"), diary.hook("c2")])

    assert diary == ["a.c1", "a.bad", "a.r2", "a.r1"]
    assert txn.is_rolled_back()
    assert not store.exists("a")
    assert "Transaction 'a': its commit hook 'fail' failed" in caplog.text
    assert "Transaction 'a' is rolled back, its commit failed: " in caplog.text
    assert caplog.text.count("Traceback") == 1
    assert str(Path(tidemill.__file__).parent) not in caplog.text


def test_a_rollback_hook_that_fails_is_logged_and_stops_nothing(diary, caplog):
    with transaction(key="a") as txn:
        txn.stage(1, [diary.hook("r1"), diary.failing("bad"), diary.hook("r3")])
        with transaction(key="b") as child:
            child.stage(1, [diary.hook("r")])
        assert txn.rollback() is False

    assert diary == ["a.r3", "a.bad", "a.r1", "b.r"]
    assert all(each.is_rolled_back() for each in (txn, child))
    assert "Transaction 'a': its rollback hook 'fail' failed" in caplog.text


def test_an_interrupt_during_the_commit_undoes_and_goes_on(diary):
    def interrupt(_txn):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), transaction() as txn:
        txn.stage(1, [diary.hook("r")], [interrupt])

    assert diary == ["r"]
    assert txn.is_rolled_back()
    assert get_transaction() is None


def test_a_value_that_cannot_be_written_rolls_back_and_says_why(diary, caplog):
    with transaction(key="a") as txn:
        txn.stage(threading.Lock(), [diary.hook("r")])

    assert txn.is_rolled_back()
    assert diary == ["a.r"]
    assert "its value cannot be written: cannot pickle the value: lock" in caplog.text


def test_commit_and_rollback_happen_once():
    with transaction() as txn:
        txn.stage(1)
        assert [txn.commit(), txn.commit(), txn.rollback()] == [True, False, False]


def test_values_are_inherited_and_copied():
    with transaction() as outer:
        outer.set("rows", [1])
        with transaction() as inner:
            inner.get("rows").append(2)
            assert inner.get("rows") == [1]
            inner.set("rows", 5)
            assert inner.get("rows") == 5
            assert inner.get("missing", None) is None
            with pytest.raises(ValueError, match="no value 'missing' was set"):
                inner.get("missing")
        assert outer.get("rows") == [1]


def test_serializable_holds_the_lock_until_the_commit(store):
    with transaction(key="p") as outer:
        with transaction(key="a", isolation_level=IsolationLevel.SERIALIZABLE) as txn:
            txn.stage(1)
            assert store.is_locked("a")
        assert store.is_locked("a")
        assert outer.isolation_level is IsolationLevel.READ_COMMITTED

    assert not store.is_locked("a")
    assert store.read("a").result == 1


@pytest.mark.parametrize("mode", list(CommitMode))
def test_the_lock_is_given_back_after_an_error(store, mode):
    with (
        pytest.raises(ValueError),
        transaction(key="a", isolation_level=IsolationLevel.SERIALIZABLE, commit_mode=mode) as txn,
    ):
        raise ValueError

    assert txn.is_rolled_back()
    assert not store.is_locked("a")


def test_the_lock_is_given_back_when_the_key_has_a_record(store):
    store.write(1, key="a")
    with transaction(key="a", isolation_level=IsolationLevel.SERIALIZABLE):
        pass

    assert not store.is_locked("a")


def test_serializable_needs_a_lock_manager(tmp_path):
    bare = ResultStore(result_storage=LocalFileSystem(tmp_path), key=b"k" * 32)
    with (
        pytest.raises(ConfigurationError, match="SERIALIZABLE needs a result store with a lock manager"),
        transaction(key="a", store=bare, isolation_level=IsolationLevel.SERIALIZABLE),
    ):
        pass
    assert get_transaction() is None


def test_a_transaction_is_opened_once():
    txn = Transaction(key="a")
    assert txn.is_pending()
    with txn, pytest.raises(RuntimeError, match="open already"), txn:
        pass


def test_the_given_logger_is_used(caplog):
    logger = logging.getLogger("mine")
    with caplog.at_level("INFO"), transaction(logger=logger) as txn:
        txn.stage(1, [], [lambda _txn: None])

    assert {record.name for record in caplog.records} == {"mine"}
