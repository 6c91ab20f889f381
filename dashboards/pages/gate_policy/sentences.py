"""The policy in words: a sentence for each row of its tables and for each of its numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.numbers import number, percent
from dashboards.components.words import Words
from feedback.gate.governing.queries import Difference
from feedback.gate.rules import INPUT_KINDS

Content = Mapping[str, Any]


def stances() -> Words:
    """What the relationship lets us sell, as a choice."""
    return {
        "allow": _("Offers may be made"),
        "limited": _("One offer may be made"),
        "reactive": _("Sell only what they ask for"),
        "hold": _("Sell nothing"),
    }


def permission_stances() -> Words:
    """What permission and moment let us do, as a choice."""
    return {
        "ok": _("Nothing stands in the way"),
        "ask_consent": _("Ask for consent first, offer nothing"),
        "defer": _("Wait for a better moment"),
        "serve_first": _("Solve the need first, offer nothing"),
        "respond_only": _("Answer only what they asked"),
        "block": _("Do not approach them"),
    }


def _consents() -> Words:
    return {"allowed": _("Consent given"), "not_recorded": _("No consent recorded"), "refused": _("Consent refused")}


def _moments() -> Words:
    return {"open": _("A good moment"), "deferred": _("Not a good moment")}


_VALUES = {
    "advocacy": words.bands,
    "share_of_wallet": words.shares,
    "issues": words.issue_facts,
    "consent": _consents,
    "timing": _moments,
    "initiation": words.initiations,
}


def situation(row: Mapping[str, Any]) -> str:
    """Where a row of a table applies; what may be anything is left out."""
    parts = [_alternatives(name, values) for name, values in row["when"].items() if len(values) < len(INPUT_KINDS[name])]
    return " · ".join(parts) or _("In every case")


def _alternatives(name: str, values: Sequence[str]) -> str:
    shown = [words.word(_VALUES[name], value) for value in values]
    return str(format_list(shown, style="or", locale=get_locale() or "en"))


def stance_words(row: Mapping[str, Any]) -> str:
    """What a row says."""
    return words.word(stances if row.get("play") else permission_stances, row["stance"])


def row_sentence(row: Mapping[str, Any]) -> str:
    """A row as a sentence."""
    said = {"situation": situation(row), "then": stance_words(row)}
    if not row.get("play"):
        return _("%(situation)s: %(then)s.", **said)
    return _("%(situation)s: %(then)s. The play is “%(play)s”.", play=words.word(words.plays, row["play"]), **said)


def number_sentences(content: Content) -> dict[str, str]:
    """Each number of the policy as a sentence, by its name."""
    said = {**content["limits"], **content["limits"]["timing"]}
    return {
        "relationship_days": ngettext(
            "An answer about the whole relationship counts for %(num)s day.",
            "An answer about the whole relationship counts for %(num)s days.",
            said["relationship_days"],
        ),
        "transactional_days": ngettext(
            "An answer about a single occasion counts for %(num)s day.",
            "An answer about a single occasion counts for %(num)s days.",
            said["transactional_days"],
        ),
        "cut": _("A share of wallet of %(share)s or more is high.", share=percent(said["cut"])),
        "max_age_days": ngettext(
            "An estimate of what a customer spends in all counts for %(num)s day.",
            "An estimate of what a customer spends in all counts for %(num)s days.",
            said["max_age_days"],
        ),
        "min_confidence": _("An estimate counts from a confidence of %(share)s on.", share=percent(said["min_confidence"])),
        "decision_hours": ngettext(
            "A decision holds for %(num)s hour at most.",
            "A decision holds for %(num)s hours at most.",
            said["decision_hours"],
        ),
        **_moment_sentences(said),
    }


def _moment_sentences(said: Mapping[str, Any]) -> dict[str, str]:
    cap = _(
        "One person is approached at most %(times)s times within %(days)s days.",
        times=number(said["contact_cap"]),
        days=number(said["contact_days"]),
    )
    account = _(
        "One customer is approached at most %(times)s times within %(days)s days, by all teams together.",
        times=number(said["account_cap"]),
        days=number(said["account_days"]),
    )
    return {
        "contact_cap": cap,
        "account_cap": account,
        "other_team_days": ngettext(
            "After one team, another waits %(num)s day.",
            "After one team, another waits %(num)s days.",
            said["other_team_days"],
        ),
        "cooldown_days": ngettext(
            "After a no, nobody asks again for %(num)s day.",
            "After a no, nobody asks again for %(num)s days.",
            said["cooldown_days"],
        ),
    }


def number_labels() -> Words:
    """What each number is, as the label of its field."""
    return {
        "relationship_days": _("Days for which an answer about the relationship counts"),
        "transactional_days": _("Days for which an answer about an occasion counts"),
        "cut": _("Share of wallet from which it is high, 0 to 1"),
        "max_age_days": _("Days for which an estimate of the wallet counts"),
        "min_confidence": _("Confidence from which an estimate counts, 0 to 1"),
        "decision_hours": _("Hours for which a decision holds at most"),
        "contact_cap": _("How often one person is approached at most"),
        "contact_days": _("within how many days (one person)"),
        "account_cap": _("How often one customer is approached at most"),
        "account_days": _("within how many days (one customer)"),
        "other_team_days": _("Days that another team waits"),
        "cooldown_days": _("Days without asking after a no"),
    }


def difference_sentence(difference: Difference, content: Content) -> str:
    """What the draft says otherwise, in words."""
    name, before, after = difference
    row, dot, part = name.partition(".")
    if not dot:
        label = number_labels()[name]
        return _("%(what)s: %(before)s becomes %(after)s.", what=label, before=_plain(name, before), after=_plain(name, after))
    found = next(one for one in (*content["relationship"], *content["permission"]) if one["id"] == row)
    shown = stances if found.get("play") else permission_stances
    said = {"row": row, "situation": situation(found)}
    if part == "play":
        plays = {"before": words.word(words.plays, before), "after": words.word(words.plays, after)}
        return _("%(row)s, %(situation)s: the play “%(before)s” becomes “%(after)s”.", **said, **plays)
    stance = {"before": words.word(shown, before), "after": words.word(shown, after)}
    return _("%(row)s, %(situation)s: “%(before)s” becomes “%(after)s”.", **said, **stance)


def _plain(name: str, value: float) -> str:
    return percent(value) if name in ("cut", "min_confidence") else number(value)


def draft_states() -> Words:
    """How far a draft is."""
    return {
        "draft": _("Draft"),
        "approved": _("Approved"),
        "returned": _("Sent back"),
        "withdrawn": _("Taken back"),
    }
