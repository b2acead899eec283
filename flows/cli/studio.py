"""The command that serves the studio's page."""

from importlib.util import find_spec
from typing import Annotated

import typer

from artmodels.errors import AtelierError
from flows.cli.options import person


def studio(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the page is served.")] = 8090,
    host: Annotated[
        str, typer.Option(help="The address to listen on; beyond this machine only with ATELIER_SERVICES_AUTH.")
    ] = "127.0.0.1",
    opens: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
) -> None:
    """Serve a page to make pictures, look, rate, and decide on promotions.

    Example: atelier studio

    Without a browser of its own: atelier studio --port 8091 --no-open
    """
    if find_spec("nicegui") is None:
        raise AtelierError("The studio's page needs NiceGUI: pip install 'atelier[studio]'.")
    from flows.studio.server import serve
    from tasks.settings import load_settings

    serve(load_settings(), person(), host, port, opens, typer.echo)
