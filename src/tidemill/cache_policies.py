"""What makes two calls of a task the same call, so that the second may have the first one's result.

Policies add up: ``INPUTS + TASK_SOURCE`` needs both to agree; ``INPUTS - "verbose"`` leaves an argument out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import copy
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from tidemill.exceptions import HashError
from tidemill.filesystems import LocalFileSystem, WritableFileSystem
from tidemill.hashing import hash_inputs, hex_hash, stable_hash
from tidemill.hashing.source import source_hash
from tidemill.results.isolation import IsolationLevel
from tidemill.settings.context import get_current_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidemill.locking.protocol import LockManager

KeyStorage: TypeAlias = WritableFileSystem | LocalFileSystem | str | Path | None
Isolation: TypeAlias = Literal["READ_COMMITTED", "SERIALIZABLE"] | IsolationLevel | None

#: Functions by exact type that turn an input into something simpler before it is hashed; programs add theirs.
STABLE_TRANSFORMS: Final[dict[type, Callable[[Any], Any]]] = {}

_SETTINGS: Final = ("key_storage", "isolation_level", "lock_manager")


@dataclass
class CachePolicy(ABC):
    """Says which calls are the same; a subclass implements ``compute_key``.

    ``key_storage`` holds the keys apart from the results, ``isolation_level`` and ``lock_manager`` say whether callers
    with the same key wait for each other.
    """

    key_storage: KeyStorage = None
    isolation_level: Isolation = None
    lock_manager: LockManager | None = None

    @classmethod
    def from_cache_key_fn(cls, cache_key_fn: Callable[[Any, dict[str, Any]], str | None]) -> CacheKeyFnPolicy:
        """A policy whose key is what a function of the task's context and the arguments returns; None: do not cache."""
        return CacheKeyFnPolicy(cache_key_fn=cache_key_fn)

    def configure(
        self,
        key_storage: KeyStorage = None,
        lock_manager: LockManager | None = None,
        isolation_level: Isolation = None,
    ) -> CachePolicy:
        """A copy with these settings; None leaves one as it is."""
        changed = copy(self)
        for name, value in zip(_SETTINGS, (key_storage, isolation_level, lock_manager), strict=True):
            if value is not None:
                setattr(changed, name, value)
        return changed

    @abstractmethod
    def compute_key(
        self, task_ctx: Any, inputs: dict[str, Any], flow_parameters: dict[str, Any], **kwargs: Any
    ) -> str | None:
        """The name under which the call's result is looked for and kept; None when it is not cached.

        Raises HashError, naming the argument and the attribute, where the policy hashes what cannot be hashed.
        """

    def __sub__(self, other: str) -> CachePolicy:
        """This policy without an argument in its key."""
        if not isinstance(other, str):
            raise TypeError(f"only the name of an argument can be taken from a cache policy, got {other!r}")
        return self

    def __add__(self, other: CachePolicy) -> CachePolicy:
        """A policy that asks for both."""
        if not isinstance(other, CachePolicy):
            return NotImplemented
        if isinstance(other, _NoCache):
            return self
        return _compound([*self._parts(), *other._parts()], _agreed(self, other))

    def _parts(self) -> list[CachePolicy]:
        return [self]


def _agreed(one: CachePolicy, other: CachePolicy) -> dict[str, Any]:
    """The settings of a sum: whichever side has one; raises ValueError where they contradict each other."""
    agreed = {}
    for name in _SETTINGS:
        values = [value for side in (one, other) if (value := getattr(side, name)) is not None]
        if len(values) == 2 and values[0] != values[1]:  # noqa: PLR2004 - one per side
            raise ValueError(f"the policies differ in {name}: {values[0]!r} and {values[1]!r}. Configure their sum.")
        agreed[name] = values[0] if values else None
    return agreed


def _compound(parts: list[CachePolicy], settings: Mapping[str, Any]) -> CachePolicy:
    """The sum of policies: each kind once, and one policy for the inputs, without what any of them leaves out."""
    excluded = sorted({name for part in parts if isinstance(part, Inputs) for name in part.exclude})
    merged: list[CachePolicy] = []
    for part in parts:
        plain = Inputs(exclude=excluded) if isinstance(part, Inputs) else part.configure()
        for name in _SETTINGS:
            setattr(plain, name, None)
        if plain not in merged:
            merged.append(plain)
    if len(merged) == 1:
        for name, value in settings.items():
            setattr(merged[0], name, value)
        return merged[0]
    return CompoundCachePolicy(policies=merged, **settings)


@dataclass
class CacheKeyFnPolicy(CachePolicy):
    """The key is what a function returns."""

    cache_key_fn: Callable[[Any, dict[str, Any]], str | None] | None = None

    def compute_key(
        self,
        task_ctx: Any,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],  # noqa: ARG002 - the function does not get them
        **kwargs: Any,  # noqa: ARG002 - the contract's
    ) -> str | None:
        """What the function says; None without one."""
        return self.cache_key_fn(task_ctx, inputs) if self.cache_key_fn is not None else None


@dataclass
class CompoundCachePolicy(CachePolicy):
    """Calls are the same when each of several policies says so."""

    policies: list[CachePolicy] = field(default_factory=list)

    def compute_key(
        self, task_ctx: Any, inputs: dict[str, Any], flow_parameters: dict[str, Any], **kwargs: Any
    ) -> str | None:
        """The policies' keys as one; None when none of them has a key."""
        keys = [part.compute_key(task_ctx, inputs, flow_parameters, **kwargs) for part in self.policies]
        return hex_hash(*keys) if any(key is not None for key in keys) else None

    def __sub__(self, other: str) -> CachePolicy:
        """These policies without an argument in their key."""
        return replaced(self, policies=[part - other for part in self.policies])

    def _parts(self) -> list[CachePolicy]:
        return self.policies


@dataclass
class _NoCache(CachePolicy):
    """Nothing is cached; adds nothing to a sum."""

    def compute_key(
        self,
        task_ctx: Any,  # noqa: ARG002 - no call has a key
        inputs: dict[str, Any],  # noqa: ARG002 - as above
        flow_parameters: dict[str, Any],  # noqa: ARG002 - as above
        **kwargs: Any,  # noqa: ARG002 - as above
    ) -> str | None:
        """No key."""
        return None

    def __add__(self, other: CachePolicy) -> CachePolicy:
        """The other policy."""
        return other if isinstance(other, CachePolicy) else NotImplemented


@dataclass
class TaskSource(CachePolicy):
    """Calls are the same while the task's code is."""

    def compute_key(
        self,
        task_ctx: Any,
        inputs: dict[str, Any] | None,  # noqa: ARG002 - only the code counts
        flow_parameters: dict[str, Any] | None,  # noqa: ARG002 - as above
        **kwargs: Any,  # noqa: ARG002 - the contract's
    ) -> str | None:
        """A hash of the task's source text, or of its compiled code where there is no text."""
        return source_hash(task_ctx.task.fn) if task_ctx else None


@dataclass
class FlowParameters(CachePolicy):
    """Calls are the same within flow runs that got the same parameters."""

    def compute_key(
        self,
        task_ctx: Any,  # noqa: ARG002 - only the parameters count
        inputs: dict[str, Any],  # noqa: ARG002 - as above
        flow_parameters: dict[str, Any],
        **kwargs: Any,  # noqa: ARG002 - the contract's
    ) -> str | None:
        """A hash of the flow's parameters; None for a flow without any."""
        return hex_hash(hash_inputs(_simplified(flow_parameters))) if flow_parameters else None


@dataclass
class RunId(CachePolicy):
    """Calls are the same within one flow run, or, outside any flow, within one task run."""

    def compute_key(
        self,
        task_ctx: Any,
        inputs: dict[str, Any],  # noqa: ARG002 - only the run counts
        flow_parameters: dict[str, Any],  # noqa: ARG002 - as above
        **kwargs: Any,  # noqa: ARG002 - the contract's
    ) -> str | None:
        """The id of the flow run, else of the task run."""
        if not task_ctx:
            return None
        run = task_ctx.task_run
        return str(run.flow_run_id or run.id)


@dataclass
class Inputs(CachePolicy):
    """Calls are the same when they get the same arguments; those named in ``exclude`` do not count.

    Only the arguments count, not which task gets them: two tasks with this policy alone that share a result storage and
    are called with equal arguments of equal names are given each other's results. Where there are several, add what
    tells them apart: ``INPUTS + TASK_SOURCE``.
    """

    exclude: list[str] = field(default_factory=list)

    def compute_key(
        self,
        task_ctx: Any,  # noqa: ARG002 - only the arguments count
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],  # noqa: ARG002 - as above
        **kwargs: Any,  # noqa: ARG002 - the contract's
    ) -> str | None:
        """A hash of the arguments' content; None for a call without arguments."""
        if not inputs:
            return None
        counted = {name: value for name, value in inputs.items() if name not in self.exclude}
        return hex_hash(hash_inputs(_simplified(counted)))

    def __sub__(self, other: str) -> CachePolicy:
        """The arguments but one."""
        super().__sub__(other)
        return replaced(self, exclude=[*self.exclude, other])


def _simplified(values: Mapping[str, Any]) -> Mapping[str, Any]:
    if not STABLE_TRANSFORMS:
        return values
    return {n: STABLE_TRANSFORMS[type(v)](v) if type(v) in STABLE_TRANSFORMS else v for n, v in values.items()}


def replaced(policy: CachePolicy, **changes: Any) -> CachePolicy:
    """A policy of the same kind with some of its fields changed."""
    said = {f.name: getattr(policy, f.name) for f in fields(policy)}
    return type(policy)(**(said | changes))


def task_input_hash(context: Any, arguments: dict[str, Any]) -> str | None:
    """A cache key function: the task's code and the content of its arguments; None where they cannot be hashed."""
    try:
        return hex_hash(stable_hash(context.task.task_key, source_hash(context.task.fn), hash_inputs(arguments)))
    except HashError:
        return None


INPUTS: Final = Inputs()
NONE: Final = _NoCache()
NO_CACHE: Final = NONE
TASK_SOURCE: Final = TaskSource()
FLOW_PARAMETERS: Final = FlowParameters()
RUN_ID: Final = RunId()
DEFAULT: Final = INPUTS + TASK_SOURCE + RUN_ID


def default_policy() -> CachePolicy:
    """The policy of tasks that name none: ``DEFAULT``, unless the setting ``tasks.default_no_cache`` is on."""
    return NO_CACHE if get_current_settings().tasks.default_no_cache else DEFAULT
