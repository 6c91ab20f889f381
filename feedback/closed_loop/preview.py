"""The survey page as somebody sees it, for those who write its texts: no link, no invitation, nothing that counts."""

import re
from types import SimpleNamespace

from flask import Blueprint, Response, g, render_template, request
from flask_babel import force_locale

from feedback.access.auth import requires
from feedback.surveys import queries
from feedback.surveys.programs import get_program, latest_version
from feedback.surveys.rules import Band, band
from feedback.surveys.texts import choose_language, words
from feedback.web.languages import LANGUAGES

blueprint = Blueprint("preview", __name__)
_SENT = "view"  # a field that the form always sends
_FORM = re.compile(r'<form method="post"')


@blueprint.get("/programs/<int:program_id>/preview")
@requires("survey.read")
def survey_preview(program_id: int) -> Response:
    """The page in a language, with a number chosen; after its button the thanks."""
    program, newest = get_program(program_id), latest_version(program_id)
    texts = newest.texts if newest else {}
    wanted = request.args.get("lang") or request.args.get("language")
    language = choose_language(wanted, texts, program.fallbacks)
    wording = SimpleNamespace(
        language=language,
        texts=words(language, texts),
        own=frozenset(texts.get(language) or ()),
        names=LANGUAGES | {code: code for code in texts if code.partition("-")[0] not in LANGUAGES},
    )
    base = language.partition("-")[0]
    g.locale = base if base in LANGUAGES else "en"
    with force_locale(g.locale):
        page = _thanks(wording) if _SENT in request.args else _form(program.code, wording)
    return Response(page, content_type="text/html; charset=utf-8")


def _form(survey: str, wording: SimpleNamespace) -> str:
    page = render_template(
        "survey/preview.html",
        form=SimpleNamespace(score=_score(), band=_band(), comment="", defects=(), errors={}, notice=None),
        reasons=queries.list_reasons(survey, wording.language),
        wording=wording,
        given=None,
        token="preview",  # noqa: S106  leads nowhere
        view="preview",
        languages=LANGUAGES,
        max_comment=4000,
        honeypot="website",
    )
    return _FORM.sub('<form method="get"', page)  # its button shows the thanks and sends nothing


def _thanks(wording: SimpleNamespace) -> str:
    of_band = _band()
    return render_template(
        "survey/preview_thanks.html",
        band=of_band.value if of_band else None,
        called=False,
        given=None,
        until=None,
        wording=wording,
        token="preview",  # noqa: S106  leads nowhere
        language=wording.language,
    )


def _score() -> int | None:
    text = request.args.get("score", "")
    return int(text) if re.fullmatch(r"[0-9]|10", text) else None


def _band() -> Band | None:
    score = _score()
    return None if score is None else band(score)
