"""What the privacy officer writes: requests that came, more time for one, the stop list, notices."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import button
from dashboards.pages.permission import naming
from feedback.permission.models import SubjectRequest
from feedback.permission.rights import RequestState
from feedback.permission.rules import SuppressionReason
from feedback.web.languages import LANGUAGES

Component = Any
_BY_HAND = (SuppressionReason.MANUAL, SuppressionReason.OBJECTION, SuppressionReason.LEGAL, SuppressionReason.REGISTER)


def choices(known: Mapping[str, str], only: Sequence[str] | None = None) -> list[dict[str, str]]:
    """Words as the choices of a field."""
    return [{"value": name, "label": text} for name, text in known.items() if only is None or name in only]


def _folded(name: str, fields: list[Component], foot: Component) -> Component:
    inside = html.Div([*fields, html.Div(foot, className="cl-part-foot")], className="cl-stack cl-narrow")
    return html.Details([html.Summary(name), inside], className="cl-more")


def _choice(name: str, label: str, data: list[dict[str, str]], value: str) -> Component:
    return dmc.Select(id=name, label=label, data=data, value=value, allowDeselect=False, size="sm")


def note_form() -> Component:
    """A request that came by mail, letter or phone."""
    fields = [
        dmc.TextInput(id="asked-who", label=_("E-mail address of the person, or their id"), size="sm"),
        dmc.Select(
            id="asked-kind", label=_("Wants"), data=choices(naming.kinds()), value="access", allowDeselect=False, size="sm"
        ),
        dmc.DateInput(id="asked-on", label=_("Came on; empty: today"), clearable=True, size="sm"),
        dmc.Textarea(id="asked-note", label=_("In their words"), autosize=True, size="sm"),
    ]
    return _folded(_("Note a request"), fields, button(_("Note it"), "asked-save", primary=True))


def _label(one: SubjectRequest, names: Mapping[int, str]) -> str:
    return f"{names.get(one.contact_id, '#')} · {words.word(naming.kinds, one.kind)}"


def extend_form(requests: Sequence[SubjectRequest], names: Mapping[int, str]) -> Component:
    """Two more months, once; nothing where no request can have them."""
    able = [one for one in requests if one.state is RequestState.OPEN and one.extended_at is None]
    if not able:
        return None
    about = [
        {"value": str(one.id), "label": f"{names.get(one.contact_id, '#')} · {words.word(naming.kinds, one.kind)}"}
        for one in able
    ]
    fields = [
        dmc.Select(id="extend-id", label=_("Request"), data=about, size="sm"),
        dmc.Textarea(id="extend-because", label=_("Why, as the person is told"), autosize=True, size="sm"),
    ]
    return _folded(_("Take two more months"), fields, button(_("Extend it"), "extend-save"))


def stop_form() -> Component:
    """Somebody who is to get nothing more."""
    channels = [{"value": "", "label": _("All channels")}, *choices(words.channels())]
    fields = [
        dmc.TextInput(id="stop-address", label=_("E-mail address, or @domain for everybody there"), size="sm"),
        dmc.Select(
            id="stop-covers", label=_("Gets no"), data=choices(naming.coverages()), value="all", allowDeselect=False, size="sm"
        ),
        _choice("stop-channel", _("Channel"), channels, ""),
        _choice("stop-reason", _("Why"), choices(naming.reasons(), _BY_HAND), "manual"),
        dmc.Textarea(id="stop-note", label=_("Where it is written down"), autosize=True, size="sm"),
    ]
    return _folded(_("Put somebody on the list"), fields, button(_("Put on the list"), "stop-add", primary=True))


def lift_form(entries: Sequence[tuple[int, str]]) -> Component:
    """Taking somebody off again."""
    about = [{"value": str(id_), "label": label} for id_, label in entries]
    fields = [dmc.Select(id="lift-id", label=_("Entry"), data=about, searchable=True, size="sm")]
    return _folded(_("Take somebody off the list"), fields, button(_("Take off the list"), "stop-lift"))


def notice_form() -> Component:
    """Words that people are shown from now on, or from a day on."""
    locales = [{"value": code, "label": name} for code, name in LANGUAGES.items()]
    fields = [
        dmc.Select(
            id="notice-purpose", label=_("For"), data=choices(naming.purposes()), value="offers", allowDeselect=False, size="sm"
        ),
        _choice("notice-locale", _("Language"), locales, "en"),
        dmc.Textarea(id="notice-text", label=_("Words"), autosize=True, minRows=4, size="sm"),
        dmc.DateInput(id="notice-from", label=_("From; empty: at once"), clearable=True, size="sm"),
    ]
    hint = html.P(_("A wording is kept for ever under its number; what people said before stays tied to what they had read."))
    return _folded(_("Publish a notice"), [hint, *fields], button(_("Publish it"), "notice-publish", primary=True))
