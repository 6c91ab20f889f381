"""What would turn a no into a yes, from the same evidence as its reasons; written only when somebody looks."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from feedback.gate import consented, moment_wording, wording
from feedback.gate.evaluation import Finding
from feedback.gate.overriding.rules import OVERRIDE_ACTIVE
from feedback.gate.rules import Stance, offers_permitted
from feedback.gate.tables import Verdict
from feedback.gate.wording import Change, Evidence, Names
from feedback.web.numerals import day_and_time, one_stop


def remedies(finding: Finding, names: Names) -> list[Change]:
    """What has to change first; empty for a yes. The relationship comes before the person and the moment."""
    return remedies_of(finding.verdict, finding.evidence, names)


def remedies_of(verdict: Verdict, evidence: Evidence, names: Names) -> list[Change]:
    """The same of a stored decision."""
    if offers_permitted(verdict.outcome):
        return []
    stands_in_the_way = verdict.stance in (Stance.HOLD, Stance.REACTIVE) and OVERRIDE_ACTIVE not in verdict.reasons
    changes = wording.must_change(evidence, names) if stands_in_the_way else []
    writers = [_WRITERS[code] for code in verdict.reasons if code in _WRITERS]
    return changes + [Change(one_stop(write(evidence, names))) for write in writers]


def _person(evidence: Evidence, names: Names) -> dict[str, Any]:
    return {"name": names.person(evidence["contact_id"]), "channel": wording.channel_name(evidence["channel"])}


def _consent_missing(evidence: Evidence, names: Names) -> str:
    if evidence["contact_id"] is None:
        return _("A contact whose consent can be recorded.")
    return _("The consent of %(name)s to offers %(channel)s, with where it is written down.", **_person(evidence, names))


def _consent_refused(evidence: Evidence, names: Names) -> str:
    return consented.way_back(evidence["consent"], _person(evidence, names))


def _timing_deferred(evidence: Evidence, names: Names) -> str:
    at = moment_wording.opens_at(evidence)
    if at is None:
        return _("The time zone of %(name)s, or of the account.", name=names.person(evidence["contact_id"]))
    return _("It has to be %(at)s or later.", at=day_and_time(at))


_WRITERS: dict[str, Callable[[Evidence, Names], str]] = {
    "consent_missing": _consent_missing,
    "consent_refused": _consent_refused,
    "timing_deferred": _timing_deferred,
    "need_not_solved": lambda _evidence, _names: _("What the customer came for, solved."),
    "reactive_only": lambda _evidence, _names: _("The customer's own wish for an offer."),
}
