"""The form that draws up a wave."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.counts import count_field
from dashboards.components.dates import from_today
from dashboards.components.moments import day_words, today
from dashboards.components.numbers import number
from dashboards.components.panels import notice, panel
from dashboards.page import Query
from dashboards.pages.waves.saving import in_store
from feedback.access.rules import Viewer
from feedback.accounts.rules import ContactRole, ValueTier
from feedback.kernel import clock
from feedback.listening.audience import Audience, external_ids, size_of
from feedback.listening.drafts import ACCOUNT_GAP_DAYS, CALLBACKS_PER_OWNER_DAY, WaveDraft, draft_of
from feedback.listening.naming import when_mails_leave
from feedback.listening.queries import get_wave
from feedback.listening.rules.states import QuarantineMode, WaveState
from feedback.listening.service import MOST_NAMED
from feedback.reporting.audience import known_countries, known_industries, known_owners, known_regions, known_segments
from feedback.surveys.programs import list_programs
from feedback.surveys.rules import PLANNED_KINDS, SurveyKind
from feedback.web.naming import called

Component = Any


@dataclass(frozen=True)
class Start:
    """What the form begins with: a draft that is changed, a wave that is copied, or what a link chose."""

    wave_id: int | None = None
    draft: WaveDraft | None = None
    survey: str = ""
    audience: dict[str, Any] = field(default_factory=dict)

    def of(self, name: str, default: Any) -> Any:
        """A value of the draft."""
        return getattr(self.draft, name) if self.draft else default

    def chosen(self, name: str) -> list[str]:
        """What the draft, or the link, chose of an audience."""
        found = self.audience.get(name) or []
        return [str(value) for value in found]


def _start(query: Query) -> Start:
    wave_id = query.number("wave", 0)
    if not wave_id:
        return Start(survey=query.get("survey"), audience=_linked(query))
    wave = get_wave(wave_id)
    draft = draft_of(wave)
    return Start(wave_id if wave.state is WaveState.DRAFT else None, draft, audience=_in_external_ids(draft.audience))


def _in_external_ids(audience: dict[str, Any]) -> dict[str, Any]:
    """An audience in the words of the form: what the API listed by number is listed by external id."""
    numbers = audience.get("account_ids")
    if not numbers:
        return audience
    listed, ids = audience.get("accounts"), external_ids(numbers)
    return {**audience, "account_ids": [], "accounts": [one for one in ids if not listed or one in listed]}


def _linked(query: Query) -> dict[str, Any]:
    """The audience that the address names, as links of other pages do; what is not known is left out."""
    parameters = {"roles": "role", "segments": "segment", "regions": "region"}
    known: dict[str, list[str]] = {"roles": list(ContactRole), "segments": known_segments(), "regions": known_regions()}
    named = {name: query.get(parameter) for name, parameter in parameters.items()}
    return {name: [value] for name, value in named.items() if value in known[name]}


def title(viewer: Viewer, query: Query) -> str:
    """What is done here."""
    return _("Change the plan") if _start(query).wave_id else _("Plan a wave")


def body(viewer: Viewer, query: Query) -> Component:
    """Who, when, and how fast. Nobody is asked before the wave is started on its own page."""
    start = _start(query)
    back = f"/app/waves/{start.wave_id}" if start.wave_id else "/app/waves"
    what, who, pace = _what(viewer, start), _who(start), _pace(start)
    save = html.Div(
        [
            button(_("Rehearse it"), "wave-save", primary=True),
            link_button(_("Back to the rehearsal") if start.wave_id else _("Back to the waves"), back),
            dcc.Store(id="wave-shown", data=_shown(start, [*what, *who, *pace])),
        ],
        className="cl-chips",
    )
    parts = [_over(start, viewer), _what_panel(what), _who_panel(who, start), _pace_panel(pace), save]
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def _shown(start: Start, fields: list[Component]) -> dict[str, Any]:
    """What the form was drawn with: what differs from it when it is sent is what somebody changed."""
    draft = in_store(start.draft) if start.wave_id and start.draft else None
    return {"wave": start.wave_id, "draft": draft, "form": {one.id["name"]: getattr(one, "value", None) for one in fields}}


def _over(start: Start, viewer: Viewer) -> Component | None:
    """That the last day of the draft has passed: its field begins with today, and somebody has to choose."""
    if start.wave_id is None or start.draft is None or start.draft.ends_on >= today(viewer):
        return None
    day = day_words(start.draft.ends_on, viewer)
    return notice([_("The last day of this wave, %(day)s, is over: choose new days.", day=day)])


def _id(name: str) -> dict[str, str]:
    return {"kind": "wave-field", "name": name}


def _what(viewer: Viewer, start: Start) -> list[Component]:
    active = sorted(
        (one for one in list_programs() if one.active and one.kind in PLANNED_KINDS),
        key=lambda one: one.kind is not SurveyKind.RELATIONSHIP,
    )
    programs = [{"value": program.code, "label": called(program)} for program in active]
    codes = [program["value"] for program in programs]
    wanted = start.of("survey", start.survey)
    first = today(viewer) + timedelta(days=1)
    days = [first, first + timedelta(days=13)]
    if start.wave_id and start.draft:
        days = [max(start.draft.starts_on, today(viewer)), max(start.draft.ends_on, today(viewer))]
    name = start.of("name", "") if start.wave_id else ""
    return [
        dmc.Select(
            id=_id("survey"),
            label=_("Survey"),
            data=programs,
            value=wanted if wanted in codes else next(iter(codes), None),
            allowDeselect=False,
            size="sm",
        ),
        dmc.TextInput(
            id=_id("name"), label=_("Name of the wave"), value=name, placeholder=_("For example: spring 2027"), size="sm"
        ),
        _day("starts_on", _("First day"), days[0].isoformat(), viewer),
        _day("ends_on", _("Last day for first mails"), days[1].isoformat(), viewer),
    ]


def _what_panel(fields: list[Component]) -> Component:
    note = _("Nobody is asked yet: the next page shows who would be asked when, and who would not.")
    return panel(_("What and when"), html.Div(fields, className="cl-fields"), note=note)


def _day(name: str, label: str, value: str, viewer: Viewer) -> Component:
    return dmc.DateInput(id=_id(name), label=label, value=value, size="sm", **from_today(viewer))


def _who(start: Start) -> list[Component]:
    return [
        _several("roles", _("Roles"), [(role.value, words.word(words.roles, role)) for role in ContactRole], start),
        _several("tiers", _("Value tiers"), [(tier.value, tier.value) for tier in ValueTier], start),
        _several("segments", _("Segments"), [(name, name) for name in known_segments()], start),
        _several("regions", _("Regions"), [(name, name) for name in known_regions()], start),
        _several("countries", _("Countries"), [(code, country_name(code)) for code in known_countries()], start),
        _several("industries", _("Industries"), [(name, name) for name in known_industries()], start),
        _several("owner_ids", _("Account managers"), [(str(id_), name) for id_, name in known_owners()], start),
        count_field(_id("not_heard_days"), _("Not heard for so many days"), start.audience.get("not_heard_days")),
        dmc.Textarea(
            id=_id("accounts"),
            label=_("Only these accounts (ids, one a line)"),
            value="\n".join(start.chosen("accounts")),
            autosize=True,
            minRows=1,
            maxRows=6,
            size="sm",
        ),
    ]


def _who_panel(fields: list[Component], start: Start) -> Component:
    count = html.P(count_words(_audience_of(start)), id="wave-count", role="status", className="cl-count-line")
    return panel(
        _("Who"),
        [html.Div(fields, className="cl-fields"), count],
        note=_("What stays empty means everybody with a role in an account."),
    )


def _audience_of(start: Start) -> Audience:
    return Audience.from_json(start.audience)


def count_words(audience: Audience) -> str:
    """How many the audience is about; before anybody is left out."""
    size = size_of(audience, now=clock.now())
    people = ngettext("%(count)s person", "%(count)s people", size.people, count=number(size.people))
    accounts = ngettext("%(count)s account", "%(count)s accounts", size.accounts, count=number(size.accounts))
    text = _("%(people)s at %(accounts)s, before the rehearsal leaves anybody out.", people=people, accounts=accounts)
    if not size.unknown:
        return text
    return " ".join([text, _("Not known: %(ids)s.", ids=", ".join(size.unknown[:MOST_NAMED]))])


def country_name(code: str) -> str:
    """A country in the reader's language."""
    locale = get_locale()
    return str(locale.territories.get(code, code)) if locale else code


def _several(name: str, label: str, options: list[tuple[str, str]], start: Start) -> Component:
    data = [{"value": value, "label": shown} for value, shown in options]
    known = [value for value in start.chosen(name) if value in dict(options)]
    return dmc.MultiSelect(id=_id(name), label=label, data=data, value=known, clearable=True, searchable=True, size="sm")


def _pace(start: Start) -> list[Component]:
    modes = {
        QuarantineMode.BLOCK: _("leave them out of this wave"),
        QuarantineMode.DELAY: _("ask them later, when their days of rest are over"),
    }
    return [
        count_field(
            _id("callbacks_per_owner_day"),
            _("Call-backs an owner can make a day"),
            start.of("callbacks_per_owner_day", CALLBACKS_PER_OWNER_DAY),
        ),
        count_field(
            _id("account_gap_days"),
            _("Days between two people of one account"),
            start.of("account_gap_days", ACCOUNT_GAP_DAYS),
        ),
        count_field(_id("per_day"), _("First mails a day at most"), start.of("per_day", None)),
        dmc.Select(
            id=_id("quarantine"),
            label=_("Whoever was asked not long ago"),
            data=[{"value": mode.value, "label": label} for mode, label in modes.items()],
            value=start.of("quarantine", QuarantineMode.BLOCK).value,
            allowDeselect=False,
            size="sm",
        ),
    ]


def _pace_panel(fields: list[Component]) -> Component:
    return panel(
        _("How fast"),
        html.Div(fields, className="cl-fields"),
        note=_("%(hours)s The days between two people of an account hold across waves.", hours=when_mails_leave()),
    )
