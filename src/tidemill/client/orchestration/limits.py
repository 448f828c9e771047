"""Concurrency limits: of tags, and of names (global)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tidemill.api.operations import concurrency_limits as tags
from tidemill.api.operations import concurrency_limits_v2 as names_
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.schemas.objects import ConcurrencyLimit
from tidemill.client.schemas.responses import GlobalConcurrencyLimitResponse
from tidemill.exceptions import ObjectNotFound

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from tidemill.client.schemas.actions import GlobalConcurrencyLimitCreate, GlobalConcurrencyLimitUpdate
    from tidemill.client.schemas.objects import ConcurrencyLeaseHolder
    from tidemill.system.asking import Asking


class TagLimitMethods(Asker):
    """What can be asked about limits of tags."""

    @method
    def create_concurrency_limit(self, tag: str, concurrency_limit: int) -> Asking[UUID]:
        """Set how many task runs with a tag may run at once; the limit's id."""
        body = {"tag": tag, "concurrency_limit": concurrency_limit}
        made = yield from self._ask(tags.CREATE_CONCURRENCY_LIMIT, ConcurrencyLimit, body)
        return made.id

    @method
    def read_concurrency_limit_by_tag(self, tag: str) -> Asking[ConcurrencyLimit]:
        """The limit of a tag. Raises ObjectNotFound."""
        return (yield from self._ask(tags.READ_CONCURRENCY_LIMIT_BY_TAG, ConcurrencyLimit, tag=tag))

    @method
    def read_concurrency_limits(self, limit: int, offset: int) -> Asking[list[ConcurrencyLimit]]:
        """The limits of all tags."""
        body = {"limit": limit, "offset": offset}
        return (yield from self._ask(tags.READ_CONCURRENCY_LIMITS, list[ConcurrencyLimit], body))

    @method
    def reset_concurrency_limit_by_tag(self, tag: str, slot_override: list[UUID | str] | None = None) -> Asking[None]:
        """Free the slots of a tag, save those of the task runs given. Raises ObjectNotFound."""
        yield from self._do(tags.RESET_CONCURRENCY_LIMIT_BY_TAG, {"slot_override": slot_override}, tag=tag)

    @method
    def delete_concurrency_limit_by_tag(self, tag: str) -> Asking[None]:
        """Delete the limit of a tag. Raises ObjectNotFound."""
        yield from self._do(tags.DELETE_CONCURRENCY_LIMIT_BY_TAG, tag=tag)

    @method
    def increment_v1_concurrency_slots(self, names: list[str], task_run_id: UUID) -> Asking[httpx.Response]:
        """Take slots of tags for a task run. Raises TidemillHTTPStatusError, with 423 where none is free."""
        body = {"names": names, "task_run_id": task_run_id}
        return (yield from self._do(tags.INCREMENT_CONCURRENCY_LIMITS_V1, body))

    @method
    def decrement_v1_concurrency_slots(
        self, names: list[str], task_run_id: UUID, occupancy_seconds: float
    ) -> Asking[httpx.Response]:
        """Give back the slots of tags that a task run holds."""
        body = {"names": names, "task_run_id": task_run_id, "occupancy_seconds": occupancy_seconds}
        return (yield from self._do(tags.DECREMENT_CONCURRENCY_LIMITS_V1, body))


class GlobalLimitMethods(Asker):
    """What can be asked about limits of names."""

    @method
    def create_global_concurrency_limit(self, concurrency_limit: GlobalConcurrencyLimitCreate) -> Asking[UUID]:
        """Make a limit; its id. Raises ObjectAlreadyExists."""
        made = yield from self._ask(names_.CREATE_CONCURRENCY_LIMIT_V2, _Made, concurrency_limit)
        return made.id

    @method
    def update_global_concurrency_limit(
        self, name: str, concurrency_limit: GlobalConcurrencyLimitUpdate
    ) -> Asking[httpx.Response]:
        """Change a limit. Raises ObjectNotFound."""
        return (yield from self._do(names_.UPDATE_CONCURRENCY_LIMIT_V2, concurrency_limit, id_or_name=name))

    @method
    def delete_global_concurrency_limit_by_name(self, name: str) -> Asking[httpx.Response]:
        """Delete a limit. Raises ObjectNotFound."""
        return (yield from self._do(names_.DELETE_CONCURRENCY_LIMIT_V2, id_or_name=name))

    @method
    def read_global_concurrency_limit_by_name(self, name: str) -> Asking[GlobalConcurrencyLimitResponse]:
        """A limit. Raises ObjectNotFound."""
        return (yield from self._ask(names_.READ_CONCURRENCY_LIMIT_V2, GlobalConcurrencyLimitResponse, id_or_name=name))

    @method
    def read_global_concurrency_limits(
        self, limit: int = 10, offset: int = 0
    ) -> Asking[list[GlobalConcurrencyLimitResponse]]:
        """Limits by name."""
        body = {"limit": limit, "offset": offset}
        kind = list[GlobalConcurrencyLimitResponse]
        return (yield from self._ask(names_.READ_ALL_CONCURRENCY_LIMITS_V2, kind, body))

    @method
    def upsert_global_concurrency_limit_by_name(
        self, name: str, limit: int, slot_decay_per_second: float | None = None
    ) -> Asking[None]:
        """Change the limit of that name, or make it."""
        body = given(limit=limit, slot_decay_per_second=slot_decay_per_second)
        try:
            yield from self._do(names_.UPDATE_CONCURRENCY_LIMIT_V2, body, id_or_name=name)
        except ObjectNotFound:
            yield from self._do(names_.CREATE_CONCURRENCY_LIMIT_V2, body | {"name": name})


class SlotMethods(Asker):
    """How slots of names are taken and given back. A 423 says that none is free, with the time to wait for."""

    @method
    def increment_concurrency_slots(self, names: list[str], slots: int, mode: str) -> Asking[httpx.Response]:
        """Take slots of each name. Raises TidemillHTTPStatusError, with 423 where there are not so many."""
        body = {"names": names, "slots": slots, "mode": mode}
        return (yield from self._do(names_.BULK_INCREMENT_ACTIVE_SLOTS, body))

    @method
    def release_concurrency_slots(
        self, names: list[str], slots: int, occupancy_seconds: float
    ) -> Asking[httpx.Response]:
        """Give slots back. ``occupancy_seconds``: how long they were held."""
        body = {"names": names, "slots": slots, "occupancy_seconds": occupancy_seconds}
        return (yield from self._do(names_.BULK_DECREMENT_ACTIVE_SLOTS, body))

    @method
    def increment_concurrency_slots_with_lease(
        self,
        names: list[str],
        slots: int,
        mode: Literal["concurrency", "rate_limit"],
        lease_duration: float,
        holder: ConcurrencyLeaseHolder | None = None,
    ) -> Asking[httpx.Response]:
        """Take slots of each name until they are given back, or ``lease_duration`` seconds after the last renewal."""
        body = given(names=names, slots=slots, mode=mode, lease_duration=lease_duration, holder=holder)
        return (yield from self._do(names_.BULK_INCREMENT_ACTIVE_SLOTS_WITH_LEASE, body))

    @method
    def renew_concurrency_lease(self, lease_id: UUID, lease_duration: float) -> Asking[httpx.Response]:
        """Keep slots for so many seconds more. Raises TidemillHTTPStatusError, with 410 where the lease has run out."""
        body = {"lease_duration": lease_duration}
        return (yield from self._do(names_.RENEW_CONCURRENCY_LEASE, body, lease_id=lease_id))

    @method
    def release_concurrency_slots_with_lease(self, lease_id: UUID) -> Asking[httpx.Response]:
        """Give back what was taken under a lease."""
        return (yield from self._do(names_.BULK_DECREMENT_ACTIVE_SLOTS_WITH_LEASE, {"lease_id": lease_id}))


class _Made(GlobalConcurrencyLimitResponse, kw_only=True):
    active_slots: int = 0
