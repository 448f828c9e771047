"""Who may do what: permissions, what a key's scopes and a person's role come to, and who is asking.

A permission is a resource and an action, as in ``runs:read``. Every operation declares the one it needs; ``open`` is
declared by what anybody may ask (is the server up?) and by nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import msgspec

from tidemill.domain.run_tokens import RunBound  # noqa: TC001 - msgspec reads the annotations when it converts
from tidemill.suggestions import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Permission = Literal[
    "api:read",
    "artifacts:read",
    "artifacts:write",
    "automations:read",
    "automations:write",
    "blocks:read",
    "blocks:write",
    "concurrency_limits:read",
    "concurrency_limits:use",
    "concurrency_limits:write",
    "deployments:read",
    "deployments:run",
    "deployments:write",
    "events:read",
    "events:write",
    "flows:read",
    "flows:write",
    "logs:read",
    "logs:write",
    "runs:read",
    "runs:write",
    "saved_searches:read",
    "saved_searches:write",
    "secrets:read",
    "ui:read",
    "variables:read",
    "variables:write",
    "work_pools:read",
    "work_pools:work",
    "work_pools:write",
    "workers:read",
    "admin:read",
    "admin:write",
]
#: What an operation declares.
Needed: TypeAlias = Permission | Literal["open"]
RoleName = Literal["viewer", "runner", "developer", "admin"]

PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)
DEFAULT_WORKSPACE: Final = 1

#: What no ``*`` brings.
_BY_NAME_ONLY: Final = frozenset({"admin:read", "admin:write", "secrets:read"})
_READING: Final = frozenset(each for each in PERMISSIONS if each.endswith(":read") and each not in _BY_NAME_ONLY)
_RUNNING: Final[frozenset[Permission]] = _READING | {
    "artifacts:write",
    "concurrency_limits:use",
    "deployments:run",
    "events:write",
    "flows:write",
    "logs:write",
    "runs:write",
    "secrets:read",
    "work_pools:work",
}
_EVERYTHING: Final = frozenset(PERMISSIONS)

#: Each role may do what the one before it may, and more. A runner runs what is there, and changes no code or settings
#: of it; it reads secrets because the flows it runs do.
ROLES: Final[Mapping[RoleName, frozenset[Permission]]] = {
    "viewer": _READING,
    "runner": _RUNNING,
    "developer": _EVERYTHING - {"admin:read", "admin:write"},
    "admin": _EVERYTHING,
}


class UnknownScopeError(ValueError):
    """A scope that names no permission, no role and no group of permissions."""


def check_needed(text: str) -> Needed:
    """The declaration of an operation, as such. Raises ValueError for what is no permission, so that nobody can
    declare an operation that nobody, or everybody, may call by a slip of the pen.
    """
    for known in (*PERMISSIONS, "open"):
        if text == known:
            found: Needed = known  # type: ignore[assignment] # equal to one of the literals
            return found
    raise ValueError(f"unknown permission {text!r}{did_you_mean(text, PERMISSIONS)}")


def permissions_of(scopes: Iterable[str]) -> frozenset[Permission]:
    """What scopes come to: a scope is a permission (``runs:read``), a role (``viewer``), all actions on a resource
    (``runs:*``) or one action on all resources (``*:read``). No scope with a ``*`` brings what is about the server
    itself (``admin:…``) or ``secrets:read``. Raises UnknownScopeError.
    """
    granted: set[Permission] = set()
    for scope in scopes:
        granted |= _permissions_of(scope)
    return frozenset(granted)


def _permissions_of(scope: str) -> frozenset[Permission]:
    for name, granted in ROLES.items():
        if scope == name:
            return granted
    resource, colon, action = scope.partition(":")
    found: set[Permission] = {each for each in PERMISSIONS if each == scope}
    if colon and action == "*":
        found |= {each for each in PERMISSIONS if each.startswith(f"{resource}:")} - _BY_NAME_ONLY
    elif colon and resource == "*":
        found |= {each for each in PERMISSIONS if each.endswith(f":{action}")} - _BY_NAME_ONLY
    if not found:
        known = [*ROLES, *PERMISSIONS]
        likely = did_you_mean(scope, known) or f"; there are {one_of(dict.fromkeys(known), limit=40)}"
        raise UnknownScopeError(f"unknown scope {scope!r}{likely}")
    return frozenset(found)


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking. ``id`` is the key's or the token's, ``run`` is what a run token speaks for."""

    kind: Literal["nobody", "anyone", "local_admin", "key", "basic", "run"]
    id: str = ""
    name: str = ""
    workspace_id: int = DEFAULT_WORKSPACE
    permissions: frozenset[Permission] = frozenset()
    run: RunBound | None = None

    def may(self, needed: Needed) -> bool:
        """Whether this actor may do what needs that."""
        return needed == "open" or needed in self.permissions


#: Asks what anybody may ask, and may nothing else.
NOBODY: Final = Actor(kind="nobody")
#: Asks on the machine itself, while nobody was given a key.
LOCAL_ADMIN: Final = Actor(kind="local_admin", name="local admin", permissions=_EVERYTHING)
#: Asks a server that was told in words to let everybody in.
ANYONE: Final = Actor(kind="anyone", name="anyone", permissions=_EVERYTHING)
#: Knows the one user and password of the settings.
BASIC: Final = Actor(kind="basic", name="auth string", permissions=_EVERYTHING)
