"""What lies on the table at a review of an account's plan: one document, drawn as a page and as a PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from babel.dates import format_skeleton
from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Spend
from feedback.defects.models import Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.gate.wording import role_name
from feedback.issues.models import Issue
from feedback.issues.queries import issue_scope
from feedback.kernel import clock
from feedback.planning.models import PlanReview
from feedback.planning.queries import access_plan
from feedback.planning.sheets import ObjectiveLine, PlanSheet, PromiseLine, sheet_of
from feedback.planning.wording import period_words
from feedback.reporting.account_page import IssueLine, open_issues
from feedback.reporting.person_answers import answers_of
from feedback.web.numerals import day_and_time, day_of, number, percent

MONTHS = 12


@dataclass(frozen=True)
class Item:
    """One line: what, and under it what is known about it. `sign` is ✓, ○ or nothing."""

    text: str
    detail: str = ""
    sign: str = ""


@dataclass(frozen=True)
class Bar:
    """One month of the spend trend: this year's amount, that of a year before (None: nothing is known), and both in words."""

    label: str
    value: float
    before: float | None
    text: str


@dataclass(frozen=True)
class Section:
    """A heading with lines; `empty` says so where there are none."""

    title: str
    items: Sequence[Item]
    note: str = ""
    empty: str = ""
    bars: Sequence[Bar] = ()


@dataclass(frozen=True)
class ReviewPack:
    """The document."""

    plan_id: int
    account_id: int
    account: str
    title: str
    facts: str
    confidential: str
    made_on: str
    language: str
    sections: Sequence[Section]


def review_pack(plan_id: int, viewer: Viewer) -> ReviewPack:
    """Everything the viewer may see about the plan, as of now.

    Raises:
        NotFound: the plan is not there or not the viewer's.
    """
    sheet, now = sheet_of(access_plan(plan_id, viewer=viewer), asker=viewer.user_id), clock.now()
    line, plan = sheet.line, sheet.line.plan
    issues = open_issues(viewer, plan.account_id) if _may(viewer, "issue.read") else None
    owner = _("Account manager: %(name)s", name=line.owner or _("nobody"))
    parts = [
        _standing(sheet),
        _people(sheet),
        _conditions(sheet),
        *([_issues(issues)] if issues is not None else []),
        *([_fixed(sheet, viewer)] if issues is not None else []),
        _objectives(sheet),
        _intents(sheet),
        _spend(plan.account_id, now.date()),
        _promises(sheet),
        _reviews(sheet, now),
    ]
    return ReviewPack(
        plan_id=plan.id,
        account_id=plan.account_id,
        account=line.account,
        title=_("Review of %(account)s", account=line.account),
        facts=" · ".join([period_words(plan.period, plan.starts_on, plan.ends_on), owner]),
        confidential=_("Confidential: for the account team, not for the customer."),
        made_on=_("As of %(time)s", time=day_and_time(now)),
        language=viewer.locale,
        sections=parts,
    )


def _may(viewer: Viewer, permission: str) -> bool:
    return scope_of(viewer, permission) is not Scope.NONE


def _standing(sheet: PlanSheet) -> Section:
    standing = sheet.standing
    heard = _("Heard: %(n)s of %(known)s people", n=standing.n, known=standing.known)
    if standing.advocacy_index is not None:
        index = _("advocacy %(index)s on a scale from −100 to 100", index=number(standing.advocacy_index))
        heard = f"{heard} · {index}"
    items = [Item(reason.text) for reason in standing.reasons]
    if sheet.gate.opens:
        items.append(Item(_("The gate is open today for a call with an offer."), sign="✓"))
    else:
        items.append(Item(_("The gate is shut today for a call with an offer."), sheet.gate.because, "○"))
    return Section(_("How they stand to us"), items, heard)


def _people(sheet: PlanSheet) -> Section:
    answers, items = answers_of(sheet.standing), []
    for person in sorted(sheet.standing.facts.people, key=lambda one: (one.buyer.role, one.name or "")):
        newest = next(iter(answers[person.buyer.contact_id]), None)
        said = _("%(score)s on %(day)s", score=newest.score, day=day_of(newest.answered_at)) if newest else _("never answered")
        items.append(Item(person.name or person.external_id, f"{role_name(person.buyer.role)} · {said}"))
    return Section(_("People and their last score"), items, empty=_("Nobody is known here."))


def _conditions(sheet: PlanSheet) -> Section:
    items = []
    for one in sheet.conditions:
        owner = _("On it: %(name)s", name=one.issue_owner) if one.issue_owner else ""
        items.append(Item(one.text, " · ".join(part for part in (one.why, owner) if part), "✓" if one.met else "○"))
    note = _("%(met)s of %(all)s have changed", met=sheet.met, all=len(items)) if items else ""
    return Section(_("What must change before we sell"), items, note, _("Nothing is written down yet."))


def _issues(lines: Sequence[IssueLine]) -> Section:
    items = []
    for one in lines:
        owner = one.owner or _("nobody yet")
        promised = (
            _("promised for %(day)s: %(text)s", day=day_of(one.promise_due_at), text=one.promise) if one.promise_due_at else ""
        )
        due = _("next due %(day)s", day=day_of(one.due_at)) if one.due_at and not promised else ""
        items.append(
            Item(f"#{one.number} {one.title or ''}".rstrip(), " · ".join(part for part in (owner, promised, due) if part))
        )
    return Section(_("Open issues"), items, empty=_("No issue is open."))


def _fixed(sheet: PlanSheet, viewer: Viewer) -> Section:
    """What customers confirmed since the last review that was held, else since the plan was begun."""
    held = [one.held_at for one in sheet.reviews if one.held_at is not None]
    since = max(held, default=sheet.line.plan.created_at)
    query = sa.select(Issue.number, sa.func.coalesce(Issue.title, shown_name()), Issue.verified_at, Issue.fix_summary)
    query = query.outerjoin(Defect, Defect.id == Issue.defect_id).where(
        Issue.account_id == sheet.line.plan.account_id, Issue.verified_at > since, issue_scope(viewer)
    )
    rows: Any = db.session.execute(query.order_by(Issue.verified_at)).all()
    items = [
        Item(f"#{number_} {title or ''}".rstrip(), " · ".join(part for part in (_confirmed(at), summary) if part), "✓")
        for number_, title, at, summary in rows
    ]
    note = _("since %(day)s", day=day_of(since))
    return Section(_("Fixed since the last review, by the customer's word"), items, note, _("Nothing was fixed since then."))


def _confirmed(at: datetime) -> str:
    return _("confirmed on %(day)s", day=day_of(at))


def _objectives(sheet: PlanSheet) -> Section:
    items = [_objective(one) for one in sheet.objectives]
    return Section(_("Objectives"), items, sheet.line.plan.note or "", _("No objective is written down."))


def _objective(one: ObjectiveLine) -> Item:
    state = {"open": _("open"), "reached": _("reached"), "dropped": _("dropped")}[one.row.state]
    due = _("by %(day)s", day=_day(one.row.due_on)) if one.row.due_on else ""
    sign = "✓" if one.row.state == "reached" else "○"
    return Item(one.row.text, " · ".join(part for part in (state, one.owner, due) if part), sign)


def _day(day: date) -> str:
    return str(format_date(day, "medium"))


def _intents(sheet: PlanSheet) -> Section:
    items = []
    for one in sheet.intents:
        state = {"open": _("open"), "won": _("won"), "lost": _("lost"), "dropped": _("dropped")}[one.state]
        worth = f"{number(one.amount)} {one.currency}" if one.amount else ""
        due = _("by %(day)s", day=_day(one.due_on)) if one.due_on else ""
        items.append(Item(one.product, " · ".join(part for part in (state, worth, due, one.note) if part)))
    said = _("A wish, not a permission: the gate decides when you call. Now it says: %(reason)s", reason=sheet.gate.because)
    return Section(_("What we would like to sell"), items, said, _("Nothing is to be sold by this plan."))


def _promises(sheet: PlanSheet) -> Section:
    items = [_promise(one) for one in sheet.promises]
    return Section(_("Promises to the customer"), items, empty=_("Nothing was promised."))


def _promise(one: PromiseLine) -> Item:
    state = {
        "open": _("open"),
        "overdue": _("overdue"),
        "kept": _("kept"),
        "broken": _("not kept"),
        "withdrawn": _("not needed any more"),
    }[one.state]
    due = _("by %(day)s", day=_day(one.due_on)) if one.due_on else ""
    return Item(
        one.text, " · ".join(part for part in (state, due, one.contact, one.owner) if part), "✓" if one.state == "kept" else "○"
    )


def _reviews(sheet: PlanSheet, now: datetime) -> Section:
    """What was agreed last time, and when we meet again."""
    held = [one for one in sheet.reviews if one.held_at is not None]
    items = [Item(day_and_time(one.starts_at), _minutes(one)) for one in sorted(held, key=lambda one: one.starts_at)[-3:]]
    ahead = sheet.next_review(now)
    note = _("Next review: %(time)s", time=day_and_time(ahead.starts_at)) if ahead else _("No review is planned.")
    return Section(_("Reviews and what was agreed"), items, note, _("None was held yet."))


def _minutes(one: PlanReview) -> str:
    people = _("There: %(people)s", people=one.people) if one.people else ""
    return " · ".join(part for part in (people, one.agreed or "") if part)


def _spend(account_id: int, today: date) -> Section:
    """Twelve complete months beside the same months a year before, in the installation's currency."""
    exchange, months = current_exchange(), _months(today)
    query = sa.select(Spend.month, Spend.currency, sa.func.sum(Spend.amount)).where(
        Spend.account_id == account_id, Spend.month >= months[0].replace(year=months[0].year - 1), Spend.month <= months[-1]
    )
    sums: dict[date, float] = {}
    rows: Any = db.session.execute(query.group_by(Spend.month, Spend.currency))
    for month, currency, amount in rows:
        sums[month] = sums.get(month, 0.0) + (exchange.converted(amount, currency) or 0.0)
    title, empty = _("What they bought in the last twelve months"), _("Nothing is known of what they bought.")
    if not sums:
        return Section(title, (), empty=empty)
    bars = [_bar(month, sums.get(month, 0.0), sums.get(month.replace(year=month.year - 1))) for month in months]
    return Section(title, (), _total(bars, exchange.currency), empty, bars)


def _months(today: date) -> list[date]:
    first = today.replace(day=1)
    return [_back(first, step) for step in range(MONTHS, 0, -1)]


def _back(first: date, months: int) -> date:
    place = first.year * 12 + first.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


def _bar(month: date, value: float, before: float | None) -> Bar:
    label = str(format_skeleton("yyMMM", month, locale=get_locale() or "en"))
    if before is None:
        return Bar(label, value, None, number(value))
    return Bar(label, value, before, _("%(now)s, a year before %(before)s", now=number(value), before=number(before)))


def _total(bars: Sequence[Bar], currency: str) -> str:
    """The sum, and its change: only of months of which both years are known."""
    now = sum(bar.value for bar in bars)
    both = [(bar.value, bar.before) for bar in bars if bar.before is not None]
    before = sum(was for _now, was in both)
    total = ngettext("%(sum)s %(currency)s in %(num)s month", "%(sum)s %(currency)s in %(num)s months", len(bars),
                     sum=number(now), currency=currency)  # fmt: skip
    if not before:
        return str(total)
    change = (sum(value for value, _was in both) - before) / before
    sign = "+" if change > 0 else ""
    return f"{total} · " + ngettext(
        "%(change)s against the same %(num)s month a year before",
        "%(change)s against the same %(num)s months a year before",
        len(both),
        change=f"{sign}{percent(change)}",
    )
