"""/api/v1: contacts and their roles, wallets, spend and identities. The account itself is in `reporting.accounts_api`."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.accounts import listing, service
from feedback.accounts.models import AccountContact, Contact
from feedback.accounts.queries import access_account, access_contact, check_may_name, get_contact_in
from feedback.accounts.schemas import (
    AccountContactOut,
    ContactIn,
    ContactOut,
    ContactWishesIn,
    IdentityIn,
    IdentityOut,
    RoleIn,
    RoleOut,
    SpendIn,
    SpendOut,
    WalletIn,
    WalletOut,
)
from feedback.importing.columns import month
from feedback.kernel.paging import Page
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import PageArgs, page_of

WRITE = "account.write"
NAME = "identity.write"
IDENTITIES = page_of(IdentityOut)  # once, since the document knows a schema by its name
blueprint = Blueprint("contacts", __name__, url_prefix="/api/v1", description="Contacts, roles, wallets and identities")


def _writable(account_id: int) -> Any:
    return access_account(account_id, viewer=current_viewer(), permission=WRITE)


def _readable(account_id: int) -> Any:
    return access_account(account_id, viewer=current_viewer())


@blueprint.route("/accounts/<int:account_id>/contacts")
class AccountContacts(MethodView):
    """The people of an account."""

    @requires("account.read")
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, page_of(AccountContactOut))
    def get(self, args: dict[str, Any], account_id: int) -> Page[dict[str, Any]]:
        """List the contacts of an account; who left comes last"""
        _readable(account_id)
        found = listing.list_contacts(account_id, **args)
        return Page([_present(contact, link) for contact, link in found.items], found.next_cursor)

    @requires(WRITE)
    @blueprint.arguments(ContactIn)
    @blueprint.response(201, AccountContactOut)
    def post(self, body: dict[str, Any], account_id: int) -> dict[str, Any]:
        """Add a contact to an account

        Without `external_id` a new person gets one. Who sees only own accounts names contacts they see, or nobody.
        """
        viewer = current_viewer()
        with transaction() as session:
            account = _writable(account_id)
            check_may_name(body.get("external_id"), viewer=viewer, contact=True)
            link = service.add_contact(account, body, actor=viewer.actor)
            return _present(session.get_one(Contact, link.contact_id), link)


def _present(contact: Contact, link: AccountContact) -> dict[str, Any]:
    columns = {column.key: getattr(contact, column.key) for column in Contact.__table__.columns}
    return columns | {"role": link.role, "role_guessed": link.role_guessed, "left_at": link.left_at}


@blueprint.route("/accounts/<int:account_id>/contacts/<int:contact_id>")
class AccountContactRole(MethodView):
    """A contact's place in an account."""

    @requires(WRITE)
    @blueprint.arguments(RoleIn)
    @blueprint.response(200, RoleOut)
    def patch(self, body: dict[str, Any], account_id: int, contact_id: int) -> AccountContact:
        """Change the role, let the contact leave it (`left: true`) or bring them back"""
        with transaction():
            _writable(account_id)
            link = get_contact_in(account_id, contact_id)
            return service.change_role(link, role=body["role"], left=body["left"], actor=current_viewer().actor)


@blueprint.route("/contacts/<int:contact_id>")
class OneContact(MethodView):
    """A person."""

    @requires("account.read")
    @blueprint.response(200, ContactOut)
    def get(self, contact_id: int) -> Contact:
        """A contact"""
        return access_contact(contact_id, viewer=current_viewer())

    @requires(WRITE)
    @blueprint.arguments(ContactWishesIn)
    @blueprint.response(200, ContactOut)
    def patch(self, body: dict[str, Any], contact_id: int) -> Contact:
        """Change a contact; `not_now_until` holds offers back until that day"""
        viewer = current_viewer()
        with transaction():
            contact = access_contact(contact_id, viewer=viewer, permission=WRITE)
            return service.change_contact(contact, body, actor=viewer.actor)


@blueprint.route("/accounts/<int:account_id>/wallets")
class Wallets(MethodView):
    """What the account spends with everybody."""

    @requires("account.read")
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, page_of(WalletOut))
    def get(self, args: dict[str, Any], account_id: int) -> Page[Any]:
        """List the wallet estimates of an account, newest first"""
        _readable(account_id)
        return listing.list_wallets(account_id, **args)

    @requires(WRITE)
    @blueprint.arguments(WalletIn)
    @blueprint.response(201, WalletOut)
    def post(self, body: dict[str, Any], account_id: int) -> Any:
        """Record an estimate; a second one for the same category and day replaces it"""
        with transaction():
            return service.add_wallet(_writable(account_id), body, actor=current_viewer().actor)


@blueprint.route("/accounts/<int:account_id>/spend")
class MonthlySpend(MethodView):
    """What the account pays us."""

    @requires(WRITE)
    @blueprint.arguments(SpendIn)
    @blueprint.response(200, SpendOut)
    def post(self, body: dict[str, Any], account_id: int) -> dict[str, str]:
        """Record what the account paid in a month; the same month again replaces it"""
        with transaction():
            values = body | {"month": month(body["month"])}
            return {"status": service.add_spend(_writable(account_id), values, actor=current_viewer().actor)}


@blueprint.route("/accounts/<int:account_id>/identities")
class AccountIdentities(MethodView):
    """What other systems call the account."""

    @requires("account.read")
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, IDENTITIES)
    def get(self, args: dict[str, Any], account_id: int) -> Page[Any]:
        """List the names that other systems have for an account"""
        _readable(account_id)
        return listing.list_identities("account", account_id, **args)

    @requires(NAME)
    @blueprint.arguments(IdentityIn)
    @blueprint.response(201, IdentityOut)
    def post(self, body: dict[str, Any], account_id: int) -> Any:
        """Add the name that another system has for an account; answers of that source are then found by it"""
        with transaction():
            access_account(account_id, viewer=current_viewer(), permission=NAME)
            return service.add_identity("account", account_id, **body, actor=current_viewer().actor)


@blueprint.route("/contacts/<int:contact_id>/identities")
class ContactIdentities(MethodView):
    """What other systems call the contact."""

    @requires("account.read")
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, IDENTITIES)
    def get(self, args: dict[str, Any], contact_id: int) -> Page[Any]:
        """List the names that other systems have for a contact"""
        access_contact(contact_id, viewer=current_viewer())
        return listing.list_identities("contact", contact_id, **args)

    @requires(NAME)
    @blueprint.arguments(IdentityIn)
    @blueprint.response(201, IdentityOut)
    def post(self, body: dict[str, Any], contact_id: int) -> Any:
        """Add the name that another system has for a contact"""
        viewer = current_viewer()
        with transaction():
            access_contact(contact_id, viewer=viewer, permission=NAME)
            return service.add_identity("contact", contact_id, **body, actor=viewer.actor)
