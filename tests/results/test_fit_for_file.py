"""Keys of the user's own become names of files, whatever is in them."""

from __future__ import annotations

from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill import flow, task
from tidemill.filesystems import LocalFileSystem
from tidemill.results.keys import fit_for_file

AWKWARD = ["nul\0", "k" * 5000, "é" * 200, "../../outside", "/etc/x", "~/x", "..", ".", "", "surrogate \udc80"]


@given(st.text(st.characters(), max_size=300) | st.lists(st.sampled_from(["..", ".", "", "a", "~"])).map("/".join))
def test_a_file_can_have_the_name(key):
    with TemporaryDirectory() as folder:
        place = LocalFileSystem(folder)

        place.write_path(fit_for_file(key), b"there")

        assert place.read_path(fit_for_file(key)) == b"there"


@pytest.mark.parametrize("key", ["plain", "folder/name", "2026-01-31T09:45", "naïve", "a b"])
def test_a_key_that_fits_stays_as_it_is(key):
    assert fit_for_file(key) == key


@pytest.mark.parametrize("key", AWKWARD)
def test_a_result_is_found_under_an_awkward_key(runtime, said, key):
    @task(cache_key_fn=lambda _context, _parameters: key, persist_result=True)
    def work():
        return 1

    @flow
    def twice():
        return [work(return_state=True).name for _ in range(2)]

    assert twice() == ["Completed", "Cached"]


def test_a_key_that_is_no_text_is_told_in_a_line(runtime, said):
    @task(cache_key_fn=lambda _context, _parameters: 5, persist_result=True)
    def work():
        return 1

    assert work() == 1
    assert any("must be a string or None" in message for message in said())
