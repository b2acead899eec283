import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from artmodels.bundle import ADVICE, weights_digest
from artmodels.errors import AtelierError
from artmodels.family import Judged, get_family
from tasks import registry, runs
from tasks.evaluation import Evaluation, save_evaluation
from tasks.settings import Settings
from tasks.training import TrainerDiedError, TrainingProgress, TrainingSpec, read_spec

CONFIG = {"depth": "1", "code": 16, "blocks": 1, "crop": 32, "steps": 2}


@pytest.fixture
def studio(house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The house in git, with a file of code."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    (tmp_path / "gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n")
    (house.root / "tasks").mkdir()
    (house.root / "tasks" / "code.py").write_text("x = 1\n")
    for command in (["init", "-q"], ["add", "tasks"], ["commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", *command], cwd=house.root, check=True)
    return house


def finish(settings: Settings, folder: Path, bundle: Path) -> registry.Version:
    """Do what training and evaluation do, and register."""
    shutil.copytree(bundle, folder / "bundle", dirs_exist_ok=True)
    evaluation = Evaluation("the set", Judged({"ideal_distance": np.linspace(0.5, 0.9, 4)}))
    return runs.register(settings, folder, save_evaluation(evaluation, folder / "evaluation.json"))


def changes(settings: Settings) -> dict[str, tuple[Path, str]]:
    """One change of each thing that decides a training: the file, and its new text."""
    root = settings.root
    return {
        "data_md5": (root / "data.dvc", "outs:\n- md5: ffff.dir\n"),
        "code_revision": (root / "tasks" / "code.py", "x = 2\n"),
        "params_md5": (root / "params.yaml", (root / "params.yaml").read_text() + "# changed\n"),
        "perceptor_md5": (root / "weights" / "perceptor.safetensors", "other"),
    }


def test_lineage_names_all_that_decides(studio):
    before = runs.lineage(studio, "style", CONFIG)
    assert before["data_md5"] == "0123456789abcdef0123456789abcdef.dir"
    assert len(before["code_revision"]) == 40
    assert json.loads(before["config"])["depth"] == 1
    assert json.loads(before["config"])["batch_size"] == 4, "defaults too: they may change"
    assert runs.lineage(studio, "style", {**CONFIG, "depth": 1}) == before
    for name, (path, text) in changes(studio).items():
        kept = path.read_bytes()
        path.write_text(text)
        after = runs.lineage(studio, "style", CONFIG)
        assert {key for key in before if before[key] != after[key]} == {name}
        path.write_bytes(kept)
    assert runs.lineage(studio, "style", CONFIG) == before
    (studio.weights / "perceptor.safetensors").unlink()
    assert runs.lineage(studio, "style", CONFIG)["perceptor_md5"] == "absent"


def test_lineage_names_the_encoder_that_an_option_names(studio):
    options = {"weights": str(studio.root / "other.safetensors")}
    found = []
    for text in ("one", "other"):
        Path(options["weights"]).write_text(text)
        found.append(runs.lineage(studio, "classifier", options)["perceptor_md5"])
    assert found[0] != found[1]
    assert runs.lineage(studio, "classifier", {"weights": "vgg19"})["perceptor_md5"] == "vgg19"


def test_a_training_that_begins_with_a_version_is_another_and_says_so(studio, add_version, bundle):
    add_version()
    plain = runs.open_training(studio, "style", CONFIG, "Ada")
    folder = runs.open_training(studio, "style", CONFIG, "Ada", start="models:/style/1")
    assert folder != plain
    assert runs.open_training(studio, "style", CONFIG, "Ada", start="1") == folder
    start = read_spec(folder / runs.SPEC).start
    assert start.is_relative_to(folder)
    assert weights_digest(start) == weights_digest(bundle)
    version = finish(studio, folder, bundle)
    assert version.tags["started_from"] == f"style/1 sha256:{weights_digest(bundle)}"
    assert "started_from" not in finish(studio, plain, bundle).tags
    with pytest.raises(AtelierError, match="There is no version or alias '9' of style"):
        runs.open_training(studio, "style", CONFIG, "Ada", start="9")


@pytest.mark.parametrize(
    ("family", "config", "fault"),
    [
        ("stile", {}, "There is no model family 'stile'"),
        (
            "style",
            {"stepz": 1},
            "style: stepz=1 is not accepted: unknown option (did you mean 'steps'?); known are seed, steps",
        ),
        ("style", {"steps": "0"}, "style: steps='0' is not accepted: Input should be greater than or equal to 1."),
    ],
)
def test_a_request_that_is_not_accepted_leaves_nothing(studio, family, config, fault):
    with pytest.raises(AtelierError) as caught:
        runs.open_training(studio, family, config, "Ada")
    assert fault in str(caught.value)
    assert not (studio.scratch / "runs").exists()


def test_the_same_request_finds_the_unfinished_training(studio):
    assert runs.foresee_training(studio, "style", CONFIG)["resumes"] is None
    folder = runs.open_training(studio, "style", CONFIG, "Ada")
    foreseen = runs.foresee_training(studio, "style", CONFIG)
    assert (foreseen["resumes"], foreseen["config"]["depth"]) == (str(folder), 1)
    spec = read_spec(folder / runs.SPEC)
    assert (spec.prepared, spec.accelerator) == (studio.prepared, "cpu")
    run = registry.connect(studio).get_run(spec.run_id)
    assert run.data.tags["trigger"] == "Ada"
    assert run.data.params["depth"] == "1"
    (folder / "last.ckpt").write_text("a checkpoint")
    assert runs.open_training(studio, "style", {**CONFIG, "depth": 1}, "the schedule") == folder
    assert (folder / "last.ckpt").exists()
    other = runs.open_training(studio, "style", {**CONFIG, "seed": 1}, "Ada")
    assert other != folder
    for path, text in changes(studio).values():
        kept = path.read_bytes()
        path.write_text(text)
        assert runs.open_training(studio, "style", CONFIG, "Ada") not in (folder, other)
        path.write_bytes(kept)


def test_a_training_begins_afresh_where_nothing_can_be_resumed(studio):
    folder = runs.open_training(studio, "style", CONFIG, "Ada")
    first = read_spec(folder / runs.SPEC).run_id
    (folder / "last.ckpt").write_text("a checkpoint")
    registry.finish_run(studio, first)
    assert runs.open_training(studio, "style", CONFIG, "Ada") == folder
    assert not (folder / "last.ckpt").exists()
    assert read_spec(folder / runs.SPEC).run_id != first
    # Killed while it was opened: no spec yet.
    (folder / runs.SPEC).unlink()
    (folder / "last.ckpt").write_text("a checkpoint")
    runs.open_training(studio, "style", CONFIG, "Ada")
    assert not (folder / "last.ckpt").exists()


def test_training_shows_how_far_it_is(studio, monkeypatch):
    folder = runs.open_training(studio, "style", CONFIG, "Ada")

    def follow(spec: TrainingSpec, on_progress, **_: object) -> Path:
        check = {"check": {"nats": 0.4, "drift": 9.0}, "choosing": "nats", "best": 0.3}
        on_progress(TrainingProgress(step=1, steps=3, figures={"loss": 0.5, "texture": 1.0}, **check))
        on_progress(TrainingProgress(step=2, steps=3, figures={"samples_per_second": 0.5}))
        return spec.folder / "bundle"

    monkeypatch.setattr(runs, "follow_trainer", follow)
    shown, said = [], []
    priced = studio.model_copy(update={"price_per_hour": 60.0})
    assert runs.train(priced, folder, lambda *told: shown.append(told), said.append) == folder / "bundle"
    batch = get_family("style").configure(CONFIG).batch_size
    first = {"loss": 0.5, "nats": 0.4, "best": 0.3}
    assert shown == [(1, 3, first), (2, 3, {"cost left": pytest.approx(2 * batch / 60)})]
    [words] = said
    assert re.fullmatch(r"0\.5 samples/s: 1 steps take 0:00:0\d, and cost 0\.\d\d", words)


def test_a_training_that_was_stopped_says_why_and_its_version_too(studio, bundle, monkeypatch):
    folder = runs.open_training(studio, "style", CONFIG, "Ada")

    def follow(spec: TrainingSpec, on_progress, **_: object) -> Path:
        (spec.folder / ADVICE).write_text("The pictures have become alike.\n")
        return spec.folder / "bundle"

    monkeypatch.setattr(runs, "follow_trainer", follow)
    said = []
    runs.train(studio, folder, lambda *told: None, said.append)
    assert said == ["Stopped, and its best moment kept: The pictures have become alike."]
    assert finish(studio, folder, bundle).tags["stopped"] == "The pictures have become alike."


def test_a_finished_training_is_registered_and_its_folder_goes(studio, bundle):
    folder = runs.open_training(studio, "style", CONFIG, "Ada")
    run_id = read_spec(folder / runs.SPEC).run_id
    version = finish(studio, folder, bundle)
    tags = registry.find(studio, "style", "challenger").tags
    assert {**runs.lineage(studio, "style", CONFIG), "trigger": "Ada"}.items() <= tags.items()
    assert json.loads(tags["evaluation"])["ideal_distance"]["mean"] == pytest.approx(0.7)
    assert (version.number, version.run_id) == (1, run_id)
    assert registry.connect(studio).get_run(run_id).info.status == "FINISHED"
    assert not folder.exists()


def killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("killed_in", ["record_evaluation", "finish_run", "cleanup"])
def test_a_registration_that_is_killed_loses_nothing_and_is_made_once(studio, bundle, monkeypatch, killed_in):
    folder = runs.open_training(studio, "style", CONFIG, "Ada")
    with monkeypatch.context() as patch:
        if killed_in == "cleanup":
            patch.setattr(runs, "shutil", SimpleNamespace(rmtree=killed))
        else:
            patch.setattr(registry if killed_in == "finish_run" else runs, killed_in, killed)
        with pytest.raises(KeyboardInterrupt):
            finish(studio, folder, bundle)
    newest = registry.newest(studio, "style")
    assert newest is not None
    assert newest.number == 1
    again = runs.open_training(studio, "style", CONFIG, "Ada")
    assert again == folder
    if killed_in != "cleanup":
        assert (folder / "bundle").exists()
        assert finish(studio, folder, bundle).number == 1
    assert "evaluation" in registry.find(studio, "style", "challenger").tags


def test_what_changed_since_the_newest_version_is_seen(studio, bundle):
    assert runs.unchanged_version(studio, "style", CONFIG) is None
    assert runs.foresee_retraining(studio, "style", CONFIG)["reason"] == "no style model is registered"
    finish(studio, runs.open_training(studio, "style", CONFIG, "Ada"), bundle)
    assert runs.unchanged_version(studio, "style", CONFIG) == 1
    undecided = runs.foresee_retraining(studio, "style", CONFIG)
    assert (undecided["action"], "did not come to its end" in undecided["reason"]) == ("promote", True)
    registry.connect(studio).set_model_version_tag("style", "1", "decision", "{}")
    assert runs.foresee_retraining(studio, "style", CONFIG)["action"] == "nothing to do"
    other = runs.foresee_retraining(studio, "style", {**CONFIG, "steps": 3})
    assert (other["action"], other["reason"]) == ("train and promote", "config changed since style v1")
    assert runs.unchanged_version(studio, "style", {**CONFIG, "steps": 3}) is None
    for path, text in changes(studio).values():
        kept = path.read_bytes()
        path.write_text(text)
        assert runs.unchanged_version(studio, "style", CONFIG) is None, path
        path.write_bytes(kept)
    assert runs.unchanged_version(studio, "style", CONFIG) == 1


def test_a_training_that_was_killed_while_it_registered_is_finished(studio, bundle, monkeypatch):
    folder = runs.open_training(studio, "style", CONFIG, "Ada")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runs, "record_evaluation", killed)
        with pytest.raises(KeyboardInterrupt):
            finish(studio, folder, bundle)
    assert registry.find(studio, "style", "challenger").number == 1
    assert runs.unchanged_version(studio, "style", CONFIG) is None
    assert runs.open_training(studio, "style", CONFIG, "Ada") == folder
    assert finish(studio, folder, bundle).number == 1
    assert runs.unchanged_version(studio, "style", CONFIG) == 1
    assert not folder.exists()


def test_steps_are_retried_unless_a_person_must_mend_something():
    from prefect.states import Failed

    from tasks import steps

    assert steps.is_worth_retrying(steps.train_model, None, Failed(data=TrainerDiedError("killed")))  # type: ignore[arg-type]
    assert not steps.is_worth_retrying(steps.train_model, None, Failed(data=AtelierError("no")))  # type: ignore[arg-type]
