"""An order is other people's words: what it may read and where it may write."""

from pathlib import Path

import pytest

from artmodels.errors import AtelierError
from tasks.orders.desk import Desk
from tasks.orders.forms import StylizeForm, form_of
from tasks.orders.places import check_destination, job_folder, place
from tasks.settings import Settings


@pytest.fixture
def house(tmp_path: Path) -> Settings:
    """A house with a folder that orders may use, one that they may not, and pictures beside the orders."""
    root = tmp_path / "house"
    for name in ("photos", "secret", "orders/mine"):
        (root / name).mkdir(parents=True)
        (root / name / "a.png").write_bytes(b"")
    return Settings(root=root, order_roots=("photos", "s3://studio/photos"))


def placed(house: Settings, contents: str, base: str | None = None) -> Path:
    form = form_of({"kind": "stylize", "contents": contents, "styles": [str(house.root / "photos")]})
    found = place(house, form, base or str(house.root / "orders"))
    assert isinstance(found, StylizeForm)
    return found.contents


def test_paths_begin_where_the_order_lies(house):
    assert placed(house, "mine/a.png") == house.root / "orders" / "mine" / "a.png"
    assert placed(house, "../photos") == house.root / "photos"
    assert placed(house, "photos", base=str(house.root)) == house.root / "photos"
    assert placed(house, "may", base="s3://studio/photos") == Path("s3://studio/photos/may")
    assert placed(house, "s3://studio/photos/may") == Path("s3://studio/photos/may")


@pytest.mark.parametrize(
    "contents",
    [
        "/etc",
        "../secret",
        "../photos/../secret",
        "../photos/../../house/secret/a.png",
        "s3://other/photos",
        "s3://studio/photography",
        "s3://studio/photos/../secret",
        "http://127.0.0.1/a.png",
        "file:///etc",
    ],
)
def test_what_lies_outside_is_not_read(house, contents):
    with pytest.raises(AtelierError, match=r"^contents=.* is not accepted: orders may take pictures from the folder"):
        placed(house, contents)


def test_links_that_lead_outside_are_not_followed(house):
    (house.root / "photos" / "all").symlink_to(house.root / "secret")
    with pytest.raises(AtelierError, match="contents="):
        placed(house, "../photos/all")
    with pytest.raises(AtelierError, match="contents="):
        placed(house, "../photos")


def test_what_is_not_there_is_told(house):
    with pytest.raises(AtelierError, match=r"^contents: .*june does not exist: name a picture"):
        placed(house, "../photos/june")


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "\udc80\ud800"])
def test_what_no_path_can_be_is_told(house, path):
    with pytest.raises(AtelierError, match=r"^contents"):
        placed(house, path)


@pytest.mark.parametrize(
    "destination", ["", ".", "..", "../x", "a/../../x", "/tmp/x", ".hidden", "a/.atelier", "c:\\x", "a\nb", "x" * 300]
)
def test_results_stay_inside(destination):
    with pytest.raises(AtelierError, match=r"^destination=.* is not accepted: a folder inside the studio's"):
        check_destination(form_of({"kind": "generate", "destination": destination}))


def test_a_link_inside_does_not_lead_results_out(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "spring").symlink_to(tmp_path)
    wanted = check_destination(form_of({"kind": "generate", "destination": "spring/one"}))
    assert wanted is not None
    with pytest.raises(AtelierError, match="a link leads out of"):
        job_folder(tmp_path / "out", wanted)


def test_a_link_among_the_orders_is_not_followed(house):
    (house.root / "secret" / "key.yaml").write_text("password: hunter2")
    (house.root / "orders" / "key.yaml").symlink_to(house.root / "secret" / "key.yaml")
    (ticket,) = Desk(house).tickets()
    assert (ticket.state, ticket.ready) == ("failed", False)
    assert "links and folders are not accepted" in ticket.reason
