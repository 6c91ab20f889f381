"""closedloop token | user | team …: who may come in."""

import secrets
import sys

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from feedback.access import queries, service
from feedback.access.models import ApiToken, Team, User
from feedback.access.policy import POLICY
from feedback.access.rules import TOKEN_SCOPES, Role, Scope
from feedback.extensions import db
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

ACTOR = "command line"


@click.group("token")
def token_group() -> None:
    """Tokens of other systems."""


@token_group.command("create")
@click.option("--name", required=True, help="Which system will use it.")
@click.option("--scope", "first", multiple=True, required=True, type=click.Choice(TOKEN_SCOPES), help="One or several.")
@click.argument("more", nargs=-1, type=click.Choice(TOKEN_SCOPES), metavar="")
@with_appcontext
def token_create(name: str, first: tuple[str, ...], more: tuple[str, ...]) -> None:
    """Make a token. It is shown once, as the last word. `--scope read --scope write` and `--scope read write` are the same."""
    scopes = (*first, *more)
    with transaction():
        _row, secret = service.create_token(name, scopes, actor=ACTOR)
    click.echo(f"Token for {name} ({', '.join(sorted(set(scopes)))}). Keep it now, it cannot be shown again: {secret}")


@token_group.command("list")
@with_appcontext
def token_list() -> None:
    """Show which tokens there are."""
    for token in db.session.scalars(select(ApiToken).order_by(ApiToken.id)):
        state = "revoked" if token.revoked_at else "valid"
        click.echo(f"{token.id}\t{state}\t{','.join(token.scopes)}\t{token.created_at:%Y-%m-%d}\t{token.name}")


@token_group.command("revoke")
@click.argument("token_id", type=int)
@with_appcontext
def token_revoke(token_id: int) -> None:
    """Make a token useless at once."""
    with transaction():
        service.revoke_token(token_id, actor=ACTOR)
    click.echo(f"Token {token_id} is revoked.")


@click.group("user")
def user_group() -> None:
    """People who log in."""


@user_group.command("create")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", default="", help="Defaults to the part of the address before the @.")
@click.option("--team", help="Code of the team, for frontline people.")
@click.option("--region")
@click.option("--locale", default="en", show_default=True, type=click.Choice(list(LANGUAGES)))
@click.option("--time-zone", default="UTC", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input.")
@with_appcontext
def user_create(
    email: str, role: str, name: str, team: str | None, region: str | None, locale: str, time_zone: str, password_stdin: bool
) -> None:
    """Let a person log in. Asks for a password on a terminal, else makes one and prints it as the last word."""
    password, made = _new_password(password_stdin)
    hashed = service.new_password_hash(password, email=email)
    with transaction():
        user = service.create_user(
            email,
            role=Role(role),
            actor=ACTOR,
            name=name,
            password_hash=hashed,
            team_id=_team_id(team),
            region=region,
            locale=locale,
            time_zone=time_zone,
        )
    click.echo(f"{user.email} can log in as {role}." + (f" The password is: {password}" if made else ""))


@user_group.command("list")
@with_appcontext
def user_list() -> None:
    """Show who can log in."""
    for user in db.session.scalars(select(User).order_by(User.id)):
        click.echo(f"{user.id}\t{'active' if user.active else 'inactive'}\t{user.role}\t{user.email}\t{user.name}")


@user_group.command("deactivate")
@click.argument("email")
@with_appcontext
def user_deactivate(email: str) -> None:
    """Log a person out everywhere, for good."""
    with transaction():
        service.change_user(_user(email).id, actor=ACTOR, active=False)
    click.echo(f"{email} can no longer log in.")


@user_group.command("password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input.")
@with_appcontext
def user_password(email: str, password_stdin: bool) -> None:
    """Set a new password; the person is logged out everywhere."""
    user_id = _user(email).id
    password, made = _new_password(password_stdin)
    hashed = service.new_password_hash(password, email=email)
    with transaction():
        service.set_password(user_id, hashed, actor=ACTOR)
    click.echo(f"{email} has a new password." + (f" It is: {password}" if made else ""))


@user_group.command("grant")
@click.argument("email")
@click.argument("permission", type=click.Choice(sorted(POLICY)))
@click.argument("scope", type=click.Choice([scope.value for scope in Scope]))
@with_appcontext
def user_grant(email: str, permission: str, scope: str) -> None:
    """Give a person more of a permission than the role does; 'none' takes it back."""
    with transaction():
        service.grant(_user(email).id, permission, Scope(scope), actor=ACTOR)
    click.echo(f"{email}: {permission} {scope}")


@click.group("team")
def team_group() -> None:
    """Teams that issues are routed to."""


@team_group.command("create")
@click.argument("code")
@click.option("--name", help="Defaults to the code.")
@click.option("--region")
@with_appcontext
def team_create(code: str, name: str | None, region: str | None) -> None:
    """Make a team."""
    with transaction():
        service.create_team(code, name=name or code, region=region, actor=ACTOR)
    click.echo(f"Team {code} exists.")


def _user(email: str) -> User:
    user = queries.find_user_by_email(email)
    if user is None:
        raise click.ClickException(f"Nobody has the address {email}.")
    return user


def _team_id(code: str | None) -> int | None:
    if code is None:
        return None
    team_id = db.session.scalar(select(Team.id).where(Team.code == code))
    if team_id is None:
        raise click.ClickException(f"There is no team {code}; 'closedloop team create {code}' makes it.")
    return team_id


def _new_password(from_stdin: bool) -> tuple[str, bool]:
    """The password, and whether we made it up."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True)), False
    return secrets.token_urlsafe(15), True
