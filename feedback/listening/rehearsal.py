"""What a wave would do: who gets what and when, who does not and why, and what it will bring to whom."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from flask import current_app
from flask_babel import gettext as _

from feedback.kernel import clock
from feedback.listening import history
from feedback.listening.audience import Audience, Listed, load_people, load_standings
from feedback.listening.models import Wave
from feedback.listening.rules.eligibility import Person, Terms, first_day, skip_reason, stands_against
from feedback.listening.rules.schedule import Pace, Planned, expected_callbacks, plan
from feedback.surveys.models import SurveyProgram
from feedback.surveys.programs import latest_version
from feedback.surveys.rules import PLANNED_KINDS, SkipReason, SurveyKind
from feedback.surveys.texts import choose_language


@dataclass(frozen=True, slots=True)
class Place:
    """One person of the audience, and the moment or the reason that the plan has for them."""

    listed: Listed
    planned: Planned


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan was made from, besides its people: with another draft or program, or other waves, it would be another plan."""

    audience: Audience
    terms: Terms
    pace: Pace
    elsewhere: Mapping[int, Sequence[date]]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A plan with its consequences."""

    places: Sequence[Place]
    rehearsed_at: datetime
    basis: Basis

    @property
    def asked(self) -> list[Place]:
        """Who gets a mail, in the order in which the mails go out."""
        found = [(place.planned.send_at, number, place) for number, place in enumerate(self.places)]
        return [place for at, __, place in sorted((at, n, place) for at, n, place in found if at is not None)]

    @property
    def skipped(self) -> dict[SkipReason, int]:
        """How many do not, by reason."""
        return dict(Counter(place.planned.reason for place in self.places if place.planned.reason is not None))

    @property
    def per_day(self) -> dict[date, int]:
        """Mails on each day of the people who get them."""
        days = Counter(
            place.planned.send_at.astimezone(place.listed.person.zone).date() for place in self.places if place.planned.send_at
        )
        return dict(sorted(days.items()))

    @property
    def expected_answers(self) -> float:
        """From how often people in the same role answered before."""
        return sum(place.listed.person.answers for place in self.places if place.planned.send_at)

    def callbacks(self) -> Mapping[int, Mapping[date, float]]:
        """Detractors that each owner can expect, by day; from how often one follows the answer that somebody gave before."""
        found: dict[int, dict[date, float]] = defaultdict(lambda: defaultdict(float))
        for place in self.places:
            person, at = place.listed.person, place.planned.send_at
            if at is not None and person.owner_id is not None:
                found[person.owner_id][at.astimezone(person.zone).date()] += expected_callbacks(person)
        return found


def rehearse(wave: Wave, program: SurveyProgram) -> Rehearsal:
    """Plan a wave as it would go if it was started now; writes nothing."""
    now = clock.now()
    people = load_people(Audience.from_json(wave.audience), program.kind, now=now, wave_id=wave.id)
    basis = _basis(wave, program, people)
    planned = plan([one.person for one in people], basis.terms, basis.pace, now=now, elsewhere=basis.elsewhere)
    return Rehearsal([Place(*pair) for pair in zip(people, planned, strict=True)], now, basis)


def _basis(wave: Wave, program: SurveyProgram, people: Sequence[Listed]) -> Basis:
    pace, terms = pace_of(wave), terms_of(wave, program)
    return Basis(Audience.from_json(wave.audience), terms, pace, asked_elsewhere(people, terms, pace, wave.id))


def obstacle_of(wave: Wave, program: SurveyProgram) -> str | None:
    """Why a draft cannot be started as it stands, whomever it would ask; None where nothing is in the way."""
    if wave.ends_on < clock.now().date():
        return _("The last day of this wave is over; move its dates.")
    if not program.active:
        return _("The survey of this wave is switched off; switch it on first.")
    return None


def other_languages(rehearsal: Rehearsal, program: SurveyProgram) -> dict[tuple[str, str], int]:
    """Who is asked in another language than their own, because the survey has no words in it: (own, asked in) → people."""
    newest = latest_version(program.id)
    texts = newest.texts if newest else {}
    wanted = Counter(place.listed.language for place in rehearsal.places if place.planned.send_at and place.listed.language)
    found: Counter[tuple[str, str]] = Counter()
    for language, count in wanted.items():
        used = choose_language(language, texts, program.fallbacks)
        own, other = (code.lower().replace("_", "-").partition("-")[0] for code in (language, used))
        found[own, other] += count
    return {pair: count for pair, count in found.items() if pair[0] != pair[1]}


def is_current(rehearsal: Rehearsal, wave: Wave, program: SurveyProgram) -> bool:
    """Whether neither the draft nor the program nor other waves have changed since; of its people, `as_of_now` tells."""
    return _basis(wave, program, [place.listed for place in rehearsal.places]) == rehearsal.basis


def as_of_now(rehearsal: Rehearsal, wave: Wave, places: Sequence[Place] | None = None) -> Rehearsal:
    """The plan, or some places of it, with what has happened to its people since.

    Who must not be asked any more gets the reason, whoever has another address that address. Who is gone keeps the place: nothing
    can be written for them.
    """
    chosen = rehearsal.places if places is None else places
    people = load_standings([place.listed.person.contact_id for place in chosen if place.planned.send_at], wave.id)
    return replace(rehearsal, places=[_as_of_now(place, people, rehearsal.basis.terms) for place in chosen])


def _as_of_now(place: Place, people: Mapping[tuple[int, int], Person], terms: Terms) -> Place:
    was, send_at = place.listed.person, place.planned.send_at
    person = people.get((was.account_id, was.contact_id))
    if send_at is None or person is None:
        return place
    reason = stands_against(person, terms, send_at)
    if reason is not None:
        return replace(place, planned=Planned(was, None, reason))
    return replace(place, listed=replace(place.listed, person=replace(was, address=person.address)))


def would_ask(wave: Wave, program: SurveyProgram, account_id: int, contact_id: int) -> bool:
    """Whether, but for a lack of room, this wave would ask a person, and has not done so."""
    now = clock.now()
    people = load_people(Audience(account_ids=(account_id,)), program.kind, now=now, wave_id=wave.id)
    found = [one.person for one in people if one.person.contact_id == contact_id]
    terms = terms_of(wave, program)
    can = bool(found) and skip_reason(found[0], terms) is None and not isinstance(first_day(found[0], terms), SkipReason)
    return can and not history.was_mailed(wave.id, account_id, contact_id)


def asked_elsewhere(people: Sequence[Listed], terms: Terms, pace: Pace, wave_id: int) -> dict[int, list[date]]:
    """The days, where the account is, on which other waves or links ask somebody of each account near to this wave."""
    if not pace.account_gap_days:
        return {}
    zones = {one.person.account_id: one.person.zone for one in people}
    around = timedelta(days=pace.account_gap_days + 1)
    first = datetime.combine(terms.starts_on, time(), UTC) - around
    last = datetime.combine(terms.ends_on, time(), UTC) + around + timedelta(days=1)
    found = history.asked_on(sorted(zones), first, last, but_waiting=wave_id)
    return {account_id: sorted(at.astimezone(zones[account_id]).date() for at in days) for account_id, days in found.items()}


def pace_of(wave: Wave) -> Pace:
    """How fast it goes, in the working hours of the settings."""
    hours = current_app.extensions["closedloop_settings"].working_hours
    return Pace(wave.per_day, wave.account_gap_days, wave.callbacks_per_owner_day, hours)


def terms_of(wave: Wave, program: SurveyProgram) -> Terms:
    """What this wave demands of everybody."""
    settings = current_app.extensions["closedloop_settings"]
    days, consent = quarantine_days(program), settings.feedback_consent_required
    return Terms(program.kind, days, wave.quarantine, consent, wave.starts_on, wave.ends_on)


def quarantine_days(program: SurveyProgram) -> int:
    """The program's own, or the setting for its kind; none where an issue asks, because its customer waits for it."""
    if program.kind not in PLANNED_KINDS:
        return 0
    if program.quarantine_days is not None:
        return program.quarantine_days
    settings = current_app.extensions["closedloop_settings"]
    usual: dict[SurveyKind, int] = {
        SurveyKind.RELATIONSHIP: settings.relationship_quarantine_days,
        SurveyKind.TRANSACTIONAL: settings.transactional_quarantine_days,
    }
    return usual[program.kind]
