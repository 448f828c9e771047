"""Values and exceptions that are not as tame as those of tutorials."""

from __future__ import annotations


def test_a_broken_str_does_not_hide_the_exception(walk):
    said = walk.told(
        """
        from tidemill import flow, task

        class Mute(Exception):
            def __str__(self):
                raise RuntimeError("no words")

        @task
        def bad():
            raise Mute()

        @flow
        def parent():
            try:
                bad()
            except Mute:
                return bad(return_state=True).message

        print(parent())
        """
    )
    assert said == ["The task raised Mute (its message cannot be read: RuntimeError)"]
    assert [state for _, state in walk.states()] == ["Failed"] * 2


def test_containers_that_hold_themselves_are_passed_on(walk):
    said = walk.told(
        """
        from tidemill import flow, task

        ring = [1]
        ring.append(ring)
        self_named = {}
        self_named["me"] = self_named

        @task
        def given(x, y=None):
            return x

        @flow
        def parent(thing):
            return given(thing) is thing, given.submit(thing, given.submit(2)).result() is thing

        print(parent(ring), parent(self_named))
        """
    )
    assert said == ["(True, True) (True, True)"]


def test_an_exception_with_an_init_of_its_own_comes_back_from_a_process(walk):
    said = walk.told(
        """
        from tidemill import flow, task
        from tidemill.task_runners import ProcessPoolTaskRunner

        class Refused(Exception):
            def __init__(self, code, *, why):
                super().__init__(f"{code}: {why}")
                self.code = code

        @task
        def bad():
            raise Refused(7, why="because")

        @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
        def parent():
            try:
                bad.submit().result()
            except Refused as error:
                return error.code, str(error)

        if __name__ == "__main__":
            print(parent())
        """
    )
    assert said == ["(7, '7: because')"]
    assert walk.states() == [("bad", "Failed")]


def test_a_call_that_cannot_travel_to_a_process_is_recorded_as_failed(walk):
    said = walk.told(
        """
        import threading
        from tidemill import flow, task
        from tidemill.task_runners import ProcessPoolTaskRunner

        @task
        def given(x):
            return 1

        @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
        def parent():
            future = given.submit(threading.Lock())
            future.wait()
            print(future.state.message)

        if __name__ == "__main__":
            parent()
        """
    )
    assert len(said) == 1
    assert "cannot travel to another process" in said[0]
    assert "'x'" in said[0]
    assert walk.states() == [("given", "Failed")]


def test_a_value_that_cannot_travel_back_from_a_process_fails_the_run_in_the_record_too(walk):
    said = walk.told(
        """
        import threading
        from tidemill import flow, task
        from tidemill.task_runners import ProcessPoolTaskRunner

        class Model:
            def __init__(self):
                self.lock = threading.Lock()

        class Broken(Exception):
            pass

        @task
        def unsent():
            return {"model": Model()}

        @task
        async def unsent_too():
            return Model()

        @task
        def raising():
            raise Broken(threading.Lock())

        @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
        def parent():
            for task in (unsent, unsent_too, raising):
                future = task.submit()
                future.wait()
                print(future.state.name, future.state.message, future.state.data)

        if __name__ == "__main__":
            parent()
        """
    )
    assert len(said) == 3
    assert "Failed The value of task 'unsent' cannot travel to the flow's process: " in said[0]
    assert "dict['model'].lock is a lock" in said[0]
    assert "Failed The value of task 'unsent_too' cannot travel to the flow's process: Model.lock is a lock" in said[1]
    assert "Failed The task raised Broken" in said[2]
    assert "The task's error cannot travel" in said[2]
    assert [state for _, state in walk.states()] == ["Failed"] * 3


def test_so_does_an_item_of_a_generator_task(walk):
    said = walk.told(
        """
        import threading
        from tidemill import flow, task
        from tidemill.task_runners import ProcessPoolTaskRunner

        class Model:
            def __init__(self):
                self.lock = threading.Lock()

        @task
        def items():
            yield 1
            yield Model()

        @task
        async def more_items():
            yield Model()

        @task
        def tame():
            yield 1
            yield "two"

        @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
        def parent():
            for task in (items, more_items):
                future = task.submit()
                future.wait()
                print(future.state.name, future.state.message, future.state.data)
            print(tame.submit().result())

        if __name__ == "__main__":
            parent()
        """
    )
    assert len(said) == 3
    assert "Failed The value of task 'items' cannot travel to the flow's process: list[1].lock is a lock" in said[0]
    assert (
        "Failed The value of task 'more_items' cannot travel to the flow's process: list[0].lock is a lock" in said[1]
    )
    assert said[2] == "[1, 'two']"
    assert sorted(walk.states()) == [("items", "Failed"), ("more_items", "Failed"), ("tame", "Completed")]
