"""The form of a complaint: who, what, how bad, whom else it harms."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.panels import panel
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.accounts.queries import access_account
from feedback.issues.rules import Severity
from feedback.reporting.complaint_form import ComplaintForm, complaint_form

Component = Any
FIELDS = ("text", "contact", "defect", "severity", "contract", "harm_count", "harm_what")


def title(viewer: Viewer, query: Query) -> str:
    """The question, about this customer."""
    name = access_account(query.ids["account"], viewer=viewer, permission="issue.open").name
    return _("What did %(account)s complain about?", account=name)


def field_id(name: Any) -> dict[str, Any]:
    """Of a field of the form."""
    return {"kind": "complaint-field", "name": name}


def body(viewer: Viewer, query: Query) -> Component:
    """The form, and what happens to what is written."""
    form = complaint_form(viewer, query.ids["account"])
    note = _("It opens an issue, or joins the open one about the same problem. Somebody gets it at once, with a due date.")
    foot = html.Div(
        [
            button(_("Hand it in"), "complaint-save", primary=True, next_step=True),
            link_button(_("Back to the customer"), f"/app/accounts/{form.account_id}"),
        ],
        className="cl-chips",
    )
    parts = [
        dcc.Store(id="complaint-account", data=form.account_id),
        html.Div(_fields(form), className="cl-fields"),
        _harm(),
        html.Div(id="complaint-refused", role="alert"),
        foot,
        html.Div(id="complaint-done"),
    ]
    return panel(_("The complaint"), parts, note=note)


def _fields(form: ComplaintForm) -> list[Component]:
    severities = [{"value": one.value, "label": words.word(words.severities, one)} for one in reversed(Severity)]
    people = [{"value": str(contact_id), "label": name} for contact_id, name in form.people]
    contracts = [{"value": str(one.id), "label": " · ".join(p for p in (one.name, one.site) if p)} for one in form.contracts]
    long: dict[str, Any] = {"autosize": True, "size": "sm"}
    choice: dict[str, Any] = {"searchable": True, "clearable": True, "size": "sm"}
    fields = [
        dmc.Textarea(id=field_id("text"), label=_("In their words"), minRows=4, className="cl-full-row", **long),
        dmc.Select(id=field_id("contact"), label=_("Who complained"), data=people, **choice),
        dmc.Select(id=field_id("defect"), label=_("What it is about"), data=list(form.defects), **choice),
        dmc.Select(
            id=field_id("severity"),
            label=_("How bad it is"),
            description=_("Left open, it is major if who complained decides there, else minor."),
            data=severities,
            clearable=True,
            size="sm",
        ),
    ]
    if contracts:
        fields.append(dmc.Select(id=field_id("contract"), label=_("Contract"), data=contracts, clearable=True, size="sm"))
    return fields


def _harm() -> Component:
    fields = [
        dmc.NumberInput(
            id=field_id("harm_count"),
            label=_("How many of their customers, if known"),
            min=1,
            allowDecimal=False,
            hideControls=True,
            size="sm",
        ),
        dmc.TextInput(id=field_id("harm_what"), label=_("What happens to them"), size="sm"),
    ]
    inner = html.Div(fields, className="cl-fields")
    return html.Details([html.Summary(_("Does it harm their own customers?")), inner], className="cl-more")


def done(issue_id: int, number: int, account_id: int, *, joined: bool) -> Component:
    """What became of it."""
    if joined:
        text = _("It joined issue #%(number)s, which is about the same.", number=number)
    else:
        text = _("It is issue #%(number)s now.", number=number)
    links = [
        link_button(_("To the issue"), f"/app/issues/{issue_id}", primary=True),
        link_button(_("Back to the customer"), f"/app/accounts/{account_id}"),
    ]
    return html.Div([html.P(text, role="status"), html.Div(links, className="cl-chips")])
