"""The reader's parts: words, phrases, batches, intervals, attributions, and faults."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from artmodels.bundle import Bundle, load_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.fit import fit
from artmodels.reader.attribution import words_spoke
from artmodels.reader.evaluation import evaluate_readings, evaluation_rows
from artmodels.reader.figures import TOTAL, targets_of
from artmodels.reader.intervals import conformal_radius
from artmodels.reader.module import encode
from artmodels.reader.phrases import Phrases, phrases_of
from artmodels.reader.reader import Reader
from artmodels.reader.samples import Critiques, bucketed
from artmodels.reader.words import UNKNOWN, Vocabulary, part
from artmodels.sequences import Sequences
from tasks.sequences import row_of, write_sequences

TINY = {"embedding": 8, "hidden": 6, "batch_size": 8, "steps": 60, "learning_rate": 0.02, "ema_decay": 0.8}
PRAISE, BLAME = "a calm light and colours that glow", "a stiff line and colours that are dull"


def said(seed: int) -> tuple[str, dict[str, float]]:
    """A critique whose scores follow from its words."""
    chance = np.random.default_rng(seed)
    good = seed % 2
    more = " ".join(chance.choice(["form", "shade", "brush", "space", "mood", "line", "depth"], 5))
    figures = {"total": 35.0 + 40 * good + chance.integers(0, 8), "mood": 4.0 + 3 * good}
    return f"It has {PRAISE if good else BLAME}; {more}.", figures if seed % 3 else {"total": figures["total"]}


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Sequences:
    path = tmp_path_factory.mktemp("said") / "critique.parquet"
    splits = ["train"] * 60 + ["validation"] * 20 + ["test"] * 20
    write_sequences(path, [row_of(said(seed), {"split": split}) for seed, split in enumerate(splits)])
    return Sequences(path)


def train(data: Sequences, folder: Path, **options: object) -> Path:
    family = get_family("reader")
    config = family.configure(TINY | options)
    module, source = family.training(config, data, Path())
    return fit(
        "reader",
        module,
        source,
        config,
        folder,
        report=lambda step, figures: None,
        on_preview=lambda step, path: None,
        accelerator="cpu",
    )


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory) -> Bundle:
    return load_bundle(train(data, tmp_path_factory.mktemp("run")), "reader")


@pytest.fixture
def reader(trained) -> Reader:
    return Reader(trained)


@given(st.text())
def test_words_stand_where_they_say(text):
    words = part(text)
    assert all(text[word.start : word.end].lower() == word.text for word in words)
    assert [word.start for word in words] == sorted({word.start for word in words})


def test_what_a_vocabulary_does_not_know_is_unknown():
    vocabulary = Vocabulary.of_texts(["Light and shade", "light, and line", "it's line"], least=2)
    assert vocabulary.words == ["and", "light", "line"]
    assert len(vocabulary) == 5
    assert encode(vocabulary, "Light AND fog", 9) == [3, 2, UNKNOWN]
    assert encode(vocabulary, "", 9) == [UNKNOWN]
    assert encode(vocabulary, "line line line", 2) == [4, 4]


def test_phrases_do_not_cross_what_is_unknown():
    found = [one for one, _ in phrases_of([2, 3, UNKNOWN, 4], 2)]
    assert found == [(2,), (2, 3), (3,), (4,)]


def test_phrases_learn_what_ridge_regression_does():
    texts = [[2, 3, 4], [2, 3], [3, 4], [2, 4, 4]] * 5
    targets = np.random.default_rng(0).normal(size=(20, 2))
    targets[3, 1] = np.nan
    phrases = Phrases.fitted(texts, targets, longest=2, least=2, penalty=0.7)
    matrix = phrases._matrix(texts).toarray()
    assert np.allclose((matrix**2).sum(1), 1, atol=1e-5)
    for column in range(2):
        given_ = np.isfinite(targets[:, column])
        own, wanted = matrix[given_], targets[given_, column]
        right = np.linalg.solve(own.T @ own + 0.7 * np.eye(own.shape[1]), own.T @ wanted)
        assert np.allclose(phrases.weights[:, column], right, atol=1e-4)
    assert phrases.spoken([2, 3, 4, 9], 0).sum() == pytest.approx(float(phrases([2, 3, 4, 9])[0]), abs=1e-5)
    assert phrases.spoken([2, 3, 4, 9], 0)[3] == 0
    assert phrases([9]).tolist() == [0, 0]


def test_batches_are_of_one_length_and_each_critique_comes_once_an_epoch():
    lengths = np.random.default_rng(0).integers(1, 100, 203)
    order = bucketed(lengths, 10, seed=1, epoch=0)
    assert len(order) == 200
    assert len(set(order)) == 200
    spread = np.ptp(lengths[order].reshape(-1, 10), axis=1).mean()
    assert spread < 0.3 * np.ptp(lengths[np.random.default_rng(0).permutation(200)].reshape(-1, 10), axis=1).mean()
    assert not np.array_equal(order, bucketed(lengths, 10, seed=1, epoch=1))


@pytest.mark.parametrize("batch", [3, 50])
def test_samples_do_not_depend_on_what_was_asked_before(batch):
    texts = [[2] * (1 + number % 7) for number in range(20)]
    first, second = (Critiques(texts, torch.arange(20.0)[:, None], batch, 0) for _ in range(2))
    forth = [float(first.sample(number)["targets"]) for number in range(45)]
    back = [float(second.sample(number)["targets"]) for number in reversed(range(45))]
    assert forth == back[::-1]


def test_padding_and_neighbours_change_nothing(trained):
    recurrent = Reader(trained).network.recurrent
    texts = [[2, 3, 4, 5], [4, 1], [3]]
    batch = torch.zeros(3, 6, dtype=torch.int64)
    for row, text in zip(batch, texts, strict=True):
        row[: len(text)] = torch.tensor(text)
    together = recurrent(batch, torch.tensor([4, 2, 1]))
    for text, read in zip(texts, together, strict=True):
        alone = recurrent(torch.tensor([text]), torch.tensor([len(text)]))[0]
        assert torch.allclose(alone, read, atol=1e-5)
        # The order of the words counts, which a bag of them cannot know.
        turned = recurrent(torch.tensor([text[::-1]]), torch.tensor([len(text)]))[0]
        assert len(text) == 1 or not torch.allclose(alone, turned, atol=1e-4)


def test_intervals_hold_what_they_promise():
    chance = np.random.default_rng(0)
    held = []
    for _ in range(300):
        radius = conformal_radius(np.abs(chance.normal(size=60)), 0.9)
        held.append(np.mean(np.abs(chance.normal(size=60)) <= radius))
    assert 0.9 <= np.mean(held) + 0.01 < 0.93
    assert conformal_radius(np.array([0.1, np.nan]), 0.9) == np.inf


def test_it_reads_what_was_said(reader, data):
    good, bad = reader.read(f"It has {PRAISE}"), reader.read(f"It has {BLAME}")
    assert good.scores[TOTAL].value > bad.scores[TOTAL].value + 20
    assert good.scores["mood"].value > bad.scores["mood"].value + 1
    for score in good.scores.values():
        assert score.low <= score.value <= score.high
    values, totals = evaluate_readings(reader, data, evaluation_rows(data, 96))
    assert values["misreading"].mean() < 0.5
    assert totals["rank_correlation"] > 0.5
    assert values["held"].mean() >= 0.7
    assert len(values["error_mood"]) < len(values["error_total"]) == 20


def test_figures_that_are_not_given_teach_nothing(data, reader):
    assert reader.figures == ["total", "mood"]
    assert np.isnan(targets_of(data)[:, 1]).all()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_attributions_sum_to_what_they_explain(trained, share):
    reader = Reader(Bundle("reader", trained.config | {"share": share}, trained.tensors))
    reading = reader.read(f"It has {PRAISE}, and a line.")
    points = words_spoke(reader, reading)
    nothing = [UNKNOWN] * len(reading.words)
    with torch.no_grad():
        numbers = reader.vocabulary.numbers(reading.words)
        above = float(reader.network(numbers)[0] - reader.network(nothing)[0]) * 100
    assert points.sum() == pytest.approx(above, rel=0.02, abs=0.2)
    words = [word.text for word in reading.words]
    assert points[words.index("glow")] > 0
    if share == 0:
        assert points.sum() == pytest.approx(above, abs=0.01)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there are no words in it"),
        (" \n 12 ... ?!", "there are no words in it"),
        ("Das Bild ist sehr schön", r"only 0% of its 5 words are known: it is in another language"),
        ("画面构图完整", "only 0% of its 1 words are known"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(reader, text, message):
    with pytest.raises(AtelierError, match=f"^{message}"):
        reader.read(text)
    answers = reader.predict(pd.DataFrame({"text": [text, PRAISE]}), {})
    assert "refused" in json.loads(answers[0])
    assert json.loads(answers[1])["total"]["value"] > 0


def test_a_text_with_many_new_words_is_read_with_caution(reader):
    assert reader.read("a calm light and colours that glow").familiar
    assert not reader.read("a calm light and zebras that juggle grapes").familiar


def test_a_run_that_was_cut_off_ends_as_one_that_was_not(data, tmp_path):
    whole = load_bundle(train(data, tmp_path / "whole", steps=12, checkpoint_steps=5))

    class CutOffError(Exception):
        pass

    def cut(step: int, figures: dict[str, float]) -> None:
        if step >= 7:
            raise CutOffError

    family = get_family("reader")
    config = family.configure(TINY | {"steps": 12, "checkpoint_steps": 5, "preview_steps": 7})
    module, source = family.training(config, data, Path())
    with pytest.raises(CutOffError):
        fit(
            "reader",
            module,
            source,
            config,
            tmp_path / "cut",
            report=lambda step, figures: None,
            on_preview=lambda step, path: cut(step, {}),
            accelerator="cpu",
        )
    assert (tmp_path / "cut" / "last.ckpt").is_file()
    resumed = load_bundle(train(data, tmp_path / "cut", steps=12, checkpoint_steps=5))
    assert resumed.config == whole.config
    assert all(torch.equal(resumed.tensors[name], value) for name, value in whole.tensors.items())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"figures": ["total", "beauty"]}, "scores 'beauty', which is not one of total"),
        ({"hidden": 0}, "configuration has hidden"),
        ({"hidden": 5}, "weights do not fit"),
        ({"words": "a"}, "weights do not fit"),
    ],
)
def test_bundles_that_do_not_fit_say_why(trained, change, message):
    with pytest.raises(AtelierError, match=message):
        Reader(Bundle("reader", trained.config | change, trained.tensors))
    with pytest.raises(AtelierError, match="lacks 'words'"):
        Reader(Bundle("reader", {"figures": ["total"]}, trained.tensors))


def test_texts_that_share_no_word_teach_nothing_but_their_mean(tmp_path):
    words = ["sun", "moon", "rain", "snow", "wind", "fog"]
    splits = ["train"] * 4 + ["validation", "test"]
    rows = [row_of((word, {"total": 50.0}), {"split": split}) for word, split in zip(words, splits, strict=True)]
    write_sequences(tmp_path / "critique.parquet", rows)
    bundle = load_bundle(train(Sequences(tmp_path / "critique.parquet"), tmp_path / "run", steps=2))
    model = Reader(bundle)
    assert model.exercise() == 10
    with pytest.raises(AtelierError, match="only 0% of its 1 words are known"):
        model.read("sun")


def test_data_without_totals_is_named(tmp_path):
    rows = [row_of((f"so calm {n}", {"mood": 5.0}), {"split": "train"}) for n in range(4)]
    write_sequences(tmp_path / "critique.parquet", rows)
    family, data = get_family("reader"), Sequences(tmp_path / "critique.parquet")
    with pytest.raises(AtelierError, match=r"^Nothing to learn: the training split needs critiques with a total"):
        family.training(family.configure(TINY), data, Path())
    with pytest.raises(AtelierError, match="need critiques with a total score"):
        evaluation_rows(data, 5)
