"""Why me? Which rule gave an issue to its owner, and why not to somebody else."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.numbers import number
from feedback.access.rules import Viewer
from feedback.reporting.issue_board import IssueDetail
from feedback.reporting.team_board import language_names, people_names, skill_names

Component = Any
_GIVEN = ("routed", "queued", "assigned")


def why_this_owner(viewer: Viewer, found: IssueDetail) -> Component:
    """The last decision about who gets it, folded away; None for an issue that came to somebody before there were reasons."""
    event = next((event for event, _name in reversed(found.history) if event.kind in _GIVEN), None)
    if event is None or (event.kind != "assigned" and not event.data.get("considered")):
        return None
    ask = _("Why me?") if found.issue.owner_id == viewer.user_id else _("Why this person?")
    if event.kind == "assigned":
        by = next((name for other, name in found.history if other.id == event.id), None) or _("another system")
        sticky = _("%(name)s chose the owner by hand. No rule changes that.", name=by)
        return html.Details([html.Summary(ask), html.P(sticky)], className="cl-fold")
    people = event.data["considered"]
    named = people_names([each[key] for each in people for key in ("user_id", "stands_for") if each.get(key)])
    lines = [html.Li([html.Strong(named.get(each["user_id"], "?")), " · ", _reason(each, named)]) for each in people]
    more = event.data.get("more") or 0
    if more:
        lines.append(html.Li(ngettext("%(count)s more person", "%(count)s more people", more, count=number(more))))
    said = [html.Summary(ask), html.P(_rule(event.data.get("rule") or {}, found.names.defect_name))]
    if event.data.get("passed"):
        places = ", ".join(str(place) for place in event.data["passed"])
        said.append(html.P(_("Also fitting, but with nobody free: rule %(places)s.", places=places), className="cl-note"))
    if event.data.get("waited_minutes") is not None:
        said.append(html.P(_("It waited in the team's queue before.")))
    return html.Details([*said, html.Ul(lines, className="cl-lines")], className="cl-fold")


def _rule(rule: Mapping[str, Any], defect: str | None) -> str:
    if not rule.get("position"):
        return _("There was no rule: the person with the most room got it.")
    conditions = [_condition(name, value, defect) for name, value in rule.items() if name in _conditions()]
    if not conditions:
        return _("Rule %(place)s: everything that no other rule is written for.", place=rule["position"])
    return _("Rule %(place)s: %(conditions)s.", place=rule["position"], conditions="; ".join(conditions))


def _conditions() -> dict[str, str]:
    return {
        "category": _("category"),
        "defect_id": _("defect"),
        "segment": _("segment"),
        "region": _("region"),
        "language": _("customer's language"),
        "value_tier": _("value tier"),
        "skills": _("skills"),
        "languages": _("languages"),
    }


def _condition(name: str, value: Any, defect: str | None) -> str:
    label = _conditions()[name]
    if name == "category":
        return f"{label} {words.word(words.categories, value)}"
    if name == "skills":
        return f"{label} {_list(value, skill_names())}"
    if name == "languages":
        return f"{label} {', '.join(language_names(value))}"
    if name == "defect_id":  # the rule fitted, so it is the issue's own
        return f"{label} {defect}" if defect else label
    return f"{label} {value}"


def _list(codes: Sequence[str], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(code, code) for code in codes)


def _reason(person: Mapping[str, Any], named: Mapping[int, str]) -> str:
    load, capacity = person.get("load", 0), person.get("capacity")
    if capacity:
        had = _("had %(load)s of %(room)s open", load=number(load), room=number(capacity))
    else:
        had = ngettext("had %(count)s issue open", "had %(count)s issues open", load, count=number(load))
    reason = {
        "chosen": _("got it: the most room (%(had)s)", had=had),
        "named": _("got it: the rule names this person (%(had)s)", had=had),
        "has_customer": _("got it: has another open issue of this customer (%(had)s)", had=had),
        "knows_customer": _("got it: solved this customer's last issue (%(had)s)", had=had),
        "busier": _("had less room (%(had)s)", had=had),
        "full": _("had no room (%(had)s)", had=had),
        "takes_none": _("takes none by rule"),
        "away": _("was away"),
        "skill": _("lacks a skill that the rule asks for"),
        "language": _("does not speak the language"),
        "left": _("does not work here any more"),
    }.get(person["why"], person["why"])
    if person.get("stands_for"):
        return _("stands in for %(name)s; %(reason)s", name=named.get(person["stands_for"], "?"), reason=reason)
    return reason
