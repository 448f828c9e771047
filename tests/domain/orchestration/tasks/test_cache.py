from __future__ import annotations

import pytest

from tests.domain.orchestration.making import NOW, RESULT, SECOND, being, knowing, proposing, task_run, told
from tidemill.domain.orchestration.effects import KeepInCache
from tidemill.domain.orchestration.tasks.cache_insertion import CacheInsertion
from tidemill.domain.orchestration.tasks.cache_retrieval import CacheRetrieval

KNOWN = being("Completed", data=RESULT, cache_key="k", message="done")


@pytest.mark.parametrize(
    ("proposed", "known", "answer"),
    [
        (proposing("Running", cache_key="k"), KNOWN, "REJECT Cached"),
        (proposing("Running", cache_key="k"), None, "ACCEPT"),
        (proposing("Running", cache_key="k", refresh_cache=True), KNOWN, "ACCEPT"),
        (proposing("Running", cache_key="k", refresh_cache=False), KNOWN, "REJECT Cached"),
        (proposing("Running"), KNOWN, "ACCEPT"),
    ],
)
def test_what_is_known_is_not_computed(proposed, known, answer):
    assert told(CacheRetrieval().judge(task_run("Pending"), proposed, knowing(cached_state=known))) == answer


def test_the_cached_state_has_the_known_result():
    facts = knowing(cached_state=KNOWN)

    state = CacheRetrieval().judge(task_run("Pending"), proposing("Running", cache_key="k"), facts).state

    assert (state.type, state.data, state.has_result, state.message) == ("COMPLETED", RESULT, True, "done")
    assert (state.id, state.timestamp_us) == (None, NOW)


@pytest.mark.parametrize(
    ("key", "expires", "effects"),
    [
        (None, None, ()),
        ("k", None, (KeepInCache("k", None),)),
        ("k", 60, (KeepInCache("k", NOW + 60 * SECOND),)),
        ("k" * 2001, None, ()),
    ],
)
def test_what_was_computed_is_kept(key, expires, effects):
    run, written = task_run("Running"), proposing("Completed", cache_key=key, cache_expiration=expires)

    assert CacheInsertion().follow(run, run, written, knowing()).effects == effects


@pytest.mark.parametrize(("length", "answer"), [(2000, "ACCEPT"), (2001, "REJECT Completed")])
def test_a_key_that_is_too_long_keeps_nothing_from_completing(length, answer):
    proposed = proposing("Completed", cache_key="k" * length)

    assert told(CacheInsertion().judge(task_run("Running"), proposed, knowing())) == answer
