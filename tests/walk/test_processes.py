"""Processes that the user's code starts within a run."""

from __future__ import annotations

import pytest

from tidemill.api.embedded import Home


@pytest.mark.parametrize("context", ["spawn", "forkserver"])
def test_processes_of_a_pool_of_ones_own_are_in_the_run_they_were_called_from(walk, context):
    said = walk.told(
        f"""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        from tidemill import flow, runtime, task
        from tidemill.context import with_context

        def work(n):
            print("logged", n)
            return runtime.flow_run.name, runtime.task_run.task_name, n

        @task(log_prints=True)
        def many():
            with ProcessPoolExecutor(1, multiprocessing.get_context({context!r})) as pool:
                return list(pool.map(with_context(work), range(2)))

        @flow(flow_run_name="outer")
        def main():
            return many()

        if __name__ == "__main__":
            print(main())
        """,
        TIDEMILL_LOGGING_LEVEL="INFO",
        TIDEMILL_LOGGING_HANDLERS_CONSOLE_LEVEL="CRITICAL",
    )
    assert said == ["[('outer', 'many', 0), ('outer', 'many', 1)]"]
    home = Home(walk.home)  # which drains what a process has left that ended in the way of forked ones
    logged = sorted(line.message for line in home.store.read_logs(limit=-1) if line.task_run_id is not None)
    home.close()
    assert [line for line in logged if line.startswith("logged")] == ["logged 0", "logged 1"]
