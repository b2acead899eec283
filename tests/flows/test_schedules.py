"""Schedules on a real Prefect API, without services and workers: what is made, shown, paused, removed, refused."""

import contextvars
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefect import get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectAlreadyExists
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Scheduled

from artmodels.errors import AtelierError
from flows.retrain import retrain
from tasks import schedules, steps
from tasks.scheduled import drop_missed, scheduled
from tasks.schedules import pause, remove, resume, schedule_retrain
from tasks.settings import Settings, load_settings
from tasks.slots import hold_slot

WEEKLY = ("0 3 * * 1", "Europe/Vienna")


@pytest.fixture
def pool(prefect_api) -> None:
    """The work pool that trains."""
    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name="gpu", type="process"))


@pytest.fixture
def weekly(pool) -> schedules.Scheduled:
    return schedule_retrain(load_settings(), "style", *WEEKLY, ["data", "drift"], {"steps": "4000"})


def test_a_schedule_is_made_shown_paused_and_removed(weekly):
    assert weekly.cron == "0 3 * * 1 (Europe/Vienna)"
    assert weekly.triggers == ("retrain style on data", "retrain style on drift")
    assert [one for one in scheduled() if one.deployment == "retrain/style"] == [weekly]
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("retrain/style")
        assert deployment.parameters == {"family": "style", "config": {"steps": "4000"}, "approval": False}
        assert deployment.schedules[0].parameters == {"trigger": "the schedule 0 3 * * 1 (Europe/Vienna)"}
        assert deployment.work_pool_name == "gpu"
        assert deployment.entrypoint == "flows/retrain.py:retrain"
        pause("retrain/style")
        assert scheduled()[0].paused
        automations = client.read_resource_related_automations(f"prefect.deployment.{deployment.id}")
        assert [one.enabled for one in automations] == [False, False]
        resume("retrain/style")
        assert not scheduled()[0].paused
        remove("retrain/style")
        assert not client.read_resource_related_automations(f"prefect.deployment.{deployment.id}")
    assert "retrain/style" not in [one.deployment for one in scheduled()]
    with pytest.raises(AtelierError, match=r"There is no schedule 'retrain/style'; known are none\."):
        pause("retrain/style")


def test_the_same_again_replaces_it(weekly):
    again = schedule_retrain(load_settings(), "style", "30 4 * * *", "UTC", ["data"], approval=True)
    assert (again.cron, again.triggers) == ("30 4 * * * (UTC)", ("retrain style on data",))
    [there] = [one for one in scheduled() if one.deployment == "retrain/style"]
    assert there == again
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("retrain/style")
    assert deployment.parameters == {"family": "style", "config": {}, "approval": True}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cron": "0 3 * * 8"}, "cron='0 3 * * 8' is not accepted: write five fields"),
        ({"cron": "weekly"}, "cron='weekly' is not accepted"),
        ({"cron": ""}, "cron='' is not accepted"),
        ({"cron": "* * * * * *"}, "cron='* * * * * *' is not accepted"),
        ({"timezone": "Europe/Wien"}, "timezone='Europe/Wien' is not accepted: write an IANA name"),
        ({"timezone": "../../etc/passwd"}, "timezone='../../etc/passwd' is not accepted"),
        ({"events": ["rain"]}, "on='rain' is not accepted: data or drift"),
        ({"family": "stile"}, "There is no model family 'stile'"),
        ({"config": {"stepz": 3}}, "stepz=3 is not accepted: unknown option"),
    ],
)
def test_what_is_not_accepted(given, said):
    wanted = {"family": "style", "cron": WEEKLY[0], "timezone": WEEKLY[1]} | given
    with pytest.raises(AtelierError, match=re.escape(said)):
        schedule_retrain(Settings(), **wanted)


@given(st.text(max_size=30), st.text(max_size=20))
def test_any_words_are_a_clock_or_one_sentence(cron, timezone):
    with suppress(AtelierError):
        assert len(schedules._clock(cron, timezone).cron.split()) == 5


def test_without_a_server_it_is_said_how_to_start_one(prefect_api):
    with temporary_settings({PREFECT_API_URL: None}):
        for ask in (scheduled, lambda: pause("a"), lambda: schedule_retrain(load_settings(), "style", *WEEKLY)):
            with pytest.raises(AtelierError, match="There is no Prefect server, and schedules need one: start it with"):
                ask()


def test_what_prefect_yaml_says_is_not_removed(weekly):
    with get_client(sync_client=True) as client:
        flow = client.create_flow_from_name("watch")
        clock = DeploymentScheduleCreate(schedule=CronSchedule(cron="0 5 * * *", timezone="UTC"))
        there = client.create_deployment(flow, "studio", schedules=[clock])
        with pytest.raises(AtelierError, match=r"watch/studio is written in prefect\.yaml, which would bring it back"):
            remove("watch/studio")
        assert [one.deployment for one in scheduled()] == ["retrain/style", "watch/studio"]
        client.delete_deployment(there)


def test_what_a_person_or_an_event_asked_for_is_not_dropped(weekly):
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("retrain/style").id
        past = Scheduled(scheduled_time=datetime.now(UTC) - timedelta(hours=1))
        runs = [client.create_flow_run_from_deployment(deployment, state=past).id for _ in range(2)]
        assert drop_missed(deployment, runs[0]) == 0
        for run in runs:
            client.delete_flow_run(run)


def test_a_later_retraining_waits_for_the_first_and_names_it(workshop, monkeypatch):
    monkeypatch.setenv("ATELIER_LOCK_SECONDS", "1")
    began, end = Event(), Event()

    def hold() -> None:
        with hold_slot("retrain:style"):
            began.set()
            end.wait()

    context = contextvars.copy_context()
    thread = Thread(target=lambda: context.run(hold))
    thread.start()
    began.wait()
    try:
        with pytest.raises(AtelierError, match="Another retraining of style was still at work after 1 s: an unnamed"):
            retrain("style")
        with pytest.raises(AtelierError, match=r"No data\.dvc"):
            retrain("classifier")
    finally:
        end.set()
        thread.join()
    with steps.only_retraining("style"):
        pass
