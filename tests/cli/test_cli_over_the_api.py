"""Commands over the API, here of the home itself: the same code asks a server."""

from __future__ import annotations

import pytest

from tidemill.settings.context import forget_settings


def test_variables_are_set_changed_read_and_deleted(cli):
    assert cli("variable set a 1 --tag x --tag y").code == 0
    again = cli("variable set a 2")
    assert again.code == 1
    assert "tidemill variable set a 2 --overwrite" in again.err
    assert cli("variable set a", '{"n": 2}', "--overwrite").code == 0
    assert cli("variable get a").out == '{"n": 2}\n'
    assert cli("variable inspect a -o json").json["value"] == {"n": 2}
    assert cli("variable set b plain").code == 0
    assert [row["name"] for row in cli("variable ls -o json").json] == ["a", "b"]
    assert cli("variable unset b").code == 0
    assert cli("variable delete b").code == 3


def test_tags_of_a_variable_stay_unless_others_or_none_are_given(cli):
    assert cli("variable set x 1 --tag a").code == 0
    assert cli("variable set x 2 --overwrite").code == 0
    assert cli("variable inspect x -o json").json["tags"] == ["a"]
    assert cli("variable set x 2 --overwrite --empty-tag").code == 0
    assert cli("variable inspect x -o json").json["tags"] == []


_DEEP = "[" * 20_000 + "]" * 20_000


@pytest.mark.parametrize(
    "line", ["api post /flows/filter --data", "events emit x --resource-id r --payload", "run flows.py:points --params"]
)
def test_what_is_nested_too_deeply_is_refused_in_words(cli, flows, line):
    told = cli(line, _DEEP)

    assert (told.code, told.out) == (2, "")
    assert "nested too deeply" in told.err


def test_a_text_that_looks_like_deep_json_is_a_text(cli):
    assert cli("variable set deep", "[" * 2_000).code == 0
    assert cli("variable get deep").out == "[" * 2_000 + "\n"
    assert "the same with --overwrite" in cli("variable set deep", "[" * 2_000).err


def test_a_command_of_the_shell_may_print_what_is_no_text(cli):
    told = cli("shell watch", r"printf 'red\377\n'")

    assert told.code == 0
    assert cli("flow-run logs @last").lines[-2].endswith(r"- red\xff")


def test_tags_are_limited(cli):
    assert cli("concurrency-limit create gpu 2").code == 0
    assert cli("concurrency-limit ls -o json").json[0]["concurrency_limit"] == 2
    assert cli("concurrency-limit inspect gpu -o json").json["tag"] == "gpu"
    assert cli("concurrency-limit reset gpu").code == 0
    assert cli("concurrency-limit create gpu many").code == 2
    assert cli("concurrency-limit delete gpu").code == 0
    missing = cli("concurrency-limit inspect gpu")
    assert missing.code == 3
    assert "limit of tag 'gpu' not found" in missing.err


def test_artifacts_are_listed_by_their_latest_version(cli):
    for data in ("old", "new"):
        cli("api post /artifacts/ --data", f'{{"key": "report", "type": "text", "data": "{data}"}}')

    assert [row["data"] for row in cli("artifact ls -o json").json] == ["new"]
    assert len(cli("artifact ls --all -o json").json) == 2
    assert [row["data"] for row in cli("artifact inspect report -o json").json] == ["new", "old"]
    assert cli("artifact delete").code == 2
    assert cli("artifact delete report").out == "Deleted every version of 'report' (2).\n"
    missing = cli("artifact inspect report")
    assert missing.code == 3


def test_blocks_are_looked_at_and_deleted(cli):
    kind = cli("api post /block_types/ --data", '{"name": "Secret", "slug": "secret"}').json
    fields = '{"title": "Secret", "type": "object", "properties": {"value": {"type": "string"}}}'
    schema = cli("api post /block_schemas/ --data", f'{{"block_type_id": "{kind["id"]}", "fields": {fields}}}').json
    body = f'{{"name": "db", "block_type_id": "{kind["id"]}", "block_schema_id": "{schema["id"]}", "data": {{"value": "x"}}}}'
    cli("api post /block_documents/ --data", body)

    assert cli("block ls -o name").out == "secret/db\n"
    assert cli("block inspect secret/db -o json").json["name"] == "db"
    assert cli("block type ls -o name").out == "secret\n"
    assert cli("block type inspect secret -o json").json["name"] == "Secret"
    likely = cli("block inspect secret/bd")
    assert likely.code == 3
    assert "did you mean 'secret/db'?" in likely.err
    assert cli("block inspect secret").code == 2
    assert cli("block delete secret/db").code == 0
    assert cli("block type delete secret").code == 0
    assert cli("block ls").out == ""


def test_events_are_told_and_read(cli):
    assert cli("events emit shop.opened --resource-id shop.1 --payload", '{"by": "ann"}').code == 0

    page = cli("api post /events/filter --data", '{"filter": {"event": {"name": ["shop.opened"]}}}').json
    assert [event["payload"] for event in page["events"]] == [{"by": "ann"}]
    assert cli("events emit shop.opened").code == 2
    assert cli("events emit shop.opened --resource-id x --payload nonsense").code == 2
    assert cli("events stream --format xml").code == 2


def test_any_request_can_be_sent(cli):
    told = cli("api get /variables/name/none -v")
    assert told.code == 3
    assert "no variable 'none'" in told.out
    assert "< 404" in told.err
    assert cli("api fetch /variables").code == 2
    assert cli("api post /variables/ --data", "{").code == 2
    assert cli("api post /variables/count --data -", answer="{}").out == "0\n"
    assert cli("api post variables/filter --data @nowhere").code == 1


def test_a_server_that_is_away_is_told_with_what_to_do(cli, monkeypatch):
    monkeypatch.setenv("TIDEMILL_API_URL", "http://127.0.0.1:9/api")
    forget_settings()

    told = cli("variable ls")

    assert told.code == 5
    assert "cannot be reached" in told.err
    assert "tidemill server status" in told.err


def test_without_a_server_there_is_nothing_to_look_at(cli):
    assert cli("dashboard open").code == 5


@pytest.mark.parametrize(("command", "code", "said"), [("echo hello", 0, "hello"), ("exit 3", 1, "exit code 3")])
def test_commands_of_the_shell_are_flows(cli, command, code, said):
    told = cli("shell watch", command, "--flow-name", "Ours", "--tag", "t")

    assert told.code == code
    assert said in told.out + cli("flow-run logs @last").out
    run = cli("flow-run inspect @last -o json").json
    assert (run["flow_name"], run["tags"]) == ("Ours", ["t"])
