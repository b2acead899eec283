"""The sketch family's parts: strokes, mixture, network, samples, drawer, and what is refused."""

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from artmodels.bundle import Bundle, load_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.fit import fit
from artmodels.sequences import Sequences
from artmodels.sketch.baseline import baseline_nats
from artmodels.sketch.drawer import Drawer, between
from artmodels.sketch.evaluation import evaluate_drawer
from artmodels.sketch.mixture import BLUR, END, LIFT, Mixture, draw_next, offset_nats, read_mixture
from artmodels.sketch.module import SketchModule
from artmodels.sketch.network import ANY, SketchNet
from artmodels.sketch.pictures import to_picture, to_svg
from artmodels.sketch.samples import as_points, learn_classes, offset_scale, rows_of
from artmodels.sketch.strokes import MOST_POINTS, SIDE, fitted, from_strokes, stretched, thinned, to_strokes

TINY = {"latent": 4, "encoder": 4, "decoder": 8, "mixture": 2, "naming": 2, "batch_size": 2, "steps": 4}

HOUSE = from_strokes(
    [np.array([[0.0, 100], [100, 0], [200, 100]]), np.array([[20.0, 100], [20, 200], [180, 200], [180, 100]])]
)

strokes = st.lists(
    arrays.arrays(np.int64, st.tuples(st.integers(1, 6), st.just(2)), elements=st.integers(0, SIDE)),
    min_size=1,
    max_size=5,
)


@pytest.fixture
def data(watched_folder) -> Sequences:
    return get_family("sketch").open_data(watched_folder.parent)


def make_drawer(**options: object) -> Drawer:
    family = get_family("sketch")
    module = SketchModule(family.configure(TINY | options), ["circle", "house"], 30.0, [], np.empty(0, np.int64))
    return Drawer(Bundle("sketch", module.bundle_config(), module.bundle_state()))


@pytest.fixture(scope="module")
def drawer() -> Drawer:
    return make_drawer()


@given(strokes)
def test_strokes_survive_being_an_array(given_strokes):
    back = to_strokes(from_strokes(given_strokes))
    assert len(back) == len(given_strokes)
    assert all(np.array_equal(one, other) for one, other in zip(back, given_strokes, strict=True))


def test_a_drawing_is_fitted_into_its_box():
    moved = fitted([stroke * 3.7 - 500 for stroke in to_strokes(HOUSE)])
    points = np.concatenate(moved)
    assert points.min(0) == pytest.approx([0, 0])
    assert points.max(0) == pytest.approx([SIDE, SIDE])


@given(st.integers(0, 1000), st.floats(0, 0.99))
def test_thinning_keeps_where_strokes_begin_and_end(seed, share):
    thin = thinned(HOUSE.astype(np.float32), share, np.random.default_rng(seed))
    kept, whole = to_strokes(thin), to_strokes(HOUSE)
    assert len(kept) == len(whole)
    for one, other in zip(kept, whole, strict=True):
        assert np.array_equal(one[[0, -1]], other[[0, -1]])
        assert all((point == other).all(1).any() for point in one)


def test_stretching_leaves_the_pen_alone():
    wide = stretched(HOUSE.astype(np.float32), 0.5, np.random.default_rng(0))
    assert np.array_equal(wide[:, 2], HOUSE[:, 2])
    ratio = wide[1:, :2][HOUSE[1:, :2] != 0] / HOUSE[1:, :2][HOUSE[1:, :2] != 0]
    assert len(np.unique(ratio.round(4))) == 2


def test_nats_are_those_of_the_density_and_blurred():
    numbers = torch.randn(1, 6 * 3 + 3, dtype=torch.float64)
    mixture = read_mixture(numbers)
    offsets = torch.tensor([[0.3, -0.2]])
    scale, density = 20.0, 0.0
    for share, mean, spread, slant in zip(
        mixture.weights.softmax(-1)[0], mixture.means[0], mixture.spreads[0], mixture.slant[0], strict=True
    ):
        across = slant * spread.prod()
        matrix = torch.tensor([[spread[0] ** 2, across], [across, spread[1] ** 2]]) + (BLUR / scale) ** 2 * torch.eye(2)
        gaussian = torch.distributions.MultivariateNormal(mean, matrix)
        density += float(share * gaussian.log_prob(offsets[0]).exp())
    assert float(offset_nats(mixture, offsets, scale)) == pytest.approx(-np.log(density / scale**2), rel=1e-4)


def test_no_point_is_ever_free():
    sharp = Mixture(
        torch.zeros(1, 1), torch.zeros(1, 1, 2), torch.full((1, 1, 2), 1e-9), torch.ones(1, 1), torch.ones(3)
    )
    assert float(offset_nats(sharp, torch.zeros(1, 2), 30.0)) == pytest.approx(np.log(2 * np.pi * BLUR**2), abs=1e-3)


def test_points_drawn_have_the_mixtures_mean_and_spread():
    mixture = read_mixture(torch.tensor([0.0, 2.0, -1.0, 0.0, -0.5, 0.8, 0.3, 0.2, -9.0]))
    chance = np.random.default_rng(0)
    drawn = [draw_next(mixture, 10.0, 1.0, chance) for _ in range(4000)]
    offsets = np.array([offset for offset, _ in drawn])
    assert offsets.mean(0) == pytest.approx([20, -10], abs=0.6)
    wanted = np.sqrt(np.array([1, np.exp(-1)]) * 100 + BLUR**2)
    assert offsets.std(0) == pytest.approx(wanted, rel=0.05)
    assert np.corrcoef(offsets.T)[0, 1] == pytest.approx(np.tanh(0.8), abs=0.05)
    assert np.mean([pen == LIFT for _, pen in drawn]) == pytest.approx(0.475, abs=0.03)
    assert all(draw_next(mixture, 10.0, 1.0, chance, may_end=False)[1] != END for _ in range(200))
    cold = np.array([draw_next(mixture, 10.0, 0.01, chance)[0] for _ in range(50)])
    assert np.abs(cold - [20, -10]).max() < 4


@pytest.mark.parametrize("options", [{}, {"latent": 0}, {"naming": 0}, {"latent": 0, "naming": 0}, {"places": False}])
def test_padding_and_companions_change_no_score(options):
    network = make_drawer(**options).network
    short = HOUSE[:4]
    points = torch.stack([as_points(each, 30.0) for each in (HOUSE, short)])
    lengths, labels = torch.tensor([7, 4]), torch.tensor([1, ANY])
    noise = torch.randn(2, network.config.latent)
    both = network.score(points[:, :7], lengths, labels, noise)
    wide = network.score(points, lengths, labels, noise)
    alone = network.score(points[1:, :4], lengths[1:], labels[1:], noise[1:])
    for one, other, single in zip(both, wide, alone, strict=True):
        assert torch.allclose(one, other, atol=1e-4)
        assert torch.allclose(one[1:], single, atol=1e-4)


def test_the_encoder_reads_both_ways(drawer):
    network = drawer.network
    points = as_points(HOUSE, 30.0)[None, :7].clone()
    before = network.encode(points, torch.tensor([7]))[0]
    for place in (1, 6):
        other = points.clone()
        other[0, place, 0] += 1
        assert not torch.allclose(network.encode(other, torch.tensor([7]))[0], before)


def test_a_class_expects_its_own_latents():
    network = make_drawer().network
    told = network.names(torch.tensor([1, 2]))
    assert all(not each.any() for each in network.expect(told))
    torch.nn.init.normal_(network.prior.weight)
    mean, log_variance = network.expect(told)
    assert not torch.allclose(mean[0], mean[1])
    assert torch.allclose(network.imagine(torch.ones(2, 4), told), mean + (log_variance / 2).exp())
    points, lengths = torch.stack([as_points(HOUSE, 30.0)] * 2), torch.tensor([7, 7])
    posterior, log_spread = network.encode(points, lengths)
    normal = torch.distributions.Normal
    wanted = torch.distributions.kl_divergence(
        normal(posterior, (log_spread / 2).exp()), normal(mean, (log_variance / 2).exp())
    )
    scores = network.score(points, lengths, torch.tensor([1, 2]), torch.zeros(2, 4))
    assert torch.allclose(scores.kl, wanted.sum(1), rtol=1e-4)


def test_step_by_step_is_all_at_once(drawer):
    network = drawer.network
    points = as_points(HOUSE, 30.0)[None, :7]
    idea = drawer.imagine(3, "house")
    features = network.features(points)
    whole, _ = network.decode(features, idea.latent, idea.told, network.begin(idea.latent, idea.told))
    state, steps = network.begin(idea.latent, idea.told), []
    for place in range(7):
        said, state = network.decode(features[:, place : place + 1], idea.latent, idea.told, state)
        steps.append(said.means)
    assert torch.allclose(torch.cat(steps, 1), whole.means, atol=1e-5)


def test_places_are_seen_from_where_drawing_and_stroke_began(drawer):
    seen = drawer.network.features(as_points(HOUSE, 1.0)[None, :7])[0]
    places = np.concatenate(to_strokes(HOUSE))
    assert np.allclose(seen[:, 4:6] * 4, places - places[0])
    assert np.allclose(seen[:, 6:] * 4, places - np.where(np.arange(7)[:, None] < 3, places[0], places[3]))


def test_what_is_drawn_counts_as_likely_for_its_own_latent(drawer):
    points = as_points(HOUSE, 30.0)[None, :7]
    idea = drawer.imagine(1)
    said, _ = drawer.network.decode(
        drawer.network.features(points), idea.latent, idea.told, drawer.network.begin(idea.latent, idea.told)
    )
    offsets = sum(
        float(offset_nats(Mixture(*(each[0, place] for each in said)), points[0, place + 1, :2], 30.0))
        for place in range(6)
    )
    pens = sum(-float(said.pens[0, place].log_softmax(-1)[int(points[0, place + 1, 2])]) for place in range(6))
    likely = drawer.network.log_likelihood(points, idea.latent, idea.told)
    # The bundle's numbers are rounded, the scale is not.
    assert float(drawer.network.scale) == 30
    assert float(likely) == pytest.approx(-(offsets + pens), rel=1e-4)


def test_batches_are_of_like_length_and_every_epoch_shows_each_drawing_once(data):
    family = get_family("sketch")
    _, source = family.training(family.configure(TINY | {"batch_size": 4, "dropping": 0.0}), data, None)
    size = len(source.drawings) // 4 * 4
    for epoch in range(2):
        shown = [source._index(number) for number in range(epoch * size, (epoch + 1) * size)]
        assert len(set(shown)) == size
    batches = np.array([source.lengths[source._index(number)] for number in range(size)]).reshape(-1, 4)
    ordered = sorted(sorted(batch) for batch in batches.tolist())
    assert all(max(one) <= min(other) for one, other in pairwise(ordered))


def test_classes_need_drawings_and_none_is_a_class_of_its_own(data):
    family, rows = get_family("sketch"), rows_of(data, "train")
    assert learn_classes(data, rows, family.configure(TINY)) == ["drawing 0", "drawing 1"]
    assert learn_classes(data, rows, family.configure(TINY | {"min_drawings": 100})) == []
    assert learn_classes(data, rows, family.configure(TINY | {"naming": 0})) == []


def test_the_scale_is_the_spread_of_all_offsets_but_the_first():
    assert offset_scale([HOUSE]) == pytest.approx(HOUSE[1:, :2].astype(float).std())


def test_a_seed_draws_the_same_whatever_was_drawn_before(drawer):
    first = drawer.draw(drawer.imagine(7, "house"), 7)
    torch.manual_seed(3)
    drawer.draw(drawer.imagine(8), 8)
    assert np.array_equal(drawer.draw(drawer.imagine(7, "house"), 7), first)
    assert not np.array_equal(drawer.draw(drawer.imagine(8, "house"), 8), first)
    assert first.dtype == np.int16
    assert 2 <= len(first) <= MOST_POINTS
    assert first[-1, 2] == 1
    assert set(np.unique(first[:, 2])) <= {0, 1}


@pytest.mark.parametrize("options", [{}, {"latent": 0}, {"naming": 0}])
def test_a_begun_drawing_stays_and_goes_on(options):
    drawer, name = make_drawer(**options), "" if "naming" in options else "house"
    for seed in range(4):
        whole = drawer.finish(HOUSE, seed, name, 0.8)
        assert np.array_equal(whole[:7], HOUSE)
        assert len(whole) > 7
        assert np.array_equal(whole, drawer.finish(HOUSE, seed, name, 0.8))
    assert len(drawer.finish(HOUSE[:1], 0, name)) > 1


def test_a_way_begins_and_ends_where_it_says_and_keeps_its_length(drawer):
    first, last = drawer.imagine(1, "house"), drawer.imagine(2, "circle")
    assert torch.allclose(between(first, last, 0).latent, first.latent, atol=1e-5)
    assert torch.allclose(between(first, last, 1).latent, last.latent, atol=1e-5)
    assert torch.allclose(between(first, last, 1).told, last.told)
    middle = between(first, last, 0.5).latent.norm()
    assert min(first.latent.norm(), last.latent.norm()) * 0.7 < middle
    assert torch.equal(between(first, first, 0.3).latent, first.latent)
    alone = make_drawer(latent=0)
    assert between(alone.imagine(1), alone.imagine(2), 0.5).latent.shape == (1, 0)


def test_what_was_read_is_varied_by_the_seed(drawer):
    mean, one, other = (drawer.read(HOUSE, "house", seed).latent for seed in (None, 1, 2))
    assert torch.equal(one, drawer.read(HOUSE, "house", 1).latent)
    assert not torch.equal(one, other)
    assert not torch.equal(one, mean)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda drawer: drawer.imagine(-1), "seed=-1 is not accepted"),
        (lambda drawer: drawer.imagine(0, "dog"), "class='dog' is not accepted; accepted are circle, house"),
        (lambda drawer: drawer.draw(drawer.imagine(0), 0, 2.0), "temperature=2 is not accepted: 0.01 to 1"),
        (lambda drawer: drawer.read(np.ones((201, 3), np.int16)), "has 201 points: at most 200"),
        (lambda drawer: drawer.finish(np.ones((200, 3), np.int16), 0), "has 200 points: at most 199"),
        (lambda drawer: make_drawer(latent=0).read(HOUSE), "a decoder alone and reads no drawings"),
    ],
)
def test_what_cannot_be_drawn_is_said(drawer, ask, words):
    with pytest.raises(AtelierError, match=words):
        ask(drawer)


def test_a_drawing_is_a_picture_and_an_svg():
    picture = to_picture(HOUSE, 128, begun=1)
    assert picture.shape == (128, 128, 3)
    assert picture.min() < 60
    assert (picture[:4] == 255).all()
    root = ElementTree.fromstring(to_svg(HOUSE, "a <house> & more", begun=1))
    lines = root.findall(".//{*}polyline")
    assert [len(line.get("points").split()) for line in lines] == [3, 4]
    assert lines[0].get("stroke") != lines[1].get("stroke")
    assert root.find("{*}title").text == "a <house> & more"
    dot = np.array([[5, 5, 1]], np.int16)
    assert to_picture(dot, 64).min() < 60
    assert b"polyline" in to_svg(dot)


def test_the_baseline_costs_what_its_counts_say():
    chance = np.random.default_rng(0)
    learnt = [np.column_stack([chance.normal(0, 20, (40, 2)).round(), np.eye(40)[-1]]).astype(int) for _ in range(50)]
    costs = baseline_nats(learnt, learnt[:20])
    entropy = 39 * np.log(2 * np.pi * np.e * 20**2)
    pens = -(38 * np.log(38 / 40) + 2 * np.log(1 / 40))
    assert costs.mean() == pytest.approx(entropy + pens, rel=0.02)
    assert np.array_equal(costs, baseline_nats(learnt, learnt[:20]))


def test_judging_says_what_it_counts(data, drawer):
    judged = evaluate_drawer(drawer, data, 5)
    assert all(len(values) == 5 for values in judged.values.values())
    values = judged.values
    parts = values["offsets"] + values["pens"]
    assert np.allclose(values["reconstruction"], parts)
    assert np.allclose(values["cost"] * judged.totals["cost_without_a_model"], parts + values["kl"])
    assert "N_max" in judged.protocol["longest"]
    assert (evaluate_drawer(make_drawer(latent=0), data, 5).values["kl"] == 0).all()


@pytest.mark.parametrize("options", [{}, {"latent": 0}, {"recurrent_dropout": 0.0, "places": False}])
def test_every_kind_of_network_learns(data, options):
    family = get_family("sketch")
    module, source = family.training(family.configure(TINY | options), data, None)
    batch = torch.utils.data.default_collate([source.sample(number) for number in range(4)])
    module.log_dict = lambda figures: None
    module.training_step(batch, 0).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in module.network.parameters())


def test_a_training_makes_drawings_cheaper(data, tmp_path):
    family = get_family("sketch")
    options = TINY | {"steps": 60, "batch_size": 8, "decoder": 16, "check_steps": 30, "precision": "32-true"}
    module, source = family.training(family.configure(options), data, None)
    seen: dict[int, float] = {}
    quiet = {"report": lambda *_: None, "on_preview": lambda *_: None, "accelerator": "cpu"}
    folder = fit(
        "sketch",
        module,
        source,
        module.config,
        tmp_path,
        on_check=lambda step, figures, _: seen.update({step: figures["nats"]}),
        **quiet,
    )
    assert seen[60] < seen[30]
    drawer = Drawer(load_bundle(folder, "sketch"))
    assert evaluate_drawer(drawer, data, 12).values["cost"].mean() < 2


def test_a_killed_training_ends_as_an_undisturbed_one(data, tmp_path):
    family = get_family("sketch")
    config = family.configure(TINY | {"checkpoint_steps": 2, "preview_steps": 3, "check_steps": 2})

    def train(folder, kill: bool) -> dict[str, torch.Tensor]:
        def on_preview(step, path) -> None:
            if kill:
                raise InterruptedError

        module, source = family.training(config, data, None)
        options = {"report": lambda *_: None, "on_preview": on_preview, "accelerator": "cpu"}
        return load_bundle(fit("sketch", module, source, config, folder, **options)).tensors

    calm = train(tmp_path / "calm", kill=False)
    with pytest.raises(InterruptedError):
        train(tmp_path / "killed", kill=True)
    resumed = train(tmp_path / "killed", kill=False)
    assert all(torch.equal(calm[name], resumed[name]) for name in calm)


def test_too_few_drawings_are_said(data):
    family = get_family("sketch")
    with pytest.raises(AtelierError, match=r"12 drawings, and batch_size=64: lower it, or add drawings"):
        family.training(family.configure({}), data, None)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda config, tensors: config.update(decoder=-1), "configuration has decoder"),
        (lambda config, tensors: config.update(decoder=9), "do not fit"),
        (lambda config, tensors: tensors.pop("head.bias"), "do not fit"),
        (lambda config, tensors: config.pop("class_names"), "do not fit"),
    ],
)
def test_a_spoilt_bundle_is_refused_in_words(spoil, words):
    module = SketchModule(get_family("sketch").configure(TINY), ["a", "b"], 30.0, [], np.empty(0, np.int64))
    config, tensors = module.bundle_config(), module.bundle_state()
    spoil(config, tensors)
    with pytest.raises(AtelierError, match=words):
        Drawer(Bundle("sketch", config, tensors))


def test_a_network_without_classes_or_latent_begins_at_rest():
    network = SketchNet(get_family("sketch").configure(TINY | {"latent": 0, "naming": 0}), 0)
    hidden, cell = network.begin(torch.empty(3, 0), torch.empty(3, 0))
    assert hidden.shape == cell.shape == (1, 3, 8)
    assert not hidden.any()
