"""closedloop serve: the web server."""

import click


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=int)
@click.option("--threads", default=16, show_default=True, type=int)
def serve(host: str, port: int, threads: int) -> None:
    """Serve the API, the survey pages and the dashboards."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "dashboards.wsgi:app", address=host, port=port, interface=Interfaces.WSGI, workers=1, blocking_threads=threads
    ).serve()
