"""Reasons as full sentences in the viewer's language, written from evidence and names. Numbers come in, sentences go out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from flask_babel import gettext as _

from feedback.gate import colleagues, consented, moment_wording, override_wording
from feedback.gate.naming import Evidence as Evidence
from feedback.gate.naming import Names as Names
from feedback.web.numerals import day, day_and_time, number, one_stop, percent


class Reason(NamedTuple):
    """One reason: its code, a sentence, and what it rests on."""

    code: str
    text: str
    evidence: list[dict[str, Any]]


class Change(NamedTuple):
    """Something that has to change before selling is right."""

    text: str
    issue_id: int | None = None
    owner: str | None = None
    due: datetime | None = None
    due_kind: str | None = None  # "fix": the day planned with the customer; "resolution": the clock; None: neither


def reasons(codes: Sequence[str], evidence: Evidence, names: Names) -> list[Reason]:
    """One sentence per code."""
    return [Reason(code, one_stop(_WRITERS[code](evidence, names)), _refs(code, evidence)) for code in codes]


def _refs(code: str, evidence: Evidence) -> list[dict[str, Any]]:
    if code.startswith("rel_"):
        return [{"type": "response", "id": answer["id"]} for answer in _deciding_answers(evidence)]
    if code.startswith("sow_"):
        return [{"type": "wallet_estimate", "id": id_} for id_ in evidence["wallet"]["estimates"]]
    if code.startswith("issue_"):
        return [{"type": "issue", "id": issue["id"]} for issue in _issues(evidence, code)]
    if code.startswith("disruption_"):
        return [{"type": "disruption", "id": one["id"]} for one in _disruptions(evidence, code)]
    if code in override_wording.WRITERS:
        return override_wording.references(evidence)
    if code.startswith("consent_"):
        return consented.refs(evidence.get("consent") or {})
    return moment_wording.references(code, evidence)


def _deciding_answers(evidence: Evidence) -> list[dict[str, Any]]:
    advocacy = evidence["advocacy"]
    if advocacy["because"] == "held":
        return list(advocacy["holding"])
    if advocacy["because"] == "contact":
        return [evidence["own_answer"]]
    if advocacy["because"] == "decision_maker_detractor":
        return [answer for answer in advocacy["answers"] if answer["role"] == 0 and answer["score"] < 7]
    return list(advocacy["answers"])


def _day(text: str) -> str:
    """A day in the viewer's language, from ISO 8601; of a moment its day in UTC."""
    return day(date.fromisoformat(text[:10]))


def role_name(role: int) -> str:
    """What a contact has to say about buying."""
    return (_("decision maker"), _("influencer"), _("user"))[role]


def _scored(answer: Mapping[str, Any], names: Names) -> dict[str, Any]:
    on = _day(answer["at"])
    return {"name": names.person(answer["contact_id"]), "score": answer["score"], "date": on, "role": role_name(answer["role"])}


def _rel_detractor(evidence: Evidence, names: Names) -> str:
    advocacy, answers = evidence["advocacy"], _deciding_answers(evidence)
    if advocacy["because"] == "contact":
        return _(
            "%(name)s (%(role)s) scored us %(score)s on %(date)s: nothing is sold to this contact.", **_scored(answers[0], names)
        )
    if advocacy["because"] == "decision_maker_detractor":
        return _("%(name)s (%(role)s) scored us %(score)s on %(date)s.", **_scored(answers[0], names))
    return _(
        "The account's advocacy is %(index)s on a scale from −100 to 100; the lowest score: %(score)s by %(name)s on %(date)s.",
        index=number(advocacy["index"]),
        **_without_role(_scored(answers[0], names)),
    )


def _without_role(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != "role"}


def _rel_promoter(evidence: Evidence, names: Names) -> str:
    return _(
        "%(name)s (%(role)s) scored us %(score)s on %(date)s; the account's advocacy is %(index)s, "
        "from %(n)s of %(known)s contacts.",
        **_scored(evidence["advocacy"]["answers"][0], names),
        **_index(evidence),
    )


def _rel_passive(evidence: Evidence, names: Names) -> str:
    if evidence["advocacy"]["because"] == "contact":
        values = _scored(evidence["own_answer"], names)
        return _("%(name)s (%(role)s) scored us %(score)s on %(date)s, less than the account as a whole.", **values)
    return _("The account is content, not glad: its advocacy is %(index)s, from %(n)s of %(known)s contacts.", **_index(evidence))


def _index(evidence: Evidence) -> dict[str, Any]:
    advocacy = evidence["advocacy"]
    return {"index": number(advocacy["index"]), "n": advocacy["n"], "known": advocacy["known"]}


def _rel_no_fresh_feedback(evidence: Evidence, names: Names) -> str:
    advocacy = evidence["advocacy"]
    if advocacy["because"] == "held":
        return _held(advocacy["holding"][0], names)
    if advocacy["because"] == "low_coverage":
        return _(
            "Only %(n)s of %(known)s contacts were heard, too few of those who decide to speak for the account.",
            n=advocacy["n"],
            known=advocacy["known"],
        )
    return _("Nobody at this account has given an answer that still counts.")


def _held(answer: Mapping[str, Any], names: Names) -> str:
    values = _scored(answer, names)
    if answer["score"] < 7:
        return _("%(name)s (%(role)s) last scored us %(score)s, on %(date)s, and has not answered 7 or better since.", **values)
    return _(
        "The fix for %(name)s (%(role)s) was verified after the %(score)s of %(date)s; a fresh 7 or better is still missing.",
        **values,
    )


def held_back(evidence: Evidence, names: Names) -> str | None:
    """Why an account of which people were heard is not known all the same; None when silence is the reason."""
    advocacy = evidence["advocacy"]
    if advocacy["because"] != "held":
        return None
    values = _without_role(_scored(advocacy["holding"][0], names))
    text = _("Held back: the last word of %(name)s was %(score)s, on %(date)s; a fresh 7 or better is missing.", **values)
    return one_stop(text)


def _share(evidence: Evidence) -> dict[str, Any]:
    wallet = evidence["wallet"]
    return {"share": percent(wallet["share"]), "date": _day(wallet["as_of"])}


def _guessed(evidence: Evidence) -> str:
    return _(
        "It probably buys %(share)s of what it needs from us; that is reckoned from customers of its segment (%(date)s).",
        **_share(evidence),
    )


def _sow_high(evidence: Evidence, _names: Names) -> str:
    if evidence["wallet"].get("from_peers"):
        return _guessed(evidence)
    return _("It already buys %(share)s of what it needs from us (estimate of %(date)s).", **_share(evidence))


def _sow_low(evidence: Evidence, _names: Names) -> str:
    if evidence["wallet"].get("from_peers"):
        return _guessed(evidence)
    return _("It buys %(share)s of what it needs from us, most of it elsewhere (estimate of %(date)s).", **_share(evidence))


def _sow_unknown(evidence: Evidence, _names: Names) -> str:
    wallet = evidence["wallet"]
    if wallet["because"] == "too_old":
        return _("The estimate of what this account spends, of %(date)s, is too old.", date=_day(wallet["as_of"]))
    if wallet["because"] == "not_confident":
        return _("The estimate of what this account spends is too uncertain.")
    if wallet["because"] == "no_own_figure":
        return _("It is not recorded what this account buys from us.")
    return _("Nobody has estimated what this account spends in all.")


_STANDINGS = {
    "issue_major_open": "major_open",
    "issue_minor_open": "minor_open",
    "issue_fix_unverified": "fixed_unverified",
}


_NAMED = 3  # of many problems the gravest are named


def _issues(evidence: Evidence, code: str) -> list[dict[str, Any]]:
    return [issue for issue in evidence["issues"] if issue["standing"] == _STANDINGS[code]]


def _issue_values(issue: Mapping[str, Any], names: Names) -> dict[str, Any]:
    due = day_and_time(datetime.fromisoformat(issue["due"])) if issue["due"] else _("not set")
    return {"number": issue["number"], "owner": names.owner(issue["id"]), "due": due}


def _of_issues(write: Callable[[Mapping[str, Any], Names], str], code: str) -> Callable[[Evidence, Names], str]:
    """Each of them in a sentence: who reads one stop hears of the next only at the next try."""

    def sentences(evidence: Evidence, names: Names) -> str:
        return " ".join(write(issue, names) for issue in _issues(evidence, code)[:_NAMED])

    return sentences


def _issue_major_open(issue: Mapping[str, Any], names: Names) -> str:
    values = _issue_values(issue, names)
    if issue["severity"] == "minor":
        return _("Issue #%(number)s is minor but overdue since %(due)s; %(owner)s is on it.", **values)
    if issue.get("overdue"):
        return _("Issue #%(number)s is open and serious; %(owner)s is on it, overdue since %(due)s.", **values)
    return _("Issue #%(number)s is open and serious; %(owner)s is on it, next due %(due)s.", **values)


def _issue_minor_open(issue: Mapping[str, Any], names: Names) -> str:
    values = _issue_values(issue, names)
    if issue.get("overdue"):
        return _("Issue #%(number)s is open; %(owner)s is on it, overdue since %(due)s.", **values)
    return _("Issue #%(number)s is open; %(owner)s is on it, next due %(due)s.", **values)


def _issue_fix_unverified(issue: Mapping[str, Any], names: Names) -> str:
    values = {"number": issue["number"], "owner": names.owner(issue["id"])}
    if issue["state"] == "closed_unverified":
        return _(
            "Issue #%(number)s was closed without the customer's word; an answer of 7 or better is missing.",
            number=issue["number"],
        )
    return _("Issue #%(number)s is fixed, but the customer has not confirmed it; %(owner)s is on it.", **values)


def _disruptions(evidence: Evidence, code: str) -> list[dict[str, Any]]:
    return [one for one in evidence.get("disruptions", ()) if one["active"] == (code == "disruption_active")]


def _disruption(evidence: Evidence, names: Names, code: str) -> dict[str, Any]:
    one = _disruptions(evidence, code)[0]
    at = one["since"] if code == "disruption_active" else one["until"]
    return {"title": names.disruptions.get(one["id"], ""), "date": _day(at)}


def _disruption_active(evidence: Evidence, names: Names) -> str:
    values = _disruption(evidence, names, "disruption_active")
    return _("“%(title)s” has affected this customer since %(date)s: nothing is sold until it is over.", **values)


def _disruption_not_followed_up(evidence: Evidence, names: Names) -> str:
    values = _disruption(evidence, names, "disruption_not_followed_up")
    return _("“%(title)s” ended on %(date)s, but nobody has talked to this customer since.", **values)


def _consent_values(evidence: Evidence, names: Names) -> dict[str, Any]:
    return {"name": names.person(evidence["contact_id"]), "channel": channel_name(evidence["channel"])}


def channel_name(channel: str) -> str:
    """How the contact is reached, as part of a sentence."""
    return {
        "email": _("by e-mail"),
        "phone": _("by phone"),
        "sms": _("by text message"),
        "portal": _("in the portal"),
        "visit": _("by a visit"),
        "post": _("by post"),
    }[channel]


def _consent_refused(evidence: Evidence, names: Names) -> str:
    return consented.refusal(evidence["consent"], _day, _consent_values(evidence, names))


def _consent_missing(evidence: Evidence, names: Names) -> str:
    if evidence["contact_id"] is None:
        return _("The account has no contact whose consent could be recorded.")
    return consented.missing(evidence["consent"], _day, _consent_values(evidence, names))


_WRITERS: dict[str, Callable[[Evidence, Names], str]] = {
    "rel_detractor": _rel_detractor,
    "rel_promoter": _rel_promoter,
    "rel_passive": _rel_passive,
    "rel_no_fresh_feedback": _rel_no_fresh_feedback,
    "sow_high": _sow_high,
    "sow_low": _sow_low,
    "sow_unknown": _sow_unknown,
    "issue_major_open": _of_issues(_issue_major_open, "issue_major_open"),
    "issue_minor_open": _of_issues(_issue_minor_open, "issue_minor_open"),
    "issue_fix_unverified": _of_issues(_issue_fix_unverified, "issue_fix_unverified"),
    "disruption_active": _disruption_active,
    "disruption_not_followed_up": _disruption_not_followed_up,
    "consent_refused": _consent_refused,
    "consent_missing": _consent_missing,
    "customer_request": lambda _evidence, _names: _("The customer asked for it: answer exactly that."),
    "need_not_solved": lambda _evidence, _names: _("Solve what the customer came for first; offers come after."),
    "reactive_only": lambda _evidence, _names: _("Only when the customer asks: no offer on our own account."),
    colleagues.MAY_CALL: colleagues.sentence,
    **override_wording.WRITERS,
    **moment_wording.WRITERS,
}


def must_change(evidence: Evidence, names: Names) -> list[Change]:
    """Issues first, then the missing scores, then what nobody knows."""
    changes = [_issue_change(issue, names) for issue in evidence["issues"]]
    changes += [_disruption_change(one, names) for one in evidence.get("disruptions", ())]
    scores = _own_changes(evidence, names) + _score_changes(evidence["advocacy"], names)
    return changes + scores + _wallet_changes(evidence["wallet"])


def _issue_change(issue: Mapping[str, Any], names: Names) -> Change:
    due, kind = _fix_due(issue)
    if issue["state"] == "closed_unverified":
        text = _("An answer of 7 or better from the customer of issue #%(number)s.", number=issue["number"])
    elif issue["standing"] == "fixed_unverified":
        text = _("The customer's word that issue #%(number)s is solved.", number=issue["number"])
    else:
        text = _("Issue #%(number)s fixed, and the customer's word that it is.", number=issue["number"])
    return Change(text, issue["id"], names.owners.get(issue["id"]), due, kind)


def _fix_due(issue: Mapping[str, Any]) -> tuple[datetime | None, str | None]:
    """When it is to be mended, which is what a customer may be told; no date once it is, and none from older evidence."""
    if issue["standing"] == _STANDINGS["issue_fix_unverified"] or "fix_due" not in issue:
        return None, None
    return datetime.fromisoformat(issue["fix_due"]), "fix" if issue["fix_planned"] else "resolution"


def _disruption_change(one: Mapping[str, Any], names: Names) -> Change:
    title = names.disruptions.get(one["id"], "")
    if one["active"]:
        due = datetime.fromisoformat(one["until"]) if one["until"] else None
        return Change(_("“%(title)s” over, and the customer told so.", title=title), due=due)
    return Change(_("The customer told that “%(title)s” is over.", title=title))


def _own_changes(evidence: Evidence, names: Names) -> list[Change]:
    advocacy, own = evidence["advocacy"], evidence.get("own_answer")
    if advocacy["because"] != "contact" or own is None or own["score"] >= 7:
        return []
    if any(answer["contact_id"] == own["contact_id"] for answer in advocacy["holding"]):
        return []  # named there
    return [_fresh_score(own, names)]


def _fresh_score(answer: Mapping[str, Any], names: Names) -> Change:
    return Change(one_stop(_("A fresh score of 7 or better from %(name)s.", name=names.person(answer["contact_id"]))))


def _score_changes(advocacy: Mapping[str, Any], names: Names) -> list[Change]:
    owing = list(advocacy["holding"])
    if advocacy["because"] == "decision_maker_detractor":
        # whose answer about the whole relation still counts, though a newer one about an event was good
        named = {answer["contact_id"] for answer in owing}
        deciding = [answer for answer in advocacy["answers"] if answer["role"] == 0 and answer["score"] < 7]
        owing = [answer for answer in deciding if answer["contact_id"] not in named] + owing
    if owing:
        return [_fresh_score(answer, names) for answer in owing]
    if advocacy["because"] in ("no_answer", "low_coverage"):
        return [Change(_("An answer from the people who decide: ask them how we are doing."))]
    if advocacy["index"] is not None and advocacy["index"] < 0:
        return [Change(_("Better answers: the account's advocacy is below zero."))]
    return []


def _wallet_changes(wallet: Mapping[str, Any]) -> list[Change]:
    if wallet["because"] == "share":
        return []
    return [Change(_("A fresh estimate of what the account spends in all."))]
