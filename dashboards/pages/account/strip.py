"""The standing strip: advocacy · share · issues · consent · moment · outcome; each opens its evidence."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.badges import mark, standing_badge
from dashboards.components.buttons import button
from dashboards.components.moments import day_words, due_time, moment
from dashboards.components.numbers import money, number, percent
from dashboards.page import Query
from dashboards.pages.account.disrupted import sentence
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.gate.tables import TIMING_DEFERRED
from feedback.gate.timing import WISHES
from feedback.gate.wording import Reason
from feedback.reporting.account_page import AccountPage, Preview
from feedback.web.numerals import day_and_time, one_stop

Component = Any
_ISSUE_BAND = {"none": "promoter", "minor_open": "passive", "fixed_unverified": "passive", "major_open": "detractor"}
_CONSENT_BAND = {"allowed": "promoter", "not_recorded": "unknown", "refused": "detractor"}
OUTCOME_BAND = {
    "allow": "promoter",
    "allow_limited": "promoter",
    "ask_consent": "passive",
    "learn_only": "passive",
    "defer": "passive",
    "respond_only": "passive",
    "serve_first": "passive",
    "hold": "detractor",
    "block": "detractor",
}


def standing_strip(page: AccountPage, viewer: Viewer, query: Query) -> Component:
    """The six parts, in the order in which the gate reads them."""
    parts = [_advocacy(page, viewer), _share(page, viewer), _issues(page, viewer)]
    if page.preview is not None:
        parts += [_consent(page.preview, viewer), _moment(page.preview, viewer), _outcome(page, page.preview)]
    return html.Div(parts, className="cl-strip", role="list", **attributes(aria_label=_("Standing")))


def _part(name: str, band: str, value: str, detail: str, evidence: Sequence[Component]) -> Component:
    face = dmc.UnstyledButton(
        [
            html.Div(name, className="cl-card-label"),
            html.Div([mark(band), value], className="cl-strip-value"),
            html.Div(detail, className="cl-note"),
        ],
        className=f"cl-strip-part cl-strip-{band}",
        **attributes(aria_label=f"{name}: {value}. {detail}".rstrip()),
    )
    opened = dmc.PopoverDropdown(html.Div(list(evidence), className="cl-evidence"))
    popover = dmc.Popover([dmc.PopoverTarget(face), opened], position="bottom-start", width=340, shadow="md", trapFocus=True)
    return html.Div(popover, role="listitem")


def _sentences(reasons: Sequence[Reason], prefix: tuple[str, ...]) -> list[Component]:
    return [html.P(reason.text) for reason in reasons if reason.code.startswith(prefix)]


def _advocacy(page: AccountPage, viewer: Viewer) -> Component:
    standing = page.standing
    heard = _("%(n)s of %(known)s heard", n=number(standing.n), known=number(standing.known))
    if standing.advocacy_index is not None:
        heard = _("index %(index)s · %(heard)s", index=number(standing.advocacy_index), heard=heard)
    lines = _sentences(standing.reasons, ("rel_",))
    lines.append(
        html.P(_("Heard: %(share)s of the buying circle by role.", share=percent(standing.coverage)), className="cl-note")
    )
    lines.append(html.P(_index_rule(), className="cl-note"))
    low, high = standing.bounds
    if low is not None and high is not None and standing.n < standing.known:
        text = _("If the silent ones were all detractors %(low)s, all promoters %(high)s.", low=number(low), high=number(high))
        lines.append(html.P(text, className="cl-note"))
    if standing.split:
        lines.append(html.P(_("The account is split: promoters and detractors are both a fifth or more.")))
    if standing.newest_answer_at:
        lines.append(html.P([_("Newest answer:"), " ", moment(standing.newest_answer_at, viewer)], className="cl-note"))
    if standing.held_back:  # people were heard: the last word of one of them holds the account back
        return _part(_("Advocacy"), "passive", _("Held back"), heard, lines)
    return _part(_("Advocacy"), standing.advocacy, words.word(words.bands, standing.advocacy), heard, lines)


def _index_rule() -> str:
    return _(
        "The index is made of each person's newest answer to a relationship survey. An answer after a contact, such as a claim, "
        "counts half where there is no other; else it never raises the index: "
        "it can only lower the person, or hold the account back."
    )


def _share(page: AccountPage, viewer: Viewer) -> Component:
    standing = page.standing
    band = {"low": "promoter", "high": "passive"}.get(standing.share_of_wallet, "unknown")
    level = words.word(words.shares, standing.share_of_wallet)
    shown, detail = (percent(standing.share), level) if standing.share is not None else (level, "")
    lines = _sentences(standing.reasons, ("sow_",))
    for wallet in page.wallets[:3]:
        text = _(
            "%(category)s: %(total)s in all, by %(source)s on %(day)s, confidence %(confidence)s",
            category=wallet.category,
            total=money(wallet.total_spend, page.wallet_currency),
            source=wallet.source or _("unknown source"),
            day=day_words(wallet.as_of, viewer),
            confidence=percent(wallet.confidence),
        )
        lines.append(html.P(text, className="cl-note"))
    if not page.wallets:
        lines.append(html.P(_("Nobody has estimated what this account spends in all."), className="cl-note"))
        lines += _guess(viewer)
    return _part(_("Share of wallet"), band, shown, detail, lines)


def _guess(viewer: Viewer) -> list[Component]:
    if scope_of(viewer, "account.write") is Scope.NONE:
        return []
    why = html.P(_("What customers of its segment buy from us can stand in until somebody knows."), className="cl-note")
    return [why, button(_("Estimate it from customers like this"), "wallet-guess")]


def _issues(page: AccountPage, viewer: Viewer) -> Component:
    standing = page.standing
    lines = _sentences(standing.reasons, ("issue_",) if page.disruptions else ("issue_", "disruption_"))
    lines += [html.P(dcc.Link(sentence(one, viewer), href=f"/app/disruptions/{one.id}")) for one in page.disruptions]
    for issue in page.issues[:5]:
        link = dcc.Link(f"#{issue.number} {issue.title or ''}", href=f"/app/issues/{issue.id}")
        lines.append(html.P([link, " · ", due_time(issue.due_at, viewer)]))
    count = _("%(count)s open", count=number(len(page.issues)))
    if page.disruptions:
        hit = len(page.disruptions)
        count = f"{count} · " + ngettext("%(num)s disruption on our side", "%(num)s disruptions on our side", hit)
    band = _ISSUE_BAND.get(standing.issues, "unknown")
    return _part(_("Issues"), band, words.word(words.issue_facts, standing.issues), count, lines or [html.P(_("No open issue."))])


def _consent(preview: Preview, viewer: Viewer) -> Component:
    state = preview.consent.state.value if preview.consent else "not_recorded"
    whom = f"{preview.contact} · {words.word(words.channels, preview.channel)}" if preview.contact else _("no contact")
    lines = _sentences(preview.reasons, ("consent_",))
    if preview.consent and preview.consent.since:
        lines.append(
            html.P(one_stop(_("Recorded on %(day)s.", day=day_words(preview.consent.since, viewer))), className="cl-note")
        )
    lines.append(html.P(_("Consent is kept per person, purpose and channel; see the people below."), className="cl-note"))
    return _part(_("Consent"), _CONSENT_BAND[state], words.word(words.consents, state), whom, lines)


def _moment(preview: Preview, viewer: Viewer) -> Component:
    found, until = preview.finding.moment, preview.deferred_until
    if found is None or not found.timing.is_deferred:
        now = pgettext("the moment", "Open")
        return _part(_("Moment"), "promoter", now, preview.contact or "–", [html.P(_("Nothing speaks against it."))])
    blocks = found.timing.blocks
    # a wish ends with a day; hours and distances end at a time of day
    words_of = day_words(until, viewer) if until and {block.why for block in blocks} <= WISHES else None
    value = _("Not before %(day)s", day=words_of or day_and_time(until)) if until else _("Not known yet")
    codes = (TIMING_DEFERRED, *(block.why for block in blocks))
    return _part(_("Moment"), "passive", value, preview.contact or "–", _sentences(preview.reasons, codes))


def _outcome(page: AccountPage, preview: Preview) -> Component:
    value = words.word(words.outcomes, preview.outcome)
    lines: list[Component] = [html.P(reason.text) for reason in preview.reasons]
    lines.append(
        html.P(_("This is what the gate would say now. Ask it below to keep its answer as a decision."), className="cl-note")
    )
    lines.append(html.P([_("Play:"), " ", standing_badge(page.standing)]))
    return _part(_("May I sell?"), OUTCOME_BAND[preview.outcome], value, words.word(words.plays, page.standing.play), lines)
