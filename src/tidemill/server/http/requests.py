"""What has come of the requests on a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidemill.server.calls import Answer
    from tidemill.server.front import Admitted, Head


class Request:
    """One of them. ``refused`` is what it is answered whatever it says; ``complete``: nothing more of it will come."""

    __slots__ = (
        "admitted", "answered", "body", "complete", "expects_continue", "head", "keep_alive", "refused", "running",
        "size",
    )  # fmt: skip

    def __init__(self, head: Head, *, keep_alive: bool, expects_continue: bool = False) -> None:
        self.head = head
        self.keep_alive = keep_alive
        self.expects_continue = expects_continue
        self.body: list[bytes] = []
        self.size = 0
        self.complete = False
        self.admitted: Admitted | None = None
        self.refused: Answer | None = None
        self.running = False
        self.answered = False

    def take(self, body: bytes) -> bool:
        """A part of its body came; what is not wanted any more is thrown away. Whether it may go on."""
        if self.answered or self.refused is not None:
            return True
        self.body.append(body)
        self.size += len(body)
        if self.admitted is None or self.size <= self.admitted.most_bytes:
            return True
        self.refuse(self.admitted.too_large())
        return False

    def refuse(self, answer: Answer) -> None:
        """Answer this, whatever it says."""
        self.refused = answer
        self.body.clear()

    def let_in(self, admitted: Admitted) -> None:
        """It may go on, with a body no larger than its operation takes."""
        self.admitted = admitted
        if max(self.size, admitted.announced_bytes) > admitted.most_bytes:
            self.refuse(admitted.too_large())
