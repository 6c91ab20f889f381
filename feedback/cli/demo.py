"""closedloop demo …: the demo companies."""

from datetime import UTC, datetime

import click
from flask.cli import with_appcontext


@click.group("demo")
def demo_group() -> None:
    """Demo companies."""


@demo_group.command("load")
@click.option("--scenario", type=click.Choice(["insurer", "property"]), default="insurer", show_default=True)
@click.option("--size", type=click.Choice(["small", "medium", "large"]), default="small", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="1 is the company as told; others have other problems.")
@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="The day on which the demo ends; default: now.")
@click.option("--yes", is_flag=True, help="Load it beside the data that is there.")
@with_appcontext
def demo_load(scenario: str, size: str, seed: int, at: datetime | None, yes: bool) -> None:
    """Load a demo company, eighteen months long, and print its log-ins."""
    from feedback.closed_loop.defaults import is_empty
    from feedback.demo.load import DemoRequest, load_demo
    from feedback.demo.logins import demo_logins

    if not is_empty() and not yes:
        raise click.ClickException("The database is not empty. Say --yes to load the demo beside what is there.")
    request = DemoRequest(scenario, size, seed, at.replace(tzinfo=UTC) if at else None)
    load_demo(request, progress=lambda line: click.echo(f"  {line}", err=True))
    for role, email, password in demo_logins():
        click.echo(f"{role:16} {email:34} {password}")
