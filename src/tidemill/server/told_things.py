"""What is told when things are made, changed and deleted whose events say all of them: a row for each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

import msgspec

from tidemill.domain.block_data import at, parted
from tidemill.domain.block_schemas import secret_fields
from tidemill.domain.events import RESOURCE_ID, RESOURCE_NAME, Related, related_to
from tidemill.domain.limits import ConcurrencyLimit
from tidemill.domain.states import from_us
from tidemill.wire.artifacts import ArtifactCollection
from tidemill.wire.automations import Automation
from tidemill.wire.blocks import BlockDocument, BlockType
from tidemill.wire.events import Event
from tidemill.wire.flows import Flow
from tidemill.wire.variables import Variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.server.calls import Call
    from tidemill.server.told_changes import What
    from tidemill.wire.blocks import BlockSchema

    Thing = ArtifactCollection | Automation | BlockDocument | BlockType | ConcurrencyLimit | Flow | Variable

#: An artifact whose data is longer as JSON is told of without it: every version would be kept twice.
_LONGEST_DATA: Final = 100_000


class _Telling(NamedTuple):
    kind: str
    payload: tuple[str, ...]
    named: str = "name"


_TELLING: Final[dict[type, _Telling]] = {
    ArtifactCollection: _Telling("artifact-collection", ("key", "type", "data", "description"), "key"),
    Automation: _Telling("automation", Automation.__struct_fields__),
    BlockDocument: _Telling("block-document", ("name",)),
    BlockType: _Telling(
        "block-type",
        ("name", "slug", "logo_url", "documentation_url", "description", "code_example", "is_protected"),
    ),
    ConcurrencyLimit: _Telling("concurrency-limit", ("name", "limit", "active", "slot_decay_per_second")),
    Flow: _Telling("flow", ("name", "tags", "labels")),
    Variable: _Telling("variable", ("name", "value", "tags")),
}


def tell_of(call: Call, what: What, *things: Thing) -> None:
    """One event for each."""
    if things:
        call.store.take_events([_event(call, what, thing, (), {}) for thing in things], call.now)


def tell_of_collection(call: Call, what: What, collection: ArtifactCollection) -> None:
    """With its latest version, and the runs that left that."""
    latest = Related("latest", collection.latest_id)
    runs = (Related("flow-run", collection.flow_run_id), Related("task-run", collection.task_run_id))
    data = collection.data if len(msgspec.json.encode(collection.data)) <= _LONGEST_DATA else None
    call.store.take_events([_event(call, what, collection, (latest, *runs), {"data": data})], call.now)


def tell_of_block(call: Call, what: What, block: BlockDocument, schema: BlockSchema) -> None:
    """Without its secrets. Nothing is told of a block that has no name of its own."""
    if block.is_anonymous:
        return
    block_type = schema.block_type
    name = None if block_type is None else block_type.name
    related = (Related("block-type", block.block_type_id, name), Related("block-schema", schema.id))
    of_schema = {"capabilities": schema.capabilities, "block_type": {"id": block.block_type_id, "name": name}}
    said = {"data": _without_secrets(block.data, schema), "block_schema": of_schema}
    call.store.take_events([_event(call, what, block, related, said)], call.now)


def _without_secrets(data: dict[str, Any], schema: BlockSchema) -> dict[str, Any]:
    """Not even that there are some, except within lists."""
    plain, secrets = parted(data, secret_fields(schema.fields))
    for path in secrets:
        holder = at(plain, path[:-1])
        if isinstance(holder, dict):
            del holder[path[-1]]
    return plain


def _event(call: Call, what: What, thing: Thing, related: Sequence[Related], also: dict[str, Any]) -> Event:
    kind, fields, named = _TELLING[type(thing)]
    said = {field: getattr(thing, field) for field in fields} | also
    return Event(
        event=f"prefect.{kind}.{what}",
        id=UUID(call.new_id()),
        occurred=from_us(call.now),
        resource={RESOURCE_ID: f"prefect.{kind}.{thing.id}", RESOURCE_NAME: getattr(thing, named) or ""},
        related=[_as_artifact(one) for one in related_to(related, [])],
        payload=msgspec.json.decode(msgspec.json.encode(said)),
    )


def _as_artifact(related: dict[str, str]) -> dict[str, str]:
    """The latest of a collection is an artifact: its role is no kind."""
    return related | {RESOURCE_ID: related[RESOURCE_ID].replace("prefect.latest.", "prefect.artifact.", 1)}
