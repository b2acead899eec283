"""Serving the page: on this machine, to this machine, until Ctrl-C."""

import asyncio
import os
import socket
import warnings
import webbrowser
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from nicegui import ui
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from artmodels.errors import AtelierError
from flows.studio.catalog import add_catalog
from flows.studio.frame import Studio
from flows.studio.jobs import add_jobs
from flows.studio.make import add_make
from flows.studio.promotions import add_promotions
from flows.studio.rate import add_rate
from tasks.services.plan import credentials
from tasks.settings import Settings
from tasks.studio.files import routes
from tasks.studio.guard import Guard

_FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="5" fill="#a8552a"/>'
    '<rect x="7" y="6" width="18" height="20" fill="none" stroke="#f7f5f0" stroke-width="2.5"/></svg>'
)
_FORM_BYTES = 1_000_000
"""What a form adds to the file that it brings."""


def build(settings: Settings, person: str) -> FastAPI:
    """Return the application.

    Raises:
        AtelierError: `services_auth` is not of the form `user:password`.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(routes(settings))
    app.add_exception_handler(AtelierError, _told)
    studio = Studio(settings, person)
    for add in (add_make, add_jobs, add_catalog, add_rate, add_promotions):
        add(studio)
    ui.run_with(app, title="Atelier", favicon=_FAVICON, dark=None, language="en-US", show_welcome_message=False)
    password = settings.services_auth.get_secret_value() if credentials(settings) else ""
    app.add_middleware(Guard, longest=settings.max_download_bytes + _FORM_BYTES, password=password)
    return app


def serve(settings: Settings, person: str, host: str, port: int, opens: bool, say: Callable[[str], None]) -> None:
    """Serve the page until the process is told to end.

    Raises:
        AtelierError: the port is taken, or others could reach the page without a password.
    """
    listening = _listen(settings, host, port)
    app = build(settings, person)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    # NiceGUI looks at every object there is for its server; torch objects to being looked at.
    warnings.filterwarnings("ignore", message=".*torch.distributed.reduce_op.*", category=FutureWarning)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2, ws_max_size=2**24)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            say(f"The studio is at {address}; Ctrl-C ends it.")
            if opens:
                await asyncio.to_thread(webbrowser.open, address)

    Server(config).run([listening])


def _listen(settings: Settings, host: str, port: int) -> socket.socket:
    if host not in ("127.0.0.1", "localhost", "::1") and not credentials(settings):
        raise AtelierError(
            f"--host {host} lets others at the page: set ATELIER_SERVICES_AUTH=user:password, which they are asked for."
        )
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise AtelierError(
            f"--port {port} of {host} cannot be used ({os.strerror(error.errno or 0)}): name another."
        ) from error


async def _told(request: Request, error: Exception) -> Response:
    """Answer a request for what is not there."""
    return PlainTextResponse(str(error), 404)
