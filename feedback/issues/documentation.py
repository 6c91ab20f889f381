"""The reference page of the inner loop, made from the tables in the code: `python -m feedback.issues.documentation`."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from feedback.accounts.rules import ValueTier
from feedback.issues.rules import (
    DEFAULT_LEVELS,
    DEFAULTS,
    HARM,
    MISSING_TEXTS,
    RESETS_UPDATE,
    RUNNING,
    TRANSITIONS,
    WORK_ITEM_LEVEL,
    IssueSource,
    IssueState,
    LevelHours,
    Severity,
    TransitionFacts,
    missing_for,
)
from feedback.issues.rules.escalation import DEFAULT_LADDER, Rung
from feedback.issues.rules.mistakes import MISTAKABLE
from feedback.issues.rules.priority import FULL_REVENUE, REVENUE_WEIGHT, SEVERITY_SHARE, SEVERITY_WEIGHT, TIER_SHARE, TIER_WEIGHT
from feedback.issues.rules.renewal import UNSETTLED, WEIGHTS
from feedback.issues.rules.routing import CONDITIONS, USUAL_ROOM
from feedback.kernel import clock

PAGE = """# Issues: states, guards, clocks, routing, priority

This page is made from the tables in the code (`python -m feedback.issues.documentation > docs/reference/issues.md`);
a test compares them.

## How an issue comes to be

Every issue names its `source` and says in `why`, in one sentence, why it exists. What opens issues is set at `/app/opening`
(`GET /api/v1/opening-rules`, `PATCH /api/v1/opening-rules/{{name}}`); each rule can be switched off:

{sources}

All of them go through one function and take effect once: a repeated answer, complaint or run of a job opens nothing new.
An answer joins as a further voice the open issue of the same account and defect; the first defect that it cites names it.
Without a defect it joins the account's open issue without one that has the same reason. An answer older than
`old_answer_days` on arrival opens none. Staff open issues with `POST /api/v1/issues`, and hand in complaints with it
(`source: complaint`); a complaint with an `external_id` is taken once: 200 when it comes again, 409 with other content.

Keyword rules (`/api/v1/keyword-rules`) hold words and phrases by language, or under `any`. Whole words are compared, without
case and accents; `cancel*` finds every word that begins so. `POST /api/v1/keyword-rules/preview` says how many of the newest
comments of a year would have matched.

`silence`, `contact_gap` and `sales_play` are work items: the same queue, owner, clocks and history, but two steps (routed,
closed), no severity above minor, and no say in whether we may sell. They end with the call, wherever it is noted.

An issue has a voice for each person and answer or complaint. A voice is answered by a talk with that person, or somebody gives
a reason why nobody has to (`PUT …/voices/{{id}}/waiver`); an issue with somebody still to answer cannot be closed. After a
reopening everybody is to be answered again. `POST …/merges` makes two open issues of a customer one, `POST
…/voices/{{id}}/issue` gives a voice an issue of its own; whoever speaks of a merged problem again joins the one that was kept.

`POST …/mistakes` says that an issue was entered by mistake; `PUT /api/v1/mistakes/{{id}}/decision`, by somebody else who leads,
closes it with `withdrawn_at` or lets it stand. A withdrawn issue counts in no figure and for no gate. Not withdrawn: work items,
what is fixed or closed, what was opened again, what a score opened (only {mistakable} can be wrong), and not before its
promises and concessions are settled.

`POST …/notes` writes a note for colleagues into the history; it moves no clock and no state.

`PUT …/harm` says that an issue harms the customer's own customers: it becomes a step graver, once. `PUT …/contract` says which
contract it is about: it counts where renewals are looked at (`GET /api/v1/renewal-risks`), as weight of its severity
(critical {critical}, major {major}, minor {minor}) × ({unsettled} until the customer says it is solved, else 1, and 1 more
for each reopening). It is a count, not a probability.

An answer of 0 to 6 is `major` up to `major_score_max` or from a decision maker (`decision_maker_major`), else `minor`, as
other reasons are; a complaint of a decision maker is `major` unless its severity is given; a keyword rule names its own
severity. Only staff, complaints and such rules open `critical` ones. A graver voice raises the severity and never moves a
due date later. A detractor's voice given after the fix takes a `fixed` or `verified` issue back to its owner.

## States

{states}

What is missing is named in `missing` of the refusal (409) and, before anybody asks, in `next_moves` of the issue:

{missing}

When an issue becomes `fixed`, each person behind it is asked by mail whether it is solved (`/v/…`; reminders after 5 and
7 days), unless a wish, a dead address or a left role stands against it; calls are noted with
`POST /issues/{{id}}/verifications`. It becomes `verified` with the yes of the last of them who still has a role. A move to
`verified` by hand records that yes with its `note`, of `contact_id` or of the only one who has not said it; while several
have not, it is refused. "no" and "partly" reopen it; noted from a call they take it on to `contacted`, as that call is the
first contact about what is left. Attempts are mails that left, calls that reached nobody and other outgoing contacts since
the fix, at the person who was tried the least. `recovery_pulse_days` after `verified` or
`closed_unverified` each complainant is asked for a score; a pulse of 7 or better is a yes to a fix that waits for one, a
lower one reopens a fix that is not closed.

`POST /issues/{{id}}/contact-logs` writes a contact with all that follows from it (next step, promise, cause, fix, `to`) or
nothing; `to` may be several states ahead, and `missing` names what is missing on the whole way. Who was reached for the
first time has been contacted; who was not reached stops no clock. With `to: closed` a work item ends with the talk.
`root_cause` in words that are the name of no cause joins
the tree (`/root-causes`) and waits there for its place. A promise whose time passes is broken, however late it is kept. A
mail about progress that has left sets the update clock anew.

`in_fix` to `in_fix` is a progress update. `fixed` to `routed` reopens the issue: the count goes up, the clocks start
again, and what was known about the earlier fix has to be said again. `closed_unverified` needs {attempts} attempts to
reach the customer since the fix or {days} days (`unverified_attempts`, `unverified_days`). After those days an issue whose
customer was asked at least once is closed so by itself, and its owner and the account manager hear of it; one that nobody
was asked about, or with a voice that nobody replied to, stays open. For the gate it counts as `fixed_unverified` until
every voice has answered 7 or better since the fix or has left the role.

A `verified` issue closes by itself {confirmed} days after that (`close_verified_days`), when nothing is left to do. An open
promise holds it; so does somebody who is still to be answered, of which the owner hears once.

## Clocks

Each issue has three due dates. The first contact and the resolution count from opening or reopening, but a resolution
that no customer confirmed (`fixed`, `closed_unverified`) gets no new time: what was left of it when the fix was
announced is left after a no, and what was late is late still. The next update counts from the last time the customer
heard from us: entering {resets}, a progress update, a recorded outgoing contact from the first contact on, or asking
the customer for something. `next_due_at` is the earliest clock that runs; past it the issue is overdue, its owner and
the account manager are told once, and the gate takes a minor issue for a major one.

`next_owed_at` is what we owe the customer beside the clocks: the earliest open promise, or the day of the fix while the issue
is `in_fix`. Lists are sorted and filtered by the earlier of the two, and `overdue` means that one of them has passed.

Each cell of the service levels says which hours bind: hours round the clock (`working: false`), or working hours of the
business calendar of the team that has the issue when the clock starts. Both are shown side by side (`clocks` of an
issue), and what binds is `*_due_at`. Working hours are real time on local openings: a night on which clocks go back is
an hour longer. A calendar that is changed moves the clocks that count its hours and still run, within five minutes.

Clocks are computed from the log of the issue. The event that starts one carries the service level (`level`), so that
later changes of the table move nothing that was promised; the columns are a projection that can be made again. A clock
that ran out stays missed, with when and by how much (`missed`), however late it was met and whatever the calendar says.
What was promised in an issue that is merged into another one holds there, where it is due earlier.

What the log says that no calendar changes stands beside each open issue (`clock_facts`), written with every event: when each
clock started, its hours, pauses, what was missed, who was told. A calendar or a ladder that is changed is counted from
these, all clocks of a calendar at once, without a log being read. Where two clocks met of which working hours decide which
one is due earlier (a graver voice, a merge), there are no facts and the log is folded. `closedloop jobs rebuild-clocks`
folds all logs again; it is needed only after a database was restored in part or changed by hand, and says what it mended.

**Waiting for the customer** (`POST /api/v1/issues/ID/waiting`, with a note of what was asked) stands beside the state.
The resolution stands still and is due later by as long as we waited, in the hours that bind; the first contact and the
next update go on. It ends with a note, when the customer answers a survey, calls or complains, and when the issue is fixed.

Hours to first contact / next update / resolution, as installed (`PUT /api/v1/service-levels` changes all nine cells
together; due dates that were promised stay):

{levels}

Work items have hours of their own, since nobody was promised anything: {work_item}, working hours of the team's calendar.

## Escalation

Before and after a due date people are told, from near to far: the owner, who leads the team, the executives (where
there is nobody, the administrators). Hours are counted as the clock itself is; below zero is before. Each rung is told
once per due date, is in the history, and is shown on the issue before it is reached (`next_steps`). A rung that is reached
late, because nothing ran for a while, leaves to whoever it reaches the time that lies between it and the next one: of a
clock only the lowest rung that was not told is told then. Whoever is reached as owner and as lead in one run hears of a clock
once, from the higher rung. As installed (`PUT /api/v1/escalation-steps`):

{ladder}

## Routing

Rules are tried in their order. A rule holds when all its conditions hold: {conditions}. It leads to the named person, or
to a team's active frontline, and may ask something of them: `skills` and `languages` (all of them), `customer_language`
(whoever gets it speaks the customer's language). Somebody who is away is stood in for by the deputy of the absence, or by
the deputy's deputy, whatever team they are in. Of those who can and have room (`capacity`: open issues at most) the one
with the smallest share of their room in use gets it; who has no limit is measured by {usual}. But whoever works on another open
issue of this customer comes before them all, if they can and have room: of the same contact first, then of the same account, so
that one person calls and not two. What only the rule for everything else fits goes to them from another team too. With
`prefer_helper` whoever brought this customer's last issue to a yes comes next, if they can and have room. The last rule has no
condition and asks for nothing.

A rule that leads to nobody (all have left, are away, cannot do it) is passed. When everybody whom a rule leads to is full,
the issue waits in that team's queue (`queued_at`, state `new`); with `goes_on_when_full` the next rule is tried first. What
all fitting rules passed on waits too. The lead of the team (or who stands in for the lead) is its `owner` and answers for it,
and is told at once. It goes to whoever gets room: at each close, each assignment, each change of room, absence or rules, and
every minute. An issue for which there is not even a lead is tried again every minute; after `unrouted_alert_minutes` the
least loaded person of the whole frontline gets it and the administrators are told. When only the rule for everything else
fitted, the lead hears it.

The history keeps with each decision the rule, who was considered with how much open, and why not they: the page of the issue
answers “why me?” from it, whatever the rules are then. `POST /routing-rules/simulations` says who would have got the issues of
a past period by other rules: in their order, each taking as long as it took; skills, languages, room and teams of today,
absences, helpers and who has the customer of each moment. `same` and `elsewhere` compare with the rules in force, replayed in the
same way; `differs` says how often those differ from what really happened: chosen by hand, absences, other work open then, other
rules or people then. Nothing is stored.

Who takes an issue, or is given it by hand, keeps it: no rule, sweep or absence changes an owner who was chosen by a person,
while they work here. `PUT /issues/{{id}}/assignment` takes a `note` for the next owner; both are told. When an absence begins,
the lead and the deputy hear what is open; `POST /absences/{{id}}/handover` gives it away in one step. What is not given away
keeps its owner, and while the absence lasts whoever stands in sees and works on it as their own: `owner=me` lists it,
`owner_away` says until when and who, and reminders, alarms and nudges reach both. With the absence that ends.

## Priority

`order=priority` puts the most valuable customers first:

    worth    = {tier_weight:g} × tier + {revenue_weight:g} × min(1, ln(1 + revenue) / ln(1 + {full_revenue:,.0f}))
    priority = worth + {severity_weight:g} × severity

with tier {tiers} and severity {severities}; revenue is a year's. The customer weighs {worth:g} of 100, so that a
minor issue of the best customers comes before a major one of the smallest. It is computed when the issue opens, when
its severity rises, and every night.
"""


def reference() -> str:
    """The whole page."""
    limits = {"attempts": 3, "days": 30, "confirmed": 14}
    return PAGE.format(
        states=_table(("State", "Running clocks", "May become", "Needs"), _states()),
        sources=_table(("`source`", "Opens an issue when", "Installed with"), _sources()),
        critical=WEIGHTS[Severity.CRITICAL],
        major=WEIGHTS[Severity.MAJOR],
        minor=WEIGHTS[Severity.MINOR],
        unsettled=UNSETTLED,
        mistakable=", ".join(f"`{source}`" for source in sorted(MISTAKABLE)),
        missing=_table(("`missing`", "What to do"), ((f"`{name}`", text) for name, text in MISSING_TEXTS.items())),
        resets=", ".join(f"`{state}`" for state in IssueState if state in RESETS_UPDATE),
        levels=_table(("Severity", *(f"Tier {tier}" for tier in ValueTier)), _levels()),
        work_item=_hours(WORK_ITEM_LEVEL),
        ladder=_table(("Severity", *(f"`{rung}`" for rung in Rung)), _ladder()),
        conditions=", ".join(f"`{name.removesuffix('_id')}`" for name in CONDITIONS),
        usual=USUAL_ROOM,
        tier_weight=TIER_WEIGHT,
        revenue_weight=REVENUE_WEIGHT,
        severity_weight=SEVERITY_WEIGHT,
        full_revenue=FULL_REVENUE,
        worth=TIER_WEIGHT + REVENUE_WEIGHT,
        tiers=", ".join(f"{tier} = {share:g}" for tier, share in TIER_SHARE.items()),
        severities=", ".join(f"{severity} = {share:g}" for severity, share in SEVERITY_SHARE.items()),
        **limits,
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _states() -> Iterable[Sequence[str]]:
    for state in IssueState:
        clocks = ", ".join(f"`{running}`" for running in RUNNING[state]) or "none"
        targets = TRANSITIONS[state]
        needs = "; ".join(filter(None, (_needs(state, target) for target in targets))) or "nothing"
        yield f"`{state}`", clocks, ", ".join(f"`{target}`" for target in targets) or "nothing", needs


_OPENS = {
    IssueSource.RESPONSE: "an answer of 0 to 6 comes in",
    IssueSource.CALL_WISH: "somebody ticks “Please call me” (page, form, interview, `call_me`) or, with `in_words`, writes it",
    IssueSource.KEYWORD: "a comment has words that a keyword rule listens for",
    IssueSource.SCORE_DROP: "somebody answers so many `points` lower than before in the same program (within three years)",
    IssueSource.SILENCE: "a decision maker of these `tiers` does not answer a wave (`silence_alert_days`); a work item",
    IssueSource.CONTACT_GAP: "nobody spoke with any key contact for so many `days`, no issue being open; a work item",
    HARM: "no issue of its own: harm to the customer's own customers makes one a step graver",
}


def _sources() -> Iterable[Sequence[str]]:
    for name, params in DEFAULTS.items():
        yield f"`{name}`", _OPENS[name], f"on, `{json.dumps(params)}`" if params else "on"
    yield f"`{IssueSource.COMPLAINT.value}`", "a complaint is entered by hand or handed in", "always"
    yield f"`{IssueSource.STAFF.value}`", "somebody of the staff opens it", "always"
    yield f"`{IssueSource.SALES_PLAY.value}`", "a sales play is held and no issue is open; a work item", "always"


def _needs(state: IssueState, target: IssueState) -> str:
    unknown = TransitionFacts(state=state, severity=Severity.MAJOR, open_promises=("Call back",))
    needed = missing_for(target, unknown, now=clock.now())
    only_major = set(needed) - set(missing_for(target, replace(unknown, severity=Severity.MINOR), now=clock.now()))
    names = [f"`{name}`" + (" (from major on)" if name in only_major else "") for name in needed]
    return f"{target}: {', '.join(names)}" if names else ""


def _levels() -> Iterable[Sequence[str]]:
    for severity in Severity:
        cells = (DEFAULT_LEVELS[severity, tier] for tier in ValueTier)
        yield f"`{severity}`", *map(_hours, cells)


def _hours(level: LevelHours) -> str:
    return f"{level.first_contact_hours} / {level.next_update_hours} / {level.resolution_hours}"


def _ladder() -> Iterable[Sequence[str]]:
    for severity in Severity:
        yield f"`{severity}`", *(f"{DEFAULT_LADDER[severity, rung]:+d} h" for rung in Rung)


if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201
