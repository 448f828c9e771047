"""The processes that bodies run in end with the one that started them, also where that was killed."""

from __future__ import annotations

import os
from threading import Thread


def end_with_parent() -> None:
    """In a process that multiprocessing started: end it, wherever it is, once nobody is there to take what it gives.

    Else it would be left for ever, and its body would go on beside the one that a resumed run begins anew. A C call
    that keeps the interpreter to itself is ended when it returns.
    """
    Thread(target=_follow, name="tidemill-parent", daemon=True).start()


def _follow() -> None:
    from multiprocessing import parent_process  # noqa: PLC0415 - not light, and loaded already where it counts

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
