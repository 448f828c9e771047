"""S3: what a run token opens: what its own run needs, as long as the run is held, and nothing else."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from tests.server.samples import STREAMS, Sample, every_sample
from tests.server.test_asked_twice import contents
from tests.server.test_who_may import key_of
from tests.server.world import a_world
from tests.store.conformance.story import Story, an_id, created, line, started
from tests.store.conformance.story import state as came_into
from tidemill.domain.api_keys import ApiKey
from tidemill.domain.entries import RootHeld, encode
from tidemill.domain.run_tokens import producer_prefix
from tidemill.domain.states import StateType
from tidemill.server.auth.run_reach import REACH
from tidemill.server.serving import every_route

OPERATIONS = {f"{operation.method} {operation.path}": operation for operation, _ in every_route()}
SCOPES = {"runner": ("runner",), "no-secrets": ("runs:*", "blocks:*"), "short": ("runner",)}
EPOCH = 1


class Bearing:
    """A world behind keys, in which a run is held, and a token for it."""

    def __init__(self, world, issuer: str = "runner") -> None:
        self.world, self.client, self.store = world, world.client, world.client.store
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
        ids["run"] = self.run
        ids["task_run"] = task.id
        ids["artifact"] = self.client.post("/api/artifacts/", mine, **runner).body["id"]
        ids["flow"] = self.client.get(f"/api/flow_runs/{self.run}", **runner).body["flow_id"]


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
