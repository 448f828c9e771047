"""Commands that go on: at a server they are woken by its stream."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from itertools import count, islice
from threading import Event, Thread

import pytest

from tests.serving import serving
from tests.store.conformance.story import NOW, SECOND, Story, line, state
from tidemill.api.embedded import Home
from tidemill.api.operations.live import FollowQuery
from tidemill.api.remote.home import RemoteHome
from tidemill.cli.following import about, found_anew, looks, until_over
from tidemill.settings.context import forget_settings
from tidemill.store.errors import StoreBusyError
from tidemill.store.sqlite.store import SqliteStore

_NEVER = 3600.0


@pytest.fixture
def store(tmp_path):
    with SqliteStore.open(tmp_path / "server.db") as store:
        yield store


@pytest.fixture
def url(store, monkeypatch):
    with serving(store) as url:
        monkeypatch.setenv("TIDEMILL_API_URL", url)
        forget_settings()
        yield url
    forget_settings()


@pytest.fixture
def remote(url, tmp_path):
    home = RemoteHome(tmp_path / "home", url)
    yield home
    home.close()


@contextmanager
def again_and_again(do):
    """Do something until the end of the block: whoever begins to follow meanwhile sees it."""
    over = Event()

    def work():
        while not over.wait(0.05):
            do()

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def beginning(store):
    """What begins another run, each time that it is done."""
    places = count()

    def begin():
        place = next(places)
        Story(store, f"producer {place}").running(f"run {place}")

    return begin


def test_it_is_looked_again_when_the_server_says_that_something_happened(store, remote):
    run = Story(store).running()
    places = count()
    moments = looks(remote, about(run), quiet=_NEVER)

    with again_and_again(lambda: Story(store, f"p{next(places)}").tell(line(run, "more"))):
        for _ in range(3):
            next(moments)
    moments.close()


def test_where_the_server_does_not_stream_it_is_looked_after_a_while(remote):
    moments = looks(remote, FollowQuery(topics="nothing"), quiet=0.01)

    assert next(moments) <= next(moments) <= next(moments)
    moments.close()


def test_a_run_is_followed_to_its_end(store, remote):
    story = Story(store)
    run = story.running()
    seen = []

    for latest in until_over(remote, lambda: remote.store.read_flow_run(run), about(run), quiet=_NEVER):
        seen.append(latest.state_name)
        if len(seen) == 1:
            story.tell(state(run, "COMPLETED", ordinal=1, at=NOW + SECOND))

    assert (seen[0], seen[-1]) == ("Running", "Completed")
    story.tell(line(run, "so that nobody listens any more"))


def test_a_run_that_goes_on_is_given_up_when_its_time_is_over_whatever_the_server_says(store, remote):
    run = Story(store).running()
    asked = []

    def reread():
        asked.append(run)
        return remote.store.read_flow_run(run)

    with pytest.raises(TimeoutError):
        list(until_over(remote, reread, about(run), quiet=_NEVER, timeout=0.5))

    assert len(asked) <= 3  # at the beginning, when the stream began, and at the end


def test_a_server_that_is_away_meanwhile_is_waited_for_and_that_is_said_once(remote, capsys):
    answers = iter(["first", StoreBusyError("gone"), StoreBusyError("gone"), "second", StoreBusyError("gone"), "third"])

    def read():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with closing(found_anew(remote, read, quiet=0.01)) as found:
        assert list(islice(found, 3)) == ["first", "second", "third"]
    assert capsys.readouterr().err == "Waiting: gone\n" * 2


def test_a_server_that_is_away_from_the_beginning_is_told_at_once(remote):
    def read():
        raise StoreBusyError("gone")

    with pytest.raises(StoreBusyError):
        next(found_anew(remote, read))


def test_in_a_pipe_a_run_is_not_looked_at_while_nothing_happens(cli, store, url, monkeypatch):
    run = Story(store).running()
    looked = []
    monkeypatch.setattr("tidemill.cli.following.is_over", lambda latest: bool(looked.append(latest.id)))

    told = cli(f"flow-run watch {run} --timeout 2.5")

    assert told.code == 1
    assert f"tidemill flow-run logs {run} --tail" in told.err
    assert len(looked) <= 3


def test_the_lines_of_a_run_at_a_server(cli, store, url):
    story = Story(store)
    run = story.running()
    story.tell(line(run, "one"), line(run, "two"), state(run, "COMPLETED", ordinal=1, at=NOW + SECOND))

    told = cli(f"flow-run logs {run} --follow")

    assert [text.partition(" - ")[2] for text in told.lines] == ["one", "two"]


@pytest.mark.parametrize("form", ["json", "text"])
def test_events_at_a_server(cli, store, url, form):
    with again_and_again(beginning(store)):
        told = cli(f"events stream --run-once --format {form}")

    assert told.code == 0
    assert len(told.lines) == 1
    if form == "json":
        assert json.loads(told.out)["event"] == "prefect.flow-run.Running"
    else:
        assert "prefect.flow-run.Running" in told.out


def test_events_of_this_home(cli, home, tmp_path):
    with closing(Home(home)) as opened:
        with again_and_again(beginning(opened.store.whole())):
            told = cli("events stream --run-once", "--output-file", str(tmp_path / "events"))

    assert told.code == 0
    assert json.loads((tmp_path / "events").read_text())["resource"]["prefect.resource.id"].startswith(
        "prefect.flow-run"
    )
