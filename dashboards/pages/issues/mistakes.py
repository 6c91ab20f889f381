"""An issue that was entered by mistake: saying so, and the word of a second person."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.moments import moment
from dashboards.pages.issues.work_forms import refused_place, work_button, work_field
from feedback.access.rules import Viewer
from feedback.issues.rules.mistakes import REMOVABLE
from feedback.issues.working.mistake_lines import MistakeLine
from feedback.issues.working.mistakes import against_words
from feedback.reporting.issue_board import IssueDetail

Component = Any


def claim_notice(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """What somebody said, above everything else, for whoever confirms it or waits for that."""
    claim = found.working.mistake
    if claim is None or not found.is_open:
        return []
    said = _("%(person)s says that this issue was entered by mistake: “%(reason)s”", person=claim.claimed_by, reason=claim.reason)
    parts = [html.P([said, " · ", moment(claim.claimed_at, viewer)])]
    parts += _decide(found) if claim.decidable else _waits(viewer, claim, found)
    return [html.Div(parts, className="cl-next", id="mistake-claimed")]


def _decide(found: IssueDetail) -> list[Component]:
    note = dmc.TextInput(id=work_field("mistake_note"), label=_("A word with it (a no needs one)"), size="sm")
    yes, no = _("It is a mistake: take it back"), _("It is a problem: it stays")
    what = _("Taken back, it is closed and counts nowhere: not for the gate, not for renewals, not in any figure.")
    return [
        html.P(what, className="cl-note"),
        note,
        html.Div([work_button(yes, "mistake_yes", found), work_button(no, "mistake_no", found)], className="cl-chips"),
        refused_place("mistake_yes"),
        refused_place("mistake_no"),
    ]


def _waits(viewer: Viewer, claim: MistakeLine, found: IssueDetail) -> list[Component]:
    people = ", ".join(found.working.mistake_deciders)
    waits = _("It waits for %(people)s. Until then it stays open, and its clocks run.", people=people)
    nobody = _("Nobody can confirm it: no lead, executive or administrator is there. It stays open, and its clocks run.")
    parts: list[Component] = [html.P(waits if people else nobody, className="cl-note")]
    if claim.claimed_by_id == viewer.user_id:
        parts += [html.Div(work_button(_("It was no mistake"), "mistake_back", found)), refused_place("mistake_back")]
    return parts


def claim_form(found: IssueDetail) -> Component:
    """Saying so, where it can be one; what has to be seen to first is said beside the button."""
    against = found.working.against_mistake
    if found.working.mistake is not None or against is None or set(against) - REMOVABLE:
        return None
    why_not = " ".join(against_words(one) for one in against) or None
    form = [
        dmc.Textarea(id=work_field("mistake"), label=_("Why it is a mistake"), autosize=True, minRows=2, size="sm"),
        html.P(_("Somebody else has to confirm it. Until then it stays open, and its clocks run."), className="cl-note"),
        html.Div(work_button(_("Say that it is a mistake"), "mistaken", found, why_not=why_not)),
        refused_place("mistaken"),
    ]
    return html.Details([html.Summary(_("It was entered by mistake")), html.Div(form, className="cl-form")])
