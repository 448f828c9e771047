"""What can be asked about concurrency limits."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from tidemill.api.operation import Tag
from tidemill.wire.base import Limit, Offset, Wire
from tidemill.wire.concurrency_limits import ConcurrencyLimit, ConcurrencyLimitCreate, MinimalConcurrencyLimitResponse


class DecrementConcurrencyLimitsV1(Wire):
    """What is sent to ``/concurrency_limits/decrement``."""

    names: list[str]
    task_run_id: UUID


class ReadConcurrencyLimits(Wire):
    """What is sent to ``/concurrency_limits/filter``."""

    limit: Limit | None = None
    offset: Offset = 0


class ResetConcurrencyLimitByTag(Wire):
    """What is sent to ``/concurrency_limits/tag/{tag}/reset``."""

    slot_override: list[UUID] | None = None


_tagged: Final = Tag("Concurrency Limits")

CREATE_CONCURRENCY_LIMIT: Final = _tagged.post(
    "/concurrency_limits/",
    "create_concurrency_limit",
    permission="concurrency_limits:write",
    body=ConcurrencyLimitCreate,
    answer=ConcurrencyLimit,
    also=(201,),
)
DECREMENT_CONCURRENCY_LIMITS_V1: Final = _tagged.post(
    "/concurrency_limits/decrement",
    "decrement_concurrency_limits_v1",
    permission="concurrency_limits:use",
    body=DecrementConcurrencyLimitsV1,
    answer=list[MinimalConcurrencyLimitResponse],
)
READ_CONCURRENCY_LIMITS: Final = _tagged.post(
    "/concurrency_limits/filter",
    "read_concurrency_limits",
    permission="concurrency_limits:read",
    body=ReadConcurrencyLimits,
    body_required=False,
    answer=list[ConcurrencyLimit],
    writes=False,
)
INCREMENT_CONCURRENCY_LIMITS_V1: Final = _tagged.post(
    "/concurrency_limits/increment",
    "increment_concurrency_limits_v1",
    permission="concurrency_limits:use",
    body=DecrementConcurrencyLimitsV1,
    answer=list[MinimalConcurrencyLimitResponse],
    refuses=(423,),
)
DELETE_CONCURRENCY_LIMIT_BY_TAG: Final = _tagged.delete(
    "/concurrency_limits/tag/{tag}",
    "delete_concurrency_limit_by_tag",
    permission="concurrency_limits:write",
    answer=Any,
    refuses=(404,),
)
READ_CONCURRENCY_LIMIT_BY_TAG: Final = _tagged.get(
    "/concurrency_limits/tag/{tag}",
    "read_concurrency_limit_by_tag",
    permission="concurrency_limits:read",
    answer=ConcurrencyLimit,
    refuses=(404,),
)
RESET_CONCURRENCY_LIMIT_BY_TAG: Final = _tagged.post(
    "/concurrency_limits/tag/{tag}/reset",
    "reset_concurrency_limit_by_tag",
    permission="concurrency_limits:write",
    body=ResetConcurrencyLimitByTag,
    body_required=False,
    answer=Any,
    refuses=(404,),
)
DELETE_CONCURRENCY_LIMIT: Final = _tagged.delete(
    "/concurrency_limits/{id:uuid}",
    "delete_concurrency_limit",
    permission="concurrency_limits:write",
    answer=Any,
    refuses=(404,),
)
READ_CONCURRENCY_LIMIT: Final = _tagged.get(
    "/concurrency_limits/{id:uuid}",
    "read_concurrency_limit",
    permission="concurrency_limits:read",
    answer=ConcurrencyLimit,
    refuses=(404,),
)
