"""What is known of the types of work pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tidemill.client.orchestration import get_client

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager


class CollectionsMetadataClient(Protocol):
    """Whoever can tell."""

    async def read_worker_metadata(self) -> dict[str, Any]:
        """The types of work pools, and what each can be told."""
        ...


def get_collections_metadata_client(
    httpx_settings: dict[str, Any] | None = None,
) -> AbstractAsyncContextManager[CollectionsMetadataClient]:
    """A client that can tell, for ``async with``."""
    return get_client(httpx_settings=httpx_settings)
