"""The critic's parts: scans, scales, conformal intervals, properties, labels; and its training and its answers."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from artmodels.bundle import Bundle, load_bundle
from artmodels.critic.conformal import interval_margin, set_threshold
from artmodels.critic.critic import Critic
from artmodels.critic.critique import Estimated, Named
from artmodels.critic.evaluation import evaluate_works, evaluation_works
from artmodels.critic.labels import MISSING, NOT_LEARNT, labels_of, learn_classes, learn_scales, numbers_of, trust_of
from artmodels.critic.losses import naming_loss, number_loss, order_loss
from artmodels.critic.maps import enlarge
from artmodels.critic.places import local_moments
from artmodels.critic.properties import PROPERTIES, measure_properties
from artmodels.critic.readers import Reader
from artmodels.critic.scales import quantile, ranked_probability_score, rating_edges, year_edges
from artmodels.critic.scans import ORDERS, position_codes, scan_orders
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.fit import fit
from artmodels.images import INDEX, PackedImages

TINY = {"side": 32, "steps": 4, "batch_size": 4, "codes": 3, "min_works": 2, "width": 8, "places": 3}


def relabelled(packed: Path, folder: Path, **columns: object) -> PackedImages:
    """The same pictures with other labels."""
    folder.mkdir(exist_ok=True)
    (folder / "images.bin").symlink_to(packed / "images.bin")
    pd.read_parquet(packed / INDEX).assign(**columns).to_parquet(folder / INDEX)
    return PackedImages(folder)


@pytest.fixture
def data(watched_folder, tmp_path) -> PackedImages:
    """Works with styles, artists, years and ratings; every fourth without year and rating."""
    rows = len(pd.read_parquet(watched_folder / INDEX))
    known = np.arange(rows) % 4 != 0
    years = np.where(known, 1800 + 7.0 * np.arange(rows), np.nan)
    ratings = np.where(known, 1 + np.arange(rows) % 10, np.nan)
    return relabelled(watched_folder, tmp_path / "labelled", year=years, rating_mean=ratings, rating_count=5)


@pytest.fixture
def bundle(data, teacher) -> Bundle:
    family = get_family("critic")
    module, _ = family.training(family.configure(TINY), data, teacher)
    module.on_fit_end()
    return Bundle("critic", module.bundle_config(), module.bundle_state())


@pytest.fixture
def critic(bundle) -> Critic:
    return Critic(bundle)


@pytest.mark.parametrize("side", [3, 5, 8])
def test_every_order_reads_every_place_once(side):
    orders = scan_orders(side)
    assert orders.shape == (len(ORDERS), side**2)
    for order in orders:
        assert torch.equal(order.sort().values, torch.arange(side**2))
    assert len({tuple(order.tolist()) for order in orders}) == len(ORDERS)


def test_the_orders_are_what_they_are_called():
    rows, columns, serpentine, outwards = scan_orders(4)
    assert rows[:5].tolist() == [0, 1, 2, 3, 4]
    assert columns[:5].tolist() == [0, 4, 8, 12, 1]
    assert serpentine[:8].tolist() == [0, 1, 2, 3, 7, 6, 5, 4]
    assert set(outwards[:4].tolist()) == {5, 6, 9, 10}


def test_no_two_places_have_the_same_code():
    codes = position_codes(8)
    assert torch.cdist(codes, codes).add(torch.eye(64)).min() > 0.05


def test_moments_of_a_place_are_its_own():
    maps = [torch.rand(1, 5, 16, 16, generator=torch.Generator().manual_seed(0))]
    before = local_moments(maps, 4)
    maps[0][:, :, :4, :4] = 7
    after = local_moments(maps, 4)
    assert before.shape == (1, 16, 10)
    assert not torch.equal(before[0, 0], after[0, 0])
    assert torch.equal(before[0, 1:], after[0, 1:])


def test_reading_knows_where_things_are_and_the_mean_does_not():
    places = torch.rand(2, 9, 3, generator=torch.Generator().manual_seed(0))
    for kind in ("gru", "mean"):
        reader = Reader(3, 8, 3, 0.0, kind)
        read, attention = reader(places)
        assert read.shape == (2, reader.size)
        assert torch.allclose(attention.sum(1), torch.ones(2))
    # Without where they are, the order of places would not matter to the mean.
    reader.positions.zero_()
    assert torch.allclose(reader(places.flip(1))[0], read * 0 + reader(places)[0], atol=1e-6)


@given(st.lists(st.integers(-500, 2000), min_size=2, max_size=50, unique=True), st.integers(2, 40))
def test_year_bins_hold_all_years(years, bins):
    edges = year_edges(torch.tensor(years).float(), bins)
    assert (edges.diff() > 0).all()
    assert edges[0] < min(years)
    assert edges[-1] > max(years)


def test_the_score_is_best_for_the_truth():
    edges = rating_edges()
    truth = torch.tensor([7.0])
    scores = [
        float(ranked_probability_score(torch.full((1, 10), -9.0).index_fill(1, torch.tensor([n]), 9.0), edges, truth))
        for n in range(10)
    ]
    assert int(np.argmin(scores)) == 6
    assert scores[6] < 0.01
    # The further, the worse: neighbours are less wrong than strangers.
    assert scores[:7] == sorted(scores[:7], reverse=True)
    assert scores[6:] == sorted(scores[6:])


@given(st.lists(st.floats(-5, 5), min_size=10, max_size=10))
def test_quantiles_ascend_and_stay_on_the_scale(logits):
    given_logits, edges = torch.tensor([logits]), rating_edges()
    found = [float(quantile(given_logits, edges, share)) for share in (0.0, 0.05, 0.5, 0.95, 1.0)]
    assert found == sorted(found)
    assert edges[0] <= found[0]
    assert found[-1] <= edges[-1]


def test_intervals_hold_as_many_truths_as_they_say():
    chance = torch.Generator().manual_seed(0)
    truth = torch.randn(4000, generator=chance)
    low, high = torch.full((4000,), -0.5), torch.full((4000,), 0.5)
    margin = interval_margin(low[:2000], high[:2000], truth[:2000], 0.9, 99.0)
    held = (truth[2000:] >= low[2000:] - margin) & (truth[2000:] <= high[2000:] + margin)
    assert held.float().mean() == pytest.approx(0.9, abs=0.02)
    assert interval_margin(low[:8], high[:8], truth[:8], 0.9, 99.0) == 99, "eight works cannot promise nine in ten"
    assert interval_margin(low, high, torch.full((4000,), torch.nan), 0.9, 99.0) == 99


def test_sets_hold_as_many_truths_as_they_say():
    chance = torch.Generator().manual_seed(0)
    probabilities = (2 * torch.randn(4000, 6, generator=chance)).softmax(1)
    labels = torch.multinomial(probabilities, 1, generator=chance)[:, 0]
    threshold = set_threshold(probabilities[:2000], labels[:2000], 0.9)
    held = probabilities[2000:].gather(1, labels[2000:, None])[:, 0] >= threshold
    assert held.float().mean() == pytest.approx(0.9, abs=0.02)
    # Where every fifth class was never learnt, no set can hold nine in ten.
    labels[:2000:5] = NOT_LEARNT
    assert set_threshold(probabilities[:2000], labels[:2000], 0.9) == 0
    assert set_threshold(probabilities, torch.full((4000,), MISSING), 0.9) == 0


def test_properties_say_what_they_are_called():
    def of(picture: np.ndarray) -> dict[str, float]:
        return dict(zip(PROPERTIES, measure_properties(picture), strict=True))

    grey = np.full((60, 80, 3), 128, np.uint8)
    half = grey.copy()
    half[:, :40], half[:, 40:] = 0, 255
    corner = grey.copy()
    corner[:12, :12] = (255, 0, 0)
    yellow = np.full((60, 80, 3), (255, 220, 0), np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    assert of(half)["contrast"] == pytest.approx(0.5, abs=0.01)
    assert of(grey)["colourfulness"] == pytest.approx(0, abs=1e-6)
    assert of(yellow)["warmth"] > 0.5 > of(grey)["warmth"]
    assert of(noise)["palette"] > 300
    assert of(grey)["palette"] == pytest.approx(1)
    assert of(corner)["balance"] < of(grey)["balance"] - 0.2
    assert of(np.hstack([noise, noise[:, ::-1]]))["symmetry"] == pytest.approx(1)
    assert of(half)["symmetry"] == pytest.approx(-1)
    assert all(np.isfinite(measure_properties(np.full(size, 7, np.uint8))).all() for size in [(1, 1, 3), (1, 900, 3)])


def test_what_is_missing_is_masked(data):
    config = get_family("critic").configure(TINY)
    classes, scales = learn_classes(data, 2), learn_scales(data, config)
    assert classes.keys() == {"style", "artist"}
    assert scales.keys() == {"year", "rating"}
    labels = labels_of(data, {"style": ["style 1"]}, scales)
    assert set(labels["style"].tolist()) == {0, NOT_LEARNT}
    assert labels["year"].isnan().sum() == labels["rating"].isnan().sum() == len(data) / 4
    assert torch.allclose(trust_of(data), torch.tensor(1 / 3))


def test_a_head_that_the_data_cannot_feed_is_left_out(packed_folder, tmp_path, teacher):
    family = get_family("critic")
    none = relabelled(packed_folder, tmp_path / "none", style="", artist="")
    with pytest.raises(AtelierError, match=r"Nothing to learn: .* min_works=2"):
        family.training(family.configure(TINY), none, teacher)
    same = relabelled(packed_folder, tmp_path / "same", artist="", year=1900)
    module, _ = family.training(family.configure(TINY), same, teacher)
    assert module.network.heads.keys() == {"style"}


def test_a_rating_off_the_scale_is_refused(packed_folder, tmp_path):
    wrong = relabelled(packed_folder, tmp_path / "wrong", rating_mean=11.0)
    with pytest.raises(AtelierError, match=r"000 has rating_mean=11: ratings are 1 to 10"):
        numbers_of(wrong, "rating")


def test_a_missing_label_teaches_nothing():
    logits = torch.randn(4, 10, requires_grad=True)
    naming_loss(logits, torch.tensor([0, MISSING, 2, NOT_LEARNT]), torch.ones(10), 0.1).backward()
    assert (logits.grad[[1, 3]] == 0).all()
    assert (logits.grad[[0, 2]] != 0).any()
    logits.grad = None
    truth = torch.tensor([torch.nan, 3.5, torch.nan, 8.0])
    (number_loss(logits, rating_edges(), truth, torch.ones(4)) + order_loss(logits, rating_edges(), truth)).backward()
    assert (logits.grad[[0, 2]] == 0).all()
    assert (logits.grad[[1, 3]] != 0).any()
    nothing = torch.full((4,), torch.nan)
    assert number_loss(logits, rating_edges(), nothing, torch.ones(4)) == 0
    assert order_loss(logits, rating_edges(), nothing) == 0
    assert naming_loss(logits, torch.full((4,), MISSING), torch.ones(10), 0.1) == 0


@pytest.mark.parametrize("options", [{}, {"reader": "mean"}])
def test_every_reader_learns_and_serves(data, teacher, options, make_painting):
    family = get_family("critic")
    module, source = family.training(family.configure(TINY | options), data, teacher)
    batch = torch.utils.data.default_collate([source.sample(number) for number in range(8)])
    module.log_dict = lambda figures: None
    module.training_step(batch, 0).backward()
    for name, parameter in module.network.named_parameters():
        assert (parameter.grad is None) == name.startswith("encoder."), name
    module.on_fit_end()
    said = Critic(Bundle("critic", module.bundle_config(), module.bundle_state())).critique(make_painting(1, 50, 40))
    assert said.heads.keys() == {"style", "artist", "year", "rating"}
    for one in said.heads.values():
        if isinstance(one, Named):
            assert sum(one.probabilities.values()) == pytest.approx(1, abs=1e-5)
            assert one.among[0] == one.best
        else:
            assert one.low <= one.value <= one.high
    assert said.scale == "rating"
    assert said.attention.sum() == pytest.approx(1, abs=1e-5)
    assert said.occlusion is not None
    assert said.embedding.shape == (8 if options else 16,)


def test_a_killed_training_ends_as_an_undisturbed_one(data, teacher, tmp_path):
    family = get_family("critic")
    config = family.configure(TINY | {"checkpoint_steps": 2, "preview_steps": 3})

    def train(folder: Path, kill: bool) -> Bundle:
        def on_preview(step: int, path: Path) -> None:
            if kill:
                raise InterruptedError

        module, source = family.training(config, data, teacher)
        options = {"report": lambda step, figures: None, "on_preview": on_preview, "accelerator": "cpu"}
        return load_bundle(fit("critic", module, source, config, folder, **options))

    calm = train(tmp_path / "calm", kill=False)
    with pytest.raises(InterruptedError):
        train(tmp_path / "killed", kill=True)
    resumed = train(tmp_path / "killed", kill=False)
    assert calm.config == resumed.config
    assert all(torch.equal(calm.tensors[name], resumed.tensors[name]) for name in calm.tensors)
    assert all(tensor.isfinite().all() for tensor in calm.tensors.values())


def test_a_work_is_nearest_to_itself(critic, data):
    row = int(data.where(kind="artwork", split="train")[1])
    nearest = critic.critique(data[row], reasons=False).nearest
    assert nearest[0].id == data.table["id"][row]
    assert nearest[0].likeness > 0.99
    assert [work.likeness for work in nearest] == sorted((work.likeness for work in nearest), reverse=True)


def test_a_critique_is_the_same_each_time_and_without_reasons(critic, make_painting):
    picture = make_painting(3, 70, 60)
    first, again, plain = critic.critique(picture), critic.critique(picture), critic.critique(picture, reasons=False)
    assert json.dumps(first.as_json()) == json.dumps(again.as_json())
    assert plain.occlusion is None
    assert plain.agreement is None
    assert plain.as_json()["heads"] == first.as_json()["heads"]


def test_belonging_falls_with_strangeness(critic):
    strange = torch.linspace(0, 2 * float(critic.network.held_out[-1]), 50)
    belonging = critic.network.belonging(strange)
    assert (belonging.diff() <= 0).all()
    assert belonging[0] == 1
    assert 0 < belonging[-1] < 0.02


def test_stripes_are_stranger_than_the_works(critic, data):
    seen = [critic.critique(data[row], False).strangeness for row in data.where(kind="artwork", split="train")]
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[::2] = 255
    said = critic.critique(stripes)
    assert said.strangeness > max(seen)
    assert not said.known


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (700, 3), (40, 300)])
def test_any_size_is_critiqued(critic, size):
    picture = np.full((*size, 3), 90, np.uint8)
    said = critic.critique(picture)
    assert np.isfinite(said.evaluation)
    assert enlarge(said.attention, picture).shape == size


def test_the_answer_is_json(critic, make_painting, encode):
    rows = pd.DataFrame({"picture": [encode(make_painting(3))]})
    answer = json.loads(critic.predict(rows, {"reasons": False})[0])
    assert answer["heads"].keys() == {"style", "artist", "year", "rating"}
    assert answer["occlusion"] is None
    with pytest.raises(AtelierError, match="cannot be decoded"):
        critic.predict(pd.DataFrame({"picture": [b"words"]}), {})


def test_judging_work_by_work(critic, data, packed_folder, tmp_path):
    rows = evaluation_works(data, 10)
    figures = evaluate_works(critic, data, rows).values
    assert figures["misjudgement"].shape == (len(rows),)
    assert {"style", "style_covered", "year_error", "year_covered", "rating_error", "rating_width"} <= figures.keys()
    unknown = relabelled(packed_folder, tmp_path / "unknown", style="")
    with pytest.raises(AtelierError, match="artworks of two styles, years or ratings"):
        evaluation_works(unknown, 10)


def test_knowing_nothing_scores_one(data, bundle):
    """A critic that answers as a blind guess does is no better than one without the head."""
    tensors = {name: t for name, t in bundle.tensors.items() if not name.startswith(("heads.year", "heads.rating"))}
    tensors = {name: t for name, t in tensors.items() if not name.startswith("edges_")}
    tensors["margins"] = tensors["margins"][:2]
    rows = evaluation_works(data, 10)
    blind = Critic(Bundle("critic", bundle.config, tensors))
    assert blind.critique(data[rows[0]], False).scale == "belonging"
    figures = evaluate_works(blind, data, rows).values
    assert "year_error" not in figures
    only = relabelled(data.folder, data.folder.with_name("years"), style="", rating_mean=None)
    years = evaluation_works(only, 10)
    assert evaluate_works(blind, only, years).values["misjudgement"].mean() == pytest.approx(1)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda config, tensors: config.pop("classes"), "lacks 'classes'"),
        (lambda config, tensors: tensors.pop("space.basis"), "lacks 'space.basis'"),
        (lambda config, tensors: tensors.update(catalog=torch.tensor([1, 2], dtype=torch.uint8)), "catalog is damaged"),
        (lambda config, tensors: config.update(side=-1), "configuration has side"),
        (lambda config, tensors: config.update(classes={"style": ["one"]}), "do not fit"),
    ],
)
def test_a_spoilt_bundle_is_refused_in_words(bundle, spoil, words):
    config, tensors = dict(bundle.config), dict(bundle.tensors)
    spoil(config, tensors)
    with pytest.raises(AtelierError, match=words):
        Critic(Bundle("critic", config, tensors))


def test_ratings_by_a_rule_are_learnt(tmp_path, teacher, make_painting, encode):
    """Ratings by a stated rule (the brighter, the better): the critic ranks unseen pictures by it."""
    from tasks.pack import pack_images

    rows = []
    for number in range(60):
        brightness = (number * 7 % 60) / 60
        picture = (make_painting(number, 40, 40) * 0.3 + 170 * brightness).astype(np.uint8)
        (tmp_path / f"{number}.png").write_bytes(encode(picture))
        split = "test" if number % 5 == 0 else "validation" if number % 5 == 1 else "train"
        rows.append({"id": f"{number:03d}", "split": split, "file": f"{number}.png", "rating_mean": 1 + 9 * brightness})
    table = pd.DataFrame(rows).assign(kind="artwork", height=0, width=0, year=None, rating_count=20)
    table[["style", "genre", "artist", "title", "licence"]] = ""
    pack_images(table, tmp_path, tmp_path / "packed", 40, 80)
    data = PackedImages(tmp_path / "packed")
    family = get_family("critic")
    options = {"side": 32, "steps": 60, "batch_size": 16, "codes": 8, "width": 16, "places": 3, "dropout": 0.0}
    config = family.configure(options | {"learning_rate": 0.02, "preview_steps": 1000, "checkpoint_steps": 1000})
    module, source = family.training(config, data, teacher)
    quiet = {"report": lambda step, figures: None, "on_preview": lambda step, path: None, "accelerator": "cpu"}
    critic = Critic(load_bundle(fit("critic", module, source, config, tmp_path / "run", **quiet)))
    test = data.where(split="test")
    said = [critic.critique(data[row], reasons=False) for row in test]
    assert all(isinstance(one.heads["rating"], Estimated) for one in said)
    truth = data.table["rating_mean"].to_numpy()[test]
    assert np.corrcoef([one.evaluation for one in said], truth)[0, 1] > 0.8
    assert family.evaluate(critic, data, teacher, 100).values["misjudgement"].mean() < 0.7
