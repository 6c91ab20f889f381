"""Who was erased, and erasing somebody: what would happen, why, and then for good."""

import time
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, html, no_update
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.moments import moment
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, notice, panel
from dashboards.components.tables import Column, table
from dashboards.guard import allowed
from dashboards.page import Page, Query
from dashboards.pages.account.callbacks import account_id_of as number_in
from feedback.access.rules import Viewer
from feedback.accounts.queries import access_contact
from feedback.accounts.rules import ErasureReason
from feedback.closed_loop.erasure import Preview, Receipt, erase_person, list_receipts, preview_erasure
from feedback.kernel.errors import InvalidInput
from feedback.uow import transaction

Component = Any
PERMISSION = "person.erase"


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Who was erased?")


def body(viewer: Viewer, query: Query) -> Component:
    """The receipts; nothing in them says who it was."""
    receipts = list_receipts()
    hint = _("To erase somebody, open the customer's page, press “Change” beside the person, and go to “Erasure”.")
    if not receipts:
        return panel(_("Erasures"), empty_state(_("Nobody was erased yet."), hint=hint))
    columns: list[Column[Receipt]] = [
        Column(_("Receipt"), lambda one: f"#{one.id}", main=True),
        Column(_("When"), lambda one: moment(one.erased_at, viewer)),
        Column(_("Why"), lambda one: words.word(words.erasure_reasons, one.reason)),
        Column(_("Removed"), lambda one: summary(one.counts)),
        Column(_("Database files"), lambda one: _("clear") if one.files_cleaned_at else _("cleared within minutes")),
        Column(_("Handed in again"), lambda one: number(one.met_again), right=True),
    ]
    again = _("“Handed in again”: how often a file or another system has named the person since; nothing of it was stored.")
    return panel(
        _("Erasures"),
        [table(columns, receipts, caption=_("Erasures")), html.P([again, " ", not_promised()], className="cl-note")],
        note=hint,
    )


def summary(counts: Any) -> str:
    """The two numbers that matter most."""
    words_gone = ngettext("%(num)s comment", "%(num)s comments", counts.get("comments", 0))
    kept = ngettext("%(num)s score kept", "%(num)s scores kept", counts.get("scores_kept", 0))
    return f"{words_gone} · {kept}"


def count_words() -> dict[str, str]:
    """What the numbers of an erasure are called."""
    return {
        "comments": _("Comments removed"),
        "scores_kept": _("Scores kept in the figures"),
        "links": _("Survey links that die"),
        "mails_stopped": _("Requests stopped"),
        "clicks": _("Clicks forgotten"),
        "forms": _("Forms forgotten"),
        "roles_ended": _("Roles ended"),
        "notes_of_talks": _("Notes of talks removed"),
        "texts_cleared": _("Texts cleared of the name"),
        "messages_cleared": _("Messages cleared of the name"),
        "audit_rows_cleared": _("Lines of the audit log cleared of the name"),
        "evidence": _("Evidence of consent removed"),
        "stop_list_entries": _("Entries of the stop list emptied"),
        "notes_on_waves": _("Notes about waves removed"),
        "requests": _("Requests by right emptied"),
        "stored_replies": _("Stored replies removed"),
        "bodies": _("Deliveries of other systems emptied"),
        "caught_mails": _("Caught mails deleted"),
        "ids_of_other_systems": _("Ids of other systems removed"),
    }


def erase_title(viewer: Viewer, query: Query) -> str:
    """The question about one person."""
    contact = access_contact(query.ids["id"], viewer=viewer, permission=PERMISSION)
    return _("Erase %(name)s?", name=contact.name or contact.external_id)


def erase_body(viewer: Viewer, query: Query) -> Component:
    """What would happen, and the button behind a reason and a tick."""
    access_contact(query.ids["id"], viewer=viewer, permission=PERMISSION)
    preview = preview_erasure(query.ids["id"])
    if preview.erased_at is not None and not preview.counts.get("comments"):
        done = notice([_("This person was erased. Nothing that says who it was is left.")])
        return html.Div([done, link_button(_("See all erasures"), "/app/privacy")], className="cl-stack")
    return html.Div([_consequences(preview), _confirmation()], className="cl-stack")


def _consequences(preview: Preview) -> Component:
    named = count_words()
    rows = [(named.get(name, name.replace("_", " ")), count) for name, count in preview.counts.items()]
    columns: list[Column[tuple[str, int]]] = [
        Column(_("What"), lambda row: row[0], main=True),
        Column(_("How many"), lambda row: number(row[1]), right=True, side=True),
    ]
    text = _("Figures of the past stay as they are. There is no way back, and later files cannot bring the person back.")
    return panel(
        _("What would happen"),
        [
            table(columns, rows, caption=_("What would happen")),
            html.P(text, className="cl-note"),
            html.P(not_promised(), className="cl-note"),
        ],
    )


def not_promised() -> str:
    """What no search of texts can find."""
    return _(
        "Texts are searched for the name, its parts and its Russian endings, for addresses, the telephone number and ids. "
        "Nicknames, misspellings and other spellings cannot be found: read through the notes about this customer."
    )


def _confirmation() -> Component:
    reasons = [{"value": one.value, "label": words.word(words.erasure_reasons, one)} for one in ErasureReason]
    fields = [
        dmc.Select(id="erase-reason", label=_("Reason"), data=reasons, size="sm"),
        dmc.Checkbox(id="erase-sure", label=_("I know that this cannot be undone"), checked=False),
        html.Div(button(_("Erase for good"), "erase-do", primary=True), className="cl-part-foot"),
    ]
    return panel(_("Erase"), html.Div(fields, className="cl-stack cl-narrow"))


def register(app: Dash) -> None:
    """Attach the callback of the button."""
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input("erase-do", "n_clicks"),
        State("erase-reason", "value"),
        State("erase-sure", "checked"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )(allowed(PERMISSION)(erase))


def erase(viewer: Viewer, clicks: int | None, reason: str | None, sure: bool | None, path: str | None) -> Any:
    """Do it; the page then says that it is done."""
    if not clicks:
        return no_update
    if not reason or not sure:
        hints = {"reason": None if reason else _("Choose a reason."), "sure": None if sure else _("Tick that you know it.")}
        raise InvalidInput({field: [hint] for field, hint in hints.items() if hint})
    contact_id = number_in(path)
    with transaction():
        access_contact(contact_id, viewer=viewer, permission=PERMISSION)
        erase_person(contact_id, ErasureReason(reason), actor=viewer.actor)
    return time.perf_counter_ns()


PAGE = Page("/app/privacy", PERMISSION, title, body, register=register)
ERASE = Page("/app/privacy/<id>", PERMISSION, erase_title, erase_body)
PAGES = (PAGE, ERASE)
