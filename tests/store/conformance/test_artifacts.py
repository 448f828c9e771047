from __future__ import annotations

import pytest
from msgspec.structs import replace

from tidemill.domain.states import from_us
from tidemill.store.errors import MissingError
from tidemill.wire.artifacts import Artifact, ArtifactCollectionSort, ArtifactSort
from tidemill.wire.saved_searches import SavedSearch, SavedSearchFilter

from .story import NOW, SECOND, an_id


def an_artifact(store, name, key="k", now=NOW, **fields):
    made = Artifact(id=an_id(name), key=key, created=from_us(now), updated=from_us(now), **fields)
    store.create_artifact(made, an_id(f"collection {name}"), now)
    return made


def test_what_was_kept_is_read(store):
    made = an_artifact(store, "a", type="table", data={"x": [1, None, "é"]}, metadata_={"a": "b"}, description="d")

    assert store.read_artifact(made.id) == made
    assert store.find_artifacts(sort=ArtifactSort.ID_DESC, limit=9) == [made]
    with pytest.raises(MissingError, match="no artifact"):
        store.read_artifact(an_id("other"))


def test_a_key_leads_to_its_latest(store):
    first = an_artifact(store, "a", data=1)
    second = an_artifact(store, "b", data=2, now=NOW + SECOND)

    assert store.latest_artifact("k") == second
    (found,) = store.find_latest_artifacts(sort=ArtifactCollectionSort.KEY_ASC, limit=9)
    assert (found.id, found.latest_id, found.data) == (an_id("collection a"), second.id, 2)
    assert (found.created, found.updated) == (first.created, second.updated)
    assert (store.count_artifacts(), store.count_latest_artifacts()) == (2, 1)


def test_what_has_no_key_comes_before_all_keys(store):
    for name, key in (("a", "x"), ("b", None), ("c", "k"), ("d", None)):
        an_artifact(store, name, key=key)

    in_order = [one.id for one in store.find_artifacts(sort=ArtifactSort.KEY_ASC, limit=9)]

    assert in_order == [an_id(name) for name in "bdca"]
    assert [one.id for one in store.find_artifacts(sort=ArtifactSort.KEY_DESC, limit=9)] == in_order[::-1]


def test_when_the_latest_goes_the_one_before_it_is(store):
    first, second = an_artifact(store, "a"), an_artifact(store, "b")
    other = an_artifact(store, "c", key="other")

    store.delete_artifact(second.id)
    assert store.latest_artifact("k") == first
    store.delete_artifact(first.id)
    with pytest.raises(MissingError, match="the key 'k'"):
        store.latest_artifact("k")
    assert store.latest_artifact("other") == other
    with pytest.raises(MissingError):
        store.delete_artifact(first.id)


def test_an_artifact_is_changed(store):
    made = an_artifact(store, "a", data=1, description="d")
    store.update_artifact(made.id, {"data": [2], "description": None}, NOW + SECOND)

    assert store.latest_artifact("k") == replace(made, data=[2], description=None, updated=from_us(NOW + SECOND))
    with pytest.raises(MissingError):
        store.update_artifact(an_id("other"), {}, NOW)


def test_a_search_takes_the_place_of_the_one_of_its_name(store):
    condition = SavedSearchFilter(object="flow", property="name", type="string", operation="eq", value=[1, None])
    made = SavedSearch(id=an_id("s"), name="s", filters=[condition], created=from_us(NOW), updated=from_us(NOW))

    assert store.save_search(made, NOW) == (made, True)
    again = store.save_search(replace(made, id=an_id("t"), filters=[]), NOW + SECOND)
    assert again == (replace(made, filters=[], updated=from_us(NOW + SECOND)), False)
    assert store.saved_searches(limit=9) == [again[0]] == [store.read_saved_search(made.id)]
    store.delete_saved_search(made.id)
    assert store.saved_searches(limit=9) == []
    for act in (store.read_saved_search, store.delete_saved_search):
        with pytest.raises(MissingError, match="no saved search"):
            act(made.id)
