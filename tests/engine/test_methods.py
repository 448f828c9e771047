"""Calls of methods: their objects are inputs, for resume, for retries and for the cache."""

from __future__ import annotations

import gc
import threading
from weakref import ref

import pytest

from tidemill import flow, task
from tidemill.cache_policies import INPUTS

ran: list[tuple[int, int]] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


class Adder:
    def __init__(self, n):
        self.n = n

    @task
    def add(self, x):
        ran.append((self.n, x))
        return self.n + x

    @flow
    def added(self, x: int):
        ran.append((self.n, x))
        return self.n + x

    @task(cache_policy=INPUTS)
    def cached(self, x):
        ran.append((self.n, x))
        return self.n + x

    @task(cache_policy=INPUTS - "self")
    def cached_for_all(self, x):
        ran.append((self.n, x))
        return self.n + x

    @task(cache_policy=INPUTS)
    @classmethod
    def name(cls, x):
        return cls.__name__, x


class Doubler(Adder): ...


@pytest.mark.parametrize("method", ["add", "added"])
def test_each_object_gets_its_own_value_when_a_retry_asks_in_another_order(still_runtime, method):
    had = []

    @flow(retries=1)
    def twice():
        objects = [Adder(1), Adder(2)] if not had else [Adder(2), Adder(1)]
        had.append({each.n: getattr(each, method)(5) for each in objects})
        if len(had) == 1:
            raise ValueError("once")

    twice()

    assert had == [{1: 6, 2: 7}] * 2
    assert ran == [(1, 5), (2, 5)]


def test_an_object_that_cannot_be_hashed_does_not_count(still_runtime):
    class Locked(Adder):
        def __init__(self, n):
            super().__init__(n)
            self.lock = threading.Lock()

    had = []

    @flow(retries=1)
    def twice():
        had.append([Locked(1).add(x) for x in ((5, 6) if not had else (6, 5))])
        if len(had) == 1:
            raise ValueError("once")

    twice()

    assert had == [[6, 7], [7, 6]]
    assert ran == [(1, 5), (1, 6)]


def test_the_cache_tells_objects_and_classes_apart(runtime):
    @flow
    def around():
        values = Adder(1).cached(5), Adder(2).cached(5), Adder(1).cached(5)
        return values, Adder.name(1), Doubler.name(1)

    assert around() == ((6, 7, 6), ("Adder", 1), ("Doubler", 1))
    assert ran == [(1, 5), (2, 5)]


def test_unless_the_policy_leaves_them_out(runtime):
    assert flow(lambda: (Adder(1).cached_for_all(5), Adder(2).cached_for_all(5)))() == (6, 6)
    assert ran == [(1, 5)]


class Counting:
    """Its methods change it."""

    def __init__(self, n):
        self.n, self.calls = n, []

    @task
    def add(self, x):
        self.calls.append(x)
        ran.append((self.n, x))
        return self.n + x


@pytest.mark.parametrize("anew", [False, True], ids=["the same object", "an equal one"])
def test_what_methods_change_in_their_object_makes_no_other_calls(still_runtime, anew):
    kept = Counting(1)
    attempts = []

    @flow(retries=1)
    def twice():
        counting = Counting(1) if anew else kept
        values = [counting.add(x) for x in (1, 2, 1)]
        attempts.append(values)
        if len(attempts) == 1:
            raise ValueError("once")

    twice()

    assert attempts == [[2, 3, 2]] * 2
    assert ran == [(1, 1), (1, 2), (1, 1)]


def test_objects_that_are_gone_are_not_kept(still_runtime):
    seen = []

    @flow
    def many():
        for n in range(3):
            counting = Counting(n)
            counting.add(1)
            seen.append(ref(counting))
        del counting
        gc.collect()
        return [each() for each in seen]

    assert many() == [None] * 3
