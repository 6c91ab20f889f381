"""closedloop reference: writes the pages of docs/reference that are made from the code, so that they cannot be wrong."""

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from config import Settings
from feedback.access.authentication import mark_of
from feedback.access.policy import POLICY
from feedback.access.rules import Role

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_LIBRARY = ("/app/_", "/app/assets", "/app/<path", "/static")
SCOPE_WORDS = {"none": "–", "own": "own", "team": "team's", "region": "region's", "all": "all"}


@click.command("reference")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("docs/reference"))
@with_appcontext
def reference(folder: Path) -> None:
    """Write the reference pages that are made from the code."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in reference_pages(current_app).items():
        (folder / name).write_text(text, encoding="utf-8")
        click.echo(folder / name)


def reference_pages(app: Flask) -> dict[str, str]:
    """File name and text of each page."""
    return {"permissions.md": permissions_page(app), "settings.md": settings_page()}


def permissions_page(app: Flask) -> str:
    """Who may do what, from the policy table and the marks of the routes."""
    lines = [
        "# Permissions",
        "",
        "Made from `feedback/access/policy.py` by `closedloop reference`. *own*: accounts one owns and what belongs to them;",
        "*team's*: accounts and issues of one's team, and one's own; a grant can widen a permission for one person.",
        "*lead*: what whoever leads a team has beside the role. A token sees everything that its scopes allow.",
        "Somebody else's object and a missing one are the same 404.",
        "",
        "| permission | allows | " + " | ".join(role.value for role in Role) + " | lead | token scopes |",
        "|---|---|" + "---|" * (len(Role) + 2),
    ]
    for rule in POLICY.values():
        scopes = " | ".join(SCOPE_WORDS[rule.scope_of(role).value] for role in Role)
        tokens = ", ".join(sorted(rule.tokens)) or "–"
        lines.append(f"| `{rule.permission}` | {rule.meaning} | {scopes} | {SCOPE_WORDS[rule.lead.value]} | {tokens} |")
    lines += ["", "## Addresses", "", "| address | permission |", "|---|---|"]
    for address, mark in route_marks(app):
        lines.append(f"| `{address}` | {f'`{mark}`' if mark else 'open to everybody'} |")
    return "\n".join(lines) + "\n"


def route_marks(app: Flask) -> list[tuple[str, str | None]]:
    """Each address with its method and what it is marked with, Dash's own addresses left out."""
    rules = [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith(_LIBRARY)]
    pairs = [(rule, method) for rule in rules for method in METHODS if method in (rule.methods or ())]
    return sorted(
        ((f"{method} {rule.rule}", mark_of(app, rule.endpoint, method)) for rule, method in pairs if rule.rule != "/app/"),
        key=lambda pair: (pair[0].split(" ")[1], METHODS.index(pair[0].split(" ")[0])),
    )


def settings_page() -> str:
    """Every setting with its default, from `config.py`."""
    lines = [
        "# Settings",
        "",
        "Made from `config.py` by `closedloop reference`. All are environment variables; none is needed for `make run`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"CLOSEDLOOP_{name.upper()}")
        default = "" if name == "secret_key" else str(field.default)
        lines.append(f"| `{variable}` | {f'`{default}`' if default else 'none'} | {field.description} |")
    return "\n".join(lines) + "\n"
