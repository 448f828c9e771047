"""From method and path to the operation that is meant, in one walk down a tree of path segments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote
from uuid import UUID

from tidemill.server.refusals import Refusal, not_valid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tidemill.api.operation import Operation

_VARIABLE: Final = "{}"
_REST: Final = "{path}"


@dataclass(frozen=True)
class Route:
    """An operation and who answers it; ``names`` are those of its path's variables, in order, with their kinds."""

    operation: Operation
    handler: Callable[..., Any]
    names: tuple[tuple[str, str], ...] = ()


@dataclass
class _Node:
    below: dict[str, _Node] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)


class Router:
    """All routes. What no route fits is 404; a path that has other methods is 405."""

    def __init__(self, routes: Iterable[tuple[Operation, Callable[..., Any]]]) -> None:
        self._root = _Node()
        for operation, handler in routes:
            self._add(operation, handler)

    def _add(self, operation: Operation, handler: Callable[..., Any]) -> None:
        node, names = self._root, []
        for segment in operation.path.split("/")[1:]:
            key = segment
            if segment.startswith("{"):
                name, _, kind = segment[1:-1].partition(":")
                names.append((name, kind))
                key = _REST if kind == "path" else _VARIABLE
            node = node.below.setdefault(key, _Node())
        if operation.method in node.routes:
            raise ValueError(f"{operation.method} {operation.path} is declared twice")
        node.routes[operation.method] = Route(operation, handler, tuple(names))

    def find(self, method: str, path: str) -> tuple[Route, list[str]]:
        """The route, and what stands for its path's variables. ``path`` is as it came, still percent-encoded."""
        found = self._found(path.split("/")[1:])
        if found is None:
            raise Refusal(404, f"There is nothing at {path}")
        node, said = found
        route = node.routes.get(method) or (node.routes.get("GET") if method == "HEAD" else None)
        if route is None:
            allowed = ", ".join(sorted(node.routes))
            raise Refusal(405, f"{path} takes {allowed}, not {method}", headers={"Allow": allowed})
        return route, said

    def _found(self, segments: list[str]) -> tuple[_Node, list[str]] | None:
        """Where the path leads, or the same with a slash more or less at the end: hands that type do not see it."""
        found = self._walk(self._root, segments, 0, [])
        if found is not None:
            return found
        if segments[-1]:
            return self._walk(self._root, [*segments, ""], 0, [])
        return None if segments[-2:-1] == [""] else self._walk(self._root, segments[:-1], 0, [])

    def _walk(self, node: _Node, segments: list[str], at: int, values: list[str]) -> tuple[_Node, list[str]] | None:
        if at == len(segments):
            return (node, values) if node.routes else None
        segment = segments[at]
        exact = node.below.get(segment)
        if exact is not None and (found := self._walk(exact, segments, at + 1, values)) is not None:
            return found
        variable = node.below.get(_VARIABLE)
        if variable is not None and segment:
            found = self._walk(variable, segments, at + 1, [*values, segment])
            if found is not None:
                return found
        rest = node.below.get(_REST)
        if rest is not None and segment:
            return rest, [*values, "/".join(segments[at:])]
        return None


def values_of(route: Route, said: Iterable[str]) -> dict[str, str]:
    """The values of a path's variables. Raises a Refusal for what is no such value."""
    return {name: value_of(name, kind, raw) for (name, kind), raw in zip(route.names, said, strict=True)}


#: A UUID as it is kept.
_CANONICAL: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def value_of(name: str, kind: str, raw: str) -> str:
    """The value of one, from what stands for it. Raises a Refusal likewise."""
    try:
        text = unquote(raw, errors="strict") if "%" in raw else raw
    except UnicodeDecodeError as error:
        raise not_valid("path", "is not UTF-8", name) from error
    if "\x00" in text:
        raise not_valid("path", "has a NUL character", name)
    if kind != "uuid" or _CANONICAL.fullmatch(text):
        return text
    try:
        return str(UUID(text))
    except ValueError as error:
        raise not_valid("path", f"expected a UUID, got {text[:64]!r}", name) from error
