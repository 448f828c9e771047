"""What a run that goes on after its process died does again, and what it does not."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.faults.effects import count
from tests.faults.going_on import only_root

pytestmark = pytest.mark.machine

TWO_STEPS = """
@task
def before(): note("begin before"); return 1

@task{options}
def body(): note("begin body"); {deed}; return 2

@flow
def main(): return before() + body()
"""


def two_steps(deed, options=""):
    return TWO_STEPS.format(deed=deed, options=options)


KILL = "os.kill(os.getpid(), 9)"


def test_f2_a_body_that_was_cut_off_runs_again_and_the_attempt_shows(lives, opened):
    lives.run(two_steps(KILL) + "main()")

    code, printed, told = lives.run(two_steps("pass") + "print(go_on(main).result())")

    assert (code, printed) == (0, "3\n"), told
    assert lives.effects == ["begin before", "begin body", "begin body"]
    runs = {run.name.split("-")[0]: run for run in opened().store.find_task_runs()}
    assert (runs["before"].run_count, runs["body"].run_count) == (1, 2)


GENERATOR = """
@task
def items():
    note("begin items")
    yield 1
    yield 2

@flow
def main(): return {take}, {deed}
"""


@pytest.mark.parametrize(
    ("take", "begun"), [("list(items())", 2), pytest.param("items.submit().result()", 1, marks=pytest.mark.thorough)]
)
def test_a_generator_that_was_over_gives_its_items_again(lives, take, begun):
    lives.run(GENERATOR.format(take=take, deed=KILL) + "main()")

    code, printed, told = lives.run(GENERATOR.format(take=take, deed="0") + "print(go_on(main).result())")

    assert (code, printed) == (0, "([1, 2], 0)\n"), told
    assert lives.effects == ["begin items"] * begun


def test_f2_an_at_most_once_body_that_was_cut_off_is_crashed_and_not_run_again(lives, opened):
    lives.run(two_steps(KILL, "(at_most_once=True)") + "main()")

    code, printed, told = lives.run(two_steps("pass", "(at_most_once=True)") + "print(go_on(main).name)\n")

    assert lives.effects == ["begin before", "begin body"]
    assert (code, printed) == (0, "Failed\n"), told
    assert "body" in told
    assert "at_most_once: it is not run again" in told
    assert [run.state_name for run in opened().store.find_task_runs()] == ["Completed", "Crashed"]


NOT_KEPT = """
@task(at_most_once=True, {options})
def once(): note("begin once"); return bytes(100_000)

@task
def size(data): return len(data)

@flow
def main():
    future = once.submit()
    return size(future), {deed}, {need}
"""


@pytest.mark.parametrize("options", ["", pytest.param("persist_result=True", marks=pytest.mark.thorough)])
def test_f2_an_at_most_once_body_that_completed_is_not_run_again_though_its_result_is_lost(lives, options):
    lives.run(NOT_KEPT.format(options=options, deed=KILL, need="0") + "main()")
    for written in (lives.home / "storage").glob("*"):
        written.unlink()

    resumed = NOT_KEPT.format(options=options, deed="0", need="future.result()") + "print(repr(go_on(main).data))"
    code, printed, told = lives.run(resumed)

    assert code == 0, told
    assert "MissingResult" in printed
    assert lives.effects == ["begin once"]


def test_f2_an_at_most_once_task_that_waited_for_a_retry_was_not_in_its_body(lives):
    program = two_steps("{deed}", "(at_most_once=True, retries=1, retry_delay_seconds={delay})")
    broken = "len(noted()) < 3 and 1 / 0"
    lives.run(program.format(deed=broken, delay=30) + DIE_ASLEEP + "main()")

    code, printed, told = lives.run(program.format(deed=broken, delay=30) + JUMP + "print(go_on(main).result())")

    assert (code, printed) == (0, "3\n"), told
    assert lives.effects == ["begin before", "begin body", "begin body"]


DIE_ASLEEP = """
from tidemill.system.clock import SystemClock
def die(self, seconds):
    os.kill(os.getpid(), 9)
SystemClock.sleep = die
"""
JUMP = """
from tidemill.system.clock import SystemClock
waits = []
monotonic = SystemClock.monotonic
SystemClock.sleep = lambda self, seconds: waits.append(seconds)
SystemClock.monotonic = lambda self: monotonic(self) + sum(waits)
"""


def test_f4_killed_in_the_wait_for_a_retry_it_waits_for_what_is_left_and_counts_on(lives, opened):
    program = (
        "@task(retries=2, retry_delay_seconds=3600)\n"
        "def body():\n    note('begin body')\n    raise ValueError('never')\n"
        "@flow\ndef main(): return body()\n"
    )
    lives.run(program + DIE_ASLEEP + "main()")

    code, printed, told = lives.run(program + JUMP + "print(go_on(main).name, [round(wait / 60) for wait in waits])")

    assert (code, printed) == (0, "Failed [60, 60]\n"), told
    assert lives.effects == ["begin body"] * 3
    (run,) = opened().store.find_task_runs()
    assert [state.name for state in opened().store.task_run_states(run.id)] == [
        "Running", "AwaitingRetry", "Crashed", "Running", "AwaitingRetry", "Retrying", "Failed",
    ]  # fmt: skip


@pytest.mark.thorough
def test_f4_killed_in_the_wait_for_a_retry_of_the_flow_its_failures_are_made_again_and_counted(lives, opened):
    program = (
        "@task\ndef good(): note('begin good'); return 1\n"
        "@task\ndef body(): note('begin body'); raise ValueError('never')\n"
        "@flow(retries=1, retry_delay_seconds=3600)\ndef main(): good(); return body()\n"
    )
    lives.run(program + DIE_ASLEEP + "main()")

    code, printed, told = lives.run(program + JUMP + "print(go_on(main).name, round(sum(waits) / 60))")

    assert (code, printed) == (0, "Failed 60\n"), told
    assert lives.effects == ["begin good", "begin body", "begin body"]
    home = opened()
    assert [state.name for state in home.store.flow_run_states(only_root(home).id)] == [
        "Pending", "Running", "AwaitingRetry", "Crashed", "Retrying", "Failed",
    ]  # fmt: skip


@pytest.mark.thorough
def test_f4_killed_in_the_wait_for_a_retry_of_a_subflow_it_waits_for_what_is_left_and_counts_on(lives, opened):
    program = (
        "@task\ndef good(): note('begin good'); return 1\n"
        "@task\ndef body(): note('begin body'); raise ValueError('never')\n"
        "@flow(retries=2, retry_delay_seconds=3600)\ndef child(): good(); return body()\n"
        "@flow\ndef main(): return child()\n"
    )
    lives.run(program + DIE_ASLEEP + "main()")

    code, printed, told = lives.run(program + JUMP + "print(go_on(main).name, round(sum(waits) / 60))")

    assert (code, printed) == (0, "Failed 120\n"), told
    assert lives.effects == ["begin good", "begin body", "begin body", "begin body"]
    home = opened()
    (child,) = [run for run in home.store.find_flow_runs() if run.flow_name == "child"]
    assert [state.name for state in home.store.flow_run_states(child.id)] == [
        "Pending", "Running", "AwaitingRetry", "Crashed", "Retrying", "AwaitingRetry", "Retrying", "Failed",
    ]  # fmt: skip


MANY = """
SEED, ORDER = {seed}, {order}

@task(task_run_name="part {{i}}")
def part(i):
    note(f"begin part {{i}}")
    if DIES and len([line for line in noted() if line.startswith("end")]) > 120:
        os.kill(os.getpid(), 9)
    note(f"end part {{i}}")
    return i * i

@task(task_run_name="equal")
def equal(word):
    note("begin equal")
    return word

@flow
def main():
    futures = {{}}
    def submit(numbers):
        for i in numbers:
            futures[i] = part.submit(i)
    import contextvars
    threads = []
    for lane in range(32):
        numbers = [i for i in ORDER if i % 32 == lane]
        context = contextvars.copy_context()
        threads.append(threading.Thread(target=context.run, args=(submit, numbers)))
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    mapped = part.map([i + 1000 for i in ORDER])
    same = equal.map(["a"] * 8)
    values = {{i: future.result() for i, future in futures.items()}}
    values |= dict(zip([i + 1000 for i in ORDER], mapped.result()))
    return values, same.result()
"""


def test_f5_elements_that_were_finished_are_used_once_each_in_whatever_order_they_are_asked_for(lives, opened):
    rng = random.Random(5)
    forwards, shuffled = list(range(160)), list(range(160))
    rng.shuffle(shuffled)
    first = "DIES = True\n" + MANY.format(seed=1, order=forwards)
    lives.run(first + "main()")
    finished = {run.name for run in opened().store.find_task_runs(limit=-1) if run.state_name == "Completed"}
    before = len(lives.effects)

    second = "DIES = False\n" + MANY.format(seed=1, order=shuffled)
    code, printed, told = lives.run(
        second
        + "values, same = go_on(main).result()\nprint(all(v == i * i for i, v in values.items()), len(values), same)"
    )

    assert (code, printed) == (0, f"True 320 {['a'] * 8}\n"), told
    assert len(finished) > 60
    assert finished.isdisjoint(count(lives.effects[before:], "begin"))
    assert "were not made again" not in told
    names = Counter(run.name for run in opened().store.find_task_runs(limit=-1))
    assert max(times for name, times in names.items() if name != "equal") == 1
    assert names["equal"] == 8


def test_f6_after_an_edit_what_is_the_same_is_used_again_and_what_changed_runs(lives):
    program = """
@task(task_run_name="{{name}} {{value}}")
def part(name, value): note(f"begin {{name}} {{value}}"); return value

@flow
def main():
    same = part("same", 1)
    changed = part("changed", {value})
    {rest}
    {end}
    return same + changed
"""
    lives.run(program.format(value=1, rest='part("dropped", 3)', end=KILL) + "main()")

    code, printed, told = lives.run(
        program.format(value=2, rest='part("added", 4)', end="pass") + "print(go_on(main).result())"
    )

    assert (code, printed) == (0, "3\n"), told
    assert lives.effects == [
        "begin same 1", "begin changed 1", "begin dropped 3", "begin changed 2", "begin added 4",
    ]  # fmt: skip
    assert "2 recorded calls of an earlier attempt were not made again (changed 1, dropped 3)" in told


def test_f6_a_flow_of_another_name_is_refused(lives):
    lives.run(two_steps(KILL) + "main()")

    _, _, told = lives.run("@flow\ndef other(): return 1\ngo_on(other)")

    assert "is of flow 'main', but 'other' was given" in told


LARGE_VALUE = """
MIB = 1 << 20

@task
def fetch(): note("begin fetch"); return {value}

@task
def weigh(value, part): note(f"begin weigh {{part}}"); return value[0] + value[-1]

@task
def stop(): {deed}

@flow
def main():
    value = fetch()
    first = weigh(value, "whole")
    changed = bytearray(value)
    second = weigh(changed, "changed")
    changed[-1] += 1
    third = weigh(changed, "changed")
    stop()
    return first, second, third
"""


def test_f6_a_large_value_made_again_is_recognised_by_its_content(lives):
    lives.run(LARGE_VALUE.format(value="b'a' * MIB", deed=KILL) + "main()")

    again = LARGE_VALUE.format(value="b'a' * MIB", deed="pass")
    code, printed, told = lives.run(again + "print(go_on(main).result())")

    assert (code, printed) == (0, "(194, 194, 195)\n"), told
    weighed = ["begin weigh whole", "begin weigh changed", "begin weigh changed"]
    assert lives.effects == ["begin fetch", *weighed, "begin fetch"]


@pytest.mark.thorough
def test_f6_a_large_value_that_came_out_differently_is_another_input(lives):
    lives.run(LARGE_VALUE.format(value="b'a' * MIB", deed=KILL) + "main()")

    again = LARGE_VALUE.format(value="b'a' * (MIB - 1) + b'b'", deed="pass")
    code, printed, told = lives.run(again + "print(go_on(main).result())")

    assert (code, printed) == (0, "(195, 195, 196)\n"), told


GENERATORS = """
@task
def step(i): note(f"begin step {{i}}"); return i

@task
def numbers():
    note("begin numbers")
    yield 1
    yield 2

@flow
def child():
    yield step(3)
    {deed}
    yield step(4)

@task
async def anumbers():
    note("begin anumbers")
    yield 5

async def taken(): return [item async for item in anumbers()]

@flow
def main():
    import asyncio
    return [*numbers(), *numbers.submit().result(), *asyncio.run(taken()), *child()]

@flow
def items():
    yield step(1)
    {deed}
    yield step(2)
"""


def test_f4_what_generators_gave_is_given_again_and_finished_tasks_in_them_are_not_run_again(lives):
    lives.run(GENERATORS.format(deed=KILL) + "main()")

    code, printed, told = lives.run(GENERATORS.format(deed="pass") + "print(go_on(main).result())")

    assert (code, printed) == (0, "[1, 2, 1, 2, 5, 3, 4]\n"), told
    first = ["begin numbers", "begin numbers", "begin anumbers", "begin step 3"]
    again = ["begin numbers", "begin anumbers", "begin step 4"]  # the items that nobody took one by one were kept
    assert lives.effects == first + again


def test_f4_a_generator_flow_that_was_cut_off_runs_to_its_end_when_it_is_resumed(lives):
    lives.run(GENERATORS.format(deed=KILL) + "list(items())")

    code, printed, told = lives.run(GENERATORS.format(deed="pass") + "print(go_on(items).result())")

    assert (code, printed) == (0, "[1, 2]\n"), told
    assert lives.effects == ["begin step 1", "begin step 2"]
