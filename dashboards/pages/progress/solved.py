"""The mail that asks whether it is solved: its words in each language, an example, and the way back to the shipped ones."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, callback_context, html, no_update
from flask_babel import force_locale, format_date
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.panels import panel
from dashboards.guard import allowed
from dashboards.page import Query
from dashboards.pages.issues.actions import refusal
from feedback.access.rules import Viewer
from feedback.issues.rules.letters import filled
from feedback.issues.verifying.letters import PARTS, PLACES, check_letter, find_own, part_name, reset_letter, save_letter, shipped
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

Component = Any
PATH, WRITE = "/app/progress/is-it-solved", "progress.write"


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("How do we ask whether it is solved?")


def solved_panel() -> Component:
    """The way here, with what is our own."""
    own = [name for code, name in LANGUAGES.items() if find_own(code)]
    said = (
        _("In words of your own: %(languages)s.", languages=", ".join(own)) if own else _("As it is shipped, in each language.")
    )
    parts = [html.P(said), html.Div(link_button(_("Read and edit it"), PATH))]
    return panel(_("The mail that asks whether it is solved"), parts)


def body(viewer: Viewer, query: Query) -> Component:
    """A form and an example for each language."""
    places = ", ".join(f"{{{place}}}" for place in PLACES)
    note = _(
        "Places in braces are filled for each customer: %(places)s. What was done and the three answers stand between opening "
        "and closing.",
        places=places,
    )
    rows = [html.Div([_form(code), _example(code)], className="cl-columns") for code in LANGUAGES]
    refused = html.Div(id="solved-refused", role="alert")
    save = button(_("Save"), {"kind": "solved", "act": "save", "language": ""}, primary=True)
    back = html.Div(link_button(_("All templates"), "/app/progress"))
    return html.Div([back, html.P(note, className="cl-note"), *rows, html.Div(save), refused], className="cl-stack")


def field_id(language: str, part: str) -> dict[str, str]:
    """Of a field of the forms."""
    return {"kind": "solved-field", "language": language, "part": part}


def _form(code: str) -> Component:
    own = find_own(code)
    words = own or shipped(code)
    fields = [dmc.TextInput(id=field_id(code, "subject"), label=part_name("subject"), value=words["subject"], size="sm")]
    fields += [
        dmc.Textarea(
            id=field_id(code, part), label=part_name(part), value=words[part], autosize=True, minRows=1, maxRows=14, size="sm"
        )
        for part in PARTS[1:]
    ]
    reset = button(_("Back to the shipped words"), {"kind": "solved", "act": "reset", "language": code}) if own else None
    note = _("your own words") if own else _("as shipped")
    inner = [html.Div(fields, className="cl-stack", lang=code), html.Div(reset) if reset else None]
    return panel(LANGUAGES[code], inner, note=note)


def example() -> dict[str, str]:
    """What stands in the places of an example."""
    return {
        "name": _("Ana Ruiz"),
        "account": _("Iberseguros"),
        "number": "#118",
        "problem": _("My claim took too long"),
        "promise": _("We promised you by Friday: a decision"),
        "owner": _("Lucía Gómez"),
        "company": _("Your company"),
    }


def _example(code: str) -> Component:
    """As it is stored, with everything that stands between its parts."""
    words = find_own(code) or shipped(code)
    with force_locale(code):
        values = example() | {"day": format_date(clock.now(), "long")}
        said = {part: filled(text, values) for part, text in words.items()}
        answers = [_("Yes, it is solved"), _("Partly, something is left"), _("No, it is not solved")]
        did, ask = _("What we did"), _("Is it solved for you?")
    middle = "\n".join([did, "…", "", ask, *(f"[ {answer} ]" for answer in answers)])
    letter = f"{said['opening']}\n\n{middle}\n\n{said['closing']}"
    return panel(
        _("As a customer reads it (%(language)s)", language=LANGUAGES[code]),
        [
            html.P(html.Strong(said["subject"]), lang=code),
            html.Div(letter, className="cl-letter", lang=code),
            html.P(_("The reminder, some days later, begins:"), className="cl-note"),
            html.Div(said["reminder"], className="cl-letter", lang=code),
        ],
    )


def register(app: Dash) -> None:
    """Attach the buttons of all languages."""
    fields: Any = {"kind": "solved-field", "language": ALL, "part": ALL}
    app.callback(
        Output("solved-refused", "children"),
        Output("refresh", "data", allow_duplicate=True),
        Input({"kind": "solved", "act": ALL, "language": ALL}, "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        State("refresh", "data"),
        prevent_initial_call=True,
    )(allowed(WRITE)(change))


def change(viewer: Viewer, _clicks: Any, values: list[Any], ids: list[dict[str, str]], again: int | None) -> Any:
    """Save the words of all languages, or go back to the shipped ones of one."""
    triggered = callback_context.triggered
    pressed: Mapping[str, str] | None = callback_context.triggered_id if triggered and triggered[0]["value"] else None
    if pressed is None:
        return no_update, no_update
    wrong: list[str] = []
    if pressed["act"] == "reset":
        with transaction():
            reset_letter(pressed["language"], viewer=viewer)
    else:
        wrong = _save(_typed(values, ids), viewer)
    return (refusal(wrong), no_update) if wrong else (None, (again or 0) + 1)


def _typed(values: list[Any], ids: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for of, value in zip(ids, values, strict=True):
        found.setdefault(of["language"], {})[of["part"]] = value or ""
    return found


def _save(letters: Mapping[str, Mapping[str, str]], viewer: Viewer) -> list[str]:
    """All languages, or none; answers what is wrong with them."""
    wrong: list[str] = []
    for language, parts in letters.items():
        try:
            check_letter(parts)
        except InvalidInput as error:
            said = [text for texts in error.errors.values() for text in texts]
            wrong += [_("%(name)s: %(why)s", name=LANGUAGES[language], why=text) for text in said]
    if not wrong:
        with transaction():
            for language, parts in letters.items():
                save_letter(language, parts, viewer=viewer)
    return wrong
