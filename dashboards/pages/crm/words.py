"""What pages call CRMs, their runs, counts, failures and fields."""

import re
from collections.abc import Mapping

from flask_babel import gettext as _

from dashboards.components.numbers import number
from feedback.kernel import clock
from feedback.partners.crm.leasing import STOPPED
from feedback.partners.crm.models import CrmConnection, CrmRun
from feedback.partners.crm.rules import Kind, RunState, Side, Vendor

VENDORS = {Vendor.HUBSPOT: "HubSpot", Vendor.SALESFORCE: "Salesforce"}
_STATUS = re.compile(r"answers (\d{3})$")


def kind_words() -> Mapping[str, str]:
    """What is taken."""
    return {Kind.ACCOUNTS: _("Companies"), Kind.CONTACTS: _("Contacts"), Kind.SPEND: _("Won deals")}


def side_words() -> Mapping[str, str]:
    """Whose value holds."""
    return {Side.CRM: _("the CRM’s"), Side.OURS: _("ours")}


def field_words() -> Mapping[str, str]:
    """Fields of customers and contacts."""
    return {
        "name": _("Name"),
        "industry": _("Industry"),
        "country": _("Country"),
        "annual_revenue": _("Revenue a year"),
        "email": _("E-mail"),
        "phone": _("Phone"),
    }


def state_text(connection: CrmConnection) -> str:
    """Whether it runs."""
    if not connection.active:
        return _("paused")
    waits = connection.wait_until is not None and connection.wait_until > clock.now()
    return _("on, the CRM asks for a pause") if waits else _("on")


def run_words() -> Mapping[str, str]:
    """How a run ended."""
    return {
        RunState.RUNNING: _("has not ended"),
        RunState.DONE: _("done"),
        RunState.WAITS: _("interrupted by a pause"),
        RunState.FAILED: _("failed"),
    }


def _count_words() -> Mapping[str, str]:
    return {
        "created": _("new"),
        "updated": _("changed"),
        "unchanged": _("as they were"),
        "rejected": _("not accepted"),
        "gone": _("deleted in the CRM, kept here"),
        "without_account": _("of no customer that is known here"),
        "conflicts": _("said differently on both sides"),
    }


def counts_text(run: CrmRun) -> list[str]:
    """A line for each kind of which something came, and one for what was written back."""
    lines, words = [], _count_words()
    for kind, label in kind_words().items():
        found = [(words[name], run.counts.get(f"{kind}.{name}", 0)) for name in words]
        said = ", ".join(f"{number(count)} {word}" for word, count in found if count)
        if said:
            lines.append(f"{label}: {said}")
    if run.counts.get("pushed") or run.counts.get("push_refused"):
        taken, refused = number(run.counts.get("pushed", 0)), number(run.counts.get("push_refused", 0))
        lines.append(_("Standings written there: %(taken)s, refused: %(refused)s", taken=taken, refused=refused))
    return lines or [_("Nothing was new.")]


def in_words(error: str | None) -> str:
    """What went wrong, and what to do about it."""
    found = _STATUS.search(error or "")
    status = found[1] if found else ""
    if status in ("400", "401", "403"):
        return _("The CRM does not accept the secret, or it may not read this. Enter a new secret below, then test it.")
    if status == "404":
        return _("The CRM knows no such address. Check the address; if it is wrong, pause this connection and make another one.")
    if status:
        return _("The CRM is in trouble itself (status %(status)s). Nothing to do: the next run goes on here.", status=status)
    if (error or "") == STOPPED:
        return _("The run was stopped in the middle. Nothing to do: the next run went on there.")
    if "secret key" in (error or ""):
        return _("The secret key of this installation was changed. Enter the CRM’s secret again below.")
    if "pause" in (error or ""):
        return _("The CRM asked for a pause. Nothing to do: the next run goes on here after it.")
    return _("The CRM did not answer as it should. The next run tries again; if it goes on, check address and network.")
