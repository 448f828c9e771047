"""For tests of code that uses tidemill, whatever runs them; with pytest, the fixture ``tidemill_harness`` is nearer."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.domain.runs import FlowRun
    from tidemill.testing.harness import Harness

__all__ = [
    "assert_does_not_warn",
    "exceptions_equal",
    "get_most_recent_flow_run",
    "kubernetes_environments_equal",
    "tidemill_test_harness",
]


@contextmanager
def tidemill_test_harness(server_startup_timeout: int | None = 30) -> Iterator[Harness]:  # noqa: ARG001 - the contract's
    """Run flows in a tidemill of their own, in memory, until the block ends; nothing of it is left behind.

    Waiting between retries takes no time. ``server_startup_timeout`` is taken for the sake of code that passes it: no
    server is started. What the block gets can be asked what ran (``tidemill.testing.harness.Harness``).
    """
    from tidemill.testing.harness import harness  # noqa: PLC0415 - loads the store

    with harness() as running:
        yield running


async def get_most_recent_flow_run(client: Any = None, flow_name: str | None = None) -> FlowRun:  # noqa: ARG001 - the contract's
    """The flow run that was made last, of the flow of that name if one is given; subflow runs count.

    ``client`` is taken for the sake of code that passes it: runs are those of this process's home. Raises
    ``ObjectNotFound`` where there is none.
    """
    import asyncio  # noqa: PLC0415 - synchronous tests never load it

    return await asyncio.to_thread(_newest_run, flow_name)


def _newest_run(flow_name: str | None) -> FlowRun:
    from tidemill.domain.runs import any_of  # noqa: PLC0415 - as above
    from tidemill.engine.runtime import runtime  # noqa: PLC0415
    from tidemill.exceptions import ObjectNotFound  # noqa: PLC0415

    here = runtime()
    here.recorder.wait_applied()
    named = [any_of("flow_name", flow_name)] if flow_name is not None else []
    found = here.ledger.store.find_flow_runs(named, limit=1)
    if not found:
        of_flow = f" of flow {flow_name!r}" if flow_name is not None else ""
        raise ObjectNotFound(LookupError(f"There is no flow run{of_flow} in {here.ledger.home}. Run one first"))
    return found[0]


def exceptions_equal(a: Exception, b: Exception) -> bool:
    """Whether both are of one type with equal arguments, which ``==`` does not say of exceptions that were pickled."""
    return type(a) is type(b) and getattr(a, "args", None) == getattr(b, "args", None)


def kubernetes_environments_equal(
    actual: list[dict[str, str]], expected: list[dict[str, str]] | dict[str, str]
) -> bool:
    """Whether two environments of a container are the same variables, in any order."""
    if isinstance(expected, dict):
        expected = [{"name": name, "value": value} for name, value in expected.items()]
    return _sorted(actual) == _sorted(expected)


def _sorted(variables: list[dict[str, str]]) -> list[list[tuple[str, str]]]:
    return sorted(sorted(variable.items()) for variable in variables)


@contextmanager
def assert_does_not_warn(ignore_warnings: list[type[Warning]] | None = None) -> Iterator[None]:
    """A warning within the block is an error, unless it is of one of these types."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for category in ignore_warnings or ():
            warnings.simplefilter("ignore", category)
        try:
            yield
        except Warning as warning:
            raise AssertionError(f"expected no warning, got {type(warning).__name__}: {warning}") from warning


def __getattr__(name: str) -> Any:
    from tidemill.suggestions import did_you_mean  # noqa: PLC0415 - only for misspelt names

    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{did_you_mean(name, __all__)}")
