"""Results: where they are written, how they are read back, and what guards them on the way."""

from __future__ import annotations

from tidemill.results.choices import (
    ResultSerializer,
    ResultStorage,
    aget_default_result_storage,
    aresolve_result_storage,
    get_default_result_serializer,
    get_default_result_storage,
    resolve_result_storage,
    resolve_serializer,
    result_storage_discriminator,
)
