"""API keys in a store, whichever database it is (S3)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tidemill.domain.api_keys import LAST_USED_WITHIN_US, ApiKey

NOW = 1_700_000_000_000_000


def key(id_: str = "00ff", **changes) -> ApiKey:
    given = {"id": id_, "name": "ci", "digest": "d" * 64, "scopes": ("runs:*", "viewer"), "created_us": NOW}
    return ApiKey(**(given | changes))


def test_a_key_is_kept_as_it_was_given(store):
    kept = key(workspace_id=1, expires_us=NOW + 5)
    store.put_api_key(kept)

    assert store.api_key("00ff") == kept
    assert store.api_keys() == [kept]
    assert store.api_key("00fe") is None
    assert store.api_key("\ud800\x00") is None


def test_keys_are_listed_oldest_first_and_by_workspace(store):
    store.put_api_key(key("b", created_us=NOW + 1))
    store.put_api_key(key("c", created_us=NOW, name="a\x00b\ud800"))
    store.put_api_key(key("a", created_us=NOW + 1))
    store.put_api_key(key("d", workspace_id=2))

    assert [each.id for each in store.api_keys()] == ["c", "a", "b"]
    assert [each.id for each in store.api_keys(2)] == ["d"]


def test_a_revoked_key_stays_in_the_list_and_counts_no_more(store):
    assert not store.any_api_key()
    store.put_api_key(key(expires_us=NOW - 1))
    assert store.any_api_key()

    assert not store.revoke_api_key("00ff", NOW, workspace_id=2)
    assert store.revoke_api_key("00ff", NOW + 1)
    assert not store.revoke_api_key("00ff", NOW + 2)
    assert not store.revoke_api_key("unknown", NOW)

    assert [each.revoked_us for each in store.api_keys()] == [NOW + 1]
    assert not store.any_api_key()


def test_a_key_is_given_out_once(store):
    store.put_api_key(key())

    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        store.put_api_key(key(name="other"))
    assert [each.name for each in store.api_keys()] == ["ci"]


def test_uses_are_written_down_to_the_minute(store):
    store.put_api_key(key())

    store.note_api_key_uses({"00ff": NOW, "gone": NOW})
    store.note_api_key_uses({"00ff": NOW + LAST_USED_WITHIN_US - 1})
    assert store.api_key("00ff").last_used_us == NOW

    store.note_api_key_uses({"00ff": NOW + LAST_USED_WITHIN_US})
    store.note_api_key_uses({})
    assert store.api_key("00ff") == replace(key(), last_used_us=NOW + LAST_USED_WITHIN_US)
