"""S6: what pages of strangers come to, in a browser, against a server's process.

Each deed is shown to be one: from a page of the server's own origin, and where the settings trust the stranger, it does
what it says.
"""

from __future__ import annotations

import pytest

from tests.browser.attacks import UNHINDERED, attack
from tests.browser.chromium import SERVERS, STRANGER
from tests.browser.servers import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.machine]

REFUSED = dict.fromkeys(UNHINDERED, "refused")
#: A page may link to the server, and cannot look into what opens.
LINKED = REFUSED | {"read_window": "arrives"}
SOCKETS = {deed for deed in UNHINDERED if deed.startswith("socket_")}
#: A socket is opened before who opens it says who that is; who is refused then has heard nothing.
TURNED_AWAY = dict.fromkeys(SOCKETS, "arrives")
#: What a browser fetches without naming the page's origin.
EMBEDS = {"form_get", "frame_docs", "read_fetch_no_cors", "read_window"} | {
    f"read_{what}" for what in ("embed", "frame", "image", "object", "prefetch", "script", "style", "video")
}
#: What no page of another origin needs to ask for beforehand.
SIMPLE = {
    "form_text",
    "form_text_into_a_window",
    "fetch_text_no_cors",
    "fetch_text_keepalive",
    "fetch_from_worker",
    "xhr_text",
    "beacon_text",
}


def here(port: int, page: str = "attack", name: str = "127.0.0.1") -> str:
    return f"http://{name}:{port}/stranger/{page}"


def is_unharmed(came) -> bool:
    """Whether nothing was read, changed, or put into a frame, though the page could frame its own."""
    assert came.leaked == []
    assert any("/stranger/reporting" in url for url in came.framed)
    assert not any("/api/" in url.partition("?")[0] or "/docs" in url for url in came.framed)
    return came.before == came.after


@pytest.fixture
def strike(context, strangers):
    """Attack a server from a page, which knows it by one of its names."""

    def strike(where, page_url, name="127.0.0.1"):
        server, relay = where
        return attack(context, server, relay, page_url, f"http://{name}:{relay.port}", strangers)

    return strike


def remember_password(context, where, name="127.0.0.1") -> None:
    """As a person does who looks at the server once, and is asked for the password by what stands in front of it."""
    page = context.new_page()
    page.goto(f"http://{PASSWORD}@{name}:{where[1].port}/api/docs")
    assert page.inner_text("h1").endswith("the REST API")


def test_S6_each_deed_is_one_where_the_page_is_the_servers_own(server, strike):
    came = strike(server, here(server[1].port))

    assert came.outcomes == UNHINDERED
    assert "read_fetch" in came.leaked


@pytest.mark.parametrize(
    ("name", "page"),
    [
        pytest.param("127.0.0.1", "attack", id="another port"),
        pytest.param(STRANGER, "attack", id="another name"),
        pytest.param("127.0.0.1", "sandboxed", id="no origin"),
    ],
)
def test_S6_a_page_of_another_origin_reads_and_changes_nothing(server, strangers, strike, name, page):
    came = strike(server, here(strangers, page, name))

    assert came.outcomes == LINKED
    assert is_unharmed(came)


def test_S6_a_name_that_is_made_to_lead_here_is_refused(server, strike):
    came = strike(server, here(server[1].port, name=STRANGER), STRANGER)

    assert came.outcomes == REFUSED
    assert came.statuses <= {421, 403}
    assert is_unharmed(came)


def test_S6_without_the_look_at_the_name_it_would_do_everything(trusting, strike):
    assert strike(trusting, here(trusting[1].port, name=STRANGER), STRANGER).outcomes == UNHINDERED


def test_S6_without_the_look_at_the_origin_a_page_would_change_things(trusting, strangers, strike):
    came = strike(trusting, here(strangers))

    assert {deed for deed in SIMPLE if came.outcomes[deed] != "makes"} == set()


def test_S6_a_password_that_the_browser_remembers_is_of_no_use_to_a_stranger(locked_asking, context, strangers, strike):
    remember_password(context, locked_asking)

    own = strike(locked_asking, here(locked_asking[1].port))
    came = strike(locked_asking, here(strangers))

    assert own.outcomes == UNHINDERED | {"read_fetch_without_credentials": "refused"}
    assert came.outcomes == LINKED
    assert is_unharmed(came)


def test_S6_nor_where_the_browser_does_not_say_what_embeds_what(locked_asking, context, strangers, strike):
    """Over plain HTTP, Sec-Fetch headers are for this machine alone; then what embeds gets an answer and cannot read it."""
    remember_password(context, locked_asking, SERVERS)

    came = strike(locked_asking, here(strangers, name=SERVERS), SERVERS)

    assert came.outcomes == REFUSED | dict.fromkeys(EMBEDS, "arrives")
    assert is_unharmed(came)


def test_S6_without_the_look_at_the_origin_the_password_would_go_along(locked_trusting, context, strangers, strike):
    remember_password(context, locked_trusting)

    came = strike(locked_trusting, here(strangers))

    assert {deed for deed in SIMPLE if came.outcomes[deed] != "makes"} == set()


@pytest.mark.parametrize("name", ["127.0.0.1", STRANGER])
def test_S6_who_does_not_know_the_password_gets_nowhere_under_any_name(locked, strike, name):
    came = strike(locked, here(locked[1].port, name=name), name)

    assert came.outcomes == REFUSED | TURNED_AWAY
    assert is_unharmed(came)
