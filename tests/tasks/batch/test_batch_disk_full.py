import pytest
from batch_toy import Negative, plan

from artmodels.errors import AtelierError
from tasks.batch import read_ledger, run_job
from tasks.gallery import build_gallery


@pytest.mark.slow
def test_a_batch_says_so_and_goes_on(small_disk, fill_disk, say_full, source):
    stuffing = fill_disk(60_000)
    out = small_disk / "out"
    with pytest.raises(AtelierError) as caught:
        run_job(plan(source), Negative(), out)
    assert "start the job again and it goes on" in say_full(caught.value)
    made = read_ledger(out)
    assert 0 < len(made) < 30
    assert all((out / output).is_file() for output in made["output"])
    stuffing.unlink()
    report = run_job(plan(source), Negative(), out)
    assert (report.skipped, report.done) == (len(made), 30 - len(made))
    stuffing = fill_disk(0)
    with pytest.raises((AtelierError, OSError)) as caught_gallery:
        build_gallery(out, title="Full")
    say_full(caught_gallery.value)
    stuffing.unlink()
    assert build_gallery(out, title="Room").is_file()
