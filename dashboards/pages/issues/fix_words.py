"""What was done, in the language of whoever reads it: a field for each, with who that is, before anything leaves."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from babel import Locale
from dash import html
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.issues.verifying.readers import FixReader
from feedback.issues.working.progress import stop_words
from feedback.reporting.issue_board import IssueDetail
from feedback.web.languages import LANGUAGES

Component = Any
_NAMED = 5  # so many people are named beside a field
Identity = Callable[[str], Any]  # from the name of a field to its id


def fix_words_fields(viewer: Viewer, found: IssueDetail, identity: Identity, *, later: bool = False) -> Component:
    """One field where everybody reads one language; `later`: it need not be fixed yet."""
    readers: dict[str, list[FixReader]] = {}
    for one in found.working.fix_readers:
        if one.stop is None:
            readers.setdefault(one.language, []).append(one)
    languages = list(readers) or [viewer.locale]
    parts = [_field(language, identity, _who(readers.get(language, ())), later=later) for language in languages]
    parts += [html.P(_several(), className="cl-note")] if len(languages) > 1 else []
    parts += [_own_field(viewer, identity, later=later)] if viewer.locale not in languages else []
    return html.Div([*parts, *_unreached(found.working.fix_readers, later=later)], className="cl-stack")


def fix_words_in(said: Mapping[str, Any]) -> dict[str, str]:
    """What the fields say, by language."""
    return {code: said[_name(code)] for code in LANGUAGES if said.get(_name(code))}


def _name(language: str) -> str:
    return f"fix_summary_{language}"


def _field(language: str, identity: Identity, who: str, *, later: bool) -> Component:
    spoken = language_name(language)
    label = (
        _("If it is fixed already: what was done (%(language)s)", language=spoken)
        if later
        else _("What was done (%(language)s)", language=spoken)
    )
    return dmc.Textarea(
        id=identity(_name(language)), label=label, description=who, autosize=True, minRows=1 if later else 2, maxRows=8, size="sm"
    )


def _own_field(viewer: Viewer, identity: Identity, *, later: bool) -> Component:
    """For who cannot write as the customer reads."""
    return html.Details(
        [
            html.Summary(_("I cannot write it in their language")),
            _field(viewer.locale, identity, _several(), later=later),
        ],
        className="cl-more",
    )


def _who(readers: Sequence[FixReader]) -> str:
    if not readers:
        return _("Nobody gets a mail about it: tell them in a call.")
    shown, more = ", ".join(one.name for one in readers[:_NAMED]), len(readers) - _NAMED
    names = ngettext("%(names)s and %(num)s more", "%(names)s and %(num)s more", more, names=shown) if more > 0 else shown
    return _("The mail that asks whether it is solved says it. Who reads it: %(names)s.", names=names)


def _several() -> str:
    return _("Whoever has no text in their language is quoted another one, with a line that says which language it is.")


def _unreached(readers: Sequence[FixReader], *, later: bool) -> list[Component]:
    """In the form of a contact nobody need be told who waits for that contact."""
    unheard = [one.name for one in readers if one.unheard and one.stop is None and not later]
    first = [html.P(_unheard_words(unheard), className="cl-note")] if unheard else []
    return first + [
        html.P(_("%(name)s: %(why)s", name=one.name, why=stop_words(one.stop)), className="cl-note")
        for one in readers
        if one.stop is not None
    ]


def _unheard_words(names: Sequence[str]) -> str:
    return ngettext(
        "%(names)s: nobody has talked with them since they told us. Call first; then the mail asks them too.",
        "%(names)s: nobody has talked with any of them since they told us. Call first; then the mail asks them too.",
        len(names),
        names=", ".join(names),
    )


def language_name(code: str) -> str:
    """A language as the viewer calls it."""
    return str((get_locale() or Locale("en")).languages.get(code, code))
