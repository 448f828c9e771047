"""Suggestions for names that do not exist."""

from __future__ import annotations

import pytest

from tidemill.suggestions import closest, did_you_mean, one_of


@pytest.mark.parametrize(
    ("word", "meant"), [("intervl", "interval"), ("INTERVAL", "interval"), ("zzz", None), ("", None), ("i" * 500, None)]
)
def test_the_name_most_alike_is_suggested(word, meant):
    assert closest(word, ["interval", "retries", "name"]) == meant


def test_a_suggestion_is_the_tail_of_a_message():
    assert did_you_mean("retires", ["retries"]) == ", did you mean 'retries'?"
    assert did_you_mean("zzz", ["retries"]) == ""


def test_long_lists_are_cut():
    assert one_of(["a", "b"]) == "'a', 'b'"
    assert one_of([]) == "none"
    assert one_of(map(str, range(20)), limit=2) == "'0', '1' and 18 more"
