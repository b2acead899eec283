"""The gate of critics: a real registry, real figures."""

import functools
from pathlib import Path

import pytest

from artmodels.bundle import save_bundle
from artmodels.family import get_family
from artmodels.images import PackedImages
from tasks import promotion, registry
from tasks.registry import Version
from tasks.settings import Settings

TINY = {"side": 32, "codes": 3, "min_works": 2, "steps": 1, "width": 8, "places": 3}


@pytest.fixture
def challenger(house: Settings, packed_folder: Path, teacher: Path, tmp_path: Path) -> Version:
    """A registered critic that has learnt nothing."""
    family = get_family("critic")
    module, _ = family.training(family.configure(TINY), PackedImages(packed_folder), teacher)
    module.on_fit_end()
    bundle = save_bundle(tmp_path / "critic", "critic", module.bundle_config(), module.bundle_state())
    run_id = registry.start_run(house, "critic", "test", module.bundle_config(), {})
    return registry.register(house, family, run_id, bundle, {"data_md5": "0123.dir"})


def test_a_critic_that_learnt_nothing_is_refused_for_that_alone(house, challenger, monkeypatch):
    monkeypatch.setattr(promotion, "measure_costs", functools.partial(promotion.measure_costs, rounds=1))
    decision = promotion.promote(house, "critic", "challenger", "Ada")
    assert decision.action == "refused"
    assert decision.reason.startswith("misjudgement is not surely better than doing nothing's")
    figures = decision.figures["challenger"]
    assert figures["misjudgement"] == pytest.approx(1, abs=0.2)
    assert {"style", "style_covered", "style_among", "seconds_per_critique", "peak_megabytes"} <= figures.keys()
    assert figures["style_covered"] == 1, "one held-out work cannot rule anything out"
