"""closedloop …: one Click group; other packages add commands through the entry points `closedloop.commands`."""

from importlib.metadata import entry_points
from typing import Any

import click
from flask.cli import FlaskGroup, with_appcontext

from feedback.app import create_app
from feedback.cli.imports import import_group
from feedback.closed_loop.defaults import install_defaults


class _Group(FlaskGroup):
    def __init__(self, **extra: Any) -> None:
        flags = {"set_debug_flag": False, "add_version_option": False}
        super().__init__(create_app=create_app, add_default_commands=False, **flags, **extra)
        for entry in entry_points(group="closedloop.commands"):
            self.add_command(entry.load(), entry.name)


@click.group(cls=_Group)
def main() -> None:
    """closedloop: earn the right to sell."""


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
