"""/api/v1/contracts and /api/v1/sites: what accounts have signed, and where."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.accounts.contracts import ContractLine, as_stored, get_contract, list_contracts, list_sites
from feedback.accounts.models import Account
from feedback.accounts.queries import access_account, account_ids_by_external_id
from feedback.accounts.rules import ContractStatus
from feedback.accounts.schemas import Code
from feedback.accounts.upserts import upsert_contracts
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.importing import columns as parse
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.kernel.paging import Page
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import PageArgs, QueryId, Schema, Text, page_of

blueprint = Blueprint(
    "contracts", __name__, url_prefix="/api/v1", description="Contracts, their sites, and when they are up for renewal"
)


class ContractIn(Schema):
    """A contract; what is left out stays as it is."""

    account_external_id = Text(required=True)
    external_id = Text(required=True)
    name = Text()
    renewal_on = fields.Date(format="iso", metadata={"description": "The day on which it ends unless it is renewed."})
    annual_value = fields.Float(validate=validate.Range(min=0), allow_nan=False)
    currency = Code(parse.currency, 3)
    status = fields.Enum(ContractStatus, by_value=True)
    site_external_id = Text()
    site_name = Text()
    site_kind = Text()
    site_address = Text()


class ContractOut(Schema):
    """A contract."""

    id = fields.Integer(required=True)
    external_id = fields.String(required=True)
    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    name = fields.String(required=True)
    site_external_id = fields.String(required=True, allow_none=True)
    site = fields.String(required=True, allow_none=True)
    renewal_on = fields.Date(format="iso", required=True, allow_none=True)
    annual_value = fields.Float(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    status = fields.Enum(ContractStatus, by_value=True, required=True)


class ContractArgs(PageArgs):
    """Whose contracts."""

    account_id = QueryId(load_default=None)


class SiteOut(Schema):
    """A place that contracts are about."""

    id = fields.Integer(required=True)
    external_id = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)


@blueprint.route("/contracts")
class Contracts(MethodView):
    """What accounts have signed."""

    @requires("account.read")
    @blueprint.arguments(ContractArgs, location="query")
    @blueprint.response(200, page_of(ContractOut))
    def get(self, args: dict[str, Any]) -> Page[ContractLine]:
        """List contracts, the oldest first"""
        return list_contracts(current_viewer(), **args)

    @requires("account.write")
    @blueprint.arguments(ContractIn)
    @blueprint.response(200, ContractOut)
    def post(self, body: dict[str, Any]) -> ContractLine:
        """Add a contract or change it; its `external_id` says which. A site that is not known is added"""
        viewer = current_viewer()
        with transaction():
            found = account_ids_by_external_id([body["account_external_id"]])
            if not found:
                raise NotFound
            account: Account = access_account(found[body["account_external_id"]], viewer=viewer, permission="account.write")
            (written,) = upsert_contracts([as_stored(body)])
            if written.errors:
                raise InvalidInput(written.errors)
            db.session.flush()
            line = get_contract(body["external_id"])
            audit.record(viewer.actor, f"contract.{written.status}", "account", account.id, contract=line.external_id)
            return line


@blueprint.route("/sites")
class Sites(MethodView):
    """Places that contracts are about."""

    @requires("account.read")
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, page_of(SiteOut))
    def get(self, args: dict[str, Any]) -> Page[Any]:
        """List the sites that contracts are about"""
        return list_sites(current_viewer(), **args)
