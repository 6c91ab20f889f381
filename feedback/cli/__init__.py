"""closedloop …: one Click group; other packages add commands through the entry points `closedloop.commands`."""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click
import sqlalchemy as sa
from flask import Flask
from flask.cli import ScriptInfo, with_appcontext

from feedback.cli.lifeline import follow_parent
from feedback.kernel.errors import DomainError, InvalidInput

# where each command is: a command loads itself and what it needs, not what the others need
_COMMANDS = {
    "demo": "feedback.cli.demo:demo_group",
    "import": "feedback.cli.imports:import_group",
    "person": "feedback.cli.erasing:person_group",
    "mail": "feedback.cli.mail:mail_group",
    "reference": "feedback.cli.reference:reference",
    "team": "feedback.cli.people:team_group",
    "token": "feedback.cli.people:token_group",
    "up": "feedback.cli.up:up",
    "user": "feedback.cli.people:user_group",
}
_WITHOUT_WEB = {"db", "import", "person", "team", "token", "user"}  # need no addresses


def _create_app() -> Flask:
    """The application that the command at hand needs."""
    if click.get_current_context().find_root().invoked_subcommand in _WITHOUT_WEB:
        from feedback.bare_app import create_bare_app

        return create_bare_app()
    from feedback.app import create_app

    return create_app()


class _Group(click.Group):
    """Loads commands when they are called, and the application only for those that ask for it: it needs a secret, and time."""

    def __init__(self, **extra: Any) -> None:
        super().__init__(**extra)
        ours = [EntryPoint(name, place, "closedloop.commands") for name, place in _COMMANDS.items()]
        self._places = {entry.name: entry for entry in (*ours, *entry_points(group="closedloop.commands"))}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, loaded or not."""
        return sorted({*super().list_commands(ctx), *self._places})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, loaded now if it was not before."""
        if cmd_name in self._places and cmd_name not in self.commands:
            self.add_command(self._places[cmd_name].load(), cmd_name)
        return super().get_command(ctx, cmd_name)

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> click.Context:
        """A context from which `with_appcontext` gets our application."""
        extra.setdefault("obj", ScriptInfo(create_app=_create_app, set_debug_flag=False))
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


@main.group("db")
def db_group() -> None:
    """The database."""


@db_group.command("upgrade")
@with_appcontext
def db_upgrade() -> None:
    """Bring the database to the newest revision."""
    from flask_migrate import upgrade

    from feedback.closed_loop.defaults import install_defaults

    upgrade()
    install_defaults()
    click.echo("The database is up to date.")
