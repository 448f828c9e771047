"""Tasks that do next to nothing, and a flow for them."""

from __future__ import annotations

from tidemill import flow, task


@task
def one(x=1):
    return x


@task
def bad():
    raise ValueError("bad")


@task
def add(a, b=10):
    return a + b


def in_flow(fn, **options):
    """What ``fn`` gives when it is the body of a flow."""
    return flow(name="around", **options)(fn)()
