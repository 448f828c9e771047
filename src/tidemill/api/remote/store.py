"""The store of a server, with the methods of a store of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from tidemill.api.operation import REQUEST_ID
from tidemill.api.remote.clocks import moved, moved_entries, moved_field
from tidemill.api.remote.http import ATTEMPTS
from tidemill.api.remote.listening import Listener
from tidemill.api.remote.methods import Method, methods
from tidemill.api.remote.refusals import BodyTooLargeError, ServerFaultError
from tidemill.exceptions import ConfigurationError
from tidemill.store.run_store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tidemill.api.remote.http import Connection
    from tidemill.domain.entries import Batch
    from tidemill.system.clock import Clock

#: Asked again by who asks, at the next beat, or by the next process; an answer that takes longer than a lease is none.
_ONCE: Final = frozenset(
    {
        "register_producer",
        "beat",
        "end_producer",
        "read_producer",
        "ended_producers",
        "cancelling",
        "suspensions",
        "limits",
    }
)
_BEAT_SECONDS: Final = 5.0
_BATCH_SECONDS: Final = 20.0


class RemoteStore(RunStore):
    """Asks a server. Raises what a store raises; StoreUnavailableError while the server is away."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    @property
    def where(self) -> str:
        """Where it is, for messages."""
        return self._connection.url

    def close(self) -> None:
        """Let go of the connections."""
        self._connection.close()

    def together(self) -> AbstractContextManager[None]:
        """Each request is a transaction of its own; several cannot be one."""
        raise TypeError("what is asked of a server over HTTP is one transaction for each request")

    def apply(self, batch: Batch, *, own: bool = False) -> int:
        """Send a batch, once: whoever sends knows how to wait and to send again.

        Who has begun to report goes on: that its key is refused meanwhile, say, is no reason to send no more.
        """
        del own
        clocks = self._connection.clocks
        try:
            answer = self._connection.ask(
                "/tm/journal", lambda: _encoded(batch, clocks.ahead_us), attempts=1, timeout=_BATCH_SECONDS
            )
        except BodyTooLargeError as error:
            if len(batch.payloads) > 1:
                return self._apply_in_halves(batch)
            raise ServerFaultError(str(error)) from error
        except ConfigurationError as error:
            raise ServerFaultError(str(error)) from error
        return int(msgspec.json.decode(answer)["applied_seq"])

    def _apply_in_halves(self, batch: Batch) -> int:
        """What stands before a server often takes less at once than the server does."""
        middle = len(batch.payloads) // 2
        last = batch.first_seq + middle - 1
        applied = self.apply(replace(batch, last_seq=last, payloads=batch.payloads[:middle]))
        if applied < last:
            return applied
        return self.apply(replace(batch, first_seq=last + 1, payloads=batch.payloads[middle:]))

    def _ask(self, method: Method, names: tuple[str, ...], *given: Any, **named: Any) -> Any:
        arguments = dict(zip(names, given, strict=False)) | named
        attempts, timeout = (1, _BEAT_SECONDS) if method.name in _ONCE else (ATTEMPTS, None)
        headers = {REQUEST_ID: str(uuid4())} if method.writes else None
        answer = self._connection.ask(
            f"/tm/store/{method.name}",
            lambda: self._asking(arguments),
            attempts=attempts,
            timeout=timeout,
            headers=headers,
        )
        if not answer:
            return None
        return moved(msgspec.json.decode(answer, type=method.answer), -self._connection.clocks.ahead_us)

    def listener(self, method: str, arguments: Callable[[], dict[str, Any]]) -> Listener:
        """What tells when the server's store would answer a question otherwise."""
        return Listener(self, method, arguments)

    def wait_for(self, name: str, given: dict[str, Any], known: str | None, seconds: float) -> tuple[str, Any]:
        """The answer to a question and its tag, when that is another than ``known``, or after so many seconds."""
        method = methods()[name]

        def asking() -> bytes:
            asked = msgspec.Raw(self._asking(given))
            return msgspec.json.encode({"asked": asked, "known": known, "seconds": seconds})

        told = msgspec.json.decode(self._connection.wait(f"/tm/store/{name}/await", asking, seconds), type=_Told)
        answer = msgspec.json.decode(told.answer, type=method.answer)
        return told.tag, moved(answer, -self._connection.clocks.ahead_us)

    def _asking(self, arguments: dict[str, Any]) -> bytes:
        ahead = self._connection.clocks.ahead_us
        theirs = {name: moved_field(name, value, ahead) for name, value in arguments.items()}
        return msgspec.json.encode({"sent_us": self._clock.now_us() + ahead, **theirs}, enc_hook=list)


class _Told(msgspec.Struct):
    tag: str
    answer: msgspec.Raw


def _method(method: Method) -> Any:
    names = tuple(field for field in method.arguments.__struct_fields__ if field != "sent_us")

    def ask(self: RemoteStore, *given: Any, **named: Any) -> Any:
        return self._ask(method, names, *given, **named)

    ask.__name__ = method.name
    ask.__doc__ = getattr(RunStore, method.name).__doc__
    return ask


for _name, _declared in methods().items():
    setattr(RemoteStore, _name, _method(_declared))


def _encoded(batch: Batch, ahead_us: int) -> bytes:
    """The batch as JSON, with the entries spliced in as they are, by the server's clock."""
    head = msgspec.json.encode(
        {
            "producer": batch.producer,
            "first_seq": batch.first_seq,
            "last_seq": batch.last_seq,
            "roots": batch.roots,
        }
    )
    entries = b",".join(b"[%d,%b]" % entry for entry in moved_entries(batch.payloads, ahead_us))
    return b'%b,"entries":[%b]}' % (head[:-1], entries)
