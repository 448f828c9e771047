"""Processes that end without being asked, stand still, or are two: the next one to open the home sees it at once."""

from __future__ import annotations

import signal

import pytest

from tests.faults.going_on import only_root
from tidemill.store.errors import RunHeldError
from tidemill.system.clock import JumpingClock, SystemClock

pytestmark = pytest.mark.machine

ENDS = {
    "exit": "os._exit(3)",
    "segfault": "ctypes.string_at(0)",
    "killed": "os.kill(os.getpid(), 9)",
    "aborted": "os.abort()",
    "threads": "threading.Thread(target=os._exit, args=(3,)).start(); threading.Event().wait()",
}
FLOW = """
@task
def first(): note("begin first"); return 1

@task
def last(): note("begin last"); {deed}; return 2

@flow
def main(): return first() + last()
"""


@pytest.mark.parametrize(
    "end", [end if end in {"killed", "threads"} else pytest.param(end, marks=pytest.mark.thorough) for end in ENDS]
)
def test_f9_a_process_that_ends_suddenly_leaves_a_crashed_run_with_the_reason(lives, opened, end):
    code, _, _ = lives.run(FLOW.format(deed=ENDS[end]) + "main()")

    assert code != 0
    home = opened()
    run = only_root(home)
    assert run.state_name == "Crashed"
    assert "is gone without ending it" in run.state.message
    assert [each.state_name for each in home.store.find_task_runs()] == ["Completed", "Crashed"]


def test_f9_a_process_whose_journal_cannot_be_read_leaves_no_run_running(lives, opened, caplog):
    deed = "from tidemill.engine.runtime import runtime; runtime().recorder.wait_applied(); os.kill(os.getpid(), 9)"
    lives.run(FLOW.format(deed=deed) + "main()")
    (journal,) = (lives.home / "journal").iterdir()
    journal.write_bytes(damaged := b"TIDEMJNL" + bytes(5000))

    assert only_root(opened()).state_name == "Crashed"
    assert journal.name in caplog.text
    assert journal.read_bytes() == damaged


def test_f9_a_run_out_of_memory_is_failed_where_python_can_say_so(lives, opened):
    greedy = "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)); bytearray(8 << 30)"

    code, _, told = lives.run(FLOW.format(deed=greedy) + "main()")

    assert code == 1
    assert "MemoryError" in told
    run = only_root(opened())
    assert run.state_name == "Failed"
    assert "MemoryError" in run.state.message


def test_f9_who_is_watching_sees_the_crash_without_opening_the_home_anew(lives, opened):
    """The home was open before: it is the next opening of any process that tends it."""
    home = opened()
    lives.run(FLOW.format(deed="os._exit(3)") + "main()")

    code, printed, told = lives.run(FLOW.format(deed="pass") + "print(go_on(main).result())")

    assert (code, printed) == (0, "3\n"), told
    assert only_root(home).state_name == "Completed"
    assert lives.effects == ["begin first", "begin last", "begin last"]


RECORDED = "from tidemill.engine.runtime import runtime; runtime().recorder.wait_applied(); print('here', flush=True); "
HELD = FLOW.format(deed=RECORDED + "sys.stdin.readline()")


def test_f8_a_process_that_stands_still_for_ten_minutes_keeps_its_run(lives, opened):
    """Its lock speaks for it, not the clock; whoever looks, however late, does not take the run from it."""
    process = lives.start(HELD + "print(main())")
    process.stdout.readline()
    process.send_signal(signal.SIGSTOP)
    later = JumpingClock(SystemClock().now_us() + 600_000_000)

    home = opened(clock=later)
    run = only_root(home)
    assert run.state_name == "Running"
    with pytest.raises(RunHeldError):
        home.store.claim_flow_run(run.id, home.recorder.producer, later.now_us(), allow=["CRASHED", "PENDING"])

    process.send_signal(signal.SIGCONT)
    printed, told = process.communicate("\n")
    assert printed == "3\n", told
    assert only_root(home).state_name == "Completed"


def test_f8_a_body_that_never_gives_the_gil_away_keeps_its_run(lives, opened):
    program = FLOW.format(deed=RECORDED + "ctypes.PyDLL(None).read(0, ctypes.create_string_buffer(9), 9)")
    process = lives.start(program + "print(main())")
    process.stdout.readline()

    home = opened(clock=JumpingClock(SystemClock().now_us() + 60_000_000))
    assert only_root(home).state_name == "Running"

    printed, told = process.communicate("\n")
    assert printed == "3\n", told
    assert only_root(home).state_name == "Completed"


def test_f8_a_stall_is_told_with_the_place_where_it_came_from(lives, opened):
    """The pace is set so quick that opening a home takes longer than it allows."""
    blocking = "ctypes.PyDLL(None).read(0, ctypes.create_string_buffer(9), 9); sys.stdin.readline()"
    process = lives.start(FLOW.format(deed=RECORDED + blocking) + "print(main())", TIDEMILL_BEAT_SECONDS="0.001")
    process.stdout.readline()
    opened()
    process.stdin.write("\n")
    process.stdin.flush()

    told = next(line for line in process.stderr if "could run" in line and "in last" in line)
    process.communicate("\n")

    assert "No other thread of this process could run" in told


FORKS = """
@task(task_run_name="{i}")
def part(i): note(f"begin {i}"); return i * 10

@task(task_run_name="fork")
def fork():
    pid = os.fork()
    if pid == 0:
        part(7)
        os._exit(0)
    os.waitpid(pid, 0)
    return 1

@task(task_run_name="pool")
def pool():
    with multiprocessing.get_context("fork").Pool(3) as processes:
        return processes.map(plain, [21, 22, 23])

def plain(i): return part(i)

@flow
def main(): return part(1), fork(), part(2), pool(), part(3)
"""


def test_f10_a_forked_child_writes_a_journal_of_its_own_and_the_parents_run_is_unharmed(lives, opened):
    code, printed, told = lives.run(FORKS + "print(main())")

    assert (code, printed) == (0, "(10, 1, 20, [210, 220, 230], 30)\n"), told
    home = opened()
    assert only_root(home).state_name == "Completed"
    runs = {run.name: run for run in home.store.find_task_runs()}
    assert sorted(runs) == ["1", "2", "21", "22", "23", "3", "7", "fork", "pool"]
    assert {run.state_name for run in runs.values()} == {"Completed"}
    assert {run.flow_run_id for run in runs.values()} == {only_root(home).id}
    # the parent's, its fork's, and those of as many of the pool as there was something to do for
    assert len(list(home.journals.glob("*"))) >= 3
    assert home.store._connections is not None
    home.store.check()


def test_f10_a_forked_child_that_dies_does_not_take_its_parents_run_with_it(lives, opened):
    program = FORKS.replace("part(7)", "os.kill(os.getpid(), 9)")

    code, printed, told = lives.run(program + "print(main())")

    assert (code, printed) == (0, "(10, 1, 20, [210, 220, 230], 30)\n"), told
    assert only_root(opened()).state_name == "Completed"


def test_f10_a_forked_child_that_dies_in_a_task_of_its_own_is_seen_while_the_parent_goes_on(lives, opened):
    program = (
        FORKS.replace("part(7)\n        os._exit(0)", "slow()")
        + """
@task(task_run_name="slow")
def slow(): os.kill(os.getpid(), 9)
"""
    )
    program = program.replace(
        "os.waitpid(pid, 0)", "os.waitpid(pid, 0); print('here', flush=True); sys.stdin.readline()"
    )
    process = lives.start(program + "print(main())")
    process.stdout.readline()

    home = opened()
    assert only_root(home).state_name == "Running"

    printed, told = process.communicate("\n")
    assert printed == "(10, 1, 20, [210, 220, 230], 30)\n", told
    assert only_root(home).state_name == "Completed"
