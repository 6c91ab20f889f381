"""Templates of mails about progress, in each language, and what one looks like to a customer."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.pages.progress.solved import example, solved_panel
from feedback.access.rules import Viewer
from feedback.issues.rules.letters import filled
from feedback.issues.working.models import ProgressTemplate
from feedback.issues.working.templates import PLACES, built_in, get_template, list_templates
from feedback.web.languages import LANGUAGES

Component = Any
Letters = Mapping[str, Mapping[str, str]]


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What do we write to customers while we work?")


def one_title(viewer: Viewer, query: Query) -> str:
    """The question, about one template."""
    return _("What does “%(name)s” say?", name=get_template(query.ids["id"]).name)


def body(viewer: Viewer, query: Query) -> Component:
    """What there is, then a form for a new one."""
    found = list_templates(retired=True)
    form = panel(_("A new template"), _form(None, "", built_in()), note=_places())
    return html.Div([_listed(found), solved_panel(), form], className="cl-stack")


def one_body(viewer: Viewer, query: Query) -> Component:
    """One template, with an example of each letter."""
    found = get_template(query.ids["id"])
    form = panel(_("Template"), _form(found, found.name, found.letters), note=_places())
    return html.Div(
        [html.Div(link_button(_("All templates"), "/app/progress")), form, *_examples(found.letters)], className="cl-stack"
    )


def _places() -> str:
    places = ", ".join(f"{{{place}}}" for place in PLACES)
    return _(
        "Places in braces are filled for each customer: %(places)s. The owner edits the text before it leaves.", places=places
    )


def _listed(found: Sequence[ProgressTemplate]) -> Component:
    name = _("Templates")
    if not found:
        hint = _("Until then owners start from a plain text in the customer's language.")
        return panel(name, empty_state(_("Nobody has written a template yet."), hint=hint))
    columns: list[Column[ProgressTemplate]] = [
        Column(_("Template"), _named, main=True),
        Column(_("Languages"), lambda one: ", ".join(LANGUAGES.get(code, code) for code in one.letters)),
    ]
    return panel(name, table(columns, found, caption=name))


def _named(one: ProgressTemplate) -> Component:
    badge = html.Span(_("retired"), className="cl-badge") if one.retired_at else None
    return html.Div([row_link(one.name, f"/app/progress/{one.id}"), " ", badge])


def field_id(name: str) -> dict[str, str]:
    """Of a field of the form."""
    return {"kind": "template-field", "name": name}


def _form(found: ProgressTemplate | None, name: str, letters: Letters) -> list[Component]:
    fields: list[Component] = [dmc.TextInput(id=field_id("name"), label=_("Name, as owners choose it"), value=name, size="sm")]
    for code, language in LANGUAGES.items():
        letter = letters.get(code, {})
        fields += [
            dmc.TextInput(
                id=field_id(f"subject_{code}"), label=_("Subject (%(language)s)", language=language),
                value=letter.get("subject", ""), size="sm",
            ),
            dmc.Textarea(
                id=field_id(f"text_{code}"), label=_("Text (%(language)s)", language=language), value=letter.get("text", ""),
                autosize=True, minRows=5, maxRows=20, size="sm",
            ),
        ]  # fmt: skip
    save = button(_("Save") if found else _("Add the template"), "template-save", primary=True)
    buttons = [save]
    if found is not None:
        buttons.append(button(_("Offer it again") if found.retired_at else _("Retire it"), "template-retire"))
    state = dcc.Store(id="template-id", data=found.id if found else None)
    return [
        html.Div(fields, className="cl-fields cl-fields-wide"),
        html.Div([*buttons, state], className="cl-chips"),
        html.Div(id="template-refused", role="alert"),
    ]


def _examples(letters: Letters) -> list[Component]:
    values = example()
    return [
        panel(
            _("As a customer reads it (%(language)s)", language=LANGUAGES.get(code, code)),
            [
                html.P(html.Strong(filled(letter["subject"], values))),
                html.Div(filled(letter["text"], values), className="cl-letter"),
            ],
        )
        for code, letter in letters.items()
    ]
