"""Checks of the options that flows and tasks share, made when they are decorated and not when they run."""

from __future__ import annotations

from _thread import TIMEOUT_MAX
from collections.abc import Iterable
from functools import wraps
from hashlib import blake2b
from inspect import signature, unwrap
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

from tidemill.exceptions import OptionError
from tidemill.suggestions import did_you_mean
from tidemill.utilities.annotations import NotSet

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

P = ParamSpec("P")
R = TypeVar("R")


def knows_its_options(fn: Callable[P, R]) -> Callable[P, R]:
    """Decorator: a keyword that ``fn`` does not take is refused with the nearest one that it does."""
    known = frozenset(signature(fn).parameters)

    @wraps(fn)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in kwargs:
            if name not in known:
                raise OptionError(f"there is no option {name!r}{did_you_mean(name, known)}")
        return fn(*args, **kwargs)

    return checked


def given(options: dict[str, Any], unless: Any = None) -> dict[str, Any]:
    """Those options that were given: neither ``NotSet`` nor ``unless``, which the signature has for "not given"."""
    return {name: value for name, value in options.items() if value is not NotSet and value is not unless}


def callable_name(fn: Callable[..., Any]) -> str:
    """The name a function goes by; for other callables their type's."""
    return str(getattr(fn, "__name__", None) or type(fn).__name__).strip("<>")  # a lambda's is <lambda>


def hooks(option: str, given: Iterable[Callable[..., Any]] | None) -> list[Callable[..., Any]]:
    """The hooks as a list of their own."""
    if given is None:
        return []
    if callable(given) or isinstance(given, str):
        raise OptionError.expected(option, "a list of functions", given)
    found = list(given)
    for hook in found:
        if not callable(hook):
            raise OptionError.expected(option, "a list of functions", hook)
    return found


def function_or_none(option: str, value: Any) -> Any:
    """The function, if one was given."""
    if value is not None and not callable(value):
        raise OptionError.expected(option, "a function", value)
    return value


def text_or_none(option: str, value: Any) -> Any:
    """The text, if any was given."""
    if value is not None and not isinstance(value, str):
        raise OptionError.expected(option, "text", value)
    return value


def texts(option: str, given: Iterable[str] | None) -> set[str]:
    """The texts, each once. One text alone is refused: its letters would be taken for texts."""
    if given is None:
        return set()
    found: list[Any] = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [None]
    if not all(isinstance(each, str) for each in found):
        raise OptionError.expected(option, "a list of texts", given)
    return set(found)


def duration_or_none(option: str, value: Any) -> timedelta | None:
    """The span of time, if one was given."""
    if value is None:
        return None
    from datetime import timedelta  # noqa: PLC0415 - importing tasks asks for no time

    if not isinstance(value, timedelta):
        raise OptionError.expected(option, "a timedelta", value)
    return value


def runner_or_none(given: Any) -> Any:
    """The task runner, if one was given; of a class, one with its defaults."""
    runner = given() if isinstance(given, type) else given
    if runner is not None and not callable(getattr(runner, "duplicate", None)):
        raise OptionError.expected("task_runner", "a task runner, or the class of one", given)
    return runner


def caching_options(
    name: str,
    persist_result: bool | None,
    cache_policy: Any,
    cache_key_fn: Callable[..., str | None] | None,
    result_storage_key: str | None,
    *places: Any,
) -> tuple[bool | None, Any]:
    """What a task's options say together: whether its results are written, and by which policy they are found again.

    Naming a policy, a key or a place asks for results to be written; ``persist_result=False`` turns caching off. The
    policy stays ``NotSet`` for a task that says nothing.
    """
    none: Any = None
    given = cache_policy is not NotSet and cache_policy is not None
    if given or persist_result is False or cache_key_fn is not None:
        from tidemill.cache_policies import NONE, CachePolicy  # noqa: PLC0415 - most tasks name none

        none = NONE
        given = given and cache_policy is not NONE
        if given and not isinstance(cache_policy, CachePolicy):
            raise OptionError.expected("cache_policy", "a cache policy", cache_policy)
    if persist_result is False:
        if given or cache_key_fn is not None:
            _warn("Task %r is not cached, since persist_result=False: its results are not written.", name)
        return False, none
    if given or cache_key_fn is not None or any(each is not None for each in (result_storage_key, *places)):
        persist_result = True
    if result_storage_key is not None:
        return persist_result, cache_policy if none is not None and cache_policy is none else None
    if cache_key_fn is not None:
        if given:
            _warn("Task %r has both cache_policy and cache_key_fn: cache_key_fn is used.", name)
        return persist_result, CachePolicy.from_cache_key_fn(cache_key_fn)
    return persist_result, cache_policy


def _warn(message: str, name: str) -> None:
    import logging  # noqa: PLC0415 - most options make sense

    logging.getLogger("tidemill.tasks").warning(message, name)


def positive_seconds(option: str, seconds: float | None) -> float | None:
    """Seconds above zero, if any were given, and no more than a timer takes."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= TIMEOUT_MAX:
        raise OptionError.expected(option, f"a positive number of seconds, {TIMEOUT_MAX:.0f} at most", seconds)
    return float(seconds)


def origin_of(fn: Callable[..., Any]) -> str:
    """Eight characters for where a function stands: its file's name and its qualified name.

    Not its module, which is ``__main__`` for a script and something else for whoever resumes the script's run.
    """
    from pathlib import Path  # noqa: PLC0415 - 6 ms that importing tasks need not take

    code = getattr(unwrap(fn), "__code__", None)
    stem = Path(code.co_filename).stem if code is not None else ""
    where = f"{stem}:{getattr(fn, '__qualname__', '')}"
    return blake2b(where.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def retries_or_default(group: Literal["flows", "tasks"], retries: int | None, delays: Any) -> tuple[int, Any]:
    """How often a run is tried again, and after how many seconds; what is left unsaid, the group's settings say."""
    if retries is None or delays is None:
        from tidemill.settings.context import get_current_settings  # noqa: PLC0415 - who imports flow loads no settings

        defaults = getattr(get_current_settings(), group)
        retries = defaults.default_retries if retries is None else retries
        delays = defaults.default_retry_delay_seconds if delays is None else delays
    return retries, delays
