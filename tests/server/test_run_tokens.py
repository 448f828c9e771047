"""S3: what a run token opens: what its own run needs, as long as the run is held, and nothing else."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from tests.server.auth.asking import asked
from tests.server.bodies import HAPPENED
from tests.server.live.talking import Closed, Listener, Peer
from tests.server.samples import Sample, every_sample
from tests.server.test_asked_twice import contents
from tests.server.test_who_may import key_of
from tests.server.world import a_world
from tests.store.conformance.story import Story, an_id, created, line, started
from tests.store.conformance.story import state as came_into
from tidemill.domain.api_keys import ApiKey
from tidemill.domain.entries import RootHeld
from tidemill.domain.permissions import Actor
from tidemill.domain.run_tokens import producer_prefix
from tidemill.domain.states import StateType
from tidemill.server.auth.refusal import Refusal
from tidemill.server.auth.run_reach import REACH
from tidemill.server.live.endpoints import ENDPOINTS
from tidemill.server.serving import every_route

OPERATIONS = {f"{operation.method} {operation.path}": operation for operation, _ in every_route()}
SCOPES = {"admin": ("admin",), "runner": ("runner",), "no-secrets": ("runs:*", "blocks:*"), "short": ("runner",)}
EPOCH = 1


class Bearing:
    """A world behind keys, in which a run is held, and a token for it."""

    def __init__(self, world, issuer: str = "runner") -> None:
        self.world, self.client, self.store = world, world.client, world.client.store
        world.ids = dict(world.ids)  # other worlds have the same
        now = self.client.clock.now_us()
        for name, scopes in SCOPES.items():
            key = key_of(name)
            expires_us = now + 10_000_000 if name == "short" else None
            self.store.put_api_key(
                ApiKey(id=key.id, name=name, digest=key.digest(), scopes=scopes, created_us=now, expires_us=expires_us)
            )
        self.client.clock.sleep(2)
        self.store.beat("process", self.client.clock.now_us(), self.client.clock.now_us() + 20_000_000)
        self.run = world.ids["embedded"]
        self.producer = f"{producer_prefix(self.run, EPOCH)}one"
        self.token = self.issued(issuer).body["token"]

    def issued(self, issuer: str = "runner", run: str | None = None, epoch: int = EPOCH, token: str | None = None):
        bearer = {"authorization": f"Bearer {token or key_of(issuer).text()}"}
        return self.client.post(f"/api/tm/flow_runs/{run or self.run}/run_token", {"epoch": epoch}, **bearer)

    def ask(self, name: str, sample: Sample, token: str | None = None):
        return self.world.ask(name, sample, authorization=f"Bearer {token or self.token}")

    def reads_its_run(self, token: str | None = None):
        return self.ask("GET /flow_runs/{id:uuid}", Sample(f"/flow_runs/{self.run}"), token)

    def reports(self, *entries, producer: str | None = None, roots: dict[str, int] | None = None, seq: int = 1):
        batch = {
            "producer": producer or self.producer,
            "first_seq": seq,
            "last_seq": seq + len(entries) - 1,
            "roots": {self.run: EPOCH} if roots is None else roots,
        }
        said = [[entry.kind, entry] for entry in entries]
        return self.ask("POST /tm/journal", Sample("/tm/journal", batch | {"entries": said}))

    def own_world(self) -> None:
        """Let the ids of the world be those of the run's own things."""
        ids, story = self.world.ids, Story(self.store, self.producer)
        task = started(self.run, "own-task")
        story.tell(RootHeld(self.run, EPOCH, True), task)
        mine = {"key": "own", "type": "markdown", "data": "x", "flow_run_id": self.run}
        runner = {"authorization": f"Bearer {key_of('runner').text()}"}
        ids |= {"run": self.run, "producer": self.producer}
        ids["task_run"] = task.id
        ids["artifact"] = self.client.post("/api/artifacts/", mine, **runner).body["id"]
        ids["flow"] = self.client.get(f"/api/flow_runs/{self.run}", **runner).body["flow_id"]
        with self.store._connections.writing() as session:  # no journal tells of a deployment's run as yet
            session.execute(
                "UPDATE flow_run SET deployment_id = :deployment WHERE id = :run",
                {"deployment": ids["deployment"], "run": self.run},
            )


@contextmanager
def bearing(dialect="sqlite", issuer="runner"):
    with a_world(dialect=dialect) as world:
        yield Bearing(world, issuer)


@pytest.fixture(params=["sqlite", "postgres"])
def held(request):
    """A token of a run that is held, on each database."""
    with bearing(request.param) as found:
        yield found


def test_S3_a_token_opens_its_own_run(held):
    said = held.reads_its_run()

    assert (said.status, said.body["id"]) == (200, held.run)


def test_S3_nobody_but_a_key_makes_tokens_and_only_for_a_run_that_is_held(held):
    assert held.issued(token=held.token).status == 403
    assert held.issued(epoch=2).status == 409
    assert held.issued(run=held.world.ids["run"], epoch=0).status == 409  # a client's, which no process holds
    assert held.issued(run="00000000-0000-4000-8000-000000000000").status == 404
    assert held.issued("no-secrets").status == 200


def taken_over(held):
    held.store.set_flow_run_state(held.run, crash(held))
    held.store.claim_flow_run(held.run, "another", held.client.clock.now_us(), allow=list(StateType))


def crash(held):
    run = held.store.read_flow_run(held.run)
    return run.state.__class__(
        id=an_id("crash"), type=StateType.CRASHED, name="Crashed", timestamp=run.state.timestamp, message=None
    )


def given_up(held):
    held.store.end_producer("process", held.client.clock.now_us())


def buried(held):
    held.client.clock.sleep(30)
    held.store.bury_lapsed("process", held.client.clock.now_us(), "its process is gone")


def ended_by_somebody(held):
    held.store.set_flow_run_state(held.run, crash(held))


def deleted(held):
    held.store.delete_flow_run(held.run)


def lease_ran_out(held):
    held.client.clock.sleep(21)


def key_revoked(held):
    held.store.revoke_api_key(key_of("runner").id, held.client.clock.now_us())


DEATHS = [taken_over, given_up, buried, ended_by_somebody, deleted, lease_ran_out, key_revoked]


@pytest.mark.parametrize("death", DEATHS)
def test_S3_a_token_dies_with_the_lease_of_its_run_or_with_the_key_it_was_made_with(held, death):
    assert held.reads_its_run().status == 200

    death(held)
    held.client.clock.sleep(1)

    said = held.reads_its_run()
    assert (said.status, said.headers["www-authenticate"]) == (401, 'Bearer realm="tidemill"')


@pytest.mark.parametrize("death", [taken_over, given_up, ended_by_somebody, deleted])
def test_S3_nothing_is_written_by_a_token_from_the_moment_on_at_which_it_dies(held, death):
    death(held)
    before = contents(held.store)

    logged = {"name": "l", "level": 20, "message": "m", "timestamp": "2023-11-14T22:00:00Z", "flow_run_id": held.run}
    said = held.ask("POST /logs/", Sample("/logs/", [logged]))

    assert (said.status, said.headers["tidemill-error"]) == (401, "StaleEpochError")
    assert contents(held.store) == before


def test_S3_a_token_ends_with_the_key_it_was_made_with():
    with bearing(issuer="short") as held:
        assert held.reads_its_run().status == 200

        held.client.clock.sleep(12)

        assert "key that it was made with" in held.reads_its_run().body["exception_message"]


def foreign_run(held):
    """A token of another run that is held, too."""
    story = Story(held.store, "third").alive(held.client.clock.now_us() + 20_000_000)
    return held.issued(run=story.running("third")).body["token"]


def with_check(body: str) -> str:
    from tidemill.server.auth.keys import _check

    return f"{body}_{_check(body)}"


def parts(token: str) -> list[str]:
    return token.split("_")


def forged(place: int, part: str):
    def forge(held) -> str:
        said = parts(held.token)[:-1]
        said[place] = part
        return with_check("_".join(said))

    forge.__name__ = f"part {place} is {part[:8]}"
    return forge


WRONG = [
    forged(2, "2"),  # another epoch
    forged(1, "0" * 32),  # another run
    forged(3, "local"),  # another issuer
    forged(3, key_of("no-secrets").id),
    forged(4, "0" * 16),  # another key of the server
    forged(5, "0" * 64),  # another secret
    lambda held: held.token[:-1],
    lambda held: held.token[:60],
    lambda held: held.token[:-1] + ("0" if held.token[-1] != "0" else "1"),
    lambda held: held.token.upper(),
    lambda held: held.token.replace("tmr_", "tmk_"),
    lambda held: held.token.replace("tmr_", "tml_"),
    lambda held: held.token + "\x80",
    lambda held: held.token[:20] + "é" + held.token[21:],
    lambda held: "é",
    lambda held: "tmr_",
    lambda held: " ",
]


@pytest.mark.parametrize("wrong", WRONG)
def test_S3_what_is_not_a_token_as_it_was_given_out_is_nobodys(held, wrong):
    before = contents(held.store)

    assert held.reads_its_run(wrong(held)).status == 401
    assert contents(held.store) == before


def test_S3_a_token_of_another_run_opens_nothing_of_this_one(held):
    other = foreign_run(held)

    assert held.reads_its_run(other).status == 403
    assert held.ask("POST /tm/store/beat", beat(held), other).status == 403


def beat(held, producer=None):
    now = held.client.clock.now_us()
    return Sample(
        "/tm/store/beat", {"producer": producer or held.producer, "now": now, "lease_until": now + 20_000_000}
    )


def registered(held):
    now = held.client.clock.now_us()
    given = {"id": held.producer, "host": "there", "pid": 2, "beat_us": now, "lease_until_us": now + 20_000_000}
    return Sample("/tm/store/register_producer", {"producer": given})


def test_S3_a_process_takes_the_lease_reports_renews_and_gives_up(held):
    """All that the process of a run does, by the token alone."""
    assert held.ask("POST /tm/store/register_producer", registered(held)).status == 200
    took = held.reports(
        RootHeld(held.run, EPOCH),
        started(held.run),
        line(held.run, "said"),
        came_into(held.run, "COMPLETED", ordinal=1),
    )
    assert (took.status, took.body) == (200, {"applied_seq": 4})
    held.client.clock.sleep(15)
    assert held.ask("POST /tm/store/beat", beat(held)).body is True
    held.client.clock.sleep(15)
    assert held.reads_its_run().body["state_type"] == "COMPLETED"  # the lease is this process's by now

    ended = Sample("/tm/store/end_producer", {"producer": held.producer, "now": held.client.clock.now_us()})
    assert held.ask("POST /tm/store/end_producer", ended).status == 200
    held.client.clock.sleep(1)

    assert held.reads_its_run().status == 401


def test_S3_what_was_reported_while_the_server_was_away_is_taken_when_nobody_took_the_run_over(held):
    held.client.clock.sleep(25)
    assert held.reads_its_run().status == 401

    late = held.reports(RootHeld(held.run, EPOCH), line(held.run, "said meanwhile"))
    assert held.ask("POST /tm/store/register_producer", registered(held)).status == 200

    assert late.status == 200
    assert held.reads_its_run().status == 200


def test_S3_what_is_reported_for_a_run_that_was_taken_over_is_refused_as_a_stale_holders(held):
    buried(held)

    late = held.reports(RootHeld(held.run, EPOCH), line(held.run, "too late"))

    assert (late.status, late.headers["tidemill-error"]) == (401, "StaleEpochError")


@pytest.mark.parametrize(
    "told",
    [
        lambda held: {"roots": {held.run: EPOCH + 1}},
        lambda held: {"roots": {held.run: EPOCH, held.other: 1}},
        lambda held: {"producer": "process"},
        lambda held: {"producer": "somebody"},
        lambda held: {"entry": RootHeld(held.run, EPOCH + 1)},
        lambda held: {"entry": RootHeld(held.other, EPOCH)},
        lambda held: {"entry": created("other", root=held.run)},
        lambda held: {"entry": came_into(held.other, "COMPLETED", root=held.run)},
        lambda held: {"entry": created("newer", root=held.run, deployment_id=held.world.ids["deployment"])},
        lambda held: {"entry": created("newer", root=held.run, parent_task_run_id=held.other_task)},
        lambda held: {"entry": started(held.other, root=held.run)},
        lambda held: {"entry": started(held.other, "fresh", root=held.run)},
        lambda held: {"entry": started(None, "fresh")},
        lambda held: {"entry": line(held.other, "m")},
    ],
)
def test_S3_a_journal_reports_for_its_own_run_and_epoch_alone(held, told):
    story = Story(held.store, "third").alive(held.client.clock.now_us() + 20_000_000)
    held.other = story.running("other")
    story.tell(started(held.other))
    held.other_task = an_id("task")
    before = contents(held.store)
    given = told(held)

    said = held.reports(given.pop("entry", line(held.run, "m")), **given)

    assert said.status == 403
    assert contents(held.store) == before


#: What operations are asked of the run itself, where their samples do not say so.
RUN = {"flow_run_id": "@run"}
OWN = {
    "POST /flow_runs/": Sample("/flow_runs/", {"flow_id": "@flow", "parent_task_run_id": "@task_run"}),
    "POST /deployments/{id:uuid}/create_flow_run": Sample(
        "/deployments/@deployment/create_flow_run", {"parent_task_run_id": "@task_run"}
    ),
    "POST /artifacts/": Sample("/artifacts/", RUN | {"key": "new", "type": "markdown", "data": "x"}),
    "POST /logs/": Sample(
        "/logs/", [RUN | {"name": "l", "level": 20, "message": "m", "timestamp": "2023-11-14T22:00:00Z"}]
    ),
    **{
        f"POST /tm/store/{name}": Sample(
            f"/tm/store/{name}", {"conditions": [{"field": field, "operator": "any_", "value": ["@run"]}]}
        )
        for field, names in {
            "id": ("find_flow_runs", "count_flow_runs"),
            "flow_run_id": ("find_task_runs", "count_task_runs", "read_logs"),
        }.items()
        for name in names
    },
    "POST /tm/store/claim_flow_run": Sample(
        "/tm/store/claim_flow_run", RUN | {"producer": "@producer", "now": 0, "allow": ["RUNNING"]}
    ),
    "POST /tm/store/crash_runs_of": Sample("/tm/store/crash_runs_of", {"now": 0, "message": "it is gone"}),
    "POST /tm/store/acquire_slots": Sample(
        "/tm/store/acquire_slots",
        {
            "request": {
                "lease_id": "7d3c1f8e-0000-4000-8000-000000000007",
                "names": ["held"],
                "slots": 1,
                "holder": "@producer run",
                "now": 0,
                "lease_until": 1,
            }
        },
    ),
    "POST /tm/store/register_producer": Sample(
        "/tm/store/register_producer", {"producer": {"id": "@producer", "beat_us": 0, "lease_until_us": 1}}
    ),
    "POST /tm/journal": Sample(
        "/tm/journal", {"producer": "@producer", "first_seq": 3, "last_seq": 2, "roots": {}, "entries": []}
    ),
}
#: Answered by 404 or 422 in this world, and past the gate all the same.
OF_A_PRODUCER = {"beat", "end_producer", "read_producer", "unfinished_runs_of", "crash_runs_of"}


def own_sample(name: str, sample: Sample) -> Sample:
    sample = OWN.get(name, sample)
    if name.removeprefix("POST /tm/store/") in OF_A_PRODUCER:
        return sample._replace(body=sample.body | {"producer": "@producer"})
    return sample


def reach_of(name: str):
    return REACH.get(OPERATIONS[name].name)


@pytest.mark.parametrize("dialect", ["sqlite", pytest.param("postgres", marks=pytest.mark.thorough)])
def test_s1_S3_a_token_may_do_what_its_run_needs_and_nothing_else(dialect):
    """Every operation: what is not in the table is refused, and what is in it is answered about the run's own."""
    samples = every_sample()
    changing = {name for name in samples if OPERATIONS[name].writes and reach_of(name) is not None}
    with bearing(dialect) as held:
        held.own_world()
        before = contents(held.store)
        for name in samples.keys() - changing:
            is_answered_as_declared(held, name, samples[name])
        assert contents(held.store) == before
    for name in changing:
        with bearing(dialect) as held:
            held.own_world()
            is_answered_as_declared(held, name, samples[name])


def is_answered_as_declared(held, name: str, sample: Sample) -> None:
    said = held.ask(name, own_sample(name, sample))
    if OPERATIONS[name].permission == "open":
        assert said.status == 200, name
    elif reach_of(name) is None:
        assert said.status == 403, (name, said)
    else:
        assert said.status in (200, 201, 204, 404, 409, 422), (name, said)


@pytest.mark.parametrize("dialect", ["sqlite", pytest.param("postgres", marks=pytest.mark.thorough)])
def test_s1_S3_a_token_may_do_nothing_to_what_is_others(dialect):
    """Every operation that names something, asked of what a client's run, its task run and another process have."""
    with bearing(dialect) as held:
        admin = {"authorization": f"Bearer {key_of('admin').text()}"}
        held.world.ids["flow"] = held.client.post("/api/flows/", {"name": "others"}, **admin).body["id"]
        held.world.ids["embedded"] = held.world.ids["run"]
        held.world.ids["lease"] = held.world.ids["task_run"]  # as that of its tags' slots is
        before = contents(held.store)
        for name, sample in every_sample().items():
            rules = reach_of(name)
            if rules and name != "POST /events":  # which names a thing that is nobody's
                if rules == REACH["store_renew_slots"]:
                    sample = sample._replace(body=sample.body | {"lease_id": "@lease"})
                said = held.ask(name, sample)
                assert said.status == 403, (name, said)
        assert contents(held.store) == before


def told(resource: str, *related: str) -> Sample:
    event = HAPPENED | {
        "resource": {"prefect.resource.id": resource},
        "related": [{"prefect.resource.id": one, "prefect.resource.role": "flow-run"} for one in related],
    }
    return Sample("/events", [event])


@pytest.mark.parametrize(
    ("resource", "related", "status"),
    [
        ("a.thing", [], 200),
        ("prefect.flow-run.@run", [], 200),
        ("prefect.task-run.@task_run", ["prefect.flow-run.@run"], 200),
        ("prefect.task-run.7d3c1f8e-0000-4000-8000-000000000008", ["prefect.flow-run.@run"], 200),
        ("prefect.flow-run.@theirs", [], 403),
        ("prefect.flow-run.@THEIRS", [], 403),
        ("prefect.flow-run.{@theirs}", [], 403),
        ("prefect.flow-run.7d3c1f8e-0000-4000-8000-000000000008", [], 403),
        ("prefect.task-run.@their_task", ["prefect.flow-run.@run"], 403),
        ("prefect.task-run.@THEIR_TASK", ["prefect.flow-run.@run"], 403),
        ("prefect.task-run.@task_run", ["prefect.flow-run.@theirs"], 403),
        ("a.thing", ["prefect.flow-run.@theirs"], 403),
        ("prefect.task-run.@task_run", ["a.@theirs"], 403),
        ("prefect.deployment.@deployment", [], 403),
        ("prefect.work-pool.@pool", [], 403),
        ("tidemill.server", [], 403),
    ],
)
def test_S3_events_are_told_of_ones_own_run_and_of_ones_own_resources(held, resource, related, status):
    ids = held.world.ids
    ids |= {"theirs": ids["run"], "their_task": ids["task_run"]}
    ids |= {"THEIRS": ids["run"].upper(), "THEIR_TASK": ids["task_run"].upper()}
    held.own_world()

    said = held.ask("POST /events", told(resource, *related))

    assert said.status // 100 == status // 100, said


@pytest.mark.parametrize(("issuer", "status"), [("runner", 200), ("no-secrets", 403)])
def test_S3_secrets_are_read_where_the_key_may_read_them(issuer, status):
    with bearing(issuer=issuer) as held:
        name = "GET /block_documents/{id:uuid}"

        plain = held.ask(name, Sample("/block_documents/@document"))
        opened = held.ask(name, Sample("/block_documents/@document?include_secrets=true"))

    assert (plain.status, opened.status) == (200, status)


@pytest.mark.parametrize("spelling", [str.upper, lambda run: f"{{{run}}}", lambda run: run[:8], lambda run: "run-0"])
def test_S3_another_spelling_of_an_id_is_not_looked_up(held, spelling):
    theirs = held.world.ids["run"]

    said = held.ask("POST /tm/store/read_flow_run", Sample("/tm/store/read_flow_run", {"handle": spelling(theirs)}))

    assert said.status == 403


def listening(held, query: str):
    return Listener(held.client, query, authorization=f"Bearer {held.token}")


def test_S3_a_stream_is_of_the_run_alone_and_ends_with_the_lease(held):
    for query in ("topics=events", f"topics=events&flow_run_id={held.world.ids['run']}"):
        with listening(held, query) as refused:
            assert refused.head["status"] == 403
    with listening(held, f"topics=logs,events&flow_run_id={held.run}") as stream:
        assert stream.head["status"] == 200
        stream.part()
        given_up(held)
        held.client.clock.sleep(2)
        held.store.take_events([], held.client.clock.now_us())
        Story(held.store, "third").running("wakes everybody who follows")

        assert stream.is_over()


@pytest.mark.parametrize("path", ENDPOINTS)
def test_S3_no_socket_is_for_run_tokens(held, path):
    with Peer(held.client, path.replace("{work_pool_name}", "pool")) as peer:
        peer.next()
        peer.say({"type": "auth", "token": held.token})
        with pytest.raises(Closed) as closed:
            peer.hear()

    assert closed.value.code == 1008


def test_S3_an_operation_that_nobody_gave_a_reach_is_refused(held):
    guard = held.client.app.front._guard
    facts = asked("GET", authorization=f"Bearer {held.token}")

    decisions = {
        name: guard.decide("runs:read", facts, held.client.clock.now_us(), name).__class__
        for name in ("", "invented_since", "read_flow_run")
    }

    assert decisions == {"": Refusal, "invented_since": Refusal, "read_flow_run": Actor}
