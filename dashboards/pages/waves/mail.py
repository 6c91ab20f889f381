"""What will they read? The mails of a wave or a program, on a wide screen, on a phone and as text, before anybody gets them."""

from typing import Any
from urllib.parse import urlencode

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, callback_context, html, no_update
from flask import current_app
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.filters import Filter
from dashboards.components.mails import mail_frame, mail_text
from dashboards.components.panels import notice, panel
from dashboards.guard import allowed
from dashboards.page import Page, Query
from dashboards.viewport import is_phone
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.listening import queries
from feedback.listening.samples import NUMBERS, Sample, request_sample, show
from feedback.surveys.programs import get_program
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES
from feedback.web.naming import called

Component = Any


def _names() -> dict[int, str]:
    return {0: _("Invitation"), 1: _("First reminder"), 2: _("Second reminder")}


def filters(viewer: Viewer) -> list[Filter]:
    """Which mail, and in which language."""
    mails = [(str(number), name) for number, name in _names().items()]
    return [
        Filter("language", _("Language"), list(LANGUAGES.items()), empty="en"),
        Filter("mail", _("Mail"), mails, empty="0"),
    ]


def wave_title(viewer: Viewer, query: Query) -> str:
    """The name of the wave."""
    return _("Mails of “%(name)s”", name=queries.get_wave(query.ids["wave"]).name)


def wave_body(viewer: Viewer, query: Query) -> Component:
    """With the texts the wave goes out with: those of its start, or the newest."""
    wave = queries.get_wave(query.ids["wave"])
    back = link_button(_("Back to the wave"), f"/app/waves/{wave.id}")
    return _body(viewer, _chosen(query, wave.survey_id, wave.version_id), back)


def program_title(viewer: Viewer, query: Query) -> str:
    """The name of the program."""
    return _("Mails of “%(name)s”", name=called(get_program(query.ids["program"])))


def program_body(viewer: Viewer, query: Query) -> Component:
    """With its newest texts."""
    program = get_program(query.ids["program"])
    back = link_button(_("Back to the program"), f"/app/programs/{program.id}")
    return _body(viewer, _chosen(query, program.id, None), back)


def _chosen(query: Query, program_id: int, version_id: int | None) -> Sample:
    number = query.number("mail", 0)
    return Sample(program_id, number if number in NUMBERS else 0, query.get("language", "en"), version_id)


def _body(viewer: Viewer, sample: Sample, back: Component) -> Component:
    shown = show(sample)
    chosen = {"number": sample.number, "language": sample.language, "version": sample.version_id or ""}
    src = f"/programs/{sample.program_id}/mail.html?{urlencode(chosen)}"
    wide, narrow = _("On a wide screen"), _("On a phone")
    subject = _("Subject: %(subject)s", subject=shown.subject)
    on_phone = panel(narrow, mail_frame(src, narrow, phone=True), note=subject)
    frames = html.Div([panel(wide, mail_frame(src, wide), note=subject), on_phone], className="cl-mail-pair")
    if is_phone():
        frames = on_phone
    actions = html.Div([back, *_test_button(viewer, sample)], className="cl-actions-start")
    text = panel(_("As plain text"), mail_text(shown.drawn.text))
    above = html.Div([actions, html.Div(id="test-mail-sent", role="status")])
    parts = [above, *_languages(sample, shown.language), frames, text]
    return html.Div(parts, className="cl-stack")


def _languages(sample: Sample, goes_out_in: str) -> list[Component]:
    if goes_out_in.partition("-")[0] == (sample.language or ""):
        return []
    return [notice([_("There are no texts in this language: the mail goes out in %(language)s.", language=goes_out_in)])]


def _test_button(viewer: Viewer, sample: Sample) -> list[Component]:
    if scope_of(viewer, "survey.write") is Scope.NONE or viewer.user_id is None:
        return []
    there = bool(current_app.extensions["closedloop_settings"].smtp_url)
    identity = {"kind": "test-mail", "sample": f"{sample.program_id}:{sample.number}:{sample.language}:{sample.version_id or ''}"}
    return [button(_("Send it to me as a test"), identity, why_not=None if there else _("No mail server is set."), primary=True)]


def register(app: Dash) -> None:
    """Attach the button."""
    app.callback(
        Output("test-mail-sent", "children"),
        Input({"kind": "test-mail", "sample": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )(allowed("survey.write")(send_test))


def send_test(viewer: Viewer, clicks: list[int | None]) -> Any:
    """Send the shown mail to the person who looks at it."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update
    program, number, language, version = str(pressed["sample"]).split(":")
    sample = Sample(int(program), int(number), language, int(version) if version else None)
    with transaction():
        to = request_sample(sample, viewer.user_id)
    return dmc.Text(_("On its way to %(address)s. Its links show the survey, and nothing of it counts.", address=to), size="sm")


WAVE = Page("/app/waves/<wave>/mail", "survey.read", wave_title, wave_body, filters, register)
PROGRAM = Page("/app/programs/<program>/mail", "survey.read", program_title, program_body, filters)
PAGES = (WAVE, PROGRAM)
