"""One declaration per operation: router, validation, the schema document and the clients all come from it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from tidemill.domain.json_depth import DEEPEST_SENT
from tidemill.domain.permissions import Needed, check_needed

#: The header by which a client names a request that changes something, to send it again when the answer was lost.
REQUEST_ID: Final = "Tidemill-Request-Id"
#: The permission of what anybody may ask, keys or no keys.
OPEN: Final[Needed] = "open"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be asked of a server.

    In ``path``, ``{name}`` stands for a text, ``{name:uuid}`` for an id and ``{name:path}`` for all that is left, with
    its slashes. ``body``, ``query`` and ``answer`` are types; None stands for nothing. ``status`` is what success
    answers, ``also`` what else a handler may choose, ``refuses`` with which codes it may say no, beside those that all
    share. ``writes``: it changes what is stored, so its handler is one transaction. ``most_bytes`` and
    ``most_depth``: how large its body may be, and how deeply nested; 0 is any depth. ``forgiving``: what no database
    keeps in a text (NUL, lone surrogates) is replaced, where others are refused for it. ``waits``: its answer may come
    late, when there is something to tell. ``prompt``: it is a small question that reads, and is answered within seconds
    even where the database does not answer.
    """

    method: str
    path: str
    name: str
    tag: str
    permission: Needed
    body: Any = None
    body_required: bool = True
    query: type[msgspec.Struct] | None = None
    answer: Any = None
    status: int = 200
    also: tuple[int, ...] = ()
    refuses: tuple[int, ...] = ()
    writes: bool = True
    most_bytes: int = 8 * 1024 * 1024
    most_depth: int = DEEPEST_SENT
    forgiving: bool = False
    waits: bool = False
    prompt: bool = False

    def __post_init__(self) -> None:
        check_needed(self.permission)


class Tag:
    """Declares the operations of one kind of thing."""

    def __init__(self, tag: str) -> None:
        self.name = tag

    def get(self, path: str, name: str, **more: Any) -> Operation:
        """Declare a question."""
        return Operation(method="GET", path=path, name=name, tag=self.name, writes=False, **more)

    def post(self, path: str, name: str, **more: Any) -> Operation:
        """Declare something that is made or done; with ``writes=False``, a question that needs a body."""
        return Operation(method="POST", path=path, name=name, tag=self.name, **more)

    def put(self, path: str, name: str, **more: Any) -> Operation:
        """Declare a replacement."""
        return Operation(method="PUT", path=path, name=name, tag=self.name, **more)

    def patch(self, path: str, name: str, **more: Any) -> Operation:
        """Declare a change."""
        return Operation(method="PATCH", path=path, name=name, tag=self.name, **more)

    def delete(self, path: str, name: str, **more: Any) -> Operation:
        """Declare a removal."""
        return Operation(method="DELETE", path=path, name=name, tag=self.name, **more)
