"""Where keys come from (S9)."""

from __future__ import annotations

import pytest

from tidemill.encryption import KeyRing, MissingKeyError, Place, add_key, open_key_ring
from tidemill.encryption.errors import UnfitKeyError
from tidemill.encryption.key_source import FILE
from tidemill.exceptions import ConfigurationError
from tidemill.settings.secret import Secret

PLACE = Place(1, "b", "f", 1)


def test_the_first_key_is_made_and_kept_for_its_owner_alone(tmp_path):
    ring = open_key_ring(tmp_path, None, [])

    assert open_key_ring(tmp_path, None, []).current == ring.current
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_S9_without_the_key_of_what_is_sealed_nothing_starts_and_no_key_is_made(tmp_path):
    with pytest.raises(MissingKeyError, match=r"Restore the file\sencryption\.keys of the home from a backup"):
        open_key_ring(tmp_path, None, ["0123456789abcdef"])
    assert list(tmp_path.iterdir()) == []

    open_key_ring(tmp_path, None, [])
    with pytest.raises(MissingKeyError, match="'0123456789abcdef', which is not here"):
        open_key_ring(tmp_path, None, ["0123456789abcdef"])


def test_the_setting_goes_before_the_file(tmp_path):
    given = Secret(f"{'ab' * 32}, {'cd' * 32}")

    ring = open_key_ring(tmp_path, given, [])

    assert ring.key_ids == (KeyRing([b"\xab" * 32]).current, KeyRing([b"\xcd" * 32]).current)
    assert list(tmp_path.iterdir()) == []


def test_a_fresh_key_seals_and_those_before_it_still_open(tmp_path):
    old = open_key_ring(tmp_path, None, [])
    text = old.seal(b"canary", PLACE)

    new = add_key(tmp_path)

    assert new.key_ids == (new.current, old.current)
    assert new.current != old.current
    assert open_key_ring(tmp_path, None, [old.current]).unseal(text, PLACE) == b"canary"
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert len(add_key(tmp_path).key_ids) == 3
    assert (tmp_path / FILE).read_text().count("#") == 2


@pytest.mark.parametrize("given", ["canary", "ab" * 31, f"{'ab' * 32},canary", ","])
def test_S9_what_is_no_key_is_refused_and_not_repeated(tmp_path, given):
    with pytest.raises(UnfitKeyError) as told:
        open_key_ring(tmp_path, Secret(given), [])

    assert "TIDEMILL_SERVER_ENCRYPTION_KEY" in str(told.value)
    assert "canary" not in str(told.value)
    assert "abab" not in str(told.value)


@pytest.mark.machine
def test_a_file_that_others_can_read_is_refused(tmp_path):
    open_key_ring(tmp_path, None, [])
    (tmp_path / FILE).chmod(0o644)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        open_key_ring(tmp_path, None, [])


def test_an_empty_file_is_refused(tmp_path):
    open_key_ring(tmp_path, None, [])
    (tmp_path / FILE).write_text("# nothing\n")

    with pytest.raises(UnfitKeyError, match="there is no key in"):
        open_key_ring(tmp_path, None, [])
