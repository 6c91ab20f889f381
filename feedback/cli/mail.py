"""closedloop mail …: is everything ready to send, and where do mail services report?"""

import click
from flask import current_app
from flask.cli import with_appcontext

_MARKS = {True: "fine   ", False: "WRONG  ", None: "unknown"}


@click.group("mail")
def mail_group() -> None:
    """Sending mail."""


@mail_group.command("check")
@with_appcontext
def check() -> None:
    """Look at the settings, the mail server and the DNS records of the sender's domain. Nothing is sent."""
    from feedback.egress.dns import look_around

    settings = current_app.extensions["closedloop_settings"]
    findings = look_around(settings)
    click.echo(f"Mails come from {settings.mail_from}.")
    for finding in findings:
        click.echo(f"{_MARKS[finding.fine]} {finding.about}: {finding.text}")
    if any(finding.fine is False for finding in findings):
        raise click.ClickException("Not ready: put right what is marked WRONG.")
    if any(finding.fine is None and "DNS" in finding.text for finding in findings):
        raise click.ClickException("Not known: DNS cannot be asked from here.")


@mail_group.command("hook")
@with_appcontext
def hook() -> None:
    """Print the address at which a mail service reports bounces and complaints. It is a secret."""
    from feedback.listening.hook_views import hook_token

    base_url = current_app.extensions["closedloop_settings"].base_url
    click.echo(f"{base_url}/m/{hook_token()}")
    click.echo(f"It begins with CLOSEDLOOP_BASE_URL ({base_url}); set that to the address at which others reach you.", err=True)
