"""The token by which the server's own user comes in."""

from __future__ import annotations

from threading import Thread

import pytest

from tidemill.exceptions import ConfigurationError
from tidemill.server.auth.credentials import LocalToken, read_authorization
from tidemill.server.auth.local_token import FILE, local_token


def test_it_is_made_once_and_for_its_owner_alone(tmp_path):
    token = local_token(tmp_path / "home")

    assert local_token(tmp_path / "home") == token
    assert (tmp_path / "home" / FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    assert isinstance(read_authorization([f"Bearer {token}".encode()]), LocalToken)


def test_of_many_that_come_first_one_makes_it(tmp_path):
    found: list[str] = []
    threads = [Thread(target=lambda: found.append(local_token(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.machine
def test_one_that_others_can_read_is_refused(tmp_path):
    local_token(tmp_path)
    (tmp_path / FILE).chmod(0o640)

    with pytest.raises(ConfigurationError, match=r"can be read or changed by others\. Put that right with: chmod 600"):
        local_token(tmp_path)


@pytest.mark.parametrize("content", ["", "tml_short", "x" * 68, "\udcff"])
def test_something_else_in_the_file_is_refused(tmp_path, content):
    local_token(tmp_path)
    (tmp_path / FILE).write_text(content, errors="surrogateescape")

    with pytest.raises(ConfigurationError, match="does not hold a local token"):
        local_token(tmp_path)
