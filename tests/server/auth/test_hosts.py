"""Which names this server answers to, and pages of which origin (S6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.auth.asking import asked
from tidemill.server.auth.addresses import Authority, authority_of, is_loopback
from tidemill.server.auth.cors import cors_rules
from tidemill.server.auth.hosts import HostRules, OriginVerdict, origin_verdict


@pytest.mark.parametrize(
    ("header", "host", "port"),
    [
        (b"127.0.0.1:4200", "127.0.0.1", 4200),
        (b"LocalHost", "localhost", None),
        (b"localhost.:80", "localhost", 80),
        (b"[::1]:4200", "::1", 4200),
        (b"[::1]", "::1", None),
        (b"tide_mill-1.example.com:", "tide_mill-1.example.com", None),
    ],
)
def test_a_host_header_is_a_name_and_a_port(header, host, port):
    assert authority_of(header) == Authority(host, port)


@pytest.mark.parametrize(
    "header",
    [
        b"", b":4200", b"a b", b"a/b", b"user@host", b"host:port", b"host:70000", b"host:-1", b"[::1", b"::1", b"[x]:1",
        b"[::1]4200", b"h\xc3\xb6st", b"h\x00st", b"a" * 300, b"localhost#evil.example", b"host:1:2", b"[127.0.0.1]:80",
        b"localhost,evil.example", b"host:\xd9\xa1", b".",
    ],
)  # fmt: skip
def test_what_is_no_host_is_none(header):
    assert authority_of(header) is None


@given(st.binary(max_size=60))
def test_any_bytes_are_read_without_an_error(header):
    authority_of(header)


@pytest.mark.parametrize(
    ("host", "is_this_machine"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("tidemill.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.5", False),
        ("::ffff:10.0.0.5", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("notlocalhost", False),
        ("2130706433", False),
        ("0x7f.1", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_that_looks_like_it(host, is_this_machine):
    assert is_loopback(host) is is_this_machine


HERE = HostRules("127.0.0.1")
HERE_BEHIND_PROXY = HostRules("127.0.0.1", ("tide.example.com", "*.corp.example"))
OPEN_EVERYWHERE = HostRules("0.0.0.0")
AUTH_EVERYWHERE = HostRules("0.0.0.0", (), credential_needed=True)
AUTH_NAMED = HostRules("0.0.0.0", ("tide.example.com:4200",), credential_needed=True)


@pytest.mark.parametrize(
    ("rules", "host", "accepted"),
    [
        (HERE, "127.0.0.1:4200", True),
        (HERE, "localhost:4200", True),
        (HERE, "[::1]:4200", True),
        (HERE, "evil.example:4200", False),
        (HERE, "10.0.0.5:4200", False),
        (HERE, "server:4200", False),
        (HERE_BEHIND_PROXY, "tide.example.com", True),
        (HERE_BEHIND_PROXY, "TIDE.example.com:443", True),
        (HERE_BEHIND_PROXY, "a.b.corp.example", True),
        (HERE_BEHIND_PROXY, "corp.example", False),
        (HERE_BEHIND_PROXY, "evilcorp.example", False),
        (HERE_BEHIND_PROXY, "tide.example.com.evil.example", False),
        (OPEN_EVERYWHERE, "10.0.0.5:4200", True),
        (OPEN_EVERYWHERE, "server:4200", True),
        (OPEN_EVERYWHERE, "localhost", True),
        (OPEN_EVERYWHERE, "evil.example", False),
        (HostRules("tide.example.com"), "tide.example.com", True),
        (HostRules("0.0.0.0", ("*",)), "anything.example", True),
        (AUTH_EVERYWHERE, "tide.example.com", True),
        (AUTH_NAMED, "tide.example.com", True),
        (AUTH_NAMED, "evil.example", False),
        (AUTH_NAMED, "10.0.0.5", False),
        (AUTH_NAMED, "127.0.0.1", True),
    ],
)
def test_S6_a_server_answers_to_its_own_names(rules, host, accepted):
    assert rules.accept(authority_of(host.encode())) is accepted


OWN, NAMED, ANY, STRANGE = OriginVerdict


@pytest.mark.parametrize(
    ("host", "origin", "allowed", "verdict"),
    [
        ("127.0.0.1:4200", None, "", OWN),
        ("127.0.0.1:4200", "http://127.0.0.1:4200", "", OWN),
        ("LOCALHOST:4200", "http://localhost:4200", "", OWN),
        ("[::1]:4200", "http://[::1]:4200", "", OWN),
        ("tide.example.com", "https://tide.example.com", "", OWN),
        ("tide.example.com", "http://tide.example.com:80", "", OWN),
        ("tide.example.com:443", "https://tide.example.com", "", OWN),
        ("tide.example.com", "https://tide.example.com:8443", "", STRANGE),
        ("127.0.0.1:4200", "http://127.0.0.1:3000", "", STRANGE),
        ("127.0.0.1:4200", "http://localhost:4200", "", STRANGE),
        ("127.0.0.1:4200", "https://evil.example", "", STRANGE),
        ("127.0.0.1:4200", "null", "", STRANGE),
        ("127.0.0.1:4200", "null", "null", STRANGE),
        ("127.0.0.1:4200", "", "", STRANGE),
        ("127.0.0.1:4200", "file://", "", STRANGE),
        ("127.0.0.1:4200", "chrome-extension://127.0.0.1:4200", "", STRANGE),
        ("127.0.0.1:4200", ["http://127.0.0.1:4200", "https://evil.example"], "", STRANGE),
        ("127.0.0.1:4200", "https://ui.example.com", "https://ui.example.com/", NAMED),
        ("127.0.0.1:4200", "https://UI.example.com", "http://a, https://ui.example.com", NAMED),
        ("127.0.0.1:4200", "http://ui.example.com", "https://ui.example.com", STRANGE),
        ("127.0.0.1:4200", "https://evil.example", "*", ANY),
        ("127.0.0.1:4200", "null", "*", ANY),
        ("127.0.0.1:4200", "https://ui.example.com", "*,https://ui.example.com", NAMED),
    ],
)
def test_S6_pages_of_other_origins_are_strange(host, origin, allowed, verdict):
    facts = asked("POST", host, **({} if origin is None else {"origin": origin}))

    assert origin_verdict(facts, authority_of(host.encode()), cors_rules(allowed)) is verdict


@pytest.mark.parametrize(
    ("method", "site", "mode", "dest", "verdict"),
    [
        ("GET", "same-origin", "cors", "empty", OWN),
        ("GET", "same-origin", "navigate", "iframe", OWN),
        ("GET", "none", "navigate", "document", OWN),
        ("GET", "cross-site", "navigate", "document", OWN),
        ("GET", "cross-site", "navigate", [], OWN),
        ("GET", "cross-site", "navigate", "iframe", STRANGE),
        ("GET", "same-site", "navigate", "object", STRANGE),
        ("GET", "cross-site", "no-cors", "document", STRANGE),
        ("GET", "same-site", "no-cors", "image", STRANGE),
        ("POST", "cross-site", "navigate", "document", STRANGE),
        ("GET", "cross-site", "websocket", "websocket", STRANGE),
    ],
)
def test_S6_a_page_may_link_here_but_not_embed(method, site, mode, dest, verdict):
    facts = asked(method, sec_fetch_site=site, sec_fetch_mode=mode, sec_fetch_dest=dest)

    assert origin_verdict(facts, authority_of(b"127.0.0.1:4200"), cors_rules("")) is verdict
