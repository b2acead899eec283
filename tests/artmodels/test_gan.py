"""The GAN's parts: networks, losses, augmentation, samples, latents, figures."""

import itertools

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.image.kid import KernelInceptionDistance

from artmodels.bundle import Bundle, load_bundle
from artmodels.errors import AtelierError, StoppedError
from artmodels.family import get_family
from artmodels.fit import fit
from artmodels.gan.config import GanConfig
from artmodels.gan.copies import copy_limit, drawing, nearest_works
from artmodels.gan.diagnosis import Diagnosis, stop_if_collapsed
from artmodels.gan.diffaugment import _shifted, augment
from artmodels.gan.features import balance, vectors_of
from artmodels.gan.latents import between, labels_of, latents_of
from artmodels.gan.losses import gradient_penalty, relativistic, saturated
from artmodels.gan.modern import Block
from artmodels.gan.module import GanModule
from artmodels.gan.networks import build_discriminator, build_generator
from artmodels.gan.painter import GanPainter
from artmodels.gan.reconstruction import Reconstruction
from artmodels.gan.samples import Works, learn_classes
from artmodels.images import PackedImages
from artmodels.metrics.frechet import _Given, frechet_distance
from artmodels.metrics.kernel import kernel_distance, kernel_items
from artmodels.metrics.manifold import coverage, density, precision
from artmodels.perception import load_perceptor
from artmodels.pictures import centre_square

TINY = {"resolution": 16, "width": 4, "widest": 8, "latent": 4, "batch_size": 2, "steps": 4, "check_samples": 16}
KINDS = ("light", "modern", "classic")


def tiny(**options: object) -> GanConfig:
    return GanConfig(**{**TINY, **options})


@pytest.fixture
def data(watched_folder) -> PackedImages:
    return PackedImages(watched_folder)


def bundle_of(module: GanModule) -> Bundle:
    return Bundle("gan", module.bundle_config(), module.bundle_state())


@pytest.mark.parametrize("resolution", [16, 32, 64, 512])
def test_channels_double_towards_the_coarsest_scale(resolution):
    channels = GanConfig(resolution=resolution, width=8, widest=64).channels()
    assert channels[-1] == 8
    assert len(channels) == (resolution // 4).bit_length()
    assert all(coarse in (fine, 2 * fine) for coarse, fine in itertools.pairwise(channels))
    assert max(channels) <= 64


def test_gamma_follows_the_resolution_unless_it_is_given():
    assert GanConfig(resolution=64).penalty() == 1
    assert GanConfig(resolution=128).penalty() == 4
    assert GanConfig(gamma=3).penalty() == 3
    with pytest.raises(AtelierError, match=r"resolution=48 is not accepted: .*a power of two"):
        get_family("gan").configure({"resolution": 48})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("resolution", [16, 64])
def test_networks_are_of_the_resolution_and_listen_to_classes(kind, classes, resolution):
    config = tiny(network=kind, resolution=resolution)
    generator, discriminator = (build(config, classes).eval() for build in (build_generator, build_discriminator))
    latents = torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
    first, second = (torch.full((2,), label) if classes else None for label in (0, 1))
    painted = generator(latents, first)
    assert painted.shape == (2, 3, resolution, resolution)
    assert discriminator(painted, first).shape[0] == 2
    assert not torch.equal(painted[0], painted[1])
    if classes:
        assert not torch.equal(painted, generator(latents, second))
        assert not torch.equal(discriminator(painted, first), discriminator(painted, second))


def test_a_block_is_the_identity_at_first():
    features = torch.randn(1, 8, 6, 6)
    assert torch.equal(Block(8, 4)(features), features)


def test_the_size_of_what_passes_hardly_changes_with_depth():
    for blocks in (1, 8):
        config = tiny(resolution=64, width=16, widest=64, blocks=blocks)
        painted = build_generator(config, 0)(torch.randn(8, 4))
        assert 0.1 < float(painted.detach().std()) < 3


def test_losses_are_what_they_should_be_when_nobody_wins():
    scores = torch.zeros(5)
    assert relativistic(scores, scores).item() == pytest.approx(np.log(2))
    assert saturated(scores, True).item() == saturated(scores, False).item() == pytest.approx(np.log(2))
    assert relativistic(scores + 50, scores) < 1e-6
    assert saturated(scores + 50, True) < 1e-6 < saturated(scores + 50, False)


def test_the_penalty_is_the_squared_gradient():
    pictures = torch.rand(3, 3, 4, 4, requires_grad=True)
    weights = torch.randn(3, 4, 4)
    scores = (pictures * weights).sum((1, 2, 3))
    assert gradient_penalty(scores, pictures).item() == pytest.approx(weights.square().sum().item(), rel=1e-5)
    bent = pictures.square().sum((1, 2, 3))
    gradient_penalty(bent, pictures).backward()
    assert torch.allclose(pictures.grad, 8 * pictures.detach() / 3, atol=1e-5), "it is differentiable itself"


def test_augmentation_changes_every_picture_and_lets_gradients_through():
    torch.manual_seed(0)
    pictures = torch.rand(6, 3, 16, 16, requires_grad=True)
    changed = augment(pictures)
    assert changed.shape == pictures.shape
    assert all((one != other).any() for one, other in zip(changed, pictures, strict=True))
    changed.sum().backward()
    assert (pictures.grad.abs().sum((1, 2, 3)) > 0).all()
    cut = (changed == 0).all(1).float().mean((1, 2))
    assert (cut < 0.6).all()


def test_shifts_are_by_whole_pixels_and_zero_comes_in():
    torch.manual_seed(1)
    picture = torch.arange(1.0, 257).view(1, 1, 16, 16).expand(20, 3, 16, 16)
    for shifted in _shifted(picture):
        seen = shifted[0][shifted[0] > 0]
        assert set(seen.tolist()) <= set(range(1, 257))
        assert len(seen) >= 14 * 14
        inner = shifted[0, 8, 8] - picture[0, 0, 8, 8]
        assert shifted[0, 9, 7] - picture[0, 0, 9, 7] == inner


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=6, unique=True), st.integers(1, 40))
def test_a_seeds_latent_is_its_own(seeds, size):
    together = latents_of(seeds, size)
    assert together.shape == (len(seeds), size)
    for place, seed in enumerate(seeds):
        assert torch.equal(latents_of([seed], size)[0], together[place])
    assert torch.equal(latents_of(seeds, size, 0.5), 0.5 * together)
    assert labels_of(seeds, 3).tolist() == [labels_of([seed], 3).item() for seed in seeds]


def test_samples_show_each_class_as_often(data):
    config = tiny(classes="style", min_works=2)
    classes = learn_classes(data, config)
    assert classes == ["style 0", "style 1"]
    works = Works(data, classes, config)
    samples = [works.sample(number) for number in range(12)]
    assert sum(int(sample["label"]) for sample in samples) == 6
    assert all(sample["picture"].shape == (3, 16, 16) for sample in samples)
    assert all(sample["picture"].min() >= -1 and sample["picture"].max() <= 1 for sample in samples)
    assert torch.equal(samples[7]["picture"], Works(data, classes, config).sample(7)["picture"])
    assert "label" not in Works(data, [], tiny()).sample(0)


def test_too_few_works_are_refused_in_words(data):
    with pytest.raises(AtelierError, match="has 6 artworks, and a batch shows batch_size=32 different ones"):
        Works(data, [], tiny(batch_size=32))
    with pytest.raises(AtelierError, match=r"needs two classes of min_works=12 artworks .*, and 0 has as many"):
        learn_classes(data, tiny(classes="style"))


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_of_each_loss_reach_its_own_network_alone(data, kind, monkeypatch):
    config = tiny(network=kind)
    module = GanModule(config, [])
    monkeypatch.setattr(module, "log_dict", lambda figures: None)
    monkeypatch.setattr(GanModule, "global_step", 0, raising=False)
    torch.manual_seed(0)
    works = Works(data, [], config)
    batch = {"picture": torch.stack([works.sample(number)["picture"] for number in range(4)])}
    seen = {}
    for silent in ("_against", "_discriminate"):
        module.zero_grad()
        real = getattr(module, silent)
        with monkeypatch.context() as patch:
            if silent == "_against":
                patch.setattr(module, silent, lambda own, other: 0 * own.sum())
            else:
                patch.setattr(
                    module, silent, lambda *given, real=real: {**real(*given), "loss": 0 * real(*given)["loss"]}
                )
            module.training_step(batch, 0).backward()
        seen[silent] = {
            name: sum(float(p.grad.abs().sum()) for p in network.parameters() if p.grad is not None)
            for name, network in (("generator", module.generator), ("discriminator", module.discriminator))
        }
    assert seen["_against"]["generator"] == 0 < seen["_against"]["discriminator"]
    assert seen["_discriminate"]["discriminator"] == 0 < seen["_discriminate"]["generator"]


@pytest.mark.parametrize("options", [{}, {"network": "classic", "steps": 60}, {"classes": "style", "min_works": 2}])
def test_a_few_steps_make_a_generator_that_paints(tmp_path, data, teacher, options):
    family = get_family("gan")
    config = family.configure({**TINY, "steps": 3, "penalty_every": 2, **options})
    module, source = family.training(config, data, teacher)
    folder = fit(
        "gan",
        module,
        source,
        config,
        tmp_path,
        report=lambda *_: None,
        on_preview=lambda *_: None,
        accelerator="cpu",
    )
    assert module.preview().shape == ((len(module.classes) or 4) * 16, 8 * 16, 3)
    painter = GanPainter(load_bundle(folder, "gan"))
    first = painter.generate(7)
    assert first.shape == (16, 16, 3)
    assert np.array_equal(first, painter.generate(7))
    assert not np.array_equal(first, painter.generate(8))
    assert np.array_equal(painter.generate(7, truncation=0), painter.generate(8, truncation=0)) or painter.classes
    again, _ = family.training(config, data, teacher)
    again.start_from(load_bundle(folder, "gan"))
    assert np.array_equal(GanPainter(bundle_of(again)).generate(7), first)


class PowerCut(Exception):  # noqa: N818 - says what happens
    """Stands for a kill."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_that_was_cut_off_ends_with_the_same_generator(tmp_path, data, teacher, kind):
    family = get_family("gan")
    config = family.configure({**TINY, "network": kind, "steps": 7, "checkpoint_steps": 2, "preview_steps": 5})

    def train(name: str, cut: bool = False) -> dict[str, torch.Tensor]:
        def on_preview(step: int, path: object) -> None:
            if cut:
                raise PowerCut

        module, source = family.training(config, data, teacher)
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        quiet = {"report": lambda *_: None, "accelerator": "cpu"}
        return load_bundle(fit("gan", module, source, config, folder, on_preview=on_preview, **quiet)).tensors

    calm = train("calm")
    with pytest.raises(PowerCut):
        train("cut", cut=True)
    resumed = train("cut")
    assert all(torch.equal(calm[name], resumed[name]) for name in calm)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"seed": -1}, "seed=-1 is not accepted: 0 to 4294967295"),
        ({"truncation": 1.5}, "truncation=1.5 is not accepted: 0 to 1"),
        ({"name": "Cubism"}, "class='Cubism' is not accepted; accepted are style 0, style 1"),
    ],
)
def test_what_is_not_accepted_is_named(asked, words):
    painter = GanPainter(bundle_of(GanModule(tiny(classes="style"), ["style 0", "style 1"])))
    with pytest.raises(AtelierError, match=words):
        painter.generate(**{"seed": 0, **asked})


def test_a_training_that_diverges_ends_with_advice(data, monkeypatch):
    module = GanModule(tiny(), [])
    monkeypatch.setattr(GanModule, "global_step", 5, raising=False)
    with torch.no_grad():
        module.generator.paint.weight.fill_(float("nan"))
    with pytest.raises(AtelierError, match="diverged at step 5: lower learning_rate, or raise gamma"):
        module.training_step({"picture": torch.zeros(2, 3, 16, 16)}, 0)


def test_kernel_items_add_up_to_the_distance():
    chance = torch.Generator().manual_seed(0)
    some, others = torch.randn(9, 4, generator=chance), torch.randn(7, 4, generator=chance) + 1
    items = kernel_items(some, others)
    assert items.shape == (9,)
    assert items.mean().item() == pytest.approx(kernel_distance(some, others))


@pytest.mark.filterwarnings("ignore:Metric .Kernel Inception Distance. will save")
def test_the_kernel_distance_is_that_of_torchmetrics():
    chance = torch.Generator().manual_seed(0)
    some, others = torch.rand(12, 6, generator=chance), torch.rand(12, 6, generator=chance) + 0.2
    scaled = [each.double() / others.double().square().mean().sqrt() for each in (some, others)]
    metric = KernelInceptionDistance(_Given(6), subsets=1, subset_size=12)
    metric.update(scaled[0], real=False)
    metric.update(scaled[1], real=True)
    assert kernel_distance(some, others) / 1000 == pytest.approx(float(metric.compute()[0]), rel=1e-4)


def test_the_frechet_distance_is_that_of_two_normal_distributions():
    chance = torch.Generator().manual_seed(0)
    some = torch.randn(40000, 2, generator=chance)
    assert frechet_distance(2 * some + torch.tensor([3.0, 0.0]), some) == pytest.approx(9 + 2, rel=0.02)
    assert frechet_distance(some, some) == pytest.approx(0, abs=1e-3)


def test_precision_and_recall_are_each_others_mirror():
    works = torch.arange(10.0).view(-1, 1)
    made = torch.cat([works[:5] + 0.1, torch.full((5, 1), 100.0)])
    assert precision(made, works, neighbours=1).tolist() == [1] * 5 + [0] * 5
    assert precision(works, made[:5], neighbours=1).tolist() == [1] * 6 + [0] * 4
    assert density(works, works, neighbours=2).mean() == pytest.approx(1.45, abs=0.5)
    assert density(made, works).tolist()[5:] == [0] * 5


def test_a_diagnosis_tells_learnt_from_held_out_and_collapse_ends_training():
    good = {"variety": 0.9, "coverage": 0.5}
    stop_if_collapsed({"variety": 0.0, "coverage": 0.0}, [good, good])
    stop_if_collapsed(good, [good] * 5)
    with pytest.raises(StoppedError, match=r"they differ 0\.10 times as much as works do"):
        stop_if_collapsed({"variety": 0.1, "coverage": 0.5}, [good] * 5)
    stop_if_collapsed({"variety": 0.9, "coverage": 0.0}, [good] * 5)
    with pytest.raises(StoppedError, match="near 0% of them, once 50%"):
        stop_if_collapsed({"variety": 0.9, "coverage": 0.0}, [*[good] * 5, {"variety": 0.9, "coverage": 0.0}])


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


def test_a_picture_without_any_order_is_far_from_works(data, teacher):
    eye = load_perceptor(teacher)
    works = [centre_square(data[row], 64) for row in data.where("artwork")]
    chance = np.random.default_rng(0)
    shaken = [chance.permutation(work.reshape(-1, 3)).reshape(work.shape) for work in works]
    vectors, others = vectors_of(works, eye), vectors_of(shaken, eye)
    factors = balance(vectors)
    layout = slice(-192, None)
    assert (vectors * factors)[:, layout].square().sum(1).mean() == pytest.approx(1, rel=1e-4)
    assert (vectors * factors)[:, :-192].square().sum(1).mean() == pytest.approx(1, rel=1e-4)
    assert kernel_distance(others * factors, vectors * factors) > kernel_distance(vectors * factors, vectors * factors)


@pytest.mark.parametrize("kind", ["light", "modern"])
@pytest.mark.parametrize("side", [32, 64])
def test_a_discriminator_learns_to_paint_what_it_saw(kind, side):
    torch.manual_seed(0)
    discriminator = build_discriminator(tiny(network=kind, resolution=side), 0)
    reconstruction = Reconstruction(discriminator.map_channels)
    pictures = torch.rand(4, 3, side, side) * 2 - 1
    optimizer = torch.optim.Adam([*discriminator.parameters(), *reconstruction.parameters()], 0.01)
    losses = []
    for _ in range(12):
        loss = reconstruction(pictures, discriminator.judged(pictures)[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]


def test_a_surface_changes_what_is_fine_and_not_what_is_coarse():
    torch.manual_seed(0)
    generator = build_generator(tiny(resolution=64, latent=16, width=8, widest=32), 0).train()
    with torch.no_grad():
        for _ in range(20):
            generator(torch.randn(16, 16))
        generator.eval()
        one, other = torch.randn(2, 8, 16)
        plain, mixed, strange = generator(one), generator(one, None, other), generator(other)
        own = generator(one, None, one)
    assert torch.equal(plain, own)
    assert 0 < (plain - mixed).abs().mean() < (plain - strange).abs().mean()
    with pytest.raises(AtelierError, match="it cannot mix two pictures"):
        build_generator(tiny(network="classic"), 0)(torch.randn(2, 4), None, torch.randn(2, 4))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", [0, 2])
def test_directions_are_where_the_first_layers_hear_most(kind, classes):
    names = ["a", "b"][:classes]
    painter = GanPainter(bundle_of(GanModule(tiny(network=kind, classes="style" if classes else ""), names)))
    directions, weights = painter.directions, painter.generator.latent_weights()
    assert torch.allclose(directions @ directions.T, torch.eye(4), atol=1e-5)
    heard = (weights @ directions.T).norm(dim=0)
    assert torch.equal(heard, heard.sort(descending=True).values)
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    assert (largest > 0).all()


def test_the_way_between_latents_keeps_their_length():
    start, end = torch.tensor([[3.0, 0, 0]]), torch.tensor([[0.0, 3, 0]])
    assert torch.allclose(between(start, end, 0), start)
    assert torch.allclose(between(start, end, 1), end, atol=1e-6)
    assert float(between(start, end, 0.5).norm()) == pytest.approx(3)
    assert torch.allclose(between(start, start, 0.3), start)


def test_a_discriminator_is_handed_on(data, teacher):
    family = get_family("gan")
    config = tiny(network="modern")
    trained, _ = family.training(config, data, teacher)
    other, _ = family.training(tiny(network="modern", seed=1), data, teacher)
    bundle = bundle_of(trained)
    other.start_from(Bundle("gan", bundle.config, bundle.tensors, trained.bundle_companion()))
    for own, handed in zip(trained.discriminator.parameters(), other.discriminator.parameters(), strict=True):
        assert torch.equal(own.bfloat16().float(), handed)


def test_coverage_counts_works_that_have_a_painted_neighbour():
    works = torch.arange(10.0).view(-1, 1)
    assert coverage(works + 0.1, works).mean() == 1
    assert coverage(torch.full((10, 1), 100.0), works).sum() == 0
    assert 0 < coverage(works[:1], works, neighbours=2).mean() < 0.5


class Replaying:
    """A generator that shows works that there are."""

    device, resolution = "cpu", 64

    def __init__(self, works: list[np.ndarray]) -> None:
        self.works = works

    def generate(self, seed: int) -> np.ndarray:
        return self.works[seed % len(self.works)]


def same(work: np.ndarray) -> np.ndarray:
    return centre_square(work, 64)


def blurred_and_mirrored(work: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(np.ascontiguousarray(same(work)[:, ::-1]), (0, 0), 1.5)


def recoloured(work: np.ndarray) -> np.ndarray:
    return (40 + same(work) * np.array([0.8, 0.7, 0.5])).astype(np.uint8)


def cropped(work: np.ndarray) -> np.ndarray:
    height, width = work.shape[:2]
    return centre_square(work[height // 8 :, : width - width // 8], 64)


@pytest.fixture
def drawn(make_painting) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Works learnt from, and others."""
    works = [make_painting(seed, 96, 120) for seed in range(40)]
    return works[:20], works[20:]


@pytest.mark.parametrize("replay", [same, blurred_and_mirrored, recoloured, cropped])
def test_a_replayed_work_is_called_a_copy_and_another_is_not(drawn, replay):
    learnt, others = drawn
    limit = copy_limit(nearest_works([drawing(same(work)) for work in others[:10]], learnt))
    caught = nearest_works([drawing(replay(work)) for work in learnt], learnt)
    assert (caught.distance < limit).mean() >= 0.9
    assert (caught.work[caught.distance < limit] == np.arange(20)[caught.distance < limit]).all()
    assert (nearest_works([drawing(replay(work)) for work in others[10:]], learnt).distance < limit).sum() == 0


def test_a_plain_picture_is_nobodys_copy(drawn):
    learnt, _ = drawn
    found = nearest_works([drawing(np.full((64, 64, 3), 90, np.uint8))], [*learnt, np.full((80, 70, 3), 90, np.uint8)])
    assert found.distance == pytest.approx(1)
