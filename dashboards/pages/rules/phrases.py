"""Rules in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from dashboards.components import words
from feedback.reporting.rule_board import RuleWords
from feedback.reporting.team_board import language_names

Line = Mapping[str, Any]


def conditions_of(line: Line, names: RuleWords) -> list[str]:
    """What has to hold; empty for a rule that catches all."""
    language = line.get("language")
    told = {
        _("category"): words.word(words.categories, line["category"]) if line.get("category") else None,
        _("defect"): names.defects.get(line["defect"], line["defect"]) if line.get("defect") else None,
        _("segment"): line.get("segment"),
        _("region"): line.get("region"),
        _("customer's language"): language_names([language])[0] if language else None,
        _("value tier"): line.get("value_tier"),
    }
    return [f"{label}: {value}" for label, value in told.items() if value]


def target_of(line: Line, names: RuleWords) -> str:
    """Who gets it."""
    if line.get("team_id") is not None:
        return _("team %(name)s", name=names.teams.get(line["team_id"], "?"))
    return names.people.get(line.get("user_id") or 0, _("somebody who has left"))


def demands_on(line: Line, names: RuleWords) -> list[str]:
    """What is asked of people."""
    skills = ", ".join(names.skills.get(code, code) for code in line.get("skills") or ())
    languages = ", ".join(language_names(line.get("languages") or ()))
    told = [
        _("knows: %(skills)s", skills=skills) if skills else None,
        _("speaks: %(languages)s", languages=languages) if languages else None,
        _("speaks the customer's language") if line.get("customer_language") else None,
        _("whoever helped this customer last comes first") if line.get("prefer_helper") else None,
        _("with nobody free: on to the next rule") if line.get("goes_on_when_full") else None,
    ]
    return [text for text in told if text]
