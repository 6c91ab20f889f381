"""closedloop serve: the web server."""

import logging

import click


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), envvar="PORT")
@click.option("--threads", default=16, show_default=True, type=click.IntRange(1, 256))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes; PostgreSQL only.")
def serve(host: str, port: int, threads: int, workers: int) -> None:
    """Serve the API, the survey pages and the dashboards."""
    from config import Settings, serve_at
    from feedback.web.catalogues import ready_catalogues

    if hint := ready_catalogues():
        click.echo(hint, err=True)
    serve_at(host, port)
    settings = Settings()
    settings.check_secret()
    if workers > 1 and settings.database_url.startswith("sqlite"):
        raise click.ClickException("SQLite has one writer: use one process with several threads, or PostgreSQL.")
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    # Threads wait for the one writer most of the time: sixteen on two cores is meant, whatever the server thinks of it.
    logging.getLogger("_granian").addFilter(lambda record: "Python threads" not in record.getMessage())
    Granian(
        "dashboards.wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        log_access=False,
        log_level=LogLevels.warning if settings.log_level == "WARNING" else LogLevels.info,
        workers_kill_timeout=15,
    ).serve()
