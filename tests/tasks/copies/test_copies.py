"""Generated pictures beside the works learnt from: a real index, a real detector; what is painted is chosen."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artmodels.bundle import weights_digest
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.gan.painter import GanPainter
from artmodels.pictures import centre_square
from tasks import generate, interpolate, registry
from tasks.batch import read_ledger
from tasks.copies import index, store
from tasks.copies.compare import Comparison, open_comparison
from tasks.copies.report import told
from tasks.generate_order import order
from tasks.provenance.reading import Verifier
from tasks.provenance.words import told as told_of
from tasks.runs import STARTED_FROM
from tasks.settings import Settings

SIDE, PLAIN = 64, 100
LEARNT, HELD_OUT, NEW = "4,8", "3,5", "500-507"


def run(studio: Settings, out: Path, seeds: str, copies: str = "flag") -> dict:
    return generate.run(studio.model_copy(update={"copies": copies}), order(out=out, seeds=seeds), lambda *_: None)


def compared(studio: Settings) -> Comparison:
    return open_comparison(studio, registry.find(studio, "gan"), SIDE)


def files(out: Path) -> set[str]:
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}


def index_file(studio: Settings) -> Path:
    (path,) = (studio.scratch / "copies").glob("*.safetensors")
    return path


def test_a_replayed_work_is_flagged_and_named_and_a_new_picture_is_not(studio, paint, tmp_path):
    report = run(studio, tmp_path / "out", f"{LEARNT},{HELD_OUT},{NEW}")
    records = {record["seed"]: record for record in read_ledger(tmp_path / "out")["record"]}
    flagged = {seed for seed, record in records.items() if record["findings"]["copy"]}
    assert flagged == {4, 8}
    nearest = records[4]["nearest"]
    assert (nearest["title"], nearest["hash_bits"], nearest["copy"]) == ("Work 4 by Ada", 0, True)
    assert Path(nearest["path"]) == studio.data / "artworks" / "4.png"
    assert nearest["distance"] < nearest["limit"] < records[500]["nearest"]["distance"]
    assert nearest["features"] == pytest.approx(0, abs=1e-3)
    assert (report["compared"], report["copies"], report["withheld"], report["not_compared"]) == (12, 2, 0, "")
    assert list(told(report)) == ["2 of 12 pictures are as near to a training work as a copy."]
    page = Path(report["gallery"]).read_text()
    assert "Nearest to a training work" in page
    said = "\n".join(told_of(Verifier(studio).verify(tmp_path / "out" / f"{4:010d}.png")))
    assert "Nearest of the works learnt from: 'Work 4 by Ada'" in said
    assert "as near as a copy" in said
    assert str(studio.root) not in json.dumps(Verifier(studio).verify(tmp_path / "out" / f"{4:010d}.png").says)


def test_what_shows_too_little_for_its_drawing_is_told_by_its_features_and_its_hash(studio, paint, tmp_path):
    run(studio, tmp_path / "out", f"{PLAIN},500")
    plain, new = read_ledger(tmp_path / "out")["record"]
    assert plain["nearest"]["distance"] == pytest.approx(1)
    assert (plain["nearest"]["title"], plain["findings"]["copy"]) == (f"Work {PLAIN} by Ada", True)
    assert new["findings"]["copy"] is False


def test_nothing_of_a_copy_that_is_withheld_is_written_and_it_is_not_made_again(studio, paint, tmp_path):
    out = tmp_path / "out"
    report = run(studio, out, f"{LEARNT},{NEW}", "withhold")
    assert (report["done"], report["set_aside"], report["copies"], report["withheld"]) == (8, 2, 2, 2)
    assert not [name for name in files(out) if f"{8:010d}" in name or f"{4:010d}" in name]
    assert np.asarray(Image.open(report["grid"])).shape == (3 * SIDE, 3 * SIDE, 3)
    assert len(list((out / "gallery_files").glob("*-640.jpg"))) == 8
    aside = {row["output"]: row["reason"] for _, row in read_ledger(out).iterrows() if row["status"] == "set aside"}
    assert aside[f"{4:010d}.png"].startswith("withheld: as near as a copy to Work 4 by Ada (data/artworks/4.png), ")
    before = (out / "ledger.jsonl").read_bytes()
    paint.clear()
    again = run(studio, out, f"{LEARNT},{NEW}", "withhold")
    # The first is tried before the job begins.
    assert paint == [4]
    assert (again["done"], again["skipped"], again["set_aside"], again["withheld"]) == (0, 8, 2, 2)
    assert (out / "ledger.jsonl").read_bytes() == before


def test_a_job_that_withholds_everything_leaves_no_picture(studio, paint, tmp_path):
    report = run(studio, tmp_path / "out", LEARNT, "withhold")
    assert (report["done"], report["grid"]) == (0, "")
    assert files(tmp_path / "out") <= {"ledger.jsonl", "gallery.html", ".job.lock"}
    assert list(told(report)) == ["2 of 2 pictures are as near to a training work as a copy, 2 of them withheld."]


def test_what_was_flagged_before_is_taken_away_once_copies_are_withheld(studio, paint, tmp_path):
    out = tmp_path / "out"
    run(studio, out, LEARNT)
    made = [sha256[:20] for sha256 in read_ledger(out)["sha256"]]
    assert [name for name in files(out) if made[0] in name]
    run(studio, out, LEARNT, "withhold")
    assert "contact_sheet.jpg" not in files(out)
    assert not [name for name in files(out) if name.endswith(".png") or any(one in name for one in made)]
    # And comes back where a person wants it.
    assert run(studio, out, LEARNT)["done"] == 2
    assert f"{8:010d}.png" in files(out)


def test_where_the_data_is_gone_pictures_say_that_they_were_not_compared(studio, paint, tmp_path):
    shutil.rmtree(studio.root / ".dvc" / "cache")
    shutil.rmtree(studio.scratch / "copies", ignore_errors=True)
    report = run(studio, tmp_path / "out", LEARNT)
    (record, _) = read_ledger(tmp_path / "out")["record"]
    assert record["findings"]["copy"] is None
    assert "is neither in DVC's cache nor on the remote" in record["not_compared"]
    assert (report["compared"], report["copies"]) == (0, 0)
    assert next(told(report)).startswith("Not compared with all that the model learnt from: The data version ")
    assert "not compared with all training works" in Path(report["gallery"]).read_text()
    with pytest.raises(AtelierError, match="ATELIER_COPIES=withhold, but the pictures of gan v1 cannot be compared: "):
        run(studio, tmp_path / "other", LEARNT, "withhold")
    assert not (tmp_path / "other").exists()


def test_pictures_that_could_not_be_compared_are_once_the_data_is_back(studio, paint, tmp_path):
    cache = studio.root / ".dvc" / "cache"
    shutil.rmtree(studio.scratch / "copies", ignore_errors=True)
    cache.rename(tmp_path / "away")
    assert run(studio, tmp_path / "out", LEARNT)["compared"] == 0
    (tmp_path / "away").rename(cache)
    report = run(studio, tmp_path / "out", LEARNT)
    assert (report["done"], report["copies"], report["not_compared"]) == (2, 2, "")


def test_off_compares_nothing_and_says_nothing(studio, paint, tmp_path):
    report = run(studio, tmp_path / "out", LEARNT, "off")
    (record, _) = read_ledger(tmp_path / "out")["record"]
    assert not {"nearest", "not_compared"} & set(record)
    assert "copy" not in record["findings"]
    assert list(told(report)) == []


def test_an_index_is_made_once_and_serves_when_the_data_is_gone(studio, monkeypatch):
    compared(studio)
    shutil.rmtree(studio.root / ".dvc" / "cache", ignore_errors=True)
    monkeypatch.setattr(store, "_make", lambda *_: pytest.fail("it was made again"))
    assert compared(studio).why_not == ""


@pytest.mark.parametrize("fault", ["cut off", "one bit"])
def test_a_damaged_index_is_made_anew(studio, fault):
    compared(studio)
    path = index_file(studio)
    sound = bytearray(path.read_bytes())
    if fault == "one bit":
        sound[len(sound) // 2] ^= 1
    path.write_bytes(sound[: len(sound) // 2] if fault == "cut off" else sound)
    assert store._read(path) is None
    assert compared(studio).why_not == ""
    assert store._read(path) is not None
    assert {path.suffix for path in path.parent.iterdir()} == {".safetensors", ".lock"}


def test_one_that_was_never_finished_leaves_no_index(studio, monkeypatch):
    shutil.rmtree(studio.scratch / "copies", ignore_errors=True)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "save_file", killed)
    with pytest.raises(KeyboardInterrupt):
        compared(studio)
    assert not list((studio.scratch / "copies").glob("*.safetensors*"))


def test_what_is_found_does_not_depend_on_what_else_is_looked_at(studio, make_painting):
    pictures = [centre_square(make_painting(seed), SIDE) for seed in (498, 4, 499, PLAIN, 500)]
    comparison = compared(studio)
    together = comparison.find(pictures)
    assert together == [comparison.find([one])[0] for one in pictures]
    assert together == [*comparison.find(pictures[:3]), *comparison.find(pictures[3:])]


def test_where_the_splits_are_dealt_otherwise_now_any_work_may_have_been_learnt_from(studio, paint, tmp_path):
    params = studio.root / "params.yaml"
    params.write_text(params.read_text() + "# changed since\n")
    report = run(studio, tmp_path / "out", f"{LEARNT},{HELD_OUT},500")
    assert (report["compared"], report["copies"]) == (5, 4)


def test_the_works_of_a_beginning_that_is_not_here_are_told(studio):
    registry.connect(studio).set_model_version_tag("gan", "1", STARTED_FROM, f"gan/7 sha256:{'0' * 64}")
    comparison = compared(studio)
    assert len(comparison.indexes) == 1
    assert comparison.why_not == "gan v1 began with a version that this registry does not have."
    (found,) = comparison.find([np.zeros((SIDE, SIDE, 3), np.uint8)])
    assert comparison.verdict(found) is None


@pytest.mark.slow
def test_the_works_of_its_beginning_count_as_its_own(studio, lay_down_more, paint, tmp_path):
    first = registry.find(studio, "gan")
    bundle = registry.fetch_bundle(studio, first)
    tags = {**first.tags, "data_md5": lay_down_more(range(200, 224))}
    tags[STARTED_FROM] = f"gan/1 sha256:{weights_digest(bundle)}"
    run_id = registry.start_run(studio, "gan", "test", {}, {})
    version = registry.register(studio, get_family("gan"), run_id, bundle, tags)
    registry.connect(studio).set_registered_model_alias("gan", registry.CHAMPION, str(version.number))
    report = run(studio, tmp_path / "out", "4,200,500")
    named = {record["seed"]: record["nearest"]["title"] for record in read_ledger(tmp_path / "out")["record"]}
    assert (report["copies"], report["not_compared"]) == (2, "")
    assert (named[4], named[200]) == ("Work 4 by Ada", "Work 200 by Ada")


def test_too_few_works_held_out_are_told(studio, monkeypatch):
    monkeypatch.setattr(index, "FEWEST", 19)
    shutil.rmtree(studio.scratch / "copies", ignore_errors=True)
    assert "There are 7 artworks to learn from and 18 held out" in compared(studio).why_not


def let_the_way_show(monkeypatch: pytest.MonkeyPatch, works: list[np.ndarray]) -> None:
    shown = iter(works)
    monkeypatch.setattr(GanPainter, "paint", lambda *_: centre_square(next(shown), SIDE))


def test_a_way_past_a_work_is_told_and_by_setting_not_written(studio, make_painting, monkeypatch, tmp_path):
    works = [make_painting(seed) for seed in (500, 501, 4, 502, 503)]
    wanted = interpolate.order(out=tmp_path / "way.png", seeds="1,2", frames=4)
    let_the_way_show(monkeypatch, works)
    report = interpolate.run(studio, wanted, lambda *_: None)
    assert (report["compared"], report["copies"]) == (5, 1)
    assert Verifier(studio).verify(wanted.out).says["nearest"]["title"] == "Work 4 by Ada"
    wanted.out.unlink()
    for name in ("way.png", "way.mp4", "way.gif"):
        let_the_way_show(monkeypatch, works)
        wanted = interpolate.order(out=tmp_path / name, seeds="1,2", frames=4 if name == "way.png" else 2)
        with pytest.raises(AtelierError, match=f"{name} is not written: a picture of the way is withheld: as near as"):
            interpolate.run(studio.model_copy(update={"copies": "withhold"}), wanted, lambda *_: None)
        assert not list(tmp_path.glob("*way*"))
