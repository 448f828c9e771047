"""What pages of other origins are told (S6)."""

from __future__ import annotations

from tidemill.server.auth.cors import cors_rules

UI = b"https://ui.example"


def test_S6_nobody_is_told_anything_by_default():
    rules = cors_rules("")

    assert rules.answer_headers(UI) == []
    assert rules.preflight_headers(UI, b"GET", None) is None


def test_a_named_origin_is_told_its_own_name():
    rules = cors_rules("https://ui.example")

    told = dict(rules.answer_headers(UI))
    assert told[b"access-control-allow-origin"] == UI
    assert told[b"vary"] == b"Origin"
    assert rules.answer_headers(b"https://evil.example") == [(b"vary", b"Origin")]
    assert rules.answer_headers(None) == [(b"vary", b"Origin")]


def test_S6_no_answer_allows_what_the_browser_keeps_for_us():
    for rules in (cors_rules("*"), cors_rules("https://ui.example")):
        told = [*rules.answer_headers(UI), *rules.preflight_headers(UI, b"POST", b"authorization")]
        assert b"access-control-allow-credentials" not in dict(told)


def test_methods_and_headers_are_told_as_asked_where_they_are_allowed():
    rules = cors_rules("*", "GET, post", "authorization,content-type")

    told = dict(rules.preflight_headers(UI, b"POST", b"Authorization, Content-Type"))
    assert told[b"access-control-allow-methods"] == b"POST"
    assert told[b"access-control-allow-headers"] == b"Authorization, Content-Type"
    assert told[b"access-control-allow-origin"] == b"*"
    assert rules.preflight_headers(UI, b"DELETE", None) is None
    assert rules.preflight_headers(UI, b"GET", b"x-other") is None
    assert cors_rules("*").preflight_headers(UI, b"TRACE", None) is None
    assert cors_rules("*").preflight_headers(UI, b"GET", b"a\r\nset-cookie: b") is None
    assert cors_rules("*").preflight_headers(UI, b"GET", b"x" * 5000) is None
