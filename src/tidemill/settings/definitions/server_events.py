"""Events on the server."""

from __future__ import annotations

from datetime import timedelta

from tidemill.settings.declare import Group, setting

_IN_THE_STORE = "tidemill keeps this in its store"


class ServerEventsSettings(Group):
    """Events taken in, kept and streamed."""

    stream_out_enabled: bool = setting(True, "let clients follow events", aliases=("API_EVENTS_STREAM_OUT_ENABLED",))
    retention_period: timedelta = setting(
        timedelta(days=7), "how long events are kept", aliases=("EVENTS_RETENTION_PERIOD",)
    )
    maximum_labels_per_resource: int = setting(
        500, "most labels of one resource", aliases=("EVENTS_MAXIMUM_LABELS_PER_RESOURCE",)
    )
    maximum_related_resources: int = setting(
        100, "most related resources of one event", aliases=("EVENTS_MAXIMUM_RELATED_RESOURCES",)
    )
    maximum_size_bytes: int = setting(1_500_000, "largest event", unit="bytes", aliases=("EVENTS_MAXIMUM_SIZE_BYTES",))
    maximum_event_name_length: int = setting(1024, "longest name of an event", above=0)
    expired_bucket_buffer: timedelta = setting(
        timedelta(seconds=60),
        "how late an event may still count for a trigger",
        aliases=("EVENTS_EXPIRED_BUCKET_BUFFER",),
    )
    proactive_granularity: timedelta = setting(
        timedelta(seconds=5), "how often proactive triggers are looked at", aliases=("EVENTS_PROACTIVE_GRANULARITY",)
    )
    maximum_websocket_backfill: timedelta = setting(
        timedelta(minutes=15), "how far back a stream may begin", aliases=("EVENTS_MAXIMUM_WEBSOCKET_BACKFILL",)
    )
    websocket_backfill_page_size: int = setting(
        250, "events in one page of that past", aliases=("EVENTS_WEBSOCKET_BACKFILL_PAGE_SIZE",), above=0
    )
    related_resource_cache_ttl: timedelta = setting(
        timedelta(minutes=5),
        "how long what is known of a related resource is believed",
        aliases=("API_EVENTS_RELATED_RESOURCE_CACHE_TTL",),
    )
    causal_ordering: str = setting("store", "module that orders events", no_effect=_IN_THE_STORE)
    messaging_broker: str = setting(
        "store", "module that passes messages on", aliases=("MESSAGING_BROKER",), no_effect=_IN_THE_STORE
    )
    messaging_cache: str = setting(
        "store", "module that remembers messages", aliases=("MESSAGING_CACHE",), no_effect=_IN_THE_STORE
    )


class ServerLogsSettings(Group):
    """Logs on the server."""

    stream_out_enabled: bool = setting(False, "let clients follow logs over a websocket")
    stream_publishing_enabled: bool = setting(
        False, "pass log lines on to those who follow", no_effect="whoever follows reads the lines from the store"
    )
