"""A file that is loaded for its flows does not run them, and says which calls it passed over."""

from __future__ import annotations

import logging
from threading import Thread

import pytest

from tidemill import flow
from tidemill.entrypoints import load_entrypoint, load_script
from tidemill.exceptions import ScriptError

RAN: list[str] = []

SCRIPT = """\
import asyncio
from tests.test_while_loading import RAN
from tidemill import flow

@flow
def main():
    RAN.append("main")

@flow
async def amain():
    RAN.append("amain")

@flow
def items():
    RAN.append("items")
    yield 1

@flow
async def aitems():
    RAN.append("aitems")
    yield 1

async def each():
    return [item async for item in aitems()]

"""


@pytest.fixture(autouse=True)
def script(tmp_path, monkeypatch, runtime):
    RAN.clear()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "script.py"


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("main()", None),
        ("main(return_state=True)", None),
        ("asyncio.run(amain())", None),
        ("list(items())", []),
        ("asyncio.run(each())", []),
    ],
)
def test_a_flow_call_at_the_bottom_is_passed_over(script, caplog, call, value):
    script.write_text(f"{SCRIPT}got = {call}\n")
    with caplog.at_level(logging.WARNING, "tidemill"):
        assert load_script("script.py").got == value
    assert RAN == []
    [record] = [record for record in caplog.records if record.name == "tidemill.loading"]
    line = (
        SCRIPT.splitlines().index("    return [item async for item in aitems()]") + 1
        if "each" in call
        else SCRIPT.count("\n") + 1
    )
    assert f"{script}:{line} calls flow" in record.getMessage()
    assert 'if __name__ == "__main__":' in record.getMessage()


def test_each_line_is_named_once(script, caplog):
    script.write_text(f"{SCRIPT}for _ in range(3):\n    main()\nmain()\n")
    load_script("script.py")
    assert len(caplog.records) == 2


def test_what_was_loaded_runs_afterwards(script):
    script.write_text(f"{SCRIPT}main()\n")
    load_entrypoint("script.py:main")()
    assert RAN == ["main"]


def test_so_it_is_in_a_flow_that_loads_another(script):
    script.write_text(f"{SCRIPT}main()\n")

    @flow
    def outer():
        load_entrypoint("script.py:main")
        load_entrypoint("script.py:main")()

    outer()
    assert RAN == ["main"]


def test_modules_are_loaded_likewise(script, monkeypatch):
    monkeypatch.syspath_prepend(script.parent)
    (script.parent / "flows_of_a_module.py").write_text(f"{SCRIPT}main()\n")
    load_entrypoint("flows_of_a_module:main")
    assert RAN == []


def test_flows_of_other_threads_run_meanwhile(script):
    script.write_text(
        f"{SCRIPT}from threading import Thread\nthread = Thread(target=main)\nthread.start()\nthread.join()\n"
    )
    load_script("script.py")
    assert RAN == ["main"]


def test_a_file_that_cannot_do_without_the_value_is_told_why_it_is_missing(script):
    script.write_text(f"{SCRIPT}main()['key']\n")
    with pytest.raises(ScriptError, match=r"not subscriptable.*main at .*script.py:\d+\. Put such calls under"):
        load_script("script.py")


def test_calls_run_again_after_a_file_that_failed(script):
    script.write_text("1 / 0\n")
    with pytest.raises(ScriptError):
        load_script("script.py")

    @flow
    def after():
        return 1

    assert after() == 1


def test_a_guarded_call_is_no_call(script, caplog):
    script.write_text(f'{SCRIPT}if __name__ == "__main__":\n    main()\n')
    thread = Thread(target=load_script, args=("script.py",))
    thread.start()
    thread.join()
    assert caplog.records == []
