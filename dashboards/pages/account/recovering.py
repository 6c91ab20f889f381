"""What speaks for it that the situation at an account has changed, while a fix waits for the customer's word."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.components.moments import day_words
from dashboards.components.panels import panel
from feedback.access.rules import Viewer
from feedback.gate.rules import IssueBand
from feedback.kernel import clock
from feedback.reporting.account_page import AccountPage
from feedback.reporting.recovery_checklist import COOL_DOWN, Check, Evidence, recovery_checklist

Component = Any


def recovering_panel(page: AccountPage, viewer: Viewer) -> Component:
    """Only where the gate waits for a fix to be confirmed."""
    if page.standing.issues is not IssueBand.FIXED_UNVERIFIED:
        return None
    checks = recovery_checklist(page.standing, clock.now())
    note = _("The gate opens with the first two keys: the customer's yes, and then a 7 or better. The rest is further evidence.")
    return panel(
        _("Has the situation changed?"), html.Ul([_check(check, viewer) for check in checks], className="cl-lines"), note=note
    )


def _check(check: Check, viewer: Viewer) -> Component:
    sign = html.Span("✓ " if check.met else "○ ", **attributes(aria_hidden="true"))
    state = html.Span(_("met") if check.met else _("not yet"), className="cl-badge")
    lines = [html.Div(_line(one, viewer), className="cl-note") for one in check.evidence]
    return html.Li([html.Div([html.Span([sign, html.Strong(_names()[check.name])]), state], className="cl-under"), *lines])


def _names() -> dict[str, str]:
    return {
        "fixes_hold": _("Serious problems are solved, the customer says, and none came back within 30 days"),
        "confirmed": _("Everybody who complained says that it is solved"),
        "fresh_scores": _("Buyers who were unhappy give a 7 or better, a month after the fix"),
        "cooled_down": _("No new trouble for 60 days"),
        "undisrupted": _("Nothing is broken on our side that hits this customer"),
    }


def _line(one: Evidence, viewer: Viewer) -> Component:
    day = day_words(one.at, viewer) if one.at else ""
    named = {"name": one.name, "day": day, "score": one.score}
    text = {
        "verified": _("%(name)s verified on %(day)s", **named),
        "opened_again": _("%(name)s opened again on %(day)s", **named),
        "closed_without_word": _("%(name)s closed on %(day)s without the customer's word", **named),
        "fixed_not_verified": _("%(name)s fixed on %(day)s, not verified", **named),
        "not_fixed": _("%(name)s open since %(day)s", **named),
        "said_yes": _("%(name)s said yes on %(day)s", **named),
        "not_said": _("%(name)s has not said yes", **named),
        "good_score": _("%(name)s gave a %(score)s on %(day)s", **named),
        "early_score": _("%(name)s gave a %(score)s on %(day)s, too soon after the fix to last", **named),
        "low_score": _("%(name)s gave a %(score)s on %(day)s", **named),
        "no_score": _("%(name)s has given no score since the fix; from %(day)s on it counts", **named),
        "index_below_zero": _("The account as a whole still speaks against us"),
        "detractor_answer": _("A score of %(score)s on %(day)s", **named),
        "serious_issue": _("%(name)s opened on %(day)s", **named),
        "disrupted": _("%(name)s, since %(day)s", **named),
        "not_told": _("%(name)s ended on %(day)s; the customer has not been told", **named),
    }[one.code]
    if one.code in ("detractor_answer", "serious_issue") and one.at:
        text += " · " + _("over from %(day)s on", day=day_words(one.at + COOL_DOWN, viewer))
    if one.disruption_id:
        return dcc.Link(text, href=f"/app/disruptions/{one.disruption_id}")
    return dcc.Link(text, href=f"/app/issues/{one.issue_id}") if one.issue_id else html.Span(text)
