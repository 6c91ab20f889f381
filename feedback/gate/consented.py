"""What a decision keeps about the contact's permission, and how it says so. Names nobody: names may have to be erased."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

from feedback.permission.rules import ConsentFact

Values = Mapping[str, Any]


def evidence(fact: ConsentFact) -> dict[str, Any] | None:
    """The statement, the entry of the stop list or the row of the countries' policies that decided; None: nothing is known."""
    known = {
        "event_id": fact.event_id,
        "action": fact.action.value if fact.action else None,
        "since": fact.since.isoformat() if fact.since else None,
        "notice_id": fact.notice_id,
        "expired_at": fact.expired_at.isoformat() if fact.expired_at else None,
        "valid_until": fact.until.isoformat() if fact.until else None,
        "suppression_id": fact.listed,
        "listed_because": fact.reason.value if fact.reason else None,
        "policy_id": fact.policy_id,
        "country": fact.country,
    }
    told = {name: value for name, value in known.items() if value is not None}
    return told if told.keys() - {"valid_until"} else None


def refs(consent: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What decided, as type and id."""
    kinds = {"suppression_id": "suppression", "policy_id": "country_policy", "event_id": "consent_event", "notice_id": "notice"}
    return [{"type": kind, "id": consent[name]} for name, kind in kinds.items() if consent.get(name)]


def refusal(consent: Mapping[str, Any], day: Callable[[str], str], values: Values) -> str:
    """Who said no, and when: the contact, somebody who put them on the stop list, or the privacy officer for a country.

    Args:
        values: `name` and `channel` of the sentence.
    """
    if consent.get("suppression_id"):
        return _listed(consent, {**values, "date": day(consent["since"])})
    if consent.get("policy_id"):
        return _by_policy(consent, values)
    values = {**values, "date": day(consent["since"])}
    if consent["action"] == "objected":
        return _("%(name)s objected to offers %(channel)s on %(date)s.", **values)
    if consent["action"] == "withdrawn":
        return _("%(name)s withdrew the consent to offers %(channel)s on %(date)s.", **values)
    return _("%(name)s refused offers %(channel)s on %(date)s.", **values)


def _listed(consent: Mapping[str, Any], values: Values) -> str:
    writers = {
        "objection": _("%(name)s has stood on the list of those who get no offers since %(date)s: they objected.", **values),
        "complaint": _("%(name)s has stood on the list of those who get no offers since %(date)s: they complained.", **values),
        "legal": _("%(name)s has stood on the list of those who get no offers since %(date)s, for legal reasons.", **values),
        "register": _(
            "%(name)s has stood on the list of those who get no offers since %(date)s: they are in a public register against "
            "advertising.",
            **values,
        ),
    }
    other = _("%(name)s has stood on the list of those who get no offers since %(date)s.", **values)
    return writers.get(consent["listed_because"], other)


def _by_policy(consent: Mapping[str, Any], values: Values) -> str:
    if consent["country"] == "*":
        return _("Offers %(channel)s are not allowed: the privacy officer has ruled them out.", **values)
    return _(
        "Offers %(channel)s are not allowed in %(country)s: the privacy officer has ruled them out there.",
        **values,
        country=consent["country"],
    )


def missing(consent: Mapping[str, Any] | None, day: Callable[[str], str], values: Values) -> str:
    """That no consent is recorded, or that it has ended."""
    if consent and consent.get("expired_at"):
        return _(
            "The consent of %(name)s to offers %(channel)s of %(since)s ended on %(date)s.",
            **values,
            since=day(consent["since"]),
            date=day(consent["expired_at"]),
        )
    return _("No consent of %(name)s to offers %(channel)s is recorded.", **values)


def way_back(consent: Mapping[str, Any], values: Values) -> str:
    """What would turn the no into a yes."""
    if consent.get("suppression_id"):
        return _("The privacy officer takes %(name)s off the list; nobody else can.", **values)
    if consent.get("policy_id"):
        return _("Another channel, or another ruling of the privacy officer.")
    return _("A new yes of %(name)s to offers %(channel)s; nobody else can give it.", **values)
