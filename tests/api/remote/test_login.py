"""Who asks, and whose certificates count."""

from __future__ import annotations

import httpx
import pytest

from tidemill.api.remote.login import Login
from tidemill.api.remote.refusals import refusal
from tidemill.exceptions import ConfigurationError


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_no_certificates_is_named(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)

    with pytest.raises(ConfigurationError, match=f"TIDEMILL_API_SSL_CERT_FILE is {path}"):
        Login(certificates=str(path)).verify()


@pytest.mark.parametrize("said", ["who are you?", "set TIDEMILL_API_KEY to a key"])
def test_the_advice_is_given_once(said):
    answer = httpx.Response(401, json={"detail": said}, request=httpx.Request("POST", "http://a/api/x"))

    error = str(refusal(answer, "http://a/api"))

    assert said in error
    assert error.count("TIDEMILL_API_KEY") == 1
