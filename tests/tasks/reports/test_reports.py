"""Reports of versions on a real registry; what an evaluation would find is made up."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mlflow.entities import Metric
from PIL import Image

from artmodels.errors import AtelierError
from artmodels.family import Answers, Judged, Limit
from artmodels.style.family import StyleFamily
from tasks import registry
from tasks.decision import Decision, Verdict
from tasks.evaluation import Evaluation, Interval, record_evaluation
from tasks.registry import Version
from tasks.reports import tell
from tasks.reports.evaluation import evaluation_report
from tasks.reports.find import find_report, read_kind
from tasks.reports.promotion import promotion_report
from tasks.reports.training import training_report
from tasks.settings import Settings

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def judged(house: Settings, add_version, tmp_path: Path, make_painting) -> list[Version]:
    """Two versions that were trained and judged."""
    found = []
    for number, better in enumerate((0.0, 0.1)):
        version = add_version(trigger=EVIL, code_revision="c0de")
        client = registry.connect(house)
        client.log_param(version.run_id, "steps", 40)
        for step in (20, 40):
            figures = {"loss": 1 / step, "check.drift": 0.1, "samples_per_second": 2.5, "peak_megabytes": 900 + step}
            client.log_batch(version.run_id, [Metric(name, value, step, step) for name, value in figures.items()])
            picture = tmp_path / f"{step:07d}.jpg"
            Image.fromarray(make_painting(step)).save(picture)
            client.log_artifact(version.run_id, str(picture), "previews")
        values = np.linspace(0.5, 0.9, 8) - better
        answers = {"style": Answers(("a", EVIL), ("a", "b")), "year": Answers((1900.0, 1910.0), (1905.0, 1910.0))}
        pictures = {"pairs": make_painting(number)}
        record_evaluation(
            house,
            version,
            Evaluation(
                "theset", Judged({"ideal_distance": values, "style": values}, {"fid": 3.5}, pictures, answers=answers)
            ),
        )
        found.append(registry.find(house, "style", str(version.number)))
    return found


def decision(**told: object) -> Decision:
    figures = {role: {"ideal_distance": 0.7, "seconds_per_megapixel": cost} for role, cost in COSTS.items()}
    return replace(
        Decision(
            "style",
            "refused",
            f"because {EVIL}",
            "Ada",
            2,
            1,
            "ideal_distance",
            Interval(-0.1, -0.2, -0.05),
            figures,
            "theset",
        ),
        **told,
    )


COSTS = {"champion": 1.0, "challenger": 9.0}


def sound(page: Path) -> str:
    """Return a page's text, once it is seen to load nothing from elsewhere and to run nothing foreign."""
    text = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert EVIL not in text
    assert 'src="http' not in text
    assert "data:image/jpeg" in text
    return text


def test_a_training_under_way_is_shown_as_it_is_now(house, judged, tmp_path, make_painting):
    with pytest.raises(AtelierError, match=r"^No training of gan is under way\.$"):
        find_report(house, "gan@training")
    run_id = registry.start_run(house, "style", "now", {}, {})
    client = registry.connect(house)
    for step in (20, 30):
        Image.fromarray(make_painting(step)).save(tmp_path / f"{step:07d}.jpg")
        client.log_artifact(run_id, str(tmp_path / f"{step:07d}.jpg"), "previews")
        client.log_metric(run_id, "loss", 1 / step, step=step)
        page = find_report(house, "style@training")
        assert page == find_report(house, run_id)
        assert f"Preview at step {step}" in sound(page), "made anew each time"
    assert "<b>30</b>, loss 0.03333; the same samples" in page.read_text()


def test_a_training_s_report(house, judged):
    text = sound(training_report(house, judged[0].run_id))
    assert "Training of style v1" in text
    assert text.count("<svg") == 4
    assert text.count("Preview at step") == 2
    for words in ("<b>40</b>", "<b>2.5</b>", "<b>940 MB</b>", "c0de", "0.7"):
        assert words in text


def test_an_evaluation_s_report(house, judged, monkeypatch):
    monkeypatch.setattr(StyleFamily, "limits", (Limit("style", 0.1, "share of what must not be"),))
    text = sound(evaluation_report(house, judged[0]))
    assert "<b>8</b> items" in text
    assert text.count("<svg") == 2 + 1 + 2, "a spread for each figure, a confusion, and two for a number"
    assert "3.5" in text
    assert "breached" in text
    assert 'alt="pairs"' in text


def test_a_decision_s_report(house, judged):
    verdict = Verdict(False, "It paints skies as oil lamps.", "Grace")
    text = sound(promotion_report(house, decision(approval=verdict)))
    assert "style v2 refused" in text
    assert "champion, style v1" in text
    assert "challenger, style v2" in text
    assert text.count("<svg") == 3
    assert "breached" in text, "it is nine times as slow"
    assert "Grace" in text
    assert "0123.dir" in text


def test_a_decision_without_figures_has_a_report_too(house, judged):
    text = promotion_report(house, decision(difference=None, figures={}, evaluation_set=None)).read_text()
    assert "<svg" not in text
    assert "What they were made of" in text


def test_reports_are_found_by_what_people_call_them(house, judged, tmp_path):
    version = judged[0]
    evaluation = evaluation_report(house, version)
    kept = evaluation.read_bytes()
    evaluation.unlink()
    found = find_report(house, "style/1")
    assert (found, found.read_bytes()) == (evaluation, kept), "fetched, since it is all that there is"
    registry.connect(house).set_registered_model_alias("style", "champion", "1")
    assert find_report(house, "style@champion") == find_report(house, version.run_id) == found
    assert find_report(house, "style", "training").name == "training.html", "made when it is asked for"
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "gallery.html").touch()
    assert find_report(house, str(tmp_path / "job")) == tmp_path / "job" / "gallery.html"


@pytest.mark.parametrize(
    ("reference", "kind", "said"),
    [
        ("nowhere/at/all", None, "is neither a job's folder that exists, nor a model"),
        ("out/sprng", None, "is neither a job's folder that exists, nor a model"),
        ("f" * 32, None, "There is no run ffff"),
        ("styel@champion", None, "There is no model family 'styel'"),
        ("style/7", None, "No style model is registered yet"),
        (".", None, "holds no report"),
        ("", None, "is neither a job's folder"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(house, reference, kind, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AtelierError, match=said):
        find_report(house, reference, kind)


def test_a_kind_that_is_none(house, add_version):
    with pytest.raises(AtelierError, match="training, evaluation or promotion"):
        read_kind("pictures")
    add_version()
    with pytest.raises(AtelierError, match="has decided nothing about style v1"):
        find_report(house, "style/1", "promotion")
    with pytest.raises(AtelierError, match="style v1 was never judged"):
        find_report(house, "style/1", "evaluation")


def test_a_report_that_fails_undoes_nothing(caplog):
    with tell.telling_faults("report of style v1"):
        raise OSError("the disk\nis full")
    assert "The report of style v1 cannot be made: the disk is full" in caplog.text
