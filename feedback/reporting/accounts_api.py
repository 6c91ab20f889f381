"""/api/v1/accounts: the customer record together with what the gate says about it today."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from flask import Response, stream_with_context
from flask.views import MethodView
from marshmallow import fields

from feedback.access.auth import current_viewer, requires
from feedback.access.models import Team, User
from feedback.access.rules import Viewer
from feedback.accounts import service
from feedback.accounts.models import Account
from feedback.accounts.queries import AccountFilter, access_account, check_may_name, list_accounts
from feedback.accounts.schemas import (
    AccountChangeIn,
    AccountExportArgs,
    AccountIn,
    AccountListArgs,
    AccountOut,
    AccountReplaceIn,
    TimelineArgs,
    TimelineEventOut,
)
from feedback.exporting.writer import ExportFormat, export
from feedback.extensions import db
from feedback.gate.rules import Play
from feedback.gate.standing import standings
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.kernel.paging import decode_cursor, encode_cursor
from feedback.reporting.timeline import list_timeline
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import page_of

WRITE = "account.write"


class _ListArgs(AccountListArgs):
    """The same with what the gate says."""

    play = fields.Enum(Play, by_value=True, load_default=None)


blueprint = Blueprint("accounts", __name__, url_prefix="/api/v1/accounts", description="Accounts, their standing in a word")
_BATCH = 500
_COLUMNS = [column.key for column in Account.__table__.columns]
_EXPORTED = [
    "external_id", "name", "segment", "industry", "region", "country", "time_zone", "language", "owner_email", "value_tier",
    "annual_revenue", "currency", "status", "renewal_date", "customer_since", "closed_date", "referred_by",
]  # fmt: skip


@blueprint.route("")
class Accounts(MethodView):
    """The viewer's accounts."""

    @requires("account.read")
    @blueprint.arguments(_ListArgs, location="query")
    @blueprint.response(200, page_of(AccountOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List accounts by name

        `owner=me` keeps the viewer's own, `play` those for which the gate names that play today, `q` looks into name and id.
        """
        viewer = current_viewer()
        wanted = _filter(args, viewer)
        after = _read_cursor(args["cursor"]) if args["cursor"] else None
        found = list(islice(_matching(viewer, wanted, args["play"], after, args["limit"] + 1), args["limit"] + 1))
        shown = found[: args["limit"]]
        more = len(found) > len(shown)
        return {"items": shown, "next_cursor": encode_cursor(shown[-1]["name"], shown[-1]["id"]) if more else None}

    @requires(WRITE)
    @blueprint.arguments(AccountIn)
    @blueprint.response(201, AccountOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Create an account

        Without `external_id` it gets one. Somebody who may change only own accounts owns the new one and does not choose its id.
        """
        viewer = current_viewer()
        with transaction():
            check_may_name(body.get("external_id"), viewer=viewer)
            account = service.create_account(body, actor=viewer.actor, owner_id=viewer.user_id)
            access_account(account.id, viewer=viewer, permission=WRITE)
            return present([account])[0]


@blueprint.route("/<int:account_id>")
class OneAccount(MethodView):
    """An account."""

    @requires("account.read")
    @blueprint.response(200, AccountOut)
    def get(self, account_id: int) -> dict[str, Any]:
        """An account and what to do with it today"""
        return present([access_account(account_id, viewer=current_viewer())])[0]

    @requires(WRITE)
    @blueprint.arguments(AccountChangeIn)
    @blueprint.response(200, AccountOut)
    def patch(self, body: dict[str, Any], account_id: int) -> dict[str, Any]:
        """Change the fields that are named; null empties one"""
        return _change(account_id, body)

    @requires(WRITE)
    @blueprint.arguments(AccountReplaceIn)
    @blueprint.response(200, AccountOut)
    def put(self, body: dict[str, Any], account_id: int) -> dict[str, Any]:
        """Replace all fields; what is left out becomes empty, except value tier and status"""
        empty = dict.fromkeys(name for name in AccountChangeIn().fields if name not in ("name", "value_tier", "status"))
        return _change(account_id, empty | body)


def _change(account_id: int, values: dict[str, Any]) -> dict[str, Any]:
    viewer = current_viewer()
    with transaction():
        account = access_account(account_id, viewer=viewer, permission=WRITE)
        return present([service.change_account(account, values, actor=viewer.actor)])[0]


@blueprint.route("/<int:account_id>/timeline")
class AccountTimeline(MethodView):
    """What happened with an account."""

    @requires("account.read")
    @blueprint.arguments(TimelineArgs, location="query")
    @blueprint.response(200, page_of(TimelineEventOut))
    def get(self, args: dict[str, Any], account_id: int) -> Any:
        """Everything that happened, newest first: answers, issues, contacts, consents, decisions, estimates"""
        viewer = current_viewer()
        access_account(account_id, viewer=viewer)
        return list_timeline(account_id, viewer, limit=args["limit"], cursor=args["cursor"], contact_id=args["contact_id"])


@blueprint.route("/export")
class AccountExport(MethodView):
    """The viewer's accounts as a file."""

    @requires("account.read")
    @blueprint.arguments(AccountExportArgs, location="query")
    @blueprint.response(200, content_type="text/csv", description="The file, with the columns that an import reads.")
    def get(self, args: dict[str, Any]) -> Response:
        """Export accounts as CSV or XLSX, in the form that `closedloop import accounts` reads"""
        kind, viewer = ExportFormat(args["format"]), current_viewer()
        rows = _export_rows(viewer, AccountFilter(search=args["q"], segment=args["segment"], region=args["region"]))
        response = Response(stream_with_context(iter(export(kind, _EXPORTED, rows))), mimetype=kind.media_type.split(";")[0])
        response.headers["Content-Disposition"] = f'attachment; filename="accounts.{kind.value}"'
        return response


def _export_rows(viewer: Viewer, wanted: AccountFilter) -> Iterator[Sequence[Any]]:
    for accounts in _batches(viewer, wanted, None):
        emails = _named(User, User.email, {account.owner_id for account in accounts})
        for account in accounts:
            values = {name: getattr(account, name, None) for name in _EXPORTED}
            values |= {"owner_email": emails.get(account.owner_id)}
            values |= {"renewal_date": account.renewal_on, "closed_date": account.closed_on}
            yield list(values.values())


def _filter(args: dict[str, Any], viewer: Viewer) -> AccountFilter:
    owner = (viewer.user_id or 0) if args["owner"] == "me" else None
    return AccountFilter(owner, args["q"], args["segment"], args["region"])


def _read_cursor(cursor: str) -> tuple[str, int]:
    name, id_ = decode_cursor(cursor, size=2)
    if not isinstance(name, str) or type(id_) is not int:
        raise InvalidInput({"cursor": ["This cursor is not one of ours; start again without it."]})
    return name, id_


def _batches(viewer: Viewer, wanted: AccountFilter, after: tuple[str, int] | None, size: int = _BATCH) -> Iterator[list[Account]]:
    while accounts := list_accounts(viewer, wanted, after=after, limit=size):
        yield accounts
        after = accounts[-1].name, accounts[-1].id


def _matching(
    viewer: Viewer, wanted: AccountFilter, play: Play | None, after: tuple[str, int] | None, limit: int
) -> Iterator[dict[str, Any]]:
    # the play is computed, not stored: with that filter accounts are looked through in batches until the page is full
    for accounts in _batches(viewer, wanted, after, _BATCH if play else limit):
        yield from (row for row in present(accounts) if play is None or row["play"] == play)


def present(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """Accounts with names of owner and team, and the play and stance of this moment."""
    owners = _named(User, User.name, {account.owner_id for account in accounts})
    teams = _named(Team, Team.code, {account.team_id for account in accounts})
    today = standings([account.id for account in accounts], clock.now())
    rows = []
    for account in accounts:
        row = {name: getattr(account, name) for name in _COLUMNS}
        owner = {"id": account.owner_id, "name": owners[account.owner_id]} if account.owner_id in owners else None
        standing = today[account.id]
        rows.append(row | {"owner": owner, "team": teams.get(account.team_id), "play": standing.play, "stance": standing.stance})
    return rows


def _named(model: type[User] | type[Team], column: Any, ids: set[int | None]) -> dict[int | None, str]:
    wanted = [id_ for id_ in ids if id_ is not None]
    rows = db.session.execute(sa.select(model.id, column).where(model.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}
