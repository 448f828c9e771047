"""How runs are recorded that end otherwise than by return or raise."""

from __future__ import annotations


def test_a_generator_that_its_consumer_leaves_is_completed(walk):
    said = walk.told(
        """
        from tidemill import flow, task

        @task
        def numbers(n):
            try:
                yield from range(n)
            finally:
                print("closed")

        @flow
        def early():
            for x in numbers(10):
                if x == 2:
                    break
            return "broke off"

        @flow
        def through():
            yield from numbers(3)

        print(early())
        items = through()
        print(next(items))
        items.close()
        """
    )
    assert said == ["closed", "broke off", "0", "closed"]
    assert [state for _, state in walk.states()] == ["Completed"] * 2
    assert [state for _, state in walk.states("flow_run")] == ["Completed"] * 2


def test_an_async_generator_that_its_consumer_leaves_is_completed(walk):
    said = walk.told(
        """
        import asyncio
        from contextlib import aclosing
        from tidemill import flow, task

        @task
        async def numbers(n):
            for x in range(n):
                yield x

        @flow
        async def early():
            async with aclosing(numbers(10)) as items:
                async for x in items:
                    if x == 2:
                        break
            return "broke off"

        print(asyncio.run(early()))
        """
    )
    assert said == ["broke off"]
    assert [state for _, state in walk.states()] == ["Completed"]


def test_an_error_while_a_generator_closes_fails_its_run(walk):
    said = walk.told(
        """
        from tidemill import flow, task

        @task
        def numbers():
            try:
                yield 1
            finally:
                raise ValueError("cannot close")

        @flow
        def early():
            items = numbers()
            next(items)
            try:
                items.close()
            except ValueError as error:
                return str(error)

        print(early())
        """
    )
    assert said == ["cannot close"]
    assert [state for _, state in walk.states()] == ["Failed"]


def test_an_error_while_an_async_generator_closes_fails_its_run(walk):
    said = walk.told(
        """
        import asyncio
        from tidemill import flow, task

        @task
        async def numbers():
            try:
                yield 1
            finally:
                raise ValueError("cannot close")

        @flow
        async def early():
            items = numbers()
            await anext(items)
            try:
                await items.aclose()
            except ValueError as error:
                return str(error)

        print(asyncio.run(early()))
        """
    )
    assert said == ["cannot close"]
    assert [state for _, state in walk.states()] == ["Failed"]


def test_what_never_starts_stays_pending_when_the_process_ends(walk):
    walk.told(
        """
        from tidemill import flow, task

        @task
        def bad():
            raise ValueError("bad")

        @task
        def after(x):
            return x

        @flow
        def chain():
            after.submit(bad.submit()).wait()

        chain()
        """
    )
    assert sorted(walk.states()) == [("after", "NotReady"), ("bad", "Failed")]


def test_so_does_a_subflow_and_a_flow_that_never_start(walk):
    walk.told(
        """
        from tidemill import flow, task

        @task
        def bad():
            raise ValueError("bad")

        @flow
        def never(x):
            return x

        upstream = []

        @flow
        def around():
            upstream.append(bad.submit())
            never(upstream[0], return_state=True)

        around()
        never(upstream[0], return_state=True)
        """
    )
    assert [state for _, state in walk.states("flow_run")] == ["Completed", "NotReady", "NotReady"]
    assert sorted(state for _, state in walk.states()) == ["Failed", "NotReady"]
