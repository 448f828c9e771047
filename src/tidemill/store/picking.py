"""Which rows a page of a long list consists of, however the conditions and the order go together.

A database that does not know how many rows a condition lets pass walks along the order's index for the few that it
does, or sorts the many. So the page is looked for at the front of the order, where that of a condition that lets many
pass mostly is; then it is looked whether there are few, which are sorted; then further along the order. Only what is in
none of these places is left to the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.store.asking import Row, all_rows

if TYPE_CHECKING:
    from tidemill.store.finding import Bindings
    from tidemill.store.session import Session

#: So many rows, from all over the table, are looked up and sorted in a few milliseconds; the fewer at once, the more
#: only if they are not at the front.
_VERY_FEW: Final = 2_500
_FEW: Final = 4_000
#: How far along an order is looked, first and later. Rows there lie side by side, and cost a microsecond each.
_FRONTS: Final = (300, 5_000)


class Order(NamedTuple):
    """An order in which a table is listed."""

    #: As ORDER BY says it; no two rows are equal by it.
    by: str
    #: The column whose NULLs come last, and the order of those: what is left of ``by``.
    last: tuple[str, str] | None = None
    #: Whether there is an index that gives it.
    indexed: bool = True


class Listing(NamedTuple):
    """What is listed: the table, what is told of each row, and what is joined to it for that."""

    table: str
    selected: str
    joined: str = ""


def page(
    session: Session, listing: Listing, where: str, bindings: Bindings, order: Order, *, limit: int, offset: int
) -> list[Row]:
    """Of the rows for which ``where`` holds, in their order, those of a page."""
    table = listing.table
    part = f"ORDER BY {order.by} LIMIT {bindings.bind(limit)} OFFSET {bindings.bind(offset)}"
    every = f"SELECT {table}.seq AS seq FROM {table} WHERE {where} {part}"
    if where == "true":
        if order.last is not None and offset + limit <= _FRONTS[-1]:
            every = _at_front(table, where, bindings, order, offset + limit, part)
        return _told(session, listing, every, bindings, order)
    small, large = _FRONTS
    if order.indexed and offset + limit <= small:
        rows = _told(session, listing, _at_front(table, where, bindings, order, small, part), bindings, order)
        if len(rows) == limit:
            return rows
    some = f"@by_values(SELECT {table}.seq FROM {table} WHERE {where} LIMIT {bindings.bind(_FEW + 1)})"
    found = [seq for (seq,) in all_rows(session, some, bindings)]
    if not found:
        return []
    if len(found) > _VERY_FEW and order.indexed and offset + limit <= large:
        # PostgreSQL knows how many have these values, and how far it has to go along the order
        further = f"@sqlite({_at_front(table, where, bindings, order, large, part)}) @postgres({every})"
        rows = _told(session, listing, further, bindings, order, by_values=True)
        if len(rows) == limit:
            return rows
    if len(found) <= _FEW:
        few = f"@among({table}.seq, {bindings.bind(found)}, int)"
        every = f"SELECT {table}.seq AS seq FROM {table} WHERE {few} AND {where} {part}"
    return _told(session, listing, every, bindings, order, by_values=True)


def one_by_one(table: str, found_by: str) -> str:
    """A table as it stands behind CROSS JOIN, looked into once for each row before it, whatever is thought of these."""
    return f"@sqlite({table}) @postgres(LATERAL (SELECT * FROM {table} WHERE {found_by} OFFSET 0) AS {table})"


def _told(
    session: Session, listing: Listing, picked: str, bindings: Bindings, order: Order, *, by_values: bool = False
) -> list[Row]:
    """Rows are picked before what belongs to them is looked up: small ones sort faster."""
    table = listing.table
    sql = f"""
        SELECT {listing.selected} FROM ({picked}) AS picked CROSS JOIN {table} {listing.joined}
        WHERE {table}.seq = picked.seq ORDER BY {order.by}"""
    return all_rows(session, f"@by_values({sql})" if by_values else sql, bindings)


def _at_front(table: str, where: str, bindings: Bindings, order: Order, many: int, part: str) -> str:
    """The rows of a page as far as they are among the first of the order."""
    most = bindings.bind(many)
    if order.last is None:
        front = f"SELECT {table}.seq AS seq FROM {table} ORDER BY {order.by} LIMIT {most}"
    else:
        column, rest = order.last
        known = f"SELECT {table}.seq AS seq FROM {table} WHERE {column} IS NOT NULL"
        first = f"{known} ORDER BY {order.by.replace(' NULLS LAST', '')} LIMIT {most}"
        front = f"""
            SELECT seq FROM ({first}) AS known UNION ALL
            SELECT seq FROM (SELECT {table}.seq AS seq FROM {table} WHERE {column} IS NULL ORDER BY {rest}
                LIMIT (SELECT {most} - count(*) FROM ({known} LIMIT {most}) AS counted)) AS unknown"""
    return (
        f"SELECT {table}.seq AS seq FROM ({front}) AS front CROSS JOIN {one_by_one(table, f'{table}.seq = front.seq')}"
        f" WHERE {table}.seq = front.seq AND {where} {part}"
    )
