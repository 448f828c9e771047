"""Days, and moments that are never without a time zone. This module loads pydantic."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Self

from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["Date", "DateTime"]

Date = date


class DateTime(datetime):
    """A ``datetime`` that pydantic reads with a time zone: one that comes without is in UTC.

    Made in code it is what was asked for, as any ``datetime``.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source_type: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """For pydantic: whatever it takes for a ``datetime``."""
        del source_type
        return core_schema.no_info_after_validator_function(cls._of, handler(datetime))

    @classmethod
    def _of(cls, moment: datetime) -> Self:
        zone = moment.tzinfo or UTC
        clock = (moment.hour, moment.minute, moment.second, moment.microsecond)
        return cls(moment.year, moment.month, moment.day, *clock, zone, fold=moment.fold)
