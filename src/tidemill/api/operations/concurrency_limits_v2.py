"""What can be asked about concurrency limits v2."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from msgspec import Meta

from tidemill.api.operation import Tag
from tidemill.wire.base import MOST, Limit, Offset, Wire
from tidemill.wire.concurrency_limits import (
    ConcurrencyLeaseHolder,
    ConcurrencyLimitV2,
    ConcurrencyLimitV2Create,
    ConcurrencyLimitV2Update,
    ConcurrencyLimitWithLeaseResponse,
    GlobalConcurrencyLimitResponse,
    MinimalConcurrencyLimitResponse,
)


class BulkDecrementActiveSlots(Wire):
    """What is sent to ``/v2/concurrency_limits/decrement``."""

    names: list[str]
    slots: Annotated[int, Meta(gt=0, le=MOST)]
    create_if_missing: bool | None = None
    occupancy_seconds: Annotated[float, Meta(gt=0.0)] | None = None


class BulkDecrementActiveSlotsWithLease(Wire):
    """What is sent to ``/v2/concurrency_limits/decrement-with-lease``."""

    lease_id: UUID


class ReadAllConcurrencyLimitsV2(Wire):
    """What is sent to ``/v2/concurrency_limits/filter``."""

    limit: Limit | None = None
    offset: Offset = 0


class BulkIncrementActiveSlots(Wire):
    """What is sent to ``/v2/concurrency_limits/increment``."""

    names: list[str]
    slots: Annotated[int, Meta(gt=0, le=MOST)]
    create_if_missing: bool | None = None
    mode: Literal["concurrency", "rate_limit"] = "concurrency"


class BulkIncrementActiveSlotsWithLease(Wire):
    """What is sent to ``/v2/concurrency_limits/increment-with-lease``."""

    names: list[str]
    slots: Annotated[int, Meta(gt=0, le=MOST)]
    holder: ConcurrencyLeaseHolder | None = None
    lease_duration: Annotated[float, Meta(ge=60.0, le=86400.0)] = 300
    mode: Literal["concurrency", "rate_limit"] = "concurrency"


class RenewConcurrencyLease(Wire):
    """What is sent to ``/v2/concurrency_limits/leases/{lease_id}/renew``."""

    lease_duration: Annotated[float, Meta(ge=60.0, le=86400.0)] = 300


_tagged: Final = Tag("Concurrency Limits V2")

CREATE_CONCURRENCY_LIMIT_V2: Final = _tagged.post(
    "/v2/concurrency_limits/",
    "create_concurrency_limit_v2",
    permission="concurrency_limits:write",
    body=ConcurrencyLimitV2Create,
    answer=ConcurrencyLimitV2,
    status=201,
)
BULK_DECREMENT_ACTIVE_SLOTS: Final = _tagged.post(
    "/v2/concurrency_limits/decrement",
    "bulk_decrement_active_slots",
    permission="concurrency_limits:use",
    body=BulkDecrementActiveSlots,
    answer=list[MinimalConcurrencyLimitResponse],
)
BULK_DECREMENT_ACTIVE_SLOTS_WITH_LEASE: Final = _tagged.post(
    "/v2/concurrency_limits/decrement-with-lease",
    "bulk_decrement_active_slots_with_lease",
    permission="concurrency_limits:use",
    body=BulkDecrementActiveSlotsWithLease,
    status=204,
)
READ_ALL_CONCURRENCY_LIMITS_V2: Final = _tagged.post(
    "/v2/concurrency_limits/filter",
    "read_all_concurrency_limits_v2",
    permission="concurrency_limits:read",
    body=ReadAllConcurrencyLimitsV2,
    body_required=False,
    answer=list[GlobalConcurrencyLimitResponse],
    writes=False,
)
BULK_INCREMENT_ACTIVE_SLOTS: Final = _tagged.post(
    "/v2/concurrency_limits/increment",
    "bulk_increment_active_slots",
    permission="concurrency_limits:use",
    body=BulkIncrementActiveSlots,
    answer=list[MinimalConcurrencyLimitResponse],
    refuses=(423,),
)
BULK_INCREMENT_ACTIVE_SLOTS_WITH_LEASE: Final = _tagged.post(
    "/v2/concurrency_limits/increment-with-lease",
    "bulk_increment_active_slots_with_lease",
    permission="concurrency_limits:use",
    body=BulkIncrementActiveSlotsWithLease,
    answer=ConcurrencyLimitWithLeaseResponse,
    refuses=(423,),
)
RENEW_CONCURRENCY_LEASE: Final = _tagged.post(
    "/v2/concurrency_limits/leases/{lease_id:uuid}/renew",
    "renew_concurrency_lease",
    permission="concurrency_limits:use",
    body=RenewConcurrencyLease,
    body_required=False,
    status=204,
    refuses=(410,),
)
DELETE_CONCURRENCY_LIMIT_V2: Final = _tagged.delete(
    "/v2/concurrency_limits/{id_or_name}",
    "delete_concurrency_limit_v2",
    permission="concurrency_limits:write",
    status=204,
    refuses=(404,),
)
READ_CONCURRENCY_LIMIT_V2: Final = _tagged.get(
    "/v2/concurrency_limits/{id_or_name}",
    "read_concurrency_limit_v2",
    permission="concurrency_limits:read",
    answer=GlobalConcurrencyLimitResponse,
    refuses=(404,),
)
UPDATE_CONCURRENCY_LIMIT_V2: Final = _tagged.patch(
    "/v2/concurrency_limits/{id_or_name}",
    "update_concurrency_limit_v2",
    permission="concurrency_limits:write",
    body=ConcurrencyLimitV2Update,
    status=204,
    refuses=(404,),
)
