"""Each rule as a sentence with its switch and figures; the keyword rules with a preview."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.buttons import button, link_button
from dashboards.components.filters import Filter
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.issues.opening_choices import (
    KeywordLine,
    Preview,
    RuleLine,
    list_keywords,
    list_opening_rules,
)
from feedback.issues.rules import HARM, IssueSource, Severity
from feedback.issues.rules.keywords import ANY
from feedback.reporting.complaint_form import list_defect_choices
from feedback.web.languages import LANGUAGES

Component = Any
NEW = "new"
TIERS = ("A", "B", "C")


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What opens an issue?")


def filters(viewer: Viewer) -> list[Filter]:
    """The keyword rule that is being changed."""
    return [Filter("rule", "", hidden=True)]


def body(viewer: Viewer, query: Query) -> Component:
    """Rules, then words."""
    keywords = list_keywords()
    chosen = next((line for line in keywords if str(line.id) == query.get("rule")), None)
    parts = [_rules(), _keywords(keywords, chosen, query)]
    if chosen is not None or query.get("rule") == NEW:
        parts.append(_form(chosen, query))
    return html.Div(parts, className="cl-stack")


def _sentences() -> Mapping[str, tuple[str, str]]:
    return {
        IssueSource.RESPONSE: (_("A low score"), _("An answer of 0 to 6 opens an issue at once.")),
        IssueSource.CALL_WISH: (
            _("A wish to be called"),
            _("Whoever ticks “Please call me”, or writes so, gets an issue, whatever the score."),
        ),
        IssueSource.KEYWORD: (_("Words"), _("A comment with words that a rule below listens for opens an issue.")),
        IssueSource.SCORE_DROP: (
            _("A fall of the score"),
            _("Somebody answers so many points lower than in the same survey before."),
        ),
        IssueSource.SILENCE: (
            _("Silence"),
            _("A decision maker of these value tiers does not answer a wave: somebody calls. It never stops a sale."),
        ),
        IssueSource.CONTACT_GAP: (
            _("No contact for long"),
            _("Nobody spoke with any of the key contacts for so many days: somebody asks how things are. It is no sales call."),
        ),
        HARM: (_("Harm to the customer's customers"), _("It makes an issue one step graver.")),
    }


def field_id(rule: Any, name: Any) -> dict[str, Any]:
    """Of a figure of a rule."""
    return {"kind": "rule-field", "rule": rule, "name": name}


def switch_id(rule: Any) -> dict[str, Any]:
    """Of the switch of a rule."""
    return {"kind": "rule-switch", "rule": rule}


def save_id(rule: Any) -> dict[str, Any]:
    """Of the button that stores a rule's figures."""
    return {"kind": "rule-save", "rule": rule}


def refused_id(rule: Any) -> dict[str, Any]:
    """Where it is said what is wrong with them."""
    return {"kind": "rule-refused", "rule": rule}


def _rules() -> Component:
    note = _("A switch holds from now on. Issues that are open stay open.")
    return panel(_("Rules"), [html.Div([_rule(line) for line in list_opening_rules()], className="cl-openings")], note=note)


def _rule(line: RuleLine) -> Component:
    name, sentence = _sentences()[line.name]
    switch = dmc.Switch(id=switch_id(line.name), checked=line.active, label=name, size="sm", className="cl-opening-switch")
    opened = ngettext("%(count)s issue in 90 days", "%(count)s issues in 90 days", line.opened, count=number(line.opened))
    parts: list[Component] = [switch, html.P(sentence)]
    fields = _figures(line)
    if fields:
        parts.append(html.Div([*fields, button(_("Save"), save_id(line.name))], className="cl-opening-figures"))
    parts.append(html.Div(id=refused_id(line.name), role="alert"))
    if line.name != HARM:
        parts.append(html.P(opened, className="cl-note"))
    return html.Div(parts, className="cl-opening")


def _figures(line: RuleLine) -> list[Component]:
    if "in_words" in line.params:
        answers = [{"value": "yes", "label": _("counts too")}, {"value": "no", "label": _("does not count")}]
        choice = dmc.Select(
            id=field_id(line.name, "in_words"), label=_("A wish in the words of a comment"), data=answers,
            value="yes" if line.params["in_words"] else "no", allowDeselect=False, size="sm", w=260,
        )  # fmt: skip
        return [choice]
    if "points" in line.params:
        return [_number(line.name, "points", _("Points"), line.params["points"], 10)]
    if "tiers" in line.params:
        data = [{"value": tier, "label": _("Tier %(tier)s", tier=tier)} for tier in TIERS]
        choice = dmc.MultiSelect(
            id=field_id(line.name, "tiers"), label=_("Value tiers"), data=data, value=line.params["tiers"], size="sm", w=260
        )
        return [choice]
    if "days" in line.params:
        days = [
            _number(line.name, f"days_{tier}", _("Days, tier %(tier)s", tier=tier), line.params["days"].get(tier, ""), 3650)
            for tier in TIERS
        ]
        return [*days, _number(line.name, "per_day", _("New ones a day, at most"), line.params["per_day"], 1000)]
    return []


def _number(rule: str, name: str, label: str, value: Any, most: int) -> Component:
    return dmc.NumberInput(
        id=field_id(rule, name),
        label=label,
        value=value,
        min=1,
        max=most,
        allowDecimal=False,
        hideControls=True,
        size="sm",
        w=130,
    )


def _keywords(lines: list[KeywordLine], chosen: KeywordLine | None, query: Query) -> Component:
    name = _("Words to listen for")
    note = _(
        "Whole words, or the beginning of words with a star, whatever their case and accents. Comments never leave the server."
    )
    add = [link_button(_("Add a rule"), query.link(rule=NEW))]
    if not lines:
        hint = _("For example: “cancel*”, “lawyer”, “competitor*”.")
        return panel(name, empty_state(_("No rule listens for words yet."), hint=hint), note=note, actions=add)
    columns: list[Column[KeywordLine]] = [
        Column(_("Rule"), lambda line: _rule_name(line, query), main=True),
        Column(_("Words"), _phrases),
        Column(_("Severity"), lambda line: words.word(words.severities, line.severity)),
    ]
    shown = table(columns, lines, caption=name, selected=lambda line: line is chosen)
    return panel(name, shown, note=note, actions=add)


def _rule_name(line: KeywordLine, query: Query) -> Component:
    off = None if line.active else html.Div(_("switched off"), className="cl-note")
    return html.Div([row_link(line.name, query.link(rule=line.id)), off])


def _phrases(line: KeywordLine) -> Component:
    names = {**LANGUAGES, ANY: _("in every language")}
    lines = [
        html.Div([html.Span(names.get(language, language), className="cl-note"), " ", ", ".join(phrases)])
        for language, phrases in line.phrases.items()
    ]
    return html.Div(lines)


def words_id(name: Any) -> dict[str, Any]:
    """Of a field of the form of a keyword rule."""
    return {"kind": "words-field", "name": name}


def _form(line: KeywordLine | None, query: Query) -> Component:
    severities = [{"value": one.value, "label": words.word(words.severities, one)} for one in reversed(Severity)]
    named = {**LANGUAGES, ANY: _("In every language")}
    fields = [
        dmc.TextInput(id=words_id("name"), label=_("Name of the rule"), value=line.name if line else "", size="sm"),
        dmc.Select(
            id=words_id("severity"),
            label=_("How grave such an issue is"),
            data=severities,
            value=line.severity.value if line else "minor",
            allowDeselect=False,
            size="sm",
        ),
        dmc.Select(
            id=words_id("defect"),
            label=_("What it is about, where the customer ticked nothing"),
            data=list_defect_choices(),
            value=line.defect if line else None,
            searchable=True,
            clearable=True,
            size="sm",
        ),
        *(_phrase_field(code, shown, line) for code, shown in named.items()),
    ]
    active = dmc.Switch(id=words_id("active"), checked=line.active if line else True, label=_("It listens"), size="sm")
    buttons = [
        button(_("Save"), "words-save", primary=True),
        button(_("Try it on past answers"), "words-try"),
        button(_("Delete the rule"), "words-delete") if line else html.Span(id="words-delete"),
        link_button(_("Close"), query.link(rule=None)),
        dcc.Store(id="words-rule", data=line.id if line else None),
    ]
    parts = [
        html.Div(fields, className="cl-fields"),
        active,
        html.Div(id="words-refused", role="alert"),
        html.Div(buttons, className="cl-chips"),
        html.Div(id="words-found", **attributes(aria_live="polite")),
    ]
    return panel(line.name if line else _("A new rule"), parts)


def _phrase_field(code: str, shown: str, line: KeywordLine | None) -> Component:
    value = "\n".join(line.phrases.get(code, ())) if line else ""
    label = _("Words, one or more on a line (%(language)s)", language=shown)
    return dmc.Textarea(id=words_id(f"phrases_{code}"), label=label, value=value, autosize=True, minRows=2, size="sm")


def found(preview: Preview) -> Component:
    """What a rule would have opened."""
    text = ngettext(
        "%(count)s of the %(of)s newest comments of a year has these words.",
        "%(count)s of the %(of)s newest comments of a year have these words.",
        preview.matched,
        count=number(preview.matched),
        of=number(preview.looked_at),
    )
    above = ngettext(
        "%(count)s of them came with a score of 7 or more: only this rule would have opened an issue.",
        "%(count)s of them came with a score of 7 or more: only this rule would have opened an issue.",
        preview.matched_above,
        count=number(preview.matched_above),
    )
    quotes = [html.Blockquote(sample, className="cl-quote") for sample in preview.samples]
    return html.Div([html.P(text), html.P(above) if preview.matched else None, *quotes])
