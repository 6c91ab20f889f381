"""One program: rhythm, texts by language, reasons, versions, waves."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.buttons import button, link_button
from dashboards.components.moments import day_words, moment
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.pages.programs.choosing import reasons_panel
from dashboards.pages.programs.fields import may_write, settings_panel
from feedback.access.rules import Viewer
from feedback.listening.models import Wave
from feedback.reporting.program_board import ProgramPage, TextChange, TextField, VersionLine, program_page
from feedback.web.languages import LANGUAGES
from feedback.web.naming import called

Component = Any
LONG = frozenset({"question", "thanks", "invitation", "reminder", "news"})
BANDS = {"detractor": 3, "passive": 7, "promoter": 10}


def title(viewer: Viewer, query: Query) -> str:
    """What the program is called."""
    return called(_page(query).program)


def _page(query: Query) -> ProgramPage:
    return program_page(query.ids["program"], language_of(query.get("language")))


def language_of(code: str) -> str:
    """The language that an address names; anything that is none is English."""
    clean = code.lower()
    return clean if 2 <= len(clean) <= 20 and clean.replace("-", "").isalnum() else "en"


def body(viewer: Viewer, query: Query) -> Component:
    """All parts of the page."""
    page = _page(query)
    parts = [
        settings_panel(page, viewer),
        _texts(page, viewer, query),
        reasons_panel(page, viewer),
        html.Div([_versions(page, viewer, query), _waves(page, viewer)], className="cl-halves"),
    ]
    return html.Div(parts, className="cl-stack")


def _texts(page: ProgramPage, viewer: Viewer, query: Query) -> Component:
    tabs = html.Nav(
        [_tab(page, code, shown, query) for code, shown in _languages(page).items()],
        className="cl-tabs",
        **attributes(aria_label=_("Language")),
    )
    parts = [tabs, html.P(_which_language(page), className="cl-note", role="status")]
    if may_write(viewer):
        parts += [_form(page), _foot(page)]
    else:
        parts += [_read(page), _foot(page, write=False)]
    return panel(_("Texts"), parts, note=_which_version(page, viewer))


def _languages(page: ProgramPage) -> dict[str, str]:
    more = sorted({*page.used, *page.program.fallbacks} - LANGUAGES.keys())
    return {**LANGUAGES, **{code: code for code in more}}


def _tab(page: ProgramPage, code: str, shown: str, query: Query) -> Component:
    here = code == page.language
    link = dcc.Link(
        shown, href=query.link(language=None if code == "en" else code), className="cl-tab cl-tab-here" if here else "cl-tab"
    )
    return html.Span(link, **(attributes(aria_current="true") if here else {}))


def _which_version(page: ProgramPage, viewer: Viewer) -> str:
    if page.version is None:
        return _("The built-in texts are used. What you write makes version 1.")
    day = day_words(page.version.at, viewer)
    return _("Version %(number)s, by %(name)s, %(day)s", number=page.version.number, name=page.version.by, day=day)


def _which_language(page: ProgramPage) -> str:
    """Said plainly: what somebody with this language reads."""
    used, shown = page.used[page.language], _languages(page).get(page.language, page.language)
    if any(field.own for field in page.fields):
        return _("Whoever reads %(language)s is asked in it; fields left empty use the built-in text.", language=shown)
    if used == page.language:
        return _("There are no texts of your own in %(language)s: the built-in ones are used.", language=shown)
    other = _languages(page).get(used, used)
    return _("There are no texts in %(language)s: whoever reads it is asked in %(other)s.", language=shown, other=other)


def _form(page: ProgramPage) -> Component:
    number = page.version.number if page.version else 0
    unsaved = {
        "data-unsaved": f"{page.program.id}:{page.language}:{number}",
        "data-question": _("Leave without saving these texts?"),
    }
    fields = [_field(field) for field in page.fields]
    return html.Div(fields, className="cl-fields cl-fields-wide", lang=page.language, **unsaved)


def _field(field: TextField) -> Component:
    given = {
        "id": {"kind": "program-text", "name": field.name},
        "label": words.word(words.survey_texts, field.name),
        "value": field.own,
        "placeholder": field.built_in or _("Empty: the mail has no such part"),
        "size": "sm",
    }
    return dmc.Textarea(**given, autosize=True, minRows=2, maxRows=8) if field.name in LONG else dmc.TextInput(**given)


def _read(page: ProgramPage) -> Component:
    rows = [(words.word(words.survey_texts, field.name), field.own or field.built_in or "–") for field in page.fields]
    parts = [part for name, text in rows for part in (html.Dt(name), html.Dd(text, lang=page.language))]
    return html.Dl(parts, className="cl-facts")


def _foot(page: ProgramPage, *, write: bool = True) -> Component:
    number = page.version.number if page.version else 0
    save: list[Component] = []
    if write:
        seen = {"language": page.language, "base": number}
        save = [dcc.Store(id="program-seen", data=seen), button(_("Save as a new version"), "program-texts-save", primary=True)]
    looks = [
        html.A(
            words.word(words.bands, band),
            href=f"/programs/{page.line.id}/preview?language={page.language}&score={score}",
            target="_blank",
            rel="noopener",
            className="cl-button",
            title=_("The survey page as this person sees it, in a new tab; nothing is counted"),
        )
        for band, score in BANDS.items()
    ]
    mails = link_button(_("Look at its mails"), f"/app/programs/{page.line.id}/mail?language={page.language}")
    look = html.Div([html.Span(_("The survey page, as seen by:"), className="cl-note"), *looks, mails], className="cl-chips")
    return html.Div([html.Div(save, className="cl-chips"), look], className="cl-part-foot cl-spread")


def _versions(page: ProgramPage, viewer: Viewer, query: Query) -> Component:
    name = _("Versions of the texts")
    if not page.versions:
        return panel(
            name, empty_state(_("The texts were never changed."), hint=_("Each change makes a version; none is ever lost."))
        )
    chosen = query.number("version", page.versions[0].number)
    columns: list[Column[VersionLine]] = [
        Column(_("Version"), lambda line: row_link(str(line.number), query.link(version=line.number)), main=True),
        Column(_("By"), lambda line: line.by),
        Column(_("When"), lambda line: moment(line.at, viewer)),
        Column(_("Texts changed"), lambda line: str(len(line.changes)), right=True),
        Column(_("Waves"), lambda line: str(line.waves), right=True),
    ]
    shown = table(columns, page.versions, caption=name, selected=lambda line: line.number == chosen)
    found = next((line for line in page.versions if line.number == chosen), page.versions[0])
    note = _("Answers and started waves keep the version they were asked with.")
    return panel(name, [shown, _changes(found)], note=note)


def _changes(line: VersionLine) -> Component:
    head = html.H3(_("What version %(number)s changed", number=line.number))
    if not line.changes:
        return html.Div([head, html.P(_("Nothing: it says what the one before says."), className="cl-note")], className="cl-diff")
    return html.Div([head, html.Dl([part for change in line.changes for part in _change(change)])], className="cl-diff")


def _change(change: TextChange) -> list[Component]:
    label = f"{words.word(words.survey_texts, change.field)} · {LANGUAGES.get(change.language, change.language)}"
    built_in = html.Span(_("the built-in text"), className="cl-note")
    before = html.Del(change.before, lang=change.language) if change.before else built_in
    after = html.Ins(change.after, lang=change.language) if change.after else built_in
    return [html.Dt(label), html.Dd([before, html.Span(" → "), after])]


def _waves(page: ProgramPage, viewer: Viewer) -> Component:
    name, survey = _("Waves"), page.line
    plan = link_button(_("Plan a wave"), f"/app/waves/new?survey={survey.code}") if may_write(viewer) and survey.active else None
    if not page.waves:
        return panel(name, empty_state(_("No wave of this survey has been planned yet."), action=plan))
    columns: list[Column[Wave]] = [
        Column(_("Wave"), lambda wave: row_link(wave.name, f"/app/waves/{wave.id}"), main=True),
        Column(_("State"), lambda wave: words.word(words.wave_states, wave.state)),
        Column(_("Days"), lambda wave: f"{day_words(wave.starts_on, viewer)} – {day_words(wave.ends_on, viewer)}"),
    ]
    count = ngettext("%(num)s wave", "%(num)s waves", len(page.waves))
    return panel(name, [table(columns, page.waves, caption=name), html.Div(plan, className="cl-part-foot")], note=count)
