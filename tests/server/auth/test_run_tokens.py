"""Run tokens, made and judged (S3)."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.auth.asking import NOW, asked, guard, key_row, store_with
from tidemill.domain.permissions import ANYONE, BASIC, LOCAL_ADMIN, ROLES, Actor
from tidemill.domain.run_tokens import RUN_PERMISSIONS, RunBound, RunLease, bound_of, producer_prefix
from tidemill.encryption import KeyRing
from tidemill.server.auth.guard import Guard
from tidemill.server.auth.hosts import HostRules
from tidemill.server.auth.key_book import KeyBook, NotAtHandError
from tidemill.server.auth.keys import parse_key
from tidemill.server.auth.protection import Protection
from tidemill.server.auth.refusal import Refusal
from tidemill.server.auth.run_reach import REACH, RENEWING, _owned, found_at, rules_of
from tidemill.server.auth.run_tokens import BELIEVED_US, RunTokens
from tidemill.server.serving import every_route

OLD, NEW = b"o" * 32, b"n" * 32
RUN = "811c667e-d277-847a-9b28-544bdbea8f5e"
KEYED = Actor(kind="key", id=key_row().id, name="ci", permissions=ROLES["runner"])
RUNS = st.builds(lambda number: str(UUID(int=number)), st.integers(0, 2**128 - 1))
EPOCHS = st.integers(0, 2**60 - 1)


class Leases:
    """One lease, and how often it was asked for."""

    def __init__(self, **changes) -> None:
        given = {"flow_run_id": RUN, "root_flow_run_id": RUN, "epoch": 3, "holder": "p", "until_us": NOW + 20_000_000}
        self.lease = RunLease(**(given | changes))
        self.asked = 0

    def run_lease(self, flow_run_id):
        self.asked += 1
        return self.lease if flow_run_id == RUN else None


def protection(entry="required", auth: str | None = None) -> Protection:
    digest = None if auth is None else sha256(auth.encode()).digest()
    return Protection(entry=entry, hosts=HostRules("127.0.0.1", (), True), auth_digest=digest)


def tokens(leases=None, *, ring=(OLD,), keys=(), **protected) -> RunTokens:
    keys = keys or (key_row(),)
    return RunTokens(KeyRing(ring), leases or Leases(), KeyBook(store_with(*keys)), protection(**protected))


@given(RUNS, EPOCHS)
def test_a_token_says_what_it_is_for_and_is_read_back_as_it_was_written(run, epoch):
    token = tokens().issue(run, epoch, KEYED)

    read = parse_key(token.text())

    assert read.is_run_token
    assert (read.id, read.text(), read.digest()) == (token.id, token.text(), token.digest())
    assert bound_of(token.text()) == RunBound(run, epoch)
    assert tokens().digest_of(read.id) == token.digest()


@given(st.data())
def test_S3_a_mistyped_or_cut_token_is_told_by_its_check(data):
    text = tokens().issue(RUN, 3, KEYED).text()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[place]))

    assert parse_key(text[:place] + other + text[place + 1 :]) is None
    assert parse_key(text[:place]) is None
    assert parse_key(text + other) is None


@given(st.text())
def test_what_a_text_says_of_itself_is_read_or_not(text):
    assert bound_of(text) is None or text.startswith("tmr_")
    assert bound_of(f"tmr_{text}") is None or "_" in text


@given(st.lists(st.tuples(RUNS, EPOCHS), min_size=2, unique=True))
def test_no_two_runs_or_epochs_have_the_same_prefix(bounds):
    prefixes = {producer_prefix(*bound) for bound in bounds}

    assert len(prefixes) == len(bounds)
    assert {len(prefix) for prefix in prefixes} == {20}  # and 16 digits make the 36 of a journal's header


def test_S3_the_secret_does_not_show():
    token = tokens().issue(RUN, 3, KEYED)
    secret = token.text().split("_")[5]

    shown = f"{token!r} {token} {[token]} {tokens()!r} {tokens().bearer(token.id, NOW)!r} {token.digest()}"
    assert secret not in shown
    assert RUN.replace("-", "") in repr(token)


def test_S3_tokens_of_another_server_or_of_a_key_that_is_gone_are_not_known():
    token = tokens().issue(RUN, 3, KEYED)

    assert tokens(ring=(NEW,)).digest_of(token.id) is None
    assert tokens(ring=(NEW, OLD)).digest_of(token.id) == token.digest()
    assert tokens(ring=(NEW, OLD)).issue(RUN, 3, KEYED).id != token.id


@pytest.mark.parametrize(
    ("issuer", "protected", "later", "accepted"),
    [
        (LOCAL_ADMIN, {}, {}, True),
        (BASIC, {"auth": "a:b"}, {"auth": "a:b"}, True),
        (BASIC, {"auth": "a:b"}, {"auth": "a:c"}, False),
        (BASIC, {"auth": "a:b"}, {}, False),
        (ANYONE, {"entry": "everybody"}, {"entry": "everybody"}, True),
        (ANYONE, {"entry": "everybody"}, {"entry": "local"}, False),
        (KEYED, {}, {}, True),
        (KEYED, {}, {"keys": (key_row(expires_us=NOW),)}, False),
        (KEYED, {}, {"keys": (key_row(id="f" * 16),)}, False),
    ],
)
def test_S3_a_token_is_worth_as_much_as_what_it_was_made_with(issuer, protected, later, accepted):
    text = tokens(**protected).issue(RUN, 3, issuer).text()
    keys = later.pop("keys", (key_row(),))
    runs = tokens(keys=keys, **later)

    decision = Guard(protection(**later), KeyBook(store_with(*keys)), runs).decide(
        "runs:read", asked(authorization=f"Bearer {text}"), NOW, "read_flow_run"
    )

    assert isinstance(decision, Actor if accepted else Refusal), decision
    if accepted:
        assert (decision.kind, decision.run) == ("run", RunBound(RUN, 3, "live"))
    else:
        assert (decision.status, decision.ground) == (401, "credential")


def test_S3_a_token_may_at_most_what_its_key_may():
    viewer = key_row(scopes=("viewer", "runs:write"))
    admin = tokens().bearer(tokens().issue(RUN, 3, KEYED).id, NOW)
    less = tokens(keys=(viewer,)).bearer(tokens().issue(RUN, 3, KEYED).id, NOW)

    assert admin.permissions == RUN_PERMISSIONS
    assert less.permissions == RUN_PERMISSIONS & (ROLES["viewer"] | {"runs:write"})
    assert "secrets:read" not in less.permissions


@pytest.mark.parametrize(
    ("changes", "after_us", "standing"),
    [
        ({}, 0, "live"),
        ({}, 19_999_999, "live"),
        ({}, 20_000_000, "lapsed"),
        ({"until_us": None}, 0, "lapsed"),
        ({"epoch": 4}, 0, "dead"),
        ({"epoch": 2}, 0, "dead"),
        ({"holder": None}, 0, "dead"),
        ({"root_flow_run_id": "another"}, 0, "dead"),
    ],
)
def test_S3_a_token_is_worth_what_its_lease_is(changes, after_us, standing):
    lease = Leases(**changes).lease

    assert lease.standing(3, NOW + after_us) == standing


@pytest.mark.parametrize("operation", sorted(REACH))
def test_S3_a_lapsed_token_renews_and_reports_and_does_nothing_else(operation):
    leases = Leases(until_us=NOW)
    runs = tokens(leases)
    text = runs.issue(RUN, 3, KEYED).text()

    decision = Guard(protection(), KeyBook(store_with(key_row())), runs).decide(
        "runs:read", asked(authorization=f"Bearer {text}"), NOW, operation
    )

    assert isinstance(decision, Actor) == (operation in RENEWING)
    if isinstance(decision, Refusal):
        assert (decision.status, (b"tidemill-error", b"StoreUnavailableError") in decision.headers) == (401, True)


def test_a_lease_is_believed_for_a_second_and_no_longer_than_it_runs():
    leases = Leases(until_us=NOW + 500_000)
    runs = tokens(leases)
    token_id = runs.issue(RUN, 3, KEYED).id

    for later in (0, 499_999):
        assert runs.bearer(token_id, NOW + later).run.standing == "live"
    assert leases.asked == 1
    assert runs.bearer(token_id, NOW + 500_000).run.standing == "lapsed"
    assert leases.asked == 2

    leases.lease = Leases(until_us=NOW + 60_000_000).lease
    assert runs.bearer(token_id, NOW + 600_000).run.standing == "live"  # renewed: seen at once
    assert runs.bearer(token_id, NOW + 600_000 + BELIEVED_US - 1).run.standing == "live"
    assert leases.asked == 3
    leases.lease = Leases(epoch=4).lease
    assert isinstance(runs.bearer(token_id, NOW + 600_000 + BELIEVED_US), Refusal)


def test_S3_forged_tokens_are_refused_before_the_store_is_asked():
    leases = Leases()
    runs = tokens(leases)
    forged = tokens(ring=(NEW,)).issue(RUN, 3, KEYED)

    decision = Guard(protection(), KeyBook(store_with(key_row())), runs).decide(
        "runs:read", asked(authorization=f"Bearer {forged.text()}"), NOW, "read_flow_run"
    )

    assert (decision.status, leases.asked) == (401, 0)


def test_a_guard_that_knows_no_run_tokens_accepts_none():
    text = tokens().issue(RUN, 3, KEYED).text()

    assert (
        guard(key_row()).decide("runs:read", asked(authorization=f"Bearer {text}"), NOW, "read_flow_run").status == 401
    )


def test_S1_the_table_speaks_of_operations_that_are_there_and_that_tokens_may_ask_for():
    needed = {operation.name: operation.permission for operation, _ in every_route()}

    assert REACH.keys() <= needed.keys()
    assert {needed[name] for name in REACH} <= RUN_PERMISSIONS
    assert RENEWING <= REACH.keys()
    assert rules_of("invented_since") is None


@pytest.mark.parametrize("rule", ["user id", "flow-run id", "flowrun? body.id"])
def test_a_rule_about_nothing_known_cannot_be_made(rule):
    with pytest.raises(ValueError, match="nothing is known of"):
        _owned(rule)


def test_what_a_request_says_is_found_by_its_path():
    given = {"body": [{"a": 1}, {"b": 2}], "id": "x", "query": None}

    assert found_at(given, ("id",)) == ["x"]
    assert found_at(given, ("body", "*", "a")) == [1, None]
    assert found_at(given, ("query", "a")) == [None]
    assert found_at(given, ("nothing", "*")) == []


def test_what_a_token_is_worth_is_at_hand_once_it_was_looked_up():
    leases = Leases()
    book = tokens(leases)
    token = book.issue(RUN, 3, KEYED)
    for _ in range(2):
        with pytest.raises(NotAtHandError):
            book.at_hand().bearer(token.id, NOW)
    assert leases.asked == 0

    known = book.bearer(token.id, NOW)

    assert book.at_hand().bearer(token.id, NOW) == known
    assert leases.asked == 1
