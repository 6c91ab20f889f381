"""closedloop demo …: the demo companies."""

import time
from datetime import UTC, datetime

import click
from flask import current_app
from flask.cli import with_appcontext

from feedback.cli.mail_servers import mail_server_elsewhere


def _passed(started: float) -> str:
    minutes, seconds = divmod(round(time.monotonic() - started), 60)
    return f"{minutes}:{seconds:02}"


@click.group("demo")
def demo_group() -> None:
    """Demo companies."""


@demo_group.command("load")
@click.option("--scenario", type=click.Choice(["insurer", "property"]), default="insurer", show_default=True)
@click.option("--size", type=click.Choice(["small", "medium", "large"]), default="small", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="1 is the company as told; others have other problems.")
@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="The day on which the demo ends; default: now.")
@click.option("--yes", is_flag=True, help="Load it beside the data that is there.")
@click.option("--with-mail-server", is_flag=True, help="Load it although a mail server of the network is set.")
@with_appcontext
def demo_load(scenario: str, size: str, seed: int, at: datetime | None, yes: bool, with_mail_server: bool) -> None:
    """Load a demo company, eighteen months long, and print its log-ins.

    \b
    small    320 accounts,         3,400 answers, 20 s
    medium   2,000 accounts,      60,000 answers,  1 min
    large    20,000 accounts,  1,000,000 answers,  more than 4 min
    (time of one processor, with SQLite; a busy machine takes longer)

    It asks people in waves, and a wave of it runs: from then on its mails leave as yours would. All its addresses are of domains
    that are reserved for examples, so they reach nobody; but a mail server that is not on this machine gets them and has to
    return them. So loading is refused while one is set (CLOSEDLOOP_SMTP_URL), unless you say --with-mail-server.
    """
    from feedback.closed_loop.defaults import is_empty
    from feedback.demo.load import DemoRequest, load_demo
    from feedback.demo.logins import demo_logins

    if not is_empty() and not yes:
        raise click.ClickException("The database is not empty. Say --yes to load the demo beside what is there.")
    server = mail_server_elsewhere(current_app.extensions["closedloop_settings"].smtp_url)
    if server and not with_mail_server:
        raise click.ClickException(
            f"A mail server is set ({server}): the demo's mails would go to it, to addresses that nobody has. "
            "Load the demo without CLOSEDLOOP_SMTP_URL, or say --with-mail-server."
        )
    request = DemoRequest(scenario, size, seed, at.replace(tzinfo=UTC) if at else None)
    started = time.monotonic()
    load_demo(request, progress=lambda line: click.echo(f"  {_passed(started)}  {line}", err=True))
    for role, email, password in demo_logins():
        click.echo(f"{role:18} {email:34} {password}")
