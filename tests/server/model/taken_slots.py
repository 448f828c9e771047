"""What clients and processes do with slots, of both versions of limits."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.server.model.expected import Held, Limit
from tests.server.model.world import SECOND, World
from tests.store.conformance.story import an_id

NAMES = ("a", "b")
TAGS = ("x", "y")


class TakenSlots(World):
    """Makes limits, takes slots with and without leases, keeps them and gives them back."""

    def __init__(self) -> None:
        super().__init__()
        for name, slots in (("a", 2), ("b", 3)):
            self.ok("POST", "/v2/concurrency_limits/", {"name": name, "limit": slots})
            self.limits[name] = Limit(slots)
        for tag, slots in (("x", 1), ("y", 2)):
            self.ok("POST", "/concurrency_limits/", {"tag": tag, "concurrency_limit": slots})
            self.limits[f"tag:{tag}"] = Limit(slots)

    def has_room(self, names, slots: int) -> bool:
        return all(self.limits[name].active(self.now) + slots <= self.limits[name].slots for name in names)

    def take(self, names, lease: str, slots: int, until: int | None, holder: str = "") -> None:
        for name in names:
            limit = self.limits[name]
            limit.forget_lapsed(self.now)
            limit.held[lease] = Held(slots, until, holder)

    @rule(names=st.sets(st.sampled_from(NAMES), min_size=1).map(sorted), slots=st.integers(1, 3))
    def take_without_a_lease(self, names, slots):
        said = self.client.post("/api/v2/concurrency_limits/increment", {"names": names, "slots": slots})

        if any(self.limits[name].slots < slots for name in names):
            assert said.status == 422
        elif self.has_room(names, slots):
            assert said.status == 200, said
            self.take(names, f"without {self.fresh_id()}", slots, None)
        else:
            assert said.status == 423

    @rule(names=st.sets(st.sampled_from(NAMES), min_size=1).map(sorted), slots=st.integers(1, 3))
    def give_back_without_a_lease(self, names, slots):
        self.ok("POST", "/v2/concurrency_limits/decrement", {"names": names, "slots": slots})
        for name in names:
            limit, left = self.limits[name], slots
            for lease, held in list(limit.held.items()):
                if lease.startswith("without") and left > 0:
                    del limit.held[lease]
                    if held.slots > left:
                        limit.held[lease] = Held(held.slots - left)
                    left -= held.slots

    @rule(
        names=st.sets(st.sampled_from(NAMES), min_size=1).map(sorted), slots=st.integers(1, 2),
        seconds=st.sampled_from([60, 600]), twice=st.booleans(),
    )  # fmt: skip
    def take_with_a_lease(self, names, slots, seconds, twice):
        path, body = "/api/v2/concurrency_limits/increment-with-lease", {"names": names, "slots": slots}
        body["lease_duration"] = seconds
        request = {"Tidemill-Request-Id": self.fresh_id()} if twice else {}
        room = self.has_room(names, slots)

        said = self.client.post(path, body, **request)

        never = any(self.limits[name].slots < slots for name in names)
        assert said.status == (200 if room else 422 if never else 423), said
        if room:
            self.take(names, said.body["lease_id"], slots, self.now + seconds * SECOND)
            if twice:
                assert self.client.post(path, body, **request).body == said.body

    def leases(self) -> list[str]:
        return sorted({lease for name in NAMES for lease in self.limits[name].held if len(lease) == 36})

    @precondition(lambda self: self.leases())
    @rule(data=st.data(), seconds=st.sampled_from([60, 600]))
    def keep_a_lease(self, data, seconds):
        lease = data.draw(st.sampled_from(self.leases()))
        holding = [limit for limit in self.limits.values() if limit.alive(lease, self.now)]

        said = self.client.post(f"/api/v2/concurrency_limits/leases/{lease}/renew", {"lease_duration": seconds})

        assert (said.status < 300) is bool(holding), (lease, said, self.limits)
        for limit in holding:
            limit.held[lease] = limit.held[lease]._replace(until=self.now + seconds * SECOND)

    @precondition(lambda self: self.leases())
    @rule(data=st.data())
    def end_a_lease(self, data):
        lease = data.draw(st.sampled_from(self.leases()))
        self.ok("POST", "/v2/concurrency_limits/decrement-with-lease", {"lease_id": lease})
        for limit in self.limits.values():
            limit.held.pop(lease, None)

    @rule(name=st.sampled_from(NAMES), slots=st.integers(0, 4))
    def change_a_limit(self, name, slots):
        self.ok("PATCH", f"/v2/concurrency_limits/{name}", {"limit": slots})
        self.limits[name].slots = slots

    @rule(tags=st.sets(st.sampled_from(TAGS), min_size=1).map(sorted), who=st.sampled_from(["one", "other"]))
    def take_for_a_task_run(self, tags, who):
        wanted = [f"tag:{tag}" for tag in tags if who not in self.limits[f"tag:{tag}"].held]
        room = self.has_room(wanted, 1)

        said = self.client.post("/api/concurrency_limits/increment", {"names": tags, "task_run_id": an_id(who)})

        assert said.status == (200 if room else 423), (said, self.limits)
        if room:
            self.take(wanted, who, 1, None)

    @rule(tags=st.sets(st.sampled_from(TAGS), min_size=1).map(sorted), who=st.sampled_from(["one", "other"]))
    def give_back_for_a_task_run(self, tags, who):
        self.ok("POST", "/concurrency_limits/decrement", {"names": tags, "task_run_id": an_id(who)})
        for tag in tags:
            self.limits[f"tag:{tag}"].held.pop(who, None)

    @precondition(lambda self: any(self.is_alive(one) for one in self.processes.values()))
    @rule(data=st.data(), name=st.sampled_from(NAMES))
    def a_process_takes(self, data, name):
        process = data.draw(st.sampled_from([one for one in self.processes.values() if self.is_alive(one)]))
        lease, room = self.fresh_id(), self.has_room([name], 1)
        until = self.now + 600 * SECOND
        request = {"lease_id": lease, "names": [name], "slots": 1, "holder": process.id, "now": self.now}

        said = self.ok("POST", "/tm/store/acquire_slots", {"request": request | {"lease_until": until}})

        assert ("lease_id" in said) is room, (said, self.limits)
        if room:
            self.take([name], lease, 1, until, process.id)
