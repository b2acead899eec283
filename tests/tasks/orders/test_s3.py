"""Orders that are dropped on S3, with pictures from there and results that go there: a real server, on loopback."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from artmodels.errors import AtelierError
from tasks.orders import store
from tasks.orders.claim import claimed
from tasks.orders.desk import Desk
from tasks.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """A client of an S3 server with the bucket `studio`."""
    boto3 = pytest.importorskip("boto3")
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client = boto3.client("s3")
        client.create_bucket(Bucket="studio")
        yield client
        client.close()
    server.stop()


@pytest.fixture
def studio(painting_studio: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request) -> Settings:
    """A studio whose orders and results are on S3, and whose orders are begun at once."""
    monkeypatch.setattr(store, "SETTLED_SECONDS", 0.0)
    prefix = f"s3://studio/{request.node.name}"
    changes = {"orders": f"{prefix}/orders", "order_out": f"{prefix}/out", "order_roots": (f"{prefix}/photos",)}
    return painting_studio.model_copy(update=changes)


def keys(s3, prefix: str) -> list[str]:
    listed = s3.list_objects_v2(Bucket="studio", Prefix=f"{prefix}/")
    return [one["Key"].removeprefix(f"{prefix}/") for one in listed.get("Contents", [])]


def test_orders_on_s3(s3, studio, request, make_painting, encode):
    from test_desk import fill_all, states

    prefix = request.node.name
    assert Desk(studio).tickets() == []
    s3.put_object(Bucket="studio", Key=f"{prefix}/photos/may/a.png", Body=encode(make_painting(1)))
    s3.put_object(Bucket="studio", Key=f"{prefix}/photos/may/notes.txt", Body=b"no picture")
    s3.put_object(Bucket="studio", Key=f"{prefix}/orders/dreams.yaml", Body=b"kind: generate\nseeds: 3,5\n")
    s3.put_object(Bucket="studio", Key=f"{prefix}/orders/empty.yaml", Body=b"")
    outside = b"kind: generate\nlike: [s3://other/photos]\n"
    s3.put_object(Bucket="studio", Key=f"{prefix}/orders/outside.yaml", Body=outside)
    nothing = f"kind: generate\nlike: [s3://studio/{prefix}/photos/june]\n".encode()
    s3.put_object(Bucket="studio", Key=f"{prefix}/orders/nothing.yaml", Body=nothing)

    assert fill_all(studio) == ["dreams", "empty", "nothing", "outside"]
    assert states(studio) == {"dreams": "done", "empty": "failed", "nothing": "failed", "outside": "failed"}
    desk = Desk(studio)
    assert "like: s3://studio/" in desk.find("nothing").reason
    assert "holds no picture" in desk.find("nothing").reason
    assert "orders may take pictures from" in desk.find("outside").reason
    ticket = desk.find("dreams")
    assert ticket.row()["out"] == f"s3://studio/{prefix}/out/{ticket.key}"
    assert {"0000000003.png", "0000000005.png", "ledger.jsonl", "gallery.html"} <= {
        name.removeprefix(f"{ticket.key}/") for name in keys(s3, f"{prefix}/out")
    }
    assert not list((studio.scratch / "orders").glob("dreams-*"))
    assert fill_all(studio) == []
    assert not [key for key in keys(s3, f"{prefix}/orders") if key.startswith(".claims")]


def test_pictures_come_from_s3(s3, studio, request, make_painting, encode):
    prefix = request.node.name
    s3.put_object(Bucket="studio", Key=f"{prefix}/orders/photos/may/a.png", Body=encode(make_painting(1)))
    s3.put_object(Bucket="studio", Key=f"{prefix}/photos/style.png", Body=encode(make_painting(2)))
    text = f"kind: stylize\ncontents: photos\nstyles: [s3://studio/{prefix}/photos/style.png]\nmethod: optimise\n"
    s3.put_object(Bucket="studio", Key=f"{prefix}/orders/spring.yaml", Body=text.encode())
    desk = Desk(studio)
    with desk.hold(desk.find("spring")) as holding:
        fields = holding.begin().fields
        assert [path.name for path in Path(fields["contents"]).rglob("*.png")] == ["a.png"]
        assert [Path(path).is_file() for path in fields["styles"]] == [True]
        assert Path(fields["contents"]).is_relative_to(studio.scratch)
        assert Path(fields["out"]).is_relative_to(studio.scratch)
    with desk.hold(desk.find("spring")) as holding:
        assert holding.begin().fields == fields, "one that goes on finds the same again"


def test_of_many_at_once_one_holds_an_order_on_s3(s3, studio, request):
    fs, folder = Desk(studio)._store.fs, f"studio/{request.node.name}/claims"
    barrier, leave, held = threading.Barrier(4), threading.Barrier(4), []

    def contend() -> None:
        barrier.wait()
        with claimed(fs, folder, "a") as mine:
            held.append(mine is not None)
            leave.wait()

    threads = [threading.Thread(target=contend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held) == [False, False, False, True]
    assert keys(s3, request.node.name) == []


def test_a_bucket_that_is_not_there_is_told(s3, studio):
    away = studio.model_copy(update={"orders": "s3://nowhere/orders"})
    assert Desk(away).tickets() == []
    form = Desk(studio).check(b"kind: generate\n", "a.yaml", str(studio.root))
    with pytest.raises(AtelierError, match=r"The orders in s3://nowhere/orders cannot be used: "):
        Desk(away).submit(form, "a")
