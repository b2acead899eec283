"""Pictures that are brought, and ratings that are given, on the page."""

import pytest

from artmodels.errors import AtelierError
from tasks.ratings import read_ratings
from tasks.studio import ratings
from tasks.studio.uploads import find_upload, keep_upload, plain_name


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("boat.jpg", "boat"),
        ("../../etc/passwd", "passwd"),
        ("C:\\pictures\\My boat (2).JPG", "My-boat-2"),
        ("..", "picture"),
        ("\x00/\n.png", "picture"),
        ("Łódź <b>.png", "Łódź-b"),
        ("x" * 400 + ".png", "x" * 60),
    ],
)
def test_a_name_is_for_people(name, plain):
    assert plain_name(name) == plain


def test_a_picture_is_kept_by_what_it_is(settings, make_painting, encode):
    data = encode(make_painting(1))
    source = keep_upload(settings, data, "../../my boat.exe")
    assert source.title == "my boat"
    assert source.path == find_upload(settings, source.sha256)
    assert source.path.name == "my-boat.png"
    assert source.path.is_relative_to(settings.scratch / "studio" / "uploads")
    assert source.path.read_bytes() == data


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_what_is_no_picture_is_not_kept(settings, data):
    with pytest.raises(AtelierError):
        keep_upload(settings, data, "boat.png")
    assert not (settings.scratch / "studio").exists()


def test_the_limits_of_the_house_hold(settings, make_painting, encode):
    data = encode(make_painting(1))
    with pytest.raises(AtelierError, match="above pixel limit: 120 x 96 is more than 100 pixels"):
        keep_upload(settings.model_copy(update={"max_pixels": 100}), data, "boat.png")
    with pytest.raises(AtelierError, match=f"The picture has {len(data)} bytes; accepted are 9"):
        keep_upload(settings.model_copy(update={"max_download_bytes": 9}), data, "boat.png")


def test_another_persons_ratings_of_a_work_stay(settings):
    one, two = "1" * 64, "2" * 64
    ratings.remember(settings, "Ada", {one: 4.0, two: 5.0})
    ratings.remember(settings, "Grace", {one: 8.0})
    path = ratings.to_take_in(settings, " Grace, of Łódź\n", {one: 10.0})
    assert read_ratings(path, [one, two]) == {one: {"Ada": 4, "Grace": 8, "Grace, of Łódź": 10}}
    path = ratings.to_take_in(settings, "Grace", {one: 9.0})
    assert read_ratings(path, [one, two]) == {one: {"Ada": 4, "Grace": 9}}
    assert ratings.given(settings)[one]["Grace"] == 8, "not before they are in the catalog"


@pytest.mark.parametrize(("user", "given", "said"), [("Ada", {}, "Rate a work first"), (" ", {"1": 3.0}, "your name")])
def test_nothing_to_take_in_is_a_sentence(settings, user, given, said):
    with pytest.raises(AtelierError, match=said):
        ratings.to_take_in(settings, user, given)
