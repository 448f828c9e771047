"""Bodies of requests, for the world and for the samples that are asked of it."""

from __future__ import annotations

from typing import Any

NOW = 1_700_000_000_000_000


EVENT = {"type": "event", "posture": "Reactive", "expect": ["prefect.flow-run.Failed"], "within": 30}


AUTOMATION = {"name": "other", "trigger": EVENT, "actions": [{"type": "do-nothing"}]}


SCHEDULE = {"active": True, "schedule": {"interval": 3600, "anchor_date": "2023-01-01T00:00:00Z"}}


PRODUCER = {"id": "process", "host": "here", "pid": 1, "beat_us": NOW, "lease_until_us": NOW + 20_000_000}


AN_ID = "7d3c1f8e-0000-4000-8000-00000000000"


HAPPENED = {
    "id": f"{AN_ID}1",
    "occurred": "2023-11-14T22:00:00Z",
    "event": "something.happened",
    "resource": {"prefect.resource.id": "a.thing"},
    "payload": {},
}


LIMIT = {"id": f"{AN_ID}2", "name": "new", "limit": 2, "active_slots": 0, "created": "2023-11-14T22:00:00Z"}


STORING = {"capabilities": ["read-path", "write-path"]}


def slots(name: str, lease: str) -> dict[str, Any]:
    """A request of a process for slots."""
    return {
        "lease_id": lease,
        "names": [name],
        "slots": 1,
        "holder": "process",
        "now": NOW,
        "lease_until": NOW + 10_000_000,
    }
