"""What the operators of filters mean, said plainly."""

from __future__ import annotations

from datetime import datetime


def at(text):
    return None if text is None else datetime.fromisoformat(text)


def joined(given, answers):
    answers = list(answers)
    if not answers:
        return True
    return any(answers) if given.get("operator") == "or_" else all(answers)


def of_value(given, value):
    moment = at if isinstance(value, str) and ("after_" in given or "before_" in given) else lambda one: one
    told = moment(value)
    answers = {
        "any_": lambda wanted: value in wanted,
        "not_any_": lambda wanted: value is None or value not in wanted,
        "like_": lambda part: part.lower() in value.lower(),
        "after_": lambda when: told is not None and told >= at(when),
        "before_": lambda when: told is not None and told <= at(when),
        "is_null_": lambda wanted: (value is None) == wanted,
    }
    return joined(given, (answers[name](wanted) for name, wanted in given.items() if name != "operator"))


def of_tags(given, tags):
    answers = {
        "all_": lambda wanted: set(wanted) <= set(tags),
        "any_": lambda wanted: bool(set(wanted) & set(tags)),
        "is_null_": lambda wanted: (not tags) == wanted,
    }
    return joined(given, (answers[name](wanted) for name, wanted in given.items() if name != "operator"))


def asks(given):
    """Whether a condition asks anything at all."""
    return any(asks(value) if isinstance(value, dict) else name != "operator" for name, value in given.items())


def of_state(given, run):
    values = {"type": run["state_type"], "name": run["state_name"]}
    return joined(
        given, (of_value(given[name], values[name]) for name in values if name in given and asks(given[name]))
    )


def of_creator(given, who):
    answers = {
        "id_": lambda wanted: who is not None and who["id"] in wanted,
        "type_": lambda wanted: who is not None and who["type"] in wanted,
        "is_null_": lambda wanted: (who is None) == wanted,
    }
    return joined(given, (answers[name](wanted) for name, wanted in given.items() if name != "operator"))


def of_begun(given, run):
    """A run that has not begun counts at the time at which it is expected to."""
    asked = {name: value for name, value in given.items() if name != "is_null_"}
    null = given.get("is_null_")
    return of_value(asked, run["start_time"] or run["expected_start_time"]) and null in (
        None,
        run["start_time"] is None,
    )


def flow_run_fits(world, given, run):
    parents = {task["id"]: task["flow_run_id"] for task in world.task_runs}
    special = {
        "tags": lambda asked: of_tags(asked, run["tags"]),
        "state": lambda asked: of_state(asked, run),
        "start_time": lambda asked: of_begun(asked, run),
        "created_by": lambda asked: of_creator(asked, run["created_by"]),
        "parent_flow_run_id": lambda asked: of_value(asked, parents.get(run["parent_task_run_id"])),
    }
    return joined(
        given,
        (
            special[name](asked) if name in special else of_value(asked, run[name])
            for name, asked in given.items()
            if name != "operator" and asks(asked)
        ),
    )


def task_run_fits(world, given, run):
    standing = {flow_run["parent_task_run_id"] for flow_run in world.flow_runs}

    def of_flow_run(asked):
        answers = [run["flow_run_id"] in asked["any_"]] if "any_" in asked else []
        answers += [run["flow_run_id"] is None] if asked.get("is_null_") else []
        return joined(asked, answers)

    special = {
        "tags": lambda asked: of_tags(asked, run["tags"]),
        "state": lambda asked: of_state(asked, run),
        "subflow_runs": lambda asked: (run["id"] in standing) == asked["exists_"],
        "flow_run_id": of_flow_run,
    }

    def matters(name, asked):
        if name == "flow_run_id":
            return "any_" in asked or asked.get("is_null_")
        return name != "operator" and asks(asked)

    return joined(
        given,
        (
            special[name](asked) if name in special else of_value(asked, run[name])
            for name, asked in given.items()
            if name != "operator" and matters(name, asked)
        ),
    )


def flow_fits(given, flow):
    special = {"tags": lambda asked: of_tags(asked, flow["tags"])}
    return joined(
        given,
        (
            special[name](asked) if name in special else of_value(asked, flow[name])
            for name, asked in given.items()
            if name != "operator" and asks(asked)
        ),
    )
