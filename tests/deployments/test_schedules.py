"""When a deployment runs, in each form in which programs write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tidemill.client.schemas.actions import DeploymentScheduleCreate, DeploymentScheduleUpdate
from tidemill.client.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from tidemill.deployments.schedules import create_deployment_schedule_create, normalize_to_deployment_schedule
from tidemill.schedules import Cron, Interval, RRule

ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)
DAILY = "FREQ=DAILY"


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (Cron("0 9 * * *", timezone="Europe/Berlin"), CronSchedule(cron="0 9 * * *", timezone="Europe/Berlin")),
        (CronSchedule(cron="0 9 * * *"), CronSchedule(cron="0 9 * * *")),
        (Interval(60, anchor_date=ANCHOR), IntervalSchedule(interval=timedelta(minutes=1), anchor_date=ANCHOR)),
        (RRule(DAILY), RRuleSchedule(rrule=DAILY, timezone="UTC")),
        ({"schedule": RRuleSchedule(rrule=DAILY)}, RRuleSchedule(rrule=DAILY)),
    ],
)
def test_whatever_says_when_is_a_schedule_of_a_deployment(given, rule):
    [made] = normalize_to_deployment_schedule([given])

    assert isinstance(made, DeploymentScheduleCreate)
    assert made.schedule == rule
    assert made.active is True


def test_a_schedule_says_more_than_its_rule():
    made = create_deployment_schedule_create(Cron("0 9 * * *", active=False, parameters={"x": 1}, slug="mornings"))

    assert (made.active, made.parameters, made.slug) == (False, {"x": 1}, "mornings")
    assert DeploymentScheduleCreate.from_schedule(Cron("0 9 * * *", slug="s")).slug == "s"


def test_a_rule_may_be_inactive():
    assert create_deployment_schedule_create(CronSchedule(cron="0 9 * * *"), active=False).active is False


def test_what_is_made_already_stays():
    given = [DeploymentScheduleCreate(schedule=CronSchedule(cron="* * * * *")), DeploymentScheduleUpdate(active=False)]

    assert normalize_to_deployment_schedule(given) == given
    assert normalize_to_deployment_schedule(None) == []


def test_what_is_no_schedule_is_refused():
    with pytest.raises(ValueError, match="expected a schedule, got str: write Cron"):
        normalize_to_deployment_schedule(["0 9 * * *"])
