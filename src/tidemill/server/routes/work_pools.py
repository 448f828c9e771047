"""Work pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.api.operations import work_pools as operations
from tidemill.domain.job_templates import check_job_template
from tidemill.domain.states import from_us
from tidemill.exceptions import OptionError
from tidemill.server.calls import part
from tidemill.server.refusals import Refusal, not_valid
from tidemill.server.serving import Routes
from tidemill.server.told_changes import tell_of_pool
from tidemill.wire.base import changes_of
from tidemill.wire.work_pools import WorkPoolCreate, WorkPoolResponse, WorkPoolUpdate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tidemill.server.calls import Answer, Call

routes: Final = Routes()

#: How names of pools begin that servers make for themselves, in small letters.
_RESERVED: Final = ("tidemill", "prefect")
#: Fields that a pool always has a value for; a null for them is no change.
_ALWAYS: Final = ("is_paused", "base_job_template", "storage_configuration")


@routes.serves(operations.CREATE_WORK_POOL)
def create_work_pool(call: Call, body: WorkPoolCreate) -> WorkPoolResponse:
    """Make a pool with its default queue."""
    _refuse_reserved(body.name)
    _check_template(body.base_job_template)
    now = from_us(call.now)
    pool = WorkPoolResponse(
        id=call.new_id(),
        name=body.name,
        type=body.type,
        description=body.description,
        base_job_template=body.base_job_template,
        concurrency_limit=body.concurrency_limit,
        is_paused=body.is_paused,
        storage_configuration=body.storage_configuration,
        default_queue_id=call.new_id(),
        created=now,
        updated=now,
    )
    call.store.create_work_pool(pool)
    made = call.store.read_work_pool(pool.name, call.now)
    tell_of_pool(call, "created", made)
    return made


@routes.serves(operations.READ_WORK_POOL)
def read_work_pool(call: Call, name: str) -> WorkPoolResponse:
    """A pool by name."""
    return call.store.read_work_pool(name, call.now)


@routes.serves(operations.READ_WORK_POOLS)
def read_work_pools(call: Call, body: operations.ReadWorkPools) -> list[WorkPoolResponse]:
    """Pools by filter."""
    limit = call.limit(body.limit)
    return call.store.find_work_pools(body.work_pools, now=call.now, limit=limit, offset=body.offset)


@routes.serves(operations.COUNT_WORK_POOLS)
def count_work_pools(call: Call, body: operations.CountWorkPools) -> int:
    """How many there are."""
    return call.store.count_work_pools(body.work_pools)


@routes.serves(operations.UPDATE_WORK_POOL)
def update_work_pool(call: Call, name: str, body: WorkPoolUpdate) -> None:
    """Change a pool. Of reserved ones only whether they are paused, and their limit."""
    changes = {field: value for field, value in changes_of(body).items() if value is not None or field not in _ALWAYS}
    before = call.store.read_work_pool(name, call.now)
    if changes.keys() - {"is_paused", "concurrency_limit"}:
        _refuse_reserved(name)
    if "base_job_template" in changes:
        _check_template(changes["base_job_template"])
    call.store.update_work_pool(name, changes, call.now)
    tell_of_pool(call, "updated", call.store.read_work_pool(name, call.now), before)


@routes.serves(operations.DELETE_WORK_POOL)
def delete_work_pool(call: Call, name: str) -> Answer:
    """Delete a pool with its queues."""
    _refuse_reserved(name)
    before = call.store.read_work_pool(name, call.now)
    done = call.store.delete_part_of_work_pool(name)
    if done:
        tell_of_pool(call, "deleted", before)
    return part(done=done)


def _refuse_reserved(name: str) -> None:
    reserved = next((word for word in _RESERVED if name.lower().startswith(word)), None)
    if reserved is not None:
        raise Refusal(403, f"names of work pools that begin with {reserved!r} are reserved; {name!r} is one")


def _check_template(template: Mapping[str, Any]) -> None:
    try:
        check_job_template(template)
    except OptionError as error:
        raise not_valid("body", str(error), "base_job_template") from error
