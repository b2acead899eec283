"""The gate and the evaluation of generators: a real registry, real figures; what is painted is chosen."""

import json
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from artmodels.bundle import save_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.gan.config import GanConfig
from artmodels.gan.module import GanModule
from artmodels.gan.painter import GanPainter
from artmodels.images import PackedImages
from artmodels.pictures import centre_square
from tasks import evaluation, promotion, registry
from tasks.registry import Version
from tasks.settings import Settings

SIDE = 64


@pytest.fixture
def challenger(house: Settings, watched_folder: Path, tmp_path: Path) -> Version:
    """A registered generator, judged by four pictures."""
    (house.prepared / "packed").unlink()
    (house.prepared / "packed").symlink_to(watched_folder)
    module = GanModule(GanConfig(resolution=SIDE, width=4, widest=8, latent=4), [])
    bundle = save_bundle(tmp_path / "gan", "gan", module.bundle_config(), module.bundle_state(), {})
    run_id = registry.start_run(house, "gan", "test", {}, {})
    return registry.register(house, get_family("gan"), run_id, bundle, {"data_md5": "0123.dir"})


def let_it_paint(monkeypatch: pytest.MonkeyPatch, works: list[np.ndarray]) -> None:
    def generate(painter: GanPainter, seed: int, *_: object, **__: object) -> np.ndarray:
        return centre_square(works[seed % len(works)], SIDE)

    monkeypatch.setattr(GanPainter, "generate", generate)


def test_a_generator_that_replays_what_it_learnt_from_is_never_promoted(house, challenger, watched_folder, monkeypatch):
    data = PackedImages(watched_folder)
    let_it_paint(monkeypatch, [data[row][:, ::-1] for row in data.where("artwork", "train")])
    decision = promotion.promote(house, "gan", "challenger", "Ada")
    assert decision.action == "refused"
    assert "copied (share of pictures that copy a work learnt from) is 1, allowed is 0.01" in decision.reason
    assert registry.CHAMPION not in registry.aliases(house, "gan")


@pytest.mark.slow
def test_one_that_paints_what_it_did_not_learn_from_is_no_copyist(house, challenger, watched_folder, monkeypatch):
    data = PackedImages(watched_folder)
    let_it_paint(monkeypatch, [data[row][:, ::-1] for row in data.where("artwork", "test")])
    decision = promotion.promote(house, "gan", "challenger", "Ada")
    assert "copied" not in decision.reason
    assert decision.figures["challenger"]["copied"] == 0
    assert {"fid", "kid", "copy_limit", "coverage"} <= set(decision.figures["challenger"])


def test_figures_are_kept_with_how_they_came_about_and_with_the_closest_pairs(house, challenger, tmp_path):
    report = evaluation.evaluate_version(house, "gan", "challenger")
    assert {"kernel_distance", "precision", "recall", "density", "coverage", "copied"} <= set(report["figures"])
    assert set(report["totals"]) == {"fid", "kid", "copy_limit"}
    client = MlflowClient(house.mlflow_uri)
    folder = Path(client.download_artifacts(challenger.run_id, "evaluation", str(tmp_path)))
    kept = json.loads((folder / f"{report['evaluation_set']}.json").read_text())
    assert kept["protocol"]["pictures"] == "8"
    assert kept["protocol"]["reference"] == "6 works of the test split, centre squares at 64 px"
    assert len(kept["protocol"]["encoder_sha256"]) == 64
    assert kept["protocol"]["resampling"] == "bilinear, antialiased"
    assert (folder / f"{report['evaluation_set']}-closest.png").is_file()
    assert client.get_run(challenger.run_id).data.metrics["evaluation.fid"] == report["totals"]["fid"]


def test_what_depends_on_the_data_alone_is_looked_at_once(house, challenger, monkeypatch):
    first = evaluation.evaluate_version(house, "gan", "challenger")
    assert len(list((house.scratch / "features").iterdir())) == 2
    monkeypatch.setattr("artmodels.gan.features.save_file", lambda *_: pytest.fail("it was looked at again"))
    assert evaluation.evaluate_version(house, "gan", "challenger") == first


def test_an_evaluation_with_pictures_comes_back(house, challenger, tmp_path):
    judged = evaluation.evaluate_bundle(house, "gan", registry.fetch_bundle(house, challenger))
    loaded = evaluation.load_evaluation(evaluation.save_evaluation(judged, tmp_path / "evaluation.json"))
    assert np.array_equal(loaded.judged.pictures["closest"], judged.judged.pictures["closest"])
    assert loaded.judged.totals == judged.judged.totals
    assert loaded.judged.protocol == judged.judged.protocol


def test_too_few_works_to_judge_by_are_told(house, challenger, packed_folder, monkeypatch):
    monkeypatch.setattr("artmodels.gan.evaluation.FEWEST", 9)
    with pytest.raises(AtelierError, match="A GAN is judged by 9 artworks of the test split or more, and there are 6"):
        evaluation.evaluate_version(house, "gan", "challenger")
