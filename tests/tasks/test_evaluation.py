import shutil

import hypothesis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors.torch import load_file, save_file

from artmodels.bundle import load_bundle, save_bundle
from artmodels.errors import AtelierError
from artmodels.family import Judged
from tasks import registry
from tasks.evaluation import (
    Evaluation,
    evaluate_bundle,
    evaluate_version,
    interval,
    load_evaluation,
    read_params,
    save_evaluation,
)

VALUES = arrays(np.float64, st.integers(2, 20), elements=st.floats(-1e6, 1e6))


@given(values=VALUES)
def test_an_interval_holds_the_mean_and_is_the_same_each_time(values):
    found = interval(values)
    slack = 1e-6 * (1 + np.abs(values).max())
    assert found.mean == pytest.approx(values.mean())
    assert values.min() - slack <= found.low <= found.mean + slack
    assert found.mean - slack <= found.high <= values.max() + slack
    assert interval(values) == found


@hypothesis.settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_an_interval_shrinks_with_more_items(seed):
    values = np.random.default_rng(seed).normal(size=20)
    few, many = interval(values), interval(np.tile(values, 16))
    assert many.high - many.low < 0.5 * (few.high - few.low)


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    chance = np.random.default_rng(0)
    found = [interval(chance.normal(size=96)) for _ in range(100)]
    assert 88 <= sum(one.low <= 0 <= one.high for one in found) <= 99


def test_an_interval_reads_well():
    assert str(interval(np.array([0.5, 0.5]))) == "0.5000 [0.5000, 0.5000]"


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_items_are_a_fault(count):
    with pytest.raises(AtelierError, match=f"^{count} items are too few to judge by: add more"):
        interval(np.ones(count))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "evaluation: {teacher: a, judge: b, items: 1}",
            "evaluation.items: Input should be greater than or equal to 2.",
        ),
        ("evaluation: {teacher: a, judge: b, items: few}", "evaluation.items: Input should be a valid integer"),
        ("evaluation: {teacher: a, items: 4}", "evaluation.judge: Field required."),
        ("evaluation: {teacher: a, judge: b, items: 4, seed: 1}", "evaluation.seed: Extra inputs are not permitted."),
        ("", "evaluation: Field required."),
        ("evaluation:", "evaluation: Input should be a valid dictionary"),
        ("evaluation: 3", "evaluation: Input should be a valid dictionary"),
        ("- 1", "the file: Input should be a valid dictionary"),
        ("{", "is not YAML"),
        (None, "is missing: run this inside an Atelier project."),
    ],
)
def test_params_that_are_not_accepted_are_named(house, text, fault):
    path = house.root / "params.yaml"
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises(AtelierError) as caught:
        read_params(house)
    assert str(caught.value).startswith(str(path))
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_evaluation_comes_back_as_it_was(tmp_path):
    evaluation = Evaluation("0123", Judged({"style": np.array([0.1, 1 / 3]), "content": np.array([1e-300, 1e300])}))
    loaded = load_evaluation(save_evaluation(evaluation, tmp_path / "deep" / "evaluation.json"))
    assert loaded.evaluation_set == "0123"
    assert loaded.values.keys() == evaluation.values.keys()
    for name, values in evaluation.values.items():
        np.testing.assert_array_equal(loaded.values[name], values)


def test_a_bundle_is_judged_item_by_item_the_same_each_time(house, bundle):
    first, second = (evaluate_bundle(house, "style", bundle) for _ in range(2))
    assert first.evaluation_set == second.evaluation_set
    assert first.values.keys() == {"content", "style", "ideal_distance"}
    assert {values.shape for values in first.values.values()} == {(4,)}
    for name, values in first.values.items():
        np.testing.assert_array_equal(values, second.values[name])


def test_the_evaluation_set_has_another_name_when_anything_in_it_changes(house, bundle, teacher, tmp_path):
    names = [evaluate_bundle(house, "style", bundle).evaluation_set]
    params = house.root / "params.yaml"
    params.write_text(params.read_text().replace("items: 4", "items: 3"))
    names.append(evaluate_bundle(house, "style", bundle).evaluation_set)
    tensors = load_file(teacher)
    save_file({name: tensor * 1.01 for name, tensor in tensors.items()}, house.weights / "perceptor.safetensors")
    names.append(evaluate_bundle(house, "style", bundle).evaluation_set)
    packed = house.prepared / "packed"
    copy = shutil.copytree(packed.resolve(), tmp_path / "packed")
    index = copy / "index.parquet"
    table = pd.read_parquet(index)
    table["title"] = "Another"
    table.to_parquet(index)
    packed.unlink()
    packed.symlink_to(copy)
    names.append(evaluate_bundle(house, "style", bundle).evaluation_set)
    assert len(set(names)) == 4


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_broken_weights_score_nothing(house, bundle, value):
    broken = load_bundle(bundle, "style")
    tensors = {
        name: tensor * value if tensor.is_floating_point() else tensor for name, tensor in broken.tensors.items()
    }
    save_bundle(bundle, "style", broken.config, tensors)
    with pytest.raises(AtelierError, match="holds weights that are not finite numbers"):
        evaluate_bundle(house, "style", bundle)


def test_figures_are_recorded_with_the_version(house, add_version):
    version = add_version()
    report = evaluate_version(house, "style", "models:/style@challenger")
    assert report["version"] == 1
    recorded = registry.find(house, "style", "1").tags
    assert recorded["evaluation_set"] == report["evaluation_set"]
    run = registry.connect(house).get_run(version.run_id)
    assert run.data.metrics["evaluation.style"] == pytest.approx(report["figures"]["style"]["mean"])
    items = registry.connect(house).list_artifacts(version.run_id, "evaluation")
    name = f"evaluation/{report['evaluation_set']}"
    assert {item.path for item in items} == {f"{name}.json", f"{name}-pairs.png"}


@pytest.mark.parametrize(
    ("family", "reference", "fault"),
    [
        ("stile", "champion", r"There is no model family 'stile' \(did you mean 'style'\?\); known are style"),
        ("style", "champion", "No style model is registered yet: train one"),
    ],
)
def test_what_cannot_be_judged_is_said(house, family, reference, fault):
    with pytest.raises(AtelierError, match=fault):
        evaluate_version(house, family, reference)


@pytest.mark.parametrize(
    ("lost", "fault"), [("prepared/packed", "No packed images"), ("weights/perceptor.safetensors", "is missing")]
)
def test_a_judge_that_lacks_something_says_what(house, bundle, lost, fault):
    (house.root / lost).unlink()
    with pytest.raises(AtelierError, match=fault):
        evaluate_bundle(house, "style", bundle)
