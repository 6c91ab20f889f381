"""closedloop …: one Click group; other packages add commands through the entry points `closedloop.commands`."""

from importlib.metadata import entry_points
from typing import Any

import click
import sqlalchemy as sa
from flask.cli import ScriptInfo, with_appcontext

from feedback.app import create_app
from feedback.cli.demo import demo_group
from feedback.cli.imports import import_group
from feedback.cli.lifeline import follow_parent
from feedback.cli.people import team_group, token_group, user_group
from feedback.cli.reference import reference
from feedback.cli.up import up
from feedback.closed_loop.defaults import install_defaults
from feedback.kernel.errors import DomainError, InvalidInput


class _Group(click.Group):
    """Loads the application only for commands that ask for it: it needs a secret, and time."""

    def __init__(self, **extra: Any) -> None:
        super().__init__(**extra)
        for entry in entry_points(group="closedloop.commands"):
            self.add_command(entry.load(), entry.name)

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> click.Context:
        """A context from which `with_appcontext` gets our application."""
        extra.setdefault("obj", ScriptInfo(create_app=create_app, set_debug_flag=False))
        return super().make_context(info_name, args, *rest, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what the rules refuse is a sentence, not a traceback."""
        try:
            return super().invoke(ctx)
        except DomainError as error:
            details = error.errors.items() if isinstance(error, InvalidInput) else ()
            lines = [f"  {field}: {' '.join(messages)}" for field, messages in details]
            raise click.ClickException("\n".join([error.message, *lines])) from error
        except sa.exc.OperationalError as error:
            reason = " ".join(str(error.orig).split())
            hint = "DATABASE_URL names it, 'closedloop db upgrade' makes its tables."
            raise click.ClickException(f"The database cannot be used: {reason}. {hint}") from error


@click.group(cls=_Group)
@click.option("--lifeline", type=int, hidden=True)
def main(lifeline: int | None) -> None:
    """closedloop: earn the right to sell."""
    if lifeline is not None:
        follow_parent(lifeline)


for _command in (token_group, user_group, team_group, demo_group, up, reference):
    main.add_command(_command)


@main.group("db")
def db_group() -> None:
    """The database."""


@db_group.command("upgrade")
@with_appcontext
def db_upgrade() -> None:
    """Bring the database to the newest revision."""
    from flask_migrate import upgrade

    upgrade()
    install_defaults()
    click.echo("The database is up to date.")


main.add_command(import_group)
