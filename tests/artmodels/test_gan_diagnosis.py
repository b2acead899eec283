"""What a GAN's training is watched by."""

import pytest
import torch

from artmodels.errors import AtelierError, StoppedError
from artmodels.family import get_family
from artmodels.gan.config import GanConfig
from artmodels.gan.diagnosis import Diagnosis, stop_if_collapsed
from artmodels.gan.networks import build_generator
from artmodels.images import PackedImages
from artmodels.perception import load_perceptor

TINY = {"resolution": 16, "width": 4, "widest": 8, "latent": 4, "batch_size": 2, "steps": 4, "check_samples": 16}


def tiny(**options: object) -> GanConfig:
    return GanConfig(**{**TINY, **options})


@pytest.fixture
def data(watched_folder) -> PackedImages:
    return PackedImages(watched_folder)


def test_a_diagnosis_tells_learnt_from_held_out_and_collapse_ends_training():
    good = {"variety": 0.9, "coverage": 0.5}
    stop_if_collapsed({"variety": 0.0, "coverage": 0.0}, [good, good], "wait")
    stop_if_collapsed(good, [good] * 5, "wait")
    with pytest.raises(StoppedError, match=r"they differ 0\.10 times as much as works do"):
        stop_if_collapsed({"variety": 0.1, "coverage": 0.5}, [good] * 5, "wait")
    stop_if_collapsed({"variety": 0.9, "coverage": 0.0}, [good] * 5, "wait")
    with pytest.raises(StoppedError, match="near 0% of them, once 50%: wait, or add works"):
        stop_if_collapsed({"variety": 0.9, "coverage": 0.0}, [*[good] * 5, {"variety": 0.9, "coverage": 0.0}], "wait")


class Favouring(torch.nn.Module):
    """A discriminator that knows some pictures by heart."""

    def __init__(self, known: torch.Tensor) -> None:
        super().__init__()
        self.known = known

    def forward(self, pictures: torch.Tensor, labels: object = None) -> torch.Tensor:
        return torch.tensor([float((self.known == one).all((1, 2, 3)).any()) for one in pictures])


def test_overfitting_is_seen_by_works_held_out(data, teacher):
    diagnosis = Diagnosis(data, load_perceptor(teacher), [], "", 16, 16)
    generator = build_generator(tiny(network="modern"), 0)
    with torch.no_grad():
        figures = diagnosis.look(generator, Favouring(diagnosis.scored["train"]), 4)
    assert (figures["score_train"], figures["score_held_out"], figures["score_fake"]) == (1, 0, 0)
    assert figures["overfitting"] == 1
    assert figures["variety"] > 0
    with torch.no_grad():
        both = torch.cat(list(diagnosis.scored.values()))
        assert diagnosis.look(generator, Favouring(both), 4)["overfitting"] == 0


def test_what_is_no_number_ends_a_training_with_advice(data, teacher):
    diagnosis = Diagnosis(data, load_perceptor(teacher), [], "", 16, 16)
    generator = build_generator(tiny(network="modern"), 0)
    torch.nn.init.constant_(generator.paint.weight, float("nan"))
    with torch.no_grad(), pytest.raises(StoppedError, match="no number any more: lower learning_rate"):
        diagnosis.look(generator, Favouring(torch.zeros(1, 3, 16, 16)), 4)


def test_too_few_works_to_watch_by_are_told(packed_folder, teacher):
    with pytest.raises(AtelierError, match="validation split has 1 artworks to watch the training by, and 4 are"):
        get_family("gan").training(tiny(), PackedImages(packed_folder), teacher)
