"""The two forms of the client, called alike."""

from __future__ import annotations

import asyncio
import inspect

from tidemill.client.orchestration import SyncTidemillClient, TidemillClient


class Awaiting:
    """An async client whose methods are awaited for the caller, on one event loop."""

    def __init__(self, api, **options):
        self.client = TidemillClient(api, **options)
        self._runner = asyncio.Runner()

    def __getattr__(self, name):
        found = getattr(self.client, name)
        if not callable(found):
            return found

        def call(*args, **kwargs):
            answer = found(*args, **kwargs)
            return self._runner.run(self._awaited(answer)) if inspect.isawaitable(answer) else answer

        return call

    @staticmethod
    async def _awaited(answer):
        return await answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._runner.run(self.client._client.aclose())
        self._runner.close()


FORMS = {"sync": SyncTidemillClient, "async": Awaiting}
