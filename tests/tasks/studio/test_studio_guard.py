"""Who may ask the studio's page for anything."""

import socket

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from tasks.studio.guard import Guard, is_own_name


async def answer(request):
    return PlainTextResponse("done")


async def talk(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


def client(**options: object) -> TestClient:
    app = Starlette(routes=[Route("/", answer, methods=["GET", "POST"]), WebSocketRoute("/ws", talk)])
    app.add_middleware(Guard, **{"longest": 100, **options})
    return TestClient(app, base_url="http://127.0.0.1:8090")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8090", "localhost:8090", "[::1]:8090", "192.168.7.3:80"])
def test_this_machine_has_these_names(host):
    assert is_own_name(host)
    assert client().get("/", headers={"host": host}).text == "done"


def test_so_has_it_its_own():
    assert is_own_name(f"{socket.gethostname()}:8090")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8090", "127.0.0.1.evil.example", "", "[::1", "a:b:c"])
def test_a_name_that_somebody_led_here_is_refused(host):
    assert not is_own_name(host)
    answered = client().get("/", headers={"host": host})
    assert (answered.status_code, "is not a name of this machine" in answered.text) == (400, True)


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9999", "null", "https://localhost:8090"])
def test_another_site_cannot_have_anything_done(origin):
    assert client().post("/", content=b"x", headers={"origin": origin}).status_code == 403
    with pytest.raises(WebSocketDisconnect), client().websocket_connect("/ws", headers={"origin": origin}):
        pass


def test_its_own_pages_can():
    own = {"origin": "http://127.0.0.1:8090"}
    assert client().post("/", content=b"x", headers=own).text == "done"
    with client().websocket_connect("/ws", headers={**own, "host": "127.0.0.1:8090"}) as socket_:
        assert socket_.receive_text() == "hello"


def test_what_is_too_long_is_refused_before_it_is_read():
    assert client().post("/", content=b"x" * 100).status_code == 200
    assert client().post("/", content=b"x" * 101).status_code == 413
    assert client().post("/", content=iter([b"x"])).status_code == 411


def test_a_password_is_asked_for():
    guarded = client(password="ada:a long password")
    assert guarded.get("/").headers["www-authenticate"] == 'Basic realm="Atelier"'
    assert guarded.get("/", auth=("ada", "another")).status_code == 401
    assert guarded.get("/", auth=("ada", "a long password")).text == "done"


def test_nothing_comes_from_elsewhere_and_nobody_shows_it_inside_theirs():
    policy = client().get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
