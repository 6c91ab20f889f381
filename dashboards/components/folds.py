"""Text and lists that are short until somebody wants more; a click, a touch or a key opens them, also without the program."""

from collections.abc import Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _

Component = Any
_SHORT = 70  # characters that fit two lines of a table's cell
_SHORT_QUOTE = 220  # characters that fit two lines beside a queue


def folded_text(text: str, others: Sequence[str] = ()) -> Component:
    """The first sentence in two lines; all of it, and the others, when opened. Short ones just stand there."""
    if len(text) <= _SHORT and not others:
        return html.Div(text, className="cl-why")
    face = [html.Div(text, className="cl-clamp"), html.Span(_("Read all"), className="cl-fold-more")]
    return html.Details([html.Summary(face), *[html.P(other) for other in others]], className="cl-why cl-fold")


def folded_quote(text: str, *, language: str | None = None) -> Component:
    """What a person said; a long text shows its first two lines until it is opened."""
    if len(text) <= _SHORT_QUOTE and text.count("\n") < 2:
        return html.Blockquote(text, className="cl-quote", lang=language)
    face = [
        html.Blockquote(text, className="cl-quote cl-clamp", lang=language),
        html.Span(_("Read all"), className="cl-fold-more"),
    ]
    return html.Details(html.Summary(face), className="cl-fold")


def folded_list(lines: Sequence[Component], *, shown: int, more: str, name: str) -> list[Component]:
    """A list of which the first ones are seen and the rest stands behind `more`, a sentence that says how many."""
    first = html.Ul(list(lines[:shown]), className=name)
    if len(lines) <= shown:
        return [first]
    return [first, html.Details([html.Summary(more), html.Ul(list(lines[shown:]), className=name)], className="cl-more")]
