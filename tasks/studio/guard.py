"""What stands before the page: it does things, so only its own pages may ask, and nobody shows it inside theirs."""

import ipaddress
import secrets
import socket
from base64 import b64encode
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    # NiceGUI's own scripts are within the page; nothing comes from another server, or goes to one.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""Headers of every answer that has not set its own."""


class Guard:
    """Refuses what another site, or somebody without the password, has a browser ask.

    Args:
        app: what is guarded.
        longest: bytes that a request may bring.
        password: `user:password` that is demanded; empty: none.
    """

    def __init__(self, app: ASGIApp, longest: int, password: str = "") -> None:
        self._app, self._longest = app, longest
        self._password = f"Basic {b64encode(password.encode()).decode()}" if password else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(Headers(scope=scope), scope.get("method", "GET"))
        if refusal is not None:
            await refusal(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        except RuntimeError as error:
            # What NiceGUI's middleware says where a browser left before it was answered: nobody misses the answer.
            if str(error) != "No response returned.":
                raise

    def _refusal(self, headers: Headers, method: str) -> Response | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if not is_own_name(host):
            return PlainTextResponse(f"{host!r} is not a name of this machine: write its IP address.", 400)
        if origin is not None and urlsplit(origin).netloc != host:
            return PlainTextResponse("Another site asked for this.", 403)
        if self._password and not secrets.compare_digest(
            headers.get("authorization", "").encode(), self._password.encode()
        ):
            return PlainTextResponse("A password is needed.", 401, {"WWW-Authenticate": 'Basic realm="Atelier"'})
        length = headers.get("content-length")
        if method not in ("GET", "HEAD") and (length is None or not length.isdecimal()):
            return PlainTextResponse("The length of what is sent must be said.", 411)
        if length is not None and int(length) > self._longest:
            return PlainTextResponse(f"More than {self._longest} bytes are not accepted.", 413)
        return None


def is_own_name(host: str) -> bool:
    """Tell whether a `Host` header can be meant for this machine.

    A name that an attacker's DNS leads here is the attacker's; addresses are led nowhere.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
        ipaddress.ip_address(name)
    except ValueError:
        return name_of(host) in {"localhost", socket.gethostname().lower(), socket.getfqdn().lower()}
    return True


def name_of(host: str) -> str:
    """Return the name in a `Host` header, without its port, in lower case."""
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()
