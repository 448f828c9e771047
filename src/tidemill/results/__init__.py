"""Results: where they are written, how they are read back, and what guards them on the way.

The names load when they are first used: a run that persists nothing needs only `tidemill.results.kept`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.lazily import lazily

if TYPE_CHECKING:
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
    from tidemill.results.context import get_result_store, result_context, should_persist_result
    from tidemill.results.defaults import get_default_persist_setting, get_default_persist_setting_for_tasks
    from tidemill.results.keys import DEFAULT_STORAGE_KEY_FN
    from tidemill.results.recents import default_cache
    from tidemill.results.record import ResultRecord, ResultRecordMetadata
    from tidemill.results.store import ResultStore

#: Types whose values are written the same by every serializer.
LITERAL_TYPES: set[type] = {type(None), bool}

_ROOMS = {
    "choices": (
        "ResultSerializer",
        "ResultStorage",
        "aget_default_result_storage",
        "aresolve_result_storage",
        "get_default_result_serializer",
        "get_default_result_storage",
        "resolve_result_storage",
        "resolve_serializer",
        "result_storage_discriminator",
    ),
    "context": ("get_result_store", "result_context", "should_persist_result"),
    "defaults": ("get_default_persist_setting", "get_default_persist_setting_for_tasks"),
    "keys": ("DEFAULT_STORAGE_KEY_FN",),
    "recents": ("default_cache",),
    "record": ("ResultRecord", "ResultRecordMetadata"),
    "store": ("ResultStore",),
}
_HOMES = {name: f"{__name__}.{room}" for room, names in _ROOMS.items() for name in names}

__all__ = [
    "DEFAULT_STORAGE_KEY_FN",
    "LITERAL_TYPES",
    "ResultRecord",
    "ResultRecordMetadata",
    "ResultSerializer",
    "ResultStorage",
    "ResultStore",
    "aget_default_result_storage",
    "aresolve_result_storage",
    "default_cache",
    "get_default_persist_setting",
    "get_default_persist_setting_for_tasks",
    "get_default_result_serializer",
    "get_default_result_storage",
    "get_result_store",
    "resolve_result_storage",
    "resolve_serializer",
    "result_context",
    "result_storage_discriminator",
    "should_persist_result",
]

__getattr__ = lazily(__name__, _HOMES)
