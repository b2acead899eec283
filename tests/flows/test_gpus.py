"""What computes on a GPU holds its slot of Prefect's; here on machines whose GPUs are made up."""

import threading
import time
from contextlib import nullcontext

import pytest
from prefect.client.orchestration import get_client
from prefect.logging import disable_run_logger

from artmodels.errors import AtelierError
from tasks import gpus, jobs, runs, steps
from tasks.gpus import hold_gpus, on_a_gpu, slot_of
from tasks.settings import Settings


@pytest.fixture
def machine(monkeypatch, prefect_api):
    """Give this machine so many GPUs."""

    def machine(count: int) -> Settings:
        monkeypatch.setattr(gpus, "devices", lambda settings: {str(number): number for number in range(count)})
        monkeypatch.setattr(gpus, "_PATIENCE", 0)
        return Settings()

    return machine


def taken(device: str) -> int:
    """How many hold a device's slot."""
    with get_client(sync_client=True) as client:
        return client.read_global_concurrency_limit_by_name(slot_of(device)).active_slots


def test_two_that_need_the_one_gpu_follow_each_other(machine):
    settings, spans = machine(1), []

    def compute() -> None:
        with on_a_gpu(settings) as here:
            began = time.monotonic()
            assert here.gpu == 0
            assert taken("0") == 1
            spans.append((began, time.monotonic()))

    threads = [threading.Thread(target=compute) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    (_, first_end), (second_begin, _) = sorted(spans)
    assert first_end <= second_begin
    assert taken("0") == 0


def test_of_two_gpus_each_gets_one(machine):
    settings = machine(2)
    with hold_gpus(settings) as first, hold_gpus(settings, 1) as second:
        assert (first, second) == (["0"], ["1"])
    with hold_gpus(settings, 2) as both:
        assert both == ["0", "1"]


def test_more_gpus_than_there_are_is_one_sentence(machine):
    with pytest.raises(AtelierError, match=r"^3 GPUs are wanted at once, and this machine has 2\."):
        hold_gpus(machine(2), 3).__enter__()


def test_without_a_gpu_nothing_is_held_and_all_runs_the_same(machine):
    settings = machine(0)
    with hold_gpus(settings, 4) as none, on_a_gpu(settings) as here:
        assert none == []
        assert here is settings


def test_trainings_and_batches_hold_a_gpu_while_they_work(machine, monkeypatch):
    machine(1)
    seen: list[object] = []

    def train(settings, folder, show, tell, held):
        seen.append((list(held), taken("0")))
        return folder

    class Order:
        @staticmethod
        def order(**fields: object) -> dict:
            return fields

        @staticmethod
        def run(settings, order, show) -> dict:
            seen.append((settings.gpu, taken("0")))
            return {}

    monkeypatch.setattr(runs, "train", train)
    monkeypatch.setattr(runs, "showing", lambda folder: nullcontext())
    monkeypatch.setattr(jobs, "import_module", lambda name: Order)
    with disable_run_logger():
        assert steps.train_model.fn("folder") == "folder"
        assert steps.stylize_pictures.fn({}) == {}
    assert seen == [(["0"], 1), (0, 1)]
    assert taken("0") == 0


@pytest.mark.parametrize(
    ("visible", "count", "found"),
    [
        (None, 2, {"0": 0, "1": 1}),
        ("3,1", 2, {"3": 0, "1": 1}),
        ("", 0, {}),
        ("GPU-1a2b", 1, {"GPU-1a2b": 0}),
    ],
)
def test_devices_have_the_names_that_they_have_on_the_machine(monkeypatch, visible, count, found):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus.devices(Settings()) == found
    assert gpus.devices(Settings(device="cpu")) == {}
    only = {name: number for name, number in found.items() if number == 1}
    assert gpus.devices(Settings(gpu=1)) == only
