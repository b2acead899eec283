"""The jobs on the disk, and the addresses of their pictures."""

from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from artmodels.errors import AtelierError
from tasks.batch import Item, item_key
from tasks.batch.encode import write_picture
from tasks.batch.ledger import Ledger
from tasks.settings import Settings
from tasks.studio.files import Side, copy_address, download_address, page_address, picture_address, routes
from tasks.studio.folders import find_job, find_jobs, find_picture, open_job
from tasks.studio.told import copy_of, facts_of, name_of, origins_of, title_of


def make_job(out: Path, *records: dict, aside: str = "") -> None:
    out.mkdir(parents=True)
    with Ledger(out) as ledger:
        for number, record in enumerate(records):
            output = f"{number}.png"
            written = write_picture(np.full((40, 60, 3), 9 * number, np.uint8), out / output)
            ledger.add_done(Item(item_key({"number": number}), output, record), written, 0.1)
        if aside:
            ledger.add_set_aside(Item(item_key({"bad": 1}), "bad.png", {}), aside)


@pytest.fixture
def painted(settings: Settings) -> Settings:
    model = {"name": "gan", "version": 3, "data_md5": "0123.dir"}
    seeds = [{"seed": seed, "model": model, "parameters": {"truncation": 0.5}} for seed in (7, 8)]
    make_job(settings.root / "out" / "studio" / "seeds", *seeds, aside="It is no picture.")
    content = {"path": "/elsewhere/my-boat.jpg", "sha256": "a" * 64, "title": "my boat"}
    near = {"path": "/data/w.png", "sha256": "b" * 64, "distance": 0.1234}
    make_job(settings.root / "out" / "spring", {"content": content, "nearest": near})
    (settings.root / "out" / "spring" / "gallery.html").write_text("<h1>Spring</h1>")
    (settings.root / "secret.txt").write_text("secret")
    return settings


def job_of(settings: Settings, name: str):
    return next(open_job(job) for job in find_jobs(settings) if job.name == name)


def ask(settings: Settings) -> TestClient:
    app = FastAPI()
    app.include_router(routes(settings))
    app.add_exception_handler(AtelierError, lambda request, error: PlainTextResponse(str(error), 404))
    return TestClient(app)


def test_jobs_are_found_by_their_ledgers(painted):
    assert {job.name for job in find_jobs(painted)} == {"studio/seeds", "spring"}
    seeds = job_of(painted, "studio/seeds")
    assert (len(seeds.pictures), seeds.set_aside, seeds.models) == (2, (("bad.png", "It is no picture."),), ("gan v3",))
    assert name_of(painted, seeds) == "Seed 7 and 1 more"
    told = facts_of(seeds.pictures[0])
    assert (told["Model"], told["Learnt from data"], told["Truncation"]) == ("gan v3", "0123.dir", "0.5")


def test_a_job_that_is_gone_is_a_sentence(painted):
    job = job_of(painted, "spring").folder
    assert find_job(painted, job.id) == job
    job.path.rename(job.path.with_name("summer"))
    with pytest.raises(AtelierError, match="There is no such job: its folder may have been moved"):
        find_job(painted, job.id)


def test_orders_have_their_folder(painted):
    make_job(painted.root / "filled" / "boats-0123", {"seed": 1})
    elsewhere = painted.model_copy(update={"order_out": "filled"})
    assert {job.name for job in find_jobs(elsewhere)} == {"studio/seeds", "spring", "boats-0123"}
    within = painted.model_copy(update={"order_out": "out/orders"})
    assert len(find_jobs(within)) == 2


def test_no_job_is_no_fault(settings):
    assert find_jobs(settings) == []
    with pytest.raises(AtelierError, match="There is no such job"):
        find_job(settings, "0" * 16)


def test_a_picture_tells_what_it_was_made_from(painted):
    (picture,) = job_of(painted, "spring").pictures
    assert title_of(painted, picture) == "my boat"
    told = [(one.role, one.title, one.words, one.has_copy) for one in origins_of(painted, picture)]
    assert told == [("content", "my boat", "", False), ("nearest", "w", "distance 0.123", False)]
    with pytest.raises(AtelierError, match="There is no such picture"):
        find_picture(job_of(painted, "spring"), "c" * 64)


def test_pictures_and_pages_have_addresses(painted):
    spring = job_of(painted, "spring")
    (picture,) = spring.pictures
    copy_of(spring.folder, "a" * 64).parent.mkdir()
    copy_of(spring.folder, "a" * 64).write_bytes(b"a copy")
    client, job = ask(painted), spring.folder.id
    assert client.get(picture_address(job, picture.sha256, Side.WALL)).content == picture.path.read_bytes()
    download = client.get(download_address(job, picture.sha256))
    assert 'filename="my-boat.png"' in download.headers["content-disposition"]
    assert client.get(copy_address(job, "a" * 64)).content == b"a copy"
    page = client.get(page_address(job, "gallery.html"))
    assert page.text == "<h1>Spring</h1>"
    assert "sandbox" in page.headers["content-security-policy"], "what came with a folder is not of this site"


@pytest.mark.parametrize(
    "address",
    [
        "/files/jobs/{job}/page/../../secret.txt",
        "/files/jobs/{job}/page/%2e%2e/%2e%2e/secret.txt",
        "/files/jobs/{job}/page/..%2f..%2fsecret.txt",
        "/files/jobs/{job}/page//etc/passwd",
        "/files/jobs/{job}/page/link.txt",
        "/files/jobs/{job}/sources/..%2fsecret",
        "/files/jobs/../../secret.txt",
        "/files/works/..%2f..%2fsecret.txt/320",
        "/files/uploads/..%2f..%2f/320",
        "/files/uploads/./320",
        "/files/reports/style/..%2f1",
    ],
)
def test_an_address_leads_nowhere_else(painted, address):
    job = job_of(painted, "spring").folder
    (job.path / "link.txt").symlink_to(painted.root / "secret.txt")
    answered = ask(painted).get(address.format(job=job.id))
    assert answered.status_code in (404, 422)
    assert "secret" not in answered.text.replace("secret.txt", "")
