"""Answers kept for requests that may come twice."""

from __future__ import annotations

from typing import Final, NamedTuple

from tidemill.store.access.base import Access
from tidemill.store.asking import one_row

_KNOWN: Final = "SELECT operation, status, content_type, body FROM request_answer WHERE id = :id"
_KEEP: Final = """
INSERT INTO request_answer (id, operation, status, content_type, body, created_us)
VALUES (:id, :operation, :status, :content_type, :body, :now)
"""
_FORGET: Final = """
DELETE FROM request_answer
WHERE id IN (SELECT id FROM request_answer WHERE created_us < :moment ORDER BY created_us LIMIT :limit)
"""


class KeptAnswer(NamedTuple):
    """What was answered, and to which operation."""

    operation: str
    status: int
    content_type: str
    body: bytes


class Answers(Access):
    """Answering a request that comes again as before."""

    def kept_answer(self, request_id: str) -> KeptAnswer | None:
        """What a request was answered; None for one that is new."""
        with self._connections.reading() as session:
            row = one_row(session, _KNOWN, {"id": request_id})
            return None if row is None else KeptAnswer(row[0], row[1], row[2], bytes(row[3]))

    def keep_answer(self, request_id: str, answer: KeptAnswer, now: int) -> None:
        """Remember it, in the transaction of what was done for it."""
        with self._connections.writing() as session:
            session.execute(_KEEP, {"id": request_id, "now": now, **answer._asdict()})

    def forget_answers_before(self, moment: int, *, limit: int = 1000) -> int:
        """Delete up to ``limit`` old ones; returns how many."""
        with self._connections.writing() as session:
            session.execute(_FORGET, {"moment": moment, "limit": limit})
            return session.changes()
