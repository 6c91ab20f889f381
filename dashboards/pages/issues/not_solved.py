"""What the customer said when the last fix did not hold: the work goes on from there."""

from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components.moments import moment
from dashboards.pages.issues.phrases import verdict_words, way_words
from feedback.access.rules import Viewer
from feedback.issues.verifying.models import Verification
from feedback.issues.verifying.rules import is_refusal
from feedback.reporting.issue_board import IssueDetail

Component = Any


def find_refusal(found: IssueDetail) -> Verification | None:
    """The word that opened the issue again; None once it is fixed anew, or where something else opened it."""
    if found.issue.fixed_at is not None:
        return None
    last = [one for one in found.told.verifications if one.verdict and one.round == found.issue.reopen_count - 1]
    refused = [one for one in last if one.verdict and is_refusal(one.verdict)]
    return max(refused, key=lambda one: (one.answered_at is not None, one.answered_at, one.id), default=None)


def refusal_words(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """Who said when that it is not solved, and in which words."""
    word = find_refusal(found)
    if word is None or word.verdict is None:
        return []
    person = found.told.people.get(word.contact_id or 0) or _("Somebody whose name we do not have")
    head = [
        html.Strong(person),
        " · ",
        verdict_words(word.verdict),
        " · ",
        way_words(word.way),
        " · ",
        moment(word.answered_at, viewer),
    ]
    return [html.Div(head), *[html.Blockquote(text, className="cl-quote") for text in _texts(word, found)]]


def _texts(word: Verification, found: IssueDetail) -> list[str]:
    """A pulse says its words in the answer."""
    answer = next((voice.comment for voice in found.voices if voice.response_id and voice.response_id == word.response_id), None)
    return [text for text in (word.comment or answer,) if text]
