"""Workers that stay connected: they say that they are there, and hear at once when their pool is changed.

What a worker may ask for besides, to be told of runs whose infrastructure is to be torn down, is not granted; it looks
for runs to start, and for those to cancel, by asking.
"""

from __future__ import annotations

import logging
import os
from contextlib import aclosing
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec

from tidemill.api.operations import work_pools as operations
from tidemill.domain.identity import uuid7
from tidemill.domain.states import from_us
from tidemill.server.calls import Call
from tidemill.server.live import following
from tidemill.server.live.sockets import BROKEN, POLICY, PROTOCOL_ERROR, Socket
from tidemill.server.live.worker_hello import welcomed
from tidemill.server.refusals import Refusal
from tidemill.server.routes.workers import worker_heartbeat
from tidemill.store.errors import MissingError, StoreError, StoreUnavailableError
from tidemill.wire import worker_channel as wire
from tidemill.wire.events import EventFilter, EventResourceFilter

if TYPE_CHECKING:
    from tidemill.server.auth.refusal import Refusal as NotAllowed
    from tidemill.server.live.context import Live
    from tidemill.wire.work_pools import WorkPoolResponse

logger = logging.getLogger("tidemill.server")

#: How the ids of pools begin as resources of events, and the names of events about them.
_POOL: Final = "prefect.work-pool."
_UNAUTHORISED: Final = 401
_NOT_FITTING: Final = 422
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(wire.FromWorker).decode


class Reason(StrEnum):
    """Why a worker is sent away. Workers read these words, and from them whether to come again."""

    AUTHENTICATION_FAILED = "authentication_failed"
    AUTHORIZATION_FAILED = "authorization_failed"
    HEARTBEAT_PERSISTENCE_FAILED = "heartbeat_persistence_failed"
    PROTOCOL_ERROR = "protocol_error"
    TRANSIENT_SERVER_ERROR = "transient_server_error"
    UNSUPPORTED_VERSION = "unsupported_version"


_CODES: Final = {
    Reason.AUTHENTICATION_FAILED: POLICY,
    Reason.AUTHORIZATION_FAILED: POLICY,
    Reason.HEARTBEAT_PERSISTENCE_FAILED: BROKEN,
    Reason.PROTOCOL_ERROR: PROTOCOL_ERROR,
    Reason.TRANSIENT_SERVER_ERROR: BROKEN,
    Reason.UNSUPPORTED_VERSION: POLICY,
}


def reason_for(refused: NotAllowed) -> str:
    """What a worker is told that the guard does not let in."""
    return Reason.AUTHENTICATION_FAILED if refused.status == _UNAUTHORISED else Reason.AUTHORIZATION_FAILED


async def serve_worker(socket: Socket, live: Live, pool_name: str) -> None:
    """Hear a worker's heartbeats and tell it of its pool until one side ends it."""
    frame = _read(await socket.receive())
    if not isinstance(frame, wire.WorkerHelloFrame):
        await _away(socket, Reason.PROTOCOL_ERROR, "it began with something else than a hello")
    worker = _Worker(socket, live, pool_name, frame.payload)
    await worker.serve()


class _Worker:
    """One worker's connection."""

    def __init__(self, socket: Socket, live: Live, pool_name: str, hello: wire.WorkerHelloPayload) -> None:
        self._socket = socket
        self._live = live
        self._pool_name = pool_name
        self._hello = hello
        self._sequence = 0

    async def serve(self) -> None:
        if wire.VERSION not in self._hello.supported_channel_versions:
            await self._away(Reason.UNSUPPORTED_VERSION, f"it speaks {self._hello.supported_channel_versions} only")
        start, _ = await self._live.feeds.ends()
        pool, queues = await self._welcomed()
        payload = wire.WorkerReadyPayload(
            consumer_id=self._hello.consumer_id,
            effective_heartbeat_interval_seconds=self._hello.heartbeat_interval_seconds,
            initial_snapshot=self._snapshot(pool, "initial"),
            rejected_capabilities=[
                asked for asked in dict.fromkeys(self._hello.requested_capabilities) if asked not in wire.REQUIRED
            ],
            resolved_work_queues=queues,
        )
        await self._send(wire.WorkerReadyFrame, payload)
        await self._socket.until_it_leaves(self._tell_changes(pool.id, start), self._hear)

    async def _welcomed(self) -> tuple[WorkPoolResponse, list[wire.ResolvedWorkQueue]]:
        try:
            granted: tuple[WorkPoolResponse, list[wire.ResolvedWorkQueue]] = await self._live.work.write(
                lambda: welcomed(self._call(), self._pool_name, self._hello)
            )
        except (Refusal, MissingError) as error:
            badly = isinstance(error, Refusal) and error.status == _NOT_FITTING
            await self._away(Reason.PROTOCOL_ERROR if badly else Reason.AUTHORIZATION_FAILED, str(error))
        except StoreUnavailableError as error:
            await self._away(Reason.TRANSIENT_SERVER_ERROR, str(error))
        return granted

    async def _tell_changes(self, pool_id: str, start: int) -> None:
        about = EventFilter(resource=EventResourceFilter(id=[_POOL + pool_id]))
        async with aclosing(following.events(self._live, about, start)) as news:
            async for _, events in news:
                if events:
                    if any(event.event == f"{_POOL}deleted" for event in events):
                        await self._away(Reason.AUTHORIZATION_FAILED, "its work pool was deleted")
                    await self._tell_pool()
        await self._away(Reason.TRANSIENT_SERVER_ERROR, "the server is stopping")

    async def _tell_pool(self) -> None:
        now = self._live.clock.now_us()
        try:
            pool = await self._live.work.read(partial(self._live.store.read_work_pool, self._pool_name, now))
        except MissingError as error:
            await self._away(Reason.AUTHORIZATION_FAILED, str(error))
        await self._send(wire.WorkPoolSnapshotFrame, self._snapshot(pool, "work_pool_updated"))

    async def _hear(self, raw: bytes) -> None:
        frame = _read(raw)
        if isinstance(frame, wire.WorkerHeartbeatFrame):
            await self._keep(frame.payload)
        elif frame is None or isinstance(frame, wire.WorkerHelloFrame):
            await self._away(Reason.PROTOCOL_ERROR, "it said something that has no place here")
        else:
            await self._send(wire.CleanupOperationResultFrame, _not_granted(frame))

    async def _keep(self, heartbeat: wire.WorkerHeartbeatPayload) -> None:
        if (heartbeat.consumer_id, heartbeat.worker_name) != (self._hello.consumer_id, self._hello.worker_name):
            await self._away(Reason.PROTOCOL_ERROR, "it speaks for another worker")
        body = operations.WorkerHeartbeat(
            name=heartbeat.worker_name, heartbeat_interval_seconds=heartbeat.heartbeat_interval_seconds
        )
        try:
            await self._live.work.write(lambda: worker_heartbeat(self._call(), self._pool_name, body))
        except StoreError as error:
            await self._away(Reason.HEARTBEAT_PERSISTENCE_FAILED, str(error))

    def _call(self) -> Call:
        now = self._live.clock.now_us()
        return Call(operations.WORKER_HEARTBEAT, self._live.store, now, self._live.settings, actor=self._socket.actor)

    def _snapshot(self, pool: WorkPoolResponse, reason: str) -> wire.WorkPoolSnapshotPayload:
        self._sequence += 1
        return wire.WorkPoolSnapshotPayload(reason=reason, snapshot_sequence=self._sequence, work_pool=pool)

    async def _send(self, frame: Any, payload: Any) -> None:
        now = self._live.clock.now_us()
        await self._socket.send(_encode(frame(id=uuid7(now, os.urandom(10)), payload=payload, sent_at=from_us(now))))

    async def _away(self, reason: Reason, why: str) -> NoReturn:
        await _away(self._socket, reason, f"worker {self._hello.worker_name!r} of {self._pool_name!r}: {why}")


async def _away(socket: Socket, reason: Reason, why: str) -> NoReturn:
    logger.info("A worker is sent away (%s): %s", reason.value, why)
    await socket.close(_CODES[reason], reason)


def _read(raw: bytes) -> wire.FromWorker | None:
    try:
        frame: wire.FromWorker = _decode(raw)
    except (ValueError, RecursionError) as error:
        logger.info("A worker said what cannot be read: %s", error)
        return None
    return frame


def _not_granted(frame: wire.CleanupFrame) -> wire.CleanupOperationResultPayload:
    operations_of = {wire.CleanupAckFrame: "ack", wire.CleanupReleaseFrame: "release", wire.CleanupRenewFrame: "renew"}
    return msgspec.convert(
        {
            "message_id": frame.payload.message_id,
            "operation": operations_of[type(frame)],
            "request_frame_id": frame.id,
            "status": "unauthorized",
            "reason": "cleanup_delivery_not_accepted",
        },
        wire.CleanupOperationResultPayload,
    )
